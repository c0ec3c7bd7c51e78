//! The bookkeeping of one run of one task.

pub mod ids;
