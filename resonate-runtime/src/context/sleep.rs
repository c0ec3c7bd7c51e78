//! Waiting, durably.

use std::future::IntoFuture;
use std::time::{Duration, SystemTime};

use resonate_core::execution::PlanKind;
use resonate_core::{Millis, Value};

use super::calls::Plain;
use super::{Context, Scene, Step, calls, to_millis};
use crate::error::Error;
use crate::handle::Handle;
use crate::worker::Work;

/// A durable sleep that has not started yet. It starts when it is awaited or spawned.
#[must_use = "a sleep starts when it is awaited or spawned"]
#[derive(Debug)]
pub struct Sleep<'c> {
    context: &'c Context,
    until: Until,
}

#[derive(Clone, Copy, Debug)]
enum Until {
    After(Duration),
    At(SystemTime),
}

impl Context {
    /// Sleeps for `duration` from now, whatever happens to this process meanwhile. A sleep that
    /// is longer than this execution may take ends with the execution's deadline.
    ///
    /// In a `select!` it is a timeout.
    pub fn sleep(&self, duration: Duration) -> Sleep<'_> {
        Sleep {
            context: self,
            until: Until::After(duration),
        }
    }

    /// Sleeps until `instant`; not at all when it has passed.
    pub fn sleep_until(&self, instant: SystemTime) -> Sleep<'_> {
        Sleep {
            context: self,
            until: Until::At(instant),
        }
    }
}

impl Sleep<'_> {
    /// Starts the sleep and goes on; the handle ends when the sleep does.
    pub fn spawn(self) -> Handle<(), Error> {
        let until = self.until;
        let at = |now: Millis| match until {
            Until::After(duration) => now.after(duration),
            Until::At(instant) => to_millis(instant),
        };
        Handle::inside(match &self.context.scene {
            Scene::Recorded(strand) => {
                let deadline = at(strand.pass.core.clock.now());
                if deadline > strand.lineage.deadline {
                    tracing::warn!(
                        id = %strand.lineage.id,
                        "a sleep is longer than its execution may take, and is cut short by that: give the function or the call a longer `timeout`"
                    );
                }
                let kind = PlanKind::Timer;
                let plain = Plain {
                    work: Work::Timer,
                    deadline,
                    param: Value::default(),
                    labels: strand.pass.core.labels_of(&kind),
                    kind,
                };
                calls::begin_plain(strand, plain)
            }
            Scene::Test(testbed) => testbed.ended_sleep().unwrap_or_else(Step::refused),
        })
    }
}

impl<'c> IntoFuture for Sleep<'c> {
    type Output = <Handle<(), Error> as Future>::Output;
    type IntoFuture = Handle<(), Error>;

    fn into_future(self) -> Self::IntoFuture {
        self.spawn()
    }
}
