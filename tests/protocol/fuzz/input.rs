//! What readers are given: what peers really say, with something wrong in it; and noise.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

/// Words that the readers look for, so that noise gets past their first checks.
const WORDS: [&str; 28] = [
    "kind",
    "head",
    "data",
    "corrId",
    "version",
    "2026-04-01",
    "promise.get",
    "promise.create",
    "task.fence",
    "task.get",
    "debug.tick",
    "status",
    "promise",
    "task",
    "id",
    "c",
    "action",
    "state",
    "pending",
    "execute",
    "unblock",
    "__type",
    "error",
    "message",
    "func",
    "args",
    "kwargs",
    "data: ",
];

/// JSON made of those words.
pub(crate) fn json() -> impl Strategy<Value = Value> + Clone {
    let word = || prop::sample::select(WORDS.to_vec()).prop_map(str::to_owned);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        Just(200.into()),
        word().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(word(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// One change of a text, at a place that is drawn.
#[derive(Clone, Debug)]
enum Edit {
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, Index),
    Repeat(Index, Index),
    Cut(Index),
}

impl Edit {
    fn any() -> impl Strategy<Value = Self> {
        let place = any::<Index>;
        let word = prop::sample::select(WORDS.to_vec());
        let telling = prop::sample::select(b"\0\"\\{}[],:\r\n9-\xff".to_vec());
        prop_oneof![
            (place(), any::<u8>()).prop_map(|(at, byte)| Self::Set(at, byte)),
            (place(), telling).prop_map(|(at, byte)| Self::Set(at, byte)),
            (place(), word).prop_map(|(at, word)| Self::Insert(at, word.into())),
            (place(), prop::collection::vec(any::<u8>(), 1..9))
                .prop_map(|(at, bytes)| Self::Insert(at, bytes)),
            (place(), place()).prop_map(|(from, to)| Self::Remove(from, to)),
            (place(), place()).prop_map(|(from, to)| Self::Repeat(from, to)),
            place().prop_map(Self::Cut),
        ]
    }

    fn apply(&self, bytes: &mut Vec<u8>) {
        let end = bytes.len();
        let place = |at: &Index| at.index(end + 1);
        let span = |from: &Index, to: &Index| {
            let (from, to) = (place(from), place(to));
            from.min(to)..from.max(to)
        };
        match self {
            Self::Set(at, byte) => {
                if let Some(there) = bytes.get_mut(place(at)) {
                    *there = *byte;
                }
            }
            Self::Insert(at, more) => drop(bytes.splice(place(at)..place(at), more.clone())),
            Self::Remove(from, to) => drop(bytes.drain(span(from, to))),
            Self::Repeat(from, to) => {
                let again = bytes[span(from, to)].to_vec();
                bytes.extend(again);
            }
            Self::Cut(at) => bytes.truncate(place(at)),
        }
    }
}

/// One of these texts, with a few changes anywhere; or noise.
pub(crate) fn bytes_like(texts: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec(Edit::any(), 0..5);
    let edited = (prop::sample::select(texts), edits).prop_map(|(text, edits)| {
        let mut bytes = text.into_bytes();
        edits.iter().for_each(|edit| edit.apply(&mut bytes));
        bytes
    });
    prop_oneof![
        8 => edited,
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => json().prop_map(|json| json.to_string().into_bytes()),
    ]
}

/// One of these texts of JSON, with some of its values replaced by others, or removed.
fn json_like(texts: Vec<String>) -> impl Strategy<Value = Value> {
    let change = (any::<Index>(), prop::option::weighted(0.8, json()));
    let changes = prop::collection::vec(change, 0..4);
    (prop::sample::select(texts), changes).prop_map(|(text, changes)| {
        let mut whole: Value = serde_json::from_str(&text).unwrap();
        for (at, new) in changes {
            let mut left = at.index(count(&whole));
            replace(&mut whole, &mut left, &new);
        }
        whole
    })
}

/// One of these texts of JSON, with wrong bytes or wrong values in it.
pub(crate) fn text_like(texts: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        bytes_like(texts.clone()),
        json_like(texts).prop_map(|json| json.to_string().into_bytes()),
    ]
}

/// How many values there are, inside one another.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum::<usize>(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// Replaces the value after `left` others; without a new one its member is removed.
fn replace(value: &mut Value, left: &mut usize, new: &Option<Value>) -> bool {
    if *left == 0 {
        *value = new.clone().unwrap_or_default();
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| replace(item, left, new)),
        Value::Object(members) => {
            let names: Vec<_> = members.keys().cloned().collect();
            names.into_iter().any(|name| {
                if *left == 0 && new.is_none() {
                    members.remove(&name);
                    return true;
                }
                members
                    .get_mut(&name)
                    .is_some_and(|member| replace(member, left, new))
            })
        }
        _ => false,
    }
}

/// What was recorded between official SDKs and a server, line by line.
pub(crate) fn recorded() -> Vec<Value> {
    let files = [
        include_str!("../../wire/server-0.9.8__ts-sdk-0.11.4.ndjson"),
        include_str!("../../wire/server-0.9.8__ts-sdk-0.11.5.ndjson"),
        include_str!("../../wire/server-0.9.8__py-sdk-0.8.1.ndjson"),
        include_str!("../../wire/server-0.9.8__rust-sdk-0.6.0.ndjson"),
    ];
    let lines = files.iter().flat_map(|file| file.lines());
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
