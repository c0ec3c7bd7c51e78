//! Listeners and callbacks against the machine: cases 38 to 46 of the protocol's conformance list
//! (§8.3).
#![allow(clippy::unwrap_used)]

use resonate_core::Millis;
use resonate_core::protocol::{Message, PromiseGet, PromiseSettle, Request, Response, Settlement};
use support::engine::{EngineHarness, check, stores};

const ME: &str = "poll://uni@g/me";

#[test]
fn case_38_a_listener_needs_a_promise_and_an_address() {
    check(&["
        @1000 listen p poll://uni@g/me | 404 ~`p`
        listen p x                     | 400 ~address
        listen '' poll://uni@g/me      | 400
    "]);
}

#[test]
fn case_39_a_listener_is_told_the_record_that_is_kept() {
    for (store, make) in stores() {
        let mut engine = EngineHarness::new(make(), Default::default());
        let settle = Request::PromiseSettle(PromiseSettle {
            id: "p".into(),
            state: Settlement::Resolved,
            value: resonate_core::Value::of("Ng=="),
        });
        let get = Request::PromiseGet(PromiseGet { id: "p".into() });
        engine.at(Millis::new(1_000));
        engine.send(&created("p")).0.unwrap();
        engine.send(&listening("p")).0.unwrap();
        let (_, messages) = engine.send(&settle);
        let (answer, _) = engine.send(&get);
        let Ok(Response::Promise(promise)) = answer else {
            panic!("{answer:?} on {store}");
        };
        let told: Vec<_> = messages
            .into_iter()
            .map(|outgoing| (outgoing.address, outgoing.message))
            .collect();
        assert_eq!(told, [(ME.into(), Message::Unblock(promise))], "on {store}");
    }
}

fn created(id: &str) -> Request {
    Request::PromiseCreate(resonate_core::protocol::PromiseCreate {
        id: id.into(),
        timeout_at: Millis::new(5_000),
        param: Default::default(),
        tags: [(resonate_core::tags::EXTERNAL, "true")]
            .into_iter()
            .collect(),
    })
}

fn listening(id: &str) -> Request {
    Request::RegisterListener(resonate_core::protocol::RegisterListener {
        awaited: id.into(),
        address: ME.into(),
    })
}

#[test]
fn case_40_every_address_is_told_once() {
    check(&["
        @1000 create p 5000 EX     | 200
        listen p poll://uni@g/a    | 200 pending
        listen p poll://uni@g/a    | 200 pending
        listen p https://x.test/b  | 200 pending
        settle p resolved          | 200 resolved | unblock p resolved poll://uni@g/a, unblock p resolved https://x.test/b
        settle p resolved          | 200
    "]);
}

#[test]
fn case_41_nobody_is_told_of_what_was_settled_before() {
    check(&["
        @1000 create p 5000 EX   | 200
        settle p resolved        | 200
        listen p poll://uni@g/me | 200 resolved
        @9000 tick               |
    "]);
}

#[test]
fn case_42_a_listener_is_told_of_the_deadline() {
    check(&["
        @1000 create p 5000 EX   | 200
        listen p poll://uni@g/me | 200 pending
        @4999 tick               |
        @5000 tick               | | unblock p rejected_timedout poll://uni@g/me
        get p                    | 200 rejected_timedout settledAt=5000
    "]);
}

#[test]
fn case_43_an_internal_promise_may_be_listened_for() {
    check(&["
        @1000 create p 5000      | 200
        listen p poll://uni@g/me | 200 pending
        @5000 tick               | | unblock p rejected_timedout poll://uni@g/me
    "]);
}

#[test]
fn case_44_a_callback_joins_two_promises_the_second_with_a_task() {
    check(&["
        @1000 create w 5000 TG | 200 | execute w 0
        create p 5000 EX       | 200
        callback w w           | 400 ~itself
        callback nope w        | 404 ~`nope`
        callback p nope        | 422 ~`nope`
        callback w p           | 422 ~`p`
        callback '' w          | 400
        callback p w           | 200 p pending
    "]);
}

#[test]
fn case_45_a_callback_counts_once() {
    check(&["
        @1000 create w 9000 TG  | 200 | execute w 0
        create w:1 9000 EX      | 200
        callback w:1 w          | 200 w:1 pending
        callback w:1 w          | 200 w:1 pending
        settle w:1 resolved     | 200
        task.get w              | 200 task=pending v0 resumes=1
    "]);
}

#[test]
fn case_46_a_callback_on_a_settled_promise_wakes_nobody() {
    check(&["
        @1000 create w 9000 TG  | 200 | execute w 0
        create a 9000 EX        | 200
        create b 9000 EX        | 200
        task.create x 9000 TG   | 200 task=acquired
        suspend x 1 b           | 200
        settle a resolved       | 200
        callback a w            | 200 a resolved
        callback a x            | 200 a resolved
        task.get w              | 200 task=pending v0 resumes=0
        task.get x              | 200 task=suspended v1 resumes=0
        acquire w 0             | 200
        callback a w            | 200
        task.get w              | 200 task=acquired resumes=0
    "]);
}

#[test]
fn a_callback_for_a_settled_awaiter_is_not_kept() {
    check(&["
        @1000 create w 5000 TG | 200 | execute w 0
        create p 9000 EX       | 200
        settle w resolved      | 200
        callback p w           | 200 p pending
        settle p resolved      | 200
        task.get w             | 200 task=fulfilled resumes=0
    "]);
}

#[test]
fn awaiting_an_internal_promise_arms_it() {
    check(&["
        @1000 create w 9000 TG | 200 | execute w 0
        create p 5000          | 200
        callback p w           | 200 p pending
        @5000 tick             |
        task.get w             | 200 resumes=1
    "]);
}
