//! Shelf tags: what was printed, and which price a customer reads on the shelf.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::money::Money;
use crate::pricing::moment::LocalTime;
use crate::pricing::price::RowId;
use crate::time::StoreTime;

pub mod tasks;

/// Tags of one item that wait for their day; more than any price list changes within two days.
const LATER_MAX: usize = 16;

/// Tags were printed and put on the shelf.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Printed {
    /// The tags.
    #[n(0)]
    pub tags: Vec<PrintedTag>,
    /// When it happened by the business, where that is not the wall clock.
    #[n(1)]
    pub business_time: Option<StoreTime>,
    /// The items whose tags were taken down; missing where none were.
    #[n(2)]
    pub taken_down: Option<Vec<String>>,
}

/// One printed tag.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct PrintedTag {
    /// The item's code.
    #[n(0)]
    pub item: String,
    /// The price of one unit that stands on it.
    #[n(1)]
    pub price: Money,
    /// The row of the price list that says so; none where no row gives this price.
    #[n(2)]
    pub row: Option<RowId>,
    /// When it hangs on the shelf, by the store's wall; at once where none is given.
    #[n(3)]
    pub from: Option<LocalTime>,
}

/// A tag on the shelf, or one that waits for its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Tag {
    /// The price on it.
    #[n(0)]
    pub price: Money,
    /// The row of the price list that it was printed from.
    #[n(1)]
    pub row: Option<RowId>,
    /// Since when it hangs there, by the store's wall.
    #[n(2)]
    pub from: LocalTime,
}

/// The tags of one item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemTags {
    /// The newest that was to hang at once.
    now: Option<Tag>,
    /// Those printed early, by the moment they are for.
    later: BTreeMap<LocalTime, Tag>,
}

impl ItemTags {
    /// The tag that hangs on the shelf at a moment, when the shop puts every tag there on its day.
    #[must_use]
    pub fn on_shelf(&self, moment: LocalTime) -> Option<&Tag> {
        let due = self.later.range(..=moment).next_back();
        due.map(|(_, tag)| tag).or(self.now.as_ref())
    }

    /// The moments from which tags that wait will hang there.
    pub fn changes(&self) -> impl Iterator<Item = LocalTime> + '_ {
        self.later.keys().copied()
    }

    /// The tag that hangs there at `at` is taken down; those that wait for a later day still come.
    pub fn take_down(&mut self, at: LocalTime) {
        self.now = None;
        self.later.retain(|from, _| *from > at);
    }

    fn is_empty(&self) -> bool {
        self.now.is_none() && self.later.is_empty()
    }

    /// A tag is printed at `at`.
    pub fn print(&mut self, price: Money, row: Option<RowId>, from: LocalTime, at: LocalTime) {
        let from = from.max(at);
        // What became due meanwhile hangs by now; whatever hung before is thrown away.
        while let Some(due) = self.later.first_entry().filter(|due| *due.key() <= at) {
            self.now = Some(due.remove());
        }
        let tag = Tag { price, row, from };
        if from > at {
            self.later.insert(from, tag);
        } else {
            self.now = Some(tag);
        }
        if self.later.len() > LATER_MAX {
            self.later.pop_last();
        }
    }
}

/// The tags of a shop by item, as one till printed them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShelfTags {
    /// Shared with whoever reads: the owner of the state gives it away without copying thousands of items.
    by_item: Arc<BTreeMap<String, ItemTags>>,
}

impl ShelfTags {
    /// Tags with the rows of a brought-forward: item, whether it waits for its day, and the tag.
    pub(crate) fn from_rows(rows: impl IntoIterator<Item = (String, bool, Tag)>) -> Self {
        let mut by_item: BTreeMap<String, ItemTags> = BTreeMap::new();
        for (item, waits, tag) in rows {
            let of_item = by_item.entry(item).or_default();
            if waits {
                of_item.later.insert(tag.from, tag);
            } else {
                of_item.now = Some(tag);
            }
        }
        Self {
            by_item: Arc::new(by_item),
        }
    }

