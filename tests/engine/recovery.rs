//! Restarts and the clock.
#![allow(clippy::unwrap_used)]

use support::engine::check;

#[test]
fn after_a_restart_the_tasks_of_processes_that_are_gone_are_offered() {
    check(&["
        @1000 task.create a 900000 TG pid=gone ttl=60000 | 200
        task.create b 900000 TG pid=here ttl=60000 | 200
        create c 900000 TG            | 200 | execute c 0
        create d 900000 TG TM         | 200
        create e 900000 TG #resonate:delay=50000 | 200
        task.create f 900000 TG       | 200
        create x 900000 EX            | 200
        suspend f 1 x                 | 200
        create g 900000 TG            | 200 | execute g 0
        halt g                        | 200
        create h 2000 TG              | 200 | execute h 0
        @2000 recover gone            | | execute a 1, execute c 0
        task.get a                    | 200 task=pending v1
        task.get b                    | 200 task=acquired v1 pid=here
        tick                          |
        get h                         | 200 rejected_timedout
        @32000 tick                   | | execute a 1, execute c 0
        @50000 tick                   | | execute e 0
        @50001 recover                | | execute a 1, execute c 0, execute e 0
        settle x resolved             | 200 | execute f 1
    "]);
}

#[test]
fn what_fell_due_while_nobody_looked_happens_once() {
    check(&["
        @1000 task.create w 900000 TG ttl=1000 | 200
        create s 5000 TM              | 200
        suspend w 1 s                 | 200
        create p 6000 EX              | 200
        listen p poll://uni@g/me      | 200
        create late 900000 TG         | 200 | execute late 0
        @500000 tick                  | | execute late 0, execute w 1, unblock p rejected_timedout poll://uni@g/me
        get s                         | 200 resolved settledAt=5000
        @500000 tick                  |
        @1000000 tick                 |
        task.get late                 | 200 task=fulfilled
    "]);
}
