//! The stub: a type of the function's name whose functions make durable calls.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};

use crate::plan::Plan;
use crate::visibility;

/// The stub of a function, whole.
pub(crate) fn expand(plan: &Plan<'_>) -> TokenStream {
    let declaration = declaration(plan);
    let calls = calls(plan);
    quote!(#declaration #calls)
}

/// What the type can do.
pub(crate) fn calls(plan: &Plan<'_>) -> TokenStream {
    let stub = &plan.stub;
    let leave = plan.method_attributes();
    let common = plan.common_attributes();
    let methods = methods(plan, &Bodies::Calls);
    quote! {
        #common
        #leave
        impl #stub {
            #methods
        }
    }
}

/// The type itself.
pub(crate) fn declaration(plan: &Plan<'_>) -> TokenStream {
    let stub = &plan.stub_name;
    let vis = match plan.host {
        Some(_) => visibility::inside(&plan.function.vis),
        None => plan.function.vis.to_token_stream(),
    };
    let attributes = plan.stub_attributes();
    quote! {
        #attributes
        #[allow(non_camel_case_types)]
        #vis struct #stub {}
    }
}

/// What the generated functions do.
pub(crate) enum Bodies {
    /// Call.
    Calls,
    /// Nothing, because the function has a mistake; they only have types.
    Placeholders,
}

/// The functions that make calls.
pub(crate) fn methods(plan: &Plan<'_>, bodies: &Bodies) -> TokenStream {
    let link = plan.link();
    let waits = "as a durable promise of its own";
    let here = [
        call(
            plan,
            bodies,
            "run",
            "local",
            &format!(" Runs {link} in this process, {waits}."),
        ),
        begin(
            plan,
            bodies,
            "run",
            &format!(" Starts {link} in this process, {waits}."),
        ),
    ];
    let anywhere = [
        call(
            plan,
            bodies,
            "rpc",
            "remote",
            &format!(" Runs {link} on some worker, {waits}."),
        ),
        begin(
            plan,
            bodies,
            "rpc",
            &format!(" Starts {link} on some worker, {waits}."),
        ),
        detached(
            plan,
            bodies,
            &format!(" Starts {link} on some worker, to outlive the caller."),
        ),
        schedule(
            plan,
            bodies,
            &format!(" Starts {link} on some worker whenever `cron` says so."),
        ),
    ];
    // What is only declared has no code to run here.
    let here = here.into_iter().filter(|_| plan.attribute.has_body());
    here.chain(anywhere).collect()
}

fn call(plan: &Plan<'_>, bodies: &Bodies, name: &str, verb: &str, doc: &str) -> TokenStream {
    let private = &plan.private;
    let (vis, parameters) = (&plan.function.vis, plan.parameters());
    let (method, verb) = (plan.word(name), Ident::new(verb, Span::mixed_site()));
    let ctx = Ident::new("ctx", Span::mixed_site());
    let encoded = encoded(plan);
    let body = body(bodies, quote!(#private::#verb(#ctx, #encoded)));
    quote! {
        #[doc = #doc]
        #vis fn #method<'c>(#ctx: impl #private::Caller<'c>, #parameters) -> #private::Call<'c, Self> {
            #body
        }
    }
}

fn begin(plan: &Plan<'_>, bodies: &Bodies, name: &str, doc: &str) -> TokenStream {
    let private = &plan.private;
    let (vis, parameters) = (&plan.function.vis, plan.parameters());
    let (method, call) = (plan.word(&format!("begin_{name}")), plan.word(name));
    let ctx = Ident::new("ctx", Span::mixed_site());
    let names = names(plan);
    let body = body(bodies, quote!(Self::#call(#ctx, #names).begin()));
    quote! {
        #[doc = #doc]
        #vis fn #method<'c>(#ctx: impl #private::Caller<'c>, #parameters) -> #private::Begin<'c, Self> {
            #body
        }
    }
}

fn detached(plan: &Plan<'_>, bodies: &Bodies, doc: &str) -> TokenStream {
    let private = &plan.private;
    let (vis, parameters) = (&plan.function.vis, plan.parameters());
    let method = plan.word("detached");
    let ctx = Ident::new("ctx", Span::mixed_site());
    let encoded = encoded(plan);
    let body = body(bodies, quote!(#private::detached::<Self>(#ctx, #encoded)));
    quote! {
        #[doc = #doc]
        #vis fn #method<'c>(#ctx: &'c #private::Context, #parameters) -> #private::Detached<'c> {
            #body
        }
    }
}

fn schedule(plan: &Plan<'_>, bodies: &Bodies, doc: &str) -> TokenStream {
    let private = &plan.private;
    let (vis, parameters) = (&plan.function.vis, plan.parameters());
    let method = plan.word("schedule");
    let resonate = Ident::new("resonate", Span::mixed_site());
    let (id, cron) = (
        Ident::new("id", Span::mixed_site()),
        Ident::new("cron", Span::mixed_site()),
    );
    let encoded = encoded(plan);
    let call = quote!(#private::schedule::<Self>(#resonate, #id, #cron, #encoded));
    let body = body(bodies, call);
    quote! {
        #[doc = #doc]
        #vis fn #method<'c>(
            #resonate: &'c #private::Resonate,
            #id: impl #private::Into<#private::String>,
            #cron: impl #private::Into<#private::String>,
            #parameters
        ) -> #private::Scheduled<'c> {
            #body
        }
    }
}

fn body(bodies: &Bodies, call: TokenStream) -> TokenStream {
    match bodies {
        Bodies::Calls => call,
        Bodies::Placeholders => quote!(loop {}),
    }
}

fn names(plan: &Plan<'_>) -> TokenStream {
    let names = plan
        .function
        .arguments
        .iter()
        .map(|argument| &argument.name);
    quote!(#(#names),*)
}

fn encoded(plan: &Plan<'_>) -> TokenStream {
    let names = names(plan);
    quote!(Self::__encode(#names))
}
