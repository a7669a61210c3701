//! Who may come in: the one-time link, the session cookie, the exact host, and the headers that
//! keep other sites out.

use std::sync::{Mutex, PoisonError};

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use ring::rand::{SecureRandom, SystemRandom};

use super::Desk;
use super::frame;
use super::visitor::{Visitor, cookie};
use super::words::Words;

/// Bytes of a random token.
const TOKEN_BYTES: usize = 24;
/// Sessions kept; the oldest goes when another link is used.
const SESSIONS_MAX: usize = 16;
/// Nothing from elsewhere, nothing inline; nodes come from markup through one policy only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types storefleet";

/// The unused link and the sessions that earlier ones opened.
#[derive(Default)]
pub(super) struct Door(Mutex<Keys>);

#[derive(Default)]
struct Keys {
    link: Option<String>,
    sessions: Vec<String>,
}

impl Door {
    /// A new one-time token; one that was not used is void then. Nothing without randomness.
    pub(super) fn new_link(&self) -> Option<String> {
        let link = token()?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).link = Some(link.clone());
        Some(link)
    }

    /// Spends the link and opens a session.
    fn open(&self, offered: &str) -> Option<String> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.link.take_if(|link| same(link, offered))?;
        let session = token()?;
        keys.sessions.truncate(SESSIONS_MAX.saturating_sub(1));
        keys.sessions.insert(0, session.clone());
        Some(session)
    }

    fn knows(&self, offered: &str) -> bool {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.sessions.iter().any(|session| same(session, offered))
    }
}

/// Compares hashes, so that time tells nothing about the token.
fn same(held: &str, offered: &str) -> bool {
    let hash = |text: &str| storefleet_core::entry::hash(text.as_bytes());
    hash(held) == hash(offered)
}

fn token() -> Option<String> {
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
    tracing::info!("console opened by its one-time link");
    let cookie = session_cookie(desk.port);
    let set = format!("{cookie}={session}; Path=/; HttpOnly; SameSite=Strict");
    ([(header::SET_COOKIE, set)], Redirect::to("/fleet")).into_response()
}

/// Stands before every route.
pub(super) async fn guard(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let mut response = if !is_our_host(request.headers(), desk.port) {
        (
            StatusCode::FORBIDDEN,
            "this console answers as 127.0.0.1 only\n",
        )
            .into_response()
    } else if is_public(request.uri().path()) || is_known(&desk, request.headers()) {
        let visitor = Visitor::of(request.headers(), request.uri());
        let wishes = visitor.cookies();
        if wishes.is_empty() {
            next.run(request).await
        } else {
            remember(&visitor, &wishes)
        }
    } else {
        closed(
            &desk,
            &Visitor::of(request.headers(), request.uri()),
            "closed-no-cookie",
        )
    };
    protect(response.headers_mut());
    response
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

fn is_known(desk: &Desk, headers: &HeaderMap) -> bool {
    let session = cookie(headers, &session_cookie(desk.port));
    session.is_some_and(|session| desk.inner.door.knows(session))
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
        (header::REFERRER_POLICY, "no-referrer"),
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

    #[test]
    fn a_link_opens_one_session_once() {
        let door = Door::default();
        let link = door.new_link().unwrap();
        assert!(door.open("guessed").is_none());
        let session = door.open(&link).unwrap();
        assert!(door.knows(&session) && !door.knows(&link));
        assert!(door.open(&link).is_none(), "spent");
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
