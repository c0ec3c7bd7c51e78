//! Maps in memory.

/// Maps in memory: for tests and work that may be lost with the process.
#[derive(Debug, Default)]
pub struct MemoryStore {}
