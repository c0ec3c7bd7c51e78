//! The cases of the protocol (§8.2–§8.6) over HTTP: on our own server, and on the one that
//! `RESONATE_TEST_URL` names.
#![expect(clippy::print_stdout, reason = "the report on a server, case by case")]

use resonate::server::ServerBuilder;
use support::cases::{Case, cases, play};
use support::http::{Client, HttpMachine, Target, TestServer, foreign};
use support::twin::{Commits, Plan, agree};

#[test]
fn a_server_answers_every_case_of_the_protocol() {
    let target = Target::find();
    let mut failures = Vec::new();
    for Case {
        name,
        differs,
        lines,
    } in cases()
    {
        let differs = differs.filter(|_| !target.is_own());
        let result = match HttpMachine::fresh(target.client()) {
            Err(status) => {
                println!("case {name}: not played, debug requests are answered {status}");
                continue;
            }
            Ok(mut machine) => play(&mut machine, &lines, HttpMachine::hears),
        };
        match (result, differs) {
            (Ok(()), _) => println!("case {name}: as expected"),
            (Err(why), Some(how)) => println!("case {name}: differs as known: {how}\n{why}"),
            (Err(why), None) => {
                println!("case {name}: {why}");
                failures.push(name);
            }
        }
    }
    assert!(failures.is_empty(), "cases {}", failures.join(", "));
}

/// Random requests on our own server, and the same on a model of the protocol.
fn agrees(set: impl Fn(ServerBuilder) -> ServerBuilder) {
    if foreign().is_some() {
        return;
    }
    let server = TestServer::start(set);
    let plan = Plan {
        commits: Commits::Always,
        ..Plan::new(600)
    };
    let fresh = || HttpMachine::fresh(Client::new(server.server().url()));
    agree(plan, || fresh().expect("the server is in debug mode"));
}

#[test]
fn a_server_in_memory_does_at_random_what_the_model_does() {
    agrees(ServerBuilder::memory);
}

#[test]
fn a_server_on_a_file_does_at_random_what_the_model_does() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    agrees(|builder| builder.path(folder.path().join("store.db")));
}
