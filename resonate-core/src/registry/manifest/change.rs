//! What can be different between two manifests, in sentences.

use std::fmt;

/// One difference between two manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A function is new.
    Added {
        /// The function, as `name` and version.
        function: (String, u32),
    },
    /// A name is gone, or one of its versions.
    Gone {
        /// The function, as name and version.
        function: (String, u32),
        /// The versions of that name that are left.
        left: Vec<u32>,
    },
    /// A parameter is new under the same version.
    ParameterAdded {
        /// The function, as name and version.
        function: (String, u32),
        /// The parameter.
        parameter: String,
        /// Its type.
        ty: String,
        /// Whether it may be missing.
        optional: bool,
    },
    /// A parameter is gone under the same version.
    ParameterGone {
        /// The function, as name and version.
        function: (String, u32),
        /// The parameter.
        parameter: String,
    },
    /// A parameter is called otherwise under the same version.
    ParameterRenamed {
        /// The function, as name and version.
        function: (String, u32),
        /// What it was called.
        was: String,
        /// What it is called.
        is: String,
    },
    /// A type is another one under the same version.
    Type {
        /// The function, as name and version.
        function: (String, u32),
        /// Which of its types.
        what: String,
        /// Where the two differ.
        misfits: Vec<Misfit>,
    },
}

/// One place at which two types differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The place, such as `order.lines[].id`.
    pub place: String,
    /// What was there; empty if nothing was.
    pub was: String,
    /// What is there; empty if nothing is.
    pub is: String,
    /// Whether what was written before, or by the program before, cannot be read any more.
    pub breaks: bool,
}

impl Change {
    /// Whether executions that began before would be stranded.
    #[must_use]
    pub fn breaks(&self) -> bool {
        match self {
            Self::Added { .. } => false,
            Self::ParameterAdded { optional, .. } => !optional,
            Self::Gone { .. } | Self::ParameterGone { .. } | Self::ParameterRenamed { .. } => true,
            Self::Type { misfits, .. } => misfits.iter().any(|misfit| misfit.breaks),
        }
    }

    /// The function that it is about, as name and version.
    #[must_use]
    pub fn function(&self) -> (&str, u32) {
        let (Self::Added { function }
        | Self::Gone { function, .. }
        | Self::ParameterAdded { function, .. }
        | Self::ParameterGone { function, .. }
        | Self::ParameterRenamed { function, .. }
        | Self::Type { function, .. }) = self;
        (&function.0, function.1)
    }
}

/// A sentence, and one line for each place at which a type differs.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, version) = self.function();
        write!(f, "`{name}` version {version}")?;
        match self {
            Self::Added { .. } => f.write_str(" is new"),
            Self::Gone { left, .. } if left.is_empty() => f.write_str(" is gone"),
            Self::Gone { left, .. } => {
                let left: Vec<_> = left.iter().map(ToString::to_string).collect();
                write!(f, " is gone; what is left of it: {}", left.join(", "))
            }
            Self::ParameterAdded {
                parameter,
                ty,
                optional: false,
                ..
            } => write!(
                f,
                ": parameter `{parameter}: {ty}` is new, and calls made before do not send it"
            ),
            Self::ParameterAdded { parameter, ty, .. } => {
                write!(
                    f,
                    ": parameter `{parameter}: {ty}` is new, and may be missing"
                )
            }
            Self::ParameterGone { parameter, .. } => {
                write!(f, ": parameter `{parameter}` is gone")
            }
            Self::ParameterRenamed { was, is, .. } => write!(
                f,
                ": parameter `{was}` is now called `{is}`, and callers may send arguments by name"
            ),
            Self::Type { what, misfits, .. } => {
                write!(f, ": {what} is another type")?;
                misfits
                    .iter()
                    .try_for_each(|misfit| write!(f, "\n    {misfit}"))
            }
        }
    }
}

/// `- order.cents: u64` or `+ order.note?: string`, or both on one line.
impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, was, is, .. } = self;
        match (was.as_str(), is.as_str()) {
            ("", is) => write!(f, "+ {place}: {is}")?,
            (was, "") => write!(f, "- {place}: {was}")?,
            (was, is) => write!(f, "~ {place}: {was} -> {is}")?,
        }
        f.write_str(if self.breaks { "" } else { "  (fits)" })
    }
}
