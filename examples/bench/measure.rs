//! What a program measures of itself, and the line in which it says so. The programs in `peers`
//! share this file.

use std::collections::BTreeMap;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// Named figures of one run; the names end in their units.
pub type Figures = BTreeMap<String, f64>;

/// Wall and processor time of this process, from some moment on.
pub struct Stopwatch {
    started: Instant,
    cpu: f64,
}

/// What a stopwatch has seen, in seconds.
pub struct Spent {
    pub wall: f64,
    pub cpu: f64,
}

impl Stopwatch {
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            cpu: cpu_seconds(),
        }
    }

    pub fn stop(&self) -> Spent {
        Spent {
            wall: self.started.elapsed().as_secs_f64(),
            cpu: cpu_seconds() - self.cpu,
        }
    }
}

impl Spent {
    /// The figures of a scenario that made so many steps.
    pub fn over(&self, steps: u64) -> Figures {
        let count = number(steps);
        figures([
            ("steps", count),
            ("steps_per_s", count / self.wall),
            ("cpu_us_per_step", self.cpu / count * 1e6),
        ])
    }
}

pub fn figures<const N: usize>(named: [(&str, f64); N]) -> Figures {
    let owned = named.map(|(name, value)| (name.to_owned(), value));
    owned.into_iter().collect()
}

/// Prints the figures of a run on one line, with the memory that the process holds at its end.
pub fn say(mut figures: Figures) {
    if let Some(bytes) = resident_bytes() {
        figures.insert("resident_mib".to_owned(), bytes / f64::from(1 << 20));
    }
    println!("{}", serde_json::json!(figures));
}

/// Resident memory of this process, where the system tells.
pub fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0)
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub fn number(count: u64) -> f64 {
    count as f64
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "seconds of a short run")]
    let (seconds, rest) = (time.tv_sec as f64, time.tv_nsec as f64);
    seconds + rest / 1e9
}
