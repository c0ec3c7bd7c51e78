//! The processes of a simulation, and the mishaps that befall them.

use std::sync::Arc;
use std::time::Duration;

use resonate::{Clock, Resonate, Retry};
use support::random::Random;
use support::world::VirtualClock;

use crate::act::act;
use crate::clock::SkewedClock;
use crate::floor::{Book, Floor};
use crate::ground::Ground;
use crate::link::Link;
use crate::plan::Plan;

/// A place where a worker runs, dies and runs again.
struct Seat {
    generation: u32,
    process: Option<Process>,
}

/// A running client.
pub(crate) struct Process {
    pid: String,
    resonate: Resonate,
    link: Arc<Link>,
    clock: Arc<SkewedClock>,
}

/// The processes of a simulation.
pub(crate) struct Cluster {
    ground: Arc<Ground>,
    book: Arc<Book>,
    time: Arc<VirtualClock>,
    random: Random,
    seats: Vec<Seat>,
    /// Who starts things, and asks for results.
    pub(crate) client: Process,
}

impl Cluster {
    pub(crate) async fn start(
        ground: Arc<Ground>,
        book: Arc<Book>,
        time: Arc<VirtualClock>,
        random: Random,
    ) -> Self {
        let spawner = Spawner {
            ground: &ground,
            book: &book,
            time: &time,
        };
        let mut random = random;
        let client = spawner.spawn("client", true, &mut random).await;
        let mut cluster = Self {
            seats: Vec::new(),
            client,
            ground: Arc::clone(&ground),
            book: Arc::clone(&book),
            time: Arc::clone(&time),
            random,
        };
        for _ in 0..ground.options.workers {
            cluster.seats.push(Seat {
                generation: 0,
                process: None,
            });
        }
        for seat in 0..cluster.seats.len() {
            cluster.restart(seat).await;
        }
        cluster
    }

    /// Starts a root execution somehow; whoever starts it may die of it.
    pub(crate) fn start_root(&mut self, id: &str, plan: &Plan) {
        let (here, twice) = (self.random.chance(60), self.random.chance(20));
        for _ in 0..=usize::from(twice) {
            let seat = self.random.below(self.seats.len());
            let worker = self.seats[seat].process.as_ref().filter(|_| here);
            let process = worker.unwrap_or(&self.client);
            let (pid, start) = (&process.pid, process.resonate.id(id));
            self.ground.trace.line(format_args!("{pid} starts {id}"));
            if here {
                drop(act::run(start, plan.clone()).spawn());
            } else {
                drop(act::rpc(start, plan.clone()).spawn());
            }
        }
    }

    /// One thing goes wrong, or right again.
    pub(crate) async fn mishap(&mut self) {
        let seat = self.random.below(self.seats.len());
        let trace = Arc::clone(&self.ground.trace);
        match self.random.below(12) {
            0..=2 => {
                trace.count("worker crashes");
                self.crash(seat);
            }
            3 | 4 => self.restart(seat).await,
            5 => {
                trace.count("worker shutdowns");
                self.shut_down(seat);
            }
            6 | 7 => self.partition(seat),
            8 => {
                trace.count("engine crashes");
                self.ground.kill_engine();
            }
            9 => self.start_engine(),
            10 => self
                .ground
                .vault
                .fail_commits(1 + u32::from(self.random.chance(50))),
            _ => self.jump(seat),
        }
    }

    /// Everybody runs, and nothing goes wrong any more.
    pub(crate) async fn calm_down(&mut self) {
        self.ground.trace.line("calm");
        self.ground.vault.fail_commits(0);
        self.ground.calm_down();
        self.start_engine();
        for seat in 0..self.seats.len() {
            if self.seats[seat].process.is_none() {
                self.restart(seat).await;
            }
        }
    }

