//! Measurements as Prometheus reads them.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::snapshot::{Place, Snapshot};
use crate::fleet::Status;
use storefleet_core::health::Alarm;

/// Name, help, and what each workplace adds.
type Sum = (&'static str, &'static str, fn(&Place) -> u64);

/// The whole answer.
pub(super) fn page(snapshot: &Snapshot, counters: &[(&'static str, u64)]) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    write_all(&mut text, snapshot, counters).unwrap_or_default();
    text
}

fn write_all(
    out: &mut String,
    snapshot: &Snapshot,
    counters: &[(&'static str, u64)],
) -> fmt::Result {
    let mut gate: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, count) in counters {
        let sum = gate.entry(name).or_default();
        *sum = sum.saturating_add(*count);
    }
    family(
        out,
        "storefleet_gate_events_total",
        "counter",
        "What the gate met.",
    )?;
    for (name, count) in gate {
        writeln!(
            out,
            "storefleet_gate_events_total{{event=\"{}\"}} {count}",
            label(name)
        )?;
    }
    family(
        out,
        "storefleet_workplaces",
        "gauge",
        "Workplaces by status.",
    )?;
    for status in Status::ALL {
        let count = snapshot
            .places()
            .filter(|place| place.status == status)
            .count();
        let name = super::frame::class(status);
        writeln!(out, "storefleet_workplaces{{status=\"{name}\"}} {count}")?;
    }
    family(
        out,
        "storefleet_alarms",
        "gauge",
        "Alarms that stand, by code.",
    )?;
    for alarm in Alarm::KNOWN {
        let has = |place: &&Place| place.live.alarms.contains_key(alarm);
        let count = snapshot.places().filter(has).count();
        writeln!(
            out,
            "storefleet_alarms{{code=\"{}\"}} {count}",
            alarm.name()
        )?;
    }
    let sum = |of: fn(&Place) -> u64| snapshot.places().map(of).fold(0, u64::saturating_add);
    let sums: [Sum; 4] = [
        (
            "storefleet_watermark_entries",
            "Places of the watermarks, summed.",
            |it| it.live.mark.seq.0,
        ),
        (
            "storefleet_backlog_entries",
            "Entries told of that the centre lacks.",
            Place::backlog,
        ),
        ("storefleet_receipts", "Sales held.", |it| {
            it.live.totals.receipts
        }),
        (
            "storefleet_workplaces_online",
            "Standing connections.",
            |it| u64::from(it.live.online),
        ),
    ];
    for (name, help, of) in sums {
        family(out, name, "gauge", help)?;
        writeln!(out, "{name} {}", sum(of))?;
    }
    Ok(())
}

fn family(out: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

fn label(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', " ")
}
