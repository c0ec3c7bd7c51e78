//! Promises that were read or written lately, as the open transaction sees them. A step reads the
//! claim it is made under and the promise it changes, and so does the step after it.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use crate::PromiseId;
use crate::model::Promise;
use crate::protocol::PromiseRecord;
use crate::store::Write;

/// Promises that are remembered at most.
const PROMISES_MAX: usize = 512;
/// Bytes of input and result of one that is remembered, at most.
const BYTES_MAX: usize = 4096;

/// What is known without reading the file, which nobody else writes to.
#[derive(Debug, Default)]
pub(super) struct Recent(RefCell<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// None for an id that is known to have no promise.
    promises: BTreeMap<PromiseId, Option<Promise>>,
    /// Their ids, the oldest first; some may be gone.
    order: VecDeque<PromiseId>,
}

impl Recent {
    /// The promise `id`, or that there is none; `read` finds it in the file where it is not known.
    pub(super) fn get<E>(
        &self,
        id: &PromiseId,
        read: impl FnOnce() -> Result<Option<Promise>, E>,
    ) -> Result<Option<Promise>, E> {
        if let Some(known) = self.0.borrow().promises.get(id) {
            return Ok(known.clone());
        }
        let promise = read()?;
        self.0.borrow_mut().note(id, promise.clone());
        Ok(promise)
    }

    /// Whether there is such a promise, as far as that is known.
    pub(super) fn is_there(&self, id: &PromiseId) -> Option<bool> {
        self.0.borrow().promises.get(id).map(Option::is_some)
    }

    /// Takes a write into account.
    pub(super) fn follow(&mut self, write: Write) {
        match write {
            Write::Promise(promise) => {
                let id = promise.id().clone();
                self.0.get_mut().note(&id, Some(promise));
            }
            Write::RemovePromise(id) => self.0.get_mut().note(&id, None),
            Write::Reset => self.forget(),
            Write::Edge(_)
            | Write::RemoveEdge { .. }
            | Write::Listener { .. }
            | Write::RemoveListeners(_)
            | Write::Schedule(_)
            | Write::RemoveSchedule(_)
            | Write::Clock(_) => {}
        }
    }

    /// Lets every question read the file.
    pub(super) fn forget(&mut self) {
        *self.0.get_mut() = Kept::default();
    }
}

impl Kept {
    fn note(&mut self, id: &PromiseId, promise: Option<Promise>) {
        let is_large = promise
            .as_ref()
            .is_some_and(|it| bytes(&it.record) > BYTES_MAX);
        if is_large {
            self.promises.remove(id);
            return;
        }
        if self.promises.insert(id.clone(), promise).is_none() {
            self.order.push_back(id.clone());
        }
        if self.order.len() > PROMISES_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.promises.remove(&oldest);
        }
    }
}

fn bytes(record: &PromiseRecord) -> usize {
    let values = [&record.param, &record.value];
    let data = values.map(|value| value.data.as_deref().map_or(0, str::len));
    data.iter().sum()
}
