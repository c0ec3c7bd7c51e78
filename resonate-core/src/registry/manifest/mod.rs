//! The registry as data: what a deploy brings, to be compared with what the last one brought.

mod change;
mod compare;
mod fit;

use serde::{Deserialize, Serialize};

pub use change::{Change, Misfit};

use super::shape::Shape;
use super::{Entry, Registry};

/// Every durable function of a program, as data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// By name and version.
    pub functions: Vec<FunctionManifest>,
}

/// One durable function, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionManifest {
    /// The wire name.
    pub name: String,
    /// The version.
    pub version: u32,
    /// `workflow` or `leaf`.
    pub kind: String,
    /// Its parameters, in order.
    pub params: Vec<ParamManifest>,
    /// What it returns.
    pub result: ResultManifest,
    /// Where it was written; no part of what is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceManifest>,
}

/// One parameter, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParamManifest {
    /// Its name.
    pub name: String,
    /// Its type, as written.
    #[serde(rename = "type")]
    pub ty: String,
    /// What the type looks like when it is written, if the program was built with that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
}

/// What a function returns, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultManifest {
    /// Its type, as written.
    #[serde(rename = "type")]
    pub ty: String,
    /// What the value looks like when it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<Shape>,
    /// What the function's own error looks like when it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Shape>,
}

/// Where a function was written, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceManifest {
    /// The package, as `name version`.
    pub package: String,
    /// The module path.
    pub module: String,
    /// The source file.
    pub file: String,
    /// The line.
    pub line: u32,
}

impl Manifest {
    /// The same without what may change from day to day: where the functions were written.
    #[must_use]
    pub fn without_places(mut self) -> Self {
        for function in &mut self.functions {
            function.place = None;
        }
        self
    }

    /// What is different since an earlier manifest, in the order of names and versions.
    #[must_use]
    pub fn changes_since(&self, earlier: &Self) -> Vec<Change> {
        compare::changes(earlier, self)
    }
}

impl Registry {
    /// The registry as data.
    #[must_use]
    pub fn manifest(&self) -> Manifest {
        Manifest {
            functions: self.iter().map(function).collect(),
        }
    }
}

fn function(entry: &Entry) -> FunctionManifest {
    let params = entry.params.iter().enumerate();
    let params = params.map(|(index, param)| ParamManifest {
        name: param.name.to_owned(),
        ty: param.ty.to_owned(),
        shape: entry.shapes.params.get(index).and_then(|it| it.shape()),
    });
    FunctionManifest {
        name: entry.name.to_owned(),
        version: entry.version,
        kind: entry.kind.to_string(),
        params: params.collect(),
        result: ResultManifest {
            ty: entry.result.to_owned(),
            ok: entry.shapes.ok.shape(),
            error: entry.shapes.error.shape(),
        },
        place: Some(PlaceManifest {
            package: entry.site.package.to_owned(),
            module: entry.site.module.to_owned(),
            file: entry.site.file.to_owned(),
            line: entry.site.line,
        }),
    }
}
