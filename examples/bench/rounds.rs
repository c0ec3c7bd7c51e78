//! Rounds of runs: everything in turn, so that what disturbs the machine disturbs all alike.

use std::collections::BTreeMap;
use std::time::Duration;

use resonate::prelude::Result;

use crate::measure::Figures;
use crate::scenario::Case;
use crate::system::System;

/// What the rounds of a case gave.
pub struct Measured {
    pub case: Case,
    /// Ours first.
    pub systems: Vec<(System, Vec<Option<Figures>>)>,
}

/// The middle of some values, and how far they lie apart.
#[derive(Clone, Copy)]
pub struct Spread {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

/// Runs each case so many times, with us and with its peers. Who comes first changes from round to
/// round.
pub fn run(
    plan: Vec<(Case, Vec<System>)>,
    repeat: usize,
    limit: Duration,
) -> Result<Vec<Measured>> {
    let peers: BTreeMap<_, _> = plan
        .iter()
        .flat_map(|(_, peers)| peers.iter().map(|peer| (peer.name(), *peer)))
        .collect();
    peers.values().try_for_each(|peer| peer.build())?;
    let mut measured: Vec<Measured> = plan.into_iter().map(Measured::new).collect();
    for round in 0..repeat {
        for of in &mut measured {
            let Measured { case, systems } = of;
            let count = systems.len();
            for at in 0..count {
                let at = if round % 2 == 0 { at } else { count - 1 - at };
                let Some((system, rounds)) = systems.get_mut(at) else {
                    continue;
                };
                rounds.push(match (system.run(case, limit), &system) {
                    (Ok(figures), _) => Some(figures),
                    (Err(error), System::Ours) => return Err(error),
                    (Err(error), System::Peer(peer)) => {
                        eprintln!("{}, {case}: {error}", peer.name);
                        None
                    }
                });
            }
        }
    }
    Ok(measured)
}

impl Measured {
    fn new((case, peers): (Case, Vec<System>)) -> Self {
        let systems = [System::Ours].into_iter().chain(peers);
        Self {
            case,
            systems: systems.map(|system| (system, Vec::new())).collect(),
        }
    }

    /// The rounds of the system of that name.
    fn rounds(&self, name: &str) -> impl Iterator<Item = Option<&Figures>> {
        let of_name = self.systems.iter().filter(move |(it, _)| it.name() == name);
        of_name.flat_map(|(_, rounds)| rounds.iter().map(Option::as_ref))
    }

    /// A figure of our rounds.
    pub fn spread(&self, system: System, figure: &str) -> Option<Spread> {
        let rounds = self.rounds(system.name()).flatten();
        Spread::of(
            rounds
                .filter_map(|figures| figures.get(figure).copied())
                .collect(),
        )
    }

    /// How many times more our figure is than another, round by round.
    pub fn ratio(&self, figure: &str, other: (&Self, System, &str)) -> Option<Spread> {
        let (measured, system, of) = other;
        let ours = self.rounds(System::Ours.name());
        let pairs = ours.zip(measured.rounds(system.name()));
        let ratios = pairs.filter_map(|(ours, theirs)| Some(ours?.get(figure)? / theirs?.get(of)?));
        Spread::of(ratios.collect())
    }
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let half = values.len() / 2;
        let upper = *values.get(half)?;
        let median = if values.len() % 2 == 1 {
            upper
        } else {
            f64::midpoint(*values.get(half - 1)?, upper)
        };
        Some(Self {
            median,
            least,
            most,
        })
    }

    /// The same of the reciprocals.
    pub fn inverse(self) -> Self {
        Self {
            median: self.median.recip(),
            least: self.most.recip(),
            most: self.least.recip(),
        }
    }
}

/// With two digits after the point where there are few before it.
impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = match self.median.abs() {
            under if under < 10.0 => 2,
            under if under < 100.0 => 1,
            _ => 0,
        };
        let Self {
            median,
            least,
            most,
        } = self;
        write!(f, "{median:.digits$} [{least:.digits$} - {most:.digits$}]")
    }
}
