//! Pages of fleets built by hand.

use std::str::FromStr;

use axum::http::{HeaderMap, Uri};
use storefleet_core::epoch::Mark;
use storefleet_core::health::Alarm;
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::sync::message::Hello;
use storefleet_core::time::Timestamp;
use storefleet_messages::{Catalogue, Language};

use super::snapshot::Snapshot;
use super::store_page::{self, Seen};
use super::visitor::Visitor;
use super::words::Words;
use super::{alerts_page, fleet_page, frame, metrics};
use crate::fleet::Fleet;
use crate::ingest::News;

/// 2026-11-23T11:20:00Z, which is 14:20 in Moscow.
const NOW: Timestamp = Timestamp(1_795_432_800_000);

fn id(text: &str) -> WorkplaceId {
    text.parse().unwrap()
}

fn heard(fleet: &mut Fleet, workplace: &str, head: u64, at: Timestamp) {
    fleet.online(&id(workplace), at);
    let hello = Hello {
        workplace: id(workplace),
        schema_min: 1,
        schema_max: 1,
        key_list: 1,
        head: Mark {
            epoch: Epoch(1),
            seq: Seq(head),
            hash: Hash::default(),
        },
        acked: Mark::default(),
        version: "0.1.0".to_owned(),
        session: 1,
        echo: 0,
        wall: at,
    };
    fleet.news(&News::Hello(Box::new(hello), at));
}

/// One shop of each status, in the order of the counters.
fn all_statuses() -> Fleet {
    let mut fleet = Fleet::default();
    for shop in ["a1-1", "b1-1", "c1-1", "d1-1"] {
        heard(&mut fleet, shop, 0, NOW);
    }
    fleet.alarm(
        &id("b1-1"),
        Alarm::Gap,
        "<script>alert(1)</script>".to_owned(),
        NOW,
    );
    fleet.alarm(&id("c1-1"), Alarm::Clone, "two".to_owned(), NOW);
    fleet.offline(&id("d1-1"), NOW.plus_ms(-31_000));
    fleet.enrolled(&id("e1-1"));
    fleet
}

fn visitor(address: &str) -> Visitor {
    Visitor::of(&HeaderMap::new(), &Uri::from_str(address).unwrap())
}

fn check(fleet: &Fleet, language: Language, address: &str, present: &[&str], absent: &[&str]) {
    let catalogue = Catalogue::of(language);
    let words = Words {
        catalogue: &catalogue,
        now: NOW,
    };
    let snapshot = Snapshot::of(fleet, NOW);
    let visitor = visitor(address);
    let page = match address.strip_prefix("/stores/") {
        Some(code) => {
            let shop = snapshot.shop(&code.parse().unwrap()).unwrap();
            let seen = Seen {
                shop,
                card: None,
                journal: &Ok(Vec::new()),
            };
            store_page::page(&words, &visitor, &seen, 0)
        }
        None if address.starts_with("/alerts") => alerts_page::page(&words, &visitor, &snapshot),
        None => fleet_page::page(&words, &visitor, &snapshot),
    };
    let page = page.into_string();
    for text in present {
        assert!(page.contains(text), "{address} lacks {text:?}:\n{page}");
    }
    for text in absent {
        assert!(!page.contains(text), "{address} has {text:?}:\n{page}");
    }
}

#[test]
fn the_fleet_reads_in_both_languages() {
    let fleet = all_statuses();
    let russian = [
        "5 магазинов",
        "Есть замечания",
        "Нет связи",
        "lang=\"ru\"",
        "20,0\u{a0}%",
    ];
    check(
        &fleet,
        Language::Russian,
        "/fleet",
        &russian,
        &["status-", "fig-"],
    );
    let english = [
        "5 shops",
        "Degraded",
        "No contact",
        "lang=\"en\"",
        "Not paired",
    ];
    check(
        &fleet,
        Language::English,
        "/fleet",
        &english,
        &["status-", "fig-"],
    );
}

#[test]
fn the_map_has_one_path_for_each_status() {
    let paths = [
        "\"t-ok\"",
        "\"t-warn\"",
        "\"t-bad\"",
        "\"t-off\"",
        "\"t-new\"",
    ];
    check(
        &all_statuses(),
        Language::Russian,
        "/fleet",
        &paths,
        &["style="],
    );
}

