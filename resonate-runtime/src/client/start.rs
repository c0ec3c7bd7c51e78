//! Executions started from outside, under an id.

use std::fmt;
use std::sync::Arc;

use resonate_core::PromiseId;
use resonate_core::execution::{Plan, PlanKind};
use resonate_core::payload::Invocation;
use resonate_core::protocol::{PromiseCreate, Request, Response, Status, TaskCreate, TaskStatus};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;

use super::core::Core;
use super::waiting::Waiting;
use super::{Resonate, unexpected};
use crate::call::{Call, CallerRef, Place, Target};
use crate::context::{Named, by_name, entry_of};
use crate::error::{Error, Kind, Result};
use crate::function::DurableOk;
use crate::worker::{Started, give_back_own, record_of, start_claimed, unheld};

/// An id for an execution: what a stub takes outside of functions.
///
/// The id names the execution. Starting it a second time, from any process, joins the one that
/// exists and yields its result; function and arguments of the repetition are not looked at.
#[derive(Clone)]
#[must_use = "an id starts nothing by itself: pass it to a stub, such as `charge::run(id, ..)`"]
pub struct Start<'c> {
    resonate: &'c Resonate,
    id: String,
}

impl<'c> Start<'c> {
    pub(super) fn new(resonate: &'c Resonate, id: String) -> Self {
        Self { resonate, id }
    }

    /// Calls a function by name, on whichever worker listens. `args` is a tuple, one element an
    /// argument.
    pub fn rpc<T: DurableOk>(self, name: &str, args: impl Serialize) -> Call<'c, Named<T>> {
        Call::new(
            CallerRef::Outside(self),
            by_name(name, Place::Anywhere, args),
        )
    }

    /// Runs a function of this program by name. A name that is not registered is an error that
    /// tells the nearest ones.
    pub fn run<T: DurableOk>(self, name: &str, args: impl Serialize) -> Call<'c, Named<T>> {
        Call::new(
            CallerRef::Outside(self),
            by_name(name, Place::Here(None), args),
        )
    }

    /// Starts the call; its failures come out of the handle.
    pub(crate) fn spawn(self, target: Target) -> Waiting {
        let core = &self.resonate.core;
        match prepare(core, &self.id, target) {
            Err(error) => Waiting::refused(core, PromiseId::from(self.id), error),
            Ok(prepared) => {
                let (begun, waits) = oneshot::channel();
                let (starter, id) = (Arc::clone(core), prepared.create.id.clone());
                core.background(async move {
                    // The handle may have been dropped; the call goes on.
                    let _gone = begun.send(begin(&starter, prepared).await);
                });
                Waiting::begun(core, id, waits)
            }
        }
    }

    /// Starts the call and waits until its promise durably exists.
    pub(crate) async fn begin(self, target: Target) -> Result<Waiting> {
        let core = &self.resonate.core;
        let prepared = prepare(core, &self.id, target)?;
        let id = prepared.create.id.clone();
        begin(core, prepared).await?;
        Ok(Waiting::existing(core, id))
    }
}

/// A call that is ready to be asked for.
struct Prepared {
    create: PromiseCreate,
    /// Whether this process claims it.
    here: bool,
}

fn prepare(core: &Core, id: &str, target: Target) -> Result<Prepared> {
    let entry = entry_of(&target)?;
    let options = target.options.or(&target.defaults);
    if options.id.is_some() {
        return Err(Error::of(
            Kind::Config,
            "`.id(..)` is for calls inside a function: outside, `client.id(\"..\")` names the execution",
        ));
    }
    let id = core.root_id(id)?;
    let labels = options.labels()?;
    let version = entry.map(|entry| entry.version).or(target.version);
    let invocation = Invocation::new(target.name.as_str(), version, target.args?, options.retry);
    let param = core.encode(&invocation.to_json())?;
    let address = match (entry, options.target.as_deref()) {
        (_, Some(given)) => core.target(&target.name, Some(given)),
        (Some(_), None) => core.target(&target.name, Some(&core.settings.group)),
        (None, None) => core.target(&target.name, None),
    };
    let deadline = core.clock.now().after(options.timeout_or_default());
    let plan = Plan {
        id,
        kind: PlanKind::Local,
        deadline,
        param,
        labels,
    };
    Ok(Prepared {
        create: plan.root(&address),
        here: entry.is_some(),
    })
}

async fn begin(core: &Arc<Core>, prepared: Prepared) -> Result<()> {
    if !prepared.here || core.settings.client_only {
        core.ask(Request::PromiseCreate(prepared.create)).await?;
        return Ok(());
    }
    let stopped = |_| Error::of(Kind::Stopped, "this client was shut down");
    let permit = Arc::clone(&core.permits)
        .acquire_owned()
        .await
        .map_err(stopped)?;
    if core.is_draining() {
        return Err(Error::of(Kind::Stopped, "this client is shutting down"));
    }
    let (sent, id) = (Instant::now(), prepared.create.id.clone());
    let create = TaskCreate {
        pid: core.settings.pid.clone(),
        ttl: core.ttl(),
        action: prepared.create,
    };
    match core.ask(Request::TaskCreate(create)).await {
        Ok(Response::Claimed {
            task,
            promise,
            preload,
        }) => {
            if task.state == TaskStatus::Acquired {
                let (record, fresh) = (promise, task.version.get() == 1);
                let started = Started {
                    task,
                    record,
                    preload,
                    sent,
                    fresh,
                    permit,
                };
                start_claimed(core, started);
            } else {
                core.listeners.settled(&promise);
            }
            Ok(())
        }
        Ok(_) => Err(unexpected()),
        // It runs already, here or elsewhere: join it.
        Err(error) if error.is_refusal(Status::Conflict) => {
            adopt(core, &id, sent, permit).await;
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Goes on with a claim of this process whose answer was lost on the way: nobody else would
/// until its lease lapses.
async fn adopt(core: &Arc<Core>, id: &PromiseId, sent: Instant, permit: OwnedSemaphorePermit) {
    let Some(task) = unheld(core, id).await else {
        return;
    };
    // Steps may be recorded that came with the lost answer: they come again with the next offer.
    if task.version.get() > 1 {
        return give_back_own(core, id).await;
    }
    let Some(record) = record_of(core, id).await else {
        return;
    };
    let started = Started {
        task,
        record,
        preload: Vec::new(),
        sent,
        fresh: false,
        permit,
    };
    start_claimed(core, started);
}

impl fmt::Debug for Start<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Start").field(&self.id).finish()
    }
}
