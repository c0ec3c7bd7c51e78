//! One replay: the execution's own body, then those of the workflows that it called as local
//! steps, each against its own record.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use resonate_core::execution::{RecordedStep, Recording};
use resonate_core::payload::Base64Json;
use resonate_core::protocol::{PromiseRecord, PromiseState};
use resonate_core::registry::Registry;
use resonate_core::{Millis, PromiseId, Value, tags};

use super::compare::{has_ended, results};
use super::playback::{Notes, Playback};
use super::{ReplayClock, ReplayError, Replayed};
use crate::client::{Builder, Core};
use crate::dependencies::Dependencies;
use crate::worker::{Ending, FaultKind, FaultReport, Part, Trail};

/// How long a body may await something that is not durable.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// One replay under way.
struct Run {
    core: Arc<Core>,
    playback: Arc<Playback>,
    codec: Base64Json,
    /// The recorded steps; first the execution itself.
    steps: Vec<RecordedStep>,
    /// Which of them each body began.
    by_body: HashMap<PromiseId, Vec<usize>>,
    /// The record of the version that the execution began on; no step of the code.
    pin: PromiseId,
}

pub(super) async fn run(
    recording: &Recording,
    dependencies: Dependencies,
    wanted: Option<(&'static str, u32)>,
) -> Result<Replayed, ReplayError> {
    Registry::global().check().map_err(ReplayError::Registry)?;
    let run = Run::new(recording, dependencies)?;
    let root = Arc::clone(&run.steps[0].record);
    let part = Part::root(&run.core, under_way(&root, root.created_at), run.journal()).await;
    let part = part.map_err(|ending| run.failed(&root.id, ending))?;
    if let Some(wanted) = wanted.filter(|wanted| *wanted != part.function()) {
        let named = |(name, version): (&str, u32)| format!("`{name}` version {version}");
        return Err(ReplayError::OtherFunction {
            id: root.id.to_string(),
            recorded: named(part.function()),
            wanted: named(wanted),
        });
    }
    if part.is_leaf() {
        // It has no steps, and is not run.
        return Ok(run.unless_pending(&root));
    }
    let (came, trail) = run.play(part, &root).await?;
    let by_id: HashMap<_, _> = run.records().map(|record| (&record.id, record)).collect();
    let mut nested = VecDeque::from(trail.nested);
    while let Some(next) = nested.pop_front() {
        let Some(record) = by_id.get(&next.id).filter(|record| has_ended(record)) else {
            continue;
        };
        let (began, journal) = (under_way(record, next.began), run.journal_of(&next.id));
        let part = Part::nested(&run.core, began, next.work, journal);
        let (_, trail) = run.play(part, record).await?;
        nested.extend(trail.nested);
    }
    Ok(came)
}

impl Run {
    fn new(recording: &Recording, dependencies: Dependencies) -> Result<Self, ReplayError> {
        let codec = Base64Json::default();
        let steps = recording.records(&codec).map_err(|cause| {
            let message = cause.to_string();
            let kind = FaultKind::Undecodable;
            ReplayError::Fault { kind, message }
        })?;
        let root = &steps[0].record;
        let (began, ids) = (root.created_at, recording.ids());
        let pin = ids.named_child(&root.id, "version");
        let mut by_body: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, step) in steps.iter().enumerate() {
            if let Some(body) = &step.body {
                by_body.entry(body.clone()).or_default().push(at);
            }
        }
        let records = steps.iter().map(|step| Arc::clone(&step.record));
        let playback = Arc::new(Playback::of(records, began));
        let (network, clock) = (Arc::clone(&playback), Arc::new(ReplayClock::at(began)));
        Ok(Self {
            core: Builder::replaying(dependencies, network, clock, ids),
            playback,
            codec,
            steps,
            by_body,
            pin,
        })
    }

    fn records(&self) -> impl Iterator<Item = &Arc<PromiseRecord>> {
        self.steps.iter().map(|step| &step.record)
    }

    /// What a worker has at hand when it claims the execution.
    fn journal(&self) -> Vec<Arc<PromiseRecord>> {
        let steps = self.records().skip(1);
        steps.filter(|record| is_local(record)).cloned().collect()
    }

    /// The part of it that concerns one body and those that it called.
    fn journal_of(&self, body: &PromiseId) -> Vec<Arc<PromiseRecord>> {
        let (mut bodies, mut found) = (vec![body], Vec::new());
        while let Some(body) = bodies.pop() {
            for at in self.by_body.get(body).into_iter().flatten() {
                let record = &self.steps[*at].record;
                if is_local(record) {
                    bodies.push(&record.id);
                    found.push(Arc::clone(record));
                }
            }
        }
        found
    }

    /// Runs one body against its record.
    async fn play(
        &self,
        part: Part,
        record: &Arc<PromiseRecord>,
    ) -> Result<(Replayed, Trail), ReplayError> {
        let id = &record.id;
        self.playback.begin(!has_ended(record));
        let ran = tokio::time::timeout(WAIT_MAX, part.run(&self.core)).await;
        let Ok((ending, trail)) = ran else {
            return Err(stuck(id));
        };
        let notes = self.playback.take_notes();
        if let Some((id, asked)) = notes.unrecorded {
            let (id, asked) = (id.to_string(), asked.to_string());
            return Err(ReplayError::Unrecorded { id, asked });
        }
        match &ending {
            Ending::Fulfilled(_) | Ending::Suspended { .. } => {}
            Ending::Faulted(_) | Ending::Lost | Ending::Released(_) => {
                return Err(self.failed(id, ending));
            }
        }
        self.all_asked(&trail)?;
        let came = self.judge(record, notes)?;
        Ok((came, trail))
    }

    /// Whether the bodies that ran asked for every step that was recorded of them.
    fn all_asked(&self, trail: &Trail) -> Result<(), ReplayError> {
        let steps = trail
            .bodies
            .iter()
            .filter_map(|body| self.by_body.get(body));
        let unasked = steps.flatten().filter(|at| {
            let id = &self.steps[**at].record.id;
            !trail.asked.contains(id) && *id != self.pin
        });
        unasked.min().map_or(Ok(()), |first| {
            let step = &self.steps[*first];
            Err(ReplayError::Unasked {
                id: step.record.id.to_string(),
                recorded: step.asked(&self.codec).to_string(),
            })
        })
    }

    /// How far the body came, held against how far it had come.
    fn judge(&self, record: &PromiseRecord, notes: Notes) -> Result<Replayed, ReplayError> {
        let Notes { ended, waits, .. } = notes;
        let id = record.id.to_string();
        let on: Vec<String> = waits.iter().map(ToString::to_string).collect();
        match ended {
            None if has_ended(record) => Err(ReplayError::Waits { id, on }),
            None if on.is_empty() => Ok(Replayed::Ended),
            None => Ok(Replayed::Waits { on }),
            Some(settled) if has_ended(record) => match results(record, &settled) {
                Some(difference) => Err(ReplayError::other_result(id, difference)),
                None => Ok(Replayed::Ended),
            },
            Some(_) => Ok(Replayed::Ended),
        }
    }

    /// Why a body could not be run to where it had come.
    fn failed(&self, id: &PromiseId, ending: Ending) -> ReplayError {
        match ending {
            Ending::Faulted(FaultReport { kind, message }) => ReplayError::Fault { kind, message },
            Ending::Fulfilled(_)
            | Ending::Suspended { .. }
            | Ending::Lost
            | Ending::Released(_) => stuck(id),
        }
    }

    fn unless_pending(&self, record: &PromiseRecord) -> Replayed {
        if record.state.is_pending() {
            let on = vec![record.id.to_string()];
            Replayed::Waits { on }
        } else {
            Replayed::Ended
        }
    }
}

fn is_local(record: &PromiseRecord) -> bool {
    record.tags.get(tags::SCOPE) == Some("local")
}

fn stuck(id: &PromiseId) -> ReplayError {
    ReplayError::Stuck {
        id: id.to_string(),
        waited: WAIT_MAX,
    }
}

/// The promise as it was while its body ran.
fn under_way(record: &PromiseRecord, began: Millis) -> Arc<PromiseRecord> {
    Arc::new(PromiseRecord {
        created_at: began,
        state: PromiseState::Pending,
        value: Value::default(),
        settled_at: None,
        ..record.clone()
    })
}
