//! Backup while running, and restore with a new life: segments are only ever added to.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use storefleet_journal::{DiskFolder, verify};

use crate::central_log::CentralFormat;
use crate::incarnation;
use crate::run::lock;

/// What a centre cannot live without.
const PARTS: [&str; 2] = ["office", "log"];

/// Copies the logs of a centre, running or not, into an empty folder.
///
/// The office log goes first: whatever the central log holds was signed by a key that the office
/// log knew before.
///
/// # Errors
/// When the target is not empty or a file cannot be copied.
pub fn backup(data: &Path, target: &Path) -> anyhow::Result<u64> {
    fs::create_dir_all(target).with_context(|| format!("create {}", target.display()))?;
    if fs::read_dir(target)?.next().is_some() {
        bail!(
            "{} is not empty; name a new folder for the backup",
            target.display()
        );
    }
    let mut bytes = 0_u64;
    for part in PARTS {
        let (from, to) = (data.join(part), target.join(part));
        fs::create_dir(&to)?;
        for name in segments(&from)? {
            let copied = fs::copy(from.join(&name), to.join(&name))
                .with_context(|| format!("copy {name} of {part}"))?;
            bytes = bytes.saturating_add(copied);
            fs::File::open(to.join(&name))?.sync_all()?;
        }
    }
    fs::copy(data.join("incarnation"), target.join("incarnation"))?;
    // Opening for reading cuts nothing: it proves that what was copied can be opened.
    verify(&DiskFolder::new(target.join("log")), &CentralFormat).context("check the copy")?;
    Ok(bytes)
}

/// Puts a backup in place of a centre's data; the old data stay beside it.
///
/// # Errors
/// When the centre runs, the backup is damaged, or files cannot be moved.
pub fn restore(source: &Path, data: &Path, now_ms: i64) -> anyhow::Result<u32> {
    verify(&DiskFolder::new(source.join("log")), &CentralFormat)
        .with_context(|| format!("{} is no whole backup", source.display()))?;
    fs::create_dir_all(data)?;
    let _lock = lock(data)?;
    let life = data.join("incarnation");
    let stored = [source.join("incarnation"), life.clone()]
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok()?.trim().parse::<u32>().ok())
        .max()
        .unwrap_or(0);
    let next = incarnation::after_restore(stored, now_ms);
    // The number rises first: a restore that breaks off never leaves old data with an old number.
    incarnation::keep(&life, next)?;
    for part in PARTS {
        let (from, to) = (source.join(part), data.join(part));
        if to.exists() {
            fs::rename(&to, data.join(format!("{part}.before-{next}")))?;
        }
        fs::create_dir(&to)?;
        for name in segments(&from)? {
            fs::copy(from.join(&name), to.join(&name))?;
            fs::File::open(to.join(&name))?.sync_all()?;
        }
        fs::File::open(&to)?.sync_all()?;
    }
    fs::File::open(data)?.sync_all()?;
    Ok(next)
}

fn segments(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for item in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        if let Ok(name) = item?.file_name().into_string()
            && name.ends_with(".seg")
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
