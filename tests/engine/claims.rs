//! Claims against the machine: cases 59 to 95 of the protocol's conformance list (§8.5).
#![allow(clippy::unwrap_used)]

use resonate_core::engine::Config;
use support::engine::{check, check_with};

/// Case 47: a task on offer.
const W: &str = "@1000 create w 900000 TG | 200 w pending | execute w 0";
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
fn case_59_a_task_on_offer_is_acquired_at_its_version() {
    check(&[HELD]);
}

#[test]
fn case_60_a_task_is_not_acquired_twice() {
    check(&[
        HELD,
        "acquire w 0 | 409 ~acquired",
        "acquire w 1 | 409 ~acquired",
    ]);
}

#[test]
fn case_61_a_claim_names_the_version_on_offer() {
    check(&[
        W,
        "
        acquire w 3        | 409 ~version
        acquire nope 0     | 404 ~`nope`
        create p 900000    | 200
        acquire p 0        | 404 ~`p`
        acquire w 0 ttl=0  | 400 ~ttl
        acquire w 0 pid='' | 400 ~pid
        acquire '' 0       | 400
        task.get p         | 404
    ",
    ]);
}

#[test]
fn case_62_a_lease_that_lapses_is_taken_back() {
    check(&[
        HELD,
        "
        @1999 tick               |
        @2000 tick               | | execute w 1
        task.get w               | 200 task=pending v1 -ttl -pid
        fence.create w 1 x 90000 | 409
        acquire w 1              | 200 task=acquired v2
    ",
    ]);
}

#[test]
fn case_63_a_heartbeat_renews_the_lease() {
    check(&[
        HELD,
        "
        @1900 heartbeat P w@1 | 200
        @2500 tick            |
        task.get w            | 200 task=acquired
        @2899 tick            |
        @2900 tick            | | execute w 1
    ",
    ]);
}

#[test]
fn case_64_a_heartbeat_renews_only_what_it_holds() {
    check(&[
        HELD,
        "
        @1900 heartbeat Q w@1       | 200
        heartbeat P w@0 w@2 nope@1  | 200
        @2000 tick                  | | execute w 1
    ",
    ]);
}

#[test]
fn case_65_a_heartbeat_may_be_empty_or_mixed() {
    check(&[
        HELD,
        "
        task.create v 900000 TG #resonate:origin=other pid=P ttl=1000 | 200
        heartbeat P           | 200
        @1900 heartbeat P w@1 v@1 | 200
        @2899 tick            |
        @2900 tick            | | execute v 1, execute w 1
    ",
    ]);
}

#[test]
fn case_66_a_fence_creates_under_the_claim() {
    check(&[
        HELD,
        "
        fence.create w 1 w:1 90000 EX | 200 promise.create inner=200 w:1 pending createdAt=1000 preload=
        get w:1                       | 200 pending
        task.get w                    | 200 task=acquired v1
        @2000 tick                    | | execute w 1
    ",
    ]);
}

#[test]
fn case_67_a_fence_answers_the_stored_record() {
    check(&[
        HELD,
        "
        create w:1 90000 param=a               | 200
        fence.create w 1 w:1 80000 param=b     | 200 inner=200 w:1 timeoutAt=90000 param=a
        fence.settle w 1 w:1 resolved value=x  | 200 promise.settle inner=200 resolved value=x
        fence.settle w 1 w:1 rejected          | 200 inner=200 resolved value=x
    ",
    ]);
}

#[test]
fn case_68_a_refusal_inside_a_fence_travels_inside() {
    check(&[
        HELD,
        "fence.settle w 1 nope resolved | 200 promise.settle inner=404",
    ]);
}

#[test]
fn case_69_a_fence_is_not_for_the_tasks_own_promise() {
    check(&[
        HELD,
        "
        fence.settle w 1 w resolved  | 400 ~`w`
        fence.create w 1 w 90000     | 400
        fence.create w 1 w:1 -1      | 400
        fence.create w 1 '' 90000    | 400
        fence.create w 1 w:1 90000 #resonate:target=x | 400
    ",
    ]);
}