    /// Settles what leaves announced.
    pub(crate) fn settle_announced(&mut self) {
        for (id, value) in self.book.take_announced() {
            let (client, wait) = (self.client.resonate.clone(), self.random.below(8_000));
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(wait as u64)).await;
                while client.promises().resolve(&id, &value).await.is_err() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
        }
    }

    /// Notes what the workers counted; a fault is never right here.
    pub(crate) fn count(&self) {
        for seat in &self.seats {
            if let Some(process) = &seat.process {
                self.count_of(process);
            }
        }
    }

    fn count_of(&self, process: &Process) {
        let (trace, counters) = (&self.ground.trace, process.resonate.counters());
        trace.add("turns", counters.turns);
        trace.add("lost leases", counters.leases_lost);
        trace.add("warm resumes", counters.warm_resumes);
        trace.add("cold resumes", counters.cold_resumes);
        if counters.faults > 0 {
            let pid = &process.pid;
            let faults = process.resonate.faults();
            trace.finding(format_args!(
                "{} faults of {pid}: {faults:?}",
                counters.faults
            ));
        }
    }

    fn start_engine(&self) {
        if self.ground.engine().is_none() {
            self.book.leases_break();
            self.ground.start_engine();
        }
    }

    fn crash(&mut self, seat: usize) {
        let Some(process) = self.seats[seat].process.take() else {
            return;
        };
        self.ground.trace.line(format_args!("{} dies", process.pid));
        process.link.die();
        self.count_of(&process);
    }

    fn shut_down(&mut self, seat: usize) {
        let Some(process) = self.seats[seat].process.take() else {
            return;
        };
        self.ground
            .trace
            .line(format_args!("{} shuts down", process.pid));
        self.count_of(&process);
        tokio::spawn(async move {
            process.resonate.shutdown().await;
            process.link.die();
        });
    }

    async fn restart(&mut self, seat: usize) {
        if self.seats[seat].process.is_some() {
            return;
        }
        let place = &mut self.seats[seat];
        place.generation += 1;
        let pid = format!("w{seat}.{}", place.generation);
        let spawner = Spawner {
            ground: &self.ground,
            book: &self.book,
            time: &self.time,
        };
        let process = spawner.spawn(&pid, false, &mut self.random).await;
        self.seats[seat].process = Some(process);
    }

    fn partition(&self, seat: usize) {
        let Some(process) = &self.seats[seat].process else {
            return;
        };
        let cut = !process.link.is_cut();
        if cut {
            self.ground.trace.count("partitions");
        }
        let (pid, word) = (&process.pid, if cut { "cut off" } else { "back" });
        self.ground.trace.line(format_args!("{pid} is {word}"));
        process.link.cut(cut);
    }

    fn jump(&mut self, seat: usize) {
        if !self.ground.options.clocks {
            return;
        }
        let most = 3 * i64::try_from(self.ground.options.lease.as_millis()).unwrap();
        let most = usize::try_from(2 * most).unwrap();
        let millis = i64::try_from(self.random.below(most)).unwrap() - most as i64 / 2;
        let of_engine = self.random.chance(50);
        let trace = &self.ground.trace;
        trace.count("clock jumps");
        if of_engine {
            trace.line(format_args!("the engine's clock jumps by {millis}"));
            self.book.leases_break();
            self.ground.clock.jump(millis);
        } else if let Some(process) = &self.seats[seat].process {
            trace.line(format_args!("{}'s clock jumps by {millis}", process.pid));
            process.clock.jump(millis);
        }
    }
}

impl Process {
    /// The client of this process.
    pub(crate) fn resonate(&self) -> &Resonate {
        &self.resonate
    }
}

/// What a new process needs.
struct Spawner<'a> {
    ground: &'a Arc<Ground>,
    book: &'a Arc<Book>,
    time: &'a Arc<VirtualClock>,
}

impl Spawner<'_> {
    async fn spawn(&self, pid: &str, client_only: bool, random: &mut Random) -> Process {
        let options = &self.ground.options;
        self.ground.trace.line(format_args!("{pid} starts"));
        let link = self.ground.connect(pid, Random::new(random.number()));
        let off = if options.clocks {
            i64::try_from(random.below(20_000)).unwrap() - 10_000
        } else {
            0
        };
        let clock = Arc::new(SkewedClock::new(self.time, off));
        let mut builder = Resonate::builder()
            .network(Arc::clone(&link) as _)
            .clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .dependency(Floor {
                pid: pid.to_owned(),
                since: tokio::time::Instant::now(),
                book: Arc::clone(self.book),
            })
            .lease(options.lease)
            .concurrency(options.concurrency)
            .warm(options.warm)
            .warm_for(options.warm_for)
            .leaf_retry(Retry::exponential())
            .pid(pid);
        if client_only {
            builder = builder.client_only();
        }
        let resonate = builder.build().await.unwrap();
        Process {
            pid: pid.to_owned(),
            resonate,
            link,
            clock,
        }
    }
}
