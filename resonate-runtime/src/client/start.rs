//! Executions started from outside, under an id.

use std::fmt;
use std::sync::Arc;

use resonate_core::PromiseId;
use resonate_core::execution::{Asked, IdGrammar, Plan, PlanKind, agree};
use resonate_core::payload::Invocation;
use resonate_core::protocol::{
    PromiseCreate, PromiseGet, PromiseRecord, Request, Response, Status, TaskCreate, TaskStatus,
};
use resonate_core::tags::PREFIX;
use serde::Serialize;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::core::Core;
use super::waiting::Waiting;
use super::{Resonate, unexpected};
use crate::call::{Call, CallerRef, Place, Target};
use crate::context::{Named, by_name, entry_of};
use crate::error::{Error, Kind, Result};
use crate::function::DurableOk;
use crate::worker::{Claim, Granted, Sought, adopt, start_claimed};

/// An id for an execution: what a stub takes outside of functions.
///
/// The id names the execution. Starting it a second time, from any process, joins the one that
/// exists and yields its result; where function or arguments of the repetition are others, that is
/// logged as a warning.
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
    if options.delay.is_some() && entry.is_some() {
        return Err(Error::of(
            Kind::Config,
            "`.delay(..)` is for `rpc`: a `run` is claimed at once, by this process",
        ));
    }
    let (mut labels, deadline) = options.timing(labels, core.clock.now());
    if core.grammar() == IdGrammar::Dot {
        // The SDKs of that generation make ids of it, and hand it down.
        labels = labels.with(PREFIX, id.text().clone());
    }
    let prefers_here = options.prefers_here
        && options.delay.is_none()
        && !core.is_draining()
        && core.can_take_up(&invocation.func, version, &address);
    let plan = Plan {
        id,
        kind: PlanKind::Local,
        deadline,
        param,
        labels,
    };
    Ok(Prepared {
        create: plan.root(&address),
        here: entry.is_some() || prefers_here,
    })
}

async fn begin(core: &Arc<Core>, prepared: Prepared) -> Result<()> {
    let runs_here = prepared.here && !core.settings.client_only;
    if runs_here && core.is_draining() {
        return Err(Error::of(Kind::Stopped, "this client is shutting down"));
    }
    // With every place taken it is offered instead: the promise exists at once, and whoever of
    // the group has a place first runs it.
    let permit = runs_here.then(|| Arc::clone(&core.permits).try_acquire_owned());
    let wanted = prepared.create.clone();
    let Some(Ok(permit)) = permit else {
        let answer = core.ask(Request::PromiseCreate(prepared.create)).await?;
        if let Response::Promise(record) = answer {
            tell_apart(core, &wanted, &record);
        }
        return Ok(());
    };
    let id = wanted.id.clone();
    let claiming = core.turns.claim(&id);
    let sent = Instant::now();
    let create = TaskCreate {
        pid: core.settings.pid.clone(),
        ttl: core.ttl(),
        action: prepared.create,
    };
    match core.ask(Request::TaskCreate(create)).await {
        Ok(Response::Claimed {
            task,
            promise: record,
            preload,
        }) => {
            tell_apart(core, &wanted, &record);
            if task.state == TaskStatus::Acquired {
                let granted = Granted {
                    task,
                    record,
                    preload,
                    sent,
                };
                start_claimed(core, Claim::of(core, granted), permit);
            } else {
                core.settled(&record);
            }
            Ok(())
        }
        Ok(_) => Err(unexpected()),
        // It runs already, here or elsewhere: join it. Or it was claimed just now, and the
        // answer got lost.
        Err(error) if error.is_refusal(Status::Conflict) => {
            let sought = Sought {
                id: &id,
                version: None,
                sent,
                turns: 0,
            };
            if let Some(claim) = adopt(core, sought, &claiming).await {
                start_claimed(core, claim, permit);
            } else {
                look_apart(core, wanted);
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Warns who joins an execution of something else: an id names one call.
fn tell_apart(core: &Core, wanted: &PromiseCreate, record: &PromiseRecord) {
    if record.param == wanted.param {
        return;
    }
    let any_version = |tags, param| Asked {
        version: None,
        ..Asked::of(tags, param, &*core.codec)
    };
    let recorded = any_version(&record.tags, &record.param);
    if let Err(other) = agree(
        &record.id,
        recorded,
        any_version(&wanted.tags, &wanted.param),
    ) {
        let (id, recorded, wanted) = (&record.id, other.recorded, other.requested);
        tracing::warn!(%id, %recorded, %wanted, "this id names an execution of another function or with other arguments; the call joins that one and gets its result");
    }
}

/// The same, for an execution that is under way.
fn look_apart(core: &Arc<Core>, wanted: PromiseCreate) {
    let looker = Arc::clone(core);
    core.background(async move {
        let get = PromiseGet {
            id: wanted.id.clone(),
        };
        if let Ok(Response::Promise(record)) = looker.ask(Request::PromiseGet(get)).await {
            tell_apart(&looker, &wanted, &record);
        }
    });
}

impl fmt::Debug for Start<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Start").field(&self.id).finish()
    }
}
