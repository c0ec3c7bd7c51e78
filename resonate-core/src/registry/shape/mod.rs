//! What a type looks like when it is written as JSON, found out by asking its `Deserialize`.

mod probe;
mod record;
mod recorder;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use probe::Probe;

/// What a type looks like when it is written.
///
/// Names of types are no part of it: a type that moves or is renamed has the same shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Shape {
    /// Anything, or what cannot be told: untagged and internally tagged enums, flattened structs.
    Any,
    /// Nothing: `null`.
    Unit,
    /// `true` or `false`.
    Bool,
    /// A number, under its Rust name: `u64`, `f32`.
    Number(String),
    /// Text, with what is parsed from text.
    #[serde(rename = "string")]
    Text,
    /// Bytes.
    Bytes,
    /// Something or nothing.
    #[serde(rename = "option")]
    Optional(Box<Self>),
    /// Many of one kind.
    List(Box<Self>),
    /// A fixed number of values.
    Tuple(Vec<Self>),
    /// Keys and values.
    Map(Box<Self>, Box<Self>),
    /// Named fields.
    Struct(BTreeMap<String, Field>),
    /// One of several variants, by name.
    Enum(BTreeMap<String, Self>),
    /// A type that this is part of.
    Recursive,
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Whether it may be left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// What it holds.
    pub shape: Shape,
}

/// As a person writes it: `{id: string, note?: option<string>}`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Unit => f.write_str("()"),
            Self::Bool => f.write_str("bool"),
            Self::Number(name) => f.write_str(name),
            Self::Text => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Optional(inner) => write!(f, "option<{inner}>"),
            Self::List(inner) => write!(f, "[{inner}]"),
            Self::Tuple(parts) => joined(f, ("(", ")"), ", ", parts),
            Self::Map(key, value) => write!(f, "map<{key}, {value}>"),
            Self::Struct(fields) => {
                let fields = fields.iter().map(|(name, field)| {
                    let mark = if field.optional { "?" } else { "" };
                    format!("{name}{mark}: {}", field.shape)
                });
                joined(f, ("{", "}"), ", ", fields)
            }
            Self::Enum(variants) => {
                let variants = variants.iter().map(|(name, shape)| match shape {
                    Self::Unit => name.clone(),
                    Self::Tuple(_) => format!("{name}{shape}"),
                    Self::Struct(_) => format!("{name} {shape}"),
                    Self::Any
                    | Self::Bool
                    | Self::Number(_)
                    | Self::Text
                    | Self::Bytes
                    | Self::Optional(_)
                    | Self::List(_)
                    | Self::Map(..)
                    | Self::Enum(_)
                    | Self::Recursive => format!("{name}({shape})"),
                });
                joined(f, ("", ""), " | ", variants)
            }
            Self::Recursive => f.write_str("itself"),
        }
    }
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    (open, close): (&str, &str),
    separator: &str,
    items: impl IntoIterator<Item = impl fmt::Display>,
) -> fmt::Result {
    f.write_str(open)?;
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        write!(f, "{item}")?;
    }
    f.write_str(close)
}
