//! Where two results differ.

use resonate_core::Value;
use resonate_core::payload::{Base64Json, Codec as _, Failure};
use resonate_core::protocol::{PromiseRecord, PromiseSettle, PromiseState};
use serde_json::Value as Json;

use crate::error::Verdict;

/// Characters of a value that are shown at most.
const SHOWN_MAX: usize = 200;

/// Whether the body itself ended the promise: neither its deadline did, nor a cancellation, nor
/// a worker that could not run it.
pub(super) fn has_ended(record: &PromiseRecord) -> bool {
    match record.state {
        PromiseState::Resolved => true,
        PromiseState::Rejected => verdict(&record.value) != Some(Verdict::Fault),
        PromiseState::Pending | PromiseState::RejectedCanceled | PromiseState::RejectedTimedout => {
            false
        }
    }
}

/// Where a body's end is another one than was recorded.
pub(super) fn results(record: &PromiseRecord, now: &PromiseSettle) -> Option<Difference> {
    let (was, is) = (text(&record.value), text(&now.value));
    let state = PromiseState::from(now.state);
    if record.state != state {
        let told = |state, text: &str| {
            let is_value = state == PromiseState::Resolved;
            format!("the {} {text}", if is_value { "value" } else { "error" })
        };
        return Some(Difference {
            path: String::new(),
            recorded: told(record.state, &was),
            now: told(state, &is),
        });
    }
    let misfit = Some(Verdict::BadArguments);
    if verdict(&record.value) == misfit && verdict(&now.value) == misfit {
        // The same refusal, perhaps in the words of two versions of a decoder.
        return None;
    }
    difference(&was, &is)
}

fn text(value: &Value) -> String {
    let json = Base64Json::default().decode(value).ok().flatten();
    json.map_or_else(|| "null".to_owned(), |json| json.get().to_owned())
}

/// What a worker said in the function's place, if that is what the value is.
fn verdict(value: &Value) -> Option<Verdict> {
    let json = Base64Json::default().decode(value).ok().flatten()?;
    Verdict::of(&Failure::from_json(&json))
}

/// The first place where two JSON texts differ, with what is there on both sides; none when they
/// are the same value.
fn difference(recorded: &str, now: &str) -> Option<Difference> {
    let read = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Json::from(text));
    let (recorded, now) = (read(recorded), read(now));
    let (path, recorded, now) = first(String::new(), &recorded, &now)?;
    Some(Difference {
        path,
        recorded: shown(recorded),
        now: shown(now),
    })
}

/// One place where two results differ.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// Where: `.total`, `.lines[3]`; empty for the whole.
    pub(super) path: String,
    pub(super) recorded: String,
    pub(super) now: String,
}

type Found<'j> = (String, Option<&'j Json>, Option<&'j Json>);

fn first<'j>(path: String, recorded: &'j Json, now: &'j Json) -> Option<Found<'j>> {
    match (recorded, now) {
        _ if recorded == now => None,
        (Json::Object(was), Json::Object(is)) => {
            let keys = was
                .keys()
                .chain(is.keys().filter(|key| !was.contains_key(*key)));
            keys.filter_map(|key| inside(format!("{path}.{key}"), was.get(key), is.get(key)))
                .next()
        }
        (Json::Array(was), Json::Array(is)) => (0..was.len().max(is.len()))
            .filter_map(|at| inside(format!("{path}[{at}]"), was.get(at), is.get(at)))
            .next(),
        _ => Some((path, Some(recorded), Some(now))),
    }
}

fn inside<'j>(path: String, was: Option<&'j Json>, is: Option<&'j Json>) -> Option<Found<'j>> {
    match (was, is) {
        (Some(was), Some(is)) => first(path, was, is),
        _ => Some((path, was, is)),
    }
}

fn shown(json: Option<&Json>) -> String {
    let Some(json) = json else {
        return "nothing".to_owned();
    };
    let text = json.to_string();
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::difference;

    #[test]
    fn the_first_difference_is_named() {
        let table = [
            ("1", "2", "", "1", "2"),
            (
                r#"{"a":[1,{"b":2}]}"#,
                r#"{"a":[1,{"b":3}]}"#,
                ".a[1].b",
                "2",
                "3",
            ),
            ("[1]", "[1,2]", "[1]", "nothing", "2"),
            (r#"{"a":1,"b":2}"#, r#"{"a":1}"#, ".b", "2", "nothing"),
            ("{}", r#"{"a":null}"#, ".a", "nothing", "null"),
            (r#"{"a":1}"#, "[1]", "", r#"{"a":1}"#, "[1]"),
        ];
        for (was, is, path, recorded, now) in table {
            let found = difference(was, is).unwrap();
            let texts = [&*found.path, &*found.recorded, &*found.now];
            assert_eq!(texts, [path, recorded, now], "{was} {is}");
        }
        assert_eq!(difference(r#"{"a":1,"b":2}"#, r#"{"b":2, "a":1}"#), None);
        let long = format!("\"{}\"", "é".repeat(500));
        assert!(difference(&long, "1").unwrap().recorded.ends_with('…'));
    }
}
