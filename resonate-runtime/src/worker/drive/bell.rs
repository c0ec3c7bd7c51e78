//! Waiting for more promises than one suspension can name.
//!
//! The rest is registered before the task is suspended, while its claim holds. What settles
//! between that and the suspension wakes nobody: the engine forgets wake-ups that it buffered. So
//! the suspension names one promise more, a bell: a timer that this process rings when it finds
//! that it missed something, and that rings by itself when this process is gone.

use std::sync::Arc;
use std::time::Duration;

use resonate_core::execution::{Plan, PlanKind};
use resonate_core::protocol::{
    FenceAction, PromiseRecord, PromiseSettle, RegisterCallback, Request, Response, Settlement,
    TaskSuspend,
};
use resonate_core::{PromiseId, Value};

use super::Driver;
use super::requests::{Stop, insist, read, unexpected};
use crate::client::Core;

/// How late a wake-up may come that was missed by a process that is gone.
const RINGS_AFTER: Duration = Duration::from_secs(60);

/// What a suspension names of the awaited promises.
pub(super) enum Listed {
    All(Vec<PromiseId>),
    /// As many as fit, and a bell for the others.
    Some(Vec<PromiseId>, Bell),
    /// Nothing: one of these has settled.
    Settled(Vec<Arc<PromiseRecord>>),
}

/// A promise that wakes the task, and the awaited promises for which it is rung.
pub(super) struct Bell {
    id: PromiseId,
    others: Vec<PromiseId>,
}

impl Driver {
    /// The suspension on these promises.
    pub(super) fn suspend_on(&self, awaited: &[PromiseId]) -> Request {
        let id = &self.lease.id;
        let action = |awaited: &PromiseId| RegisterCallback {
            awaited: awaited.clone(),
            awaiter: id.clone(),
        };
        Request::TaskSuspend(TaskSuspend {
            id: id.clone(),
            version: self.lease.version,
            actions: awaited.iter().map(action).collect(),
            brief: true,
        })
    }

    /// Which of the awaited promises the suspension names; the others are registered.
    pub(super) async fn listed(&mut self, mut ids: Vec<PromiseId>) -> Result<Listed, Stop> {
        if self.fits(&ids) {
            return Ok(Listed::All(ids));
        }
        let id = self.bell_id();
        let mut others = Vec::new();
        ids.push(id.clone());
        while ids.len() > 1 && !self.fits(&ids) {
            let bell = ids.pop();
            let kept = ids.len().div_ceil(2);
            others.extend(ids.drain(kept..));
            ids.extend(bell);
        }
        self.hang(&id).await?;
        let registered = register(
            Arc::clone(&self.core),
            self.lease.id.clone(),
            others.clone(),
        );
        let registered = registered.await?;
        if registered.iter().any(|record| !record.state.is_pending()) {
            return Ok(Listed::Settled(registered));
        }
        Ok(Listed::Some(ids, Bell { id, others }))
    }

    fn fits(&self, ids: &[PromiseId]) -> bool {
        self.core.network.fits(&self.suspend_on(ids))
    }

    /// An id that no bell of this execution had.
    fn bell_id(&mut self) -> PromiseId {
        self.bells += 1;
        let (version, number) = (self.lease.version, self.bells);
        let name = format!("resonate-bell-{version}-{number}");
        self.core.grammar().named_child(&self.lease.id, &name)
    }

    /// Creates the bell.
    async fn hang(&mut self, id: &PromiseId) -> Result<(), Stop> {
        let (kind, deadline) = (PlanKind::Timer, self.core.clock.now().after(RINGS_AFTER));
        let labels = self.core.labels_of(&kind);
        let plan = Plan {
            id: id.clone(),
            kind,
            deadline,
            param: Value::default(),
            labels,
        };
        let create = plan.child_of(&self.strands[0].strand.lineage);
        let created = self.fence(vec![FenceAction::Create(create)]);
        for answer in created.await? {
            answer.map_err(Stop::Refused)?;
        }
        if !self.core.traits.timers_fire {
            let timers = &self.core.timers;
            timers.remember(&self.lease.id, id.clone(), deadline);
        }
        Ok(())
    }

    /// The task is parked. If one of the promises that were not named has settled meanwhile, the
    /// bell is rung.
    pub(super) async fn ring_if_missed(&mut self, bell: Option<Bell>) {
        let Some(bell) = bell else { return };
        let ring = ring(Arc::clone(&self.core), bell);
        // What cannot be done here is done by the bell itself.
        if ring.await.is_err() {
            tracing::debug!(id = %self.lease.id, "a bell could not be rung");
        }
    }
}

/// Registers the task as waiting for these promises; how they stand.
async fn register(
    core: Arc<Core>,
    awaiter: PromiseId,
    awaited: Vec<PromiseId>,
) -> Result<Vec<Arc<PromiseRecord>>, Stop> {
    let callbacks = awaited.into_iter().map(|awaited| {
        Request::RegisterCallback(RegisterCallback {
            awaited,
            awaiter: awaiter.clone(),
        })
    });
    let answers = if core.traits.atomic {
        insist(&core, callbacks.collect()).await?
    } else {
        let asked = callbacks.map(|callback| insist(&core, vec![callback]));
        let answered = futures_util::future::try_join_all(asked).await?;
        answered.into_iter().flatten().collect()
    };
    let record = |answer| match answer {
        Ok(Response::Promise(record)) => Ok(record),
        Ok(_) => Err(unexpected()),
        Err(refusal) => Err(Stop::Refused(refusal)),
    };
    answers.into_iter().map(record).collect()
}

/// Rings the bell if one of its promises has settled.
async fn ring(core: Arc<Core>, bell: Bell) -> Result<(), Stop> {
    let found = read(&core, bell.others).await?;
    if found.iter().all(|record| record.state.is_pending()) {
        return Ok(());
    }
    let settle = PromiseSettle {
        id: bell.id,
        state: Settlement::Resolved,
        value: Value::default(),
    };
    insist(&core, vec![Request::PromiseSettle(settle)]).await?;
    Ok(())
}
