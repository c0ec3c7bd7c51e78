//! The expansion of one attribute: the function untouched, its stub, one registry entry.

use std::time::Duration;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::args::Options;
use crate::errors::Errors;
use crate::item::Item;
use crate::plan::Plan;
use crate::{codec, entry, fallback, signature, stub};

/// Expands the attribute with these options on this item.
pub(crate) fn expand(options: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::read(options, &mut errors);
    let item = match Item::read(tokens.clone()) {
        Ok(item) => item,
        Err(error) => {
            errors.add(error);
            let report = errors.report();
            return quote!(#tokens #report);
        }
    };
    let function = signature::read(&item, &options, &mut errors);
    let plan = Plan::new(&function, &options);
    if !errors.is_empty() {
        return fallback::expand(&plan, &item, tokens, &errors);
    }
    let stub = stub::expand(&plan);
    let hidden = hidden(&plan);
    quote! {
        #tokens
        #stub
        #hidden
    }
}

/// Everything that needs no name in the user's module.
fn hidden(plan: &Plan<'_>) -> TokenStream {
    let (door, stub, common) = (&plan.private, &plan.stub, plan.common_attributes());
    let types = plan.function.arguments.iter().map(|argument| &argument.ty);
    let description = description(plan, &quote!((#(#types,)*)));
    let codecs = codec::expand(plan);
    let entry = entry::expand(plan);
    let guard = plan.guard();
    quote! {
        #common
        const _: () = {
            use #door::{self, NeverFinal as _};
            #description
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
    let (name, version) = (&plan.name, Literal::u32_unsuffixed(plan.version));
    let defaults = defaults(plan.options);
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
            #args
            #returns
        }
    }
}

/// What every call starts from, where the options say something about it.
fn defaults(options: &Options) -> TokenStream {
    let given = (&options.timeout, &options.retry, &options.target);
    if let (None, None, None) = given {
        return TokenStream::new();
    }
    let none = quote!(__private::None);
    let some = |value: TokenStream| quote!(__private::Some(#value));
    let timeout = options.timeout.map(|timeout| some(span(timeout)));
    let timeout = timeout.as_ref().unwrap_or(&none);
    let retry = options.retry.as_ref().map(|retry| {
        let policy = Ident::new("policy", Span::mixed_site());
        quote!({
            let #policy: __private::Retry = #retry;
            __private::Some(#policy)
        })
    });
    let retry = retry.as_ref().unwrap_or(&none);
    let target = options.target.as_ref().map(|target| some(quote!(#target)));
    let target = target.as_ref().unwrap_or(&none);
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
