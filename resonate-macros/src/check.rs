//! What a durable function cannot be, each said at its token.

use syn::punctuated::Punctuated;
use syn::{GenericParam, Generics, Pat, Receiver, Safety, Token, TypeReference};

use crate::args::{Attribute, Block, Options};
use crate::errors::Errors;
use crate::item::Item;
use crate::types;
use crate::values::written;

/// `async`, `unsafe`, `extern`, `const`, and the body itself.
pub(crate) fn qualifiers(
    item: &Item,
    (attribute, options): (Attribute, &Options),
    errors: &mut Errors,
) {
    let signature = &item.signature;
    if let Some(token) = &signature.constness {
        errors.at(
            token,
            "a durable function cannot be a `const fn`: it runs when its promise is created",
        );
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(
            token,
            "a durable function cannot be `unsafe`: a worker calls it with what a promise holds, \
             and can keep no other condition",
        );
    }
    if let Some(abi) = &signature.abi {
        errors.at(
            abi,
            "a durable function cannot be `extern`: it is found by its name in the registry, not \
             by a symbol",
        );
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(
            variadic.dots,
            "a durable function takes a fixed number of arguments",
        );
    }
    match attribute {
        Attribute::Declare => declaration(item, errors),
        Attribute::Member(Block::Trait) => in_trait(item, errors),
        _with_body => body(item, (attribute, options), errors),
    }
}

/// What a body is: async, or blocking and not async.
fn body(item: &Item, (attribute, options): (Attribute, &Options), errors: &mut Errors) {
    let signature = &item.signature;
    match (&signature.asyncness, &options.blocking) {
        (None, None) => errors.at(signature.fn_token, not_async(attribute)),
        (Some(_), Some(blocking)) => errors.at(
            blocking,
            "a `blocking` function is a plain `fn`, and this is an `async fn`: leave out one of \
             the two",
        ),
        (Some(_), None) | (None, Some(_)) => {}
    }
    if item.is_bodyless() {
        errors.at(
            &item.body,
            "a durable function has a body: `{ .. }`; to declare a function that another program \
             runs, use `#[resonate::declare]`",
        );
    }
}

fn not_async(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Member(Block::OfType) => {
            "a durable function is async: write `async fn`, or `#[function(blocking)]` for one \
             that occupies its thread"
        }
        Attribute::Member(Block::Trait | Block::OfTrait) => {
            "a durable function is async: write `async fn`"
        }
        _by_itself => {
            "a durable function is async: write `async fn`, or `#[resonate::function(blocking)]` \
             for one that occupies its thread"
        }
    }
}

/// What a function of a service's trait is: a declaration that may show its context.
fn in_trait(item: &Item, errors: &mut Errors) {
    if item.signature.asyncness.is_none() {
        let message = not_async(Attribute::Member(Block::Trait));
        errors.at(item.signature.fn_token, message);
    }
    if !item.is_bodyless() {
        errors.at(
            &item.signature.ident,
            "the trait of a service only declares: end it with `;`, and put the body into the \
             `impl` of the trait, under `#[resonate::service]` too",
        );
    }
}

/// What a declaration is beside a signature: nothing.
fn declaration(item: &Item, errors: &mut Errors) {
    if item.signature.asyncness.is_none() {
        errors.at(
            item.signature.fn_token,
            "a declared function is async for its callers: write `async fn`",
        );
    }
    if !item.is_bodyless() {
        // The body's tokens are many; the name is where one looks.
        errors.at(
            &item.signature.ident,
            "a declaration has no body: end it with `;`, and put the body under \
             `#[resonate::function(implements = ..)]` where it runs",
        );
    }
}

/// Type, const and lifetime parameters, and `where`.
pub(crate) fn generics(generics: &Generics, errors: &mut Errors) {
    let lifetimes: Punctuated<_, Token![,]> = generics.lifetimes().collect();
    let others: Punctuated<_, Token![,]> = generics
        .params
        .iter()
        .filter(|param| !matches!(param, GenericParam::Lifetime(_)))
        .collect();
    if !others.is_empty() {
        errors.at(
            others,
            "a durable function cannot be generic: it is found by its name, which has to stand \
             for one piece of code; write one function per type that calls a generic helper",
        );
    } else if !lifetimes.is_empty() {
        errors.at(
            lifetimes,
            "a durable function cannot have lifetime parameters: its arguments are owned, and \
             `&Context` needs none",
        );
    }
    if let Some(clause) = &generics.where_clause
        && generics.params.is_empty()
    {
        errors.at(
            clause,
            "a durable function cannot have a `where` clause: it has no parameters to bind",
        );
    }
}

/// Type, const and lifetime parameters, and `where`, of a whole service.
pub(crate) fn service_generics(generics: &Generics, errors: &mut Errors) {
    if !generics.params.is_empty() {
        errors.at(
            &generics.params,
            "a service cannot be generic: its functions are found by their names, each of which \
             has to stand for one piece of code",
        );
    } else if let Some(clause) = &generics.where_clause {
        errors.at(
            clause,
            "a service cannot have a `where` clause: it has no parameters to bind",
        );
    }
}

/// `self` in any form.
pub(crate) fn receiver(receiver: &Receiver, errors: &mut Errors) {
    errors.at(
        receiver,
        "a durable function has no `self`: it is found by name in a fresh process, where there is \
         no value to call it on; take what it needs from the context",
    );
}

/// The borrowed first parameter.
pub(crate) fn lent(reference: &TypeReference, errors: &mut Errors) {
    let ty = written(&reference.elem);
    if let Some(mutability) = &reference.mutability {
        errors.at(
            mutability,
            format!("the context is shared, not exclusive: take `&{ty}`"),
        );
    }
    types::check_lent(&reference.elem, errors);
}

/// The attributes of a parameter.
pub(crate) fn attributes(attrs: &[syn::Attribute], errors: &mut Errors) {
    let conditional =
        |attr: &&syn::Attribute| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr");
    if let Some(cfg) = attrs.iter().find(conditional) {
        errors.at(
            cfg,
            "an argument of a durable function cannot be conditional: the callers of this \
             version, in other programs, send what was compiled there",
        );
    }
}

/// A parameter that is no plain name.
pub(crate) fn pattern(pattern: &Pat, errors: &mut Errors) {
    let message = if matches!(pattern, Pat::Wild(_)) {
        "an argument of a durable function needs a name: it is part of the stub's signature and \
         of the manifest"
    } else {
        "an argument of a durable function has to be a plain name: take it apart in the body"
    };
    errors.at(pattern, message);
}
