//! Everything wrong with one item, to be reported at once.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The mistakes found so far, each at its token.
#[derive(Default)]
pub(crate) struct Errors {
    /// `None` for one that the compiler reports by itself.
    found: Vec<Option<syn::Error>>,
}

impl Errors {
    /// Adds a mistake at these tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// Adds a mistake that the parser found.
    pub(crate) fn add(&mut self, error: syn::Error) {
        self.found.push(Some(error));
    }

    /// Adds a mistake that the compiler reports by itself, in the function as it is.
    pub(crate) fn leave_to_compiler(&mut self) {
        self.found.push(None);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The errors as the compiler wants them.
    pub(crate) fn report(&self) -> TokenStream {
        self.found
            .iter()
            .flatten()
            .map(syn::Error::to_compile_error)
            .collect()
    }
}
