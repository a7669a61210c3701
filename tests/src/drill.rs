//! Drills: real processes brought into trouble on purpose, and what must hold afterwards.

use serde_json::Value;

pub mod bad_release;
pub mod hostile;
pub mod kill;
pub mod lied;
pub mod opening_stock;
pub mod pages;
pub mod powercut;
pub mod presence;
pub mod renew;
pub mod replace;
pub mod restore;
pub mod rollout;
pub mod same_price;
pub mod shops;
pub mod torn;

/// A drill by its name.
pub struct Drill {
    /// Name on the command line.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
}

/// Every drill, by name.
pub const DRILLS: &[Drill] = &[
    bad_release::DRILL,
    hostile::DRILL,
    kill::DRILL,
    lied::DRILL,
    opening_stock::DRILL,
    pages::DRILL,
    powercut::DRILL,
    presence::DRILL,
    renew::DRILL,
    replace::DRILL,
    restore::DRILL,
    rollout::DRILL,
    same_price::DRILL,
    torn::DRILL,
];

/// Seeds of a drill that throws dice; the others take no notice.
#[derive(Debug, Clone, Copy)]
pub struct Seeds {
    /// The first one.
    pub from: u64,
    /// How many.
    pub count: u64,
}

/// Runs one drill and says its figures; `holds` is among them. Only drills that price carts look at their number.
///
/// # Errors
/// When the drill itself could not be carried out.
pub async fn run(name: &str, seeds: Seeds, carts: usize) -> anyhow::Result<Value> {
    match name {
        "bad-release" => Ok(bad_release::run(seeds)),
        "hostile" => hostile::run().await,
        "kill" => kill::run().await,
        "lied" => lied::run().await,
        "opening-stock" => opening_stock::run().await,
        "pages" => pages::run().await,
        "powercut" => powercut::run().await,
        "presence" => presence::run().await,
        "renew" => renew::run().await,
        "replace" => replace::run().await,
        "rollout" => rollout::run().await,
        "restore" => restore::run().await,
        "same-price" => same_price::run(carts).await,
        "torn" => torn::run().await,
        other => {
            let known: Vec<_> = DRILLS.iter().map(|drill| drill.name).collect();
            anyhow::bail!("no drill {other:?}; there are {}", known.join(", "))
        }
    }
}
