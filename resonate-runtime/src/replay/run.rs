//! One replay: the execution's own body, then those of the workflows that it called as local
//! steps, each against its own record.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use resonate_core::execution::{RecordedStep, Recording};
use resonate_core::payload::{Base64Json, Codec as _, Failure};
use resonate_core::protocol::{PromiseRecord, PromiseSettle, PromiseState};
use resonate_core::registry::Registry;
use resonate_core::{PromiseId, Value, tags};

use super::compare::{Difference, difference};
use super::playback::{Notes, Playback};
use super::{ReplayClock, ReplayError, Replayed};
use crate::client::{Builder, Core};
use crate::dependencies::Dependencies;
use crate::error::Verdict;
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
    let part = Part::root(&run.core, under_way(&root), run.journal()).await;
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
    let (came, trail) = run.replay(part, &root).await?;
    let mut nested = trail.nested;
    let by_id: HashMap<_, _> = run.steps.iter().map(|it| (&it.record.id, it)).collect();
    while let Some(next) = nested.pop() {
        let Some(step) = by_id.get(&next.record.id) else {
            continue;
        };
        let part = Part::nested(&run.core, next, run.journal());
        let (_, trail) = run.replay(part, &step.record).await?;
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
        let records = steps.iter().map(|step| Arc::clone(&step.record));
        let playback = Arc::new(Playback::of(records, began));
        let (network, clock) = (Arc::clone(&playback), Arc::new(ReplayClock::at(began)));
        Ok(Self {
            core: Builder::replaying(dependencies, network, clock, ids),
            playback,
            codec,
            steps,
            pin,
        })
    }

    /// What a worker has at hand when it claims the execution.
    fn journal(&self) -> Vec<Arc<PromiseRecord>> {
        let records = self.steps[1..].iter().map(|step| &step.record);
        records
            .filter(|record| record.tags.get(tags::SCOPE) == Some("local"))
            .cloned()
            .collect()
    }

    /// Runs one body against its record.
    async fn replay(
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
            Ending::Fulfilled(_) | Ending::Suspended => {}
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
        let is_of_a_body = |step: &RecordedStep| {
            let body = step.body.as_ref();
            body.is_some_and(|body| trail.bodies.contains(body)) && step.record.id != self.pin
        };
        let unasked = self
            .steps
            .iter()
            .find(|step| is_of_a_body(step) && !trail.asked.contains(&step.record.id));
        unasked.map_or(Ok(()), |step| {
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
            Some(settled) if has_ended(record) => match self.compare(record, &settled) {
                Some(difference) => Err(ReplayError::other_result(id, difference)),
                None => Ok(Replayed::Ended),
            },
            Some(_) => Ok(Replayed::Ended),
        }
    }

    fn compare(&self, record: &PromiseRecord, settled: &PromiseSettle) -> Option<Difference> {
        let (was, is) = (self.text(&record.value), self.text(&settled.value));
        let (state, now) = (record.state, PromiseState::from(settled.state));
        if state != now {
            let told = |state, text: &str| {
                let what = if state == PromiseState::Resolved {
                    "value"
                } else {
                    "error"
                };
                format!("the {what} {text}")
            };
            return Some(Difference {
                path: String::new(),
                recorded: told(state, &was),
                now: told(now, &is),
            });
        }
        difference(&was, &is)
    }

    fn text(&self, value: &Value) -> String {
        let json = self.codec.decode(value).ok().flatten();
        json.map_or_else(|| "null".to_owned(), |json| json.get().to_owned())
    }

    /// Why a body could not be run to where it had come.
    fn failed(&self, id: &PromiseId, ending: Ending) -> ReplayError {
        match ending {
            Ending::Faulted(FaultReport { kind, message }) => ReplayError::Fault { kind, message },
            Ending::Fulfilled(_) | Ending::Suspended | Ending::Lost | Ending::Released(_) => {
                stuck(id)
            }
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

fn stuck(id: &PromiseId) -> ReplayError {
    ReplayError::Stuck {
        id: id.to_string(),
        waited: WAIT_MAX,
    }
}

/// Whether the body itself ended the promise: neither its deadline did, nor a cancellation, nor
/// a worker that could not run it.
fn has_ended(record: &PromiseRecord) -> bool {
    let failure = || {
        let json = Base64Json::default().decode(&record.value).ok().flatten();
        json.map(|json| Failure::from_json(&json))
    };
    match record.state {
        PromiseState::Resolved => true,
        PromiseState::Rejected => {
            failure().is_none_or(|failure| Verdict::of(&failure) != Some(Verdict::Fault))
        }
        PromiseState::Pending | PromiseState::RejectedCanceled | PromiseState::RejectedTimedout => {
            false
        }
    }
}

/// The promise as it was while its body ran.
fn under_way(record: &PromiseRecord) -> Arc<PromiseRecord> {
    Arc::new(PromiseRecord {
        state: PromiseState::Pending,
        value: Value::default(),
        settled_at: None,
        ..record.clone()
    })
}
