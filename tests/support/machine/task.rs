//! §2.8–§2.16: claims on tasks.

use super::promise::check_create;
use super::*;

impl Model {
    pub(super) fn task_create(&mut self, create: &TaskCreate) -> Answer {
        let (id, tags) = (&create.action.id, &create.action.tags);
        check_claim(&create.pid, create.ttl)?;
        check_create(&create.action)?;
        ensure(
            tags.get(TARGET).is_some() && tags.get(DELAY).is_none(),
            Status::BadRequest,
        )?;
        self.touch(&[id]);
        if !self.known(id) {
            self.birth(&create.action, self.clock);
        }
        ensure(self.task(id).is_some(), Status::Unprocessable)?;
        let state = self.task_record(id).state;
        let takes_halted = state == TaskStatus::Halted && self.has(Bug::CreateTakesHalted);
        if state == TaskStatus::Pending || takes_halted {
            return Ok(self.claim(id, &create.pid, create.ttl));
        }
        ensure(state == TaskStatus::Fulfilled, Status::Conflict)?;
        Ok(self.claimed(id))
    }

    pub(super) fn task_acquire(&mut self, acquire: &TaskAcquire) -> Answer {
        check_claim(&acquire.pid, acquire.ttl)?;
        let task = self.existing(&acquire.id)?;
        ensure(task.state == TaskStatus::Pending, Status::Conflict)?;
        let same = task.version == acquire.version || self.has(Bug::ClaimIgnoresVersion);
        ensure(same, Status::Conflict)?;
        Ok(self.claim(&acquire.id, &acquire.pid, acquire.ttl))
    }

    fn claim(&mut self, id: &PromiseId, pid: &ProcessId, ttl: i64) -> Response {
        self.raise_version(id);
        let (pid, expires_at) = (pid.clone(), self.in_millis(ttl));
        self.set_task(
            id,
            TaskState::Acquired(Lease {
                pid,
                ttl,
                expires_at,
            }),
        );
        if !self.has(Bug::ClaimKeepsResumes) {
            self.clear_resumes(id);
        }
        self.claimed(id)
    }

    fn raise_version(&mut self, id: &PromiseId) {
        let promise = self.kept.promises.get_mut(id);
        if let Some(task) = promise.and_then(|it| it.task.as_mut()) {
            task.version = TaskVersion::new(task.version.get() + 1);
        }
    }

    fn claimed(&self, id: &PromiseId) -> Response {
        let (task, promise) = (self.task_record(id), Arc::clone(self.record(id)));
        Response::Claimed {
            task,
            promise,
            preload: self.preload(id),
        }
    }

    pub(super) fn task_fence(&mut self, fence: &TaskFence) -> Answer {
        let inner = fence.action.id();
        ensure(fence.id != *inner, Status::BadRequest)?;
        match &fence.action {
            FenceAction::Create(create) => check_create(create)?,
            FenceAction::Settle(settle) => named(&settle.id)?,
        }
        self.held(&fence.id, fence.version, &[inner])?;
        let result = match &fence.action {
            FenceAction::Create(create) => self.create(create),
            FenceAction::Settle(settle) => self.settle(settle),
        };
        if self.has(Bug::FenceRenewsLease) {
            self.renew(&fence.id);
        }
        Ok(Response::Fenced {
            kind: fence.action.kind(),
            result,
            preload: Vec::new(),
        })
    }

    pub(super) fn task_suspend(&mut self, suspend: &TaskSuspend) -> Answer {
        let id = &suspend.id;
        let awaited: Vec<_> = suspend.actions.iter().map(|it| &it.awaited).collect();
        ensure(!awaited.is_empty(), Status::BadRequest)?;
        for RegisterCallback { awaited, awaiter } in &suspend.actions {
            named(awaited)?;
            ensure(awaiter == id && awaited != id, Status::BadRequest)?;
        }
        self.held(id, suspend.version, &awaited)?;
        ensure(
            awaited.iter().all(|it| self.known(it)),
            Status::Unprocessable,
        )?;
        let forced = self.has(Bug::ResumesForceRedirect) && self.task_record(id).resumes > 0;
        let redirect = forced || awaited.iter().any(|it| !self.is_pending(it));
        if !redirect || !self.has(Bug::RedirectKeepsResumes) {
            self.clear_resumes(id);
        }
        if self.has(Bug::SuspendDropsOlderEdges) {
            self.kept.edges.retain(|(_, awaiter), _| awaiter != id);
        }
        if !redirect || self.has(Bug::RedirectStoresEdges) {
            awaited.iter().for_each(|it| self.wait(it, id));
        }
        if redirect {
            return Ok(Response::Redirect {
                preload: self.preload(id),
            });
        }
        self.set_task(id, TaskState::Suspended);
        Ok(Response::Done)
    }

    pub(super) fn task_release(&mut self, release: &TaskRelease) -> Answer {
        self.held(&release.id, release.version, &[])?;
        if self.has(Bug::ReleaseRaisesVersion) {
            self.raise_version(&release.id);
        }
        self.offer(&release.id);
        Ok(Response::Done)
    }

    pub(super) fn task_fulfill(&mut self, fulfill: &TaskFulfill) -> Answer {
        ensure(fulfill.action.id == fulfill.id, Status::BadRequest)?;
        self.held(&fulfill.id, fulfill.version, &[])?;
        self.settle(&fulfill.action).map(Response::Promise)
    }

