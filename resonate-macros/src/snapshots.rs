//! The expansions as a person reads them, beside the code that they come from.
//!
//! `expand/*.rs` holds one attribute and its function; `expand/*.out.rs` what comes out, which
//! `BLESS=1 cargo test -p resonate-macros` rewrites.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Item, Meta};

/// What the macro adds to a function has to fit on a screen.
const LINES_MAX: usize = 120;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[test]
fn expansions_are_as_reviewed() -> Outcome<()> {
    let mut changed = Vec::new();
    for source in sources()? {
        let expanded = expand(&source)?;
        let reviewed = source.with_extension("out.rs");
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
        let expanded = expand(&source)?;
        // The function and its documentation are not the macro's doing.
        let own = expanded
            .lines()
            .skip_while(|line| !line.contains("Durable calls of"));
        let own = own.count();
        assert!(own <= LINES_MAX, "{}: {own} lines", source.display());
    }
    Ok(())
}

fn sources() -> Outcome<Vec<PathBuf>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("expand"))? {
        let path = entry?.path();
        if !path.to_string_lossy().ends_with(".out.rs") {
            sources.push(path);
        }
    }
    assert!(!sources.is_empty());
    Ok(sources)
}

/// Expands every function of a file, each with the options of its own attribute.
fn expand(source: &Path) -> Outcome<String> {
    let file = syn::parse_file(&fs::read_to_string(source)?)?;
    let expanded: TokenStream = file.items.into_iter().map(expand_item).collect();
    Ok(prettyplease::unparse(&syn::parse2(expanded)?))
}

fn expand_item(mut item: Item) -> TokenStream {
    let Item::Fn(function) = &mut item else {
        return item.into_token_stream();
    };
    let ours = |attr: &syn::Attribute| {
        let name = attr.path().segments.last();
        name.is_some_and(|name| name.ident == "function")
    };
    let Some(at) = function.attrs.iter().position(ours) else {
        return item.into_token_stream();
    };
    let options = match function.attrs.remove(at).meta {
        Meta::List(list) => list.tokens,
        _without_options => TokenStream::new(),
    };
    crate::expand::expand(options, item.into_token_stream())
}
