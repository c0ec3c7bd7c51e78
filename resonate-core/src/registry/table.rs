//! The registry as a person reads it.

use std::fmt;

use super::{Entry, Kind, Registry};

/// An aligned table, one line for each function.
impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["function", "version", "kind", "signature", "written at"].map(str::to_owned);
        let rows: Vec<_> = std::iter::once(head).chain(self.iter().map(row)).collect();
        let mut widths = [0; 5];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in &rows {
            let mut line = String::new();
            for (width, cell) in widths.iter().zip(row) {
                line.push_str(&format!("{cell:width$}  "));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn row(entry: &'static Entry) -> [String; 5] {
    [
        entry.name.to_owned(),
        entry.version.to_string(),
        entry.kind.to_string(),
        entry.signature(),
        entry.site.to_string(),
    ]
}

impl Entry {
    /// The parameters and the result, as written: `(name: String) -> Result<String>`.
    #[must_use]
    pub fn signature(&self) -> String {
        let params: Vec<_> = self.params.iter().map(ToString::to_string).collect();
        format!("({}) -> {}", params.join(", "), self.result)
    }
}

impl fmt::Display for super::Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.ty)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Workflow => "workflow",
            Self::Leaf => "leaf",
        })
    }
}
