//! Who may call the till API: this host by name, no foreign page, and only with the till's token.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ring::digest::{SHA256, digest};

use crate::till::problem::Problem;

/// What a caller must show.
#[derive(Debug, Clone)]
pub struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
    token: String,
}

impl Guard {
    /// The guard of a till that listens on `port`.
    #[must_use]
    pub fn new(port: u16, token: String) -> Self {
        let hosts: Vec<_> = ["127.0.0.1", "localhost"]
            .iter()
            .map(|name| format!("{name}:{port}"))
            .collect();
        let origins = hosts.iter().map(|host| format!("http://{host}")).collect();
        Self {
            hosts,
            origins,
            token,
        }
    }

    /// Judges the headers of a call.
    ///
    /// # Errors
    /// The answer for a caller that may not pass.
    pub fn check(&self, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        // A page that rebinds its own name to this address still sends its own name as Host.
        let host_ok = text(header::HOST).is_some_and(|host| self.hosts.iter().any(|h| h == host));
        if !host_ok {
            return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "host"));
        }
        let foreign = headers.contains_key(header::ORIGIN)
            && !text(header::ORIGIN).is_some_and(|o| self.origins.iter().any(|own| own == o));
        if foreign {
            return Err(Problem::new(StatusCode::FORBIDDEN, "origin"));
        }
        let shown = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        if !shown.is_some_and(|shown| same(shown, &self.token)) {
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "token"));
        }
        let json = text(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.split(';').next().map(str::trim) == Some("application/json"));
        if *method == Method::POST && !json {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "json-only",
            ));
        }
        Ok(())
    }
}

/// Compares digests, so that the time taken says nothing about the token.
fn same(shown: &str, token: &str) -> bool {
    digest(&SHA256, shown.as_bytes()).as_ref() == digest(&SHA256, token.as_bytes()).as_ref()
}

/// Lets a call through or answers it.
pub async fn guarded(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    match guard.check(request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(headers: &[(&str, &str)]) -> u16 {
        let guard = Guard::new(8080, "secret".to_owned());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = header::HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.insert(name, value.parse().unwrap());
        }
        guard
            .check(&Method::POST, &map)
            .map_or_else(|p| p.status().as_u16(), |()| 200)
    }

    #[test]
    fn only_the_tills_own_client_passes() {
        let own = [
            ("host", "127.0.0.1:8080"),
            ("authorization", "Bearer secret"),
            ("content-type", "application/json"),
        ];
        assert_eq!(verdict(&own), 200);
        let changed = |name: &str, value: &'static str| {
            let mut headers = own.to_vec();
            headers.retain(|(n, _)| *n != name);
            let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
            headers.push((name, value));
            verdict(&headers)
        };
        assert_eq!(changed("host", "evil.example:8080"), 421);
        assert_eq!(changed("origin", "http://evil.example"), 403);
        assert_eq!(changed("origin", "null"), 403);
        assert_eq!(changed("origin", "http://localhost:8080"), 200);
        assert_eq!(changed("authorization", "Bearer wrong"), 401);
        assert_eq!(changed("content-type", "text/plain"), 415);
        assert_eq!(
            changed("content-type", "application/x-www-form-urlencoded"),
            415
        );
    }
}
