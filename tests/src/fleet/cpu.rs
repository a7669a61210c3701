//! What a process uses of the machine, as the system counts it.

use std::fs;
use std::time::Duration;

use anyhow::Context;

/// User and system time of a process so far.
pub fn used(pid: u32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .with_context(|| format!("read the times of process {pid}"))?;
    // The name stands in brackets and may hold anything; the times are 14th and 15th.
    let (_, fields) = stat.rsplit_once(')').context("a line of /proc/…/stat")?;
    let ticks = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<u64>)
        .sum::<Result<u64, _>>()?;
    let per_second = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_secs_f64(ticks as f64 / per_second as f64))
}

/// Open files of a process.
pub fn open_files(pid: u32) -> anyhow::Result<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count())
}

/// Memory of a process that is in the machine's, in MiB.
pub fn resident_mib(pid: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .with_context(|| format!("read the memory of process {pid}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    let kib: u32 = kib.context("a line VmRSS of /proc/…/status")?.parse()?;
    Ok(f64::from(kib) / 1_024.0)
}
