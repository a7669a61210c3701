//! The fleet as a table: what the map shows, readable by everybody and without a script.

use maud::{Markup, html};

use super::frame::{chip, class};
use super::snapshot::{Shop, Snapshot};
use super::visitor::Visitor;
use super::words::{DASH, Words, amount, number};
use crate::fleet::Status;

/// Rows of one page.
pub(super) const ROWS_MAX: usize = 50;

/// The status that the address asks for.
pub(super) fn wanted(visitor: &Visitor) -> Option<Status> {
    let name = visitor.query("status")?;
    Status::ALL
        .into_iter()
        .find(|status| class(*status) == name)
}

/// The page of the table that the address asks for.
pub(super) fn list(words: &Words<'_>, visitor: &Visitor, snapshot: &Snapshot) -> Markup {
    let wanted = wanted(visitor);
    let fits = |shop: &&Shop| wanted.is_none_or(|status| shop.status == status);
    let all = snapshot.shops.iter().filter(fits).count();
    let after = visitor.query("after").unwrap_or_default();
    let mut rest = snapshot
        .shops
        .iter()
        .filter(fits)
        .filter(|shop| shop.id.as_str() > after);
    let rows: Vec<&Shop> = rest.by_ref().take(ROWS_MAX).collect();
    let more = rest.next().is_some();
    let last = rows.last().map(|shop| shop.id.as_str()).filter(|_| more);
    html! {
        section.panel #list data-part {
            header {
                h2 { @match wanted { Some(status) => (words.text(status.key())), None => (words.text("list-all")) } }
                span.muted { (amount(all)) }
                @if wanted.is_some() { a href="/fleet?view=list" { (words.text("filter-reset")) } }
            }
            @if rows.is_empty() { p.empty { (words.text("list-empty")) } }
            @else { (table(words, &rows)) }
            @if !after.is_empty() || last.is_some() {
                footer {
                    @if !after.is_empty() { a href=(address(wanted, None)) { (words.text("page-first")) } }
                    @if last.is_some() { a href=(address(wanted, last)) { (words.text("page-next")) } }
                }
            }
        }
    }
}

fn address(status: Option<Status>, after: Option<&str>) -> String {
    let status = status
        .map(|status| format!("&status={}", class(status)))
        .unwrap_or_default();
    let after = after
        .map(|after| format!("&after={after}"))
        .unwrap_or_default();
    format!("/fleet?view=list{status}{after}")
}

/// Rows of shops.
pub(super) fn table(words: &Words<'_>, rows: &[&Shop]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { (words.text("col-store")) }
                th.num scope="col" { (words.text("col-tills")) }
                th scope="col" { (words.text("col-status")) }
                th scope="col" { (words.text("col-seen")) }
                th.num scope="col" { (words.text("col-backlog")) }
                th.num scope="col" { (words.text("col-receipts")) }
                th.num scope="col" { (words.text("col-tags")) }
                th scope="col" { (words.text("col-version")) }
            } }
            tbody { @for shop in rows { (row(words, shop)) } }
        } }
    }
}

fn row(words: &Words<'_>, shop: &Shop) -> Markup {
    let day = shop.day();
    let spoke = shop.seen().is_some();
    let stale = shop
        .workplaces
        .iter()
        .all(|place| !place.live.online)
        .then_some("stale");
    html! {
        tr class=[stale] {
            th scope="row" { a href={ "/stores/" (shop.id) } { (shop.id) } }
            td.num { (amount(shop.workplaces.len())) }
            td { (chip(words, shop.status)) }
            td { (seen(words, shop)) }
            td.num { @if spoke { @if shop.is_silent() { "≥ " } (number(shop.backlog())) } @else { (DASH) } }
            td.num { @if day.date.0 > 0 { (number(day.receipts)) span.muted { " " (words.of("for-day", &super::words::day(day.date))) } } @else { (DASH) } }
            td.num { @match shop.lying_tags() { Some(tags) => (number(tags)), None => (DASH) } }
            td { (versions(shop)) }
        }
    }
}

fn seen(words: &Words<'_>, shop: &Shop) -> Markup {
    match shop.seen() {
        None => html! { span.muted { (words.text("never-heard")) } },
        Some(at) => {
            html! { (words.of("ago", &words.since(at))) span.muted { ", " (words.moment(at)) } }
        }
    }
}

fn versions(shop: &Shop) -> String {
    let mut versions: Vec<&str> = shop
        .workplaces
        .iter()
        .map(|place| place.live.version.as_str())
        .collect();
    versions.retain(|version| !version.is_empty());
    versions.sort_unstable();
    versions.dedup();
    if versions.is_empty() {
        DASH.to_owned()
    } else {
        versions.join(", ")
    }
}
