//! Who sees an item, said from another module.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Visibility;

/// The same visibility for an item that stands one module deeper.
pub(crate) fn inside(vis: &Visibility) -> TokenStream {
    match vis {
        Visibility::Public(_) => vis.to_token_stream(),
        Visibility::Inherited => quote!(pub(super)),
        Visibility::Restricted(restricted) => {
            let path = &restricted.path;
            let first = path.segments.first().map(|first| first.ident.to_string());
            match first.as_deref() {
                Some("self") if path.segments.len() == 1 => quote!(pub(super)),
                Some("super") => quote!(pub(in super::#path)),
                _absolute => vis.to_token_stream(),
            }
        }
    }
}

/// What is seen wherever one of these is.
pub(crate) fn widest<'v>(all: impl IntoIterator<Item = &'v Visibility>) -> TokenStream {
    let mut widest = TokenStream::new();
    for vis in all {
        match vis {
            Visibility::Public(_) => return vis.to_token_stream(),
            Visibility::Inherited => {}
            Visibility::Restricted(_) if widest.is_empty() => widest = vis.to_token_stream(),
            // Neither may contain the other; the crate contains both.
            Visibility::Restricted(_)
                if widest.to_string() != vis.to_token_stream().to_string() =>
            {
                widest = quote!(pub(crate));
            }
            Visibility::Restricted(_) => {}
        }
    }
    widest
}
