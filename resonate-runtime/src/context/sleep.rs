//! Waiting, durably.

use std::future::IntoFuture;
use std::time::{Duration, SystemTime};

use resonate_core::Millis;
use resonate_core::execution::PlanKind;

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
                calls::begin_plain(strand, Work::Timer, PlanKind::Timer, deadline)
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
