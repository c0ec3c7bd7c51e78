//! Which request is carried out where.

use super::refuse::{Handled, Stop};
use super::step::Step;
use super::{fence, promise, schedule, search, suspend, task};
use crate::protocol::{Answer, Request, Response};
use crate::store::StoreError;

/// Carries out a request that is valid by itself.
pub(super) fn carry_out(step: &mut Step<'_>, request: &Request) -> Result<Answer, StoreError> {
    match dispatch(step, request) {
        Ok(response) => Ok(Ok(response)),
        Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
        Err(Stop::Failed(error)) => Err(error),
    }
}

fn dispatch(step: &mut Step<'_>, request: &Request) -> Handled<Response> {
    match request {
        Request::PromiseGet(get) => promise::get(step, get),
        Request::PromiseCreate(create) => promise::create(step, create),
        Request::PromiseSettle(settle) => promise::settle(step, settle),
        Request::RegisterCallback(callback) => promise::register_callback(step, callback),
        Request::RegisterListener(listener) => promise::register_listener(step, listener),
        Request::PromiseSearch(search) => search::promises(step, search),
        Request::TaskGet(task) => task::get(step, task),
        Request::TaskCreate(create) => task::create(step, create),
        Request::TaskAcquire(acquire) => task::acquire(step, acquire),
        Request::TaskFence(fence) => fence::fence(step, fence),
        Request::TaskSuspend(suspend) => suspend::suspend(step, suspend),
        Request::TaskRelease(release) => task::release(step, release),
        Request::TaskFulfill(fulfill) => task::fulfill(step, fulfill),
        Request::TaskHeartbeat(heartbeat) => task::heartbeat(step, heartbeat),
        Request::TaskHalt(task) => task::halt(step, task),
        Request::TaskContinue(task) => task::carry_on(step, task),
        Request::TaskSearch(search) => search::tasks(step, search),
        Request::ScheduleGet(name) => schedule::get(step, name),
        Request::ScheduleCreate(create) => schedule::create(step, create),
        Request::ScheduleDelete(name) => schedule::delete(step, name),
        Request::ScheduleSearch(search) => search::schedules(step, search),
    }
}
