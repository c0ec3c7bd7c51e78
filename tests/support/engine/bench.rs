//! What scripts are played on: an engine in this process, or a server over HTTP.

use std::sync::{Mutex, MutexGuard, PoisonError};

use resonate_core::Millis;
use resonate_core::engine::Config;
use resonate_core::protocol::{Answer, Outgoing, Request};

use super::harness::EngineHarness;
use crate::http::{Client, HttpMachine, TestServer, foreign};
use crate::twin::Machine;

/// Something that answers requests at the instants that a script says.
pub(super) trait Bench {
    /// Sets the clock.
    fn set_clock(&mut self, now: Millis);
    /// The clock.
    fn clock(&self) -> Millis;
    /// Makes a request, and hears what is said.
    fn ask(&mut self, request: &Request) -> (Answer, Vec<Outgoing>);
    /// Lets everything happen that is due, and hears what is said.
    fn pass(&mut self) -> Vec<Outgoing>;
    /// Starts anew without these processes, and hears what is said.
    fn start_without(&mut self, gone: &[&str]) -> Vec<Outgoing>;
    /// Whether the texts of refusals and repeated messages can be told.
    fn is_exact(&self) -> bool {
        true
    }
}

impl Bench for EngineHarness {
    fn set_clock(&mut self, now: Millis) {
        self.at(now);
    }

    fn clock(&self) -> Millis {
        self.now()
    }

    fn ask(&mut self, request: &Request) -> (Answer, Vec<Outgoing>) {
        self.send(request)
    }

    fn pass(&mut self) -> Vec<Outgoing> {
        self.tick()
    }

    fn start_without(&mut self, gone: &[&str]) -> Vec<Outgoing> {
        self.recover(gone)
    }
}

/// A server over HTTP: our own, or the one that `RESONATE_TEST_URL` names, which tests use one
/// after the other.
pub(super) struct OverHttp {
    machine: HttpMachine,
    now: Millis,
    is_own: bool,
    _server: Option<TestServer>,
    _turn: Option<MutexGuard<'static, ()>>,
}

static TURN: Mutex<()> = Mutex::new(());

impl OverHttp {
    /// The server, empty; nothing when it cannot be set up so.
    pub(super) fn new(config: &Config) -> Option<Self> {
        let foreign = foreign();
        if foreign.is_some() && *config != Config::default() {
            return None;
        }
        let turn = foreign.is_some().then(|| TURN.lock());
        let turn = turn.map(|turn| turn.unwrap_or_else(PoisonError::into_inner));
        let server = foreign
            .is_none()
            .then(|| TestServer::start(|builder| builder.engine(config.clone())));
        let client = match &server {
            Some(server) => server.client(),
            None => Client::new(&foreign?),
        };
        Some(Self {
            machine: HttpMachine::fresh(client).ok()?,
            now: Millis::ZERO,
            is_own: server.is_some(),
            _server: server,
            _turn: turn,
        })
    }

    fn observe(&mut self) -> Vec<Outgoing> {
        let said = self.machine.commit();
        let kept = self.machine.kept();
        let checked = self.machine.check(self.now, &kept);
        assert_eq!(checked, Ok(false), "at {}", self.now);
        said
    }
}

impl Bench for OverHttp {
    fn set_clock(&mut self, now: Millis) {
        self.now = now;
    }

    fn clock(&self) -> Millis {
        self.now
    }

    fn ask(&mut self, request: &Request) -> (Answer, Vec<Outgoing>) {
        let answer = self.machine.handle(self.now, request);
        (answer, self.observe())
    }

    fn pass(&mut self) -> Vec<Outgoing> {
        self.machine.tick(self.now);
        self.observe()
    }

    fn start_without(&mut self, _: &[&str]) -> Vec<Outgoing> {
        unreachable!("scripts with a restart are not played on a server")
    }

    fn is_exact(&self) -> bool {
        self.is_own
    }
}
