//! Searches and schedules against the machine: cases 96 to 106 of the protocol's conformance list
//! (§8.6).
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use resonate_core::engine::{Config, Engine};
use resonate_core::model::Promise;
use resonate_core::protocol::{PromiseRecord, PromiseSearch, PromiseState, Request, Response};
use resonate_core::store::{MemoryStore, Store, Write};
use resonate_core::{Millis, Tags, Value};
use support::engine::{check, check_with};

const FIVE: &str = "
    @1000 create e 5000 #k=1 #l=1 | 200
    create a 5000 #k=1            | 200
    create d 2000 #k=2 #l=1       | 200
    create b 9000 #l=1            | 200
    create c 9000 #k=1 #l=2       | 200
";

#[test]
fn case_96_pages_follow_each_other() {
    check(&[
        FIVE,
        "
        search limit=2          | 200 page=a/pending,b/pending cursor=b
        search limit=2 cursor=b | 200 page=c/pending,d/pending cursor=d
        search limit=2 cursor=d | 200 page=e/pending -cursor
        search limit=5          | 200 page=a/pending,b/pending,c/pending,d/pending,e/pending -cursor
        search cursor=e         | 200 page= -cursor
    ",
    ]);
}

#[test]
fn case_97_labels_match_exactly_and_limits_are_bounded() {
    check(&[
        FIVE,
        "
        search #k=1              | 200 page=a/pending,c/pending,e/pending
        search #k=1 #l=1         | 200 page=e/pending
        search #k=3              | 200 page=
        search #k=1 limit=2      | 200 page=a/pending,c/pending cursor=c
        search #k=1 limit=3      | 200 page=a/pending,c/pending,e/pending -cursor
        search limit=0           | 400 ~limit
        search limit=1001        | 400 ~limit
        search limit=1000        | 200
        task.search limit=0      | 400
        schedule.search limit=-1 | 400
    ",
    ]);
}

#[test]
fn case_97_a_page_of_schedules_has_ten() {
    let schedules: String = (0..12)
        .map(|n| {
            format!(
                "@90000 schedule.create s{n:02} *_*_*_*_* promise=x #n={} | 200\n",
                n % 2
            )
        })
        .collect();
    check(&[
        &schedules,
        "
        schedule.search              | 200 page=s00,s01,s02,s03,s04,s05,s06,s07,s08,s09 cursor=s09
        schedule.search cursor=s09   | 200 page=s10,s11 -cursor
        schedule.search #n=1 limit=2 | 200 page=s01,s03 cursor=s03
        schedule.search #n=1 limit=6 | 200 page=s01,s03,s05,s07,s09,s11 -cursor
    ",
    ]);
}

#[test]
fn case_98_a_search_counts_passed_deadlines() {
    check(&[
        FIVE,
        "
        @2000 search state=pending     | 200 page=a/pending,b/pending,c/pending,e/pending
        search state=rejected_timedout | 200 page=d/rejected_timedout
        search state=resolved          | 200 page=
        search cursor=c                | 200 page=d/rejected_timedout,e/pending
        @1500 get d                    | 200 rejected_timedout settledAt=2000
    ",
    ]);
}

