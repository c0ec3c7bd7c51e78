//! Which sibling promises travel with an answer, to save asking (protocol §3.8).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::step::Step;
use crate::PromiseId;
use crate::model::Promise;
use crate::protocol::PromiseRecord;
use crate::store::StoreError;

/// How many promises travel with a claim, or with what stays one; none to a caller who knows them.
pub(super) fn most(step: &Step<'_>, is_brief: bool) -> usize {
    if is_brief {
        0
    } else {
        step.config.acquire_preload_max
    }
}

/// The first `max` promises of the branch of `holder`, but for itself, in the order of their ids
/// and as they stand after this step.
pub(super) fn of(
    step: &mut Step<'_>,
    holder: &Promise,
    max: usize,
) -> Result<Vec<Arc<PromiseRecord>>, StoreError> {
    let Some(branch) = holder.record.tags.branch().filter(|_| max > 0) else {
        return Ok(Vec::new());
    };
    let kept = step.view.branch(branch, max.saturating_add(1))?;
    let changed = step.changed_in(branch);
    let mut records: BTreeMap<PromiseId, Arc<PromiseRecord>> = kept
        .into_iter()
        .chain(changed.map(|promise| Arc::clone(&promise.record)))
        .map(|record| (record.id.clone(), record))
        .collect();
    records.remove(holder.id());
    Ok(records
        .into_values()
        .take(max)
        .map(|record| step.project(&record))
        .collect())
}
