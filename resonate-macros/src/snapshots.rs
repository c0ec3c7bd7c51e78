//! The expansions as a person reads them, beside the code that they come from.
//!
//! `expand/*.rs` holds one attribute and its function; `expand/*.out.rs` what comes out, which
//! `BLESS=1 cargo test -p resonate-macros` rewrites.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Item, Meta};

use crate::args::Attribute;
use crate::expand::expand;

/// What the macro adds to a function has to fit on a screen.
const LINES_MAX: usize = 125;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[test]
fn expansions_are_as_reviewed() -> Outcome<()> {
    let mut changed = Vec::new();
    for source in sources()? {
        let expanded = expand_file(&source)?;
        let reviewed = reviewed(&source);
        if env::var_os("BLESS").is_some() {
            fs::write(&reviewed, &expanded)?;
        } else if fs::read_to_string(&reviewed)? != expanded {
            changed.push(format!("{}:\n{expanded}", reviewed.display()));
        }
    }
    let changed = changed.join("\n");
    assert!(
        changed.is_empty(),
        "review, then run with BLESS=1\n{changed}"
    );
    Ok(())
}

#[test]
fn an_expansion_fits_on_a_screen() -> Outcome<()> {
    for source in sources()? {
        let expanded = expand_file(&source)?;
        // The function and its documentation are not the macro's doing.
        let own = expanded
            .lines()
            .skip_while(|line| !line.contains("Durable calls of"));
        let own = own.count();
        assert!(own <= LINES_MAX, "{}: {own} lines", source.display());
    }
    Ok(())
}

/// Where the expansion of a source is kept.
fn reviewed(source: &Path) -> PathBuf {
    if source == showcase() {
        folder().join("example.out.rs")
    } else {
        source.with_extension("out.rs")
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("expand")
}

/// The example that people expand themselves.
fn showcase() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/expand.rs")
}

fn sources() -> Outcome<Vec<PathBuf>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder())? {
        let path = entry?.path();
        if !path.to_string_lossy().ends_with(".out.rs") {
            sources.push(path);
        }
    }
    assert!(!sources.is_empty());
    sources.push(showcase());
    Ok(sources)
}

/// Expands every function of a file, each with the options of its own attribute.
fn expand_file(source: &Path) -> Outcome<String> {
    let file = syn::parse_file(&fs::read_to_string(source)?)?;
    let expanded: TokenStream = file.items.into_iter().map(expand_item).collect();
    Ok(prettyplease::unparse(&syn::parse2(expanded)?))
}

fn expand_item(item: Item) -> TokenStream {
    let tokens = item.into_token_stream();
    let split = |input: ParseStream<'_>| {
        let attrs = input.call(syn::Attribute::parse_outer)?;
        Ok((attrs, input.parse::<TokenStream>()?))
    };
    // An item without attributes may be of any sort.
    let Ok((mut attrs, rest)) = split.parse2(tokens.clone()) else {
        return tokens;
    };
    let ours = |attr: &syn::Attribute| -> Option<fn(TokenStream, TokenStream) -> TokenStream> {
        let name = attr.path().segments.last()?;
        match name.ident.to_string().as_str() {
            "function" => Some(|options, item| expand(Attribute::Function, options, item)),
            "declare" => Some(|options, item| expand(Attribute::Declare, options, item)),
            "service" => Some(|options, item| crate::service::expand(options, &item)),
            _other => None,
        }
    };
    let Some((at, expand)) = position(&attrs, ours) else {
        return tokens;
    };
    let options = match attrs.remove(at).meta {
        Meta::List(list) => list.tokens,
        _without_options => TokenStream::new(),
    };
    expand(options, quote::quote!(#(#attrs)* #rest))
}

fn position<T, U>(all: &[T], of: impl Fn(&T) -> Option<U>) -> Option<(usize, U)> {
    let mut numbered = all.iter().enumerate();
    numbered.find_map(|(at, one)| Some((at, of(one)?)))
}
