//! The version of an execution that was started without one: chosen at its first run, kept in a
//! promise of its own, and never changed by a deploy.

use resonate_core::Tags;
use resonate_core::execution::{Lineage, Plan, PlanKind};
use resonate_core::payload::{Args, Invocation};
use resonate_core::protocol::{
    FenceAction, PromiseRecord, PromiseSettle, Request, Response, Settlement, Status, TaskFence,
};

use super::claim::Claim;
use super::drive::{Ending, Stop};
use super::fault::{FaultKind, FaultReport};
use crate::client::Core;

/// The version that the execution runs on; `latest` if it runs for the first time.
pub(super) async fn pinned(
    core: &Core,
    claim: &mut Claim,
    name: &str,
    latest: u32,
) -> Result<u32, Ending> {
    let lineage = Lineage::of(&claim.record);
    let id = core.grammar().named_child(&lineage.id, "version");
    let preloaded = claim.preload.iter().position(|record| record.id == id);
    // It is no step of the function, so the journal does not know it.
    let found = preloaded.map(|at| claim.preload.remove(at));
    if let Some(pin) = found.as_ref().filter(|pin| !pin.state.is_pending()) {
        return version_in(core, pin);
    }
    let pin = Invocation::new(name, Some(latest), Args::default(), None);
    let param = core
        .encode(&pin.to_json())
        .map_err(|error| refused(error.to_string()))?;
    let plan = Plan {
        id: id.clone(),
        kind: PlanKind::Local,
        deadline: lineage.deadline,
        param,
        labels: Tags::default(),
    };
    let settle = PromiseSettle {
        id,
        state: Settlement::Resolved,
        value: resonate_core::Value::default(),
    };
    let fence = |action| {
        let (id, version) = (claim.lease.id.clone(), claim.lease.version);
        Request::TaskFence(TaskFence {
            id,
            version,
            action,
        })
    };
    let requests = vec![
        fence(FenceAction::Create(plan.child_of(&lineage))),
        fence(FenceAction::Settle(settle)),
    ];
    let answers = tokio::select! {
        answers = core.insist(requests) => {
            answers.map_err(Stop::from)?
        }
        () = claim.lease.lost() => return Err(Ending::Lost),
        () = core.stopping() => return Err(Ending::Released("this process is shutting down")),
    };
    match answers.into_iter().next() {
        Some(Ok(Response::Fenced {
            result: Ok(record), ..
        })) => version_in(core, &record),
        Some(Err(refusal)) if refusal.status == Status::Conflict => Err(Ending::Lost),
        answer => Err(refused(format!(
            "the version could not be kept: {answer:?}"
        ))),
    }
}

/// The version that was kept. One that cannot be read is not guessed: the execution would go on
/// with other code.
fn version_in(core: &Core, record: &PromiseRecord) -> Result<u32, Ending> {
    let json = core.codec.decode(&record.param).ok().flatten();
    let kept = json.and_then(|json| Invocation::from_json(&json).ok());
    kept.and_then(|kept| kept.version).ok_or_else(|| {
        let message = format!(
            "the version that this execution began on cannot be read from `{}`. If it is encrypted, this client needs the same encryptor",
            record.id
        );
        Ending::Faulted(FaultReport::new(FaultKind::Undecodable, message))
    })
}

fn refused(message: String) -> Ending {
    Ending::Faulted(FaultReport::new(FaultKind::Refused, message))
}
