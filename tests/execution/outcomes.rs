//! How functions end, and what their callers see: values, errors, panics, arguments that do not
//! fit, and attempts.
#![allow(clippy::unwrap_used)]

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use resonate::prelude::*;
use resonate::{FaultKind, Final, Info, PromiseState};
use resonate_core::protocol::TaskStatus;
use serde::{Deserialize, Serialize};
use support::world::{Peer, StepLog, World};

const SECOND: Duration = Duration::from_secs(1);

/// How often something is to fail before it succeeds.
#[derive(Debug, Default)]
struct Weather {
    bad_days: AtomicU32,
}

impl Weather {
    /// Whether it is bad today.
    fn is_bad(&self) -> bool {
        let days = self.bad_days.load(Ordering::SeqCst);
        self.bad_days
            .store(days.saturating_sub(1), Ordering::SeqCst);
        days > 0
    }
}

fn today(info: &Info) -> bool {
    let attempt = info.attempt();
    info.dependency::<StepLog>()
        .unwrap()
        .note(format!("attempt {attempt}"));
    info.dependency::<Arc<Weather>>().unwrap().is_bad()
}

async fn in_weather(world: &World, bad_days: u32) -> Peer {
    let weather = Weather {
        bad_days: AtomicU32::new(bad_days),
    };
    world
        .join_as("w", |builder| builder.dependency(Arc::new(weather)))
        .await
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum SailError {
    Storm,
    Sunk,
}

impl fmt::Display for SailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Storm => "there is a storm",
            Self::Sunk => "the ship sank",
        })
    }
}

impl Final for SailError {
    fn is_final(&self) -> bool {
        *self == Self::Sunk
    }
}

#[resonate::function]
async fn sail(info: &Info, sinks: bool) -> Result<String, SailError> {
    match (today(info), sinks) {
        (true, true) => Err(SailError::Sunk),
        (true, false) => Err(SailError::Storm),
        (false, _) => Ok("arrived".to_owned()),
    }
}

#[resonate::function]
async fn explode(info: &Info) -> Result<String> {
    assert!(!today(info), "bad weather");
    Ok("went well".to_owned())
}

#[resonate::function(blocking)]
fn grind(info: &Info, panics: bool) -> Result<String> {
    let is_bad = today(info);
    assert!(!(is_bad && panics), "bad weather");
    if is_bad {
        return Err(Error::new("bad weather"));
    }
    Ok(format!("ground in attempt {}", info.attempt()))
}

#[resonate::function]
async fn voyage(ctx: &Context, way: String) -> Result<String> {
    let here = sail::run(ctx, false);
    let here = match way.as_str() {
        "default" => here,
        "never" => here.retry(Retry::never()),
        "twice" => here.retry(Retry::constant(SECOND * 5).max_attempts(2)),
        "hasty" => here.timeout(SECOND * 10),
        "final" => sail::run(ctx, true),
        other => return Err(Error::new(format!("no such way: {other}"))),
    };
    Ok(here.await?)
}

