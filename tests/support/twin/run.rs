//! A seed's whole run: episodes on fresh machines, until all steps are made or one differs.

use crate::machine::{Bug, Model};
use crate::script::{Action, Step};

use super::{Generator, Machine, Reach, Standing, Twin, report, shrink};

/// Steps on one pair of machines before the next pair starts empty.
const EPISODE: usize = 100;
/// An episode ends when it keeps more promises than this, so that comparing stays quick.
const PROMISES_MAX: usize = 400;

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// How many steps were made.
    pub steps: usize,
    /// Which cells they came to.
    pub reach: Reach,
    /// The seed of the episode that differed, its script up to there, and the difference.
    pub divergence: Option<(u64, Vec<Step>, String)>,
}

/// Plays `steps` steps of `seed` on machines made by `fresh` beside models with `bug`.
pub fn run<M: Machine>(
    (seed, steps): (u64, usize),
    bug: Option<Bug>,
    fresh: impl Fn() -> M,
) -> Run {
    let mut run = Run::default();
    for episode in seed.. {
        let model = Model {
            bug,
            ..Model::default()
        };
        let mut twin = Twin::new(fresh(), model);
        let mut generator = Generator::new(episode);
        let mut script = Vec::new();
        while script.len() < EPISODE && twin.model.kept.promises.len() < PROMISES_MAX {
            if run.steps == steps {
                return run;
            }
            let step = generator.step(&twin.model);
            script.push(step.clone());
            run.steps += 1;
            if let Err(difference) = take(&mut twin, &step, &mut run.reach) {
                run.divergence = Some((episode, script, difference));
                return run;
            }
        }
    }
    run
}

fn take<M: Machine>(twin: &mut Twin<M>, step: &Step, reach: &mut Reach) -> Result<(), String> {
    let standing = match &step.action {
        Action::Ask(request) => Some((request, Standing::of(&twin.model, request, step.now))),
        Action::Tick => None,
    };
    let answer = twin.step(step)?;
    if let (Some((request, standing)), Some(answer)) = (standing, answer) {
        reach.count(request, standing, &answer);
    }
    Ok(())
}

/// As [`run`] with a model that keeps every rule.
///
/// # Panics
/// When they differ. The message holds the seed, the shrunk script and the difference.
pub fn agree<M: Machine>((seed, steps): (u64, usize), fresh: impl Fn() -> M) -> Run {
    let run = run((seed, steps), None, &fresh);
    let Some((episode, script, difference)) = &run.divergence else {
        return run;
    };
    let first = |script: &[Step]| first_difference(script, fresh(), Model::default());
    let small = shrink(script, |script| first(script).is_some());
    let told = first(&small).unwrap_or_default();
    panic!(
        "SEED={episode} differs at step {}:\n{difference}\nlast steps:\n{}\n\
         shrunk to {} steps:\n{}\n{told}",
        script.len(),
        report(script),
        small.len(),
        report(&small),
    );
}

/// The first difference that a script brings to light.
pub fn first_difference<M: Machine>(script: &[Step], machine: M, model: Model) -> Option<String> {
    let mut twin = Twin::new(machine, model);
    script.iter().find_map(|step| twin.step(step).err())
}

/// A number that the environment may set, and otherwise `default`.
///
/// # Panics
/// When the variable is set to anything but a number.
#[must_use]
pub fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number"))
    })
}
