//! Promises against the machine: cases 14 to 37 of the protocol's conformance list (§8.2).
#![allow(clippy::unwrap_used)]

use resonate_core::protocol::{PromiseCreate, PromiseSettle, Request, Response, Settlement};
use resonate_core::{Millis, Tags, Value};
use serde_json::json;
use support::engine::{EngineHarness, check, stores};

/// Case 15: the promise that later cases start from.
const P: &str =
    "@1000 create p 5000 | 200 p pending timeoutAt=5000 createdAt=1000 -settledAt -param -value -#";

#[test]
fn case_14_an_unknown_promise_is_not_found() {
    check(&["@1 get p | 404 ~`p`"]);
}

#[test]
fn case_15_a_created_promise_is_pending() {
    check(&[P]);
}

#[test]
fn case_16_creating_again_answers_the_stored_record() {
    check(&[
        P,
        "@1001 create p 9000 #a=b param=x | 200 p pending timeoutAt=5000 createdAt=1000 -settledAt -param -value -#",
    ]);
}

#[test]
fn case_17_an_id_is_not_empty_and_has_no_nul() {
    check(&[r"
        @1000 create '' 5000 | 400 ~empty
        create a\0b 5000     | 400 ~NUL
    "]);
}

#[test]
fn case_18_a_deadline_is_a_whole_number_from_zero_on() {
    check(&["
        @1000 create p -1             | 400 ~timeoutAt
        create p 9223372036854775807  | 200 pending timeoutAt=9223372036854775807
    "]);
    for wrong in [json!({"id": "p"}), json!({"id": "p", "timeoutAt": 1000.5})] {
        assert!(
            serde_json::from_value::<PromiseCreate>(wrong.clone()).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn case_19_a_value_is_text_and_null_members_are_absent() {
    let create = |extra: (&str, serde_json::Value)| {
        let mut create = json!({"id": "p", "timeoutAt": 5000});
        create[extra.0] = extra.1;
        serde_json::from_value::<PromiseCreate>(create)
    };
    assert!(create(("param", json!({"data": {}}))).is_err());
    assert!(create(("tags", json!({"a": 1}))).is_err());
    assert!(create(("param", json!(null))).is_err());
    assert!(create(("tags", json!(null))).is_err());
    let nulls = create(("param", json!({"headers": null, "data": null}))).unwrap();
    assert!(nulls.param.is_empty());
}

#[test]
fn case_20_a_promise_past_its_deadline_is_born_timed_out() {
    check(&["
        @1000 create p 1000 | 200 rejected_timedout createdAt=1000 settledAt=1000 -value
        @2000 create q 500  | 200 rejected_timedout createdAt=500 settledAt=500 -value
    "]);
}

#[test]
fn case_21_a_timer_past_its_deadline_is_born_resolved() {
    check(&["@1000 create p 1000 TM | 200 resolved createdAt=1000 settledAt=1000 -value"]);
}

#[test]
fn case_22_a_task_past_its_deadline_is_born_fulfilled() {
    check(&["
        @1000 create p 1000 TG | 200 rejected_timedout
        task.get p             | 200 task=fulfilled v0 resumes=0 -ttl -pid
        @99000 tick            |
    "]);
}

#[test]
fn case_23_a_target_is_an_address() {
    check(&["
        @1000 create p 5000 #resonate:target=default         | 400 ~resonate:target
        create p 5000 #resonate:target=''                    | 400
        create p 5000 #resonate:target=poll://g/x            | 400
        create p 5000 #resonate:target=poll://any@g_x        | 400
        get p                                                | 404
        create p 5000 #resonate:target=poll://any@MyG/w1     | 200 #resonate:target=poll://any@MyG/w1 | execute p 0 poll://any@MyG/w1
    "]);
}

#[test]
fn case_24_a_delay_is_an_instant_before_the_deadline_of_a_task() {
    check(&["
        @1000 create p 5000 #resonate:delay=2000    | 400 ~resonate:target
        create p 5000 TG #resonate:delay=abc        | 400 ~abc
        create p 5000 TG #resonate:delay=-5         | 400
        create p 5000 TG #resonate:delay=''         | 400
        create p 5000 TG #resonate:delay=5000       | 400 ~before
        create p 5000 TG #resonate:delay=6000       | 400
        create p 5000 TG #resonate:delay=99999999999999999999 | 400
        get p                                       | 404
    "]);
}

#[test]
fn case_25_the_deadline_settles_at_its_own_time() {
    check(&[
        P,
        "
        @4999 get p | 200 pending
        @5000 get p | 200 rejected_timedout settledAt=5000 -value
        @9000 get p | 200 rejected_timedout settledAt=5000 -value
    ",
    ]);
    check(&[P, "@9000 get p | 200 rejected_timedout settledAt=5000"]);
}

#[test]
fn case_26_the_deadline_of_a_timer_resolves_it() {
    check(&["
        @1000 create q 5000 TM | 200 pending
        @7000 get q            | 200 resolved settledAt=5000 -value
    "]);
}

const SETTLED: &str =
    "@2000 settle p resolved value=Ng== | 200 resolved settledAt=2000 value=Ng== createdAt=1000";

#[test]
fn case_27_settling_keeps_the_value() {
    check(&[P, SETTLED]);
}

#[test]
fn case_28_a_settled_promise_never_changes() {
    check(&[
        P,
        SETTLED,
        "
        @2001 settle p rejected value=eA== | 200 resolved settledAt=2000 value=Ng==
        @2002 create p 9000                | 200 resolved settledAt=2000 value=Ng== timeoutAt=5000
        @9000 tick                         |
        get p                              | 200 resolved settledAt=2000 value=Ng==
    ",
    ]);
}

#[test]
fn case_29_only_the_three_settlements_can_be_asked_for() {
    for state in ["pending", "rejected_timedout", "x"] {
        let settle = json!({"id": "p", "state": state});
        assert!(
            serde_json::from_value::<PromiseSettle>(settle).is_err(),
            "{state}"
        );
    }
}

#[test]
fn case_30_an_unknown_promise_cannot_be_settled() {
    check(&[
        "@1 settle p resolved | 404 ~`p`",
        "settle '' resolved | 400",
    ]);
}

#[test]
fn case_31_at_the_deadline_it_is_too_late_to_settle() {
    check(&[
        P,
        "@5000 settle p resolved value=Ng== | 200 rejected_timedout settledAt=5000 -value",
    ]);
}

#[test]
fn case_32_a_promise_can_be_canceled() {
    check(&[
        P,
        "@2000 settle p rejected_canceled | 200 rejected_canceled settledAt=2000",
    ]);
}

#[test]
fn case_33_a_settlement_without_a_value_has_an_empty_one() {
    check(&[P, "@2000 settle p resolved | 200 resolved -value"]);
}

#[test]
fn case_34_values_come_back_as_they_were_sent() {
    let headers = |pairs: &[(&str, &str)]| {
        let pairs = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Some(pairs.collect())
    };
    let values = [
        Value::default(),
        Value {
            headers: headers(&[]),
            data: None,
        },
        Value {
            headers: headers(&[("a", "b")]),
            data: Some("".into()),
        },
    ];
    for (store, make) in stores() {
        let mut engine = EngineHarness::new(make(), Default::default());
        for (number, value) in values.iter().enumerate() {
            let id = format!("p{number}");
            let create = Request::PromiseCreate(PromiseCreate {
                id: id.clone().into(),
                timeout_at: Millis::new(5_000),
                param: value.clone(),
                tags: Tags::default(),
            });
            let settle = Request::PromiseSettle(PromiseSettle {
                id: id.into(),
                state: Settlement::Resolved,
                value: value.clone(),
            });
            engine.at(Millis::new(1_000)).send(&create).0.unwrap();
            let (answer, _) = engine.send(&settle);
            let Ok(Response::Promise(promise)) = answer else {
                panic!("{answer:?} on {store}");
            };
            assert_eq!(
                (&promise.param, &promise.value),
                (value, value),
                "on {store}"
            );
        }
    }
}

#[test]
fn case_35_only_exactly_true_makes_a_timer() {
    check(&["
        @1000 create p 5000 #resonate:timer=True | 200 pending
        @5000 get p                              | 200 rejected_timedout
    "]);
}

#[test]
fn case_36_a_timer_with_a_target_is_never_offered() {
    check(&["
        @1000 create p 5000 TG TM | 200 pending
        task.get p                | 200 task=pending v0
        @1000 tick                |
        @4999 tick                |
        @5000 tick                |
        get p                     | 200 resolved settledAt=5000
        task.get p                | 200 task=fulfilled v0
    "]);
}

#[test]
fn case_37_ids_are_opaque() {
    check(&["
        @1000 create my.app 5000 #resonate:origin=my.app | 200 pending
        create a:b 5000 #resonate:origin=a:b             | 200 pending
        create a:b.c 5000 #resonate:origin=a:b.c         | 200 pending
    "]);
}

#[test]
fn all_that_is_wrong_with_a_request_is_said_at_once() {
    check(&["
        @1000 create '' -1 #resonate:delay=x | 400 ~empty ~timeoutAt ~resonate:delay ~;
        task.create '' 5000 pid='' ttl=0     | 400 ~empty ~resonate:target ~pid ~ttl
    "]);
}

#[test]
fn the_clock_does_not_go_back() {
    check(&["
        @1000 create p 5000 | 200 pending
        @5000 get p         | 200 rejected_timedout
        @4000 get p         | 200 rejected_timedout settledAt=5000
    "]);
}
