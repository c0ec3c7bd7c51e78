//! The expansion of one attribute: the function untouched, its stub, one registry entry.

use std::time::Duration;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::args::{Attribute, Options};
use crate::errors::Errors;
use crate::item::Item;
use crate::plan::{Declared, Plan};
use crate::{codec, entry, fallback, signature, stub};

/// Expands the attribute with these options on this item.
pub(crate) fn expand(
    attribute: Attribute,
    options: TokenStream,
    tokens: TokenStream,
) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::read(options, attribute, &mut errors);
    let item = match Item::read(tokens.clone(), attribute) {
        Ok(item) => item,
        Err(error) => {
            errors.add(error);
            let report = errors.report();
            return quote!(#tokens #report);
        }
    };
    let function = signature::read(&item, (attribute, &options), &mut errors);
    let plan = Plan::new(&function, (attribute, &options), None);
    if !errors.is_empty() {
        return fallback::expand(&plan, &item, tokens, &errors);
    }
    let stub = stub::expand(&plan);
    let hidden = hidden(&plan);
    // What is only declared is no item of the language.
    let tokens = attribute.has_body().then_some(tokens);
    quote! {
        #tokens
        #stub
        #hidden
    }
}

/// Everything that needs no name in the user's module.
pub(crate) fn hidden(plan: &Plan<'_>) -> TokenStream {
    if plan.attribute.has_body() {
        registered(plan)
    } else {
        declared(plan)
    }
}

/// What a declaration has that needs no name in the user's module.
fn declared(plan: &Plan<'_>) -> TokenStream {
    let (door, common) = (&plan.private, plan.common_attributes());
    let description = description(plan, &arguments(plan));
    let lent = plan
        .function
        .lent
        .iter()
        .map(|ty| quote!(const _: __private::Lent<#ty> = __private::lent::<#ty>();));
    let codecs = codec::expand(plan);
    quote! {
        #common
        const _: () = {
            use #door;
            #description
            #(#lent)*
            #codecs
        };
    }
}

/// The argument types, as a tuple.
fn arguments(plan: &Plan<'_>) -> TokenStream {
    let types = plan.function.arguments.iter().map(|argument| &argument.ty);
    quote!((#(#types,)*))
}

/// That the function has the signature it was declared with, asked at the path of the
/// declaration.
fn agreement(plan: &Plan<'_>) -> Option<TokenStream> {
    let (arguments, returns) = (arguments(plan), &plan.function.returns);
    let names = plan.parameter_names();
    Some(match plan.declared()? {
        Declared::Stub(declaration) => {
            let place = crate::plan::place(declaration.span());
            quote_spanned! {place=>
                const _: () =
                    __private::implements::<#declaration, #arguments, #returns>(&[#(#names),*]);
            }
        }
        // The compiler compares the types of a trait and its implementations by itself.
        Declared::Constant(constant) => {
            let place = crate::plan::place(plan.function.ident.span());
            quote_spanned! {place=>
                const _: () = __private::same_names(#constant.parameters, &[#(#names),*]);
            }
        }
    })
}

/// What a function with a body has that needs no name in the user's module.
fn registered(plan: &Plan<'_>) -> TokenStream {
    let (door, stub, common) = (&plan.private, &plan.stub, plan.common_attributes());
    let description = description(plan, &arguments(plan));
    let agreement = agreement(plan);
    let codecs = codec::expand(plan);
    let entry = entry::expand(plan);
    let guard = plan.guard();
    quote! {
        #common
        const _: () = {
            use #door::{self, NeverFinal as _};
            #description
            #agreement
            #codecs
            impl __private::HasBody for #stub {
                const ENTRY: &'static __private::Entry = &__ENTRY;
            }
            #entry
            __private::register!(__ENTRY);
            #guard
        };
    }
}

/// What the function is, as a trait: all that callers need.
pub(crate) fn description(plan: &Plan<'_>, arguments: &TokenStream) -> TokenStream {
    let stub = &plan.stub;
    let (name, version) = (plan.name(), plan.version());
    let defaults = defaults(plan);
    let parameters = (!plan.attribute.has_body()).then(|| {
        let names = plan.parameter_names();
        quote!(const PARAMETERS: __private::Parameters = __private::Some(&[#(#names),*]);)
    });
    // A type that is too private is reported where the type is named, not at the attribute.
    let place = crate::plan::place(plan.function.ident.span());
    let args = quote_spanned!(place=> type Args = #arguments;);
    let place = crate::plan::place(plan.function.returns.span());
    let returns = &plan.function.returns;
    let returns = quote_spanned!(place=> type Return = #returns;);
    quote! {
        impl __private::Function for #stub {
            const NAME: &'static str = #name;
            const VERSION: u32 = #version;
            #defaults
            #parameters
            #args
            #returns
        }
    }
}

/// What every call starts from, where the options say something about it.
fn defaults(plan: &Plan<'_>) -> TokenStream {
    let options = plan.options;
    let given = (&options.timeout, &options.retry, &options.target);
    let declared = plan.declared().map(|declared| match declared {
        Declared::Stub(stub) => quote!(<#stub as __private::Function>::DEFAULTS),
        Declared::Constant(constant) => quote!(#constant.defaults),
    });
    if let (None, None, None) = given {
        return declared
            .map(|declared| quote!(const DEFAULTS: __private::Defaults = #declared;))
            .unwrap_or_default();
    }
    // What is not said is as it was declared.
    let rest = |field: &str| match &declared {
        Some(declared) => {
            let field = Ident::new(field, Span::mixed_site());
            quote!(#declared.#field)
        }
        None => quote!(__private::None),
    };
    let some = |value: TokenStream| quote!(__private::Some(#value));
    let timeout = options.timeout.map(|timeout| some(span(timeout)));
    let timeout = timeout.unwrap_or_else(|| rest("timeout"));
    let retry = options.retry.as_ref().map(|retry| {
        let policy = Ident::new("policy", Span::mixed_site());
        quote!({
            let #policy: __private::Retry = #retry;
            __private::Some(#policy)
        })
    });
    let retry = retry.unwrap_or_else(|| rest("retry"));
    let target = options.target.as_ref().map(|target| some(quote!(#target)));
    let target = target.unwrap_or_else(|| rest("target"));
    quote! {
        const DEFAULTS: __private::Defaults = __private::Defaults {
            timeout: #timeout,
            retry: #retry,
            target: #target,
        };
    }
}

/// A span of time, as a constant in the largest unit that says it exactly.
fn span(time: Duration) -> TokenStream {
    if time.subsec_millis() == 0 {
        let secs = Literal::u64_unsuffixed(time.as_secs());
        return quote!(__private::Duration::from_secs(#secs));
    }
    let millis = time.as_secs() * 1_000 + u64::from(time.subsec_millis());
    let millis = Literal::u64_unsuffixed(millis);
    quote!(__private::Duration::from_millis(#millis))
}
