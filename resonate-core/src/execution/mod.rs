//! The bookkeeping of one run of one task: which promise a step becomes, whether what was
//! recorded agrees with what the code asks for now, and in which order results were seen.

mod agreement;
mod branch;
pub mod ids;
mod plan;
mod recording;
mod seen;

pub use agreement::{Asked, Disagreement, agree};
pub use branch::{Branch, SHARED_MAX, set_apart};
pub use ids::IdGrammar;
pub use plan::{Lineage, Plan, PlanKind};
pub use recording::{RecordedStep, Recording, RecordingError, UnreadablePromise};
pub use seen::{SEEN, SeenError, read_seen, write_seen};
