//! What a service becomes: the block itself, a module of stubs, and for each function what it
//! would have by itself.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, ReturnType, Token, Visibility};

use super::block::{Member, Service};
use super::{Host, Read, host};
use crate::args::{Attribute, Block};
use crate::errors::Errors;
use crate::item::Item;
use crate::plan::{self, Plan};
use crate::{expand, fallback, stub};

/// The whole expansion.
pub(super) fn expand(
    service: &Service,
    host: Option<&Host>,
    read: &[Read<'_>],
    errors: &Errors,
) -> TokenStream {
    let block = block(service, host, read);
    let report = errors.report();
    let Some(host) = host else {
        return quote!(#block #report);
    };
    // One with `self` is no function that a stub could be for.
    let callable = |read: &&Read<'_>| read.item.signature.receiver().is_none();
    let plans: Vec<_> = read
        .iter()
        .filter(callable)
        .map(|read| (read.item, plan(service, host, read)))
        .collect();
    let stubs = stubs(service, host, &plans);
    let functions = plans.iter().map(|(item, plan)| match errors.is_empty() {
        true => function(host, plan),
        false => fallback::stub(plan, item),
    });
    let functions = quote!(#(#functions)*);
    if host.is_public {
        return quote!(#block #report #stubs #functions);
    }
    quote! {
        #block
        #report
        const _: () = { #stubs #functions };
    }
}

fn plan<'s>(service: &Service, host: &'s Host, read: &'s Read<'_>) -> Plan<'s> {
    let attribute = Attribute::Member(service.block);
    Plan::new(&read.function, (attribute, &read.options), Some(host))
}

/// What one function has by itself, but for its stub's type.
fn function(host: &Host, plan: &Plan<'_>) -> TokenStream {
    let calls = host.is_public.then(|| stub::calls(plan));
    let hidden = expand::hidden(plan);
    quote!(#calls #hidden)
}

/// The types of the stubs, in a module of their own: their names stay out of the way.
fn stubs(service: &Service, host: &Host, plans: &[(&Item, Plan<'_>)]) -> TokenStream {
    let (vis, module, cfgs) = (&host.vis, &host.module, service.cfgs());
    let types = plans.iter().map(|(_, plan)| stub::declaration(plan));
    let doc = format!(" Durable calls of the functions of `{}`.", host.owner);
    quote! {
        #(#cfgs)*
        #[doc = #doc]
        #vis mod #module {
            // Documentation of the functions is copied here, with its links.
            #[cfg(doc)]
            #[allow(unused_imports)]
            use super::*;
            #(#types)*
        }
    }
}

/// The block as it was written, without the options of its functions.
fn block(service: &Service, host: Option<&Host>, read: &[Read<'_>]) -> TokenStream {
    let mut inside = TokenStream::new();
    for member in &service.members {
        match (member, service.block) {
            (Member::Other(tokens), _) => inside.extend(tokens.clone()),
            (Member::Durable(item, _), Block::Trait) => {
                inside.extend(declared(item, host));
            }
            (Member::Durable(item, _), _) => item.to_tokens(&mut inside),
        }
    }
    match (service.block, host) {
        (Block::Trait, Some(host)) => inside.extend(constants(service, host, read)),
        (Block::OfTrait, Some(host)) => {
            let (served, private) = (served(), &host.private);
            inside.extend(quote!(const #served: #private::Served = #private::Served;));
        }
        (Block::Trait | Block::OfTrait, None) | (Block::OfType, _) => {}
    }
    let mut braces = Group::new(Delimiter::Brace, inside);
    braces.set_span(service.braces.span());
    let (head, braces) = (&service.head, TokenTree::Group(braces));
    // A trait is used by its stubs; one that nobody here implements is not for nothing.
    let is_private = service.block == Block::Trait && !matches!(service.vis, Visibility::Public(_));
    let unused = is_private.then(|| quote!(#[allow(dead_code)]));
    quote!(#unused #head #braces)
}

/// A function of a trait, whose future may move between threads; an `async fn` implements it.
fn declared(item: &Item, host: Option<&Host>) -> TokenStream {
    let (ReturnType::Type(arrow, ty), Some(host)) = (&item.signature.output, host) else {
        return item.to_token_stream();
    };
    let (attrs, private) = (&item.attrs, &host.private);
    let place = plan::place(ty.span());
    let future = quote_spanned! {place=>
        impl #private::Future<Output = #ty> + #private::Send
    };
    let mut signature = item.signature.clone();
    signature.asyncness = None;
    signature.output = ReturnType::Default;
    let end = <Token![;]>::default();
    quote!(#(#attrs)* #signature #arrow #future #end)
}

/// What a trait says of its functions, for those who implement it.
fn constants(service: &Service, host: &Host, read: &[Read<'_>]) -> TokenStream {
    let (private, served) = (&host.private, served());
    let described = read
        .iter()
        .filter(|read| read.item.signature.receiver().is_none())
        .map(|read| {
            let function = &read.function.ident;
            let stub = host.stub(read.options.stub.as_ref().unwrap_or(function));
            let constant = host::constant(function);
            let common = plan(service, host, read).common_attributes();
            quote! {
                #common
                #[doc(hidden)]
                #[allow(non_upper_case_globals)]
                const #constant: #private::Declared = #private::declared::<#stub>();
            }
        });
    quote! {
        #(#described)*
        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        const #served: #private::Served;
    }
}

/// What an implementation without the attribute lacks: the compiler says it by its name.
fn served() -> Ident {
    Ident::new(
        "needs_the_attribute_resonate_service",
        proc_macro2::Span::mixed_site(),
    )
}
