//! What the shop's prices, promotions, goods and stops are from, in words for a cashier.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use storefleet_core::dataset::Dataset;
use storefleet_core::dataset::manifest::RejectedCode;
use storefleet_core::dataset::telling::{Said, TOLD, tell};
use storefleet_core::pricing::moment::LocalTime;
use storefleet_messages::Catalogue;

use crate::till::http::{Till, view};

/// `GET /v1/datasets`
#[derive(Debug, Serialize)]
struct DatasetsOut {
    /// Hash over everything on sale; left out before the first datasets came.
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<String>,
    datasets: Vec<DatasetOut>,
}

/// One dataset.
#[derive(Debug, Serialize)]
struct DatasetOut {
    dataset: &'static str,
    /// First what counts now, then what changes that.
    says: Vec<SaidOut>,
}

/// One thing that is said of it.
#[derive(Debug, Serialize)]
struct SaidOut {
    /// `nothing`, `on-sale`, `waits`, `comes`, `refused`, `withheld` or `silent`.
    code: &'static str,
    /// The moment it names, on the store's wall.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    text: String,
}

pub(super) async fn told(State(till): State<Till>) -> Response {
    let state = match view(&till).await {
        Ok(state) => state,
        Err(problem) => return problem.into_response(),
    };
    let known = till.known.borrow().clone();
    let office = *till.office.borrow();
    let snapshot = till.snapshots.borrow().clone();
    // The shop's card may name another zone than the enrolment did.
    let clock = snapshot.map_or(till.clock.clone(), |snapshot| snapshot.clock.clone());
    let now = clock.stamp().wall;
    let datasets = TOLD.map(|dataset| DatasetOut {
        dataset: dataset.name(),
        says: tell(dataset, &state.datasets, &known, office, now)
            .into_iter()
            .map(|said| SaidOut {
                code: said.code(),
                at: said.at().map(|at| at.to_string()),
                text: words(&till.messages, dataset, said),
            })
            .collect(),
    });
    Json(DatasetsOut {
        stack: state.datasets.stack.map(|stack| stack.to_string()),
        datasets: datasets.into(),
    })
    .into_response()
}

/// The sentence of what is said.
fn words(messages: &Catalogue, dataset: Dataset, said: Said) -> String {
    let form = match said {
        Said::OnSale(None) => "on-sale-undated",
        Said::Waits(from) if from.is_midnight() => "waits-midnight",
        Said::Nothing
        | Said::OnSale(Some(_))
        | Said::Waits(_)
        | Said::Comes
        | Said::Refused(_)
        | Said::Withheld
        | Said::Silent { .. } => said.code(),
    };
    let id = format!("dataset-{}-{form}", dataset.name());
    match said {
        Said::OnSale(Some(at)) | Said::Waits(at) => {
            messages.with(&id, [("when", when(messages, at).into())])
        }
        Said::Refused(code) => messages.with(&id, [("why", why(messages, code).into())]),
        Said::Silent { days } => messages.with(&id, [("days", days.into())]),
        Said::Nothing | Said::OnSale(None) | Said::Comes | Said::Withheld => messages.text(&id),
    }
}

/// `28 November 10:15`.
fn when(messages: &Catalogue, at: LocalTime) -> String {
    let (_, month, day) = at.date().civil();
    let shown = at.to_string();
    let clock = shown.split('T').nth(1).and_then(|clock| clock.get(..5));
    let values = [
        ("day", day.into()),
        ("month", month.into()),
        ("clock", clock.unwrap_or_default().into()),
    ];
    messages.with("dataset-when", values)
}

/// Why something was refused.
fn why(messages: &Catalogue, code: Option<RejectedCode>) -> String {
    let name = code.map_or("unknown", RejectedCode::name);
    messages.text(&format!("dataset-refused-{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use storefleet_messages::Language;

    #[test]
    fn everything_that_is_said_has_its_words_in_every_language() {
        let at = LocalTime(1_764_324_900_000);
        let midnight = LocalTime(1_764_547_200_000);
        let codes = RejectedCode::KNOWN.iter().map(|code| Some(*code));
        let refusals = codes.chain([None]).map(Said::Refused);
        let silences = [1, 3, 5, 21].map(|days| Said::Silent { days });
        let said: Vec<Said> = [
            Said::Nothing,
            Said::OnSale(None),
            Said::OnSale(Some(at)),
            Said::Waits(at),
            Said::Waits(midnight),
            Said::Comes,
            Said::Withheld,
        ]
        .into_iter()
        .chain(refusals)
        .chain(silences)
        .collect();
        for language in [Language::Russian, Language::English] {
            let messages = Catalogue::of(language);
            for dataset in TOLD {
                for said in &said {
                    let text = words(&messages, dataset, *said);
                    let whole = text.contains(' ') && !text.contains(['{', '}']);
                    assert!(whole && !text.contains("dataset-"), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn a_cashier_reads_whole_sentences() {
        let russian = Catalogue::of(Language::Russian);
        let prices = |said| words(&russian, Dataset::Prices, said);
        let at = LocalTime(1_764_324_900_000);
        let midnight = LocalTime(1_764_547_200_000);
        assert_eq!(
            prices(Said::OnSale(Some(at))),
            "Цены от 28 ноября 10:15, действуют"
        );
        assert_eq!(
            prices(Said::Waits(midnight)),
            "Новые цены ждут полуночи (с 1 декабря 00:00)"
        );
        assert_eq!(
            prices(Said::Silent { days: 3 }),
            "Цены не обновлялись 3 дня: связи с офисом нет"
        );
        assert_eq!(
            prices(Said::Refused(Some(RejectedCode::Root))),
            "Последняя версия цен отвергнута: данные не сошлись с подписью офиса; на продаже осталась прежняя"
        );
    }
}
