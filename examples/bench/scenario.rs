//! The scenarios, and what each is run with when nothing else is said.

/// A scenario.
pub struct Scenario {
    pub name: &'static str,
    pub about: &'static str,
    /// The stores it is run on; none when it needs no engine.
    stores: &'static [&'static str],
    n: u64,
}

/// A scenario on a store, with a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub scenario: String,
    pub store: String,
    pub n: u64,
}

/// The store of a scenario that has none.
pub const NO_STORE: &str = "-";

const EVERY: &[&str] = &["memory", "sqlite", "sqlite-normal"];

pub const SCENARIOS: [Scenario; 11] = [
    Scenario {
        name: "limits",
        about: "what SQLite alone commits on this machine, one row at a time and a hundred",
        stores: &[],
        n: 1_000,
    },
    Scenario {
        name: "seq",
        about: "n local steps of one workflow, one after the other",
        stores: EVERY,
        n: 1_000,
    },
    Scenario {
        name: "fan",
        about: "n local steps of one workflow, all at once",
        stores: EVERY,
        n: 1_000,
    },
    Scenario {
        name: "many",
        about: "n workflows of 10 local steps each, 64 of them under way",
        stores: EVERY,
        n: 1_000,
    },
    Scenario {
        name: "rpc",
        about: "n steps that this worker group is offered, one after the other",
        stores: EVERY,
        n: 200,
    },
    Scenario {
        name: "resume",
        about: "a workflow with n steps behind it waits: from the settlement to its result",
        stores: EVERY,
        n: 1_000,
    },
    Scenario {
        name: "replay",
        about: "the same, in a process that never saw it",
        stores: EVERY,
        n: 1_000,
    },
    Scenario {
        name: "suspended",
        about: "n workflows wait, none kept as it stands: the memory that each takes",
        stores: &["memory", "sqlite-normal"],
        n: 10_000,
    },
    Scenario {
        name: "kept",
        about: "the same with all of them kept",
        stores: &["memory", "sqlite-normal"],
        n: 1_000,
    },
    Scenario {
        name: "idle",
        about: "n seconds without work",
        stores: EVERY,
        n: 2,
    },
    Scenario {
        name: "startup",
        about: "a registry of n functions: built, and looked up in",
        stores: &[],
        n: 10_000,
    },
];

impl Scenario {
    /// What is to be run of it: on these stores, or on its own.
    pub fn cases(&self, stores: &[String], n: Option<u64>) -> Vec<Case> {
        let case = |store: &str| Case::new(self.name, store, n.unwrap_or(self.n));
        if self.stores.is_empty() {
            return vec![case(NO_STORE)];
        }
        if stores.is_empty() {
            return self.stores.iter().map(|store| case(store)).collect();
        }
        stores.iter().map(|store| case(store)).collect()
    }
}

impl Case {
    pub fn new(scenario: &str, store: &str, n: u64) -> Self {
        Self {
            scenario: scenario.to_owned(),
            store: store.to_owned(),
            n,
        }
    }

    /// The server that it runs on, if any.
    pub fn url(&self) -> Option<&str> {
        self.store
            .starts_with("http")
            .then_some(self.store.as_str())
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.store == NO_STORE {
            write!(f, "{}, n = {}", self.scenario, self.n)
        } else {
            write!(f, "{} on {}, n = {}", self.scenario, self.store, self.n)
        }
    }
}
