//! Where a task or a listener is told: `poll://any@group`, `poll://uni@group/pid`, `http(s)://…`.

/// placeholder
#[derive(Debug)]
pub struct Address;
