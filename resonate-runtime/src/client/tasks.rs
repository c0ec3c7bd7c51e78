//! Tasks by hand: what an operator needs to find stuck work, stop it, and set it going again.

use resonate_core::protocol::{Request, Response, TaskId, TaskRecord, TaskSearch, TaskStatus};

use super::pages::{PAGE, Pages};
use super::{Core, Resonate, unexpected};
use crate::error::Result;

/// Tasks by hand. A task is the obligation to run one execution; it has its promise's id.
///
/// Work that was halted, by hand or by [`OnFault::Halt`](crate::OnFault::Halt), is found and set
/// going again:
///
/// ```
/// use resonate::TaskStatus;
/// use resonate::prelude::*;
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let resonate = Resonate::memory().await?;
/// for task in resonate.tasks().search(Some(TaskStatus::Halted)).await? {
///     println!("{} is halted", task.id());
///     resonate.tasks().resume(task.id()).await?;
/// }
/// # Ok::<(), Error>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct Tasks<'c> {
    core: &'c Core,
}

/// A task as it was when it was read.
#[derive(Clone, Debug)]
pub struct Task {
    record: TaskRecord,
}

impl Task {
    /// Its id, which is that of its promise.
    #[must_use]
    pub fn id(&self) -> &str {
        self.record.id.as_str()
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> TaskStatus {
        self.record.state
    }

    /// How often it was claimed: the version of its latest claim.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.record.version.get()
    }

    /// The id of the process that holds it, while one does.
    #[must_use]
    pub fn holder(&self) -> Option<&str> {
        self.record.pid.as_ref().map(|pid| pid.as_str())
    }
}

impl<'c> Tasks<'c> {
    pub(super) fn new(resonate: &'c Resonate) -> Self {
        Self {
            core: &resonate.core,
        }
    }

    /// Reads a task.
    ///
    /// # Errors
    /// When there is none of this id (a promise that nobody runs has none), or the engine cannot
    /// be reached.
    pub async fn get(&self, id: &str) -> Result<Task> {
        let answer = self.core.ask(Request::TaskGet(self.named(id)?)).await?;
        let Response::Task(record) = answer else {
            return Err(unexpected());
        };
        Ok(Task { record })
    }

    /// Tasks that stand so, in the order of their ids.
    ///
    /// # Errors
    /// When awaited: the engine cannot be reached.
    pub fn search(&self, status: Option<TaskStatus>) -> Pages<'c, Task> {
        let core = self.core;
        Pages::new(move |cursor| {
            let request = Request::TaskSearch(TaskSearch {
                state: status,
                limit: Some(PAGE),
                cursor,
            });
            Box::pin(async move {
                let Response::Tasks { tasks, cursor } = core.ask(request).await? else {
                    return Err(unexpected());
                };
                let read = |record| Task { record };
                Ok((tasks.into_iter().map(read).collect(), cursor))
            })
        })
    }

    /// Stops a task: no worker gets it, and whoever holds it can write nothing more, until
    /// [`resume`](Self::resume). Its promise stays pending until its deadline.
    ///
    /// # Errors
    /// When there is none of this id, it is fulfilled, or the engine cannot be reached.
    pub async fn halt(&self, id: &str) -> Result<()> {
        self.done(Request::TaskHalt(self.named(id)?)).await
    }

    /// Offers a halted task to its workers again (`task.continue`).
    ///
    /// # Errors
    /// When there is none of this id, it is not halted, or the engine cannot be reached.
    pub async fn resume(&self, id: &str) -> Result<()> {
        self.done(Request::TaskContinue(self.named(id)?)).await
    }

    async fn done(&self, request: Request) -> Result<()> {
        self.core.ask(request).await.map(|_| ())
    }

    fn named(&self, id: &str) -> Result<TaskId> {
        let id = self.core.any_id(id)?;
        Ok(TaskId { id })
    }
}
