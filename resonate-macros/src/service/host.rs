//! What all functions of a service have in common.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{Error, LitStr};

use super::Read;
use super::block::{Service, as_module};
use crate::args::{Block, Options};
use crate::errors::Errors;
use crate::visibility;

/// The service that a function belongs to.
pub(crate) struct Host {
    /// What its functions are named after, for people: `Orders`.
    pub(crate) owner: String,
    /// The module of its stubs.
    pub(crate) module: Ident,
    /// Who sees that module.
    pub(crate) vis: TokenStream,
    /// Whether that module was asked for, and not only needed.
    pub(crate) is_public: bool,
    /// What functions are called on: `Orders`, `<Paper as Invoices>`.
    callee: TokenStream,
    /// The first half of its functions' names.
    prefix: String,
    /// The door to the runtime.
    pub(crate) private: TokenStream,
}

impl Host {
    /// What a block and its options say, if that is enough.
    pub(super) fn new(
        service: &Service,
        options: &Options,
        functions: &[Read<'_>],
        errors: &mut Errors,
    ) -> Option<Self> {
        let module = module(service, options, errors)?;
        let private = match &options.krate {
            Some(path) => quote!(#path::__private),
            None => quote!(::resonate::__private),
        };
        let prefix = options.name.as_ref().map(LitStr::value);
        let vis = match service.block {
            Block::Trait => service.vis.to_token_stream(),
            Block::OfTrait => TokenStream::new(),
            Block::OfType => visibility::widest(functions.iter().map(|read| &read.function.vis)),
        };
        let (of, on) = (&service.of, &service.on);
        let callee = match service.block {
            Block::Trait => TokenStream::new(),
            Block::OfTrait => quote!(<#on as #of>),
            Block::OfType => quote!(<#on>),
        };
        Some(Self {
            owner: service.title(),
            prefix: prefix.unwrap_or_else(|| module.unraw().to_string()),
            is_public: service.block != Block::OfTrait || options.stubs.is_some(),
            module,
            vis,
            callee,
            private,
        })
    }

    /// The wire name of a function called this.
    pub(crate) fn full_name(&self, name: &str) -> String {
        format!("{}/{name}", self.prefix)
    }

    /// The stub of this name.
    pub(crate) fn stub(&self, name: &Ident) -> TokenStream {
        let module = &self.module;
        quote!(#module::#name)
    }

    /// A function of the service.
    pub(crate) fn callee(&self, function: &Ident) -> TokenStream {
        let callee = &self.callee;
        quote!(#callee::#function)
    }

    /// What the trait says of one of its functions.
    pub(crate) fn constant(&self, function: &Ident) -> TokenStream {
        self.callee(&constant(function))
    }
}

/// The constant of a trait that describes one function of it.
pub(super) fn constant(function: &Ident) -> Ident {
    // Where the function's name is, so that one that is not in the trait is reported there.
    format_ident!("__{}", function.unraw(), span = function.span())
}

/// Where the stubs are.
fn module(service: &Service, options: &Options, errors: &mut Errors) -> Option<Ident> {
    if let Some(module) = &options.stubs {
        return Some(module.clone());
    }
    let (missing, name) = match (service.block, &options.name) {
        // Nobody but the registry needs them.
        (Block::OfTrait, _) => return Some(format_ident!("__stubs")),
        (Block::Trait, Some(name)) => match as_module(name) {
            Some(module) => return Some(module),
            None => (
                "the stubs need a module, and this name cannot be one: add `stubs = invoices`",
                Some(name),
            ),
        },
        (Block::Trait, None) => (
            "a service has a name: write `#[resonate::service(name = \"invoices\")]`, which is \
             also the module of its stubs: `invoices::write::rpc(..)`",
            None,
        ),
        (Block::OfType, _) => (
            "the stubs need a module: write `#[resonate::service(stubs = orders)]`, and call \
             `orders::place::run(..)`",
            None,
        ),
    };
    let place = name.map_or(service.keyword, LitStr::span);
    errors.add(Error::new(place, missing));
    None
}
