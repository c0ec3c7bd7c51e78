//! The rows of the README's table as code. That they compile is what is tested here; that they
//! are all here is tested in `readme.rs`.
#![allow(dead_code, clippy::print_stdout)]

use std::time::SystemTime;

use resonate::prelude::*;
use resonate::{SqliteOptions, Synchronous, TaskStatus};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Order;
#[derive(Serialize, Deserialize)]
struct Receipt;
struct Pool;

#[resonate::function(name = "chargeCard", version = 2, timeout = "2h", retry = Retry::exponential())]
async fn charge(_order: Order) -> Result<Receipt> {
    Ok(Receipt)
}

#[resonate::function]
async fn process(ctx: &Context, order: Order) -> Result<()> {
    charge::run(ctx, order).await?;
    Ok(())
}

#[resonate::function(blocking)]
fn press(number: u64) -> Result<u64> {
    Ok(number.wrapping_mul(number))
}

mod api {
    #[resonate::declare]
    pub(super) async fn refund(order: super::Order) -> resonate::Result<super::Receipt>;
}

#[resonate::function(implements = api::refund)]
async fn refund(order: Order) -> Result<Receipt> {
    let _order = order;
    Ok(Receipt)
}

struct Orders;

#[resonate::service(stubs = orders)]
impl Orders {
    async fn place(order: Order) -> Result<Receipt> {
        charge(order).await
    }
}

#[resonate::service(name = "invoices")]
trait Invoices {
    async fn write(order: Order) -> Result<String>;
}

#[resonate::service]
impl Invoices for Orders {
    async fn write(_order: Order) -> Result<String> {
        Ok(String::new())
    }
}

fn deploy() {
    resonate::manifest::check("resonate.lock");
}

async fn record_and_replay(resonate: Resonate) -> Result<()> {
    let recording = resonate.get::<Receipt>("order-17").export().await?;
    println!("{recording}");
    resonate::replay_all("recordings").run().await?;
    Ok(())
}

#[resonate::function(name = "old_name")]
async fn report(_what: String) -> Result<()> {
    Ok(())
}

async fn outside(resonate: Resonate, order: Order, id: &str) -> Result<()> {
    let _: Receipt = charge::run(resonate.id("order-17"), order.clone()).await?;
    let _: Receipt = charge::rpc(resonate.id("order-17"), order.clone()).await?;
    charge::rpc(resonate.id("order-18"), order)
        .delay(Duration::from_secs(3600))
        .await?;
    let _ = resonate.get::<Receipt>("order-17").await?;
    resonate.promises().resolve(id, &true).await?;
    resonate.tasks().halt(id).await?;
    let _ = resonate.tasks().search(Some(TaskStatus::Halted)).await?;
    resonate.tasks().resume(id).await?;
    report::schedule(&resonate, "nightly", "0 3 * * *", "sales".into()).await?;
    println!("{}", resonate.registry());
    println!("{:?} {:?}", resonate.faults(), resonate.counters());
    Ok(())
}

async fn inside(ctx: &Context, order: Order, t: SystemTime) -> Result<()> {
    let _: Receipt = charge::run(ctx, order.clone()).await?;
    let _: Receipt = charge::rpc(ctx, order.clone()).await?;
    let _ = ctx.rpc::<Receipt>("chargeCard", (order.clone(),)).await?;
    let _: Receipt = orders::place::run(ctx, order.clone()).await?;
    let handle: Handle<Receipt> = charge::run(ctx, order.clone()).spawn();
    handle.cancel().await?;
    let _ = charge::begin_rpc(ctx, order.clone()).await?.await?;
    let _: String = charge::detached(ctx, order.clone()).await?;
    let _: i32 = ctx.step("number", || async { Ok::<_, Error>(42) }).await?;
    ctx.sleep(Duration::from_secs(3600)).await?;
    ctx.sleep_until(t).await?;
    let _ = ctx.promise::<bool>().data(&order).await?;
    println!("{:?} {} {}", ctx.now(), ctx.random(), ctx.uuid());
    let _ = ctx.dependency::<Pool>()?;
    Ok(())
}

async fn options(ctx: &Context, order: Order, d: Duration, policy: Retry) -> Result<()> {
    let (k, v) = ("tenant", "blue");
    let call = charge::rpc(ctx, order)
        .timeout(d)
        .target("payments")
        .version(1);
    call.retry(policy).tag(k, v).prefer_here().await?;
    Ok(())
}

async fn process_level(pool: Pool, stop: impl Future, order: Order) -> Result<()> {
    let _ = Resonate::builder().dependency(pool).build().await?;
    let _ = Resonate::memory().await?;
    let _ = Resonate::builder().retain(Duration::from_secs(7 * 24 * 3600));
    let options = SqliteOptions::new("orders.db").synchronous(Synchronous::Normal);
    let _ = Resonate::builder().sqlite(options).build().await?;
    let _ = Resonate::connect("http://localhost:8001").await?;
    let _ = Resonate::from_env().await?;
    let resonate = Resonate::open("orders.db").await?;
    resonate.worker().run_until(stop).await?;
    let _ = charge(order.clone()).await;
    let _ = process(&Context::for_test(), order).await;
    let receipt = Receipt;
    let _ = Context::for_test().with_answer::<charge>(Ok(receipt));
    Ok(())
}
