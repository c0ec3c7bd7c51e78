//! An order that survives the death of its process: kill it at any instant, any number of times,
//! start it again, and it goes on to the same result.
//!
//! `cargo run --example recover -- [--db FILE] [--id ID] [--pace MILLISECONDS] [--log FILE]`

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{Write, stdout};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use resonate::PromiseState;
use resonate::prelude::*;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// What was ordered.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    item: String,
    quantity: u32,
    cents: u64,
    /// How long the buyer may still change their mind.
    grace: Duration,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
struct Outcome {
    payment: String,
    packed: u32,
    tracking: String,
}

/// The workflow. It runs again from the top in every process that continues it; steps that are
/// recorded are not done again, they give back what they gave the first time.
#[resonate::function]
async fn process_order(ctx: &Context, order: Order) -> Result<Outcome> {
    let report = ctx.dependency::<Report>()?;

    let reserved = reserve::run(ctx, order.item.clone(), order.quantity).await?;
    report.got(ctx, "reserve", &reserved);

    // A step that was under way when the process died runs again, so the bank is given a key
    // that is the same each time.
    let key = ctx.uuid();
    let payment = charge::run(ctx, order.cents, key).await?;
    report.got(ctx, "charge", &payment);

    // The time goes on while no process runs.
    let until = ctx.now() + order.grace;
    report.waits(ctx, "sleep", until);
    ctx.sleep_until(until).await?;
    report.got(ctx, "sleep", "nobody changed their mind");

    for left in (0..order.quantity).rev() {
        let packed = pack::run(ctx, order.item.clone(), left).await?;
        report.got(ctx, &format!("pack-{left}"), &packed);
    }

    // `rpc` asks some worker of the group; here that is this very process.
    let tracking = ship::rpc(ctx, order.item).await?;
    report.got(ctx, "ship", &tracking);

    Ok(Outcome {
        payment,
        packed: order.quantity,
        tracking,
    })
}

/// Sets the goods aside.
#[resonate::function]
async fn reserve(info: &Info, item: String, quantity: u32) -> Result<String> {
    work(info, "reserve").await?;
    Ok(format!("{quantity} x {item} set aside"))
}

/// Takes the money.
#[resonate::function]
async fn charge(info: &Info, cents: u64, key: String) -> Result<String> {
    work(info, "charge").await?;
    let (euros, cents) = (cents / 100, cents % 100);
    Ok(format!("{euros}.{cents:02} EUR, receipt {key}"))
}

/// Packs one piece.
#[resonate::function]
async fn pack(info: &Info, item: String, left: u32) -> Result<String> {
    work(info, &format!("pack-{left}")).await?;
    Ok(format!("one {item} wrapped, {left} to go"))
}

/// Hands the parcel over. It is called with `rpc`, so it is an execution of its own.
#[resonate::function]
async fn ship(info: &Info, item: String) -> Result<String> {
    work(info, "ship").await?;
    Ok(format!("parcel {item}/{}", info.origin()))
}

/// What every step does here: say that it runs, and take its time.
async fn work(info: &Info, step: &str) -> Result<()> {
    info.dependency::<Report>()?.ran(info, step);
    let Pace(pace) = info.dependency()?;
    tokio::time::sleep(*pace).await;
    Ok(())
}

/// How long a step takes.
struct Pace(Duration);

#[tokio::main]
async fn main() -> Result<()> {
    let quiet = || EnvFilter::new("warn");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| quiet());
    let errors = std::io::stderr;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(errors)
        .init();

    let Options { db, id, pace, log } = Options::read()?;
    announce(&db, &id).await?;

    let resonate = Resonate::builder()
        .path(&db)
        .dependency(Report::new(log)?)
        .dependency(Pace(pace))
        .build()
        .await?;
    let order = Order {
        item: "teapot".to_owned(),
        quantity: 6,
        cents: 17_940,
        grace: pace * 4,
    };
    // An order that is under way already is joined, and one that is finished gives its result.
    let outcome = process_order::run(resonate.id(&id), order).await?;
    println!("\n  {id}  result    {}", serde_json::to_string(&outcome)?);
    println!("\nFor another order: cargo run --example recover -- --id another-order");
    println!("To begin this one anew, delete {db}.");
    resonate.shutdown().await;
    Ok(())
}

