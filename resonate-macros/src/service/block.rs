//! A `trait` or an `impl` block, read as far as the macro has to: what is in the bodies of its
//! functions stays unread.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{
    Error, Generics, Ident, ImplItem, ItemImpl, ItemTrait, Meta, Path, Result, Token, TraitItem,
    Type, Visibility,
};

use crate::args::Block;
use crate::check;
use crate::errors::Errors;
use crate::item::{self, Item};

/// What the attribute goes on.
const GOES_ON: &str = "`#[resonate::service]` goes on a `trait` or an `impl` block";

/// A block of functions as it was written.
pub(crate) struct Service {
    pub(crate) block: Block,
    /// Everything before its braces, the attribute's own excepted.
    pub(crate) head: TokenStream,
    /// Its braces, for their place.
    pub(crate) braces: Group,
    pub(crate) attrs: Vec<syn::Attribute>,
    pub(crate) vis: Visibility,
    /// `trait` or `impl`.
    pub(crate) keyword: Span,
    generics: Generics,
    /// The trait, if one is declared or implemented.
    pub(crate) of: Option<Path>,
    /// The type, if it is an `impl`.
    pub(crate) on: Option<Type>,
    pub(crate) members: Vec<Member>,
}

/// One item in the block.
pub(crate) enum Member {
    /// A durable function, and the options that stand at it.
    Durable(Box<Item>, Option<TokenStream>),
    /// Anything else, as it is.
    Other(TokenStream),
}

impl Member {
    /// A durable function and its own options.
    pub(crate) fn durable(&self) -> Option<(&Item, Option<&TokenStream>)> {
        match self {
            Self::Durable(item, options) => Some((item, options.as_ref())),
            Self::Other(_) => None,
        }
    }
}

impl Service {
    /// Reads a block.
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Result<Self> {
        refuse_other_items.parse2(tokens.clone())?;
        let mut head: Vec<TokenTree> = tokens.into_iter().collect();
        let braces = match head.pop() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => group,
            other => return Err(Error::new_spanned(other.into_token_stream(), GOES_ON)),
        };
        let head: TokenStream = head.into_iter().collect();
        let mut service = Self::read_head(head, braces)?;
        let inside = service.braces.stream();
        service.members = read_members(service.block, inside, errors)?;
        Ok(service)
    }

    fn read_head(head: TokenStream, braces: Group) -> Result<Self> {
        let empty = Group::new(Delimiter::Brace, TokenStream::new());
        let whole = quote::quote!(#head #empty);
        if let Ok(read) = syn::parse2::<ItemTrait>(whole.clone()) {
            return Ok(Self {
                block: Block::Trait,
                head,
                braces,
                attrs: read.attrs,
                vis: read.vis,
                keyword: read.trait_token.span,
                generics: read.generics,
                of: Some(read.ident.into()),
                on: None,
                members: Vec::new(),
            });
        }
        let read: ItemImpl = syn::parse2(whole)?;
        let of = read.trait_.map(|(path, _for)| path);
        let block = of.as_ref().map_or(Block::OfType, |_| Block::OfTrait);
        Ok(Self {
            block,
            head,
            braces,
            attrs: read.attrs,
            vis: Visibility::Inherited,
            keyword: read.impl_token.span,
            generics: read.generics,
            of,
            on: Some(*read.self_ty),
            members: Vec::new(),
        })
    }

    /// Reports what the block as a whole cannot be.
    pub(crate) fn check(&self, errors: &mut Errors) {
        check::service_generics(&self.generics, errors);
        if !self.members.iter().any(|member| member.durable().is_some()) {
            let message = match self.block {
                Block::Trait => "a service declares functions: write an `async fn` in it",
                Block::OfTrait | Block::OfType => {
                    "there is no durable function in this service: write an `async fn` in it"
                }
            };
            errors.add(Error::new(self.keyword, message));
        }
    }

    /// The conditions under which the block exists.
    pub(crate) fn cfgs(&self) -> impl Iterator<Item = &syn::Attribute> {
        self.attrs.iter().filter(|attr| attr.path().is_ident("cfg"))
    }

    /// What its functions are named after, for people: `Orders`.
    pub(crate) fn title(&self) -> String {
        match (&self.of, &self.on) {
            (_, Some(ty)) => crate::text::of(ty.to_token_stream()),
            (Some(path), None) => crate::text::of(path.to_token_stream()),
            (None, None) => String::new(),
        }
    }
}

