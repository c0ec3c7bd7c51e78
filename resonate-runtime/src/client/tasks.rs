//! Tasks by hand.

use resonate_core::protocol::{Request, Response, TaskId, TaskSearch, TaskStatus};

use super::{Core, Resonate, unexpected};
use crate::error::Result;

/// The tasks of executions, by hand: what an operator needs for work that was halted, by
/// [`OnFault::Halt`](crate::OnFault::Halt) or by hand.
#[derive(Debug)]
pub struct Tasks<'c> {
    core: &'c Core,
}

impl<'c> Tasks<'c> {
    pub(super) fn new(resonate: &'c Resonate) -> Self {
        Self {
            core: &resonate.core,
        }
    }

    /// Where the task of this execution stands.
    ///
    /// # Errors
    /// When there is no execution of this id, or the engine cannot be reached.
    pub async fn get(&self, id: &str) -> Result<TaskStatus> {
        let answer = self.core.ask(Request::TaskGet(self.named(id)?)).await?;
        let Response::Task(task) = answer else {
            return Err(unexpected());
        };
        Ok(task.state)
    }

    /// The ids of the executions whose tasks stand so, in their order; every page of them.
    ///
    /// # Errors
    /// When the engine cannot be reached.
    pub async fn search(&self, state: Option<TaskStatus>) -> Result<Vec<String>> {
        let mut search = TaskSearch {
            state,
            limit: Some(1000),
            cursor: None,
        };
        let mut ids = Vec::new();
        loop {
            let page = self.core.ask(Request::TaskSearch(search.clone())).await?;
            let Response::Tasks { tasks, cursor } = page else {
                return Err(unexpected());
            };
            ids.extend(tasks.into_iter().map(|task| task.id.to_string()));
            if cursor.is_none() {
                return Ok(ids);
            }
            search.cursor = cursor;
        }
    }

    /// Halts the execution: whoever runs it loses it, and nobody is offered it any more. It is
    /// not settled, its deadline goes on, and [`resume`](Self::resume) lets it go on where it
    /// stopped.
    ///
    /// # Errors
    /// When there is no execution of this id or it has ended, or the engine cannot be reached.
    pub async fn halt(&self, id: &str) -> Result<()> {
        self.done(Request::TaskHalt(self.named(id)?)).await
    }

    /// Offers a halted execution again.
    ///
    /// # Errors
    /// When there is no execution of this id or it is not halted, or the engine cannot be
    /// reached.
    pub async fn resume(&self, id: &str) -> Result<()> {
        self.done(Request::TaskContinue(self.named(id)?)).await
    }

    fn named(&self, id: &str) -> Result<TaskId> {
        let id = self.core.any_id(id)?;
        Ok(TaskId { id })
    }

    async fn done(&self, request: Request) -> Result<()> {
        let answer = self.core.ask(request).await?;
        if answer == Response::Done {
            Ok(())
        } else {
            Err(unexpected())
        }
    }
}
