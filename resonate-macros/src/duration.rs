//! Spans of time as people write them: `"2h"`, `"1h 30m"`, `"250ms"`.

use std::time::Duration;

/// The longest span the protocol can carry: milliseconds that fit a double exactly.
const MILLIS_MAX: u64 = (1 << 53) - 1;

/// Reads a span of time; the error says how to write one.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    const HOW: &str =
        "write a number and a unit, as in \"30s\" or \"1h 30m\"; units are ms, s, m, h, d";
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(format!("the timeout is empty: {HOW}"));
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(after.trim_start(), char::is_alphabetic);
        if number.is_empty() {
            return Err(format!("`{text}` is no span of time: {HOW}"));
        }
        if unit.is_empty() {
            return Err(format!("`{number}` has no unit: {HOW}"));
        }
        let Some(each) = millis_of(unit) else {
            return Err(format!("`{unit}` is no unit of time: {HOW}"));
        };
        total = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(each))
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= MILLIS_MAX)
            .ok_or_else(|| format!("`{text}` is longer than the protocol can say"))?;
        rest = after.trim_start();
    }
    if total == 0 {
        return Err("a timeout of no time at all: nothing could be done in it".to_owned());
    }
    Ok(Duration::from_millis(total))
}

fn split(text: &str, part: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !part(c)).unwrap_or(text.len());
    text.split_at(end)
}

fn millis_of(unit: &str) -> Option<u64> {
    const SECOND: u64 = 1_000;
    Some(match unit {
        "ms" => 1,
        "s" | "sec" => SECOND,
        "m" | "min" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        "d" => 86_400 * SECOND,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_numbers_with_units() {
        for (text, millis) in [
            ("250ms", 250),
            ("30s", 30_000),
            ("5m", 300_000),
            ("5 min", 300_000),
            ("2h", 7_200_000),
            ("1h 30m", 5_400_000),
            ("1h30m", 5_400_000),
            ("7d", 604_800_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_span_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "is empty"),
            ("soon", "no span of time"),
            ("10", "has no unit"),
            ("10 weeks", "no unit of time"),
            ("1.5h", "has no unit"),
            ("-1s", "no span of time"),
            ("0s", "no time at all"),
            ("99999999999999999d", "longer than"),
            ("200000000000d", "longer than"),
        ] {
            let refused = parse(text).unwrap_err();
            assert!(refused.contains(reason), "{text}: {refused}");
        }
    }
}
