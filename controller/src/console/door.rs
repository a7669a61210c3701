//! Who may come in: the one-time link, the session cookie, the exact host, and the headers that
//! keep other sites out.

use std::sync::{Mutex, PoisonError};

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use ring::rand::{SecureRandom, SystemRandom};

use super::Desk;
use super::frame;
use super::visitor::{Visitor, cookie};
use super::words::Words;

/// Bytes of a random token.
const TOKEN_BYTES: usize = 24;
/// Sessions and unused links kept; the oldest goes when there is another.
const SESSIONS_MAX: usize = 16;
/// Longest name of a person, in characters.
const NAME_CHARS_MAX: usize = 40;
/// Nothing from elsewhere, nothing inline; nodes come from markup through one policy only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types storefleet";

/// Whose session a call is of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Person(pub(super) String);

impl Person {
    /// A name as it may stand in the office's log: letters, digits, spaces, `.`, `-` and `_`.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = name.trim();
        let fits =
            |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '.' | '-' | '_');
        let is_name =
            (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && name.chars().all(fits);
        is_name.then(|| Self(name.to_owned()))
    }

    /// Who did it, as the office's log writes it.
    pub(super) fn actor(&self) -> String {
        format!("console:{}", self.0)
    }
}

/// A token and whom it is for.
#[derive(Debug, Clone)]
struct Key {
    token: String,
    person: Person,
}

/// The unused links and the sessions that earlier ones opened.
#[derive(Default)]
pub(super) struct Door(Mutex<Keys>);

#[derive(Default)]
struct Keys {
    links: Vec<Key>,
    sessions: Vec<Key>,
}

impl Door {
    /// A new one-time token; one of the same person that was not used is void then. Nothing without randomness.
    pub(super) fn new_link(&self, person: Person) -> Option<String> {
        let token = token()?;
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.links.retain(|key| key.person != person);
        let link = Key {
            token: token.clone(),
            person,
        };
        keep(&mut keys.links, link);
        Some(token)
    }

    /// Spends the link and opens a session.
    fn open(&self, offered: &str) -> Option<Key> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = keys
            .links
            .iter()
            .position(|key| same(&key.token, offered))?;
        let person = keys.links.remove(at).person;
        let session = Key {
            token: token()?,
            person,
        };
        keep(&mut keys.sessions, session.clone());
        Some(session)
    }

    fn person(&self, offered: &str) -> Option<Person> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = keys.sessions.iter();
        let known = known.find(|key| same(&key.token, offered));
        known.map(|key| key.person.clone())
    }
}

fn keep(keys: &mut Vec<Key>, key: Key) {
    keys.truncate(SESSIONS_MAX.saturating_sub(1));
    keys.insert(0, key);
}

/// Compares hashes, so that time tells nothing about the token.
fn same(held: &str, offered: &str) -> bool {
    let hash = |text: &str| storefleet_core::entry::hash(text.as_bytes());
    hash(held) == hash(offered)
}

