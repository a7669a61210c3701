//! The tile map: one mark for each shop, drawn as one path for each status.

use std::fmt::Write;

use maud::{Markup, html};

use super::frame::class;
use super::snapshot::Snapshot;
use super::words::{Words, amount};
use crate::fleet::Status;

/// Width that the marks of a row fill, in pixels.
const MAP_WIDTH: usize = 912;

/// Size of a mark and the distance between two, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    mark: usize,
    pitch: usize,
    columns: usize,
}

impl Grid {
    fn of(shops: usize) -> Self {
        let (mark, pitch) = match shops {
            0..=120 => (24, 28),
            121..=600 => (20, 23),
            601..1_500 => (14, 17),
            1_500..=6_000 => (10, 12),
            _ => (8, 10),
        };
        let columns = MAP_WIDTH.checked_div(pitch).unwrap_or(1).min(shops).max(1);
        Self {
            mark,
            pitch,
            columns,
        }
    }

    /// Left upper corner of a mark.
    fn place(self, at: usize) -> (usize, usize) {
        let column = at.checked_rem(self.columns).unwrap_or(0);
        let row = at.checked_div(self.columns).unwrap_or(0);
        (
            column.saturating_mul(self.pitch),
            row.saturating_mul(self.pitch),
        )
    }
}

/// The map of all shops.
pub(super) fn map(words: &Words<'_>, snapshot: &Snapshot) -> Markup {
    let shops = snapshot.shops.len();
    let grid = Grid::of(shops);
    let width = grid.columns.saturating_mul(grid.pitch);
    let height = shops.div_ceil(grid.columns).saturating_mul(grid.pitch);
    html! {
        div.map tabindex="0" role="application" aria-label=(words.text("map-help"))
            data-count=(shops) data-columns=(grid.columns) data-pitch=(grid.pitch) data-mark=(grid.mark) {
            svg #map data-part role="img" aria-label=(sentence(words, snapshot))
                viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) {
                @for status in Status::ALL { (marks(snapshot, status, grid)) }
            }
        }
    }
}

/// What the map shows, as one sentence.
fn sentence(words: &Words<'_>, snapshot: &Snapshot) -> String {
    let parts: Vec<String> = Status::ALL
        .into_iter()
        .map(|status| {
            format!(
                "{}: {}",
                words.text(status.key()),
                amount(snapshot.count(status))
            )
        })
        .collect();
    parts.join(", ")
}

fn marks(snapshot: &Snapshot, status: Status, grid: Grid) -> Markup {
    let held = snapshot
        .shops
        .iter()
        .enumerate()
        .filter(|(_, shop)| shop.status == status);
    let places: Vec<_> = held.map(|(at, _)| grid.place(at)).collect();
    if places.is_empty() {
        return html! {};
    }
    let (path, cross) = (outline(&places, status, grid.mark), status == Status::Bad);
    let stroke = (status == Status::Ok).then_some(grid.mark);
    html! {
        path class={ "t-" (class(status)) } d=(path) stroke-width=[stroke] {}
        @if cross { path.t-cross d=(crosses(&places, grid.mark)) {} }
    }
}

/// A healthy square is one stroke segment, which is the shortest way to write it.
fn outline(places: &[(usize, usize)], status: Status, mark: usize) -> String {
    let mut path = String::with_capacity(places.len().saturating_mul(14));
    let half = mark / 2;
    let inner = mark.saturating_sub(2);
    for (x, y) in places {
        // Writing to a text cannot fail.
        let written = match status {
            Status::Ok => write!(path, "M{x} {}h{mark}", y.saturating_add(half)),
            Status::Warn => write!(
                path,
                "M{} {y}l{half} {mark}h-{mark}z",
                x.saturating_add(half)
            ),
            Status::Bad => write!(path, "M{x} {y}h{mark}v{mark}h-{mark}z"),
            Status::Off | Status::New => {
                let (x, y) = (x.saturating_add(1), y.saturating_add(1));
                write!(path, "M{x} {y}h{inner}v{inner}h-{inner}z")
            }
        };
        written.unwrap_or_default();
    }
    path
}

fn crosses(places: &[(usize, usize)], mark: usize) -> String {
    let edge = mark.div_ceil(4);
    let inner = mark.saturating_sub(edge.saturating_mul(2));
    let mut path = String::new();
    for (x, y) in places {
        let (x, y) = (x.saturating_add(edge), y.saturating_add(edge));
        let written = write!(path, "M{x} {y}l{inner} {inner}m0-{inner}l-{inner} {inner}");
        written.unwrap_or_default();
    }
    path
}
