//! What a function returned, as the record of its run.

use std::any::type_name;

use resonate_core::payload::{Failure, Json, Outcome};
use serde::Serialize;

use crate::function::{DurableError, DurableResult, Final, Function};

/// What `F` returned, written down.
pub fn encode_outcome<F: Function>(returned: F::Return, is_final: bool) -> Outcome {
    encode_result(returned.into_result(), is_final)
}

/// What a function returned, written down.
pub(crate) fn encode_result<T: Serialize, E: DurableError>(
    result: Result<T, E>,
    is_final: bool,
) -> Outcome {
    match result {
        Ok(value) => written(&value).map_or_else(Outcome::Unwritable, Outcome::Returned),
        Err(error) => failure_of(&error).map_or_else(Outcome::Unwritable, |failure| {
            Outcome::Failed(Failure {
                is_final,
                ..failure
            })
        }),
    }
}

/// A function's own error as it is written down.
pub(crate) fn failure_of<E: DurableError>(error: &E) -> Result<Failure, String> {
    Ok(Failure {
        name: last_segment(type_name::<E>()).to_owned(),
        message: error.to_string(),
        data: Some(written(error)?),
        is_final: false,
    })
}

fn written<T: Serialize>(value: &T) -> Result<Json, String> {
    serde_json::value::to_raw_value(value).map_err(|cause| cause.to_string())
}

/// `ChargeError` of `shop::payment::ChargeError<shop::Card>`.
fn last_segment(path: &str) -> &str {
    let plain = path.split('<').next().unwrap_or(path);
    plain.rsplit("::").next().unwrap_or(plain)
}

/// Asks what a function returned whether it is a final error, if the error's type has an answer.
///
/// `Finality(&returned).is_final()` calls the method below when the error implements [`Final`],
/// and otherwise finds the one of [`NeverFinal`]: a type's own methods go before those of traits.
#[derive(Debug)]
pub struct Finality<'r, R>(pub &'r R);

impl<T, E: Final> Finality<'_, Result<T, E>> {
    /// Whether it is an error that says so.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.0.as_ref().is_err_and(Final::is_final)
    }
}

/// The answer for a result that has none.
pub trait NeverFinal {
    /// No.
    fn is_final(&self) -> bool;
}

impl<R> NeverFinal for Finality<'_, R> {
    fn is_final(&self) -> bool {
        false
    }
}
