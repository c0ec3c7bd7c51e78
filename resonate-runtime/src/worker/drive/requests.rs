//! The fenced requests of one execution: made until they are answered.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use resonate_core::protocol::{
    Answer, FenceAction, PromiseGet, PromiseRecord, Refusal, Request, Response, Status, TaskFence,
};
use resonate_core::{Millis, PromiseId};
use tokio::time::Instant;

use super::{Driver, Ending};
use crate::client::Core;
use crate::network::NetworkError;
use crate::worker::fault::{FaultKind, FaultReport};
use crate::worker::habits::Habits;

/// First wait before a promise is looked at again that is past its deadline.
const LOOK_FIRST: Duration = Duration::from_millis(20);
/// Longest wait.
const LOOK_MAX: Duration = Duration::from_secs(10);

/// Why a request of an execution was not carried out.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The claim does not hold any more.
    Lost,
    /// It was refused, and will be again.
    Refused(Refusal),
    /// The connection to the engine is closed.
    Unreachable,
    /// It cannot be made, and never could: it is too large, or the token does not allow it.
    Impossible(NetworkError),
}

/// What the actions of a fence answered, one by one.
pub(super) type Fenced = Result<Vec<Result<Arc<PromiseRecord>, Refusal>>, Stop>;

impl From<NetworkError> for Stop {
    /// A network gives up only what cannot succeed any more.
    fn from(error: NetworkError) -> Self {
        if error.is_closed() {
            Self::Unreachable
        } else {
            Self::Impossible(error)
        }
    }
}

impl From<Stop> for Ending {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Lost => Self::Lost,
            Stop::Refused(refusal) => Self::Faulted(FaultReport::refused("a request", &refusal)),
            Stop::Unreachable => Self::Released("the engine cannot be reached"),
            Stop::Impossible(error) => {
                Self::Faulted(FaultReport::new(FaultKind::Refused, error.to_string()))
            }
        }
    }
}

impl Driver {
    /// Makes the actions under this turn's claim, in order, until they are answered.
    pub(super) fn fence(
        &self,
        actions: Vec<FenceAction>,
    ) -> impl Future<Output = Fenced> + Send + 'static + use<> {
        let core = Arc::clone(&self.core);
        let (id, version) = (self.lease.id.clone(), self.lease.version);
        let is_of_branch = self.branch.is_some() && actions.iter().any(joins_branch);
        async move {
            let fence = |action| {
                Request::TaskFence(TaskFence {
                    id: id.clone(),
                    version,
                    action,
                })
            };
            let sent = Instant::now();
            let answers = insist(&core, actions.into_iter().map(fence).collect()).await?;
            core.habits.note_answer(sent.elapsed());
            answers
                .into_iter()
                .map(|answer| inner(&core.habits, is_of_branch, answer))
                .collect()
        }
    }

    /// Reads promises, until they are answered; those that do not exist are left out.
    pub(super) fn read(
        &self,
        ids: Vec<PromiseId>,
    ) -> impl Future<Output = Result<Vec<Arc<PromiseRecord>>, Stop>> + Send + 'static + use<> {
        let core = Arc::clone(&self.core);
        async move { read(&core, ids).await }
    }
}

/// Reads promises, until they are answered; those that do not exist are left out.
pub(super) async fn read(
    core: &Core,
    ids: Vec<PromiseId>,
) -> Result<Vec<Arc<PromiseRecord>>, Stop> {
    let gets = ids
        .into_iter()
        .map(|id| Request::PromiseGet(PromiseGet { id }));
    let answers = if core.traits.atomic {
        insist(core, gets.collect()).await?
    } else {
        // Reads need no order: over a wire they are made at the same time.
        let asked = gets.map(|get| insist(core, vec![get]));
        let answered = futures_util::future::try_join_all(asked).await?;
        answered.into_iter().flatten().collect()
    };
    let mut found = Vec::new();
    for answer in answers {
        match answer {
            Ok(Response::Promise(record)) => found.push(record),
            Err(refusal) if refusal.status == Status::NotFound => {}
            Err(refusal) => return Err(Stop::Refused(refusal)),
            Ok(_) => return Err(unexpected()),
        }
    }
    Ok(found)
}

/// The promise's record once it is settled; it was found to be past its deadline by the clock of
/// this process, which may be ahead of the engine's.
pub(super) async fn until_settled(core: &Core, id: PromiseId) -> Result<Arc<PromiseRecord>, Stop> {
    let mut wait = LOOK_FIRST;
    loop {
        let found = read(core, vec![id.clone()]).await?;
        if let Some(record) = found.into_iter().find(|it| !it.state.is_pending()) {
            return Ok(record);
        }
        tokio::time::sleep(wait).await;
        wait = wait.saturating_mul(2).min(LOOK_MAX);
    }
}

/// The record of a promise that its deadline settled.
pub(super) async fn expired(
    core: Arc<Core>,
    id: PromiseId,
    deadline: Millis,
) -> Arc<PromiseRecord> {
    loop {
        let left = core.clock.now().until(deadline);
        if left.is_zero() {
            break;
        }
        tokio::time::sleep(left).await;
    }
    match until_settled(&core, id).await {
        Ok(record) => record,
        // The turn ends some other way.
        Err(_) => std::future::pending().await,
    }
}

/// Makes requests until the engine answers them. What the engine could not do is asked again:
/// every request of an execution is idempotent or fenced.
pub(super) async fn insist(core: &Core, requests: Vec<Request>) -> Result<Vec<Answer>, Stop> {
    core.insist(requests).await.map_err(Stop::from)
}

/// Whether the action makes a promise of the branch that its task belongs to.
fn joins_branch(action: &FenceAction) -> bool {
    match action {
        FenceAction::Create(create) => create.tags.branch() != Some(create.id.as_str()),
        FenceAction::Settle(_) => false,
    }
}

/// The inner answer of one fence. Where it made a promise of the branch, the engine's habits show.
fn inner(
    habits: &Habits,
    is_of_branch: bool,
    answer: Answer,
) -> Result<Result<Arc<PromiseRecord>, Refusal>, Stop> {
    match answer {
        Ok(Response::Fenced {
            result, preload, ..
        }) => {
            if is_of_branch || !preload.is_empty() {
                habits.note_fence(preload.len());
            }
            Ok(result)
        }
        Err(refusal) => Err(lost_or_refused(refusal)),
        Ok(_) => Err(unexpected()),
    }
}

/// A claim that is gone, or a request that is wrong.
pub(super) fn lost_or_refused(refusal: Refusal) -> Stop {
    match refusal.status {
        Status::Conflict | Status::NotFound => Stop::Lost,
        Status::BadRequest
        | Status::Unauthorized
        | Status::Forbidden
        | Status::Unprocessable
        | Status::Failed(_) => Stop::Refused(refusal),
    }
}

/// An answer of the wrong sort.
pub(super) fn unexpected() -> Stop {
    Stop::Refused(Refusal::new(
        Status::Failed(500),
        "the answer does not belong to the request",
    ))
}
