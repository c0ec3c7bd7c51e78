//! Calls of other durable functions: how a call becomes a step.

use std::marker::PhantomData;
use std::sync::Arc;

use resonate_core::execution::{Plan, PlanKind};
use resonate_core::payload::{Args, Invocation};
use resonate_core::registry::{Defaults, Entry, Registry};
use resonate_core::{Millis, PromiseId, Tags, Value};
use serde::Serialize;

use super::{About, Context, Scene, Step, unregistered};
use crate::call::{Call, CallerRef, Detached, Options, Place, Target};
use crate::error::{Error, Kind, Result};
use crate::function::{DurableError, DurableOk, Function};
use crate::worker::{Begun, Code, FaultReport, LocalWork, NamedWork, Strand, Work};

/// A function that is known by name alone, returning a `T`.
#[derive(Debug)]
pub struct Named<T, E = Error>(PhantomData<fn() -> (T, E)>);

impl<T: DurableOk, E: DurableError> Function for Named<T, E> {
    const NAME: &'static str = "";
    const VERSION: u32 = 0;
    const DEFAULTS: Defaults = Defaults {
        timeout: None,
        retry: None,
        target: None,
    };
    type Args = ();
    type Return = Result<T, E>;
}

impl Context {
    /// Calls a function by name, on whichever worker listens. `args` is a tuple, one element an
    /// argument: `(order, 500)`, `(order,)` for one, `()` for none.
    ///
    /// ```no_run
    /// # use resonate::prelude::*;
    /// # async fn f(ctx: &Context) -> Result<()> {
    /// let receipt: String = ctx.rpc("chargeCard", ("order-17", 500)).target("payments").await?;
    /// # Ok(()) }
    /// ```
    pub fn rpc<T: DurableOk>(&self, name: &str, args: impl Serialize) -> Call<'_, Named<T>> {
        Call::new(
            CallerRef::Inside(self),
            by_name(name, Place::Anywhere, args),
        )
    }

    /// Calls a function of this program by name, as a local step: the version that is recorded,
    /// or the latest where nothing is. One that is not registered here is no error of the call:
    /// the execution is held for a worker that has it, and a fault tells the nearest names.
    pub fn run<T: DurableOk>(&self, name: &str, args: impl Serialize) -> Call<'_, Named<T>> {
        Call::new(
            CallerRef::Inside(self),
            by_name(name, Place::Here(None), args),
        )
    }

    /// Calls a function by name so that it outlives this execution.
    pub fn detached(&self, name: &str, args: impl Serialize) -> Detached<'_> {
        Detached::new(self, by_name(name, Place::Anywhere, args))
    }

    /// Begins the call as a step; `eager` when its promise has to exist before its result does.
    pub(crate) fn call(&self, target: Target, eager: bool) -> Step {
        let begun = match &self.scene {
            Scene::Recorded(strand) => begin(strand, target, eager, false),
            Scene::Test(testbed) => testbed.call(target),
        };
        begun.unwrap_or_else(Step::refused)
    }

    /// Begins the call as a step that this execution does not wait for.
    pub(crate) fn detach(&self, target: Target) -> Step {
        let begun = match &self.scene {
            Scene::Recorded(strand) => begin(strand, target, true, true),
            Scene::Test(testbed) => testbed.call(target),
        };
        begun.unwrap_or_else(Step::refused)
    }
}

/// A call by name: the version is the latest, the defaults are those of the function here.
pub(crate) fn by_name(name: &str, place: Place, args: impl Serialize) -> Target {
    let defaults = Registry::global()
        .latest(name)
        .map_or_else(Defaults::default, |e| e.defaults);
    Target {
        name: name.to_owned(),
        version: None,
        place,
        args: positional(args),
        options: Options::default(),
        defaults,
    }
}

/// The elements of a tuple or a list as arguments.
fn positional(args: impl Serialize) -> Result<Args> {
    use serde_json::value::{RawValue, to_raw_value};
    let unwritable = |cause: serde_json::Error| {
        Error::of(
            Kind::Payload,
            format!("the arguments cannot be written as JSON: {cause}"),
        )
        .because(cause)
    };
    let whole = to_raw_value(&args).map_err(unwritable)?;
    let elements: Vec<Box<RawValue>> = match whole.get() {
        "null" => Vec::new(),
        text => serde_json::from_str(text).map_err(|_| {
            Error::of(
                Kind::Config,
                "arguments by name are given as a tuple: `(order, 500)`, `(order,)` for one",
            )
        })?,
    };
    Ok(Args::new(elements, std::collections::BTreeMap::new()))
}

/// The code that a call runs here.
pub(crate) fn entry_of(target: &Target) -> Result<Option<&'static Entry>> {
    let registry = Registry::global();
    match target.place {
        Place::Here(Some(entry)) => Ok(Some(entry)),
        Place::Here(None) => {
            let found = match target.version {
                Some(version) => registry.get(&target.name, version),
                None => registry.latest(&target.name),
            };
            found
                .map(Some)
                .ok_or_else(|| unregistered(&target.name, target.version))
        }
        Place::Anywhere => Ok(None),
    }
}

