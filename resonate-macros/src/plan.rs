//! What is to be generated for one function, all decisions made.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Expr, Ident, Lit, Meta};

use crate::args::Options;
use crate::signature::Function;

/// A function with its options applied.
pub(crate) struct Plan<'f> {
    pub(crate) function: &'f Function,
    pub(crate) options: &'f Options,
    /// The one door to the runtime: `::resonate::__private`.
    pub(crate) private: TokenStream,
    /// The wire name.
    pub(crate) name: String,
    pub(crate) version: u32,
    /// The type of the stub.
    pub(crate) stub: Ident,
}

impl<'f> Plan<'f> {
    pub(crate) fn new(function: &'f Function, options: &'f Options) -> Self {
        let private = match &options.krate {
            Some(path) => quote!(#path::__private),
            None => quote!(::resonate::__private),
        };
        let name = match &options.name {
            Some(literal) => literal.value(),
            None => function.ident.unraw().to_string(),
        };
        let stub = options.stub.as_ref().unwrap_or(&function.ident);
        Self {
            function,
            options,
            private,
            name,
            version: options.version.unwrap_or(1),
            stub: stub.clone(),
        }
    }

    /// A name of a generated method or item: go-to-definition on it lands on the function.
    pub(crate) fn word(&self, word: &str) -> Ident {
        Ident::new(word, self.function.ident.span())
    }

    /// `name: String, cents: u64`.
    pub(crate) fn parameters(&self) -> TokenStream {
        let arguments = self.function.arguments.iter().map(|argument| {
            let (name, ty) = (&argument.name, &argument.ty);
            quote!(#name: #ty)
        });
        quote!(#(#arguments),*)
    }

    /// What goes before all that is generated: the conditions under which the function exists,
    /// and leave to use it when it is deprecated.
    pub(crate) fn common_attributes(&self) -> TokenStream {
        let cfgs = self.attributes("cfg");
        let deprecated = self.attributes("deprecated").next();
        let allow = deprecated.map(|_| quote!(#[allow(deprecated)]));
        quote!(#(#cfgs)* #allow)
    }

    /// Leave for the stub's functions to have the names and parameters that they have.
    pub(crate) fn method_attributes(&self) -> TokenStream {
        // The stub adds up to three to them, and clippy's own limit is seven.
        const FEW: usize = 2;
        let arguments = &self.function.arguments;
        let many = (arguments.len() > FEW).then(|| quote!(#[allow(clippy::too_many_arguments)]));
        let mut names = arguments.iter().map(|argument| argument.name.to_string());
        let unused = names.any(|name| name.starts_with('_'));
        let unused = unused.then(|| quote!(#[allow(clippy::used_underscore_binding)]));
        let stub = self.stub.unraw().to_string().to_lowercase();
        let own_name = stub == "run" || stub == "rpc";
        let own_name = own_name.then(|| quote!(#[allow(clippy::self_named_constructors)]));
        quote!(#many #unused #own_name)
    }

    /// What the stub takes over from the function: conditions, deprecation, documentation.
    pub(crate) fn stub_attributes(&self) -> TokenStream {
        let cfgs = self.attributes("cfg");
        let deprecated = self.attributes("deprecated");
        let docs: Vec<_> = self.attributes("doc").collect();
        let gap = (!docs.is_empty()).then(|| quote!(#[doc = ""]));
        // An example in the documentation is a test; it need not run twice.
        let has_example = docs.iter().any(|doc| doc_text(doc).contains("```"));
        let docs = docs.into_iter().map(|doc| match &doc.meta {
            meta if has_example => quote!(#[cfg_attr(not(doctest), #meta)]),
            _meta => quote!(#doc),
        });
        let link = doc_link(&self.function.ident);
        let head = format!(" Durable calls of {link}.");
        quote! {
            #(#cfgs)*
            #(#deprecated)*
            #[doc = #head]
            #gap
            #(#docs)*
        }
    }

    /// The first line of the function's documentation.
    pub(crate) fn first_line(&self) -> String {
        self.attributes("doc")
            .map(doc_text)
            .map(|line| line.trim().to_owned())
            .find(|line| !line.is_empty())
            .unwrap_or_default()
    }

    fn attributes(&self, name: &'static str) -> impl Iterator<Item = &'f Attribute> + use<'f> {
        let of_that_name = move |attr: &&Attribute| attr.path().is_ident(name);
        self.function.attrs.iter().filter(of_that_name)
    }

    /// An item that exists once in a crate for each name and version, so that a second one is
    /// an error of the compiler at the name.
    pub(crate) fn guard(&self) -> TokenStream {
        let mangled = crate::mangle::ascii(&self.name);
        let version = self.version;
        let literal = self.options.name.as_ref();
        let span = literal.map_or_else(|| self.function.ident.span(), syn::LitStr::span);
        let guard = Ident::new(
            &format!("durable_function_{mangled}_version_{version}"),
            span,
        );
        // The whole item has the span of the name: the compiler reports items, not their names.
        quote_spanned! {span=>
            #[doc(hidden)]
            #[allow(non_local_definitions)]
            #[macro_export]
            macro_rules! #guard { () => {}; }
        }
    }
}

/// A place in the user's code for generated tokens, whose names stay the macro's own: what the
/// compiler says about them, it says there.
pub(crate) fn place(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// A link to a function in documentation, where a type of the same name is beside it.
pub(crate) fn doc_link(ident: &Ident) -> String {
    let plain = ident.unraw();
    format!("[`{plain}()`](fn@{ident})")
}

fn doc_text(attr: &Attribute) -> String {
    let Meta::NameValue(doc) = &attr.meta else {
        return String::new();
    };
    match &doc.value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => text.value(),
            _other => String::new(),
        },
        _other => String::new(),
    }
}