    /// Whether nothing was printed since the other was taken.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.by_item, &other.by_item)
    }

    /// Every tag by item, and whether it waits for its day.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&str, bool, Tag)> + '_ {
        self.by_item.iter().flat_map(|(item, tags)| {
            let now = tags.now.iter().map(|tag| (false, *tag));
            let later = tags.later.values().map(|tag| (true, *tag));
            let all = now.chain(later);
            all.map(move |(waits, tag)| (item.as_str(), waits, tag))
        })
    }

    /// The tags of every item that ever had one, by item.
    pub fn items(&self) -> impl Iterator<Item = (&str, &ItemTags)> + '_ {
        self.by_item
            .iter()
            .map(|(item, tags)| (item.as_str(), tags))
    }

    /// The tags of one item.
    #[must_use]
    pub fn of(&self, item: &str) -> Option<&ItemTags> {
        self.by_item.get(item)
    }

    /// Tags are printed and taken down at `at`.
    pub fn print(&mut self, printed: &Printed, at: LocalTime) {
        let by_item = Arc::make_mut(&mut self.by_item);
        for tag in &printed.tags {
            let from = tag.from.unwrap_or(at);
            let of_item = by_item.entry(tag.item.clone()).or_default();
            of_item.print(tag.price, tag.row, from, at);
        }
        for item in printed.taken_down.iter().flatten() {
            if let Some(of_item) = by_item.get_mut(item) {
                of_item.take_down(at);
            }
            if by_item.get(item).is_some_and(ItemTags::is_empty) {
                by_item.remove(item);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: LocalTime = LocalTime(43_200_000);
    const EVENING: LocalTime = LocalTime(64_800_000);
    const TOMORROW: LocalTime = LocalTime(86_400_000);

    fn price(tags: &ItemTags, moment: LocalTime) -> Option<i64> {
        tags.on_shelf(moment).map(|tag| tag.price.0)
    }

    #[test]
    fn a_tag_of_tomorrow_leaves_today_as_it_is() {
        let mut tags = ItemTags::default();
        tags.print(Money(100), None, NOON, NOON);
        tags.print(Money(90), None, TOMORROW, EVENING);
        assert_eq!(price(&tags, EVENING), Some(100));
        assert_eq!(price(&tags, TOMORROW), Some(90));
    }

    #[test]
    fn a_tag_for_now_leaves_that_of_tomorrow_as_it_is() {
        let mut tags = ItemTags::default();
        tags.print(Money(90), None, TOMORROW, NOON);
        tags.print(Money(110), None, EVENING, EVENING);
        assert_eq!(price(&tags, EVENING), Some(110));
        assert_eq!(price(&tags, TOMORROW), Some(90));
    }

    #[test]
    fn a_tag_that_was_taken_down_leaves_that_of_tomorrow_as_it_is() {
        let mut tags = ItemTags::default();
        tags.print(Money(100), None, NOON, NOON);
        tags.print(Money(90), None, TOMORROW, NOON);
        tags.take_down(EVENING);
        assert_eq!(price(&tags, EVENING), None);
        assert_eq!(price(&tags, TOMORROW), Some(90));
    }

    #[test]
    fn the_last_one_printed_hangs_there_even_if_the_wall_went_back() {
        let mut tags = ItemTags::default();
        tags.print(Money(100), None, TOMORROW, TOMORROW);
        tags.print(Money(90), None, NOON, NOON);
        assert_eq!(price(&tags, NOON), Some(90));
        assert_eq!(price(&tags, TOMORROW), Some(90));
    }

    #[test]
    fn no_item_keeps_tags_without_end() {
        let mut tags = ItemTags::default();
        for day in 1..100 {
            tags.print(Money(day), None, LocalTime(day * 86_400_000), LocalTime(0));
        }
        assert_eq!(tags.later.len(), LATER_MAX);
        assert_eq!(price(&tags, LocalTime(86_400_000)), Some(1));
    }
}
