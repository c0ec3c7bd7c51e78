//! One step that a function began, as its handle sees it.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use resonate_core::PromiseId;
use resonate_core::payload::Codec;
use resonate_core::protocol::PromiseRecord;

use super::testbed::Inline;
use crate::error::{Error, Kind, Result};
use crate::worker::{FaultReport, Strand};

/// One step that a function began.
pub(crate) struct Step {
    id: PromiseId,
    link: Link,
}

enum Link {
    /// Recorded by the execution's driver.
    Recorded { strand: Arc<Strand>, op: usize },
    /// Run in place, in a test.
    Inline(Arc<Inline>),
    /// Never begun: what was asked for cannot be.
    Refused(Error),
}

impl Step {
    pub(crate) fn recorded(id: PromiseId, strand: Arc<Strand>, op: usize) -> Self {
        Self {
            id,
            link: Link::Recorded { strand, op },
        }
    }

    pub(crate) fn inline(id: PromiseId, inline: Arc<Inline>) -> Self {
        Self {
            id,
            link: Link::Inline(inline),
        }
    }

    pub(crate) fn refused(error: Error) -> Self {
        Self {
            id: PromiseId::from(""),
            link: Link::Refused(error),
        }
    }

    pub(crate) fn id(&self) -> &str {
        self.id.as_str()
    }

    pub(crate) fn codec(&self) -> &dyn Codec {
        match &self.link {
            Link::Recorded { strand, .. } => &*strand.pass.core.codec,
            Link::Inline(inline) => inline.codec(),
            Link::Refused(_) => super::testbed::plain_codec(),
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        match &self.link {
            Link::Recorded { strand, op } => strand.is_seen(*op),
            Link::Inline(inline) => inline.is_done(),
            Link::Refused(_) => true,
        }
    }

    pub(crate) fn poll_settled(
        &self,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Result<Arc<PromiseRecord>>> {
        match &self.link {
            Link::Recorded { strand, op } => strand.poll_settled(*op, cx),
            Link::Inline(inline) => inline.poll_settled(cx),
            Link::Refused(error) => Poll::Ready(Err(error.clone())),
        }
    }

    /// Waits until the step's promise durably exists.
    pub(crate) async fn created(&self) -> Result<()> {
        match &self.link {
            Link::Recorded { strand, op } => poll_fn(|cx| strand.poll_created(*op, cx)).await,
            Link::Inline(_) => Ok(()),
            Link::Refused(error) => Err(error.clone()),
        }
    }

    /// Asks for the step to be canceled, and waits until it is settled one way or the other.
    pub(crate) async fn cancel(&self) -> Result<()> {
        match &self.link {
            Link::Recorded { strand, op } => {
                strand.pass.steps().cancel(*op);
                strand.pass.wake.notify_one();
                poll_fn(|cx| strand.poll_closed(*op, cx)).await;
                Ok(())
            }
            Link::Inline(inline) => {
                inline.cancel();
                Ok(())
            }
            Link::Refused(error) => Err(error.clone()),
        }
    }

    /// Stops the execution: what was recorded does not fit the code.
    pub(crate) fn undecodable(&self, record: &PromiseRecord, misfit: &Error) {
        match &self.link {
            Link::Recorded { strand, .. } => {
                strand
                    .pass
                    .fault(FaultReport::undecodable(&record.id, misfit));
            }
            Link::Inline(_) | Link::Refused(_) => {}
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Link::Recorded { strand, op } = &self.link {
            strand.forget(*op);
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// No such function here, with what is: the sentence that people meet most.
pub(crate) fn unregistered(name: &str, version: Option<u32>) -> Error {
    let registry = resonate_core::registry::Registry::global();
    Error::of(
        Kind::Unregistered,
        crate::worker::describe_unknown(registry, name, version),
    )
}
