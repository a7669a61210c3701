//! Laws of the list, over any price list and whatever was printed before.

use std::collections::BTreeMap;

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::pricing::base::{Told, price_steps};
use crate::pricing::item::{Goods, Item, ItemKind, Tracking};
use crate::pricing::moment::Validity;
use crate::pricing::price::{PriceRow, PriceTypes, Reach};
use crate::pricing::shop::Shop;
use crate::shelf_tag::{Printed, PrintedTag};

const HOUR_MS: i64 = 3_600_000;
const ITEMS: [&str; 3] = ["cable", "case", "phone"];

/// A shop on some morning: its price list, the one that comes after it, and its tags.
#[derive(Debug, Clone)]
struct Morning {
    rows: Vec<Vec<PriceRow>>,
    next: Vec<Vec<PriceRow>>,
    next_from: LocalTime,
    tags: ShelfTags,
    present: BTreeSet<&'static str>,
    now: LocalTime,
}

fn hours(hours: i64) -> LocalTime {
    LocalTime(hours.saturating_mul(HOUR_MS))
}

fn price_row() -> impl Strategy<Value = PriceRow> {
    (
        0..4_i64,
        0..90_i64,
        option::of(1..60_i64),
        0..3_i32,
        any::<u16>(),
    )
        .prop_map(|(amount, from, length, rank, id)| PriceRow {
            id: RowId(id.into()),
            price_type: "retail".into(),
            reach: Reach::Network,
            amount: Money(amount),
            validity: Validity {
                from: hours(from),
                to: length.map(|length| hours(from.saturating_add(length))),
            },
            rank,
            lock: false,
            revision: 0,
        })
}

fn price_list() -> impl Strategy<Value = Vec<Vec<PriceRow>>> {
    vec(vec(price_row(), 0..5), ITEMS.len())
}

fn morning() -> impl Strategy<Value = Morning> {
    let printed = (0..ITEMS.len(), 0..4_i64, 0..40_i64, option::of(0..90_i64));
    let present = btree_set(0..ITEMS.len(), 0..=ITEMS.len());
    (
        price_list(),
        price_list(),
        0..99_i64,
        vec(printed, 0..8),
        present,
        10..40_i64,
    )
        .prop_map(|(rows, next, next_from, mut printed, present, now)| {
            let mut tags = ShelfTags::default();
            printed.sort_by_key(|(_, _, at, _)| *at);
            for (item, price, at, from) in printed {
                let tag = PrintedTag {
                    item: ITEMS[item].to_owned(),
                    price: Money(price),
                    row: None,
                    from: from.map(hours),
                };
                tags.print(&printed_at_once(vec![tag]), hours(at.min(now)));
            }
            Morning {
                rows,
                next,
                next_from: hours(next_from),
                tags,
                present: present.into_iter().map(|item| ITEMS[item]).collect(),
                now: hours(now),
            }
        })
}

fn printed_at_once(tags: Vec<PrintedTag>) -> Printed {
    Printed {
        tags,
        business_time: None,
        taken_down: None,
    }
}

impl Morning {
    /// The tasks at a moment; what comes after is on sale by then if it is due.
    fn tasks(&self, now: LocalTime) -> Vec<TagTask> {
        let prices = |item: &str| self.steps(item, now);
        tag_tasks(&self.tags, self.present.iter().copied(), prices, now)
    }

    fn steps(&self, item: &str, now: LocalTime) -> Vec<PriceStep> {
        let at = ITEMS.iter().position(|it| *it == item).unwrap();
        let [goods, next] = [&self.rows, &self.next].map(|rows| goods(item, rows[at].clone()));
        let (types, shop) = (PriceTypes::from([("retail".into(), None)]), shop());
        let told = [(LocalTime(0), &goods), (self.next_from, &next)].map(|(from, goods)| Told {
            from,
            goods: Some(goods),
            types: &types,
            shop: &shop,
        });
        price_steps(&told, now, end_of_tomorrow(now))
    }

    fn price(&self, item: &str, at: LocalTime) -> Option<Money> {
        self.steps(item, at)[0].price.map(|(price, _)| price)
    }

