//! The item under the attribute, read as far as the macro has to: its body stays unread.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};
use syn::parse::{ParseStream, Parser};
use syn::{Error, Result, Signature, Token, Visibility};

use crate::args::Attribute;

/// A function as it was written.
pub(crate) struct Item {
    pub(crate) attrs: Vec<syn::Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) signature: Signature,
    /// The body's tokens, or the `;` in their place.
    pub(crate) body: TokenTree,
}

impl Item {
    /// Reads a function.
    pub(crate) fn read(tokens: TokenStream, attribute: Attribute) -> Result<Self> {
        let read = |input: ParseStream<'_>| {
            let attrs = input.call(syn::Attribute::parse_outer)?;
            let vis = input.parse()?;
            refuse_other_items(input, attribute)?;
            let signature = input.parse()?;
            let body = input.parse()?;
            Ok(Self {
                attrs,
                vis,
                signature,
                body,
            })
        };
        read.parse2(tokens)
    }

    /// Whether it ends with a `;` where its body should be.
    pub(crate) fn is_bodyless(&self) -> bool {
        matches!(self.body, TokenTree::Punct(_))
    }
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.attrs);
        self.vis.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// Says what the attribute goes on, when it is on something else.
fn refuse_other_items(input: ParseStream<'_>, attribute: Attribute) -> Result<()> {
    let Some(other) = other_item(input) else {
        return Ok(());
    };
    let goes_on = match attribute {
        Attribute::Declare => "`#[resonate::declare]` goes on an `async fn` without a body",
        _function => "`#[resonate::function]` goes on an `async fn`",
    };
    Err(refusal(input, goes_on, other))
}

/// That an attribute goes on something else, at the keyword of what it is on.
pub(crate) fn refusal(input: ParseStream<'_>, goes_on: &str, other: &str) -> Error {
    let keyword: TokenStream = input
        .fork()
        .parse::<TokenTree>()
        .map(Into::into)
        .unwrap_or_default();
    Error::new_spanned(keyword, format!("{goes_on}, this is {other}"))
}

/// What an item is, unless it is a function.
pub(crate) fn other_item(input: ParseStream<'_>) -> Option<&'static str> {
    Some(if input.peek(Token![impl]) || input.peek2(Token![impl]) {
        "an `impl` block; for the functions in it, use `#[resonate::service]`"
    } else if input.peek(Token![trait]) || input.peek2(Token![trait]) {
        "a `trait`; for the functions in it, use `#[resonate::service]`"
    } else if input.peek(Token![struct]) {
        "a `struct`"
    } else if input.peek(Token![enum]) {
        "an `enum`"
    } else if input.peek(Token![union]) && !input.peek2(Token![!]) {
        "a `union`"
    } else if input.peek(Token![mod]) {
        "a `mod`; put it on each function in it"
    } else if input.peek(Token![use]) {
        "a `use`; put it where the function is written"
    } else if input.peek(Token![static]) {
        "a `static`"
    } else if input.peek(Token![type]) {
        "a `type`"
    } else if input.peek(Token![const]) && !is_const_fn(input) {
        "a `const`"
    } else if input.peek(Token![extern]) && !is_extern_fn(input) {
        "an `extern` item"
    } else if input.peek2(Token![!]) {
        "a macro call; put it on an `async fn` inside of it"
    } else {
        return None;
    })
}

/// Whether a function starts here.
pub(crate) fn is_function(input: ParseStream<'_>) -> bool {
    input.peek(Token![fn])
        || input.peek(Token![async])
        || (input.peek(Token![unsafe]) && !input.peek2(Token![impl]))
        || (input.peek(Token![const]) && is_const_fn(input))
        || (input.peek(Token![extern]) && is_extern_fn(input))
}

fn is_const_fn(input: ParseStream<'_>) -> bool {
    input.peek2(Token![fn])
        || input.peek2(Token![async])
        || input.peek2(Token![unsafe])
        || input.peek2(Token![extern])
}

fn is_extern_fn(input: ParseStream<'_>) -> bool {
    input.peek2(Token![fn]) || (input.peek2(syn::LitStr) && input.peek3(Token![fn]))
}
