//! Receipts that a release touched: what a person sees before taking back what sold already.

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use storefleet_core::money::Money;
use storefleet_core::rollout::names::ReleaseId;
use storefleet_core::time::Timestamp;

use crate::console::form::encoded;
use crate::console::frame::Section;
use crate::console::scene::{Page, PageError, Scene};
use crate::console::words::{Words, amount, money, number};
use crate::rollouts::touched::{Touched, TouchedReceipt};

/// `GET /rollouts/{release}/receipts`
pub(super) async fn show(scene: Scene, Path(release): Path<String>) -> Response {
    let release = ReleaseId::from(release);
    scene.show(move |scene| page(scene, &release)).await
}

fn page(scene: &Scene, release: &ReleaseId) -> Page {
    let words = scene.words();
    let touched = scene.inner.rollouts.touched(release, &scene.inner.reader)?;
    let touched = touched.ok_or(PageError::Missing)?;
    let main = html! {
        section.panel {
            header { h2 { (words.text("touched-title")) } span.muted { (number(touched.receipts)) } }
            @if touched.receipts == 0 { p.empty { (words.text("touched-none")) } }
            @else {
                p { (sum(&words, &touched)) }
                p.muted { (words.text("touched-next")) }
                (table(&words, &touched.rows))
            }
            @if (touched.rows.len() as u64) < touched.receipts {
                footer { span.muted { (words.of("touched-more", &amount(touched.rows.len()))) } }
            }
        }
    };
    let above = format!("/rollouts/{}", encoded(release.as_str()));
    let title = words.of("touched-of", release.as_str());
    let above = Some((above.as_str(), release.to_string()));
    Ok(scene.page(Section::Rollouts, above, title, String::new(), &main))
}

fn sum(words: &Words<'_>, touched: &Touched) -> String {
    let shops = u64::try_from(touched.shops).unwrap_or(u64::MAX);
    let shops = words.count("touched-shops", shops);
    words.of_two("touched-sum", &money(Money(touched.total_kop)), &shops)
}

fn table(words: &Words<'_>, rows: &[TouchedReceipt]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { (words.text("touched-where")) }
                th.num scope="col" { (words.text("touched-number")) }
                th scope="col" { (words.text("when")) }
                th scope="col" { (words.text("what")) }
                th.num scope="col" { (words.text("touched-total")) }
            } }
            tbody { @for row in rows { tr {
                th scope="row" { (row.workplace) }
                td.num { (number(row.number)) }
                td { (words.moment(Timestamp(row.at_ms))) }
                td { @for item in &row.items { a href={ "/catalog/" (encoded(item)) } { code { (item) } } " " } }
                td.num { (money(Money(row.total_kop))) }
            } } }
        } }
    }
}