#[test]
fn the_list_filters_and_pages() {
    let fleet = all_statuses();
    check(
        &fleet,
        Language::Russian,
        "/fleet?view=list&status=off",
        &["/stores/d1"],
        &["\"/stores/a1\""],
    );
    let mut large = Fleet::default();
    (100..200).for_each(|n| large.enrolled(&id(&format!("s{n}-1"))));
    let first = ["s100", "s149", "view=list&amp;after=s149"];
    check(
        &large,
        Language::Russian,
        "/fleet?view=list",
        &first,
        &["/stores/s150"],
    );
    check(
        &large,
        Language::Russian,
        "/fleet?view=list&after=s149",
        &["s150", "В начало"],
        &["/stores/s149"],
    );
}

#[test]
fn hostile_evidence_stays_text() {
    for address in ["/fleet", "/alerts", "/stores/b1"] {
        let escaped = ["&lt;script&gt;alert(1)"];
        check(
            &all_statuses(),
            Language::English,
            address,
            &escaped,
            &["<script>alert"],
        );
    }
}

#[test]
fn nothing_one_and_silence_are_told_apart() {
    check(
        &Fleet::default(),
        Language::Russian,
        "/fleet",
        &["Магазинов пока нет"],
        &["<svg id=\"map\""],
    );
    let mut one = Fleet::default();
    one.enrolled(&id("s1-1"));
    check(
        &one,
        Language::Russian,
        "/fleet",
        &["1 магазин", "ещё не было"],
        &["id=\"map\""],
    );
    check(
        &one,
        Language::Russian,
        "/stores/s1",
        &["ещё не выходил на связь"],
        &["всё отправлено"],
    );

    let silent_since = NOW.plus_ms(-60 * 60_000);
    heard(&mut one, "s1-1", 4, silent_since);
    one.offline(&id("s1-1"), silent_since);
    let stale = [
        "значения на 13:20 МСК",
        "не меньше 4",
        "магазин может продавать",
    ];
    check(
        &one,
        Language::Russian,
        "/stores/s1",
        &stale,
        &["всё отправлено"],
    );
}

#[test]
fn a_silent_network_points_at_the_centre_first() {
    let mut fleet = Fleet::default();
    for n in 10..30 {
        heard(&mut fleet, &format!("s{n}-1"), 0, NOW.plus_ms(-90_000));
        fleet.offline(&id(&format!("s{n}-1")), NOW.plus_ms(-90_000));
    }
    check(
        &fleet,
        Language::Russian,
        "/fleet",
        &["20 из 20", "канал самого центра"],
        &[],
    );
}

#[test]
fn every_alarm_has_words_and_a_first_step() {
    for language in [Language::Russian, Language::English] {
        let catalogue = Catalogue::of(language);
        for alarm in Alarm::KNOWN {
            for key in [
                format!("alarm-{}", alarm.name()),
                format!("alarm-{}-next", alarm.name()),
            ] {
                assert_ne!(catalogue.text(&key), key);
            }
        }
    }
}

#[test]
fn measurements_name_status_alarm_and_gate() {
    let snapshot = Snapshot::of(&all_statuses(), NOW);
    let text = metrics::page(&snapshot, &[("admitted", 2), ("admitted", 1)]);
    for line in [
        "storefleet_workplaces{status=\"off\"} 1",
        "storefleet_alarms{code=\"clone\"} 1",
        "storefleet_gate_events_total{event=\"admitted\"} 3",
        "storefleet_backlog_entries 0",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in\n{text}");
    }
}

#[test]
fn colours_are_named_in_the_token_block_only() {
    let (before, rest) = frame::CSS.split_once(":root {").unwrap();
    let (tokens, rest) = rest.split_once('}').unwrap();
    assert!(tokens.contains("light-dark("));
    for literal in ["#", "rgb", "hsl", "oklch", " white;", " black;"] {
        let found = |css: &str| {
            css.lines().any(|line| {
                line.split_once(':')
                    .is_some_and(|(_, value)| value.contains(literal))
            })
        };
        assert!(!found(before) && !found(rest), "{literal}");
    }
}
