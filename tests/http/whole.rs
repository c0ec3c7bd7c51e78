//! Everything that a workflow does, over HTTP: on our own server, or on the one that
//! `RESONATE_TEST_URL` names, whichever way it wants ids written.

use resonate::prelude::*;
use resonate::{Builder, PromiseState};
use resonate_core::execution::IdGrammar;
use support::http::unique;
use support::peers::{TestServer, eventually};

#[resonate::function]
async fn doubles(n: i64) -> Result<i64> {
    Ok(n * 2)
}

/// A step here, and one on whichever worker listens.
#[resonate::function]
async fn quadruples(ctx: &Context, n: i64) -> Result<i64> {
    let doubled = doubles::run(ctx, n).await?;
    Ok(doubles::rpc(ctx, doubled).await?)
}

/// Workflows inside, here and elsewhere, and a wait between.
#[resonate::function]
async fn sums(ctx: &Context, n: i64) -> Result<i64> {
    let here = quadruples::run(ctx, n).await?;
    let (one, two) = (
        quadruples::rpc(ctx, n).spawn(),
        quadruples::rpc(ctx, n + 1).spawn(),
    );
    ctx.sleep(Duration::from_millis(50)).await?;
    Ok(here + one.await? + two.await?)
}

/// Tells a person's answer, or that none came in time.
#[resonate::function]
async fn consults(ctx: &Context, patience: Duration) -> Result<String> {
    let answer = ctx.promise::<String>().timeout(patience).begin().await?;
    let question = answer.id().to_owned();
    publishes::run(ctx, question).await?;
    match answer.await {
        Ok(answer) => Ok(answer),
        Err(CallError::TimedOut) => Ok("nobody came".to_owned()),
        Err(error) => Err(error.into()),
    }
}

type Questions = tokio::sync::mpsc::UnboundedSender<String>;

#[resonate::function]
async fn publishes(info: &Info, question: String) -> Result<()> {
    let questions = info.dependency::<Questions>()?;
    questions.send(question).map_err(Error::new)
}

/// Starts what outlives it, and tells its id.
#[resonate::function]
async fn leaves(ctx: &Context, n: i64) -> Result<String> {
    Ok(sums::detached(ctx, n).await?.to_string())
}

/// A worker in a group of its own, and the questions that its functions publish.
async fn worker(server: &TestServer) -> (Resonate, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let (questions, asked) = tokio::sync::mpsc::unbounded_channel();
    let builder = set_up(server).dependency::<Questions>(questions);
    (builder.build().await.unwrap(), asked)
}

fn set_up(server: &TestServer) -> Builder {
    Resonate::builder().url(server.url()).group(unique("whole"))
}

#[tokio::test]
async fn workflows_call_each_other_here_and_there() {
    let server = TestServer::start().await;
    let (worker, _) = worker(&server).await;
    let (run, rpc) = (unique("run"), unique("rpc"));
    let (here, there) = tokio::join!(sums::run(worker.id(&run), 1), sums::rpc(worker.id(&rpc), 1));
    assert_eq!((here.unwrap(), there.unwrap()), (16, 16));
    assert_eq!(worker.get::<i64>(&run).await.unwrap(), 16);
    worker.shutdown().await;
}

#[tokio::test]
async fn a_person_answers_or_does_not_come_in_time() {
    let server = TestServer::start().await;
    let (worker, mut asked) = worker(&server).await;
    let hour = Duration::from_secs(3600);
    let answered = consults::rpc(worker.id(unique("answered")), hour).spawn();
    let question = asked.recv().await.unwrap();
    let promises = worker.promises();
    promises.resolve(&question, &"yes").await.unwrap();
    assert_eq!(answered.await.unwrap(), "yes");
    // Where servers keep no such deadline, the worker looks.
    let alone = consults::rpc(worker.id(unique("alone")), Duration::from_millis(200));
    assert_eq!(alone.await.unwrap(), "nobody came");
    worker.shutdown().await;
}

#[tokio::test]
async fn what_is_detached_outlives_its_caller() {
    let server = TestServer::start().await;
    let (worker, _) = worker(&server).await;
    let left = leaves::rpc(worker.id(unique("leaves")), 1).await.unwrap();
    assert_eq!(worker.get::<i64>(&left).await.unwrap(), 16);
    worker.shutdown().await;
}

#[tokio::test]
async fn a_schedule_starts_workflows_with_steps() {
    let server = TestServer::start().await;
    if !server.is_ours() {
        return scheduled(set_up(&server).build().await.unwrap()).await;
    }
    for grammar in [IdGrammar::Colon, IdGrammar::Dot] {
        let worker = set_up(&server).id_grammar(grammar).build().await;
        scheduled(worker.unwrap()).await;
    }
}

async fn scheduled(worker: Resonate) {
    let name = unique("schedule");
    let every_second = "* * * * * *";
    let created = sums::schedule(&worker, &name, every_second, 1);
    created.await.unwrap();
    let promises = worker.promises();
    let run = eventually("a run of the schedule", || async {
        let tag = [("resonate:schedule", name.as_str())];
        let runs = promises.search(Some(PromiseState::Resolved), &tag).await;
        runs.unwrap().into_iter().next()
    })
    .await;
    worker.schedules().delete(&name).await.unwrap();
    assert_eq!(run.value::<i64>().unwrap(), 16);
    for grammar in [IdGrammar::Colon, IdGrammar::Dot] {
        assert_eq!(grammar.validate_root(run.id()), Ok(()), "it is a root");
    }
    worker.shutdown().await;
}
