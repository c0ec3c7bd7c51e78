//! Every short script over a small alphabet, on the engine beside the model.
//!
//! `DEEPER=1` plays scripts that are one step longer.

use resonate_core::Millis;
use resonate_core::store::MemoryStore;
use support::engine::read_request;
use support::machine::Model;
use support::twin::{Action, Commits, Hosted, Step, Twin, report, setting};

/// How much later a letter is than the one before, and what it is.
///
/// `w` and `v` are targeted and wait for `p`, an internal promise, and for each other. The steps
/// in time lie at, before and after every deadline: of `p`, of the leases, of the offers, of `w`.
const LETTERS: [(i64, &str); 16] = [
    (0, "create w 9000 TG"),
    (0, "task.create w 9000 pid=P ttl=1500 TG"),
    (0, "create p 4000"),
    (0, "acquire w 1 pid=Q ttl=9000"),
    (1, "suspend w 1 p"),
    (0, "settle p resolved value=x"),
    (0, "callback p w"),
    (0, "listen p poll://uni@g/a"),
    (1, "release w 1"),
    (1, "fulfill w 1 resolved value=x"),
    (0, "halt w"),
    (0, "continue w"),
    (500, "heartbeat P w@1 v@1"),
    (0, "fence.settle w 1 p rejected"),
    (1500, "get p"),
    (3000, "tick"),
];

/// Beginnings that short scripts alone would not reach, and how many letters follow.
const BEGINNINGS: [(usize, &[&str]); 5] = [
    (4, &[]),
    (
        4,
        &["task.create w 9000 pid=P ttl=1500 TG", "create p 4000"],
    ),
    (
        3,
        &[
            "task.create w 9000 pid=P ttl=9000 TG",
            "create p 4000",
            "suspend w 1 p",
        ],
    ),
    (
        3,
        &[
            "task.create v 4000 pid=P ttl=9000 TG",
            "task.create w 9000 pid=P ttl=9000 TG",
            "suspend v 1 w",
            "listen w poll://any@g",
        ],
    ),
    (
        3,
        &[
            "create w 9000 TG #resonate:delay=3000",
            "create p 4000 TM",
            "callback p w",
        ],
    ),
];

const START: i64 = 1_000;

/// The steps of the letters, each at its own instant.
fn script(beginning: &[&str], letters: &[usize]) -> Vec<Step> {
    let opening = beginning.iter().map(|text| (0, *text));
    let rest = letters.iter().map(|letter| LETTERS[*letter]);
    let mut now = START;
    let steps = opening.chain(rest).map(|(later, text)| {
        now += later;
        Step {
            now: Millis::new(now),
            action: match text {
                "tick" => Action::Tick,
                request => Action::Ask(read_request(request)),
            },
        }
    });
    steps.collect()
}

/// Plays a script; what comes before its last step was compared as a script of its own.
fn play(script: &[Step]) -> Result<(), String> {
    let machine = Hosted::new(MemoryStore::default(), |store| store);
    let mut twin = Twin::new(machine, Model::default(), Commits::Always);
    for step in script {
        twin.act(step)?;
    }
    twin.compare()
}

/// The next of the words of one length, as numbers are counted.
fn advance(word: &mut [usize]) -> bool {
    for letter in word.iter_mut().rev() {
        *letter += 1;
        if *letter < LETTERS.len() {
            return true;
        }
        *letter = 0;
    }
    false
}

#[test]
fn every_short_script_is_the_same_to_the_engine_and_the_model() {
    let mut played = 0;
    for (length_max, beginning) in BEGINNINGS {
        let deeper = usize::try_from(setting("DEEPER", 0)).unwrap_or_default();
        for length in 0..=length_max + deeper {
            let mut word = vec![0; length];
            loop {
                let script = script(beginning, &word);
                if let Err(difference) = play(&script) {
                    panic!("{}\n{difference}", report(&script));
                }
                played += 1;
                if !advance(&mut word) {
                    break;
                }
            }
        }
    }
    assert!(played > 150_000, "{played} scripts were played");
}
