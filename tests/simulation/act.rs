//! The durable functions of the simulation: one interpreter of plans, and the leaves it calls.

use std::fmt;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, Either, join_all, select};
use futures_util::stream::FuturesUnordered;
use resonate::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::floor::Floor;
use crate::plan::{Chore, Op, Plan};

/// A leaf's own error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Oops(pub(crate) String);

impl fmt::Display for Oops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Interprets a plan.
#[resonate::function]
pub(crate) async fn act(ctx: &Context, plan: Plan) -> Result<Json> {
    in_sequence(ctx, &plan.0).await
}

#[resonate::function]
async fn work(info: &Info, chore: Chore) -> Result<u64, Oops> {
    let floor = floor(info)?;
    floor.begins(info, &format!("{chore:?}"));
    tokio::time::sleep(Duration::from_millis(chore.millis)).await;
    if info.attempt() <= chore.failures {
        return Err(Oops(format!("attempt {}", info.attempt())));
    }
    Ok(chore.value)
}

#[resonate::function(retry = Retry::never())]
async fn fail(info: &Info, message: String) -> Result<u64, Oops> {
    floor(info)?.begins(info, &message);
    Err(Oops(message))
}

/// Tells the simulation which promise to settle, and with what.
#[resonate::function]
async fn announce(info: &Info, id: String, value: u64) -> Result<(), Oops> {
    let floor = floor(info)?;
    floor.begins(info, &format!("{id} {value}"));
    floor.announce(id, value);
    Ok(())
}

fn floor(info: &Info) -> Result<&Floor, Oops> {
    info.dependency().map_err(|error| Oops(error.to_string()))
}

async fn in_sequence(ctx: &Context, ops: &[Op]) -> Result<Json> {
    let mut results = Vec::new();
    for op in ops {
        results.push(interpret(ctx, op).await?);
    }
    Ok(Json::Array(results))
}

fn interpret<'a>(ctx: &'a Context, op: &'a Op) -> BoxFuture<'a, Result<Json>> {
    Box::pin(async move {
        match op {
            Op::Leaf(chore) => outcome(work::run(ctx, chore.clone()).await),
            Op::Broken(message) => outcome(fail::run(ctx, message.clone()).await),
            Op::Step(value) => {
                let value = *value;
                let step = ctx.step("number", move || async move { Ok::<_, Oops>(value) });
                outcome(step.await)
            }
            Op::Rpc(chore) => outcome(work::rpc(ctx, chore.clone()).await),
            Op::Nested(plan) => Ok(act::run(ctx, plan.clone()).await?),
            Op::Remote(plan) => Ok(act::rpc(ctx, plan.clone()).await?),
            Op::All(ops) => {
                let all = join_all(ops.iter().map(|op| interpret(ctx, op))).await;
                Ok(Json::Array(all.into_iter().collect::<Result<_>>()?))
            }
            Op::Each(ops) => each(ctx, ops).await,
            Op::Race { chore, sleep } => race(ctx, chore, *sleep).await,
            Op::Sleep(millis) => {
                ctx.sleep(Duration::from_millis(*millis)).await?;
                Ok(json!("slept"))
            }
            Op::Detached(plan) => {
                act::detached(ctx, plan.clone()).await?;
                Ok(json!("detached"))
            }
            Op::Human(value) => {
                let promise = ctx.promise::<u64>().begin().await?;
                let announced = announce::run(ctx, promise.id().to_owned(), *value).await;
                announced.map_err(|error| Error::new(error.to_string()))?;
                Ok(json!(promise.await?))
            }
            Op::Draw => {
                let since = ctx.now().duration_since(std::time::UNIX_EPOCH);
                let now = since.map_or(0, |since| since.subsec_millis());
                tell(ctx, ctx.random_u64() % 1_000_000 + u64::from(now)).await
            }
            Op::Cancel {
                chore,
                sleep,
                remote,
            } => {
                let handle = if *remote {
                    work::rpc(ctx, chore.clone()).spawn()
                } else {
                    work::run(ctx, chore.clone()).spawn()
                };
                ctx.sleep(Duration::from_millis(*sleep)).await?;
                handle.cancel().await?;
                outcome(handle.await)
            }
        }
    })
}

/// The results in the order of the operations; a leaf is told the order in which they came.
async fn each(ctx: &Context, ops: &[Op]) -> Result<Json> {
    let numbered = ops.iter().enumerate();
    let mut running: FuturesUnordered<_> = numbered
        .map(|(number, op)| async move { (number, interpret(ctx, op).await) })
        .collect();
    let (mut results, mut order) = (vec![Json::Null; ops.len()], 0);
    while let Some((number, result)) = running.next().await {
        results[number] = result?;
        order = order * 10 + u64::try_from(number).unwrap_or(0);
    }
    tell(ctx, order).await?;
    Ok(Json::Array(results))
}

async fn race(ctx: &Context, chore: &Chore, sleep: u64) -> Result<Json> {
    let leaf = work::run(ctx, chore.clone()).spawn();
    let timer = ctx.sleep(Duration::from_millis(sleep)).spawn();
    let (result, winner) = match select(leaf, timer).await {
        Either::Left((result, _timer)) => (outcome(result)?, 0),
        Either::Right((slept, _leaf)) => {
            slept?;
            (json!("slept"), 1)
        }
    };
    tell(ctx, winner).await?;
    Ok(result)
}

/// Hands a number to a leaf: it has to be the same whenever the leaf runs.
async fn tell(ctx: &Context, number: u64) -> Result<Json> {
    let chore = Chore {
        value: number,
        millis: 0,
        failures: 0,
    };
    outcome(work::run(ctx, chore).await)
}

fn outcome(result: Result<u64, CallError<Oops>>) -> Result<Json> {
    match result {
        Ok(value) => Ok(json!(value)),
        Err(CallError::Failed(Oops(message))) => Ok(json!(message)),
        Err(CallError::Canceled) => Ok(json!("canceled")),
        Err(CallError::TimedOut) => Ok(json!("timed out")),
        Err(CallError::Other(error)) => Err(error),
    }
}
