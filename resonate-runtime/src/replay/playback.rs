//! The network of a replay: it answers from the recording, and notes what is new.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use resonate_core::execution::Asked;
use resonate_core::payload::Base64Json;
use resonate_core::protocol::{
    Answer, FenceAction, Message, PromiseCreate, PromiseRecord, PromiseSettle, PromiseState,
    Refusal, Request, Response, Status,
};
use resonate_core::registry::BoxFuture;
use resonate_core::{Millis, ProcessId, PromiseId, Value};
use tokio::sync::mpsc;

use crate::network::{Network, NetworkError, Traits};

/// The recorded promises, as an engine that nothing happens on.
pub(super) struct Playback {
    state: Mutex<State>,
}

struct State {
    /// Those that are recorded, and those that the code went on to.
    promises: HashMap<PromiseId, Arc<PromiseRecord>>,
    /// When new promises are made.
    now: Millis,
    notes: Notes,
    /// Whether the body may ask for steps that are not recorded.
    is_open: bool,
}

/// What a body did that its record does not tell.
#[derive(Default)]
pub(super) struct Notes {
    /// How it ended.
    pub(super) ended: Option<PromiseSettle>,
    /// What it waits for.
    pub(super) waits: BTreeSet<PromiseId>,
    /// The first step that is not recorded, of a body whose result is.
    pub(super) unrecorded: Option<(PromiseId, Asked)>,
}

impl Playback {
    pub(super) fn of(records: impl IntoIterator<Item = Arc<PromiseRecord>>, now: Millis) -> Self {
        let by_id = records.into_iter().map(|it| (it.id.clone(), it));
        Self {
            state: Mutex::new(State {
                promises: by_id.collect(),
                now,
                notes: Notes::default(),
                is_open: true,
            }),
        }
    }

    /// Another body begins.
    pub(super) fn begin(&self, is_open: bool) {
        self.state().is_open = is_open;
    }

    /// What the body did.
    pub(super) fn take_notes(&self) -> Notes {
        std::mem::take(&mut self.state().notes)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn answer(&mut self, request: Request) -> Answer {
        match request {
            Request::PromiseGet(get) => self.get(&get.id).map(Response::Promise),
            Request::RegisterListener(listener) => {
                self.get(&listener.awaited).map(Response::Promise)
            }
            Request::TaskFence(fence) => {
                let kind = fence.action.kind();
                let result = match fence.action {
                    FenceAction::Create(create) => self.create(create),
                    FenceAction::Settle(settle) => self.settle(settle),
                };
                let preload = Vec::new();
                Ok(Response::Fenced {
                    kind,
                    result,
                    preload,
                })
            }
            Request::TaskSuspend(suspend) => {
                let awaited = suspend.actions.into_iter().map(|action| action.awaited);
                self.notes.waits.extend(awaited);
                Ok(Response::Done)
            }
            Request::TaskFulfill(fulfill) => {
                let record = self.get(&fulfill.id)?;
                self.notes.ended = Some(fulfill.action);
                Ok(Response::Promise(record))
            }
            other @ (Request::PromiseCreate(_)
            | Request::PromiseSettle(_)
            | Request::RegisterCallback(_)
            | Request::PromiseSearch(_)
            | Request::TaskGet(_)
            | Request::TaskCreate(_)
            | Request::TaskAcquire(_)
            | Request::TaskRelease(_)
            | Request::TaskHeartbeat(_)
            | Request::TaskHalt(_)
            | Request::TaskContinue(_)
            | Request::TaskSearch(_)
            | Request::ScheduleGet(_)
            | Request::ScheduleCreate(_)
            | Request::ScheduleDelete(_)
            | Request::ScheduleSearch(_)) => Err(Refusal::new(
                Status::BadRequest,
                format!("a replay has no answer to {}", other.kind()),
            )),
        }
    }

    fn get(&self, id: &PromiseId) -> Result<Arc<PromiseRecord>, Refusal> {
        let found = self.promises.get(id).cloned();
        found.ok_or_else(|| Refusal::new(Status::NotFound, format!("`{id}` is not recorded")))
    }

    fn create(&mut self, create: PromiseCreate) -> Result<Arc<PromiseRecord>, Refusal> {
        if let Ok(recorded) = self.get(&create.id) {
            return Ok(recorded);
        }
        if !self.is_open {
            let asked = Asked::of(&create.tags, &create.param, &Base64Json::default());
            let id = create.id.clone();
            self.notes.unrecorded.get_or_insert((id, asked));
            return Err(Refusal::new(Status::NotFound, "it is not recorded"));
        }
        let record = Arc::new(PromiseRecord {
            id: create.id.clone(),
            state: PromiseState::Pending,
            param: create.param,
            value: Value::default(),
            tags: create.tags,
            timeout_at: create.timeout_at,
            created_at: self.now,
            settled_at: None,
        });
        self.promises.insert(create.id, Arc::clone(&record));
        Ok(record)
    }

    fn settle(&mut self, settle: PromiseSettle) -> Result<Arc<PromiseRecord>, Refusal> {
        let record = self.get(&settle.id)?;
        if !record.state.is_pending() {
            return Ok(record);
        }
        let settled = Arc::new(PromiseRecord {
            state: settle.state.into(),
            value: settle.value,
            settled_at: Some(self.now),
            ..PromiseRecord::clone(&record)
        });
        self.promises.insert(settle.id, Arc::clone(&settled));
        Ok(settled)
    }
}

impl Network for Playback {
    fn call(
        &self,
        requests: Vec<Request>,
    ) -> BoxFuture<'static, Result<Vec<Answer>, NetworkError>> {
        let mut state = self.state();
        let answers = requests.into_iter().map(|it| state.answer(it)).collect();
        Box::pin(std::future::ready(Ok(answers)))
    }

    fn attach(
        &self,
        _group: String,
        _pid: ProcessId,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Message>, NetworkError>> {
        let nobody = NetworkError::permanent("nobody listens in a replay");
        Box::pin(std::future::ready(Err(nobody)))
    }

    fn traits(&self) -> Traits {
        Traits {
            elsewhere: false,
            // Each promise is asked for by itself, so that none goes unseen.
            atomic: false,
            timers_fire: true,
            preload_max: usize::MAX,
        }
    }

    fn describe(&self) -> String {
        "a recording".to_owned()
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

impl fmt::Debug for Playback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Playback").finish_non_exhaustive()
    }
}
