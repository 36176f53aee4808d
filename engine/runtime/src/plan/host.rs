//! The computer's memory as Linux tells of it; `None` elsewhere.

use std::fs;

/// Bytes that programs can take without swapping.
pub(super) fn available() -> Option<u64> {
    entry("/proc/meminfo", "MemAvailable:")
}

/// Bytes that this program has in memory.
pub fn resident() -> Option<u64> {
    entry("/proc/self/status", "VmRSS:")
}

fn entry(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib << 10)
}
