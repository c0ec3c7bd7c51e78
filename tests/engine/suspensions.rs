//! Suspension and waking against the machine: cases 71 to 81 and 86 of the protocol's conformance
//! list (§8.5).
#![allow(clippy::unwrap_used)]

use support::engine::check;

/// Case 62: a task held by P for a second.
const HELD: &str = "
    @1000 create w 900000 TG | 200 w pending | execute w 0
    acquire w 0 pid=P ttl=1000 | 200 w task=acquired v1 resumes=0 ttl=1000 pid=P preload=
";
/// Case 71: a task that waits for `w:1`.
const SUSPENDED: &str = "
    @1000 task.create w 900000 TG ttl=60000 | 200 task=acquired v1
    create w:1 900000 EX                    | 200
    suspend w 1 w:1                         | 200
";

#[test]
fn case_71_a_suspended_task_holds_nothing() {
    check(&[
        SUSPENDED,
        "
        task.get w  | 200 task=suspended v1 resumes=0 -ttl -pid
        @31000 tick |
        @61000 tick |
    ",
    ]);
}

#[test]
fn case_72_a_settled_promise_wakes_who_awaits_it() {
    check(&[
        SUSPENDED,
        "
        @2000 settle w:1 resolved | 200 | execute w 1
        task.get w                | 200 task=pending v1 resumes=1
        acquire w 1               | 200 task=acquired v2 resumes=0
        task.get w                | 200 task=acquired v2 resumes=0
    ",
    ]);
}