#[test]
fn case_70_without_the_claim_nothing_is_done() {
    check(&[
        HELD,
        "
        fence.create w 0 x 90000    | 409 ~version
        fence.create w 2 x 90000    | 409 ~version
        fence.create nope 1 x 90000 | 404 ~`nope`
        get x                       | 404
        create v 90000 TG           | 200 | execute v 0
        fence.create v 0 x 90000    | 409 ~pending
        get x                       | 404
    ",
    ]);
}

#[test]
fn case_82_a_released_task_is_offered_at_once() {
    check(&[
        HELD,
        "
        release w 1    | 200 | execute w 1
        task.get w     | 200 task=pending v1 -ttl -pid
        release w 1    | 409 ~pending
        release nope 1 | 404
        @31000 tick    | | execute w 1
    ",
    ]);
    check(&[SUSPENDED, "release w 1 | 409 ~suspended"]);
    check(&[HELD, "release w 2 | 409 ~version"]);
}

#[test]
fn case_83_fulfilling_settles_the_promise_and_ends_the_task() {
    check(&[
        HELD,
        "
        fulfill w 1 resolved promise=x | 400 ~`x`
        fulfill w 2 resolved           | 409
        fulfill nope 1 resolved        | 404
        fulfill w 1 resolved value=Ng== | 200 resolved settledAt=1000 value=Ng==
        task.get w                     | 200 task=fulfilled v1 resumes=0 -ttl -pid
        fulfill w 1 resolved           | 409 ~fulfilled
        @99000 tick                    |
    ",
    ]);
}

#[test]
fn case_84_whoever_settles_the_promise_ends_the_task() {
    check(&[
        HELD,
        "
        create a 900000 EX       | 200
        settle w rejected        | 200 rejected
        task.get w               | 200 task=fulfilled v1
        fence.create w 1 x 90000 | 409
        suspend w 1 a            | 409
        release w 1              | 409
        fulfill w 1 resolved     | 409
        heartbeat P w@1          | 200
    ",
    ]);
}

