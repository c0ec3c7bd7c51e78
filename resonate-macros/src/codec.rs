//! How the arguments of a function are written and read, one by one.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use crate::plan::Plan;
use crate::signature::Argument;
use crate::{text, types};

/// The constant that holds the codec of an argument.
pub(crate) fn name(index: usize) -> Ident {
    Ident::new(&format!("__ARG_{index}"), Span::mixed_site())
}

/// The codecs, and how the stub uses them.
///
/// They are the one place that needs each type to be an argument, so that a bad type is one
/// error, at the type; the same for what the first parameter borrows.
pub(crate) fn expand(plan: &Plan<'_>) -> TokenStream {
    let stub = &plan.stub;
    let leave = plan.method_attributes();
    let encode = encode(plan);
    let lent = plan
        .function
        .lent
        .iter()
        .filter(|_| plan.attribute.has_body());
    let lent = lent.map(|ty| {
        let new = match plan.options.blocking {
            Some(_) => quote!(lent_to_blocking),
            None => quote!(lent),
        };
        quote!(const __CONTEXT: __private::Lent<#ty> = __private::#new::<#ty>();)
    });
    let arguments = plan.function.arguments.iter().enumerate();
    let codecs = arguments.map(|(index, argument)| codec(index, argument));
    quote! {
        #leave
        impl #stub {
            #(#lent)*
            #(#codecs)*
            #encode
        }
    }
}

fn codec(index: usize, argument: &Argument) -> TokenStream {
    let (codec, ty) = (name(index), &argument.ty);
    let index = Literal::usize_unsuffixed(index);
    let name = &argument.sent;
    let written = text::of(quote!(#ty));
    let new = if types::sounds_lent(ty) {
        quote!(lent_arg)
    } else {
        quote!(arg)
    };
    quote! {
        const #codec: __private::Arg<#ty> = __private::#new::<#ty>(#index, #name, #written);
    }
}

fn encode(plan: &Plan<'_>) -> TokenStream {
    let parameters = plan.parameters();
    let arguments = plan.function.arguments.iter().enumerate();
    let each = arguments.map(|(index, argument)| {
        let (codec, name) = (name(index), &argument.name);
        quote!(.with(&Self::#codec, #name))
    });
    quote! {
        fn __encode(#parameters) -> __private::Encoded {
            __private::Encoded::new()#(#each)*
        }
    }
}