    pub(super) fn task_heartbeat(&mut self, heartbeat: &TaskHeartbeat) -> Answer {
        for TaskRef { id, version } in &heartbeat.tasks {
            let Some(Task {
                state: TaskState::Acquired(lease),
                version: held,
            }) = self.task(id)
            else {
                continue;
            };
            let dead = self.is_dead(&self.kept.promises[id]);
            let holder = lease.pid == heartbeat.pid || self.has(Bug::HeartbeatAnyPid);
            let same = held == version || self.has(Bug::HeartbeatAnyVersion);
            if holder && same && (!dead || self.has(Bug::HeartbeatRevivesDead)) {
                self.renew(id);
            }
        }
        Ok(Response::Done)
    }

    fn renew(&mut self, id: &PromiseId) {
        let task = self.task(id).map(|task| task.state.clone());
        if let Some(TaskState::Acquired(lease)) = task {
            let expires_at = self.in_millis(lease.ttl);
            self.set_task(
                id,
                TaskState::Acquired(Lease {
                    expires_at,
                    ..lease
                }),
            );
        }
    }

    pub(super) fn task_halt(&mut self, id: &PromiseId) -> Answer {
        let task = self.existing(id)?;
        ensure(task.state != TaskStatus::Fulfilled, Status::Conflict)?;
        self.set_task(id, TaskState::Halted);
        if self.has(Bug::HaltDropsEdges) {
            self.kept.edges.retain(|(_, awaiter), _| awaiter != id);
        }
        Ok(Response::Done)
    }

    pub(super) fn task_continue(&mut self, id: &PromiseId) -> Answer {
        let task = self.existing(id)?;
        ensure(task.state == TaskStatus::Halted, Status::Conflict)?;
        if self.has(Bug::ContinueClearsResumes) {
            self.clear_resumes(id);
        }
        self.offer(id);
        Ok(Response::Done)
    }

    pub(super) fn task_search(&self, search: &TaskSearch) -> Answer {
        let targeted = self.ids(|promise| promise.task.is_some()).into_iter();
        let fits = targeted
            .map(|id| (id.text().clone(), self.task_record(&id)))
            .filter(|(_, task)| search.state.is_none_or(|state| state == task.state));
        let (tasks, cursor) = page(fits, search.limit.unwrap_or(100), search.cursor.as_ref())?;
        Ok(Response::Tasks { tasks, cursor })
    }

    pub(super) fn existing(&mut self, id: &PromiseId) -> Result<TaskRecord, Refusal> {
        named(id)?;
        self.touch(&[id]);
        ensure(self.task(id).is_some(), Status::NotFound)?;
        Ok(self.task_record(id))
    }

    /// The fence of §3.5, acquired and at this version, after a touch of all the request names.
    fn held(
        &mut self,
        id: &PromiseId,
        version: TaskVersion,
        others: &[&PromiseId],
    ) -> Result<(), Refusal> {
        named(id)?;
        self.touch(&[&[id], others].concat());
        let task = self.existing(id)?;
        ensure(task.state == TaskStatus::Acquired, Status::Conflict)?;
        let same = task.version == version || self.has(Bug::FenceIgnoresVersion);
        ensure(same, Status::Conflict)
    }

    fn clear_resumes(&mut self, id: &PromiseId) {
        let edges = &mut self.kept.edges;
        edges.retain(|(_, awaiter), ready| awaiter != id || !*ready);
    }

    /// The task as it reads now; `resumes` counts its ready edges.
    fn task_record(&self, id: &PromiseId) -> TaskRecord {
        let promise = &self.kept.promises[id];
        let task = promise.task.as_ref().expect("the caller saw the task");
        let (mut pid, mut ttl) = (None, None);
        let state = match &task.state {
            _ if self.is_dead(promise) => TaskStatus::Fulfilled,
            TaskState::Pending { .. } => TaskStatus::Pending,
            TaskState::Acquired(lease) => {
                (pid, ttl) = (Some(lease.pid.clone()), Some(lease.ttl));
                TaskStatus::Acquired
            }
            TaskState::Suspended => TaskStatus::Suspended,
            TaskState::Halted => TaskStatus::Halted,
            TaskState::Fulfilled => TaskStatus::Fulfilled,
        };
        let ready = |((_, awaiter), ready): &(&(_, PromiseId), &bool)| awaiter == id && **ready;
        let counted = self.kept.edges.iter().filter(ready).count() as u64;
        let resumes = if state == TaskStatus::Fulfilled {
            0
        } else {
            counted
        };
        TaskRecord {
            id: id.clone(),
            state,
            version: task.version,
            resumes,
            ttl,
            pid,
        }
    }

    /// §3.8: the other promises of the branch.
    fn preload(&self, id: &PromiseId) -> Vec<Arc<PromiseRecord>> {
        let Some(branch) = self.record(id).tags.get(BRANCH) else {
            return Vec::new();
        };
        let all = self.kept.promises.values().filter(|it| it.record.id != *id);
        let same = all.filter(|it| it.record.tags.get(BRANCH) == Some(branch));
        same.take(PRELOAD_MAX).map(|it| self.read(it)).collect()
    }
}

fn check_claim(pid: &ProcessId, ttl: i64) -> Result<(), Refusal> {
    ensure(!pid.as_str().is_empty() && ttl >= 1, Status::BadRequest)
}
