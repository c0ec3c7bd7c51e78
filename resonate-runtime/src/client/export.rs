//! What is recorded of one execution, asked of its engine.

use std::collections::HashSet;
use std::sync::Arc;

use resonate_core::execution::{Lineage, Recording};
use resonate_core::protocol::{PromiseGet, PromiseRecord, Request, Response};
use resonate_core::{PromiseId, Tags, tags};

use super::core::Core;
use super::promises::found;
use super::unexpected;
use crate::error::{Error, Kind, Result};

/// Promises of one origin.
struct OfOrigin {
    promises: Vec<Arc<PromiseRecord>>,
    /// Whether one answer held them all: they are of one moment.
    at_once: bool,
}

impl Core {
    /// What is recorded of the execution so far.
    pub(crate) async fn export(&self, id: PromiseId) -> Result<Recording> {
        // The execution first: if it has ended, all its steps have.
        let root = self.read_root(id).await?;
        let origin = Lineage::of(&root).origin;
        let mut found = self.of_origin(&origin).await?;
        if root.state.is_pending() && !found.at_once {
            // A later page may hold a step that was begun because of what an earlier page had as
            // pending. Read again, every step of the first reading has its cause.
            let first: HashSet<_> = found.promises.iter().map(|it| it.id.clone()).collect();
            found = self.of_origin(&origin).await?;
            found.promises.retain(|it| first.contains(&it.id));
        }
        Recording::of(&root, found.promises, self.grammar(), &*self.codec).map_err(|unreadable| {
            Error::of(Kind::Payload, unreadable.to_string()).because(unreadable)
        })
    }

    async fn of_origin(&self, origin: &PromiseId) -> Result<OfOrigin> {
        let tags = Tags::default().with(tags::ORIGIN, origin.text().clone());
        let mut pages = found(self, None, tags, |_, record| record);
        let (mut promises, mut count) = (Vec::new(), 0);
        while let Some(page) = pages.next_page().await? {
            promises.extend(page);
            count += 1;
        }
        Ok(OfOrigin {
            promises,
            at_once: count == 1,
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
