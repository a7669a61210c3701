//! Who looks: language, theme and address of one call.

use std::borrow::Cow;

use axum::http::{HeaderMap, Uri, header};
use storefleet_messages::Language;

/// Light, dark, or as the system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub(super) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(super) fn key(self) -> &'static str {
        match self {
            Self::System => "theme-system",
            Self::Light => "theme-light",
            Self::Dark => "theme-dark",
        }
    }

    /// Nothing where the system decides.
    pub(super) fn attribute(self) -> Option<&'static str> {
        (self != Self::System).then(|| self.name())
    }

    fn of(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|theme| theme.name() == name)
            .unwrap_or_default()
    }
}

/// What a call says about its reader.
#[derive(Debug, Clone, Default)]
pub(super) struct Visitor {
    pub(super) language: Language,
    pub(super) theme: Theme,
    /// Only what changes is wanted.
    pub(super) part: bool,
    /// Name of the person; empty before anybody came in.
    pub(super) person: String,
    path: String,
    /// Of the query, without language, theme and part.
    pairs: Vec<(String, String)>,
    /// Cookies that the query asks for.
    wishes: Vec<(&'static str, &'static str)>,
}

impl Visitor {
    pub(super) fn of(headers: &HeaderMap, uri: &Uri) -> Self {
        let kept = |name| cookie(headers, name);
        let mut visitor = Self {
            language: kept("storefleet_lang")
                .map(Language::of)
                .unwrap_or_default(),
            theme: kept("storefleet_theme").map(Theme::of).unwrap_or_default(),
            path: uri.path().to_owned(),
            ..Self::default()
        };
        for pair in uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
        {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "lang" => visitor
                    .wishes
                    .push(("storefleet_lang", Language::of(value).tag())),
                "theme" => visitor
                    .wishes
                    .push(("storefleet_theme", Theme::of(value).name())),
                "part" => visitor.part = true,
                _ => visitor.pairs.push((name.to_owned(), value.to_owned())),
            }
        }
        visitor
    }

    /// A value of the query; all that we use are plain words.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Cookies to set when the query asks for a language or a theme.
    pub(super) fn cookies(&self) -> Vec<String> {
        let cookie = |(name, value): &(&str, &str)| {
            format!("{name}={value}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict")
        };
        self.wishes.iter().map(cookie).collect()
    }

    /// The address without language, theme and part.
    pub(super) fn address(&self) -> String {
        self.with_pairs(None)
    }

    /// The address with one more value.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        self.with_pairs(Some((name, value)))
    }

    fn with_pairs(&self, more: Option<(&str, &str)>) -> String {
        let held = self
            .pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs: Vec<_> = held
            .chain(more)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        // A path of two slashes would name another host.
        let path = Cow::from(format!("/{}", self.path.trim_start_matches('/')));
        format!("{path}{mark}{}", pairs.join("&"))
    }
}

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