/// Nothing that anybody could guess.
pub(super) fn token() -> Option<String> {
    let mut bytes = [0; TOKEN_BYTES];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Cookies know no ports: two centres on one machine must not take each other's.
fn session_cookie(port: u16) -> String {
    format!("storefleet_session_{port}")
}

/// `GET /open/{token}`: spends the link.
pub(super) async fn open(
    State(desk): State<Desk>,
    Path(offered): Path<String>,
    headers: HeaderMap,
    uri: axum::http::Uri,
) -> Response {
    let visitor = Visitor::of(&headers, &uri);
    let Some(session) = desk.inner.door.open(&offered) else {
        tracing::warn!("console link refused: unknown or used");
        return closed(&desk, &visitor, "closed-used");
    };
    tracing::info!(
        person = session.person.0,
        "console opened by its one-time link"
    );
    let cookie = session_cookie(desk.port);
    let session = session.token;
    let set = format!("{cookie}={session}; Path=/; HttpOnly; SameSite=Strict");
    ([(header::SET_COOKIE, set)], Redirect::to("/fleet")).into_response()
}

/// Stands before every route.
pub(super) async fn guard(State(desk): State<Desk>, mut request: Request, next: Next) -> Response {
    let visitor = Visitor::of(request.headers(), request.uri());
    let person = person_of(&desk, request.headers());
    let mut response = if !is_our_host(request.headers(), desk.port) {
        forbidden("this console answers as 127.0.0.1 only\n")
    } else if !is_safe(request.method()) && !is_same_site(request.headers(), desk.port) {
        tracing::warn!("a form of another site was refused");
        forbidden("this console takes forms of its own pages only\n")
    } else if let Some(person) = person {
        let wishes = visitor.cookies();
        if wishes.is_empty() {
            request.extensions_mut().insert(person);
            next.run(request).await
        } else {
            remember(&visitor, &wishes)
        }
    } else if is_public(request.uri().path()) {
        next.run(request).await
    } else {
        closed(&desk, &visitor, "closed-no-cookie")
    };
    protect(response.headers_mut());
    response
}

fn forbidden(why: &'static str) -> Response {
    (StatusCode::FORBIDDEN, why).into_response()
}

/// Whether a call of that method changes nothing.
fn is_safe(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD
}

/// Whether a form was sent by a page of ours: the browser says so, and no page can make it say otherwise.
fn is_same_site(headers: &HeaderMap, port: u16) -> bool {
    let value = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let is_ours = |origin: &str| {
        origin == format!("http://127.0.0.1:{port}") || origin == format!("http://localhost:{port}")
    };
    match (value("sec-fetch-site"), value("origin")) {
        (Some(site), origin) => site == "same-origin" && origin.is_none_or(is_ours),
        (None, origin) => origin.is_some_and(is_ours),
    }
}

fn is_our_host(headers: &HeaderMap, port: u16) -> bool {
    let mut hosts = headers.get_all(header::HOST).into_iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    let ours = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{port}"));
    hosts.next().is_none() && host.is_some_and(|host| ours.iter().any(|our| our == host))
}

/// Styles tell nothing; measurements are for a collector without a browser.
fn is_public(path: &str) -> bool {
    matches!(path, "/healthz" | "/metrics")
        || path.starts_with("/web/")
        || path.starts_with("/open/")
}

fn person_of(desk: &Desk, headers: &HeaderMap) -> Option<Person> {
    let session = cookie(headers, &session_cookie(desk.port))?;
    desk.inner.door.person(session)
}

/// Keeps language or theme and goes on to the plain address.
fn remember(visitor: &Visitor, wishes: &[String]) -> Response {
    let mut response = Redirect::to(&visitor.address()).into_response();
    for wish in wishes {
        if let Ok(value) = HeaderValue::from_str(wish) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

fn closed(desk: &Desk, visitor: &Visitor, why: &str) -> Response {
    let catalogue = desk.inner.catalogue(visitor.language);
    let words = Words {
        catalogue,
        now: desk.inner.shared.now(),
    };
    let texts = [words.text(why), words.text("closed-next")];
    let page = frame::bare(&words, visitor.theme, &words.text("closed-title"), &texts);
    (StatusCode::UNAUTHORIZED, Html(page.into_string())).into_response()
}

fn protect(headers: &mut HeaderMap) {
    let fixed: [(HeaderName, &'static str); 5] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let unsaid = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(unsaid);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Person {
        Person::of(name).unwrap()
    }

    #[test]
    fn a_link_opens_one_session_of_its_person_once() {
        let door = Door::default();
        let (anna, boris) = (
            door.new_link(person("Анна")),
            door.new_link(person("boris")),
        );
        let void = door.new_link(person("Анна"));
        let (anna, boris, newer) = (anna.unwrap(), boris.unwrap(), void.unwrap());
        assert!(door.open("guessed").is_none());
        assert!(
            door.open(&anna).is_none(),
            "void since there is a newer one"
        );
        let session = door.open(&newer).unwrap();
        assert_eq!(door.person(&session.token), Some(person("Анна")));
        assert_eq!(door.person(&newer), None);
        assert!(door.open(&newer).is_none(), "spent");
        assert_eq!(door.open(&boris).unwrap().person.actor(), "console:boris");
    }

    #[test]
    fn a_name_is_fit_for_the_log() {
        for name in ["Н. Белова", "anna-2", "Ё_1"] {
            assert!(Person::of(name).is_some(), "{name}");
        }
        for name in ["", " ", "a:b", "<b>", &"x".repeat(41), "a\nb"] {
            assert!(Person::of(name).is_none(), "{name:?}");
        }
    }

    #[test]
    fn a_form_of_another_site_is_told() {
        let sent = |site: Option<&'static str>, origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(site) = site {
                headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            }
            if let Some(origin) = origin {
                headers.insert("origin", HeaderValue::from_static(origin));
            }
            is_same_site(&headers, 8_786)
        };
        let ours = Some("http://127.0.0.1:8786");
        assert!(
            sent(Some("same-origin"), ours) && sent(None, ours) && sent(Some("same-origin"), None)
        );
        assert!(sent(None, Some("http://localhost:8786")));
        for site in ["cross-site", "same-site", "none"] {
            assert!(!sent(Some(site), ours), "{site}");
        }
        for origin in [
            "null",
            "http://evil.example",
            "http://127.0.0.1:87861",
            "https://127.0.0.1:8786",
        ] {
            assert!(
                !sent(Some("same-origin"), Some(origin)) && !sent(None, Some(origin)),
                "{origin}"
            );
        }
        assert!(!sent(None, None));
    }

    #[test]
    fn only_the_exact_host_is_ours() {
        let ours = |hosts: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(header::HOST, HeaderValue::from_static(host));
            }
            is_our_host(&headers, 8_786)
        };
        assert!(ours(&["127.0.0.1:8786"]) && ours(&["localhost:8786"]));
        for foreign in [
            "127.0.0.1",
            "localhost:80",
            "evil.example:8786",
            "127.0.0.1:8786.evil",
        ] {
            assert!(!ours(&[foreign]), "{foreign}");
        }
        assert!(!ours(&[]) && !ours(&["localhost:8786", "evil.example"]));
    }
}
