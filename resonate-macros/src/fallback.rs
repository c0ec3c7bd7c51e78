//! What is generated for a function with a mistake: the message, and a stub that has types, so
//! that one mistake is one message.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::parse_quote;

use crate::errors::Errors;
use crate::expand;
use crate::item::Item;
use crate::plan::Plan;
use crate::signature::{Argument, Function};
use crate::stub::{self, Bodies};

/// The messages, the item as it is, and a stub that takes anything where a type is unusable.
pub(crate) fn expand(
    plan: &Plan<'_>,
    item: &Item,
    tokens: TokenStream,
    errors: &Errors,
) -> TokenStream {
    let report = errors.report();
    let tokens = match plan.attribute.has_body() {
        true => with_body(item, tokens),
        false => TokenStream::new(),
    };
    if item.signature.receiver().is_some() {
        // It is in an `impl` or a `trait`, where no type can be.
        return quote!(#tokens #report);
    }
    let declaration = stub::declaration(plan);
    let stub = stub(plan, item);
    quote! {
        #tokens
        #report
        #declaration
        #stub
    }
}

/// What the stub's type can do.
pub(crate) fn stub(plan: &Plan<'_>, item: &Item) -> TokenStream {
    let usable = usable(plan, item);
    let plan = Plan::new(&usable, (plan.attribute, plan.options), plan.host);
    let (door, stub, common) = (&plan.private, &plan.stub, plan.common_attributes());
    let methods = stub::methods(&plan, &Bodies::Placeholders);
    let description = expand::description(&plan, &quote!(()));
    quote! {
        #common
        #[allow(warnings)]
        impl #stub {
            #methods
        }
        #common
        const _: () = {
            use #door;
            #description
        };
    }
}

/// The function with types that can stand anywhere.
fn usable(plan: &Plan<'_>, item: &Item) -> Function {
    let function = plan.function;
    let private = &plan.private;
    let is_generic = !item.signature.generics.params.is_empty();
    let arguments = function.arguments.iter().map(|argument| {
        let ty = if argument.is_storable && !is_generic {
            argument.ty.clone()
        } else {
            parse_quote!(impl Sized)
        };
        Argument {
            name: argument.name.clone(),
            sent: argument.sent.clone(),
            ty,
            is_storable: argument.is_storable,
        }
    });
    let returns = function.returns.clone().filter(|_| !is_generic);
    Function {
        ident: function.ident.clone(),
        vis: function.vis.clone(),
        attrs: function.attrs.clone(),
        lent: None,
        arguments: arguments.collect(),
        returns: Some(returns.unwrap_or_else(|| parse_quote!(#private::Result<()>))),
    }
}

/// A function without a body would be one more error.
fn with_body(item: &Item, tokens: TokenStream) -> TokenStream {
    if !item.is_bodyless() {
        return tokens;
    }
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    tokens.pop();
    let signature: TokenStream = tokens.into_iter().collect();
    quote!(#[allow(warnings)] #signature { loop {} })
}