#[tokio::test(start_paused = true)]
async fn attempts_follow_the_policy_the_deadline_and_the_error() {
    // Bad days, which policy, attempts, how long, how it ends.
    let table = [
        (0, "default", 1, 0, Ok("arrived")),
        (3, "default", 4, 1 + 2 + 4, Ok("arrived")),
        (8, "default", 9, 1 + 2 + 4 + 8 + 16 + 30 * 3, Ok("arrived")),
        (1, "never", 1, 0, Err("there is a storm")),
        (1, "twice", 2, 5, Ok("arrived")),
        (2, "twice", 2, 5, Err("there is a storm")),
        // After 7 s the next attempt would be past the deadline: the error is worth more.
        (9, "hasty", 4, 7, Err("there is a storm")),
        (9, "final", 1, 0, Err("the ship sank")),
    ];
    for (bad_days, way, attempts, seconds, end) in table {
        let world = World::new();
        let peer = in_weather(&world, bad_days).await;
        let told = format!("{bad_days} bad days, {way}");
        let ended = voyage::run(peer.id("v"), way.to_owned()).await;
        let ended = ended.map_err(|error| error.to_string());
        assert_eq!(
            ended,
            end.map(str::to_owned).map_err(str::to_owned),
            "{told}"
        );
        let noted: Vec<_> = (1..=attempts).map(|n| format!("attempt {n}")).collect();
        assert_eq!(world.log.all(), noted, "{told}");
        assert_eq!(world.elapsed().as_secs(), seconds, "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_root_leaf_is_tried_again_as_well() {
    let world = World::new();
    let peer = in_weather(&world, 2).await;
    assert_eq!(sail::run(peer.id("a"), false).await.unwrap(), "arrived");
    assert_eq!(world.elapsed().as_secs(), 3);
    // A world of its own: an offer may go to any process that is attached.
    let world = World::new();
    let peer = in_weather(&world, 2).await;
    let once = sail::rpc(peer.id("b"), false).retry(Retry::never()).await;
    assert_eq!(once.unwrap_err().failed(), Some(SailError::Storm));
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_leaf_is_a_failed_attempt() {
    let world = World::new();
    let peer = in_weather(&world, 2).await;
    assert_eq!(explode::run(peer.id("a")).await.unwrap(), "went well");
    assert_eq!(world.log.all().len(), 3);
    let peer = in_weather(&world, 2).await;
    let panicked = explode::run(peer.id("b")).retry(Retry::never()).await;
    let Err(CallError::Other(error)) = panicked else {
        panic!("{panicked:?}");
    };
    assert!(error.is_panic());
    assert!(error.to_string().contains("bad weather"), "{error}");
    assert_eq!(
        world.promise("b").await.unwrap().state,
        PromiseState::Rejected
    );
}

/// Errors of a function may have any name, also one that workers use.
mod own {
    use std::fmt;

    use resonate::prelude::*;
    use serde::{Deserialize, Serialize};

    macro_rules! error {
        ($error:ident) => {
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            pub(super) struct $error(pub(super) u32);

            impl fmt::Display for $error {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "{} of its own", self.0)
                }
            }
        };
    }

    error!(Fault);
    error!(Panicked);
    error!(BadArguments);

    #[resonate::function(retry = Retry::never())]
    pub(super) async fn fault() -> Result<(), Fault> {
        Err(Fault(7))
    }

    #[resonate::function(retry = Retry::never())]
    pub(super) async fn panicked() -> Result<(), Panicked> {
        Err(Panicked(7))
    }

    #[resonate::function(retry = Retry::never())]
    pub(super) async fn bad_arguments() -> Result<(), BadArguments> {
        Err(BadArguments(7))
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_is_the_functions_own_whatever_its_name() {
    let world = World::new();
    let peer = in_weather(&world, 0).await;
    let failed = own::fault::run(peer.id("a")).await.unwrap_err();
    assert_eq!(failed.failed(), Some(own::Fault(7)));
    let failed = own::panicked::run(peer.id("b")).await.unwrap_err();
    assert_eq!(failed.failed(), Some(own::Panicked(7)));
    let failed = own::bad_arguments::run(peer.id("c")).await.unwrap_err();
    assert_eq!(failed.failed(), Some(own::BadArguments(7)));
    // One who does not know the type gets the sentence.
    let named = peer.get::<()>("c").await.unwrap_err();
    assert!(matches!(&named, CallError::Failed(error) if error.is_application()));
    assert_eq!(named.to_string(), "7 of its own");
}

#[tokio::test(start_paused = true)]
async fn a_blocking_function_is_tried_again_too() {
    for panics in [false, true] {
        let world = World::new();
        let peer = in_weather(&world, 2).await;
        let ground = grind::run(peer.id("g"), panics).await.unwrap();
        assert_eq!(ground, "ground in attempt 3", "panics: {panics}");
    }
}

/// Fails as often as the weather is bad; its steps are recorded once.
#[resonate::function(retry = Retry::constant(Duration::from_secs(5)).max_attempts(3))]
async fn tries_again(ctx: &Context) -> Result<String> {
    let before = ctx.now();
    let step = ctx.step("once", || async { Ok::<_, Error>(7) }).await?;
    if today(ctx.info()) {
        return Err(Error::new(format!("failed after {step}")));
    }
    let asked = ctx.promise::<String>().spawn();
    assert_eq!(before, ctx.info().deadline() - Duration::from_secs(86_400));
    Ok(asked.id().to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_workflow_with_a_policy_of_its_own_is_tried_again() {
    let world = World::new();
    let peer = in_weather(&world, 2).await;
    assert_eq!(tries_again::run(peer.id("t")).await.unwrap(), "t:1");
    assert_eq!(world.log.all(), ["attempt 1", "attempt 2", "attempt 3"]);
    assert_eq!(world.elapsed().as_secs(), 10);
    let peer = in_weather(&world, 9).await;
    let failed = tries_again::run(peer.id("u")).await.unwrap_err();
    assert_eq!(failed.to_string(), "failed after 7");
    assert!(peer.faults().is_empty());
}

/// A workflow whose own body panics when the weather is bad.
#[resonate::function]
async fn panics_in_its_body(ctx: &Context, nested: bool) -> Result<String> {
    ctx.step("first", || async { Ok::<_, Error>(()) }).await?;
    if nested {
        return Ok(panics_in_its_body::run(ctx, false).await?);
    }
    assert!(!today(ctx.info()), "bad weather");
    Ok("went well".to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_workflow_is_held_and_tried_again() {
    for nested in [false, true] {
        let world = World::new();
        let peer = in_weather(&world, 3).await;
        let handle = panics_in_its_body::run(peer.id("p"), nested).spawn();
        world.settle().await;
        let [fault] = &peer.faults()[..] else {
            panic!("{:?}", peer.faults());
        };
        assert_eq!(fault.kind, FaultKind::Panicked);
        assert!(fault.message.contains("bad weather"), "{fault}");
        assert_eq!(
            world.status("p").await,
            Some(TaskStatus::Pending),
            "given back"
        );
        // Others are not affected.
        assert!(
            explode::run(peer.id("other"))
                .retry(Retry::never())
                .await
                .is_err()
        );
        assert_eq!(handle.await.unwrap(), "went well");
        assert!(peer.faults().is_empty());
    }
}

#[resonate::function]
async fn takes(ctx: &Context, number: u64, name: String) -> Result<String> {
    let asked = ctx.promise::<()>().await;
    Ok(format!("{number} {name} {}", asked.is_ok()))
}

#[tokio::test(start_paused = true)]
async fn arguments_that_do_not_fit_are_the_callers_mistake() {
    let world = World::new();
    let peer = in_weather(&world, 0).await;
    // Why they do not fit, and what the error says of it.
    let calls = [
        (
            peer.id("a").rpc::<String>("takes", ("one", "x")),
            "`number`",
        ),
        (peer.id("b").rpc::<String>("takes", (1, 2)), "`name`"),
        (peer.id("c").rpc::<String>("takes", (1,)), "`name`"),
        (
            peer.id("d").run::<String>("takes", ("one", "x")),
            "`number`",
        ),
        (peer.id("e").run::<String>("sail", ("perhaps",)), "`sinks`"),
    ];
    for (call, parameter) in calls {
        let refused = call.await;
        let Err(CallError::Other(error)) = refused else {
            panic!("{refused:?}");
        };
        assert!(error.is_bad_arguments(), "{error}");
        assert!(error.to_string().contains(parameter), "{error}");
    }
    assert!(world.log.all().is_empty(), "nothing ran");
    assert!(peer.faults().is_empty());
}
