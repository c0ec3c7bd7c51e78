//! Creation and dispatch of tasks against the machine: cases 47 to 58 of the protocol's
//! conformance list (§8.4).
#![allow(clippy::unwrap_used)]

use support::engine::check;

/// Case 47: the offered task that later cases start from.
const W: &str = "@1000 create w 900000 TG | 200 w pending | execute w 0";

/// Case 51: the claimed task that later cases start from.
const CLAIMED: &str = "@1000 task.create w 900000 TG pid=P ttl=1000 | 200 w pending task=acquired v1 resumes=0 ttl=1000 pid=P preload=";

#[test]
fn case_47_a_targeted_promise_has_a_task_that_is_offered() {
    check(&[W, "task.get w | 200 task=pending v0 resumes=0 -ttl -pid"]);
}

#[test]
fn case_48_creating_again_offers_nothing() {
    check(&[W, "create w 900000 TG | 200 w pending"]);
}

#[test]
fn case_49_a_task_that_nobody_claims_is_offered_again() {
    check(&[
        W,
        "
        @30999 tick |
        @31000 tick | | execute w 0
        @60999 tick |
        @61000 tick | | execute w 0
        @61001 tick |
    ",
    ]);
}

#[test]
fn case_50_a_delayed_task_is_offered_when_its_time_has_come() {
    check(&["
        @1000 create w 900000 TG #resonate:delay=4000 | 200 w pending
        @3999 tick                                    |
        @4000 tick                                    | | execute w 0
        @33999 tick                                   |
        @34000 tick                                   | | execute w 0
    "]);
    check(&["@5000 create w 900000 TG #resonate:delay=4000 | 200 w pending | execute w 0"]);
}

#[test]
fn case_51_creating_and_claiming_is_one_step() {
    check(&[CLAIMED, "@1999 tick |", "task.get w | 200 task=acquired v1"]);
}

#[test]
fn case_52_a_claimed_task_cannot_be_created_again() {
    check(&[
        CLAIMED,
        "task.create w 900000 TG pid=P ttl=1000 | 409 ~`w`",
        "task.create w 900000 TG pid=Q ttl=1000 | 409",
    ]);
}

#[test]
fn case_53_creating_claims_the_task_that_is_offered() {
    check(&[
        W,
        "
        @2000 task.create w 700000 TG pid=Q ttl=500 | 200 task=acquired v1 pid=Q ttl=500 timeoutAt=900000 createdAt=1000
        @2500 tick | | execute w 1
    ",
    ]);
}

#[test]
fn case_54_a_promise_without_a_task_cannot_be_claimed() {
    check(&["
        @1000 create w 9000      | 200
        task.create w 9000 TG    | 422 ~`w`
    "]);
}

#[test]
fn case_55_creating_a_finished_task_answers_its_outcome() {
    check(&[
        CLAIMED,
        "
        fulfill w 1 resolved value=Ng== | 200 resolved
        task.create w 900000 TG         | 200 task=fulfilled v1 resolved value=Ng== preload= -ttl -pid
    ",
    ]);
}

#[test]
fn case_56_a_suspended_or_halted_task_cannot_be_claimed_by_creation() {
    check(&[
        CLAIMED,
        "
        create a 900000 EX      | 200
        suspend w 1 a           | 200
        task.create w 900000 TG | 409 ~suspended
        halt w                  | 200
        task.create w 900000 TG | 409 ~halted
    ",
    ]);
}

#[test]
fn case_57_a_claim_needs_a_target_a_process_and_a_ttl() {
    check(&["
        @1000 task.create w 9000                     | 400 ~resonate:target
        task.create w 9000 TG ttl=0                  | 400 ~ttl
        task.create w 9000 TG ttl=-1                 | 400 ~ttl
        task.create w 9000 TG pid=''                 | 400 ~pid
        task.create '' 9000 TG                       | 400
        task.create w 9000 TG #resonate:delay=2000   | 400 ~resonate:delay
        task.create w 9000 #resonate:target=x        | 400 ~address
        get w                                        | 404
    "]);
}

#[test]
fn case_58_a_task_created_past_its_deadline_is_finished() {
    check(&["
        @1000 task.create w 1000 TG | 200 rejected_timedout task=fulfilled v0 -ttl -pid
        task.create v 900 TG TM     | 200 resolved task=fulfilled v0 -ttl -pid
        @99999 tick                 |
    "]);
}

#[test]
fn a_claimed_timer_whose_lease_lapses_waits_for_its_deadline() {
    check(&["
        @1000 task.create w 5000 TG TM ttl=100 | 200 task=acquired v1
        @1100 tick                             |
        task.get w                             | 200 task=pending v1
        @4999 tick                             |
        @5000 tick                             |
        get w                                  | 200 resolved settledAt=5000
    "]);
}

#[test]
fn a_task_that_dies_in_the_step_of_its_next_offer_is_not_offered() {
    check(&["
        @1000 create w 31000 TG | 200 | execute w 0
        @31000 tick             |
        task.get w              | 200 task=fulfilled
    "]);
}

#[test]
fn a_promise_claimed_from_a_pending_timer_can_be_fulfilled() {
    check(&["
        @1000 create w 5000 TG TM | 200
        acquire w 0               | 200 task=acquired v1
        fulfill w 1 rejected      | 200 rejected settledAt=1000
        @5000 tick                |
    "]);
}
