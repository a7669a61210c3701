//! `journal verify | show | export`: reads the journal beside a running agent, up to what is durable.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use serde_json::{Value, json};
use storefleet_core::brought_forward::StockRow;
use storefleet_core::entry::Entry;
use storefleet_core::fact::Fact;
use storefleet_core::ids::Epoch;
use storefleet_core::receipt::Line;
use storefleet_journal::{Reader, verify};

use crate::evidence::EvidenceFolder;
use crate::journal::{DiskRooms, EntryFormat, Rooms};

/// Checks every byte of every epoch and says what it found, one line each.
///
/// # Errors
/// The first damage, with its place.
pub fn verify_all(folder: PathBuf, out: &mut impl Write) -> anyhow::Result<()> {
    let evidence = EvidenceFolder::of(&folder);
    let rooms = DiskRooms::new(folder);
    for epoch in rooms.epochs()? {
        let report = verify(&rooms.room(epoch)?, &EntryFormat)
            .with_context(|| format!("epoch {epoch}: keep the folder and call support"))?;
        writeln!(
            out,
            "epoch {epoch}: {} entries whole, last {}",
            report.records, report.last_ordinal
        )?;
        let given_back = evidence.entries(epoch)?;
        if let (Some(first), Some(last)) = (given_back.first(), given_back.last()) {
            let (first, last) = (first.header.seq, last.header.seq);
            writeln!(
                out,
                "epoch {epoch}: entries {first} to {last} were lost by the disk; the centre's copies are kept"
            )?;
        }
    }
    Ok(())
}

/// Writes every entry as one JSON line.
///
/// # Errors
/// When the journal cannot be read or the output closes.
pub fn export(folder: PathBuf, out: &mut impl Write) -> anyhow::Result<()> {
    each(folder, |entry| {
        serde_json::to_writer(&mut *out, &to_json(&entry))?;
        writeln!(out)?;
        Ok(())
    })
}

/// Writes one readable line per entry.
///
/// # Errors
/// When the journal cannot be read or the output closes.
pub fn show(folder: PathBuf, out: &mut impl Write) -> anyhow::Result<()> {
    each(folder, |entry| {
        let header = &entry.header;
        writeln!(
            out,
            "{:>4} {:>8} {} {:<20} {}",
            header.epoch,
            header.seq,
            header.business_date,
            header.kind.to_string(),
            summary(&entry.fact)
        )?;
        Ok(())
    })
}

/// Calls `use_entry` with every entry, and with what a disk lost and the centre gave back.
///
/// # Errors
/// When the journal cannot be read, or what `use_entry` says.
pub fn each(
    folder: PathBuf,
    mut use_entry: impl FnMut(Entry) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let evidence = EvidenceFolder::of(&folder);
    let rooms = DiskRooms::new(folder);
    for epoch in rooms.epochs()? {
        read_epoch(&rooms, epoch, &mut use_entry).with_context(|| format!("epoch {epoch}"))?;
        evidence
            .entries(epoch)?
            .into_iter()
            .try_for_each(&mut use_entry)?;
    }
    Ok(())
}

fn read_epoch(
    rooms: &DiskRooms,
    epoch: Epoch,
    use_entry: &mut impl FnMut(Entry) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (reader, _) = Reader::open_read_only(rooms.room(epoch)?, EntryFormat)?;
    for record in reader.read_from(reader.oldest()?) {
        let record = record?;
        use_entry(
            Entry::parse(&record.bytes).with_context(|| format!("entry {}", record.ordinal))?,
        )?;
    }
    Ok(())
}

fn summary(fact: &Fact) -> String {
    match fact {
        Fact::Genesis(genesis) => genesis.reason.name().to_owned(),
        Fact::BroughtForward(_) => String::new(),
        Fact::BroughtForwardEnd(end) => format!("{} parts", end.parts),
        Fact::AgentStarted(started) => format!("version {}", started.version),
        Fact::DatasetApplied(applied) => format!("stack {}", applied.stack),
        Fact::DatasetRejected(rejected) => {
            format!("{}: {}", rejected.code.name(), rejected.detail)
        }
        Fact::DatasetRepaired(repaired) => match repaired.buckets {
            Some(buckets) => format!("{}: {buckets} buckets", repaired.layer),
            None => format!("{}: whole", repaired.layer),
        },
        Fact::ShiftOpened(opened) => format!("shift {} cash {}", opened.number, opened.counted),
        Fact::ShiftClosed(closed) => format!(
            "shift {} expected {} counted {}",
            closed.number, closed.expected, closed.counted
        ),
        Fact::Sale(sale) => {
            format!(
                "receipt {} total {}",
                sale.number,
                storefleet_core::receipt::total(&sale.lines)
            )
        }
        Fact::Return(back) => {
            format!(
                "receipt {} total -{}",
                back.number,
                storefleet_core::receipt::total(&back.lines)
            )
        }
        Fact::CashIn(moved) | Fact::CashOut(moved) => format!("{} {}", moved.amount, moved.reason),
        Fact::WrittenOff(document) => {
            format!("{} lines, {}", document.lines.len(), document.reason)
        }
        Fact::StockBooked(booked) => format!("{} rows, {}", booked.lines(), booked.why),
        Fact::Adopted(adopted) => format!(
            "entries {} to {} of epoch {}, {}",
            adopted.adoption.first,
            adopted.adoption.last.seq,
            adopted.adoption.last.epoch,
            adopted.why
        ),
        Fact::PricetagPrinted(printed) => format!("{} tags", printed.tags.len()),
        Fact::Unknown { body, .. } => format!("{} bytes of a newer version", body.len()),
    }
}

