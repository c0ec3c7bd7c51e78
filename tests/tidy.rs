//! The house's rules, read off the source: sizes, floors, banned calls and words.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file, at most.
const FILE_LINES_MAX: usize = 500;
/// Lines of a function, at most.
const FUNCTION_LINES_MAX: usize = 70;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Every Rust file under the folders, with its text.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path)
                .unwrap()
                .map(|entry| entry.unwrap().path());
            open.extend(entries.filter(|path| !path.ends_with("target")));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no source under {folders:?}");
    found
}

fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

const ALL: &[&str] = &[
    "resonate-core",
    "resonate-macros",
    "resonate-runtime",
    "examples",
    "tests",
];
const CORE: &[&str] = &["resonate-core/src"];
const CRATES: &[&str] = &[
    "resonate-core/src",
    "resonate-macros/src",
    "resonate-runtime/src",
];

/// The code of a file, without its tests and its comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    let lines = text[..end]
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()));
    lines.filter(|(_, line)| !line.starts_with("//"))
}

#[test]
fn no_file_is_longer_than_a_person_holds_in_mind() {
    let long = |(name, text): &(String, String)| {
        let lines = text.lines().count();
        (lines > FILE_LINES_MAX).then(|| format!("{name}: {lines} lines, at most {FILE_LINES_MAX}"))
    };
    assert_none(&sources(ALL).iter().filter_map(long).collect::<Vec<_>>());
}

#[test]
fn no_function_is_longer_than_a_screen() {
    let mut problems = Vec::new();
    for (name, text) in sources(CRATES) {
        let mut opened: Option<(usize, String)> = None;
        for (at, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let is_fn = line.trim_start().starts_with("fn ") || line.contains(" fn ");
            if opened.is_none() && is_fn && !line.trim_start().starts_with("//") {
                if !line.trim_end().ends_with(['}', ';']) {
                    opened = Some((at, " ".repeat(indent) + "}"));
                }
            } else if let Some((start, end)) = &opened
                && (line == end || line == format!("{};", end.trim_end_matches('}')))
            {
                let lines = at - start + 1;
                if lines > FUNCTION_LINES_MAX {
                    problems.push(format!("{name}:{}: a function of {lines} lines", start + 1));
                }
                opened = None;
            }
        }
    }
    assert_none(&problems);
}

/// Lines of code that hold one of the words.
fn holding(folders: &[&str], words: &[&str], except: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, text) in sources(folders) {
        if except.iter().any(|allowed| name.starts_with(allowed)) {
            continue;
        }
        for (at, line) in code(&text) {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                problems.push(format!("{name}:{at}: `{word}`"));
            }
        }
    }
    problems
}

#[test]
fn the_core_knows_no_runtime_clock_thread_or_environment() {
    let words = [
        "tokio::",
        "hyper::",
        "futures",
        "tracing::",
        "SystemTime",
        "Instant",
        "std::thread",
        "std::env",
        "std::net",
        "getrandom",
        "rand::",
        "HashMap",
        "HashSet",
        "println!",
    ];
    // A table that is only looked up in has no order to be seen.
    let looked_up = ["resonate-core/src/registry/places.rs"];
    assert_none(&holding(CORE, &words, &looked_up));
    let manifest = fs::read_to_string(root().join("resonate-core/Cargo.toml")).unwrap();
    for banned in ["tokio", "hyper", "tracing", "getrandom", "futures"] {
        assert!(
            !manifest.contains(banned),
            "resonate-core depends on {banned}"
        );
    }
}

#[test]
fn only_the_store_of_files_touches_files() {
    let words = ["std::fs", "std::path::PathBuf::from", "File::"];
    assert_none(&holding(CORE, &words, &["resonate-core/src/store/sqlite"]));
}

#[test]
fn floors_are_not_climbed() {
    let floors: [(&[&str], &[&str]); 4] = [
        (
            &[
                "resonate-core/src/protocol",
                "resonate-core/src/time.rs",
                "resonate-core/src/id.rs",
            ],
            &[
                "crate::engine",
                "crate::store",
                "crate::model",
                "crate::execution",
            ],
        ),
        (
            &["resonate-core/src/model"],
            &["crate::engine", "crate::store", "crate::execution"],
        ),
        (
            &["resonate-core/src/store"],
            &["crate::engine", "crate::execution"],
        ),
        (
            &["resonate-core/src/engine"],
            &["crate::execution", "crate::registry"],
        ),
    ];
    for (folders, above) in floors {
        assert_none(&holding(folders, above, &[]));
    }
}

#[test]
fn one_file_reads_the_system_clock() {
    let except = ["resonate-runtime/src/clock.rs"];
    assert_none(&holding(
        CRATES,
        &["SystemTime::now", "std::time::Instant"],
        &except,
    ));
}

#[test]
fn nothing_is_unwrapped_left_for_later_or_printed() {
    let words = [
        ".unwrap()",
        "todo!",
        "unimplemented!",
        "dbg!(",
        "println!(",
        "eprintln!(",
    ];
    assert_none(&holding(
        CRATES,
        &words,
        &["resonate-macros/src/snapshots.rs"],
    ));
}

#[test]
fn nothing_is_unsafe() {
    assert_none(&holding(
        ALL,
        &["unsafe {", "unsafe fn", "unsafe impl"],
        &["tests/tidy.rs", "tests/ui"],
    ));
}

#[test]
fn errors_are_never_matched_by_their_text() {
    let words = [
        "to_string().contains(",
        "to_string() ==",
        "to_string().starts_with(",
    ];
    assert_none(&holding(CRATES, &words, &["resonate-macros"]));
}

#[test]
fn every_file_says_what_it_is() {
    let mute = |(name, text): &(String, String)| {
        let said = text.trim_start().starts_with("//!");
        (!said && !name.ends_with("build.rs")).then(|| format!("{name}: no `//!` at the top"))
    };
    assert_none(&sources(CRATES).iter().filter_map(mute).collect::<Vec<_>>());
}

#[test]
fn every_dependency_is_explained() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let start = manifest.find("[workspace.dependencies]").unwrap();
    let section = &manifest[start..];
    let section = &section[..section[1..]
        .find("\n[")
        .map_or(section.len(), |end| end + 1)];
    let unexplained: Vec<String> = section
        .lines()
        .filter_map(|line| {
            line.split_once(" = ")
                .map(|(name, _)| name.trim().to_owned())
        })
        .filter(|name| !name.starts_with("resonate-"))
        .filter(|name| !architecture.contains(&format!("`{name}`")))
        .map(|name| format!("ARCHITECTURE.md does not say why `{name}` is here"))
        .collect();
    assert_none(&unexplained);
}