/// Draws the step's number and id, and hands the step to the driver.
fn begin(strand: &Arc<Strand>, target: Target, eager: bool, detached: bool) -> Result<Step> {
    let core = &strand.pass.core;
    let callee = callee_of(&target);
    let own_retry = target.options.retry;
    let options = target.options.or(&target.defaults);
    let labels = options.labels()?;
    let chosen = options.id.as_deref();
    let chosen = chosen.map(|id| chosen_id(strand, id)).transpose()?;
    let args = target.args?;
    let version = callee.version().or(target.version);
    let retry = options.retry.filter(|_| !callee.is_local());
    let invocation = Invocation::new(target.name.as_str(), version, args.clone(), retry);
    let param = core.encode(&invocation.to_json())?;
    if options.delay.is_some() && !detached {
        return Err(delays_its_caller());
    }
    let (labels, deadline) = options.timing(labels, core.clock.now());
    let (seq, id) = draw(strand, chosen, detached);
    let address = || core.target(&target.name, options.target.as_deref());
    let kind = match (callee.is_local(), detached) {
        (true, _) => PlanKind::Local,
        (false, false) => PlanKind::Remote(address()),
        (false, true) => PlanKind::Detached(address()),
    };
    let plan = Plan {
        id: id.clone(),
        kind,
        deadline,
        param,
        labels,
    };
    let request = plan.child_of(&strand.lineage);
    let local = |entry: &'static Entry| LocalWork {
        code: Code::Entry(entry),
        args,
        retry: options.retry,
        about: Arc::new(About {
            id: id.clone(),
            origin: strand.lineage.origin.clone(),
            name: target.name,
            version: entry.version,
            deadline: request.timeout_at,
            tags: request.tags.clone(),
            dependencies: core.dependencies.lend(),
        }),
    };
    let work = match callee {
        Callee::Here(entry) => Work::Local(local(entry)),
        Callee::Latest(entry) => Work::Named(NamedWork {
            latest: local(entry),
            retry: own_retry,
        }),
        Callee::Missing(report) => Work::Missing(report),
        Callee::Anywhere if detached => Work::Detached,
        Callee::Anywhere => Work::Remote,
    };
    let address = request.tags.target();
    let is_call_here =
        address.is_some_and(|address| core.can_take_up(&invocation.func, version, address));
    let op = strand.begin(Begun {
        id: id.clone(),
        seq,
        work,
        request,
        eager,
        is_call_here,
        prefers_here: is_call_here && options.prefers_here,
    });
    Ok(Step::recorded(id, Arc::clone(strand), op))
}

/// A delay of a call that its caller waits for: that would be cut off by the caller's deadline,
/// at another instant on every replay.
fn delays_its_caller() -> Error {
    Error::of(
        Kind::Config,
        "`.delay(..)` inside a function is for `detached`: for others, await `ctx.sleep(..)` first",
    )
}

/// What a step runs.
enum Callee {
    /// This code, here.
    Here(&'static Entry),
    /// The function of this name, here: on this code unless another version is recorded.
    Latest(&'static Entry),
    /// Code that this program does not have.
    Missing(FaultReport),
    /// Whatever listens at the target.
    Anywhere,
}

impl Callee {
    fn version(&self) -> Option<u32> {
        match self {
            Self::Here(entry) | Self::Latest(entry) => Some(entry.version),
            Self::Missing(_) | Self::Anywhere => None,
        }
    }

    fn is_local(&self) -> bool {
        !matches!(self, Self::Anywhere)
    }
}

fn callee_of(target: &Target) -> Callee {
    let (registry, name) = (Registry::global(), target.name.as_str());
    let missing = || Callee::Missing(FaultReport::unknown(registry, name, target.version));
    match (target.place, target.version) {
        (Place::Anywhere, _) => Callee::Anywhere,
        (Place::Here(Some(entry)), _) => Callee::Here(entry),
        (Place::Here(None), None) => registry.latest(name).map_or_else(missing, Callee::Latest),
        (Place::Here(None), Some(version)) => registry
            .get(name, version)
            .map_or_else(missing, Callee::Here),
    }
}

/// The id of a step that has a name.
fn chosen_id(strand: &Strand, name: &str) -> Result<PromiseId> {
    let grammar = strand.pass.core.grammar();
    let chosen = grammar.chosen_child(&strand.lineage.id, name);
    chosen.map_err(|cause| Error::of(Kind::Config, cause.to_string()).because(cause))
}

/// The number and the id of the step that starts now.
pub(super) fn draw(strand: &Strand, chosen: Option<PromiseId>, detached: bool) -> (u64, PromiseId) {
    let grammar = strand.pass.core.grammar();
    let seq = strand.draw_step();
    let next = grammar.child(&strand.lineage.id, seq);
    let id = match chosen {
        Some(id) => id,
        None if detached => grammar.detached(&strand.lineage.origin, &next),
        None => next,
    };
    (seq, id)
}

/// A step that is not a call: a sleep or a promise.
pub(super) struct Plain {
    pub(super) work: Work,
    pub(super) kind: PlanKind,
    pub(super) deadline: Millis,
    pub(super) param: Value,
    pub(super) labels: Tags,
}

/// Begins a step that is not a call.
pub(super) fn begin_plain(strand: &Arc<Strand>, plain: Plain) -> Step {
    let (seq, id) = draw(strand, None, false);
    let plan = Plan {
        id: id.clone(),
        kind: plain.kind,
        deadline: plain.deadline,
        param: plain.param,
        labels: plain.labels,
    };
    let request = plan.child_of(&strand.lineage);
    let op = strand.begin(Begun {
        id: id.clone(),
        seq,
        work: plain.work,
        request,
        eager: true,
        is_call_here: false,
        prefers_here: false,
    });
    Step::recorded(id, Arc::clone(strand), op)
}
