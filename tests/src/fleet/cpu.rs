//! What a process used of the processor, as the system counts it.

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
