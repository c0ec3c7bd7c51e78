//! Waiting for promises that others settle: by watching them, or by parking the task.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use resonate_core::PromiseId;
use resonate_core::protocol::{
    FenceAction, RegisterCallback, Request, Response, TaskFence, TaskId, TaskStatus, TaskSuspend,
};

use super::events::Event;
use super::requests::{Stop, insist, lost_or_refused, unexpected};
use super::{Driver, Ending};

/// How long to leave a promise alone that could not be listened for.
const WATCH_RETRY: Duration = Duration::from_secs(1);

impl Driver {
    /// The promises that the execution waits for and others settle.
    pub(super) fn awaited(&self) -> BTreeSet<usize> {
        let steps = self.pass.steps();
        let left_open = self
            .ended
            .iter()
            .flat_map(|index| self.strands[*index].open.iter().copied());
        steps
            .awaited()
            .chain(left_open)
            .filter(|op| steps.is_open(*op) && !steps.ops[*op].is_local)
            .collect()
    }

    /// Looks at the awaited promises while the execution cannot suspend.
    pub(super) fn watch_awaited(&mut self) {
        let wanted: Vec<(usize, PromiseId)> = {
            let steps = self.pass.steps();
            let is_left_open = |op: &usize| {
                let strand = steps.ops[*op].strand;
                self.ended.contains(&strand) && self.strands[strand].open.contains(op)
            };
            let wanted = self.unwatched.iter().copied();
            wanted
                .filter(|op| steps.is_open(*op))
                .filter(|op| steps.is_awaited(*op) || is_left_open(op))
                .map(|op| (op, steps.ops[op].id.clone()))
                .collect()
        };
        for (op, id) in wanted {
            self.unwatched.remove(&op);
            let core = Arc::clone(&self.core);
            self.watches.push(Box::pin(async move {
                let record = core.wait_for(id).await;
                if record.is_err() {
                    tokio::time::sleep(WATCH_RETRY).await;
                }
                Event::Settled { op, record }
            }));
        }
    }

    /// Parks the task until one of the awaited promises settles, or learns that one has.
    pub(super) async fn suspend(&mut self, awaited: BTreeSet<usize>) -> Option<Ending> {
        let (id, version) = (self.lease.id.clone(), self.lease.version);
        let mut by_id: BTreeMap<PromiseId, Vec<usize>> = BTreeMap::new();
        for op in awaited {
            let id = self.pass.steps().ops[op].id.clone();
            by_id.entry(id).or_default().push(op);
        }
        let actions = by_id
            .keys()
            .map(|awaited| RegisterCallback {
                awaited: awaited.clone(),
                awaiter: id.clone(),
            })
            .collect();
        let unwritten = std::mem::take(&mut self.unwritten);
        let written: Vec<usize> = unwritten.keys().copied().collect();
        let fence = |action| {
            Request::TaskFence(TaskFence {
                id: id.clone(),
                version,
                action,
            })
        };
        let suspend = Request::TaskSuspend(TaskSuspend {
            id: id.clone(),
            version,
            actions,
        });
        let requests = unwritten
            .into_values()
            .map(|create| fence(FenceAction::Create(create)))
            .chain([suspend])
            .collect();
        let answer = match insist(&self.core, requests).await {
            Ok(answers) => answers.into_iter().next_back(),
            Err(stop) => return Some(stop.into()),
        };
        match answer {
            Some(Ok(Response::Done)) => return Some(Ending::Suspended),
            Some(Ok(Response::Redirect { .. })) => {}
            Some(Err(refusal)) => {
                let stop = lost_or_refused(refusal);
                return Some(match stop {
                    // An earlier try may have parked the task, and its answer got lost.
                    Stop::Lost if self.is_parked().await => Ending::Suspended,
                    Stop::Lost | Stop::Refused(_) | Stop::Unreachable => stop.into(),
                });
            }
            Some(Ok(_)) | None => return Some(unexpected().into()),
        }
        for op in written {
            self.pass.steps().created(op);
        }
        let found = match self.read(by_id.keys().cloned().collect()).await {
            Ok(found) => found,
            Err(stop) => return Some(stop.into()),
        };
        for record in found {
            if record.state.is_pending() {
                continue;
            }
            for op in by_id.remove(&record.id).unwrap_or_default() {
                self.settled(op, Arc::clone(&record));
            }
        }
        None
    }

    /// Whether the task is suspended at this turn's claim.
    fn is_parked(&self) -> impl Future<Output = bool> + Send + use<> {
        let (core, id, version) = (
            Arc::clone(&self.core),
            self.lease.id.clone(),
            self.lease.version,
        );
        async move {
            let answers = insist(&core, vec![Request::TaskGet(TaskId { id })]).await;
            let answer = answers.ok().and_then(|answers| answers.into_iter().next());
            let Some(Ok(Response::Task(task))) = answer else {
                return false;
            };
            let is_parked = match task.state {
                // On offer it is when what it waits for has settled since.
                TaskStatus::Suspended | TaskStatus::Pending => true,
                TaskStatus::Acquired | TaskStatus::Halted | TaskStatus::Fulfilled => false,
            };
            is_parked && task.version == version
        }
    }
}