/// Says what the attribute goes on, when it is on something else.
fn refuse_other_items(input: ParseStream<'_>) -> Result<()> {
    input.call(syn::Attribute::parse_outer)?;
    input.parse::<Visibility>()?;
    let is_block = input.peek(Token![trait])
        || input.peek(Token![impl])
        || input.peek2(Token![trait])
        || input.peek2(Token![impl]);
    let other = if is_block {
        None
    } else if item::is_function(input) {
        Some("a function; for one by itself, use `#[resonate::function]`")
    } else {
        item::other_item(input)
    };
    if let Some(other) = other {
        return Err(item::refusal(input, GOES_ON, other));
    }
    input.parse::<TokenStream>().map(drop)
}

fn read_members(block: Block, tokens: TokenStream, errors: &mut Errors) -> Result<Vec<Member>> {
    let read = |input: ParseStream<'_>| {
        let mut members = Vec::new();
        while !input.is_empty() {
            members.push(read_member(block, input, errors)?);
        }
        Ok(members)
    };
    read.parse2(tokens)
}

fn read_member(block: Block, input: ParseStream<'_>, errors: &mut Errors) -> Result<Member> {
    let ahead = input.fork();
    ahead.call(syn::Attribute::parse_outer)?;
    ahead.parse::<Visibility>()?;
    if !item::is_function(&ahead) {
        let other = match block {
            Block::Trait => input.parse::<TraitItem>()?.into_token_stream(),
            Block::OfTrait | Block::OfType => input.parse::<ImplItem>()?.into_token_stream(),
        };
        return Ok(Member::Other(other));
    }
    let mut item = Item {
        attrs: input.call(syn::Attribute::parse_outer)?,
        vis: input.parse()?,
        signature: input.parse()?,
        body: input.parse()?,
    };
    let options = take_options(&mut item, errors);
    let is_durable =
        block != Block::OfType || options.is_some() || item.signature.asyncness.is_some();
    if is_durable {
        return Ok(Member::Durable(Box::new(item), options));
    }
    Ok(Member::Other(item.into_token_stream()))
}

/// Takes `#[function(..)]` off a function, whatever path leads to it.
fn take_options(item: &mut Item, errors: &mut Errors) -> Option<TokenStream> {
    let mut options = None;
    item.attrs.retain(|attr| {
        let word = attr
            .path()
            .segments
            .last()
            .map(|last| last.ident.to_string());
        match word.as_deref() {
            Some("function") => {}
            Some("declare") => {
                errors.at(
                    attr,
                    "a service's functions take `#[function(..)]`, and need none",
                );
                return false;
            }
            _other => return true,
        }
        if options.is_some() {
            errors.at(attr, "`#[function(..)]` is given twice");
        }
        options = Some(match &attr.meta {
            Meta::Path(_) => TokenStream::new(),
            Meta::List(list) => list.tokens.clone(),
            Meta::NameValue(value) => {
                errors.at(value, "write options as in `#[function(version = 2)]`");
                TokenStream::new()
            }
        });
        false
    });
    options
}

/// The stubs' module, when the name can be one.
pub(crate) fn as_module(name: &syn::LitStr) -> Option<Ident> {
    let mut ident = syn::parse_str::<Ident>(&name.value()).ok()?;
    ident.set_span(name.span());
    Some(ident)
}
