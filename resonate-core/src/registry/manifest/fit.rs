//! Whether what one type wrote, another can read.

use std::collections::BTreeMap;

use super::change::Misfit;
use crate::registry::shape::{Field, Shape};

/// Who wrote, and who reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Callers of before write it, the function of now reads it.
    Argument,
    /// Written by the function of before and of now, read by callers of both.
    Result,
}

/// Every place at which two shapes differ.
pub(super) fn misfits(was: &Shape, is: &Shape, place: &str, way: Way) -> Vec<Misfit> {
    let mut fit = Fit {
        way,
        found: Vec::new(),
    };
    fit.compare(was, is, place);
    fit.found
}

struct Fit {
    way: Way,
    found: Vec<Misfit>,
}

impl Fit {
    fn compare(&mut self, was: &Shape, is: &Shape, place: &str) {
        match (was, is) {
            (was, is) if was == is => {}
            (Shape::Optional(was), Shape::Optional(is)) => self.compare(was, is, place),
            (Shape::List(was), Shape::List(is)) => self.compare(was, is, &format!("{place}[]")),
            (Shape::Map(was_key, was), Shape::Map(is_key, is)) => {
                self.compare(was_key, is_key, &format!("{place} (key)"));
                self.compare(was, is, &format!("{place}[]"));
            }
            (Shape::Tuple(were), Shape::Tuple(are)) if were.len() == are.len() => {
                for (index, (was, is)) in were.iter().zip(are).enumerate() {
                    self.compare(was, is, &format!("{place}.{index}"));
                }
            }
            (Shape::Struct(were), Shape::Struct(are)) => self.fields(were, are, place),
            (Shape::Enum(were), Shape::Enum(are)) => self.variants(were, are, place),
            // What could be missing now: whoever sent it still may, and nobody reads it who did.
            (was, Shape::Optional(is)) if self.way == Way::Argument && **is == *was => {
                self.differ(place, &was.to_string(), &format!("option<{is}>"), false);
            }
            (was, is) => self.differ(place, &was.to_string(), &is.to_string(), true),
        }
    }

    fn fields(
        &mut self,
        were: &BTreeMap<String, Field>,
        are: &BTreeMap<String, Field>,
        place: &str,
    ) {
        for (name, was) in were {
            let place = format!("{place}.{name}");
            match are.get(name) {
                Some(is) => {
                    self.compare(&was.shape, &is.shape, &place);
                    if was.optional != is.optional {
                        // Required now: what was written without it cannot be read. Optional
                        // now: callers of before need it in a result.
                        let breaks = was.optional || self.way == Way::Result;
                        let text = |optional| if optional { "optional" } else { "required" };
                        self.differ(&place, text(was.optional), text(is.optional), breaks);
                    }
                }
                None => {
                    let breaks = self.way == Way::Result && !was.optional;
                    self.differ(&place, &was.shape.to_string(), "", breaks);
                }
            }
        }
        for (name, is) in are.iter().filter(|(name, _)| !were.contains_key(*name)) {
            let place = format!("{place}.{name}{}", if is.optional { "?" } else { "" });
            self.differ(&place, "", &is.shape.to_string(), !is.optional);
        }
    }

    fn variants(
        &mut self,
        were: &BTreeMap<String, Shape>,
        are: &BTreeMap<String, Shape>,
        place: &str,
    ) {
        for (name, was) in were {
            let place = format!("{place}::{name}");
            match are.get(name) {
                Some(is) => self.compare(was, is, &place),
                None => self.differ(&place, &was.to_string(), "", true),
            }
        }
        for (name, is) in are.iter().filter(|(name, _)| !were.contains_key(*name)) {
            let place = format!("{place}::{name}");
            let breaks = self.way == Way::Result;
            self.differ(&place, "", &is.to_string(), breaks);
        }
    }

    fn differ(&mut self, place: &str, was: &str, is: &str, breaks: bool) {
        self.found.push(Misfit {
            place: place.to_owned(),
            was: was.to_owned(),
            is: is.to_owned(),
            breaks,
        });
    }
}
