//! The order in which an execution saw results, written so that a replay sees them in the same.
//!
//! `select!` and its kin make the order of results part of the program. Where more than one
//! result was awaited, the sequence numbers of the results seen since the step before are kept in
//! the tag [`SEEN`] of the next step. A replay reads it before it hands out results.

use std::fmt;

/// The tag that holds the order: sequence numbers, runs written as `first-last`.
pub const SEEN: &str = "resonate:seen";

/// Writes an order of sequence numbers.
///
/// ```
/// use resonate_core::execution::{read_seen, write_seen};
///
/// assert_eq!(write_seen(&[4, 0, 1, 2]), "4,0-2");
/// assert_eq!(read_seen("4,0-2").unwrap(), [4, 0, 1, 2]);
/// ```
#[must_use]
pub fn write_seen(order: &[u64]) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for &number in order {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let texts: Vec<String> = runs
        .iter()
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    texts.join(",")
}

/// Reads an order of sequence numbers.
///
/// # Errors
/// When the text is not one; at most a million numbers are read.
pub fn read_seen(text: &str) -> Result<Vec<u64>, SeenError> {
    const MAX: usize = 1_000_000;
    let malformed = || SeenError {
        text: text.to_owned(),
    };
    let mut order = Vec::new();
    for run in text.split(',') {
        let (first, last) = run.split_once('-').unwrap_or((run, run));
        let first: u64 = first.parse().map_err(|_| malformed())?;
        let last: u64 = last.parse().map_err(|_| malformed())?;
        let length = last
            .checked_sub(first)
            .and_then(|gap| usize::try_from(gap).ok());
        if length.is_none_or(|length| length >= MAX - order.len().min(MAX - 1)) {
            return Err(malformed());
        }
        order.extend(first..=last);
    }
    Ok(order)
}

/// A tag [`SEEN`] that is not an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenError {
    /// What the tag held.
    pub text: String,
}

impl fmt::Display for SeenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the tag `{SEEN}` holds `{}`, which is not a list of step numbers",
            self.text
        )
    }
}

impl std::error::Error for SeenError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_order_is_refused() {
        for text in ["", "x", "3-1", "1,,2", "-1", "0-18446744073709551615"] {
            assert!(read_seen(text).is_err(), "{text}");
        }
    }
}
