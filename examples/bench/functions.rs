//! The durable functions that are measured.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use resonate::prelude::*;

use crate::measure::Stopwatch;

/// A step that does next to nothing.
#[resonate::function]
pub async fn leaf(n: u64) -> Result<u64> {
    Ok(n + 1)
}

/// Local steps, one after the other.
#[resonate::function]
pub async fn seq(ctx: &Context, steps: u64) -> Result<u64> {
    let marks = ctx.dependency::<Arc<Marks>>()?;
    let mut sum = 0;
    for n in 0..steps {
        marks.passes(n, steps);
        sum += leaf::run(ctx, n).await?;
    }
    marks.passes(steps, steps);
    Ok(sum)
}

/// Local steps, all at once.
#[resonate::function]
pub async fn fan(ctx: &Context, steps: u64) -> Result<u64> {
    let all: Vec<_> = (0..steps).map(|n| leaf::run(ctx, n).spawn()).collect();
    let mut all = join_all(all).await.into_iter();
    all.try_fold(0, |sum, one| Ok(sum + one?))
}

/// Remote steps on this group, one after the other.
#[resonate::function]
pub async fn rpc(ctx: &Context, steps: u64) -> Result<u64> {
    let mut sum = 0;
    for n in 0..steps {
        sum += leaf::rpc(ctx, n).await?;
    }
    Ok(sum)
}

/// A history of local steps, then a wait for somebody outside.
#[resonate::function]
pub async fn resume(ctx: &Context, steps: u64) -> Result<u64> {
    let mut sum = 0;
    for n in 0..steps {
        sum += leaf::run(ctx, n).await?;
    }
    let more = ctx.promise::<u64>().spawn();
    ctx.dependency::<Arc<Waiting>>()?.note(more.id());
    Ok(sum + more.await?)
}

/// The promises that workflows wait for.
#[derive(Default)]
pub struct Waiting(Mutex<Vec<String>>);

impl Waiting {
    fn note(&self, id: &str) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.push(id.to_owned());
    }

    /// The promise that a workflow said last that it waits for.
    pub fn last(&self) -> Option<String> {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.last().cloned()
    }
}

/// Steps that tell what a step costs, at least.
const TENTH_MIN: u64 = 50;

/// What the first and the last tenth of a long workflow cost.
#[derive(Default)]
pub struct Marks(Mutex<Vec<(Stopwatch, f64)>>);

impl Marks {
    fn passes(&self, n: u64, of: u64) {
        let tenth = of / 10;
        if tenth < TENTH_MIN {
            return;
        }
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if n == 0 || n == of - tenth {
            marks.push((Stopwatch::start(), 0.0));
        } else if (n == tenth || n == of)
            && let Some((watch, cpu)) = marks.last_mut()
        {
            *cpu = watch.stop().cpu;
        }
    }

    /// How much more a step of the last tenth takes than one of the first, as a factor.
    pub fn growth(&self) -> Option<f64> {
        let marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [(_, first), .., (_, last)] = marks.as_slice() else {
            return None;
        };
        (*first > 0.0).then(|| last / first)
    }
}
