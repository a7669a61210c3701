//! Releases for programs, on the admin socket.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use storefleet_core::rollout::Act;
use storefleet_core::rollout::calendar::{Freeze, Rules};
use storefleet_core::rollout::names::ReleaseId;
use storefleet_core::rollout::settings::Settings;
use storefleet_core::rollout::window::Window;
use storefleet_core::time::{BusinessDate, OffsetMinutes};
use storefleet_messages::{Catalogue, Language};

use super::sentences::told;
use super::view::{FindingOut, HeldLayer, LateShop, ReleaseCard};
use super::{By, Drafted, Rollouts};
use crate::admin_answers::{blocking, refused, unavailable};
use crate::master::MasterError;

/// Whoever can open the socket acts as the system's user, unless a name is given.
const NOBODY: &str = "admin-socket";
const MINUTE_MS: i64 = 60_000;
/// The language where nobody asks for another.
const ENGLISH: &str = "en";

/// The routes.
pub fn router(rollouts: Rollouts) -> Router {
    Router::new()
        .route("/v1/publish", post(publish))
        .route("/v1/releases", get(list).post(draft))
        .route("/v1/releases/{release}", get(card))
        .route("/v1/releases/{release}/{deed}", post(act))
        .route("/v1/plan", get(plan))
        .route("/v1/rollout-rules", get(rules).post(set_rules))
        .with_state(rollouts)
}

/// Who, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ordered {
    why: String,
    #[serde(default, rename = "as")]
    name: Option<String>,
    /// Name of a release for people.
    #[serde(default)]
    title: Option<String>,
    /// To all shops at once.
    #[serde(default)]
    urgent: bool,
    /// A second person, who looked at it too.
    #[serde(default)]
    second: Option<String>,
    /// Name of a check of the preview.
    #[serde(default)]
    check: Option<String>,
    /// To how many shops.
    #[serde(default)]
    reach: Option<u64>,
    /// Name of a gate.
    #[serde(default)]
    gate: Option<String>,
    /// The red value that was shown.
    #[serde(default)]
    red_up_to: Option<u64>,
    /// How long a wave is watched.
    #[serde(default)]
    bake_minutes: Option<u32>,
    /// First minute of the day at which shops may switch, by their own walls.
    #[serde(default)]
    opens: Option<u16>,
    /// The first minute outside again.
    #[serde(default)]
    closes: Option<u16>,
    /// In which language a refusal is told: `ru` or `en`.
    #[serde(default)]
    language: Option<String>,
}

impl Ordered {
    fn language(&self) -> &str {
        self.language.as_deref().unwrap_or(ENGLISH)
    }

    fn actor(&self) -> String {
        actor(self.name.as_deref().unwrap_or(NOBODY))
    }

    fn needed<'a>(field: &'a Option<String>, name: &str) -> Result<&'a str, Box<Response>> {
        field.as_deref().ok_or_else(|| {
            let title = format!("{name} is missing");
            Box::new(refused("missing", title, format!("add {name}=")))
        })
    }

    fn settings(&self) -> Settings {
        let usual = Settings::default();
        Settings {
            bake_ms: self.bake_minutes.map_or(usual.bake_ms, |minutes| {
                i64::from(minutes).saturating_mul(MINUTE_MS)
            }),
            window: Window {
                opens: self.opens.unwrap_or(usual.window.opens),
                closes: self.closes.unwrap_or(usual.window.closes),
            },
            ..usual
        }
    }
}

fn actor(name: &str) -> String {
    format!("cli:{name}")
}

/// A release that was put together.
#[derive(Debug, Serialize)]
struct DraftedOut {
    release: String,
    layers: usize,
    shops: u64,
    bytes: u64,
    findings: Vec<FindingOut>,
    /// Layers whose changes wait for the release that holds them.
    waits: Vec<HeldLayer>,
    /// Layers that another release holds, and that this one goes under.
    under: Vec<HeldLayer>,
}

