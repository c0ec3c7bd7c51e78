//! What one machine keeps and the other does not.

use std::collections::BTreeMap;
use std::fmt::Debug;

use resonate_core::protocol::PromiseState;

use crate::machine::Kept;

/// Compares what both keep, but for what the protocol leaves open: whether a settled promise
/// counts as armed.
///
/// # Errors
/// The differences, as text.
pub fn difference(model: &Kept, machine: &Kept) -> Result<(), String> {
    let (expected, got) = (without_latitude(model), without_latitude(machine));
    let listeners = |kept: &Kept| kept.listeners.iter().map(|it| (it.clone(), ())).collect();
    let parts = [
        between(&expected.promises, &got.promises),
        between(&expected.edges, &got.edges),
        between(&listeners(&expected), &listeners(&got)),
        between(&expected.schedules, &got.schedules),
    ];
    let told = parts.concat();
    if told.is_empty() { Ok(()) } else { Err(told) }
}

fn without_latitude(kept: &Kept) -> Kept {
    let mut kept = kept.clone();
    for promise in kept.promises.values_mut() {
        promise.armed &= promise.record.state == PromiseState::Pending;
    }
    kept
}

fn between<K: Ord + Debug, V: PartialEq + Debug>(
    model: &BTreeMap<K, V>,
    machine: &BTreeMap<K, V>,
) -> String {
    let mut text = String::new();
    let others = machine.keys().filter(|key| !model.contains_key(key));
    for key in model.keys().chain(others) {
        let (expected, got) = (model.get(key), machine.get(key));
        if expected != got {
            text += &format!("{key:?}: model keeps {expected:#?}\nmachine keeps {got:#?}\n");
        }
    }
    text
}
