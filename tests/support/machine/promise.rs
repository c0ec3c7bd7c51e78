//! §2.2–§2.7: get, create, settle, callbacks, listeners and the search.

use super::*;

impl Model {
    pub(super) fn promise_get(&mut self, id: &PromiseId) -> Answer {
        named(id)?;
        self.touch(&[id]);
        self.found(id).map(Response::Promise)
    }

    fn found(&self, id: &PromiseId) -> Result<Arc<PromiseRecord>, Refusal> {
        ensure(self.known(id), Status::NotFound)?;
        Ok(Arc::clone(self.record(id)))
    }

    pub(super) fn promise_create(&mut self, create: &PromiseCreate) -> Answer {
        check_create(create)?;
        self.touch(&[&create.id]);
        self.create(create).map(Response::Promise)
    }

    pub(super) fn create(&mut self, create: &PromiseCreate) -> Result<Arc<PromiseRecord>, Refusal> {
        if !self.known(&create.id) {
            self.birth(create, self.clock);
            let delay = create.tags.get(DELAY).and_then(|text| text.parse().ok());
            let from = Millis::new(delay.unwrap_or(0)).max(self.clock);
            let live = self.is_pending(&create.id) || self.has(Bug::LateBirthOffered);
            if live && (from == self.clock || self.has(Bug::DelayIgnored)) {
                self.offer(&create.id);
            } else if live && !is_timer(&create.tags) {
                self.set_task(&create.id, TaskState::Pending { retry_at: from });
            }
        }
        self.found(&create.id)
    }

    /// Adds a promise, settled at once if its deadline is over; its task is not offered yet.
    pub(super) fn birth(&mut self, create: &PromiseCreate, at: Millis) {
        let PromiseCreate {
            id,
            timeout_at,
            param,
            tags,
        } = create.clone();
        let late = timeout_at <= self.clock;
        let stamp_now = self.has(Bug::LateBirthStampedNow);
        let retry_at = Millis::MAX;
        let state = if late {
            TaskState::Fulfilled
        } else {
            TaskState::Pending { retry_at }
        };
        let task = tags.get(TARGET).map(|_| Task {
            state,
            version: TaskVersion::new(0),
        });
        let armed = is_external(&tags);
        let record = Arc::new(PromiseRecord {
            id: id.clone(),
            state: if late {
                verdict(&tags)
            } else {
                PromiseState::Pending
            },
            param,
            value: Value::default(),
            tags,
            timeout_at,
            created_at: if stamp_now {
                self.clock
            } else {
                at.min(timeout_at)
            },
            settled_at: late.then_some(timeout_at),
        });
        self.kept.promises.insert(
            id,
            Promise {
                record,
                armed,
                task,
            },
        );
    }

    pub(super) fn promise_settle(&mut self, settle: &PromiseSettle) -> Answer {
        named(&settle.id)?;
        self.touch(&[&settle.id]);
        self.settle(settle).map(Response::Promise)
    }

    pub(super) fn settle(&mut self, settle: &PromiseSettle) -> Result<Arc<PromiseRecord>, Refusal> {
        self.found(&settle.id)?;
        if self.is_pending(&settle.id) || self.has(Bug::SettleOverwrites) {
            let (state, value) = (settle.state.into(), settle.value.clone());
            self.write_settlement(&settle.id, state, value, self.clock);
            self.announce(&settle.id, true);
        }
        self.found(&settle.id)
    }

    pub(super) fn register_callback(&mut self, callback: &RegisterCallback) -> Answer {
        let RegisterCallback { awaited, awaiter } = callback;
        named(awaited)?;
        named(awaiter)?;
        ensure(awaited != awaiter, Status::BadRequest)?;
        self.touch(&[awaited, awaiter]);
        self.found(awaited)?;
        ensure(self.task(awaiter).is_some(), Status::Unprocessable)?;
        if self.is_pending(awaited) && self.is_pending(awaiter) {
            self.wait(awaited, awaiter);
        } else if self.has(Bug::LateCallbackWakes) {
            self.wait(awaited, awaiter);
            self.announce(awaited, true);
        }
        self.found(awaited).map(Response::Promise)
    }