impl DraftedOut {
    fn of(drafted: &Drafted) -> Self {
        let findings = drafted.findings.iter().map(FindingOut::of);
        Self {
            release: drafted.release.to_string(),
            layers: drafted.layers,
            shops: drafted.reach.stores,
            bytes: drafted.reach.bytes,
            findings: findings.collect(),
            waits: drafted
                .waits
                .iter()
                .map(|held| HeldLayer::of(&held.layer, &held.release))
                .collect(),
            under: drafted
                .under
                .iter()
                .map(|under| HeldLayer::of(&under.layer, &under.release))
                .collect(),
        }
    }
}

async fn publish(State(rollouts): State<Rollouts>, Query(order): Query<Ordered>) -> Response {
    blocking(move || {
        let (actor, second) = (order.actor(), order.second.as_deref().map(actor));
        let by = |actor| By {
            actor,
            why: &order.why,
        };
        let title = order.title.as_deref().unwrap_or(&order.why);
        let second = second.as_deref().map(by);
        match rollouts.publish(title, by(&actor), second) {
            Ok(drafted) => Json(DraftedOut::of(&drafted)).into_response(),
            // Nothing to release is no fault: what should be out is out.
            Err(MasterError::NothingToRelease) => Json(DraftedOut::of(&nothing())).into_response(),
            Err(error) => failed(&error, order.language()),
        }
    })
    .await
}

fn nothing() -> Drafted {
    Drafted {
        release: "".into(),
        layers: 0,
        reach: super::Reach::default(),
        findings: Vec::new(),
        waits: Vec::new(),
        under: Vec::new(),
    }
}

async fn draft(State(rollouts): State<Rollouts>, Query(order): Query<Ordered>) -> Response {
    blocking(move || {
        let actor = order.actor();
        let by = By {
            actor: &actor,
            why: &order.why,
        };
        let title = match Ordered::needed(&order.title, "title") {
            Ok(title) => title,
            Err(refusal) => return *refusal,
        };
        match rollouts.draft(title, order.urgent, by) {
            Ok(drafted) => Json(DraftedOut::of(&drafted)).into_response(),
            Err(error) => failed(&error, order.language()),
        }
    })
    .await
}

async fn list(State(rollouts): State<Rollouts>) -> Response {
    blocking(move || match rollouts.cards() {
        Ok(cards) => Json(cards).into_response(),
        Err(error) => failed(&error.into(), ENGLISH),
    })
    .await
}

/// A release and the shops that are not there.
#[derive(Debug, Serialize)]
struct CardOut {
    #[serde(flatten)]
    card: ReleaseCard,
    late: Vec<LateShop>,
    late_count: usize,
}

async fn card(State(rollouts): State<Rollouts>, Path(release): Path<String>) -> Response {
    blocking(move || {
        let release = ReleaseId::from(release);
        let found = rollouts.card(&release).and_then(|card| {
            let late = rollouts.late(&release)?;
            Ok((card, late))
        });
        match found {
            Ok((Some(card), (late, late_count))) => Json(CardOut {
                card,
                late,
                late_count,
            })
            .into_response(),
            Ok((None, _)) => refused(
                "unknown",
                format!("there is no release {release}"),
                "GET /v1/releases names them".to_owned(),
            ),
            Err(error) => failed(&error.into(), ENGLISH),
        }
    })
    .await
}

async fn act(
    State(rollouts): State<Rollouts>,
    Path((release, deed)): Path<(String, String)>,
    Query(order): Query<Ordered>,
) -> Response {
    blocking(move || {
        let release = ReleaseId::from(release);
        let actor = order.actor();
        let by = By {
            actor: &actor,
            why: &order.why,
        };
        let done = match deed.as_str() {
            "start" => rollouts.start(&release, order.settings(), by),
            _ => match act_of(&deed, &order, &rollouts, &release) {
                Ok(act) => rollouts.act(&release, act, by),
                Err(refusal) => return *refusal,
            },
        };
        match done.and_then(|()| Ok(rollouts.card(&release)?)) {
            Ok(card) => Json(card).into_response(),
            Err(error) => failed(&error, order.language()),
        }
    })
    .await
}

