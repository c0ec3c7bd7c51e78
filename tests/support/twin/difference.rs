//! What one machine keeps and the other does not.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::machine::{Kept, Model};
use resonate_core::protocol::PromiseState;
use resonate_core::{Millis, PromiseId};

/// Compares what both keep, but for what the protocol leaves open.
///
/// # Errors
/// The differences, as text.
pub fn difference(model: &Model, machine: &Kept) -> Result<(), String> {
    if model.kept == *machine {
        return Ok(());
    }
    let expected = without_latitude(&model.kept, model.clock);
    let got = without_latitude(machine, model.clock);
    if expected == got {
        return Ok(());
    }
    let listeners = |kept: &Kept| kept.listeners.iter().map(|it| (it.clone(), ())).collect();
    let parts = [
        between(&expected.promises, &got.promises),
        between(&expected.edges, &got.edges),
        between(&listeners(&expected), &listeners(&got)),
        between(&expected.schedules, &got.schedules),
    ];
    Err(parts.concat())
}

/// Two things are open. Whether a settled promise counts as armed, and whether an edge that
/// leads to a task past its own deadline is kept once its awaited promise has settled: nothing
/// resumes such a task any more.
fn without_latitude(kept: &Kept, clock: Millis) -> Kept {
    let mut kept = kept.clone();
    let promises = &mut kept.promises;
    for promise in promises.values_mut() {
        promise.armed &= promise.record.state == PromiseState::Pending;
    }
    let pending = |id: &PromiseId| {
        let record = promises.get(id).map(|promise| &promise.record);
        record.filter(|record| record.state == PromiseState::Pending)
    };
    let live = |id: &PromiseId| pending(id).is_some_and(|record| clock < record.timeout_at);
    kept.edges
        .retain(|(awaited, awaiter), _| pending(awaited).is_some() || live(awaiter));
    kept
}

fn between<K: Ord + Debug, V: PartialEq + Debug>(
    model: &BTreeMap<K, V>,
    machine: &BTreeMap<K, V>,
) -> String {
    let mut text = String::new();
    for key in model
        .keys()
        .chain(machine.keys().filter(|key| !model.contains_key(key)))
    {
        let (expected, got) = (model.get(key), machine.get(key));
        if expected != got {
            text += &format!("{key:?}: model keeps {expected:#?}\nmachine keeps {got:#?}\n");
        }
    }
    text
}
