//! Waits between tries that grow, and are never quite the same for two processes.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);

/// The waits between tries, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The next wait: at most 250 ms, then 0.5 s, 1 s … 30 s; at least half of that.
    pub(crate) fn next(&mut self) -> Duration {
        let longest = FIRST.saturating_mul(1 << self.tries.min(10)).min(LONGEST);
        self.tries = self.tries.saturating_add(1);
        spread(longest)
    }
}

/// Something between half of `longest` and all of it.
fn spread(longest: Duration) -> Duration {
    let mut byte = [0_u8];
    // Without randomness the wait is merely not spread.
    let spread = getrandom::fill(&mut byte).map_or(0, |()| u32::from(byte[0]));
    longest.mul_f64(0.5 + f64::from(spread) / 512.0)
}

#[cfg(test)]
mod tests {
    use super::{Backoff, Duration, LONGEST};

    #[test]
    fn waits_double_up_to_half_a_minute_and_stay_there() {
        let mut backoff = Backoff::default();
        let waits: Vec<Duration> = (0..20).map(|_| backoff.next()).collect();
        assert!(waits[0] <= Duration::from_millis(250));
        let five: Duration = waits[..5].iter().sum();
        assert!(five <= Duration::from_secs(8), "{waits:?}");
        assert!(
            waits[19] >= LONGEST / 2 && waits[19] <= LONGEST,
            "{waits:?}"
        );
    }
}
