//! One registry entry: what the function is called, what it takes, and its code behind the one
//! signature that all functions have.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::codec;
use crate::plan::{Plan, place};

/// The entry of a function, as a `static`.
pub(crate) fn expand(plan: &Plan<'_>) -> TokenStream {
    let stub = &plan.stub;
    let kind = match plan.function.lent {
        Some(_) => quote!(#stub::__CONTEXT.kind()),
        None => quote!(__private::Kind::Leaf),
    };
    let params = (0..plan.function.arguments.len()).map(|index| {
        let codec = codec::name(index);
        quote!(#stub::#codec.param())
    });
    let probes = (0..plan.function.arguments.len()).map(|index| {
        let codec = codec::name(index);
        quote!(#stub::#codec.probe())
    });
    let returns = &plan.function.returns;
    let result = crate::text::of(quote!(#returns));
    let doc = plan.first_line();
    let line = plan.host.and_then(|_| line(plan.function.ident.span()));
    let line = line.map(|line| quote!(, #line));
    let body = body(plan);
    quote! {
        static __ENTRY: __private::Entry = __private::Entry {
            name: <#stub as __private::Function>::NAME,
            version: <#stub as __private::Function>::VERSION,
            kind: #kind,
            params: &[#(#params),*],
            result: #result,
            shapes: __private::shapes::<#stub>(&[#(#probes),*]),
            defaults: <#stub as __private::Function>::DEFAULTS,
            site: __private::site!(#doc #line),
            body: #body,
        };
    }
}

/// The function's code: decode the arguments, call it, write down what it returned.
fn body(plan: &Plan<'_>) -> TokenStream {
    let (env, args) = (local("env"), local("args"));
    let (returned, is_final) = (local("returned"), local("is_final"));
    let (stub, function) = (&plan.stub, plan.callee());
    // Where a trait's function takes another type, the compiler says so at this one.
    let arguments = plan.function.arguments.iter().enumerate();
    let names: Vec<_> = arguments
        .map(|(index, argument)| {
            let span = Span::mixed_site().located_at(argument.ty.span());
            Ident::new(&format!("arg{index}"), span)
        })
        .collect();
    let decoded = names.iter().enumerate().map(|(index, name)| {
        let (codec, value, misfit) = (codec::name(index), local("value"), local("misfit"));
        quote! {
            let #name = match #stub::#codec.decode(#args) {
                __private::Ok(#value) => #value,
                __private::Err(#misfit) => return #misfit,
            };
        }
    });
    let decoded = quote!(#(#decoded)*);
    let lent = plan
        .function
        .lent
        .iter()
        .map(|_| quote!(#stub::__CONTEXT.of(#env),));
    let call = quote!(#function(#(#lent)* #(#names),*));
    // Asked here, where the error's type is known.
    let outcome = quote! {
        let #is_final = __private::Finality(&#returned).is_final();
        __private::encode_outcome::<#stub>(#returned, #is_final)
    };
    if plan.options.blocking.is_some() {
        return quote! {
            __private::Body::Blocking(|#env, #args| {
                #decoded
                let #returned = #call;
                #outcome
            })
        };
    }
    // A future that cannot be sent is reported at the function's name.
    let place = place(plan.function.ident.span());
    let future = quote_spanned! {place=>
        __private::Box::pin(async move {
            #decoded
            let #returned = #call.await;
            #outcome
        })
    };
    quote!(__private::Body::Async(|#env, #args| #future))
}

/// The line of a function among others under one attribute, whose line `line!()` would say; it
/// is known to the compiler alone.
fn line(span: Span) -> Option<Literal> {
    let line = proc_macro::is_available().then(|| Span::unwrap(span).line())?;
    Some(Literal::usize_unsuffixed(line))
}

/// A local of ours, which no name of the user's can be confused with.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
