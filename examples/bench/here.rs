//! One run of one scenario in this process.

use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use resonate::prelude::*;

use crate::functions::{fan, resume, rpc, seq};
use crate::limits;
use crate::measure::{Figures, Stopwatch, figures, number, resident_bytes};
use crate::startup;
use crate::world::World;

/// Workflows that are under way at once in `many`.
const IN_FLIGHT: usize = 64;

/// Suspended workflows that are kept as they stand where the scenario is not about that.
const WARM: usize = 1_000;

/// Runs the scenario and answers its figures.
pub async fn run(scenario: &str, store: &str, n: u64) -> Result<Figures> {
    match scenario {
        "limits" => return limits::run(n),
        "startup" => return startup::run(n),
        _ => {}
    }
    let world = World::open(store).await?;
    let warm = match scenario {
        "suspended" => 0,
        "kept" => usize::try_from(n).map_err(Error::new)? + 1,
        _ => WARM,
    };
    let client = world.client(warm).await?;
    let bench = Bench { world, client, n };
    let figures = match scenario {
        "seq" => bench.seq().await?,
        "fan" => bench.counted(n, bench.fan()).await?,
        "rpc" => bench.counted(n, bench.rpc()).await?,
        "many" => bench.counted(n * 10, bench.many()).await?,
        "resume" => bench.resume().await?,
        "replay" => bench.replay().await?,
        "suspended" | "kept" => bench.suspended().await?,
        "idle" => bench.idle().await?,
        other => return Err(Error::new(format!("no scenario is named {other}"))),
    };
    bench.client.shutdown().await;
    Ok(figures)
}

struct Bench {
    world: World,
    client: Resonate,
    n: u64,
}

impl Bench {
    /// Time, processor time and requests of so many steps.
    async fn counted(&self, steps: u64, work: impl Future<Output = Result<()>>) -> Result<Figures> {
        let (requests, watch) = (self.world.network.requests(), Stopwatch::start());
        work.await?;
        let mut figures = watch.stop().over(steps);
        let made = self.world.network.requests() - requests;
        let each = number(made) / number(steps);
        figures.insert("requests_per_step".to_owned(), each);
        Ok(figures)
    }

    fn start(&self, of: u64) -> resonate::Start<'_> {
        self.client.id(self.world.id(of))
    }

    async fn seq(&self) -> Result<Figures> {
        let work = async {
            seq::run(self.start(0), self.n).await?;
            Ok(())
        };
        let mut figures = self.counted(self.n, work).await?;
        if let Some(growth) = self.world.marks.growth() {
            figures.insert("last_to_first_tenth".to_owned(), growth);
        }
        Ok(figures)
    }

    async fn fan(&self) -> Result<()> {
        fan::run(self.start(0), self.n).await?;
        Ok(())
    }

    async fn rpc(&self) -> Result<()> {
        rpc::run(self.start(0), self.n).await?;
        Ok(())
    }

    async fn many(&self) -> Result<()> {
        let each = |of| async move { seq::run(self.start(of), 10).await };
        let mut all = stream::iter((0..self.n).map(each)).buffer_unordered(IN_FLIGHT);
        while let Some(one) = all.next().await {
            one?;
        }
        Ok(())
    }

    /// From the settlement of the awaited promise to the result, in the process that waited.
    async fn resume(&self) -> Result<Figures> {
        let handle = resume::begin_run(self.start(0), self.n).await?;
        let promise = self.suspended_once().await?;
        let watch = Stopwatch::start();
        self.client.promises().resolve(&promise, &1).await?;
        handle.await?;
        let spent = watch.stop();
        Ok(figures([
            ("steps", number(self.n)),
            ("resume_ms", spent.wall * 1e3),
            ("resume_cpu_ms", spent.cpu * 1e3),
        ]))
    }

    /// The same in a process that never saw the execution: it replays every step.
    async fn replay(&self) -> Result<Figures> {
        let _begun = resume::begin_run(self.start(0), self.n).await?;
        let promise = self.suspended_once().await?;
        self.client.shutdown().await;
        let other = self.world.client(WARM).await?;
        let watch = Stopwatch::start();
        other.promises().resolve(&promise, &1).await?;
        other.get::<u64>(&self.world.id(0)).await?;
        let spent = watch.stop();
        other.shutdown().await;
        Ok(figures([
            ("steps", number(self.n)),
            ("replay_us_per_step", spent.wall / number(self.n) * 1e6),
            ("cpu_us_per_step", spent.cpu / number(self.n) * 1e6),
        ]))
    }

    /// The promise that the only workflow waits for, once it is suspended.
    async fn suspended_once(&self) -> Result<String> {
        self.until_suspended(1).await;
        let promise = self.world.waiting.last();
        promise.ok_or_else(|| Error::new("the workflow suspended without saying why"))
    }

    async fn until_suspended(&self, count: u64) {
        while self.client.counters().suspended < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Memory per waiting workflow, of the process that waits.
    async fn suspended(&self) -> Result<Figures> {
        // What is allocated once is allocated before.
        let _begun = resume::begin_run(self.start(self.n), 0).await?;
        self.until_suspended(1).await;
        let (before, watch) = (resident_bytes().unwrap_or_default(), Stopwatch::start());
        for of in 0..self.n {
            let _parked = resume::begin_run(self.start(of), 0).await?;
        }
        self.until_suspended(self.n + 1).await;
        let spent = watch.stop();
        let grown = resident_bytes().unwrap_or_default() - before;
        Ok(figures([
            ("workflows", number(self.n)),
            ("workflows_per_s", number(self.n) / spent.wall),
            ("resident_bytes_per_workflow", grown / number(self.n)),
        ]))
    }

    /// What a worker without work takes, per second.
    async fn idle(&self) -> Result<Figures> {
        let (requests, watch) = (self.world.network.requests(), Stopwatch::start());
        tokio::time::sleep(Duration::from_secs(self.n)).await;
        let spent = watch.stop();
        let made = self.world.network.requests() - requests;
        Ok(figures([
            ("seconds", spent.wall),
            ("requests_per_s", number(made) / spent.wall),
            ("cpu_ms_per_s", spent.cpu * 1e3 / spent.wall),
        ]))
    }
}
