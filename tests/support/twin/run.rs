//! A seed's whole run: episodes on fresh machines, until all steps are made or one differs.

use crate::machine::{Bug, Model};

use super::{Action, Commits, Generator, Machine, Reach, Standing, Step, Twin, report, shrink};

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

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The seed of the first episode; the following have the following ones.
    pub seed: u64,
    /// How many steps to make in all.
    pub steps: usize,
    /// The rule that the model breaks.
    pub bug: Option<Bug>,
    /// When what was done is kept.
    pub commits: Commits,
}

impl Plan {
    /// So many steps from `SEED`, or `STEPS` steps.
    #[must_use]
    pub fn new(steps: usize) -> Self {
        Self {
            seed: setting("SEED", 1),
            steps: usize::try_from(setting("STEPS", steps as u64)).unwrap_or(usize::MAX),
            bug: None,
            commits: Commits::Always,
        }
    }

    fn twin<M: Machine>(self, machine: M) -> Twin<M> {
        let model = Model {
            bug: self.bug,
            ..Model::default()
        };
        Twin::new(machine, model, self.commits)
    }
}

/// Plays a plan on machines made by `fresh`, to its end or the first difference.
pub fn run<M: Machine>(plan: Plan, fresh: impl Fn() -> M) -> Run {
    let mut run = Run::default();
    for episode in plan.seed.. {
        let mut twin = plan.twin(fresh());
        let mut generator = Generator::new(episode, plan.commits);
        let mut script = Vec::new();
        while script.len() < EPISODE && twin.model().kept.promises.len() < PROMISES_MAX {
            if run.steps == plan.steps {
                return run;
            }
            let step = generator.step(twin.model());
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
    let Action::Ask(request) = &step.action else {
        return twin.step(step).map(drop);
    };
    let standing = Standing::of(twin.model(), request, step.now);
    if let Some(answer) = twin.step(step)? {
        reach.count(request, standing, &answer);
    }
    Ok(())
}

/// As [`run`], of a machine that has to agree with the model.
///
/// # Panics
/// When it does not. The message holds the seed, the shrunk script and the difference.
pub fn agree<M: Machine>(plan: Plan, fresh: impl Fn() -> M) -> Run {
    let run = run(plan, &fresh);
    let Some((episode, script, difference)) = &run.divergence else {
        return run;
    };
    let first = |script: &[Step]| first_difference(script, plan.twin(fresh()));
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
pub fn first_difference<M: Machine>(script: &[Step], mut twin: Twin<M>) -> Option<String> {
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