#[test]
fn tasks_are_searched_as_they_stand() {
    check(&["
        @1000 create a 9000 TG     | 200 | execute a 0
        create b 2000 TG           | 200 | execute b 0
        create c 9000              | 200
        task.create d 9000 TG      | 200
        task.create e 9000 TG      | 200
        suspend e 1 c              | 200
        task.search                | 200 page=a/pending,b/pending,d/acquired,e/suspended -cursor
        task.search limit=2        | 200 page=a/pending,b/pending cursor=b
        task.search cursor=b       | 200 page=d/acquired,e/suspended
        task.search state=pending  | 200 page=a/pending,b/pending
        @2000 task.search state=fulfilled | 200 page=b/fulfilled
        task.search state=pending  | 200 page=a/pending
    "]);
}

/// Case 101: the schedule that later cases start from.
const S: &str = "@90000 schedule.create s *_*_*_*_* promise={{.id}}-{{.timestamp}} timeout=1000 TG #team=x param=in | 200 s nextRunAt=120000 -lastRunAt createdAt=90000";

#[test]
fn case_99_a_schedule_is_created_once() {
    check(&[
        S,
        "
        schedule.create s 0_*_*_*_* promise=x timeout=5 | 200 s cron=*_*_*_*_* nextRunAt=120000 promiseTimeout=1000
        schedule.get s       | 200 s nextRunAt=120000 -lastRunAt promiseParam=in
        schedule.get nope    | 404 ~`nope`
        schedule.delete s    | 200
        schedule.delete s    | 404 ~`s`
        schedule.get s       | 404
        @120000 tick         |
    ",
    ]);
}

#[test]
fn case_100_a_schedule_needs_an_id_a_template_and_a_cron_line() {
    check(&["
        @90000 schedule.create s nope promise=x             | 400 ~nope
        schedule.create '' *_*_*_*_* promise=x              | 400
        schedule.create s *_*_*_*_* promise=''              | 400 ~promiseId
        schedule.create s *_*_*_*_* promise=x timeout=-1    | 400 ~promiseTimeout
        schedule.create s '' promise=x                      | 400 ~cron
        schedule.create s 0_0_*_*_0 promise=x               | 400
        schedule.create two */2_*_*_*_*_* promise=x         | 200 nextRunAt=92000
        schedule.create day @daily promise=x                | 200 nextRunAt=86400000
        schedule.create sun 0_0_*_*_1 promise=x             | 200 nextRunAt=259200000
        schedule.create mon 0_0_*_*_MON promise=x           | 200 nextRunAt=345600000
        schedule.create s *_*_*_*_* promise=x #resonate:target=x | 400 ~address
    "]);
}

#[test]
fn case_101_an_occurrence_creates_a_promise_and_offers_its_task() {
    check(&[
        S,
        "
        @119999 tick         |
        @120000 tick         | | execute s-120000 0
        get s-120000         | 200 pending createdAt=120000 timeoutAt=121000 param=in
        task.get s-120000    | 200 task=pending v0
        schedule.get s       | 200 lastRunAt=120000 nextRunAt=180000
    ",
    ]);
}

#[test]
fn case_102_a_scheduled_promise_carries_its_lineage() {
    check(&[
        S,
        "
        @120000 tick | | execute s-120000 0
        get s-120000 | 200 #team=x #resonate:schedule=s #resonate:origin=s-120000 #resonate:branch=s-120000 #resonate:parent=s-120000 #resonate:target=poll://any@g
    ",
    ]);
}

#[test]
fn case_103_an_occurrence_whose_id_is_taken_is_skipped() {
    check(&[
        S,
        "
        create s-120000 900000 | 200 pending
        @120000 tick           |
        get s-120000           | 200 timeoutAt=900000 -param
        schedule.get s         | 200 lastRunAt=120000 nextRunAt=180000
    ",
    ]);
}

#[test]
fn case_104_an_occurrence_fires_once() {
    check(&[S, "@120000 tick | | execute s-120000 0", "@120000 tick |"]);
}

#[test]
fn case_105_missed_occurrences_are_made_up_for() {
    for batch_max in [1, 2, 3, 256] {
        let config = Config {
            batch_max,
            ..Config::default()
        };
        check_with(
            &config,
            &[
                S,
                "
            @300000 tick        | | execute s-300000 0
            get s-120000        | 200 rejected_timedout createdAt=120000 timeoutAt=121000 settledAt=121000
            task.get s-120000   | 200 task=fulfilled v0
            get s-180000        | 200 rejected_timedout createdAt=180000
            get s-240000        | 200 rejected_timedout createdAt=240000
            get s-300000        | 200 pending createdAt=300000
            schedule.get s      | 200 lastRunAt=300000 nextRunAt=360000
        ",
            ],
        );
    }
}

#[test]
fn case_106_deleting_a_schedule_keeps_its_promises() {
    check(&[
        S,
        "
        @120000 tick      | | execute s-120000 0
        schedule.delete s | 200
        get s-120000      | 200 pending
        @180000 tick      |
        get s-120000      | 200 rejected_timedout
        get s-180000      | 404
    ",
    ]);
}

#[test]
fn a_schedule_without_further_occurrences_stays_and_rests() {
    check(&["
        @90000 schedule.create s 0_0_0_1_1_*_1971 promise=once timeout=1000 | 200 nextRunAt=31536000000
        @31536000000 tick | |
        get once          | 200 pending
        schedule.get s    | 200 lastRunAt=31536000000 nextRunAt=9223372036854775807
        @99999999999 tick |
    "]);
}

#[test]
fn schedules_without_a_target_create_promises_without_a_task() {
    check(&["
        @90000 schedule.create s *_*_*_*_* promise={{.id}}.{{.timestamp}} timeout=1000 | 200
        @120000 tick       |
        get s.120000       | 200 pending
        task.get s.120000  | 404
        schedule.create t *_*_*_*_* promise=t{{.timestamp}} timeout=1000 TG TM | 200
        @180000 tick       |
        task.get t180000   | 200 task=pending v0
        @181000 tick       |
        get t180000        | 200 resolved settledAt=181000
    "]);
}

#[test]
fn a_search_looks_at_a_bounded_number_of_rows() {
    let record = PromiseRecord {
        id: "".into(),
        state: PromiseState::Pending,
        param: Value::default(),
        value: Value::default(),
        tags: Tags::default(),
        timeout_at: Millis::MAX,
        created_at: Millis::ZERO,
        settled_at: None,
    };
    let rows = (0..150_000).map(|n| {
        Write::Promise(Promise {
            record: Arc::new(PromiseRecord {
                id: format!("{n:06}").into(),
                ..record.clone()
            }),
            armed: false,
            task: None,
        })
    });
    let mut store = MemoryStore::default();
    store.apply(rows.collect()).unwrap();
    let mut engine = Engine::new(store, Config::default());
    let mut cursor = None;
    let mut searches = 0;
    loop {
        let search = Request::PromiseSearch(PromiseSearch {
            tags: Some([("k", "none")].into_iter().collect()),
            cursor,
            ..PromiseSearch::default()
        });
        let answer = engine.handle(Millis::ZERO, &search).unwrap();
        let Ok(Response::Promises {
            promises,
            cursor: next,
        }) = answer
        else {
            panic!("{answer:?}");
        };
        assert_eq!(promises, []);
        searches += 1;
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(searches, 2, "the second goes on where the first had to end");
}
