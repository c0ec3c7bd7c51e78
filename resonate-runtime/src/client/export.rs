//! What is recorded of one execution, asked of its engine.

use std::collections::HashSet;
use std::sync::Arc;

use resonate_core::execution::{Lineage, Recording};
use resonate_core::protocol::{PromiseGet, PromiseRecord, Request, Response};
use resonate_core::{PromiseId, Tags, tags};

use super::core::Core;
use super::unexpected;
use crate::error::{Error, Kind, Result};

impl Core {
    /// What is recorded of the execution so far.
    pub(crate) async fn export(&self, id: PromiseId) -> Result<Recording> {
        // The execution first: if it has ended, all its steps have.
        let root = self.read_root(id).await?;
        let origin = Lineage::of(&root).origin;
        let of_origin = Tags::default().with(tags::ORIGIN, origin.text().clone());
        let mut found = self.find(None, of_origin.clone()).await?;
        if root.state.is_pending() && !found.at_once {
            // A later page may hold a step that was begun because of what an earlier page had as
            // pending. Read again, every step of the first reading has its cause.
            let first: HashSet<_> = found.promises.iter().map(|it| it.id.clone()).collect();
            found = self.find(None, of_origin).await?;
            found.promises.retain(|it| first.contains(&it.id));
        }
        Recording::of(&root, found.promises, self.grammar(), &*self.codec).map_err(|unreadable| {
            Error::of(Kind::Payload, unreadable.to_string()).because(unreadable)
        })
    }

    async fn read_root(&self, id: PromiseId) -> Result<Arc<PromiseRecord>> {
        let get = Request::PromiseGet(PromiseGet { id: id.clone() });
        match self.ask(get).await {
            Ok(Response::Promise(record)) => Ok(record),
            Ok(_) => Err(unexpected()),
            Err(error) if error.is_not_found() => Err(Error::no_promise(&id, error)),
            Err(error) => Err(error),
        }
    }
}
