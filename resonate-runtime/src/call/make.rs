//! How a described call is made: what awaiting does.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use resonate_core::registry::BoxFuture;

use super::{Begin, Call, CallerRef, Detached, Scheduled};
use crate::client::Schedule;
use crate::error::{CallError, Result};
use crate::function::{ErrorOf, Function, OkOf};
use crate::handle::Handle;

impl<F: Function> Call<'_, F> {
    /// Makes the call without waiting for anything. Whatever goes wrong with starting it comes
    /// out of the handle.
    pub fn spawn(self) -> Handle<OkOf<F>, ErrorOf<F>> {
        match self.caller {
            CallerRef::Inside(context) => Handle::inside(context.call(self.target, false)),
            CallerRef::Outside(start) => Handle::outside(start.spawn(self.target)),
        }
    }
}

impl<'c, F: Function> IntoFuture for Call<'c, F> {
    type Output = Result<OkOf<F>, CallError<ErrorOf<F>>>;
    type IntoFuture = CallFuture<'c, F>;

    fn into_future(self) -> CallFuture<'c, F> {
        CallFuture {
            handle: self.spawn(),
            caller: PhantomData,
        }
    }
}

/// A durable call that is being awaited.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct CallFuture<'c, F: Function> {
    handle: Handle<OkOf<F>, ErrorOf<F>>,
    caller: PhantomData<&'c ()>,
}

impl<F: Function> Future for CallFuture<'_, F> {
    type Output = Result<OkOf<F>, CallError<ErrorOf<F>>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.handle).poll(cx)
    }
}

impl<'c, F: Function> IntoFuture for Begin<'c, F> {
    type Output = Result<Handle<OkOf<F>, ErrorOf<F>>>;
    type IntoFuture = BoxFuture<'c, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        match self.caller {
            CallerRef::Inside(context) => {
                let step = context.call(self.target, true);
                Box::pin(async move {
                    step.created().await?;
                    Ok(Handle::inside(step))
                })
            }
            CallerRef::Outside(start) => {
                Box::pin(async move { Ok(Handle::outside(start.begin(self.target).await?)) })
            }
        }
    }
}

impl<'c> IntoFuture for Detached<'c> {
    type Output = Result<String>;
    type IntoFuture = BoxFuture<'c, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let step = self.context.detach(self.target);
        Box::pin(async move {
            step.created().await?;
            Ok(step.id().to_owned())
        })
    }
}

impl<'c> IntoFuture for Scheduled<'c> {
    type Output = Result<Schedule>;
    type IntoFuture = BoxFuture<'c, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let made = (self.id, self.cron, self.target, self.replaces);
        let (id, cron, target, replaces) = made;
        Box::pin(self.resonate.schedule_call(id, cron, target, replaces))
    }
}