#[test]
fn case_85_at_the_deadline_it_is_too_late_to_fulfill() {
    check(&["
        @1000 task.create w 5000 TG ttl=60000 | 200
        @5000 fulfill w 1 resolved | 409
        get w                      | 200 rejected_timedout settledAt=5000
        acquire w 1                | 409 ~fulfilled
    "]);
}

#[test]
fn case_87_a_halted_task_is_not_offered() {
    check(&[
        W,
        "
        halt w      | 200
        task.get w  | 200 task=halted v0 resumes=0
        @31000 tick |
        acquire w 0 | 409 ~halted
        halt w      | 200
        task.get w  | 200 task=halted v0
        halt nope   | 404
    ",
    ]);
}

#[test]
fn case_88_halting_takes_the_claim_away() {
    check(&[
        HELD,
        "
        halt w                   | 200
        fence.create w 1 x 90000 | 409 ~halted
        heartbeat P w@1          | 200
        @99000 tick              |
        task.get w               | 200 task=halted v1 -ttl -pid
    ",
    ]);
}

#[test]
fn case_89_a_halted_task_continues_on_offer() {
    check(&[
        HELD,
        "
        continue w    | 409 ~acquired
        halt w        | 200
        continue w    | 200 | execute w 1
        task.get w    | 200 task=pending v1
        continue w    | 409 ~pending
        continue nope | 404
        @31000 tick   | | execute w 1
    ",
    ]);
}

#[test]
fn case_90_a_halted_task_collects_resumes() {
    check(&[
        SUSPENDED,
        "
        halt w              | 200
        settle w:1 resolved | 200
        task.get w          | 200 task=halted v1 resumes=1
        continue w          | 200 | execute w 1
        task.get w          | 200 task=pending v1 resumes=1
    ",
    ]);
}

#[test]
fn case_91_a_finished_task_cannot_be_halted() {
    check(&[
        HELD,
        "fulfill w 1 resolved | 200",
        "halt w | 409 ~fulfilled",
        "continue w | 409",
    ]);
    check(&["
        @1000 create w 5000 TG | 200 | execute w 0
        @5000 halt w           | 409 ~fulfilled
    "]);
}

#[test]
fn case_92_a_halted_task_ends_with_its_promise() {
    check(&["
        @1000 create w 5000 TG | 200 | execute w 0
        halt w                 | 200
        @5000 tick             |
        task.get w             | 200 task=fulfilled v0
        get w                  | 200 rejected_timedout
    "]);
}

#[test]
fn case_93_the_preload_is_the_branch_without_the_task_itself() {
    check(&["
        @1000 task.create w 900000 TG BR(w) ttl=60000 | 200 preload=
        fence.create w 1 w:1 900000 BR(w)   | 200 inner=200 preload=
        fence.create w 1 w:2 900000 BR(w)   | 200 inner=200
        fence.create w 1 w:10 900000 BR(w)  | 200 inner=200
        fence.create w 1 w:3 900000 BR(w:3) | 200 inner=200
        settle w:1 resolved                 | 200
        release w 1                         | 200 | execute w 1
        acquire w 1                         | 200 preload=w:1/resolved,w:10/pending,w:2/pending
    "]);
}

#[test]
fn case_94_a_task_without_a_branch_has_no_preload() {
    check(&[HELD, "fence.create w 1 x 90000 BR(w) | 200 preload="]);
}

#[test]
fn case_95_the_version_rises_with_a_claim_and_only_then() {
    check(&["
        @1000 create w 900000 TG | 200 | execute w 0
        create a 900000 EX       | 200
        acquire w 0 ttl=1000     | 200 v1
        release w 1              | 200 | execute w 1
        acquire w 1 ttl=1000     | 200 v2
        @2000 tick               | | execute w 2
        acquire w 2 ttl=1000     | 200 v3
        suspend w 3 a            | 200
        task.get w               | 200 v3
        settle a resolved        | 200 | execute w 3
        task.get w               | 200 v3
        acquire w 3              | 200 v4
    "]);
}

#[test]
fn preloads_are_bounded_and_shown_as_of_now() {
    let config = Config {
        acquire_preload_max: 2,
        fence_preload_max: 2,
        ..Config::default()
    };
    check_with(
        &config,
        &["
        @1000 task.create w 900000 TG BR(w) ttl=60000 | 200 preload=
        fence.create w 1 w:1 900000 BR(w)     | 200 preload=w:1/pending
        fence.settle w 1 w:1 resolved         | 200 preload=w:1/resolved
        fence.create w 1 w:2 2000 BR(w)       | 200 preload=w:1/resolved,w:2/pending
        fence.create w 1 w:3 900000 BR(w)     | 200 preload=w:1/resolved,w:2/pending
        fence.create w 1 a 900000 BR(w)       | 200 preload=a/pending,w:1/resolved
        settle a rejected                     | 200
        @2000 suspend w 1 a                   | 300 preload=a/rejected,w:1/resolved
        fence.settle w 1 w:1 resolved         | 200 preload=a/rejected,w:1/resolved
    "],
    );
    check(&["
        @1000 task.create w 900000 TG BR(w) ttl=60000 | 200
        create w:1 2000 BR(w) | 200
        create w:2 2000 BR(w) | 200
        @2000 suspend w 1 w:1 | 300 preload=w:1/rejected_timedout,w:2/rejected_timedout
    "]);
}

#[test]
fn a_heartbeat_of_a_dead_promise_moves_nothing() {
    check(&["
        @1000 task.create w 1500 TG ttl=1000 | 200
        @1600 heartbeat P w@1                | 200
        @1600 tick                           |
        task.get w                           | 200 task=fulfilled
    "]);
}
