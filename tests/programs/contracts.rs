//! The three crates of `examples/contracts`, as three programs: a server, the worker, a client.
#![allow(clippy::unwrap_used)]

use std::process::Command;

use support::programs::{Running, example, program, workspace};

#[test]
fn a_client_of_the_contract_gets_what_the_worker_does() {
    let mut server = Running::start(example("serve").args(["--memory", "--port", "0"]));
    let url = server.line();
    let _worker = Running::start(program("billing-worker").env("RESONATE_URL", &url));

    let client = program("billing-client")
        .env("RESONATE_URL", &url)
        .output()
        .unwrap();
    let said = String::from_utf8(client.stdout).unwrap();
    let complaints = String::from_utf8(client.stderr).unwrap();
    assert_eq!(
        said,
        "paid: Receipt { number: \"receipt of order-17\", cents: 500 }\n\
         500 cents back for no reason\n\
         declined: at most 10000 cents\n",
        "{complaints}"
    );
}

#[test]
fn a_contract_needs_no_async_runtime() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "-p",
            "contracts-api",
            "--prefix",
            "none",
        ])
        .args(["--edges", "normal"])
        .current_dir(workspace())
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.contains("resonate-core v"), "{tree}");
    for heavy in ["tokio v", "hyper v", "rusqlite v", "rustls v", "tracing v"] {
        assert!(!tree.contains(heavy), "{heavy}\n{tree}");
    }
}