    fn print(&mut self, tasks: &[TagTask]) {
        let mut printed = printed_at_once(Vec::new());
        for task in tasks {
            match task.price {
                Some((price, row)) => printed.tags.push(PrintedTag {
                    item: task.item.clone(),
                    price,
                    row: Some(row),
                    from: Some(task.from),
                }),
                None => printed
                    .taken_down
                    .get_or_insert_default()
                    .push(task.item.clone()),
            }
        }
        self.tags.print(&printed, self.now);
    }
}

fn goods(item: &str, prices: Vec<PriceRow>) -> Goods {
    Goods {
        item: Item {
            code: item.into(),
            kind: ItemKind::Goods,
            group: "case".into(),
            brand: "none".into(),
            tracking: Tracking::None,
            vat_class: "base".into(),
        },
        prices,
        corridors: Vec::new(),
    }
}

fn shop() -> Shop {
    Shop {
        store: "S1".into(),
        dealer: "D1".into(),
        dealer_class: "local".into(),
        region: "R".into(),
        format: "kiosk".into(),
        tax_regime: "osn".into(),
    }
}

proptest! {
    #[test]
    fn whoever_prints_the_whole_list_is_done(mut morning in morning(), turn in 0..50_usize) {
        let mut tasks = morning.tasks(morning.now);
        // In whatever order the printer gives them.
        let turn = turn.checked_rem(tasks.len()).unwrap_or(0);
        tasks.rotate_left(turn);
        morning.print(&tasks);
        prop_assert_eq!(morning.tasks(morning.now), vec![]);
    }

    #[test]
    fn a_tag_that_was_printed_early_is_right_when_its_day_comes(
        mut morning in morning(), later in 0..90_i64,
    ) {
        morning.print(&morning.tasks(morning.now));
        let then = hours(later).max(morning.now);
        prop_assume!(then < end_of_tomorrow(morning.now));
        let tasks = morning.tasks(then);
        // Tags for the day after that may have been told meanwhile, and a price that went takes its tag along.
        let later = [Due::Coming, Due::TakeDown];
        prop_assert!(tasks.iter().all(|task| later.contains(&task.due)), "{:?}", tasks);
    }

    #[test]
    fn nothing_to_print_means_that_shelf_and_till_agree(morning in morning()) {
        let tasks = morning.tasks(morning.now);
        for item in ITEMS {
            let now = tasks.iter().find(|task| task.item == item && task.from == morning.now);
            let shown = morning.tags.of(item).and_then(|tags| tags.on_shelf(morning.now));
            if let (None, Some(shown)) = (now, shown) {
                prop_assert_eq!(Some(shown.price), morning.price(item, morning.now));
            }
        }
        let order: Vec<_> = tasks.iter().map(|task| (task.due, task.from)).collect();
        prop_assert!(order.is_sorted());
    }

    #[test]
    fn steps_tell_the_price_of_every_moment(morning in morning(), at in 0..48_i64) {
        let at = LocalTime(morning.now.0.saturating_add(hours(at).0));
        prop_assume!(at < end_of_tomorrow(morning.now));
        for item in ITEMS {
            let steps = morning.steps(item, morning.now);
            let step = steps.iter().rev().find(|step| step.from <= at).unwrap();
            prop_assert_eq!(step.price.map(|(price, _)| price), morning.price(item, at));
        }
    }
}

#[test]
fn a_new_shop_is_not_asked_for_a_tag_of_all_its_price_list() {
    let always = PriceRow {
        id: RowId(1),
        price_type: "retail".into(),
        reach: Reach::Network,
        amount: Money(9_900),
        validity: Validity {
            from: hours(0),
            to: None,
        },
        rank: 0,
        lock: false,
        revision: 0,
    };
    let mut morning = Morning {
        rows: vec![vec![always.clone()]; ITEMS.len()],
        next: vec![vec![always]; ITEMS.len()],
        next_from: hours(90),
        tags: ShelfTags::default(),
        present: BTreeSet::new(),
        now: hours(10),
    };
    assert_eq!(morning.tasks(morning.now), vec![]);
    morning.present.insert("case");
    let tasks = morning.tasks(morning.now);
    let told: BTreeMap<&str, Due> = tasks.iter().map(|it| (it.item.as_str(), it.due)).collect();
    assert_eq!(told, BTreeMap::from([("case", Due::Missing)]));
}
