//! What a canceled execution asked for: canceled as well, wherever it runs.

use std::sync::Arc;

use resonate_core::execution::Lineage;
use resonate_core::protocol::{
    PromiseRecord, PromiseSearch, PromiseSettle, PromiseState, Request, Response, Settlement,
};
use resonate_core::tags::{EXTERNAL, ORIGIN};
use resonate_core::{PromiseId, Tags, Value};

use super::core::Core;
use super::pages::PAGE;
use crate::error::Result;

impl Core {
    /// A promise was settled by hand. If that canceled an execution, the open calls and questions
    /// below it are canceled too.
    pub(crate) fn canceled(self: &Arc<Self>, record: &PromiseRecord) {
        if record.state == PromiseState::RejectedCanceled {
            self.cancel_below(Lineage::of(record).origin, record.id.clone());
        }
    }

    /// Cancels the open calls and questions below a canceled execution, beside the rest. They are
    /// found by what is recorded: it does not matter who runs them, or whether anybody does right
    /// now. What this process does not come to is left to deadlines.
    pub(crate) fn cancel_below(self: &Arc<Self>, origin: PromiseId, id: PromiseId) {
        if self.replay.is_some() {
            return;
        }
        let core = Arc::clone(self);
        self.background(async move {
            if let Err(error) = cancel_tree(&core, &origin, &id).await {
                tracing::warn!(%id, %error, "calls of a canceled execution may go on until their deadlines");
            }
        });
    }
}

async fn cancel_tree(core: &Core, origin: &PromiseId, id: &PromiseId) -> Result<()> {
    let mut search = PromiseSearch {
        state: Some(PromiseState::Pending),
        tags: Some(Tags::default().with(ORIGIN, origin.text().clone())),
        limit: Some(PAGE),
        cursor: None,
    };
    loop {
        let page = core.ask(Request::PromiseSearch(search.clone())).await?;
        let Response::Promises { promises, cursor } = page else {
            return Ok(());
        };
        for record in promises {
            let tags = &record.tags;
            let is_asked = tags.target().is_some() || tags.get(EXTERNAL) == Some("true");
            if is_asked && !tags.is_timer() && core.grammar().ends_with(id, &record.id) {
                cancel(core, record.id.clone()).await?;
            }
        }
        if cursor.is_none() {
            return Ok(());
        }
        search.cursor = cursor;
    }
}

async fn cancel(core: &Core, id: PromiseId) -> Result<()> {
    let settle = PromiseSettle {
        id,
        state: Settlement::RejectedCanceled,
        value: Value::default(),
    };
    if let Response::Promise(record) = core.ask(Request::PromiseSettle(settle)).await? {
        core.settled(&record);
    }
    Ok(())
}
