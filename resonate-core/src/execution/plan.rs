//! What a step becomes: the `promise.create` of a call, a sleep, or a promise (protocol §6.2).

use crate::protocol::{PromiseCreate, PromiseRecord};
use crate::tags::{BRANCH, EXTERNAL, ORIGIN, PARENT, PREFIX, SCOPE, TARGET, TIMER};
use crate::{Millis, PromiseId, Tags, Text, Value};

/// Where an execution stands in the tree of executions; what its children inherit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// The execution's own promise.
    pub id: PromiseId,
    /// The root execution it belongs to.
    pub origin: PromiseId,
    /// The branch that its local children are preloaded with.
    pub branch: PromiseId,
    /// Its deadline: no child lives longer.
    pub deadline: Millis,
    /// What workers of older SDKs make ids of, where the root has it: they need it handed down.
    pub prefix: Option<Text>,
}

impl Lineage {
    /// The lineage of the execution that settles `record`, read from its tags at any depth.
    #[must_use]
    pub fn of(record: &PromiseRecord) -> Self {
        let tagged = |tag: Option<&str>| tag.map_or_else(|| record.id.clone(), PromiseId::from);
        Self {
            id: record.id.clone(),
            origin: tagged(record.tags.origin()),
            branch: tagged(record.tags.branch()),
            deadline: record.timeout_at,
            prefix: record.tags.get(PREFIX).map(Text::from),
        }
    }

    /// The lineage of a local child: the same origin and branch, its own id and deadline.
    #[must_use]
    pub fn local_child(&self, id: PromiseId, deadline: Millis) -> Self {
        Self {
            id,
            origin: self.origin.clone(),
            branch: self.branch.clone(),
            deadline,
            prefix: self.prefix.clone(),
        }
    }
}

/// What kind of promise a step becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanKind {
    /// A step of this execution, run by whoever holds its lease.
    Local,
    /// A call that the server dispatches to this address.
    Remote(Text),
    /// A call that outlives this execution, dispatched to this address.
    Detached(Text),
    /// A promise that its deadline resolves.
    Timer,
    /// A promise that someone outside settles.
    External,
}

/// A step that is about to become a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The promise's id.
    pub id: PromiseId,
    /// What kind of promise.
    pub kind: PlanKind,
    /// Its deadline before the parent's is applied.
    pub deadline: Millis,
    /// Its input.
    pub param: Value,
    /// The user's labels; reserved ones lose.
    pub labels: Tags,
}

impl Plan {
    /// The request that creates the promise of a root execution: its own origin, branch and
    /// parent, and a task offered at `target`.
    #[must_use]
    pub fn root(self, target: &str) -> PromiseCreate {
        let tags = self
            .labels
            .with(SCOPE, "global")
            .with(ORIGIN, self.id.text().clone())
            .with(BRANCH, self.id.text().clone())
            .with(PARENT, self.id.text().clone())
            .with(TARGET, target);
        PromiseCreate {
            id: self.id,
            timeout_at: self.deadline,
            param: self.param,
            tags,
        }
    }

    /// The request that creates the promise of a child of `parent`. Its deadline never exceeds
    /// the parent's, but for a detached one, which outlives it.
    #[must_use]
    pub fn child_of(self, parent: &Lineage) -> PromiseCreate {
        let own = self.id.text().clone();
        let (scope, branch) = match self.kind {
            PlanKind::Local => ("local", parent.branch.text().clone()),
            PlanKind::Remote(_) | PlanKind::Detached(_) | PlanKind::Timer | PlanKind::External => {
                ("global", own)
            }
        };
        let tags = self
            .labels
            .with(SCOPE, scope)
            .with(ORIGIN, parent.origin.text().clone())
            .with(BRANCH, branch)
            .with(PARENT, parent.id.text().clone());
        let tags = match &parent.prefix {
            Some(prefix) => tags.with(PREFIX, prefix.clone()),
            None => tags,
        };
        let capped = self.deadline.min(parent.deadline);
        let (tags, timeout_at) = match self.kind {
            PlanKind::Local => (tags, capped),
            PlanKind::Remote(target) => (tags.with(TARGET, target), capped),
            // Its id hangs off the origin, and so does it: newer servers check that.
            PlanKind::Detached(target) => (
                tags.with(TARGET, target)
                    .with(PARENT, parent.origin.text().clone()),
                self.deadline,
            ),
            PlanKind::Timer => (tags.with(TIMER, "true"), capped),
            PlanKind::External => (tags.with(EXTERNAL, "true"), capped),
        };
        PromiseCreate {
            id: self.id,
            timeout_at,
            param: self.param,
            tags,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parent() -> Lineage {
        let [id, origin, branch] = ["r:1.2", "r", "r:1"].map(PromiseId::from);
        Lineage {
            id,
            origin,
            branch,
            deadline: Millis::new(100),
            prefix: Some("r".into()),
        }
    }

    fn plan(kind: PlanKind) -> PromiseCreate {
        let (param, labels) = (Value::default(), Tags::default().with("team", "x"));
        Plan {
            id: "r:1.2.0".into(),
            kind,
            deadline: Millis::new(500),
            param,
            labels,
        }
        .child_of(&parent())
    }

    #[test]
    fn a_child_carries_the_lineage_of_its_kind() {
        let table = [
            (PlanKind::Local, "local", "r:1", "r:1.2", 100),
            (
                PlanKind::Remote("poll://any@g".into()),
                "global",
                "r:1.2.0",
                "r:1.2",
                100,
            ),
            (
                PlanKind::Detached("poll://any@g".into()),
                "global",
                "r:1.2.0",
                "r",
                500,
            ),
            (PlanKind::Timer, "global", "r:1.2.0", "r:1.2", 100),
            (PlanKind::External, "global", "r:1.2.0", "r:1.2", 100),
        ];
        for (kind, scope, branch, above, deadline) in table {
            let create = plan(kind.clone());
            let tags = &create.tags;
            let got = [SCOPE, BRANCH, PARENT, ORIGIN, PREFIX, "team"].map(|key| tags.get(key));
            let expected = [scope, branch, above, "r", "r", "x"].map(Some);
            assert_eq!(got, expected, "{kind:?}");
            assert_eq!(create.timeout_at.get(), deadline, "{kind:?}");
            assert_eq!(tags.is_timer(), kind == PlanKind::Timer);
        }
    }
}
