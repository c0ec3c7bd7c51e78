//! A function's signature, read into what the macro needs: environment, arguments, result.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{FnArg, Ident, Pat, PatType, ReturnType, Type, Visibility};

use crate::args::{Attribute, Options};
use crate::check;
use crate::errors::Errors;
use crate::item::Item;
use crate::types;

/// A durable function.
pub(crate) struct Function {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) attrs: Vec<syn::Attribute>,
    /// What the first parameter borrows, if it borrows.
    pub(crate) lent: Option<Type>,
    pub(crate) arguments: Vec<Argument>,
    /// As written; `None` when it is missing or unusable.
    pub(crate) returns: Option<Type>,
}

/// One parameter that callers pass.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    /// What callers call it: `order` of `_order`, which the body does not use.
    pub(crate) sent: String,
    pub(crate) ty: Type,
    /// Whether its syntax allows it to be stored.
    pub(crate) is_storable: bool,
}

/// Reads a function, and reports everything that keeps it from being durable.
pub(crate) fn read(
    item: &Item,
    (attribute, options): (Attribute, &Options),
    errors: &mut Errors,
) -> Function {
    check::qualifiers(item, (attribute, options), errors);
    check::generics(&item.signature.generics, errors);
    let mut lent = None;
    let mut arguments = Vec::new();
    for (index, input) in item.signature.inputs.iter().enumerate() {
        let typed = match input {
            FnArg::Typed(typed) => typed,
            FnArg::Receiver(receiver) => {
                check::receiver(receiver, errors);
                continue;
            }
        };
        check::attributes(&typed.attrs, errors);
        match types::ungrouped(&typed.ty) {
            ty @ Type::Reference(_)
                if attribute == Attribute::Declare && types::sounds_lent(ty) =>
            {
                errors.at(
                    typed,
                    "a declaration lists only what callers send: the context is the body's, leave \
                     it out",
                );
            }
            Type::Reference(reference) if index == 0 && attribute != Attribute::Declare => {
                check::lent(reference, errors);
                lent = Some((*reference.elem).clone());
            }
            ty => {
                let mut read = argument(typed, ty, arguments.len(), errors);
                if arguments
                    .iter()
                    .any(|other: &Argument| other.name == read.name)
                {
                    errors.leave_to_compiler();
                    read.name = unnamed(arguments.len());
                }
                arguments.push(read);
            }
        }
    }
    name_for_callers(&mut arguments);
    Function {
        ident: item.signature.ident.clone(),
        vis: item.vis.clone(),
        attrs: item.attrs.clone(),
        lent,
        arguments,
        returns: returns(item, errors),
    }
}

/// An argument that the body does not use is called the same by callers, unless another has that
/// name.
fn name_for_callers(arguments: &mut [Argument]) {
    let plain: Vec<_> = arguments
        .iter()
        .map(|argument| argument.name.unraw().to_string())
        .collect();
    for (argument, own) in arguments.iter_mut().zip(&plain) {
        let used = own.trim_start_matches('_');
        let alike = plain.iter().filter(|it| it.trim_start_matches('_') == used);
        let is_free = !used.is_empty() && alike.count() == 1;
        argument.sent = if is_free { used } else { own }.to_owned();
    }
}

fn argument(typed: &PatType, ty: &Type, index: usize, errors: &mut Errors) -> Argument {
    let before = errors.len();
    if matches!(ty, Type::Reference(_)) && types::sounds_lent(ty) {
        errors.at(ty, "the context has to be the first parameter");
    } else {
        types::check_argument(ty, errors);
    }
    let is_storable = errors.len() == before;
    let name = match plain_name(&typed.pat) {
        Some(name) => name,
        None => {
            check::pattern(&typed.pat, errors);
            unnamed(index)
        }
    };
    Argument {
        sent: name.unraw().to_string(),
        name,
        ty: ty.clone(),
        is_storable,
    }
}

/// A name for an argument that has none.
fn unnamed(index: usize) -> Ident {
    Ident::new(&format!("arg{index}"), Span::mixed_site())
}

fn plain_name(pattern: &Pat) -> Option<Ident> {
    match pattern {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
            Some(name.ident.clone())
        }
        _other => None,
    }
}

fn returns(item: &Item, errors: &mut Errors) -> Option<Type> {
    match &item.signature.output {
        ReturnType::Type(_, ty) => {
            let before = errors.len();
            types::check_return(ty, errors);
            (errors.len() == before).then(|| (**ty).clone())
        }
        ReturnType::Default => {
            let end = item.signature.paren_token.span.close();
            errors.add(syn::Error::new(
                end,
                "a durable function returns a `Result`: add `-> resonate::Result<()>`",
            ));
            None
        }
    }
}