    /// Adds an edge; the awaited promise is armed from then on.
    pub(super) fn wait(&mut self, awaited: &PromiseId, awaiter: &PromiseId) {
        let edge = (awaited.clone(), awaiter.clone());
        self.kept.edges.insert(edge, false);
        self.arm(awaited);
    }

    fn arm(&mut self, id: &PromiseId) {
        let broken = self.has(Bug::AwaitedStaysUnarmed);
        if let Some(promise) = self.kept.promises.get_mut(id) {
            promise.armed |= !broken;
        }
    }

    pub(super) fn register_listener(&mut self, listener: &RegisterListener) -> Answer {
        let RegisterListener {
            awaited: id,
            address,
        } = listener;
        named(id)?;
        ensure(is_address(address), Status::BadRequest)?;
        self.touch(&[id]);
        self.found(id)?;
        if self.is_pending(id) {
            self.kept.listeners.insert((id.clone(), address.clone()));
            self.arm(id);
        } else if self.has(Bug::LateListenerTold) {
            self.kept.listeners.insert((id.clone(), address.clone()));
            self.announce(id, true);
        }
        self.found(id).map(Response::Promise)
    }

    pub(super) fn promise_search(&self, search: &PromiseSearch) -> Answer {
        let raw = self.has(Bug::SearchShowsRaw);
        let all = self.kept.promises.values();
        let read = all.map(|it| {
            if raw {
                Arc::clone(&it.record)
            } else {
                self.read(it)
            }
        });
        let fits = read
            .filter(|record| search.state.is_none_or(|state| state == record.state))
            .filter(|record| carries(&record.tags, search.tags.as_ref()))
            .map(|record| (record.id.text().clone(), record));
        let (promises, cursor) = page(fits, search.limit.unwrap_or(100), search.cursor.as_ref())?;
        Ok(Response::Promises { promises, cursor })
    }
}

/// §2.3, the last column: what an acceptable creation looks like.
pub(super) fn check_create(create: &PromiseCreate) -> Result<(), Refusal> {
    named(&create.id)?;
    ensure(!create.id.as_str().contains('\0'), Status::BadRequest)?;
    ensure(create.timeout_at >= Millis::ZERO, Status::BadRequest)?;
    let target = create.tags.get(TARGET);
    ensure(target.is_none_or(is_address), Status::BadRequest)?;
    let Some(text) = create.tags.get(DELAY) else {
        return Ok(());
    };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let early = text
        .parse()
        .is_ok_and(|delay: i64| delay < create.timeout_at.get());
    ensure(digits && early && target.is_some(), Status::BadRequest)
}

/// §4.2, for the plain addresses that tests use.
fn is_address(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.contains(' ');
    match text.split_once("://") {
        Some(("http" | "https", rest)) => plain(rest),
        Some(("poll", rest)) => rest.split_once('@').is_some_and(|(cast, place)| {
            ["any", "uni"].contains(&cast) && plain(place.split('/').next().unwrap_or_default())
        }),
        Some(_) | None => false,
    }
}

/// §3.4: whose deadline is kept actively from birth.
fn is_external(tags: &Tags) -> bool {
    let marked = tags.get(SCOPE) == Some("global") || tags.get(EXTERNAL) == Some("true");
    marked || tags.get(TARGET).is_some() || is_timer(tags)
}

pub(super) fn is_timer(tags: &Tags) -> bool {
    tags.get(TIMER) == Some("true")
}

/// What a deadline makes of a promise.
pub(super) fn verdict(tags: &Tags) -> PromiseState {
    let timedout = PromiseState::RejectedTimedout;
    if is_timer(tags) {
        PromiseState::Resolved
    } else {
        timedout
    }
}
