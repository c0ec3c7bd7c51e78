//! The fenced requests of one execution: made until they are answered.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use resonate_core::payload::Failure;
use resonate_core::protocol::{
    Answer, FenceAction, PromiseCreate, PromiseGet, PromiseRecord, PromiseSettle, Refusal, Request,
    Response, Settlement, Status, TaskFence, TaskRef,
};
use resonate_core::{Millis, PromiseId};
use tokio::time::Instant;

use super::{Driver, Ending};
use crate::client::Core;
use crate::error::TOO_LARGE;
use crate::network::{NetworkError, NetworkErrorKind};
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

impl Stop {
    /// Whether a request was larger than the engine takes.
    pub(super) fn is_too_large(&self) -> bool {
        match self {
            Self::Impossible(error) => error.kind() == NetworkErrorKind::TooLarge,
            Self::Lost | Self::Refused(_) | Self::Unreachable => false,
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
        let has_branch = self.branch.is_some();
        async move { fence(&core, &TaskRef { id, version }, has_branch, actions).await }
    }

    /// The same; a result that is too large for the engine is replaced by a failure that says so.
    /// The step ran: running it again would not make it smaller.
    pub(super) fn fence_result(
        &self,
        creation: Option<PromiseCreate>,
        result: PromiseSettle,
    ) -> impl Future<Output = Fenced> + Send + 'static + use<> {
        let core = Arc::clone(&self.core);
        let (id, version) = (self.lease.id.clone(), self.lease.version);
        let has_branch = self.branch.is_some();
        async move {
            let task = TaskRef { id, version };
            let actions = |result| {
                let creation = creation.clone().map(FenceAction::Create);
                let result = FenceAction::Settle(result);
                creation.into_iter().chain([result]).collect()
            };
            match fence(&core, &task, has_branch, actions(result.clone())).await {
                Err(stop) if stop.is_too_large() => {
                    let instead = too_large(&core, result)?;
                    fence(&core, &task, has_branch, actions(instead)).await
                }
                answer => answer,
            }
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

/// Makes the actions under the claim, in order, until they are answered.
async fn fence(core: &Core, task: &TaskRef, has_branch: bool, actions: Vec<FenceAction>) -> Fenced {
    let is_of_branch = has_branch && actions.iter().any(joins_branch);
    let fence = |action| {
        let TaskRef { id, version } = task.clone();
        Request::TaskFence(TaskFence {
            id,
            version,
            action,
        })
    };
    let sent = Instant::now();
    let answers = insist(core, actions.into_iter().map(fence).collect()).await?;
    core.habits.note_answer(sent.elapsed());
    answers
        .into_iter()
        .map(|answer| inner(&core.habits, is_of_branch, answer))
        .collect()
}

/// What is recorded in place of a result that the engine cannot take.
pub(super) fn too_large(core: &Core, result: PromiseSettle) -> Result<PromiseSettle, Stop> {
    let id = result.id;
    let bytes = result.value.data.as_ref().map_or(0, |data| data.len());
    tracing::error!(%id, bytes, "a result is larger than the engine takes; its step is rejected");
    let message = format!(
        "the result of `{id}` is larger than the engine takes: it has {bytes} bytes as it is written. Keep large values elsewhere, and return where they are"
    );
    let failure = Failure::new(TOO_LARGE, message).to_json();
    let value = core
        .encode(&failure)
        .map_err(|error| Stop::Refused(Refusal::new(Status::Unprocessable, error.to_string())))?;
    Ok(PromiseSettle {
        id,
        state: Settlement::Rejected,
        value,
    })
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