fn act_of(
    deed: &str,
    order: &Ordered,
    rollouts: &Rollouts,
    release: &ReleaseId,
) -> Result<Act, Box<Response>> {
    Ok(match deed {
        "confirm" => Act::Confirm {
            check: Ordered::needed(&order.check, "check")?.to_owned(),
        },
        "approve" => Act::Approve {
            reach: match order.reach {
                Some(reach) => reach,
                None => {
                    let targets = rollouts.targets(release);
                    let targets =
                        targets.map_err(|error| Box::new(failed(&error, order.language())))?;
                    targets.len() as u64
                }
            },
        },
        "pause" => Act::Pause,
        "resume" => Act::Resume,
        "roll-back" => Act::RollBack,
        "cancel" => Act::Cancel,
        "accept" => Act::AcceptGate {
            gate: Ordered::needed(&order.gate, "gate")?.to_owned(),
            red_up_to: order.red_up_to,
        },
        _ => {
            let deeds =
                "name one of confirm, approve, start, accept, pause, resume, roll-back, cancel";
            let title = format!("a release cannot be told to {deed:?}");
            return Err(Box::new(refused("deed", title, deeds.to_owned())));
        }
    })
}

async fn plan(State(rollouts): State<Rollouts>) -> Response {
    blocking(move || match rollouts.plan() {
        Ok(plan) => plan.text().into_response(),
        Err(error) => failed(&error.into(), ENGLISH),
    })
    .await
}

/// Reach and freezes, as JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesBody {
    /// More shops than these need two people.
    pub one_person_reach: u64,
    /// The wall by which the days of the calendar begin, in minutes east of Greenwich.
    pub offset_minutes: i16,
    /// Days on which nothing goes out.
    pub freezes: Vec<FreezeBody>,
}

/// Days on which nothing goes out, as JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreezeBody {
    /// The first day, such as 2026-12-20.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Why, for people.
    pub name: String,
}

async fn rules(State(rollouts): State<Rollouts>) -> Response {
    let rules = rollouts.rules();
    let freezes = rules.freezes.iter().map(|freeze| FreezeBody {
        from: freeze.from.to_string(),
        to: freeze.to.to_string(),
        name: freeze.name.clone(),
    });
    Json(RulesBody {
        one_person_reach: rules.one_person_reach,
        offset_minutes: rules.offset.0,
        freezes: freezes.collect(),
    })
    .into_response()
}

async fn set_rules(
    State(rollouts): State<Rollouts>,
    Query(order): Query<Ordered>,
    Json(body): Json<RulesBody>,
) -> Response {
    blocking(move || {
        let mut freezes = Vec::new();
        for freeze in body.freezes {
            let days = [&freeze.from, &freeze.to].map(|day| BusinessDate::parse(day));
            let [Some(from), Some(to)] = days else {
                let title = format!("{:?} to {:?} are no days", freeze.from, freeze.to);
                return refused("freezes", title, "write 2026-12-25".to_owned());
            };
            freezes.push(Freeze {
                from,
                to,
                name: freeze.name,
            });
        }
        let rules = Rules {
            one_person_reach: body.one_person_reach,
            freezes,
            offset: OffsetMinutes(body.offset_minutes),
        };
        let actor = order.actor();
        let by = By {
            actor: &actor,
            why: &order.why,
        };
        match rollouts.set_rules(rules, by) {
            Ok(()) => StatusCode::NO_CONTENT.into_response(),
            Err(error) => failed(&error, order.language()),
        }
    })
    .await
}

fn failed(error: &MasterError, language: &str) -> Response {
    let texts = Catalogue::of(Language::of(language));
    match error {
        MasterError::Office(_) | MasterError::Store(_) => unavailable(&error.to_string()),
        MasterError::Import(_)
        | MasterError::NoReason
        | MasterError::NoChange(_)
        | MasterError::ChangedSince(..)
        | MasterError::NothingToRelease
        | MasterError::AllHeld(_)
        | MasterError::Rollout(_) => refused(
            "refused",
            told(error, &texts).unwrap_or_else(|| error.to_string()),
            "storefleet-controller release list shows where it stands".to_owned(),
        ),
    }
}
