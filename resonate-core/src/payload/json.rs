//! JSON texts that this crate itself writes.

use serde::Serialize;

use super::Json;

/// Writes one of our own shapes.
pub(super) fn write<T: Serialize + ?Sized>(shape: &T) -> Json {
    serde_json::value::to_raw_value(shape)
        .expect("text, finite numbers and JSON texts can always be written")
}

/// Whether a JSON text is an object. (A derived reader would take an array for one.)
pub(super) fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
}
