//! The options of the attribute: `name = "…", version = 2, …`, each at most once.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, LitInt, LitStr, Path, Result, Token};

use crate::errors::Errors;
use crate::values;

/// Which attribute it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    /// `#[resonate::function]`: a function with its body.
    Function,
    /// `#[resonate::declare]`: what is known of a function elsewhere.
    Declare,
    /// `#[resonate::service]`: many functions at once.
    Service(Block),
    /// `#[function]`, or nothing, at one function of a service.
    Member(Block),
}

/// What the functions of a service are written in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Block {
    /// `trait Invoices { .. }`: declarations.
    Trait,
    /// `impl Invoices for Paper { .. }`: their bodies.
    OfTrait,
    /// `impl Orders { .. }`: functions of their own.
    OfType,
}

impl Attribute {
    /// The names of its options.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Function => &[
                "name",
                "version",
                "timeout",
                "retry",
                "target",
                "stub",
                "blocking",
                "implements",
                "crate",
            ],
            Self::Declare => &[
                "name", "version", "timeout", "retry", "target", "stub", "crate",
            ],
            Self::Service(Block::Trait | Block::OfType) => {
                &["name", "stubs", "timeout", "retry", "target", "crate"]
            }
            Self::Service(Block::OfTrait) => &["stubs", "timeout", "retry", "target", "crate"],
            Self::Member(Block::Trait) => {
                &["name", "version", "timeout", "retry", "target", "stub"]
            }
            Self::Member(Block::OfTrait) => &["timeout", "retry", "target", "stub"],
            Self::Member(Block::OfType) => &[
                "name", "version", "timeout", "retry", "target", "stub", "blocking",
            ],
        }
    }

    /// Whether its functions have bodies, which this program can run.
    pub(crate) fn has_body(self) -> bool {
        !matches!(self, Self::Declare | Self::Member(Block::Trait))
    }

    /// Why an option of another attribute is none of this one.
    fn why_not(self, name: &str) -> Option<&'static str> {
        match (self, name) {
            (Self::Declare, "blocking" | "implements") => {
                Some("is about the body, and a declaration has none")
            }
            (Self::Service(_), "version" | "stub" | "blocking") => {
                Some("is about one function: write it there, as in `#[function(version = 2)]`")
            }
            (Self::Service(Block::OfTrait), "name") | (Self::Member(Block::OfTrait), "name") => {
                Some("comes from the trait: leave it out")
            }
            (Self::Member(Block::OfTrait), "version") => Some("comes from the trait: leave it out"),
            (Self::Member(Block::Trait | Block::OfTrait), "blocking") => Some(
                "is for a plain `fn`, and the functions of a trait are async: declare it by \
                 itself, with `#[resonate::declare]`",
            ),
            (Self::Member(_), "crate" | "stubs") => {
                Some("is about the whole service: write it at `#[resonate::service(..)]`")
            }
            (Self::Member(_) | Self::Service(_), "implements") => Some(
                "is for a function by itself: the functions of `impl Trait for Type` implement \
                 those of the trait",
            ),
            _another => None,
        }
    }
}

/// A version, and where it was written.
pub(crate) struct Version {
    pub(crate) number: u32,
    pub(crate) written: LitInt,
}

impl ToTokens for Version {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.written.to_tokens(tokens);
    }
}

/// What the attribute says.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<LitStr>,
    pub(crate) version: Option<Version>,
    pub(crate) timeout: Option<std::time::Duration>,
    pub(crate) retry: Option<Expr>,
    pub(crate) target: Option<LitStr>,
    pub(crate) stub: Option<Ident>,
    /// The module of a service's stubs.
    pub(crate) stubs: Option<Ident>,
    pub(crate) blocking: Option<Ident>,
    /// The declaration that the function implements.
    pub(crate) implements: Option<Path>,
    pub(crate) krate: Option<Path>,
}

