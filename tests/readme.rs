//! What the README says, held against what is there: its program, its commands, its names.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;

use support::programs::{example, workspace};

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The contents of all blocks of this language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let inside = |rest: &str| rest.split("```").next().unwrap_or_default().to_owned();
    text.split(&fence).skip(1).map(inside).collect()
}

/// Everything in backticks, outside of blocks.
fn spans(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    prose
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Where an example is: a file, or a folder with one that is called `main.rs`.
fn source(name: &str) -> String {
    let file = format!("examples/{name}.rs");
    if workspace().join(&file).exists() {
        return file;
    }
    format!("examples/{name}/main.rs")
}

/// The names of the `[[example]]` entries.
fn examples() -> BTreeSet<String> {
    let manifest = read("examples/Cargo.toml");
    let entries = manifest.split("[[example]]\nname = \"").skip(1);
    entries
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

/// All the code of the crate.
fn sources(folder: &str) -> String {
    let mut open = vec![workspace().join(folder)];
    let mut all = String::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            all += &fs::read_to_string(path).unwrap();
        }
    }
    all
}

#[test]
fn the_quickstart_is_the_example_hello_word_for_word() {
    let programs = blocks(&read("README.md"), "rust");
    assert_eq!(programs.first(), Some(&read("examples/hello.rs")));
}

#[test]
fn every_example_has_an_entry_and_a_line_and_nothing_else_has() {
    let files: BTreeSet<_> = fs::read_dir(workspace().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let is_file = path.extension().is_some_and(|extension| extension == "rs");
            is_file || path.join("main.rs").exists()
        })
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(files, examples());
    let lines = spans(&read("examples/README.md"));
    let listed: BTreeSet<_> = lines
        .iter()
        .filter_map(|line| line.split_once("--example "))
        .map(|(_, line)| line.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(listed, examples());
}

#[test]
fn every_command_can_be_typed() {
    let shown = blocks(&read("README.md"), "sh");
    let lines = shown.iter().flat_map(|block| block.lines());
    let mut commands: Vec<_> = lines.map(str::to_owned).collect();
    let set_up = ["cargo run --example recover", "cargo test --workspace"];
    assert_eq!(commands[..2], set_up, "set-up is two commands");
    let readmes = [read("README.md"), read("examples/README.md")];
    let sources = examples().into_iter().map(|name| read(&source(&name)));
    for text in sources.chain(readmes) {
        commands.extend(
            spans(&text)
                .into_iter()
                .filter(|span| span.starts_with("cargo ")),
        );
    }
    for command in commands {
        let words: Vec<_> = command.split_whitespace().collect();
        match words[..] {
            ["cargo", "run", "--example", name]
            | ["cargo", "run", "--example", name, "--", ..]
            | ["cargo", "run", "--release", "--example", name]
            | ["cargo", "run", "--release", "--example", name, "--", ..] => {
                assert!(
                    examples().contains(name),
                    "{command}: there is no such example"
                );
            }
            // The second is a tool of its own, for whoever wants to see what a macro writes.
            ["cargo", "test", "--workspace"] | ["cargo", "expand"] => {}
            _ => panic!("nobody checks that this can be typed: {command}"),
        }
    }
}

#[test]
fn what_the_readme_shows_is_what_the_program_prints() {
    let readme = read("README.md");
    let shown = blocks(&readme, "text");
    let folder = tempfile::tempdir().unwrap();
    let said = example("recover")
        .args(["--pace", "0"])
        .current_dir(folder.path())
        .output();
    let said = String::from_utf8(said.unwrap().stdout).unwrap();
    // The README shows a second run, and a pause that a test does not wait for.
    let printed = said
        .replace("begins;", "goes on;")
        .replace("recorded", "replayed");
    let pid = |line: &str| {
        let start = line.find("kill -9 ").map(|at| at + "kill -9 ".len());
        start.map_or_else(|| line.to_owned(), |at| line[..at].to_owned())
    };
    let printed: BTreeSet<_> = printed.lines().map(pid).collect();
    for line in shown[0].lines() {
        let line = pid(&line.replace("recorded", "replayed"));
        assert!(printed.contains(&line), "{line:?} is not printed:\n{said}");
    }
}

#[test]
fn every_function_of_ours_that_it_names_exists() {
    let code = sources("resonate-runtime/src") + &sources("resonate-core/src");
    let macros = sources("resonate-macros/src");
    // The standard library's.
    let known = ["from_secs", "into"];
    for span in spans(&read("README.md")) {
        for (at, _) in span.match_indices(['.', ':']) {
            let rest = &span[at + 1..];
            let name: String = rest
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            let called = rest[name.len()..].starts_with(['(', ':']);
            if name.is_empty() || !called || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
                continue;
            }
            let known = known.contains(&name.as_str())
                || code.contains(&format!("fn {name}("))
                || code.contains(&format!("fn {name}<"));
            let generated = macros.contains(&format!("\"{}\"", name.trim_start_matches("begin_")));
            assert!(known || generated, "`{span}`: there is no `{name}`");
        }
    }
}

#[test]
fn every_row_of_its_table_is_compiled() {
    let plain = |text: &str| -> String {
        let text = text.replace(".clone()", "").replace("\\|", "|");
        text.split_whitespace().collect()
    };
    let compiled = plain(&read("tests/readme_rows.rs"));
    let readme = read("README.md");
    let table = readme.split("| to | write |").nth(1).unwrap();
    let table = table.split("\n\n").next().unwrap();
    for span in spans(table) {
        assert!(
            compiled.contains(&plain(&span)),
            "tests/readme_rows.rs does not hold `{span}`"
        );
    }
}

#[test]
fn links_lead_somewhere() {
    for (folder, text) in [
        ("", read("README.md")),
        ("examples/", read("examples/README.md")),
    ] {
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            let path = workspace().join(format!("{folder}{target}"));
            assert!(
                target.starts_with("http") || path.exists(),
                "{target} leads nowhere"
            );
        }
    }
}

#[test]
fn the_versions_it_names_are_those_of_the_manifest() {
    let (readme, manifest) = (read("README.md"), read("Cargo.toml"));
    let field = |name: &str| {
        let start = manifest.find(&format!("\n{name} = \"")).unwrap() + name.len() + 5;
        manifest[start..].split('"').next().unwrap().to_owned()
    };
    let rust = format!("With Rust {} or later", field("rust-version"));
    assert!(readme.contains(&rust), "the README does not say: {rust}");
    let version = field("version");
    let (major_minor, _) = version.rsplit_once('.').unwrap();
    let dependency = format!("resonate-runtime\" }} # {major_minor},");
    assert!(
        readme.contains(&dependency),
        "the README does not say: {dependency}"
    );
}
