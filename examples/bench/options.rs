//! What is asked for on the command line.

use pico_args::Arguments;
use resonate::prelude::*;

use crate::scenario::{Case, SCENARIOS, Scenario};
use crate::system::{PEERS, System};

const HELP: &str = "\
Whole scenarios, measured.

  cargo run --release --example bench -- --scenario NAME [options]

  --scenario NAME  one of those below, several with commas, `all`, or `goals`: what this project
                   holds itself to, each as a ratio within one run
  --store STORE    memory, sqlite (synchronous=FULL), sqlite-normal or the URL of a server; several
                   with commas. Each scenario has stores of its own without it
  --n N            how many steps, workflows, seconds, functions or commits
  --repeat K       rounds; median, least and most are shown (1)
  --against PEER   runs that as well, in turn: official-rust. It is built first
  --limit SECONDS  how long one run may take (300)
  --json           one line of JSON for each scenario and store
  --here           one run, in this process: its figures on one line. What the rounds are made of
";

/// What there is.
pub fn help() -> String {
    let line = |it: &Scenario| format!("  {:<10}  {}", it.name, it.about);
    let scenarios: Vec<_> = SCENARIOS.iter().map(line).collect();
    format!("{HELP}\n{}", scenarios.join("\n"))
}

/// What was asked for.
pub struct Options {
    /// None when it is the goals that are asked for.
    pub cases: Option<Vec<Case>>,
    /// The server that goals are measured against as well.
    pub url: Option<String>,
    pub repeat: usize,
    pub against: Vec<System>,
    pub limit: Duration,
    pub json: bool,
    pub here: bool,
}

impl Options {
    /// What was asked for; `None` when it was only asked what there is.
    pub fn read() -> Result<Option<Self>> {
        let mut args = Arguments::from_env();
        if args.contains(["-h", "--help"]) {
            return Ok(None);
        }
        let scenario: Option<String> = value(&mut args, "--scenario")?;
        let scenario = scenario.unwrap_or_else(|| "all".to_owned());
        let stores: Option<String> = value(&mut args, "--store")?;
        let stores: Vec<String> = stores.map_or_else(Vec::new, |it| split(&it));
        let n = value(&mut args, "--n")?;
        let are_goals = scenario == "goals";
        let cases = (!are_goals).then(|| cases(&scenario, &stores, n));
        let against: Option<String> = value(&mut args, "--against")?;
        let against = against.map_or_else(Vec::new, |it| split(&it));
        let options = Self {
            cases: cases.transpose()?,
            url: stores.into_iter().find(|store| store.starts_with("http")),
            repeat: value(&mut args, "--repeat")?.unwrap_or(1),
            against: against
                .iter()
                .map(|name| peer(name))
                .collect::<Result<_>>()?,
            limit: Duration::from_secs(value(&mut args, "--limit")?.unwrap_or(300)),
            json: args.contains("--json"),
            here: args.contains("--here"),
        };
        match args.finish().first() {
            None => Ok(Some(options)),
            Some(unknown) => {
                let unknown = unknown.display();
                Err(Error::new(format!("unknown option {unknown}; see --help")))
            }
        }
    }
}

fn value<T>(args: &mut Arguments, name: &'static str) -> Result<Option<T>>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    args.opt_value_from_str(name).map_err(Error::new)
}

fn split(list: &str) -> Vec<String> {
    list.split(',').map(str::to_owned).collect()
}

fn peer(name: &str) -> Result<System> {
    System::peer(name).ok_or_else(|| {
        let names: Vec<_> = PEERS.iter().map(|peer| peer.name).collect();
        Error::new(format!("--against {name}? There is {}", names.join(", ")))
    })
}

fn cases(names: &str, stores: &[String], n: Option<u64>) -> Result<Vec<Case>> {
    let mut scenarios: Vec<&Scenario> = Vec::new();
    for name in split(names) {
        let before = scenarios.len();
        scenarios.extend(
            SCENARIOS
                .iter()
                .filter(|it| name == "all" || it.name == name),
        );
        if scenarios.len() == before {
            let names: Vec<_> = SCENARIOS.iter().map(|it| it.name).collect();
            let names = names.join(", ");
            return Err(Error::new(format!(
                "--scenario {name}? There is {names}, all, goals"
            )));
        }
    }
    let cases = scenarios.into_iter().flat_map(|it| it.cases(stores, n));
    Ok(cases.collect())
}
