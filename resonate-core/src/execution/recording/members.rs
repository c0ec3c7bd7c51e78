//! Which promises of an origin are steps of one execution of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::IdGrammar;
use crate::protocol::PromiseRecord;
use crate::{PromiseId, tags};

/// How many numbers of steps are looked at beyond those that are recorded: steps under way have
/// numbers, and no record yet.
const AHEAD: u64 = 64;

/// A step of the execution.
pub(super) struct Member {
    pub(super) record: Arc<PromiseRecord>,
    /// The body that made a detached call: such a call's own tags name only the origin.
    pub(super) caller: Option<PromiseId>,
}

/// The steps of the execution of `root`.
pub(super) fn of(
    root: &PromiseRecord,
    found: Vec<Arc<PromiseRecord>>,
    ids: IdGrammar,
) -> Vec<Member> {
    let by_id = found.into_iter().map(|record| (record.id.clone(), record));
    let tree = Tree {
        root,
        branch: root.tags.branch().unwrap_or(root.id.as_str()),
        by_id: by_id.filter(|(id, _)| *id != root.id).collect(),
    };
    let mut members: BTreeMap<PromiseId, Option<PromiseId>> = BTreeMap::new();
    let mut children: BTreeMap<PromiseId, u64> = BTreeMap::from([(root.id.clone(), 0)]);
    let mut loose = BTreeSet::new();
    for record in tree.by_id.values() {
        let Some(parent) = record.tags.get(tags::PARENT) else {
            continue;
        };
        if tree.is_detached(record, parent) {
            loose.insert(record.id.clone());
        } else if tree.is_body(parent) {
            *children.entry(parent.into()).or_default() += 1;
            if tree.is_local(record) {
                children.entry(record.id.clone()).or_default();
            }
            members.insert(record.id.clone(), None);
        }
    }
    if !loose.is_empty() {
        let origin = PromiseId::from(root.tags.origin().unwrap_or(root.id.as_str()));
        let calls = u64::try_from(loose.len()).unwrap_or(u64::MAX);
        for (body, recorded) in children {
            for number in 0..recorded.saturating_add(calls).saturating_add(AHEAD) {
                let id = ids.detached(&origin, &ids.child(&body, number));
                if loose.contains(&id) {
                    members.insert(id, Some(body.clone()));
                }
            }
        }
    }
    let mut by_id = tree.by_id;
    let member = |(id, caller)| by_id.remove(&id).map(|record| Member { record, caller });
    members.into_iter().filter_map(member).collect()
}

/// The promises of the origin.
struct Tree<'r> {
    root: &'r PromiseRecord,
    /// What tags the local steps of the execution, at any depth.
    branch: &'r str,
    by_id: BTreeMap<PromiseId, Arc<PromiseRecord>>,
}

impl Tree<'_> {
    fn is_local(&self, record: &PromiseRecord) -> bool {
        record.tags.get(tags::SCOPE) == Some("local") && record.tags.branch() == Some(self.branch)
    }

    /// A detached call hangs off the origin by its id too, and the origin's own steps have
    /// numbers there.
    fn is_detached(&self, record: &PromiseRecord, parent: &str) -> bool {
        let is_of_origin = record.tags.origin() == Some(parent);
        let last = last_part(record.id.as_str()).map(|(_, last)| last);
        let hash = last.and_then(|last| last.strip_prefix('d'));
        is_of_origin && record.tags.target().is_some() && hash.is_some_and(|hash| hash.len() == 16)
    }

    /// Whether `id` is the body of the execution, or that of a workflow it called as a local
    /// step. The record of such a step may be written later than those of the steps inside: then
    /// the id itself says where it belongs.
    fn is_body(&self, id: &str) -> bool {
        let mut id = id;
        loop {
            if id == self.root.id.as_str() {
                return true;
            }
            match (self.by_id.get(id), last_part(id)) {
                (Some(record), _) => return self.is_local(record),
                (None, Some((above, _))) => id = above,
                (None, None) => return false,
            }
        }
    }
}

/// The id that this one hangs off, and what it adds.
fn last_part(id: &str) -> Option<(&str, &str)> {
    let at = id.rfind([':', '.'])?;
    Some((&id[..at], &id[at + 1..]))
}
