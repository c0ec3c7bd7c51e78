//! Where a function was written.

use std::fmt;

/// Where a function was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The package, as `name version`.
    pub package: &'static str,
    /// The module path.
    pub module: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line.
    pub line: u32,
    /// The first line of its documentation; empty without one.
    pub doc: &'static str,
}

impl Site {
    /// The crate: the first segment of the module path.
    #[must_use]
    pub fn krate(&self) -> &'static str {
        self.module
            .split_once("::")
            .map_or(self.module, |(krate, _)| krate)
    }
}

/// `src/orders.rs:12 (shop 0.1.0)`.
impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} ({})", self.file, self.line, self.package)
    }
}

/// The [`Site`] of the code that says this, with the first line of its documentation.
#[macro_export]
macro_rules! site {
    ($doc:expr) => {
        $crate::site!($doc, ::core::line!())
    };
    ($doc:expr, $line:expr) => {
        $crate::registry::Site {
            package: ::core::concat!(
                ::core::env!("CARGO_PKG_NAME"),
                " ",
                ::core::env!("CARGO_PKG_VERSION")
            ),
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: $line,
            doc: $doc,
        }
    };
}
