//! The three crates of `examples/contracts`, as three programs: a server, the worker, a client.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use support::programs::{example, program, workspace};

/// Ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn start(mut command: Command) -> Running {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    Running(command.spawn().unwrap())
}

#[test]
fn a_client_of_the_contract_gets_what_the_worker_does() {
    let mut serve = example("serve");
    serve.args(["--memory", "--port", "0"]);
    let mut server = start(serve);
    let mut url = String::new();
    let mut said = BufReader::new(server.0.stdout.take().unwrap());
    said.read_line(&mut url).unwrap();
    let url = url.trim();

    let mut worker = program("billing-worker");
    worker.env("RESONATE_URL", url);
    let _worker = start(worker);

    let client = program("billing-client")
        .env("RESONATE_URL", url)
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
