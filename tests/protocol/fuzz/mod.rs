//! Whatever arrives from outside, reading it ends in a value or an error, in memory that is in
//! proportion to what arrived; and what was read is written again with the same meaning.
//!
//! Each test tries one reader: a few hundred times, or for as long as `FUZZ_SECONDS` says. `SEED`
//! begins where a failure was.
#![allow(clippy::unwrap_used)]

mod frames;
mod input;
mod rows;
mod texts;
mod values;

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};

/// Inputs of one seed.
const ROUND: u32 = 256;
/// Bytes that a reader may hold for each byte that it is given, and for none at all.
const HELD_PER_BYTE: usize = 64;
const HELD_ANYWAY: usize = 16 * 1024;

/// Tries a reader on inputs, and shows the smallest that it fails on.
///
/// # Panics
/// When there is one.
pub(crate) fn fuzz<S: Strategy>(inputs: &S, check: impl Fn(S::Value) -> TestCaseResult) {
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().expect("it is a number"))
    };
    let seconds = number("FUZZ_SECONDS");
    let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(0));
    // Who has time sees something new each time.
    let new = || seconds.map_or(0, |_| RandomState::new().hash_one(0) >> 16);
    let first = number("SEED").unwrap_or_else(new);
    for seed in first.. {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = Config {
            cases: ROUND,
            failure_persistence: None,
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(config, rng);
        if let Err(failure) = runner.run(inputs, &check) {
            panic!("with SEED={seed}: {failure}");
        }
        if Instant::now() >= until {
            return;
        }
    }
}

/// What `read` makes of an input of so many bytes, in proportion to which it may hold memory.
pub(crate) fn within<T>(bytes: usize, read: impl FnOnce() -> T) -> Result<T, TestCaseError> {
    let mut made = None;
    let held = allocation_counter::measure(|| made = Some(read())).bytes_max;
    let most = HELD_PER_BYTE * bytes + HELD_ANYWAY;
    prop_assert!(
        held <= most as u64,
        "{held} bytes are held for an input of {bytes}"
    );
    Ok(made.expect("it was read"))
}
