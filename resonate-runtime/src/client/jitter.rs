//! Waits between tries: doubling, and never quite the same for two processes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use resonate_core::ProcessId;

/// First wait between tries.
const WAIT_FIRST: Duration = Duration::from_millis(50);
/// Longest wait between tries.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Numbers that spread the waits of processes. They come from the process's id, which is random
/// unless it was set by hand: then the waits of a simulation repeat.
#[derive(Debug)]
pub(crate) struct Jitter(AtomicU64);

impl Jitter {
    /// The numbers of this process.
    pub(crate) fn of(pid: &ProcessId) -> Self {
        let seed = pid
            .as_str()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        Self(AtomicU64::new(seed))
    }

    /// The wait after this many failed tries: half to one and a half of a doubling span.
    pub(crate) fn wait_after(&self, tries: u32) -> Duration {
        let doubled = WAIT_FIRST
            .saturating_mul(1 << tries.saturating_sub(1).min(10))
            .min(WAIT_MAX);
        let spread = u32::try_from(self.next() >> 56).unwrap_or(0);
        doubled.mul_f64(0.5 + f64::from(spread) / 256.0)
    }

    /// The next number (splitmix64).
    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut bits = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_cap_and_repeat_for_one_process_only() {
        let waits = |pid: &str| {
            let jitter = Jitter::of(&pid.into());
            [1, 2, 3, 7, 8, 100].map(|tries| jitter.wait_after(tries))
        };
        let spans = [50, 100, 200, 3_200, 5_000, 5_000].map(Duration::from_millis);
        for (wait, span) in waits("one").into_iter().zip(spans) {
            assert!(
                span / 2 <= wait && wait <= span * 3 / 2,
                "{wait:?} for {span:?}"
            );
        }
        assert_eq!(waits("one"), waits("one"));
        assert_ne!(waits("one"), waits("other"));
    }
}
