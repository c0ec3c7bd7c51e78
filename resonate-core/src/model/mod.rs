//! What is kept: promises with their tasks, and the edges between them.
//!
//! Each state carries its own data, so no field can be stale, and each object says when it next
//! needs attention, so state and timer cannot disagree.

mod promise;
mod task;

pub use promise::{Edge, Promise, expired, project};
pub use task::{Lease, Task, TaskState};
