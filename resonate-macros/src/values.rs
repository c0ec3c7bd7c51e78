//! The values of the options: what each may be, and what to write instead.

use std::time::Duration;

use quote::ToTokens;
use syn::{Expr, Ident, Lit, LitStr, Path};

use crate::args::Version;
use crate::duration;
use crate::errors::Errors;

/// The longest name, in bytes: it is part of ids, tags and log lines.
const NAME_BYTES_MAX: usize = 256;

/// An expression without the invisible groups that `macro_rules!` puts around its fragments.
pub(crate) fn ungrouped(mut value: Expr) -> Expr {
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    value
}

/// A name: what other programs send.
pub(crate) fn name(value: &Expr, errors: &mut Errors) -> Option<LitStr> {
    let Some(literal) = string(value) else {
        let message = "the name has to be a string literal: it is what other programs send";
        errors.at(value, message);
        return None;
    };
    match wrong_with_name(&literal.value()) {
        Some(wrong) => {
            errors.at(value, wrong);
            None
        }
        None => Some(literal),
    }
}

fn wrong_with_name(name: &str) -> Option<String> {
    if name.is_empty() {
        Some("the name is empty: other programs call the function by it".to_owned())
    } else if name.trim() != name {
        Some("the name has white space at an end".to_owned())
    } else if let Some(control) = name.chars().find(|letter| letter.is_control()) {
        Some(format!(
            "the name has a control character in it: {control:?}"
        ))
    } else if name.len() > NAME_BYTES_MAX {
        let bytes = name.len();
        Some(format!(
            "the name has {bytes} bytes, and {NAME_BYTES_MAX} are the most"
        ))
    } else {
        None
    }
}

/// A version, from 1.
pub(crate) fn version(value: &Expr, errors: &mut Errors) -> Option<Version> {
    let Some(Lit::Int(literal)) = literal(value) else {
        errors.at(
            value,
            "the version has to be an integer literal of at least 1",
        );
        return None;
    };
    match literal.base10_parse::<u32>() {
        Ok(0) => errors.at(
            literal,
            "versions start at 1; 0 stands for \"the newest\" on the wire",
        ),
        Ok(number) => {
            let written = literal.clone();
            return Some(Version { number, written });
        }
        Err(_) => errors.at(
            literal,
            format!("the version has to be between 1 and {}", u32::MAX),
        ),
    }
    None
}

/// A span of time.
pub(crate) fn timeout(value: &Expr, errors: &mut Errors) -> Option<Duration> {
    let Some(literal) = string(value) else {
        let message = "the timeout has to be a string literal, as in `timeout = \"2h\"`";
        errors.at(value, message);
        return None;
    };
    duration::parse(&literal.value())
        .map_err(|wrong| errors.at(value, wrong))
        .ok()
}

/// A group or an address.
pub(crate) fn target(value: &Expr, errors: &mut Errors) -> Option<LitStr> {
    let Some(literal) = string(value) else {
        let message = "the target has to be a string literal: a group, as in \
                       `target = \"payments\"`, or an address";
        errors.at(value, message);
        return None;
    };
    let text = literal.value();
    if text.is_empty() {
        errors.at(value, "the target is empty: name a group or an address");
        return None;
    }
    if text.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
        errors.at(value, "the target has white space in it");
        return None;
    }
    Some(literal)
}

/// Another name for the stub.
pub(crate) fn stub(value: &Expr, errors: &mut Errors) -> Option<Ident> {
    let ident = path(value).and_then(|path| path.get_ident().cloned());
    if ident.is_none() {
        let message = "the stub is a type of its own: write a plain name, as in `stub = Greet`";
        errors.at(value, message);
    }
    ident
}

/// The module of a service's stubs.
pub(crate) fn stubs(value: &Expr, errors: &mut Errors) -> Option<Ident> {
    let ident = path(value).and_then(|path| path.get_ident().cloned());
    if ident.is_none() {
        let message = "the stubs are in a module of their own: write a plain name, as in \
                       `stubs = orders`";
        errors.at(value, message);
    }
    ident
}

/// The declaration that a function implements.
pub(crate) fn implements(value: &Expr, errors: &mut Errors) -> Option<Path> {
    let path = path(value);
    if path.is_none() {
        let message = "a function implements a declaration: write its path, as in \
                       `implements = billing_api::charge`";
        errors.at(value, message);
    }
    path.cloned()
}

/// Where this crate is, when it is not `::resonate`.
pub(crate) fn krate(value: &Expr, errors: &mut Errors) -> Option<Path> {
    let path = path(value);
    if path.is_none() {
        let message = "the crate has to be a path, as in `crate = my_facade::resonate`";
        errors.at(value, message);
    }
    path.cloned()
}

fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(literal) => Some(&literal.lit),
        _other => None,
    }
}

fn string(value: &Expr) -> Option<LitStr> {
    match literal(value) {
        Some(Lit::Str(literal)) => Some(literal.clone()),
        _other => None,
    }
}

fn path(value: &Expr) -> Option<&Path> {
    match value {
        Expr::Path(path) if path.qself.is_none() && path.attrs.is_empty() => Some(&path.path),
        _other => None,
    }
}

/// The text of tokens, for a message.
pub(crate) fn written(tokens: &impl ToTokens) -> String {
    crate::text::of(tokens.to_token_stream())
}
