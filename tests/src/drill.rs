//! Drills: real processes brought into trouble on purpose, and what must hold afterwards.

use serde_json::Value;

pub mod hostile;
pub mod kill;
pub mod lied;
pub mod pages;
pub mod powercut;
pub mod presence;
pub mod renew;
pub mod replace;
pub mod restore;
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
    hostile::DRILL,
    kill::DRILL,
    lied::DRILL,
    pages::DRILL,
    powercut::DRILL,
    presence::DRILL,
    renew::DRILL,
    replace::DRILL,
    restore::DRILL,
    same_price::DRILL,
    torn::DRILL,
];

/// Runs one drill and says its figures; `holds` is among them.
///
/// # Errors
/// When the drill itself could not be carried out.
pub async fn run(name: &str) -> anyhow::Result<Value> {
    match name {
        "hostile" => hostile::run().await,
        "kill" => kill::run().await,
        "lied" => lied::run().await,
        "pages" => pages::run().await,
        "powercut" => powercut::run().await,
        "presence" => presence::run().await,
        "renew" => renew::run().await,
        "replace" => replace::run().await,
        "restore" => restore::run().await,
        "same-price" => same_price::run().await,
        "torn" => torn::run().await,
        other => {
            let known: Vec<_> = DRILLS.iter().map(|drill| drill.name).collect();
            anyhow::bail!("no drill {other:?}; there are {}", known.join(", "))
        }
    }
}
