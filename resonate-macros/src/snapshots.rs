//! The expansions as a person reads them, beside the code that they come from.
//!
//! `expand/*.rs` holds one attribute and its function; `expand/*.out.rs` what comes out, which
//! `BLESS=1 cargo test -p resonate-macros` rewrites.

use std::path::{Path, PathBuf};
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Item, Meta};

/// What the macro adds to a function has to fit on a screen.
const LINES_MAX: usize = 120;

#[test]
fn expansions_are_as_reviewed() {
    let mut changed = Vec::new();
    for source in sources() {
        let expanded = expand(&source);
        let reviewed = source.with_extension("out.rs");
        if env::var_os("BLESS").is_some() {
            fs::write(&reviewed, &expanded).unwrap();
        } else if fs::read_to_string(&reviewed).ok().as_deref() != Some(expanded.as_str()) {
            changed.push(format!("{}:\n{expanded}", reviewed.display()));
        }
    }
    let changed = changed.join("\n");
    assert!(
        changed.is_empty(),
        "review, then run with BLESS=1\n{changed}"
    );
}

#[test]
fn an_expansion_fits_on_a_screen() {
    for source in sources() {
        let expanded = expand(&source);
        // The function and its documentation are not the macro's doing.
        let own = expanded
            .lines()
            .skip_while(|line| !line.contains("Durable calls of"));
        let own = own.count();
        assert!(own <= LINES_MAX, "{}: {own} lines", source.display());
    }
}

fn sources() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("expand");
    let mut sources: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.to_string_lossy().ends_with(".out.rs"))
        .collect();
    sources.sort();
    assert!(!sources.is_empty());
    sources
}

/// Expands every item of a file, each with the options of its first attribute.
fn expand(source: &Path) -> String {
    let file = syn::parse_file(&fs::read_to_string(source).unwrap()).unwrap();
    let expanded: TokenStream = file.items.into_iter().map(expand_item).collect();
    prettyplease::unparse(&syn::parse2(expanded).unwrap())
}

fn expand_item(mut item: Item) -> TokenStream {
    let attrs = match &mut item {
        Item::Fn(function) => &mut function.attrs,
        Item::Struct(other) => &mut other.attrs,
        _ => return item.into_token_stream(),
    };
    let ours = |attr: &syn::Attribute| attr.path().segments.last().unwrap().ident == "function";
    let Some(at) = attrs.iter().position(ours) else {
        return item.into_token_stream();
    };
    let options = match attrs.remove(at).meta {
        Meta::List(list) => list.tokens,
        _ => TokenStream::new(),
    };
    crate::expand::expand(options, item.into_token_stream())
}
