//! What a server puts up with.

use std::time::Duration;

use resonate_core::protocol::{FenceAction, Refusal, Request, Status};

/// Bytes of an id at most.
const ID_BYTES_MAX: usize = 1024;

/// How much a server takes, and how long it waits. The defaults suit all SDKs.
///
/// ```
/// use std::time::Duration;
/// use resonate::server::Limits;
///
/// let limits = Limits { header_timeout: Duration::from_secs(2), ..Limits::default() };
/// assert_eq!(limits.body_bytes_max, 2 * 1024 * 1024);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body; 2 MiB. A longer one is answered 413.
    pub body_bytes_max: usize,
    /// Bytes of all bodies that are being read or answered; 256 MiB. More are answered 503.
    pub bodies_bytes_max: usize,
    /// Bytes of a request's line and headers, at least 8 KiB; 64 KiB. More are answered 431.
    pub header_bytes_max: usize,
    /// From the first byte of a request to the end of its headers; 10 s. Then the connection is
    /// closed.
    pub header_timeout: Duration,
    /// From the end of the headers to the end of the body; 30 s. Then the answer is 408, and the
    /// connection is closed.
    pub body_timeout: Duration,
    /// How long a connection may lie idle between requests; 75 s.
    pub idle_timeout: Duration,
    /// How long a peer may take no byte of an answer; 30 s. Then the connection is closed.
    pub write_timeout: Duration,
    /// Connections at a time; 4096. More are answered 503 and closed.
    pub connections_max: usize,
    /// Message streams at a time; 1000. More are answered 503.
    pub streams_max: usize,
    /// Messages that wait for one stream at most; 100. More are dropped, and repaired by the
    /// engine's next offer.
    pub stream_messages_max: usize,
    /// How often a silent stream says that it is alive; 15 s.
    pub keep_alive: Duration,
    /// How long answers under way may take to end at shutdown; 10 s.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 2 * 1024 * 1024,
            bodies_bytes_max: 256 * 1024 * 1024,
            header_bytes_max: 64 * 1024,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_secs(30),
            connections_max: 4096,
            streams_max: 1000,
            stream_messages_max: 100,
            keep_alive: Duration::from_secs(15),
            grace: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// The same, with what must be positive raised to its least value.
    pub(super) fn bounded(self) -> Self {
        Self {
            header_bytes_max: self.header_bytes_max.max(8192),
            stream_messages_max: self.stream_messages_max.max(1),
            keep_alive: self.keep_alive.max(Duration::from_millis(1)),
            ..self
        }
    }
}

/// Refuses a request that names ids longer than 1 KiB.
pub(super) fn check(request: &Request) -> Result<(), Refusal> {
    let longest = ids(request).map(str::len).max().unwrap_or_default();
    if longest > ID_BYTES_MAX {
        let message = format!("an id of {longest} bytes is too long: at most {ID_BYTES_MAX}");
        return Err(Refusal::new(Status::BadRequest, message));
    }
    Ok(())
}

/// Every id that the request names.
fn ids(request: &Request) -> impl Iterator<Item = &str> {
    let more: Vec<&str> = match request {
        Request::RegisterCallback(callback) => vec![callback.awaiter.as_str()],
        Request::TaskFence(fence) => vec![match &fence.action {
            FenceAction::Create(create) => create.id.as_str(),
            FenceAction::Settle(settle) => settle.id.as_str(),
        }],
        Request::TaskSuspend(suspend) => {
            let actions = suspend.actions.iter();
            actions.map(|action| action.awaited.as_str()).collect()
        }
        Request::TaskFulfill(fulfill) => vec![fulfill.action.id.as_str()],
        Request::TaskHeartbeat(heartbeat) => {
            let tasks = heartbeat.tasks.iter().map(|task| task.id.as_str());
            tasks.chain([heartbeat.pid.as_str()]).collect()
        }
        Request::TaskCreate(create) => vec![create.pid.as_str()],
        Request::TaskAcquire(acquire) => vec![acquire.pid.as_str()],
        Request::ScheduleCreate(create) => vec![&*create.promise_id],
        Request::PromiseGet(_)
        | Request::PromiseCreate(_)
        | Request::PromiseSettle(_)
        | Request::RegisterListener(_)
        | Request::PromiseSearch(_)
        | Request::TaskGet(_)
        | Request::TaskRelease(_)
        | Request::TaskHalt(_)
        | Request::TaskContinue(_)
        | Request::TaskSearch(_)
        | Request::ScheduleGet(_)
        | Request::ScheduleDelete(_)
        | Request::ScheduleSearch(_) => Vec::new(),
    };
    request.id().into_iter().chain(more)
}