fn to_json(entry: &Entry) -> Value {
    let header = &entry.header;
    json!({
        "workplace": header.workplace.to_string(),
        "epoch": header.epoch.0,
        "seq": header.seq.0,
        "hash": entry.hash.to_string(),
        "kind": header.kind.to_string(),
        "wall_ms": header.wall.at.0,
        "business_date": header.business_date.to_string(),
        "shift": header.shift,
        "employee": header.employee,
        "request": header.request.as_ref().map(|request| &request.key),
        "body": body(&entry.fact),
    })
}

fn body(fact: &Fact) -> Value {
    match fact {
        Fact::Sale(sale) => json!({ "number": sale.number, "lines": lines(&sale.lines) }),
        Fact::Return(back) => {
            json!({ "number": back.number, "reason": back.reason, "lines": lines(&back.lines) })
        }
        Fact::WrittenOff(document) => json!({
            "reason": document.reason,
            "lines": document.lines.iter().map(|line| json!({
                "item": line.sku.item, "qty_milli": line.quantity.0,
            })).collect::<Vec<_>>(),
        }),
        Fact::PricetagPrinted(printed) => json!({
            "tags": printed.tags.iter().map(|tag| json!({
                "item": tag.item, "price_kop": tag.price.0,
                "row": tag.row.map(|row| row.0),
                "from": tag.from.map(|from| from.to_string()),
            })).collect::<Vec<_>>(),
        }),
        Fact::CashIn(moved) | Fact::CashOut(moved) => {
            json!({ "amount_kop": moved.amount.0, "reason": moved.reason })
        }
        Fact::ShiftOpened(opened) => {
            json!({ "shift": opened.number, "counted_kop": opened.counted.0 })
        }
        Fact::ShiftClosed(closed) => json!({
            "shift": closed.number,
            "expected_kop": closed.expected.0,
            "counted_kop": closed.counted.0,
            "digest": closed.digest.to_string(),
        }),
        Fact::Genesis(genesis) => json!({
            "reason": genesis.reason.name(),
            "parent": genesis.parent.map(|p| json!({ "epoch": p.epoch.0, "seq": p.seq.0 })),
        }),
        Fact::AgentStarted(started) => json!({
            "version": started.version, "found": started.found.0, "torn_bytes": started.torn_bytes,
        }),
        Fact::BroughtForward(_) => json!({}),
        Fact::DatasetApplied(applied) => json!({
            "stack": applied.stack.to_string(),
            "layers": applied.layers.iter().map(|changed| json!({
                "layer": changed.layer.to_string(),
                "root": changed.root.map(|root| root.to_string()),
            })).collect::<Vec<_>>(),
        }),
        Fact::DatasetRejected(rejected) => json!({
            "code": rejected.code.name(),
            "layer": rejected.layer.as_ref().map(ToString::to_string),
            "detail": rejected.detail,
        }),
        Fact::DatasetRepaired(repaired) => json!({
            "layer": repaired.layer.to_string(),
            "root": repaired.root.to_string(),
            "buckets": repaired.buckets,
        }),
        Fact::StockBooked(booked) => json!({
            "actor": booked.actor,
            "why": booked.why,
            "rows": moves(&booked.rows),
            "units": booked.units.iter().flatten().map(|unit| json!({
                "item": unit.sku.item, "owner": unit.sku.owner, "serial": unit.serial, "count": unit.count,
            })).collect::<Vec<_>>(),
        }),
        Fact::Adopted(adopted) => json!({
            "actor": adopted.actor,
            "why": adopted.why,
            "epoch": adopted.adoption.last.epoch.0,
            "first": adopted.adoption.first.0,
            "last": adopted.adoption.last.seq.0,
            "rows": moves(&adopted.adoption.stock),
            "serials": adopted.adoption.serials.iter().map(|row| json!({
                "serial": row.serial, "sold": row.claims.sold, "returned": row.claims.returned,
            })).collect::<Vec<_>>(),
            "cash": adopted.adoption.cash.iter().map(|row| json!({
                "place": row.place.name(), "amount_kop": row.amount.0,
            })).collect::<Vec<_>>(),
        }),
        Fact::BroughtForwardEnd(end) => json!({ "parts": end.parts, "hash": end.hash.to_string() }),
        Fact::Unknown { body, .. } => json!({ "bytes": body.len() }),
    }
}

fn moves(rows: &[StockRow]) -> Vec<Value> {
    let row = |row: &StockRow| {
        json!({
            "item": row.sku.item, "owner": row.sku.owner, "qty_milli": row.quantity.0,
        })
    };
    rows.iter().map(row).collect()
}

fn lines(lines: &[Line]) -> Vec<Value> {
    lines
        .iter()
        .map(|line| {
            json!({
                "item": line.sku.item,
                "qty_milli": line.quantity.0,
                "gross_kop": line.gross.0,
                "discount_kop": line.discount.0,
                "total_kop": line.total().0,
                "serial": line.serial,
            })
        })
        .collect()
}