#[test]
fn case_73_a_suspension_is_redirected_when_something_has_settled() {
    check(&["
        @1000 task.create w 900000 TG ttl=1000 | 200
        create a 900000 EX   | 200
        create b 900000 EX   | 200
        settle b resolved    | 200
        @1500 suspend w 1 a b | 300 preload=
        task.get w           | 200 task=acquired v1 resumes=0 ttl=1000
        settle a resolved    | 200
        task.get w           | 200 task=acquired v1 resumes=0
        @1999 tick           |
        @2000 tick           | | execute w 1
    "]);
}

#[test]
fn case_74_a_suspension_names_what_it_waits_for() {
    check(&[
        HELD,
        "
        create a 900000 EX      | 200
        suspend w 1             | 400 ~nothing
        suspend w 1 a awaiter=x | 400 ~`x`
        suspend w 1 a w         | 400 ~itself
        suspend w 1 a nope      | 422 ~`nope`
        suspend w 2 nope        | 409 ~version
        suspend nope 1 a        | 404 ~`nope`
        task.get w              | 200 task=acquired v1
    ",
    ]);
}

#[test]
fn case_75_a_promise_that_is_awaited_twice_counts_once() {
    check(&[
        HELD,
        "
        create a 900000 EX | 200
        suspend w 1 a a    | 200
        settle a resolved  | 200 | execute w 1
        task.get w         | 200 task=pending v1 resumes=1
    ",
    ]);
}

#[test]
fn case_76_an_internal_promise_may_be_awaited() {
    check(&[
        HELD,
        "
        create a 5000 | 200
        suspend w 1 a | 200
        @4999 tick    |
        @5000 tick    | | execute w 1
    ",
    ]);
}

#[test]
fn case_77_the_first_settlement_wakes_and_the_second_is_counted() {
    check(&[
        HELD,
        "
        create a 900000 EX | 200
        create b 900000 EX | 200
        suspend w 1 a b    | 200
        settle a resolved  | 200 | execute w 1
        task.get w         | 200 task=pending resumes=1
        settle b resolved  | 200
        task.get w         | 200 task=pending resumes=2
        acquire w 1        | 200 task=acquired v2 resumes=0
    ",
    ]);
}

#[test]
fn case_78_resumes_alone_redirect_nothing() {
    check(&[
        HELD,
        "
        create a 900000 EX | 200
        create b 900000 EX | 200
        callback a w       | 200
        settle a resolved  | 200
        task.get w         | 200 task=acquired resumes=1
        suspend w 1 b      | 200
        task.get w         | 200 task=suspended resumes=0
        settle b resolved  | 200 | execute w 1
    ",
    ]);
}

#[test]
fn case_79_a_sleep_wakes_at_its_end() {
    check(&[
        HELD,
        "
        create s 5000 TM | 200
        suspend w 1 s    | 200
        @4999 tick       |
        @5000 tick       | | execute w 1
        get s            | 200 resolved settledAt=5000
    ",
    ]);
}

#[test]
fn case_80_a_timeout_wins_over_a_wake() {
    check(&["
        @1000 task.create w 4000 TG | 200
        create a 5000 EX            | 200
        suspend w 1 a               | 200
        @4500 settle a resolved     | 200 resolved
        task.get w                  | 200 task=fulfilled v1
        get w                       | 200 rejected_timedout settledAt=4000
        @9000 tick                  |
    "]);
}

#[test]
fn case_81_what_expires_together_wakes_nobody() {
    for (awaiter, awaited) in [("w", "a"), ("a", "w")] {
        check(&[&format!(
            "
            @1000 task.create {awaiter} 5000 TG | 200
            create {awaited} 5000 EX            | 200
            suspend {awaiter} 1 {awaited}       | 200
            @5000 tick                          |
            get {awaited}                       | 200 rejected_timedout settledAt=5000
            get {awaiter}                       | 200 rejected_timedout settledAt=5000
            task.get {awaiter}                  | 200 task=fulfilled
        "
        )]);
    }
}

#[test]
fn case_86_fulfilling_wakes_the_parent_and_tells_listeners() {
    check(&["
        @1000 task.create p 900000 TG | 200
        create w 900000 TG            | 200 | execute w 0
        listen w poll://uni@g/me      | 200
        suspend p 1 w                 | 200
        acquire w 0                   | 200
        fulfill w 1 resolved          | 200 resolved | execute p 1, unblock w resolved poll://uni@g/me
        task.get p                    | 200 task=pending v1 resumes=1
    "]);
}

#[test]
fn a_stale_edge_of_an_earlier_suspension_still_counts() {
    check(&[
        HELD,
        "
        create a 900000 EX | 200
        create b 900000 EX | 200
        suspend w 1 a b    | 200
        settle a resolved  | 200 | execute w 1
        acquire w 1        | 200 v2
        settle b resolved  | 200
        task.get w         | 200 task=acquired resumes=1
        release w 2        | 200 | execute w 2
        task.get w         | 200 task=pending resumes=1
        acquire w 2        | 200 v3 resumes=0
    ",
    ]);
}

#[test]
fn the_wake_of_a_chain_stops_at_who_is_past_the_deadline() {
    check(&["
        @1000 task.create a 900000 TG | 200
        task.create b 4000 TG         | 200
        create c 900000 EX            | 200
        suspend a 1 b                 | 200
        suspend b 1 c                 | 200
        listen b poll://uni@g/me      | 200
        @4500 settle c resolved       | 200 | execute a 1, unblock b rejected_timedout poll://uni@g/me
        get b                         | 200 rejected_timedout settledAt=4000
        task.get a                    | 200 task=pending resumes=1
    "]);
}

#[test]
fn a_fence_that_finds_its_child_past_the_deadline_counts_it() {
    check(&["
        @1000 task.create w 900000 TG ttl=60000 | 200
        create a 2000                           | 200
        callback a w                            | 200
        @2000 fence.settle w 1 a resolved       | 200 inner=200 rejected_timedout settledAt=2000
        task.get w                              | 200 task=acquired resumes=1
        create b 3000                           | 200
        callback b w                            | 200
        @3000 suspend w 1 b                     | 300
        task.get w                              | 200 task=acquired resumes=0
    "]);
}
