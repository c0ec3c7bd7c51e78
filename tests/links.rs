//! Which libraries' functions are in a program, under the builds that people ship.
//!
//! `fixtures/links` is a workspace of its own, without the runtime, so that it is built in seconds.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Once;

use support::programs::workspace;

const ALL: &str = "imported linked named own reexported reexporting renamed shop/sell through";

fn fixture(name: &str) -> PathBuf {
    workspace().join("tests/fixtures").join(name)
}

/// The fixture's dependencies in the versions that the workspace has, which are on this machine.
fn lock() {
    static LOCKED: Once = Once::new();
    LOCKED.call_once(|| {
        let lock = fixture("links").join("Cargo.lock");
        std::fs::copy(workspace().join("Cargo.lock"), lock).unwrap();
    });
}

/// Cargo in a fixture, with a target folder that all of its builds share.
fn cargo(name: &str, args: &[&str]) -> Output {
    lock();
    let this = std::env::current_exe().unwrap();
    let target = this.ancestors().nth(3).unwrap().join("fixtures").join(name);
    let mut command = Command::new(env!("CARGO"));
    command
        .args(args)
        .arg("--offline")
        .current_dir(fixture(name))
        .env("CARGO_TARGET_DIR", target)
        .env_remove("RUSTFLAGS");
    if args.contains(&"fat") {
        command.env("CARGO_ENCODED_RUSTFLAGS", "-Clink-arg=-Wl,--gc-sections");
    }
    command.output().unwrap()
}

/// What a program of the fixture prints.
#[track_caller]
fn printed(args: &[&str]) -> String {
    let output = cargo("links", &[&["run", "--quiet"], args].concat());
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaints}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn what_is_named_is_linked_and_nothing_else() {
    assert_eq!(printed(&["--bin", "app"]), ALL);
}

#[test]
fn link_time_optimization_and_section_removal_lose_nothing() {
    assert_eq!(printed(&["--bin", "app", "--profile", "fat"]), ALL);
}

#[test]
fn both_ways_of_gathering_give_each_function_once() {
    let with = ["--bin", "app", "--features", "inventory"];
    assert_eq!(printed(&with), ALL);
    let fat = [&with[..], &["--profile", "fat"]].concat();
    assert_eq!(printed(&fat), ALL);
}

#[test]
fn tests_have_what_they_name() {
    let output = cargo("links", &["test", "--quiet", "--package", "app"]);
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complaints}");
}

#[test]
fn one_name_and_version_from_two_crates_is_refused_with_both_places() {
    assert_eq!(
        printed(&["--bin", "duplicate"]),
        "`greet` version 1 is defined 2 times: first/src/lib.rs:4 (first 0.1.0), \
         second/src/lib.rs:4 (second 0.1.0); give one of them another name or version"
    );
}

#[test]
fn a_promised_function_without_a_body_is_refused() {
    assert_eq!(
        printed(&["--bin", "unserved"]),
        "twice/src/unserved.rs:3 (twice 0.1.0) says that `shipping/ship` version 3 is linked into \
         this program, but there is none; if its body is in a library that nothing here names, \
         write `resonate::link!(that_library);`"
    );
}

#[test]
fn a_linked_crate_without_a_function_is_refused() {
    assert_eq!(
        printed(&["--bin", "only_declared"]),
        "twice/src/only_declared.rs:3 (twice 0.1.0) links the crate `api_only` for its durable \
         functions, but none of it is in this program; link the crate that has the bodies, or, if \
         Cargo.toml gives it another name, write `resonate::link!(api_only as its_own_name);`"
    );
}

#[test]
fn two_registries_in_one_program_are_refused_before_it_is_built() {
    let output = cargo("two_cores", &["metadata", "--format-version", "1"]);
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        complaints.contains("links to the native library `resonate-registry`"),
        "{complaints}"
    );
}
