//! A turn without an engine, for a test: the code runs against what is recorded.

use std::sync::Arc;

use resonate_core::TaskVersion;
use resonate_core::execution::Lineage;
use resonate_core::protocol::{PromiseRecord, TaskRef};
use resonate_core::registry::Kind;
use tokio::time::Instant;

use super::claim::Claim;
use super::drive::{Driver, Ending, Trail, kind_of};
use super::pass::LocalWork;
use super::turn::prepare;
use crate::client::Core;

/// A body that is about to be replayed.
pub(crate) struct Part {
    claim: Claim,
    work: LocalWork,
}

impl Part {
    /// The execution of this promise, which counts as pending, with the local steps recorded of
    /// it; how its turn ends if it cannot be run.
    pub(crate) async fn root(
        core: &Arc<Core>,
        record: Arc<PromiseRecord>,
        journal: Vec<Arc<PromiseRecord>>,
    ) -> Result<Self, Ending> {
        let mut claim = claim(core, record, journal);
        let work = prepare(core, &mut claim).await?;
        Ok(Self { claim, work })
    }

    /// A workflow that was called as a local step, with its promise, which counts as pending.
    pub(crate) fn nested(
        core: &Core,
        record: Arc<PromiseRecord>,
        work: LocalWork,
        journal: Vec<Arc<PromiseRecord>>,
    ) -> Self {
        let claim = claim(core, record, journal);
        Self { claim, work }
    }

    pub(crate) fn is_leaf(&self) -> bool {
        kind_of(&self.work.code) == Kind::Leaf
    }

    /// The function's name and version.
    pub(crate) fn function(&self) -> (&str, u32) {
        (&self.work.about.name, self.work.about.version)
    }

    pub(crate) async fn run(self, core: &Arc<Core>) -> (Ending, Trail) {
        let mut driver = Driver::new(Arc::clone(core), self.claim, self.work);
        let ending = driver.run().await;
        (ending, driver.into_trail())
    }
}

/// A claim that nobody disputes.
fn claim(core: &Core, record: Arc<PromiseRecord>, journal: Vec<Arc<PromiseRecord>>) -> Claim {
    let task = TaskRef {
        id: record.id.clone(),
        version: TaskVersion::default().next(),
    };
    let (origin, ttl) = (Lineage::of(&record).origin, core.settings.lease);
    Claim {
        lease: Arc::new(core.leases.hold(task, origin, Instant::now(), ttl)),
        record,
        preload: journal,
        complete: true,
        fresh: false,
        read: Vec::new(),
    }
}
