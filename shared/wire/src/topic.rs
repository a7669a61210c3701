//! The two topic families: what a workplace may write and what it may read.

use storefleet_core::ids::WorkplaceId;

/// What a workplace publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Up {
    /// Signed batches.
    Batch,
    /// Hello and results.
    Report,
    /// Telemetry.
    Telemetry,
}

/// What the centre publishes to one workplace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Down {
    /// Signed acks.
    Ack,
    /// Signed commands.
    Command,
    /// The signed manifest.
    Manifest,
    /// Key lists signed by the offline root.
    Keys,
}

impl Up {
    /// Every class with its last topic level.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Batch, "b"),
        (Self::Report, "r"),
        (Self::Telemetry, "t"),
    ];

    /// The topic of this class for one workplace.
    #[must_use]
    pub fn topic(self, workplace: &WorkplaceId) -> String {
        let level = Self::ALL
            .iter()
            .find(|(class, _)| *class == self)
            .map_or("", |(_, l)| *l);
        format!("sf/1/{workplace}/up/{level}")
    }

    /// The class of a topic, if the topic is one that `workplace` may publish to.
    #[must_use]
    pub fn of(topic: &str, workplace: &str) -> Option<Self> {
        let level = topic
            .strip_prefix("sf/1/")?
            .strip_prefix(workplace)?
            .strip_prefix("/up/")?;
        Self::ALL
            .iter()
            .find(|(_, known)| *known == level)
            .map(|(class, _)| *class)
    }
}

impl Down {
    /// Every class with its last topic level.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Ack, "a"),
        (Self::Command, "c"),
        (Self::Manifest, "manifest"),
        (Self::Keys, "k"),
    ];

    /// The topic of this class for one workplace.
    #[must_use]
    pub fn topic(self, workplace: &WorkplaceId) -> String {
        let level = Self::ALL
            .iter()
            .find(|(class, _)| *class == self)
            .map_or("", |(_, l)| *l);
        format!("sf/1/{workplace}/dn/{level}")
    }

    /// The class of a topic of `workplace`.
    #[must_use]
    pub fn of(topic: &str, workplace: &WorkplaceId) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(class, _)| class.topic(workplace) == topic)
            .map(|(class, _)| *class)
    }
}

/// The one filter a workplace may subscribe to.
#[must_use]
pub fn down_filter(workplace: &str) -> String {
    format!("sf/1/{workplace}/dn/+")
}
