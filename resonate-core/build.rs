//! Chooses how the durable functions of a program are gathered: see `src/registry/gather.rs`.
#![allow(clippy::print_stdout, reason = "this is how a build script answers")]

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!(
        "cargo::rustc-check-cfg=cfg(resonate_gather, values(\"linkme\", \"inventory\", \"nothing\"))"
    );
    for way in gather() {
        println!("cargo::rustc-cfg=resonate_gather=\"{way}\"");
    }
}

/// Platforms whose sections linkme knows.
const SECTIONS: [&str; 10] = [
    "android", "freebsd", "fuchsia", "illumos", "ios", "linux", "macos", "netbsd", "openbsd",
    "windows",
];

fn gather() -> &'static [&'static str] {
    let target = |key: &str| env::var(format!("CARGO_CFG_{key}")).unwrap_or_default();
    if target("TARGET_FAMILY") == "wasm" {
        // linkme does not know the platform, and inventory silently loses entries there.
        return &["nothing"];
    }
    let os = target("TARGET_OS");
    let miri = env::var_os("CARGO_CFG_MIRI").is_some();
    // GNU ld for Windows drops what linkme puts into its section.
    let windows_gnu = os == "windows" && target("TARGET_ENV") == "gnu";
    if miri || windows_gnu || !SECTIONS.contains(&os.as_str()) {
        return &["inventory"];
    }
    match env::var_os("CARGO_FEATURE_INVENTORY") {
        Some(_asked) => &["linkme", "inventory"],
        None => &["linkme"],
    }
}
