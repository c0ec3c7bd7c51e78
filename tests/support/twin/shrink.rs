//! A failing script, made small and told.

use super::Step;

/// Drops steps for as long as `fails` stays true: halves first, single steps last.
pub fn shrink(script: &[Step], fails: impl Fn(&[Step]) -> bool) -> Vec<Step> {
    let mut script = script.to_vec();
    let mut size = script.len().div_ceil(2);
    while size > 0 {
        let before = script.len();
        let mut start = 0;
        while start < script.len() {
            let end = (start + size).min(script.len());
            let without = [&script[..start], &script[end..]].concat();
            if fails(&without) {
                script = without;
            } else {
                start = end;
            }
        }
        let progress = script.len() < before;
        size = if progress {
            size.min(script.len())
        } else {
            size / 2
        };
    }
    script
}

/// The last steps of a script, one to a line.
#[must_use]
pub fn report(script: &[Step]) -> String {
    let last = script.len().saturating_sub(30);
    let lines = script.iter().enumerate().skip(last);
    let lines = lines.map(|(number, Step { now, action })| format!("{number:4} @{now} {action:?}"));
    lines.collect::<Vec<_>>().join("\n")
}