/// Says where the order stands, before anything goes on.
async fn announce(db: &str, id: &str) -> Result<()> {
    let resonate = Resonate::builder().path(db).client_only().build().await?;
    let found = resonate.promises().get(id).await;
    resonate.shutdown().await;
    let stands = match found {
        Err(error) if error.is_not_found() => "begins",
        Err(error) => return Err(error),
        Ok(promise) if promise.state() == PromiseState::Pending => "goes on",
        Ok(_) => {
            println!("{id} was finished by an earlier run; this is what {db} holds.");
            return Ok(());
        }
    };
    let pid = std::process::id();
    println!("{id} {stands}; what is done is recorded in {db}.");
    println!(
        "Kill this process whenever you like (Ctrl-C, or kill -9 {pid}), and start it again.\n"
    );
    Ok(())
}

/// Tells what is run, and what came from the record.
struct Report {
    seen: Mutex<Seen>,
    log: Option<File>,
}

/// Steps, each as the order and the step's name.
type Steps = BTreeSet<(String, String)>;

#[derive(Default)]
struct Seen {
    /// Those that ran, or were waited for, in this process.
    here: Steps,
    /// Those that were told already: a workflow runs again from the top after each wait.
    told: Steps,
}

impl Report {
    fn new(log: Option<String>) -> Result<Self> {
        let open = |path| OpenOptions::new().create(true).append(true).open(path);
        Ok(Self {
            seen: Mutex::default(),
            log: log.map(open).transpose()?,
        })
    }

    /// A step's body begins.
    fn ran(&self, info: &Info, step: &str) {
        let order = info.origin();
        self.seen().here.insert((order.into(), step.into()));
        self.tell([order, "running", step, ""]);
        self.note(["ran", order, step]);
    }

    /// A workflow waits, unless the wait is over.
    fn waits(&self, ctx: &Context, step: &str, until: SystemTime) {
        let Ok(left) = until.duration_since(SystemTime::now()) else {
            return;
        };
        if self.seen().here.insert((ctx.id().into(), step.into())) {
            let left = format!("for another {:.1} s", left.as_secs_f64());
            self.tell([ctx.id(), "waiting", step, &left]);
        }
    }

    /// A workflow has a step's result.
    fn got(&self, ctx: &Context, step: &str, result: &str) {
        let key = (ctx.id().into(), step.into());
        let mut seen = self.seen();
        let here = seen.here.contains(&key);
        if seen.told.insert(key) {
            let how = if here { "recorded" } else { "replayed" };
            self.tell([ctx.id(), how, step, result]);
            self.note(["recorded", ctx.id(), step]);
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line for the person who watches. That nobody does is no reason to stop.
    fn tell(&self, [order, how, step, text]: [&str; 4]) {
        let line = format!("  {order}  {how:<8}  {step:<7}  {text}");
        let _unread = writeln!(stdout(), "{}", line.trim_end());
    }

    /// A line for the log, which outlives the process.
    fn note(&self, words: [&str; 3]) {
        if let Some(mut log) = self.log.as_ref() {
            let line = format!("{} {}\n", words.join(" "), std::process::id());
            let _unwritten = log.write_all(line.as_bytes());
        }
    }
}

/// What the command line says.
struct Options {
    db: String,
    id: String,
    pace: Duration,
    log: Option<String>,
}

impl Options {
    fn read() -> Result<Self> {
        let mut args = pico_args::Arguments::from_env();
        let mut option = |name| {
            args.opt_value_from_str::<_, String>(name)
                .map_err(Error::new)
        };
        let (db, id, log) = (option("--db")?, option("--id")?, option("--log")?);
        let pace = args.opt_value_from_str("--pace").map_err(Error::new)?;
        if let Some(unknown) = args.finish().first() {
            let unknown = unknown.display();
            return Err(format!(
                "unknown option {unknown}: there are --db, --id, --pace and --log"
            )
            .into());
        }
        Ok(Self {
            db: db.unwrap_or_else(|| "recover.db".to_owned()),
            id: id.unwrap_or_else(|| "order-1".to_owned()),
            pace: Duration::from_millis(pace.unwrap_or(500)),
            log,
        })
    }
}
