//! What is to be generated for one function, all decisions made.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Expr, Ident, Lit, Meta, Path};

use crate::args::{Attribute, Block, Options};
use crate::service::Host;
use crate::signature::Function;

/// A function with its options applied.
pub(crate) struct Plan<'f> {
    pub(crate) attribute: Attribute,
    pub(crate) function: &'f Function,
    pub(crate) options: &'f Options,
    /// The one door to the runtime: `::resonate::__private`.
    pub(crate) private: TokenStream,
    /// The wire name, unless it comes from a declaration.
    name: String,
    version: u32,
    /// The type of the stub, from where the attribute is.
    pub(crate) stub: TokenStream,
    /// Its own name.
    pub(crate) stub_name: Ident,
    /// The service that the function belongs to.
    pub(crate) host: Option<&'f Host>,
}

/// What a body says that it is the body of.
pub(crate) enum Declared<'p> {
    /// The stub of a declaration.
    Stub(&'p Path),
    /// A constant of a service's trait, which describes one function of it.
    Constant(TokenStream),
}

impl<'f> Plan<'f> {
    pub(crate) fn new(
        function: &'f Function,
        (attribute, options): (Attribute, &'f Options),
        host: Option<&'f Host>,
    ) -> Self {
        let private = match &options.krate {
            Some(path) => quote!(#path::__private),
            None => quote!(::resonate::__private),
        };
        let name = match &options.name {
            Some(literal) => literal.value(),
            None => function.ident.unraw().to_string(),
        };
        let name = match host {
            Some(host) => host.full_name(&name),
            None => name,
        };
        let stub_name = options.stub.as_ref().unwrap_or(&function.ident);
        let stub = match host {
            Some(host) => host.stub(stub_name),
            None => stub_name.to_token_stream(),
        };
        Self {
            attribute,
            function,
            options,
            private,
            name,
            version: options.version.as_ref().map_or(1, |given| given.number),
            stub,
            stub_name: stub_name.clone(),
            host,
        }
    }

    /// What the function is the body of, if it says so.
    pub(crate) fn declared(&self) -> Option<Declared<'_>> {
        match (self.attribute, self.host) {
            (Attribute::Member(Block::OfTrait), Some(host)) => {
                let constant = host.constant(&self.function.ident);
                Some(Declared::Constant(constant))
            }
            _by_itself => self.options.implements.as_ref().map(Declared::Stub),
        }
    }

    /// The function itself, to be called.
    pub(crate) fn callee(&self) -> TokenStream {
        let ident = &self.function.ident;
        match self.host {
            Some(host) => host.callee(ident),
            None => ident.to_token_stream(),
        }
    }

    /// The wire name, as an expression.
    pub(crate) fn name(&self) -> TokenStream {
        match self.declared() {
            Some(Declared::Stub(stub)) => quote!(<#stub as __private::Function>::NAME),
            Some(Declared::Constant(constant)) => quote!(#constant.name),
            None => self.name.to_token_stream(),
        }
    }

    /// The version, as an expression.
    pub(crate) fn version(&self) -> TokenStream {
        match self.declared() {
            Some(Declared::Stub(stub)) => quote!(<#stub as __private::Function>::VERSION),
            Some(Declared::Constant(constant)) => quote!(#constant.version),
            None => Literal::u32_unsuffixed(self.version).to_token_stream(),
        }
    }

    /// What documentation calls the function: a link, where there is a function.
    pub(crate) fn link(&self) -> String {
        let (ident, plain) = (&self.function.ident, self.function.ident.unraw());
        match (self.host, self.attribute.has_body()) {
            (Some(host), _) => format!("`{}::{plain}`", host.owner),
            // A type of the same name is beside it.
            (None, true) => format!("[`{plain}()`](fn@{ident})"),
            (None, false) => format!("`{plain}`"),
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

    /// The parameters' names, as callers write them.
    pub(crate) fn parameter_names(&self) -> impl Iterator<Item = &'f str> + use<'f> {
        let arguments = self.function.arguments.iter();
        arguments.map(|argument| argument.sent.as_str())
    }

    /// What goes before all that is generated: the conditions under which the function exists,
    /// and leave to use it when it is deprecated.
    pub(crate) fn common_attributes(&self) -> TokenStream {
        let cfgs = self.attributes("cfg");
        // What its trait says of a function is not known here.
        let deprecated = self.attributes("deprecated").next().is_some()
            || self.attribute == Attribute::Member(Block::OfTrait);
        let allow = deprecated.then(|| quote!(#[allow(deprecated)]));
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
        let stub = self.stub_name.unraw().to_string().to_lowercase();
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
        let link = self.link();
        let head = format!(" Durable calls of {link}.");
        // A copy in another module, where other names are in scope; the original's links are checked.
        let links = self
            .host
            .map(|_| quote!(#[allow(rustdoc::broken_intra_doc_links)]));
        quote! {
            #(#cfgs)*
            #(#deprecated)*
            #links
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

    fn attributes(&self, name: &'static str) -> impl Iterator<Item = &'f syn::Attribute> + use<'f> {
        let of_that_name = move |attr: &&syn::Attribute| attr.path().is_ident(name);
        self.function.attrs.iter().filter(of_that_name)
    }

    /// An item that exists once in a crate for each name and version, so that a second one is
    /// an error of the compiler at the name. What a declaration names is not known here.
    pub(crate) fn guard(&self) -> Option<TokenStream> {
        if self.declared().is_some() || !self.attribute.has_body() {
            return None;
        }
        let mangled = crate::mangle::ascii(&self.name);
        let version = self.version;
        let literal = self.options.name.as_ref();
        let span = literal.map_or_else(|| self.function.ident.span(), syn::LitStr::span);
        let guard = Ident::new(
            &format!("durable_function_{mangled}_version_{version}"),
            span,
        );
        // The whole item has the span of the name: the compiler reports items, not their names.
        Some(quote_spanned! {span=>
            #[doc(hidden)]
            #[allow(non_local_definitions)]
            #[macro_export]
            macro_rules! #guard { () => {}; }
        })
    }
}

/// A place in the user's code for generated tokens, whose names stay the macro's own: what the
/// compiler says about them, it says there.
pub(crate) fn place(span: Span) -> Span {
    Span::call_site().located_at(span)
}

fn doc_text(attr: &syn::Attribute) -> String {
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
