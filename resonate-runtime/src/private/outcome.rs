//! What a function returned, as the record of its run.

use std::any::type_name;

use resonate_core::payload::{Failure, Json, Outcome};
use serde::Serialize;

use crate::function::{DurableError, DurableResult, ErrorOf, Final, Function};

/// What `F` returned, written down.
pub fn encode_outcome<F: Function>(
    returned: F::Return,
    is_final: fn(&ErrorOf<F>) -> bool,
) -> Outcome {
    encode_result(returned.into_result(), is_final)
}

/// What a function returned, written down.
pub(crate) fn encode_result<T: Serialize, E: DurableError>(
    result: Result<T, E>,
    is_final: fn(&E) -> bool,
) -> Outcome {
    match result {
        Ok(value) => written(&value).map_or_else(Outcome::Unwritable, Outcome::Returned),
        Err(error) => failed(&error, is_final(&error)),
    }
}

fn failed<E: DurableError>(error: &E, is_final: bool) -> Outcome {
    match written(error) {
        Ok(data) => Outcome::Failed(Failure {
            name: last_segment(type_name::<E>()).to_owned(),
            message: error.to_string(),
            data: Some(data),
            is_final,
        }),
        Err(cause) => Outcome::Unwritable(cause),
    }
}

fn written<T: Serialize>(value: &T) -> Result<Json, String> {
    serde_json::value::to_raw_value(value).map_err(|cause| cause.to_string())
}

/// `ChargeError` of `shop::payment::ChargeError<shop::Card>`.
fn last_segment(path: &str) -> &str {
    let plain = path.split('<').next().unwrap_or(path);
    plain.rsplit("::").next().unwrap_or(plain)
}

/// Asks an error whether it is final, if its type has an answer.
///
/// `Finality(&error).is_final()` calls the method below when the type implements [`Final`], and
/// otherwise finds the one of [`NeverFinal`]: a type's own methods go before those of traits.
pub struct Finality<'e, E>(pub &'e E);

impl<E: Final> Finality<'_, E> {
    /// What the error says.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.0.is_final()
    }
}

/// The answer for an error that has none.
pub trait NeverFinal {
    /// No.
    fn is_final(&self) -> bool;
}

impl<E> NeverFinal for Finality<'_, E> {
    fn is_final(&self) -> bool {
        false
    }
}
