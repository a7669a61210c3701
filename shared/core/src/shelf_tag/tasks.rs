//! What is to be done about shelf tags: those that lie, those whose item lost its price, those that are missing, and
//! those whose price changes by tomorrow's end.

use std::collections::BTreeSet;

use super::{ItemTags, ShelfTags};
use crate::money::Money;
use crate::pricing::base::PriceStep;
use crate::pricing::moment::LocalTime;
use crate::pricing::price::RowId;

const DAY_MS: i64 = 86_400_000;

/// How urgent a tag is, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// The shelf says another price than the till.
    Overdue,
    /// The item has no price any more: its tag is to be taken down.
    TakeDown,
    /// The item is here and no tag of it was ever printed.
    Missing,
    /// The price changes.
    Coming,
}

impl Due {
    /// All, in this order.
    pub const ALL: [Self; 4] = [Self::Overdue, Self::TakeDown, Self::Missing, Self::Coming];

    /// Its name in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::TakeDown => "take-down",
            Self::Missing => "missing",
            Self::Coming => "coming",
        }
    }
}

/// A tag to be printed, or taken down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagTask {
    /// How urgent it is.
    pub due: Due,
    /// From when on it must hang there, by the store's wall.
    pub from: LocalTime,
    /// The item's code.
    pub item: String,
    /// What the shelf says until then; none where no tag hangs there.
    pub on_shelf: Option<Money>,
    /// What must stand on it and the row of the price list that says so; none where it is to be taken down.
    pub price: Option<(Money, RowId)>,
}

/// How many tags of a shop wait for somebody, as its till tells the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct TagCount {
    /// Tags that say another price than the till.
    #[n(0)]
    pub overdue: u32,
    /// Tags of items that have no price any more.
    #[n(1)]
    pub take_down: u32,
    /// Items that are here and never had a tag.
    #[n(2)]
    pub missing: u32,
}

impl TagCount {
    /// Those of a list.
    #[must_use]
    pub fn of(tasks: &[TagTask]) -> Self {
        let count = |due| {
            let of_kind = tasks.iter().filter(|task| task.due == due);
            u32::try_from(of_kind.count()).unwrap_or(u32::MAX)
        };
        Self {
            overdue: count(Due::Overdue),
            take_down: count(Due::TakeDown),
            missing: count(Due::Missing),
        }
    }

    /// Tags that tell a customer what is not so.
    #[must_use]
    pub fn lying(self) -> u32 {
        self.overdue.saturating_add(self.take_down)
    }
}

/// The first moment behind tomorrow: tags are told until then.
#[must_use]
pub fn end_of_tomorrow(now: LocalTime) -> LocalTime {
    let days = i64::from(now.date().0).saturating_add(2);
    LocalTime(days.saturating_mul(DAY_MS))
}

/// The tags to be printed and taken down, the most urgent first, then by time and item.
///
/// `present` are the items that are here by the books; an item that is neither here nor ever had a tag needs
/// none, or a new shop would begin its day with a tag for all of the price list. `prices` gives the steps of an
/// item's price from `now` to [`end_of_tomorrow`].
///
/// Tags of tomorrow are judged as if everything before them were done, so whoever prints the whole list is done.
pub fn tag_tasks<'a>(
    tags: &'a ShelfTags,
    present: impl IntoIterator<Item = &'a str>,
    prices: impl Fn(&str) -> Vec<PriceStep>,
    now: LocalTime,
) -> Vec<TagTask> {
    let present: BTreeSet<&str> = present.into_iter().collect();
    let tagged = tags.items().map(|(item, _)| item);
    let items: BTreeSet<&str> = tagged.chain(present.iter().copied()).collect();
    let mut tasks = Vec::new();
    for item in items {
        let of_item = tags.of(item).cloned().unwrap_or_default();
        let is_present = present.contains(item);
        tasks.extend(tasks_of(item, of_item, is_present, &prices(item), now));
    }
    tasks.sort_by(|one, other| {
        let key = |task: &TagTask| (task.due, task.from);
        key(one)
            .cmp(&key(other))
            .then_with(|| one.item.cmp(&other.item))
    });
    tasks
}

fn tasks_of(
    item: &str,
    mut tags: ItemTags,
    is_present: bool,
    prices: &[PriceStep],
    now: LocalTime,
) -> Vec<TagTask> {
    let mut tasks = Vec::new();
    // A tag that waits for a day may lie on it without any change of the price.
    let coming = now..end_of_tomorrow(now);
    let waiting = tags.changes().filter(|from| coming.contains(from));
    let steps = prices.iter().map(|step| step.from);
    let moments: BTreeSet<LocalTime> = steps.chain(waiting).collect();
    for from in moments {
        let step = prices.iter().rev().find(|step| step.from <= from);
        let on_shelf = tags.on_shelf(from).map(|tag| tag.price);
        let Some((price, row)) = step.and_then(|step| step.price) else {
            // An item without a price is not sold: there is nothing to print, and its tag goes when the price does.
            if from <= now && on_shelf.is_some() {
                tags.take_down(now);
                tasks.push(TagTask {
                    due: Due::TakeDown,
                    from,
                    item: item.to_owned(),
                    on_shelf,
                    price: None,
                });
            }
            continue;
        };
        let due = match on_shelf {
            Some(shown) if shown == price => continue,
            _ if from > now => Due::Coming,
            Some(_) => Due::Overdue,
            // Its tag waits for the day on which it comes.
            None if !is_present => continue,
            None => Due::Missing,
        };
        tags.print(price, Some(row), from, now);
        tasks.push(TagTask {
            due,
            from,
            item: item.to_owned(),
            on_shelf,
            price: Some((price, row)),
        });
    }
    tasks
}

#[cfg(test)]
mod tests;
