//! One turn of one task: claim it, find its code, drive it, and one of five endings.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use resonate_core::execution::Lineage;
use resonate_core::payload::Invocation;
use resonate_core::protocol::TaskRef;
use resonate_core::registry::{Entry, Registry};
use tokio::sync::OwnedSemaphorePermit;

use super::claim::{self, Claim, Taken};
use super::conclude::{conclude, fulfill, gone, hold_back};
use super::drive::{Driver, Ending, Parked};
use super::fault::{FaultKind, FaultReport};
use super::leaf::panic_text;
use super::pass::{Code, LocalWork};
use super::pin::pinned;
use super::warm::discard;
use crate::client::Core;
use crate::context::About;

/// Runs a task that this process claimed when it created it.
pub(crate) fn start_claimed(core: &Arc<Core>, claim: Claim, permit: OwnedSemaphorePermit) {
    let id = claim.record.id.clone();
    core.turns.start(core, id, |core| async move {
        let _permit = permit;
        let parked = core.warm.take(&claim.record.id);
        run(&core, claim, parked).await;
    });
}

/// Takes up an offer: a permit first, then the claim, then the run.
pub(super) async fn take_up(core: &Arc<Core>, offered: TaskRef) {
    let permit = tokio::select! {
        biased;
        () = core.draining() => return,
        permit = Arc::clone(&core.permits).acquire_owned() => permit,
    };
    let Ok(_permit) = permit else { return };
    let parked = match core.warm.take(&offered.id) {
        Some(parked) if parked.is_of(&offered) => Some(parked),
        parked => {
            parked.into_iter().for_each(discard);
            None
        }
    };
    let claiming = core.turns.claim(&offered.id);
    let kept = parked.as_ref().map(Parked::waits_for);
    let taken = claim::acquire(core, &offered, kept, &claiming).await;
    drop(claiming);
    let claim = match taken {
        Taken::Claim(claim) => claim,
        Taken::Gone => return gone(core, &offered).await,
        Taken::Refused(refusal) => {
            let report = FaultReport::refused("to let this process claim a task", &refusal);
            hold_back(core, &offered, &report);
            return;
        }
        Taken::Unanswered => {
            tracing::warn!(id = %offered.id, "a task could not be claimed; the engine offers it again");
            return;
        }
    };
    // Other SDKs give their sleeps a task, so that older servers fire them: nothing to run.
    if claim.record.tags.is_timer() && claim.record.state.is_pending() {
        return;
    }
    run(core, claim, parked).await;
}

/// Drives a claimed task to the end of its turn.
async fn run(core: &Arc<Core>, claim: Claim, parked: Option<Parked>) {
    core.counters.turns.increment();
    // The lease is kept up to the end: a release has to be made under it.
    let lease = Arc::clone(&claim.lease);
    let task = TaskRef {
        id: lease.id.clone(),
        version: lease.version,
    };
    if !claim.record.state.is_pending() {
        fulfill(core, &task, &claim.record).await;
        return conclude(core, &task, Ending::Fulfilled(claim.record)).await;
    }
    let driven = AssertUnwindSafe(drive(core, claim, parked))
        .catch_unwind()
        .await;
    let ending = driven.unwrap_or_else(|panic| {
        let message = format!("running this work panicked: {}", panic_text(&*panic));
        Ending::Faulted(FaultReport::new(FaultKind::Panicked, message))
    });
    conclude(core, &task, ending).await;
    drop(lease);
}

/// Drives the execution from where it stands, if it is kept here, and otherwise from the top.
async fn drive(core: &Arc<Core>, claim: Claim, parked: Option<Parked>) -> Ending {
    if !claim.record.state.is_pending() {
        parked.into_iter().for_each(discard);
        return Ending::Fulfilled(claim.record);
    }
    let (driver, ending) = match parked {
        Some(parked) if parked.is_next(&claim) => {
            core.counters.warm_resumes.increment();
            let mut driver = Box::new(Driver::unpark(parked, claim.lease));
            let ending = driver.go_on([claim.preload, claim.read].concat()).await;
            (driver, ending)
        }
        parked => {
            parked.into_iter().for_each(discard);
            match replay(core, claim).await {
                Ok(replayed) => replayed,
                Err(ending) => return ending,
            }
        }
    };
    let is_suspended = matches!(
        ending,
        Ending::Suspended {
            is_acknowledged: true
        }
    );
    if is_suspended && core.warm.is_on() {
        let parked = driver.park().into_iter();
        parked.for_each(|parked| core.warm.keep(parked, core.clock.now()));
    }
    ending
}

/// Drives the execution from the top: what is recorded is not done again.
async fn replay(core: &Arc<Core>, mut claim: Claim) -> Result<(Box<Driver>, Ending), Ending> {
    if !claim.fresh {
        core.counters.cold_resumes.increment();
    }
    let root = prepare(core, &mut claim).await?;
    let mut driver = Box::new(Driver::new(Arc::clone(core), claim, root));
    let ending = driver.run().await;
    Ok((driver, ending))
}

/// Finds the code for a promise that this process may never have seen before.
pub(super) async fn prepare(core: &Arc<Core>, claim: &mut Claim) -> Result<LocalWork, Ending> {
    let record = Arc::clone(&claim.record);
    let id = &record.id;
    let undecodable = |cause: &dyn std::fmt::Display| {
        let message = format!(
            "the input of `{id}` is not the invocation of a function: {cause}. If it is encrypted, this client needs the same encryptor"
        );
        Ending::Faulted(FaultReport::new(FaultKind::Undecodable, message))
    };
    let json = core
        .codec
        .decode(&record.param)
        .map_err(|cause| undecodable(&cause))?;
    let json = json.ok_or_else(|| undecodable(&"it is empty"))?;
    let invocation = Invocation::from_json(&json).map_err(|cause| undecodable(&cause))?;
    let entry = find(core, claim, &invocation).await?;
    Ok(LocalWork {
        code: Code::Entry(entry),
        args: invocation.args(entry.params),
        retry: invocation.retry.or(entry.defaults.retry),
        about: Arc::new(About {
            id: id.clone(),
            origin: Lineage::of(&record).origin,
            name: entry.name.to_owned(),
            version: entry.version,
            deadline: record.timeout_at,
            tags: record.tags.clone(),
            dependencies: core.dependencies.clone(),
        }),
    })
}

/// The code of an invocation: of the version that it names, or the one it began on.
async fn find(
    core: &Arc<Core>,
    claim: &mut Claim,
    invocation: &Invocation,
) -> Result<&'static Entry, Ending> {
    let registry = Registry::global();
    let name = invocation.func.as_str();
    let unknown = |version| Ending::Faulted(FaultReport::unknown(registry, name, version));
    let version = match invocation.version.filter(|version| *version > 0) {
        Some(version) => version,
        None => {
            let latest = registry.latest(name).ok_or_else(|| unknown(None))?.version;
            pinned(core, claim, name, latest).await?
        }
    };
    registry
        .get(name, version)
        .ok_or_else(|| unknown(Some(version)))
}
