//! `#[resonate::service]`: the functions of a trait or of an `impl` block, each as it would be by
//! itself.
//!
//! | module | what it does |
//! |---|---|
//! | `block` | reads the block, and the functions in it |
//! | `host` | what all functions of a service have in common |
//! | `own_type` | `Self` in a signature |
//! | `write` | writes the block, its stubs, its entries |

mod block;
mod host;
mod own_type;
mod write;

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;
use syn::ext::IdentExt;

use crate::args::{Attribute, Block, Options};
use crate::errors::Errors;
use crate::item::Item;
use crate::signature::{self, Function};

use block::{Member, Service};
pub(crate) use host::Host;

/// One function of a service, read.
struct Read<'s> {
    item: &'s Item,
    options: Options,
    function: Function,
}

/// Expands the attribute with these options on this item.
pub(crate) fn expand(options: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let service = match Service::read(tokens.clone(), &mut errors) {
        Ok(service) => service,
        Err(error) => {
            errors.add(error);
            let report = errors.report();
            return quote!(#tokens #report);
        }
    };
    let attribute = Attribute::Service(service.block);
    let options = Options::read(options, attribute, &mut errors);
    service.check(&mut errors);
    let read: Vec<_> = service
        .members
        .iter()
        .filter_map(Member::durable)
        .map(|(item, own)| read((&service, &options), item, own, &mut errors))
        .collect();
    refuse_twice(&service, &read, &mut errors);
    let host = Host::new(&service, &options, &read, &mut errors);
    write::expand(&service, host.as_ref(), &read, &errors)
}

/// Reports a name and version that a trait declares again. (Of bodies, the compiler reports it.)
fn refuse_twice(service: &Service, functions: &[Read<'_>], errors: &mut Errors) {
    let mut seen = Vec::new();
    if service.block != Block::Trait {
        return;
    }
    for Read {
        options, function, ..
    } in functions
    {
        // Conditions may exclude one another.
        if function
            .attrs
            .iter()
            .any(|attr| attr.path().is_ident("cfg"))
        {
            continue;
        }
        let own = function.ident.unraw().to_string();
        let name = options.name.as_ref().map_or(own, LitStr::value);
        let version = options.version.as_ref().map_or(1, |given| given.number);
        if seen.contains(&(name.clone(), version)) {
            errors.at(
                &function.ident,
                format!("`{name}` version {version} is declared twice: give one of them another"),
            );
        }
        seen.push((name, version));
    }
}

fn read<'s>(
    (service, common): (&Service, &Options),
    item: &'s Item,
    own: Option<&TokenStream>,
    errors: &mut Errors,
) -> Read<'s> {
    let attribute = Attribute::Member(service.block);
    let own = own.cloned().unwrap_or_default();
    let mut options = Options::read(own, attribute, errors);
    options.complete_with(common);
    let mut function = signature::read(item, (attribute, &options), errors);
    own_type::settle(&mut function, service, errors);
    if service.block == Block::Trait {
        function.vis = service.vis.clone();
    }
    Read {
        item,
        options,
        function,
    }
}
