//! Texts for people in Russian and English, from one catalogue.

use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

const RUSSIAN: &str = include_str!("../ru.ftl");
const ENGLISH: &str = include_str!("../en.ftl");

/// A language of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// Русский.
    #[default]
    Russian,
    /// English.
    English,
}

impl Language {
    /// The language of a tag such as `ru` or `en-GB`; Russian where it is none of ours.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        if tag.starts_with("en") {
            Self::English
        } else {
            Self::Russian
        }
    }

    /// The tag for `lang` attributes.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Russian => "ru",
            Self::English => "en",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::Russian => RUSSIAN,
            Self::English => ENGLISH,
        }
    }
}

/// All texts of one language.
pub struct Catalogue {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Catalogue({})", self.language.tag())
    }
}

impl Catalogue {
    /// The catalogue of a language.
    #[must_use]
    pub fn of(language: Language) -> Self {
        let tags = language.tag().parse().into_iter().collect();
        let mut bundle = FluentBundle::new_concurrent(tags);
        bundle.set_use_isolating(false);
        // A test parses both files, so what does not parse never ships.
        let resource = FluentResource::try_new(language.source().to_owned())
            .unwrap_or_else(|(readable, _)| readable);
        drop(bundle.add_resource(resource));
        Self { language, bundle }
    }

    /// The language of these texts.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// A text without arguments; the id itself where there is no such text.
    #[must_use]
    pub fn text(&self, id: &str) -> String {
        self.format(id, None)
    }

    /// A text with arguments.
    #[must_use]
    pub fn with<'a>(
        &self,
        id: &str,
        arguments: impl IntoIterator<Item = (&'a str, FluentValue<'a>)>,
    ) -> String {
        self.format(id, Some(&FluentArgs::from_iter(arguments)))
    }

    fn format(&self, id: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let pattern = self
            .bundle
            .get_message(id)
            .and_then(|message| message.value());
        let Some(pattern) = pattern else {
            return id.to_owned();
        };
        self.bundle
            .format_pattern(pattern, arguments, &mut Vec::new())
            .into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(source: &str) -> BTreeSet<&str> {
        let starts = |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase());
        source
            .lines()
            .filter(starts)
            .filter_map(|l| l.split_once(" ="))
            .map(|(k, _)| k)
            .collect()
    }

    #[test]
    fn both_languages_parse_and_have_the_same_texts() {
        for source in [RUSSIAN, ENGLISH] {
            assert!(FluentResource::try_new(source.to_owned()).is_ok());
        }
        assert_eq!(keys(RUSSIAN), keys(ENGLISH));
    }

    #[test]
    fn russian_plurals_are_right() {
        let catalogue = Catalogue::of(Language::Russian);
        let stores = |n: i64| catalogue.with("stores-count", [("count", n.into())]);
        assert_eq!(stores(1), "1 магазин");
        assert_eq!(stores(3), "3 магазина");
        assert_eq!(stores(11), "11 магазинов");
    }
}