impl Options {
    /// Reads the options; what is wrong with one keeps none of the others from being read.
    pub(crate) fn read(tokens: TokenStream, attribute: Attribute, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let read = |input: ParseStream<'_>| {
            let mut seen = Vec::new();
            while !input.is_empty() {
                if let Err(error) = options.read_one(input, attribute, &mut seen, errors) {
                    errors.add(error);
                    skip_to_comma(input)?;
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = read.parse2(tokens) {
            errors.add(error);
        }
        options.refuse_what_is_declared(errors);
        options
    }

    /// What is not said here is as it is said for the whole service.
    pub(crate) fn complete_with(&mut self, service: &Self) {
        self.timeout = self.timeout.or(service.timeout);
        self.retry = self.retry.take().or_else(|| service.retry.clone());
        self.target = self.target.take().or_else(|| service.target.clone());
        self.krate.clone_from(&service.krate);
    }

    /// What the declaration says cannot be said again.
    fn refuse_what_is_declared(&self, errors: &mut Errors) {
        if self.implements.is_none() {
            return;
        }
        if let Some(name) = &self.name {
            errors.at(
                name,
                "the name comes from the declaration that `implements` names: leave it out",
            );
        }
        if let Some(version) = &self.version {
            errors.at(
                version,
                "the version comes from the declaration that `implements` names: leave it out",
            );
        }
    }

    fn read_one(
        &mut self,
        input: ParseStream<'_>,
        attribute: Attribute,
        seen: &mut Vec<Ident>,
        errors: &mut Errors,
    ) -> Result<()> {
        let key = read_key(input)?;
        let name = key.unraw().to_string();
        if !attribute.options().contains(&name.as_str()) {
            return Err(unknown(&key, &name, attribute));
        }
        if seen.contains(&key) {
            errors.at(&key, format!("`{name}` is given twice"));
        }
        if name == "blocking" {
            self.blocking = Some(key.clone());
            if input.peek(Token![=]) {
                return Err(syn::Error::new_spanned(
                    &key,
                    "`blocking` stands alone: write `blocking` or leave it out",
                ));
            }
        } else {
            let equals: Option<Token![=]> = input.parse()?;
            if equals.is_none() || input.is_empty() || input.peek(Token![,]) {
                let message = format!("`{name}` needs a value: write `{}`", example(&name));
                return Err(syn::Error::new_spanned(&key, message));
            }
            self.set(&name, input.parse()?, errors);
        }
        seen.push(key);
        Ok(())
    }

    fn set(&mut self, name: &str, value: Expr, errors: &mut Errors) {
        let value = values::ungrouped(value);
        match name {
            "name" => self.name = values::name(&value, errors),
            "version" => self.version = values::version(&value, errors),
            "timeout" => self.timeout = values::timeout(&value, errors),
            "target" => self.target = values::target(&value, errors),
            "stub" => self.stub = values::stub(&value, errors),
            "stubs" => self.stubs = values::stubs(&value, errors),
            "implements" => self.implements = values::implements(&value, errors),
            "crate" => self.krate = values::krate(&value, errors),
            _retry => self.retry = Some(value),
        }
    }
}

fn read_key(input: ParseStream<'_>) -> Result<Ident> {
    if input.peek(Ident::peek_any) {
        return input.call(Ident::parse_any);
    }
    if let Ok(literal) = input.fork().parse::<LitStr>() {
        let written = literal.token().to_string();
        return Err(syn::Error::new_spanned(
            literal,
            format!("options are named: write `name = {written}`"),
        ));
    }
    let token: TokenTree = input.parse()?;
    Err(syn::Error::new_spanned(
        token.to_token_stream(),
        format!("options are named, as in `{}`", example("name")),
    ))
}

fn example(name: &str) -> &'static str {
    match name {
        "version" => "version = 2",
        "timeout" => "timeout = \"2h\"",
        "retry" => "retry = Retry::exponential()",
        "target" => "target = \"group\"",
        "stub" => "stub = Greet",
        "stubs" => "stubs = orders",
        "implements" => "implements = api::greet",
        "crate" => "crate = path",
        _ => "name = \"greet\"",
    }
}

fn unknown(key: &Ident, name: &str, attribute: Attribute) -> syn::Error {
    const EDITS_MAX: usize = 2;
    if let Some(why) = attribute.why_not(name) {
        return syn::Error::new_spanned(key, format!("`{name}` {why}"));
    }
    let nearest = attribute
        .options()
        .iter()
        .map(|known| (strsim::osa_distance(name, known), *known))
        .filter(|(edits, known)| *edits <= EDITS_MAX.min(known.len() - 2))
        .min();
    let message = match nearest {
        Some((_, near)) => format!("unknown option `{name}`; did you mean `{near}`?"),
        None => {
            let known = attribute.options().iter().map(|known| format!("`{known}`"));
            let known = known.collect::<Vec<_>>().join(", ");
            format!("unknown option `{name}`; the options are {known}")
        }
    };
    syn::Error::new_spanned(key, message)
}

fn skip_to_comma(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
