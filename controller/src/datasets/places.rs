//! Where the shops stand: what tells which layers a shop has, and when its wall says what.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::build::{shop, stack_of};
use storefleet_core::ids::StoreId;
use storefleet_core::master::dealer::DealerRecord;
use storefleet_core::master::store::StoreRecord;
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::pricing::shop::Shop;
use storefleet_core::rollout::target::Target;
use storefleet_core::time::{OffsetMinutes, Timestamp};

use crate::master::{MasterStore, StoreError};

/// A shop and its wall.
#[derive(Debug, Clone)]
pub struct Place {
    /// The shop.
    pub shop: Shop,
    zone: TimeZone,
}

impl Place {
    /// Every layer the shop may have.
    #[must_use]
    pub fn stack(&self) -> Vec<LayerId> {
        stack_of(&self.shop)
    }

    /// The offset of its wall at an instant.
    #[must_use]
    pub fn offset(&self, at: Timestamp) -> OffsetMinutes {
        let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        let minutes = self.zone.to_offset(instant).seconds() / 60;
        OffsetMinutes(i16::try_from(minutes).unwrap_or(0))
    }

    /// What its wall shows at an instant.
    #[must_use]
    pub fn wall(&self, at: Timestamp) -> LocalTime {
        let offset_ms = i64::from(self.offset(at).0).saturating_mul(60_000);
        LocalTime(at.0.saturating_add(offset_ms))
    }

    /// The shop as a rollout freezes it.
    #[must_use]
    pub fn target(&self, store: &StoreId, at: Timestamp) -> Target {
        Target {
            store: store.clone(),
            region: self.shop.region.clone(),
            dealer: self.shop.dealer.clone(),
            format: self.shop.format.clone(),
            offset: self.offset(at),
        }
    }
}

/// Shops by the code that workplaces use.
#[derive(Debug, Clone, Default)]
pub struct Places(BTreeMap<String, Place>);

impl Places {
    /// Reads the shops whose dealer is known.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn read(store: &MasterStore) -> Result<Self, StoreError> {
        let dealers: BTreeMap<_, _> = store
            .all::<DealerRecord>()?
            .into_iter()
            .map(|dealer| (dealer.dealer.clone(), dealer))
            .collect();
        let places = store
            .all::<StoreRecord>()?
            .into_iter()
            .filter_map(|record| {
                let dealer = dealers.get(&record.dealer)?;
                let place = Place {
                    shop: shop(&record, dealer),
                    // A zone that is not known was refused when the record came.
                    zone: TimeZone::get(&record.tz).unwrap_or(TimeZone::UTC),
                };
                Some((record.store.as_str().to_lowercase(), place))
            });
        Ok(Self(places.collect()))
    }

    /// A shop.
    #[must_use]
    pub fn of(&self, store: &StoreId) -> Option<&Place> {
        self.0.get(store.as_str())
    }
}
