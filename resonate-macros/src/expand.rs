//! The expansion of one attribute: the function untouched, its stub, one registry entry.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::args::Options;
use crate::errors::Errors;
use crate::item::Item;
use crate::plan::Plan;
use crate::{fallback, signature, stub};

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
    let private = &plan.private;
    let (stub, cfgs) = (&plan.stub, plan.cfgs());
    let types = plan.function.arguments.iter().map(|argument| &argument.ty);
    let description = description(plan, &quote!((#(#types,)*)));
    let is_final = is_final(plan);
    let body = body(plan);
    let entry = entry(plan);
    let guard = plan.guard();
    quote! {
        #cfgs
        #[allow(deprecated)]
        const _: () = {
            #description
            impl #private::HasBody for #stub {
                const ENTRY: &'static #private::Entry = &FUNCTION;
            }
            #is_final
            #body
            #entry
            #private::register!(FUNCTION);
            #guard
        };
    }
}

/// What the function is, as a trait: all that callers need.
pub(crate) fn description(plan: &Plan<'_>, arguments: &TokenStream) -> TokenStream {
    let (private, stub) = (&plan.private, &plan.stub);
    let (name, version) = (&plan.name, plan.version);
    let defaults = defaults(plan);
    let returns = &plan.function.returns;
    quote! {
        impl #private::Function for #stub {
            const NAME: &'static str = #name;
            const VERSION: u32 = #version;
            #defaults
            type Args = #arguments;
            type Return = #returns;
        }
    }
}

fn defaults(plan: &Plan<'_>) -> TokenStream {
    let private = &plan.private;
    let timeout = plan.options.timeout.map(|timeout| {
        let millis = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        if millis % 1000 == 0 {
            let seconds = millis / 1000;
            quote!(timeout: #private::Some(#private::Duration::from_secs(#seconds)),)
        } else {
            quote!(timeout: #private::Some(#private::Duration::from_millis(#millis)),)
        }
    });
    let retry = plan.options.retry.as_ref().map(|retry| {
        let some = quote_spanned!(retry.span()=> #private::Some::<#private::Retry>(#retry));
        quote!(retry: #some,)
    });
    let target = plan
        .options
        .target
        .as_ref()
        .map(|target| quote!(target: #private::Some(#target),));
    if timeout.is_none() && retry.is_none() && target.is_none() {
        return TokenStream::new();
    }
    quote! {
        const DEFAULTS: #private::Defaults = #private::Defaults {
            #timeout
            #retry
            #target
            ..#private::Defaults::NONE
        };
    }
}

/// Whether an error is final: asked here, where its type is known.
fn is_final(plan: &Plan<'_>) -> TokenStream {
    let (private, stub) = (&plan.private, &plan.stub);
    let error = Ident::new("error", Span::mixed_site());
    quote! {
        fn is_final(#error: &#private::ErrorOf<#stub>) -> bool {
            use #private::NeverFinal as _;
            #private::Finality(#error).is_final()
        }
    }
}

/// The function behind the one signature that all functions have.
fn body(plan: &Plan<'_>) -> TokenStream {
    let private = &plan.private;
    let (stub, function) = (&plan.stub, &plan.function.ident);
    let (env, args) = (
        Ident::new("env", Span::mixed_site()),
        Ident::new("args", Span::mixed_site()),
    );
    let value = Ident::new("value", Span::mixed_site());
    let misfit = Ident::new("misfit", Span::mixed_site());
    let names: Vec<_> = (0..plan.function.arguments.len())
        .map(|index| Ident::new(&format!("arg{index}"), Span::mixed_site()))
        .collect();
    let codecs = (0..names.len()).map(Plan::codec);
    let decoded = quote! {
        #(
            let #names = match #stub::#codecs.decode(#args) {
                #private::Ok(#value) => #value,
                #private::Err(#misfit) => return #misfit,
            };
        )*
    };
    let lent = plan.function.lent.iter().map(|_| quote!(LENT.of(#env),));
    let call = quote!(#function(#(#lent)* #(#names),*));
    if plan.options.blocking.is_some() {
        return quote! {
            fn body(#env: #private::Env<'_>, #args: &#private::Args) -> #private::Outcome {
                #decoded
                #private::encode_outcome::<#stub>(#call, is_final)
            }
        };
    }
    // With this span, a future that cannot be sent is reported at the function's name.
    let future = quote_spanned! {function.span()=>
        #private::Box::pin(async move {
            #decoded
            #private::encode_outcome::<#stub>(#call.await, is_final)
        })
    };
    quote! {
        fn body<'e>(
            #env: #private::Env<'e>,
            #args: &'e #private::Args,
        ) -> #private::BoxFuture<'e, #private::Outcome> {
            #future
        }
    }
}

/// The registry's entry.
fn entry(plan: &Plan<'_>) -> TokenStream {
    let (private, stub) = (&plan.private, &plan.stub);
    let blocking = plan.options.blocking.is_some();
    let lent = plan.function.lent.as_ref().map(|ty| {
        let new = if blocking {
            quote!(lent_to_blocking)
        } else {
            quote!(lent)
        };
        let value = quote_spanned!(ty.span()=> #private::#new::<#ty>());
        quote!(const LENT: #private::Lent<#ty> = #value;)
    });
    let kind = match lent {
        Some(_) => quote!(LENT.kind()),
        None => quote!(#private::Kind::Leaf),
    };
    let params = (0..plan.function.arguments.len()).map(|index| {
        let codec = Plan::codec(index);
        quote!(#stub::#codec.param())
    });
    let returns = &plan.function.returns;
    let result = crate::text::of(quote!(#returns));
    let doc = plan.first_line();
    let body = if blocking {
        quote!(Blocking)
    } else {
        quote!(Async)
    };
    quote! {
        #lent
        static FUNCTION: #private::Entry = #private::Entry {
            name: <#stub as #private::Function>::NAME,
            version: <#stub as #private::Function>::VERSION,
            kind: #kind,
            params: &[#(#params),*],
            result: #result,
            defaults: <#stub as #private::Function>::DEFAULTS,
            site: #private::site!(#doc),
            body: #private::Body::#body(body),
        };
    }
}
