//! Who makes calls, in a crate that only declares them: types with names and without values.
//!
//! With the feature `runtime` these names are the real ones; whatever compiles against these
//! compiles against those.

use resonate_core::registry::{Env, Kind};

use crate::function::{BlockingEnvironment, Environment};

/// What a workflow is given; there is none without the feature `runtime`.
#[derive(Clone, Copy, Debug)]
pub enum Context {}

/// What a leaf may ask about its run; there is none without the feature `runtime`.
#[derive(Clone, Copy, Debug)]
pub enum Info {}

/// A client; there is none without the feature `runtime`.
#[derive(Clone, Copy, Debug)]
pub enum Resonate {}

/// An id for an execution; there is none without the feature `runtime`.
#[derive(Clone, Copy, Debug)]
pub struct Start<'c> {
    resonate: &'c Resonate,
}

impl Environment for Context {
    const KIND: Kind = Kind::Workflow;

    fn from_env(_env: Env<'_>) -> &Self {
        unreachable!("without the feature `runtime` nothing runs a function")
    }
}

impl Environment for Info {
    const KIND: Kind = Kind::Leaf;

    fn from_env(_env: Env<'_>) -> &Self {
        unreachable!("without the feature `runtime` nothing runs a function")
    }
}

impl BlockingEnvironment for Info {}
