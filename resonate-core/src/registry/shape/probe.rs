//! The experiments that find out a shape.

use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::de::DeserializeOwned;

use super::Shape;
use super::record::{Record, Stop};
use super::recorder::Recorder;

/// Experiments with one type, at most: a type with more to it is told as far as it was seen.
const EXPERIMENTS_MAX: usize = 4_096;
/// Tries of one experiment, each with another value for what was refused.
const TRIES_MAX: usize = 256;

/// A way to find out the shape of a type, or none.
#[derive(Clone, Copy, Default)]
pub struct Probe(Option<fn() -> Shape>);

impl Probe {
    /// No way: the program is built without shapes.
    pub const NONE: Self = Self(None);

    /// Asks the `Deserialize` of `T`.
    #[must_use]
    pub const fn of<T: DeserializeOwned>() -> Self {
        Self(Some(shape_of::<T>))
    }

    /// The shape.
    #[must_use]
    pub fn shape(&self) -> Option<Shape> {
        self.0.map(|find_out| find_out())
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Probe" } else { "None" })
    }
}

/// Reads a `T` from values that are made up as it asks for them, again and again: each field left
/// out once, each variant taken once.
fn shape_of<T: DeserializeOwned>() -> Shape {
    let record = RefCell::new(Record::default());
    for _ in 0..EXPERIMENTS_MAX {
        if !record.borrow_mut().begin_next_experiment() {
            break;
        }
        for _ in 0..TRIES_MAX {
            record.borrow_mut().begin_try();
            let read = || T::deserialize(Recorder::root(&record)).map(drop);
            // The user's code meets odd values here, and may not be ready for them.
            match catch_unwind(AssertUnwindSafe(read)) {
                Ok(Err(Stop::Again)) => {}
                Ok(Err(Stop::Refused)) => {
                    if !record.borrow_mut().try_another_value() {
                        break;
                    }
                }
                Ok(Ok(()) | Err(Stop::Missing)) | Err(_) => break,
            }
        }
    }
    record.into_inner().shape("")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Order {
        id: String,
        cents: u64,
        #[serde(rename = "noteText")]
        note: Option<String>,
        #[serde(default)]
        tags: Vec<String>,
        #[serde(alias = "klass")]
        class: Class,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    enum Class {
        Plain,
        Rate(f32),
        Pair(u8, bool),
        Named { of: std::net::IpAddr },
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Tree {
        value: std::num::NonZeroU8,
        left: Option<Box<Self>>,
        rest: Vec<Self>,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    enum Sum {
        Add(Box<Self>, Box<Self>),
        Literal(i64),
    }

    #[derive(Deserialize)]
    #[serde(try_from = "String")]
    struct Currency;

    impl TryFrom<String> for Currency {
        type Error = &'static str;
        fn try_from(text: String) -> Result<Self, Self::Error> {
            if text.len() == 3 {
                Ok(Self)
            } else {
                Err("no currency")
            }
        }
    }

    #[derive(Deserialize)]
    #[serde(untagged)]
    #[allow(dead_code)]
    enum Loose {
        One(u8),
        Two(String),
    }

    fn assert_shape<T: DeserializeOwned>(expected: &str) {
        let shape = shape_of::<T>();
        assert_eq!(shape.to_string(), expected);
        let json = serde_json::to_string(&shape).unwrap();
        assert_eq!(
            serde_json::from_str::<Shape>(&json).unwrap(),
            shape,
            "{json}"
        );
    }

    #[test]
    fn a_type_is_known_by_what_it_reads() {
        assert_shape::<()>("()");
        assert_shape::<(u8, Option<bool>)>("(u8, option<bool>)");
        assert_shape::<BTreeMap<String, [i32; 2]>>("map<string, (i32, i32)>");
        assert_shape::<Order>(
            "{cents: u64, class: Named {of: string} | Pair(u8, bool) | Plain | Rate(f32), \
             id: string, noteText?: option<string>, tags?: [string]}",
        );
        assert_shape::<Currency>("string");
        assert_shape::<serde_json::Value>("any");
        assert_shape::<Loose>("any");
    }

    #[test]
    fn a_type_in_itself_ends() {
        assert_shape::<Tree>("{left?: option<itself>, rest: [itself], value: u8}");
        assert_shape::<Sum>("Add(itself, itself) | Literal(i64)");
    }
}
