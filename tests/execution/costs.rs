//! What steps cost that can be counted: commits of the file, and requests.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use futures_util::future::{join_all, try_join_all};
use resonate::network::{Embedded, EngineConfig};
use resonate::prelude::*;
use resonate::{Clock, SystemClock};
use support::temporary::{Commits, TemporaryStore};

#[resonate::function(name = "costs/leaf")]
async fn leaf(n: u64) -> Result<u64> {
    Ok(n + 1)
}

#[resonate::function(name = "costs/seq")]
async fn seq(ctx: &Context, steps: u64) -> Result<u64> {
    let mut sum = 0;
    for n in 0..steps {
        sum += leaf::run(ctx, n).await?;
    }
    Ok(sum)
}

#[resonate::function(name = "costs/fan")]
async fn fan(ctx: &Context, steps: u64) -> Result<u64> {
    let all: Vec<_> = (0..steps).map(|n| leaf::run(ctx, n).spawn()).collect();
    let mut all = join_all(all).await.into_iter();
    all.try_fold(0, |sum, one| Ok(sum + one?))
}

/// A client of an engine on a SQLite file, and how often that has committed.
async fn client() -> (Resonate, Commits) {
    let (store, commits) = TemporaryStore::counting();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let engine = Embedded::on(store, EngineConfig::default(), clock).unwrap();
    let client = Resonate::builder().network(engine).build().await.unwrap();
    (client, commits)
}

/// How many commits this takes.
async fn commits_of<T>(commits: &Commits, work: impl Future<Output = T>) -> u64 {
    let before = commits.count();
    work.await;
    commits.count() - before
}

#[tokio::test(start_paused = true)]
async fn a_step_after_the_other_is_one_commit_each() {
    let (client, commits) = client().await;
    for (id, steps) in [("few", 10), ("many", 1_000)] {
        let work = async { seq::run(client.id(id), steps).await.unwrap() };
        // Two more: the execution begins, and it ends.
        assert_eq!(commits_of(&commits, work).await, steps + 2, "{steps} steps");
    }
}

#[tokio::test(start_paused = true)]
async fn steps_that_run_at_once_share_commits() {
    let (client, commits) = client().await;
    let work = async { fan::run(client.id("fan"), 1_000).await.unwrap() };
    let made = commits_of(&commits, work).await;
    assert!(made <= 100, "{made} commits for 1,000 steps");
}

#[tokio::test(start_paused = true)]
async fn workflows_that_run_at_once_share_commits() {
    let (client, commits) = client().await;
    let all = (0..64).map(|n| seq::run(client.id(format!("one-of-many-{n}")), 10).into_future());
    let work = async { try_join_all(all).await.unwrap() };
    let made = commits_of(&commits, work).await;
    // Alone each takes 12.
    assert!(
        made <= 2 * 12,
        "{made} commits for 64 workflows of 10 steps"
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_without_work_commits_nothing() {
    let (client, commits) = client().await;
    leaf::run(client.id("first"), 1).await.unwrap();
    let work = tokio::time::sleep(Duration::from_secs(3600));
    assert_eq!(commits_of(&commits, work).await, 0);
}
