//! What is different between two manifests.

use super::change::{Change, Misfit};
use super::fit::{Way, misfits};
use super::{FunctionManifest, Manifest};
use crate::registry::shape::Shape;

/// Every change, in the order of names and versions.
pub(super) fn changes(was: &Manifest, is: &Manifest) -> Vec<Change> {
    let mut changes = Vec::new();
    for before in &was.functions {
        let key = (before.name.as_str(), before.version);
        match find(is, key) {
            Some(now) => function(before, now, &mut changes),
            None => changes.push(Change::Gone {
                function: owned(before),
                left: versions(is, &before.name),
            }),
        }
    }
    for now in &is.functions {
        if find(was, (now.name.as_str(), now.version)).is_none() {
            changes.push(Change::Added {
                function: owned(now),
            });
        }
    }
    changes.sort_by(|one, other| one.function().cmp(&other.function()));
    changes
}

fn find<'m>(manifest: &'m Manifest, key: (&str, u32)) -> Option<&'m FunctionManifest> {
    let functions = &manifest.functions;
    functions
        .iter()
        .find(|it| (it.name.as_str(), it.version) == key)
}

fn versions(manifest: &Manifest, name: &str) -> Vec<u32> {
    let of_that_name = manifest.functions.iter().filter(|it| it.name == name);
    of_that_name.map(|it| it.version).collect()
}

fn owned(function: &FunctionManifest) -> (String, u32) {
    (function.name.clone(), function.version)
}

fn function(was: &FunctionManifest, is: &FunctionManifest, changes: &mut Vec<Change>) {
    for (before, now) in was.params.iter().zip(&is.params) {
        if before.name != now.name {
            changes.push(Change::ParameterRenamed {
                function: owned(is),
                was: before.name.clone(),
                is: now.name.clone(),
            });
        }
        let before = (before.ty.as_str(), before.shape.as_ref());
        let after = (now.ty.as_str(), now.shape.as_ref());
        let found = differences(before, after, (&now.name, Way::Argument));
        add(is, format!("parameter `{}`", now.name), found, changes);
    }
    for gone in was.params.iter().skip(is.params.len()) {
        changes.push(Change::ParameterGone {
            function: owned(is),
            parameter: gone.name.clone(),
        });
    }
    for new in is.params.iter().skip(was.params.len()) {
        changes.push(Change::ParameterAdded {
            function: owned(is),
            parameter: new.name.clone(),
            ty: new.ty.clone(),
            optional: matches!(new.shape, Some(Shape::Optional(_) | Shape::Unit)),
        });
    }
    let (before, now) = (&was.result, &is.result);
    let texts = (before.ty.as_str(), now.ty.as_str());
    let ok = differences(
        (texts.0, before.ok.as_ref()),
        (texts.1, now.ok.as_ref()),
        ("result", Way::Result),
    );
    add(is, "the result".to_owned(), ok, changes);
    // Without shapes one comparison of the whole type is enough.
    if let (Some(before), Some(now)) = (&before.error, &now.error) {
        let error = misfits(before, now, "error", Way::Result);
        add(is, "the error".to_owned(), error, changes);
    }
}

fn add(of: &FunctionManifest, what: String, misfits: Vec<Misfit>, changes: &mut Vec<Change>) {
    if !misfits.is_empty() {
        changes.push(Change::Type {
            function: owned(of),
            what,
            misfits,
        });
    }
}

/// Compares shapes where both are known, and otherwise what was written.
fn differences(
    (was_text, was): (&str, Option<&Shape>),
    (is_text, is): (&str, Option<&Shape>),
    (place, way): (&str, Way),
) -> Vec<Misfit> {
    match (was, is) {
        (Some(was), Some(is)) => misfits(was, is, place, way),
        _texts if was_text != is_text => vec![Misfit {
            place: place.to_owned(),
            was: was_text.to_owned(),
            is: is_text.to_owned(),
            breaks: true,
        }],
        _same => Vec::new(),
    }
}
