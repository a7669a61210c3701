//! One call of a reader: who asks, in which language, for what; and how pages are answered.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use storefleet_core::master::change::Source;
use storefleet_core::time::Timestamp;

use super::door::Person;
use super::form::{Fault, Fields};
use super::frame::{self, Frame, Section};
use super::visitor::Visitor;
use super::words::Words;
use super::{Desk, Inner};
use crate::master::{MasterError, Signed, StoreError};
use crate::rollouts::sentences;
use crate::rollouts::touched::TouchedError;
use crate::tails::TailError;

/// What a page is made for.
pub(super) struct Scene {
    pub(super) inner: Arc<Inner>,
    pub(super) visitor: Visitor,
    pub(super) person: Person,
    /// Fields of the address.
    pub(super) fields: Fields,
    pub(super) now: Timestamp,
}

/// Why a page cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum PageError {
    /// There is no such thing.
    #[error("there is no such thing")]
    Missing,
    /// The form is filled wrongly: it is shown again with these.
    #[error("the form is filled wrongly")]
    Wrong(Vec<Fault>),
    /// Master data cannot be read or changed.
    #[error(transparent)]
    Master(#[from] MasterError),
    /// The journals cannot be read.
    #[error(transparent)]
    Touched(#[from] TouchedError),
    /// Late tails cannot be read, or decided on.
    #[error(transparent)]
    Tails(TailError),
    /// A folder of files cannot be used.
    #[error("{0}")]
    Files(#[from] std::io::Error),
}

impl From<TailError> for PageError {
    fn from(error: TailError) -> Self {
        match error {
            TailError::Master(error) => Self::Master(error),
            TailError::None(..) => Self::Missing,
            TailError::History(_) | TailError::Grew(_) => Self::Tails(error),
        }
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self::Master(error.into())
    }
}

/// What a page is.
pub(super) type Page = Result<Response, PageError>;

impl FromRequestParts<Desk> for Scene {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Infallible> {
        let mut visitor = Visitor::of(&parts.headers, &parts.uri);
        let person = parts
            .extensions
            .get::<Person>()
            .cloned()
            .unwrap_or_default();
        visitor.person.clone_from(&person.0);
        Ok(Self {
            fields: Fields::of(parts.uri.query().unwrap_or_default()),
            visitor,
            person,
            now: desk.inner.shared.now(),
            inner: desk.inner.clone(),
        })
    }
}

impl Scene {
    /// The texts of this call.
    pub(super) fn words(&self) -> Words<'_> {
        Words {
            catalogue: self.inner.catalogue(self.visitor.language),
            now: self.now,
        }
    }

    /// Makes a page that stays as it is while it is open; only what stands around it changes.
    pub(super) async fn show(self, page: impl FnOnce(&Self) -> Page + Send + 'static) -> Response {
        if self.visitor.part {
            let alarms = self.inner.snapshot().alarm_count();
            return Html(frame::still(&self.words(), alarms).into_string()).into_response();
        }
        self.show_live(page).await
    }

    /// Makes a page on a thread that may wait for a disk.
    pub(super) async fn show_live(
        self,
        page: impl FnOnce(&Self) -> Page + Send + 'static,
    ) -> Response {
        let made = tokio::task::spawn_blocking(move || {
            page(&self).unwrap_or_else(|error| self.failed(&error))
        });
        made.await
            .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }

    /// Does what a form asks for, once; leads on, or shows what is wrong.
    pub(super) fn act(
        &self,
        fields: &Fields,
        deed: impl FnOnce() -> Result<String, PageError>,
    ) -> Page {
        let leads = self.inner.deeds.once(fields.get("key"), deed)?;
        Ok(Redirect::to(&leads).into_response())
    }

    /// Who changes something now, and why; `actor` is [`Person::actor`].
    pub(super) fn signed<'a>(
        &self,
        actor: &'a str,
        source: Source,
        origin: &'a str,
        why: &'a str,
    ) -> Signed<'a> {
        Signed {
            actor,
            at: self.now,
            source,
            origin,
            why,
        }
    }

    /// A whole page.
    pub(super) fn page(
        &self,
        section: Section,
        above: Option<(&str, String)>,
        title: String,
        subtitle: String,
        main: &Markup,
    ) -> Response {
        let alarms = self.inner.snapshot().alarm_count();
        let frame = Frame {
            words: self.words(),
            visitor: &self.visitor,
            section,
            above,
            title,
            subtitle,
            alarms,
        };
        Html(frame::page(&frame, main).into_string()).into_response()
    }

    fn failed(&self, error: &PageError) -> Response {
        let words = self.words();
        let (status, title, next) = match error {
            PageError::Missing => (StatusCode::NOT_FOUND, "missing-title", "missing-next"),
            PageError::Wrong(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "refused-title",
                "refused-next",
            ),
            PageError::Master(
                MasterError::NoReason
                | MasterError::NoChange(_)
                | MasterError::ChangedSince(..)
                | MasterError::NothingToRelease
                | MasterError::AllHeld(_)
                | MasterError::Rollout(_),
            ) => (StatusCode::CONFLICT, "refused-title", "refused-next"),
            PageError::Master(
                MasterError::Office(_) | MasterError::Store(_) | MasterError::Import(_),
            )
            | PageError::Touched(_)
            | PageError::Tails(_)
            | PageError::Files(_) => {
                tracing::error!(%error, "a page of the console cannot be made");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "failed-title",
                    "failed-next",
                )
            }
        };
        let told = match error {
            PageError::Master(MasterError::ChangedSince(count, change)) => {
                words.of_two("changed-since", &count.to_string(), &change.to_string())
            }
            PageError::Master(MasterError::Import(error)) => error.sentence(words.catalogue),
            PageError::Master(error) => {
                sentences::told(error, words.catalogue).unwrap_or_else(|| error.to_string())
            }
            PageError::Missing
            | PageError::Wrong(_)
            | PageError::Touched(_)
            | PageError::Tails(_)
            | PageError::Files(_) => error.to_string(),
        };
        let main = html! {
            section.panel.nothing {
                p { (words.text(next)) }
                @if status != StatusCode::NOT_FOUND { p.muted { code { (told) } } }
                p { a href="/catalog" { (words.text("nav-catalog")) } }
            }
        };
        let mut page = self.page(
            Section::Catalog,
            None,
            words.text(title),
            String::new(),
            &main,
        );
        *page.status_mut() = status;
        page
    }
}
