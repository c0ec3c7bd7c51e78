//! Randomness that a replay repeats: drawn from the execution's id, so it costs no round trip.

use std::sync::atomic::Ordering;

use super::{Context, Scene};

impl Context {
    /// A number from 0 up to but without 1, the same on every replay. It is predictable for
    /// whoever knows the execution's id: not for secrets.
    #[must_use]
    pub fn random(&self) -> f64 {
        // The upper 53 bits are exactly what a double can hold.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let bits = (self.draw() >> 11) as f64;
        bits / 9_007_199_254_740_992.0
    }

    /// A number of 64 random bits, the same on every replay. Not for secrets.
    #[must_use]
    pub fn random_u64(&self) -> u64 {
        self.draw()
    }

    /// A UUID (version 8: derived from the execution's id), the same on every replay: what an
    /// outside service wants as an idempotency key.
    #[must_use]
    pub fn uuid(&self) -> String {
        let (high, low) = (self.draw(), self.draw());
        format!(
            "{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff,
        )
    }

    /// The next 64 bits of this execution.
    fn draw(&self) -> u64 {
        let number = match &self.scene {
            Scene::Recorded(strand) => strand.draws.fetch_add(1, Ordering::Relaxed),
            Scene::Test(testbed) => testbed.draws.fetch_add(1, Ordering::Relaxed),
        };
        let seed = self
            .id()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        mix(seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }
}

/// The finalizer of `SplitMix64`: every bit of the input moves half the bits of the output.
const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
