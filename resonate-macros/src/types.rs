//! Types that cannot be stored, found by their syntax; all others are left to the traits.

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{GenericArgument, Lifetime, PathArguments, Type, TypeInfer, TypeReference};

use crate::errors::Errors;
use crate::text;

/// A type without invisible groups and parentheses.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        other => other,
    }
}

/// The last word of a path: `Context` of `&resonate::Context`, whatever it resolves to. Only
/// for choosing between two sentences about a mistake, never for what is one.
pub(crate) fn last_word(ty: &Type) -> Option<String> {
    match ungrouped(ty) {
        Type::Reference(reference) => last_word(&reference.elem),
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _other => None,
    }
}

/// Whether a type is called like what is lent to functions, or points to such a one.
pub(crate) fn sounds_lent(ty: &Type) -> bool {
    last_word(ty).is_some_and(|word| word == "Context" || word == "Info")
        || held(ty).is_some_and(sounds_lent)
}

/// `Context` of `Arc<Context>`.
fn held(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ungrouped(ty) else {
        return None;
    };
    let last = path.path.segments.last()?;
    if !["Arc", "Box", "Rc"].iter().any(|word| last.ident == word) {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(held) => Some(held),
        _other => None,
    }
}

/// Reports what in an argument's type cannot be stored.
pub(crate) fn check_argument(ty: &Type, errors: &mut Errors) {
    Storable {
        what: "an argument",
        errors,
    }
    .visit_type(ty);
}

/// Reports what cannot be lent to a function.
pub(crate) fn check_lent(ty: &Type, errors: &mut Errors) {
    if let Type::ImplTrait(_) = ungrouped(ty) {
        let message = "a durable function takes `&Context`, `&Info` or owned arguments, not \
                       `&impl Trait`: it cannot be generic";
        errors.at(ty, message);
    }
}

/// Reports what in a return type cannot be stored.
pub(crate) fn check_return(ty: &Type, errors: &mut Errors) {
    Storable {
        what: "the result",
        errors,
    }
    .visit_type(ty);
}

struct Storable<'e> {
    what: &'static str,
    errors: &'e mut Errors,
}

impl Storable<'_> {
    fn not_written_down(&mut self, found: impl ToTokens, word: &str) {
        let what = self.what;
        self.errors.at(
            found,
            format!(
                "{what} of a durable function needs a type that can be written down, not `{word}`"
            ),
        );
    }
}

impl<'ast> Visit<'ast> for Storable<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        match ty {
            Type::ImplTrait(_) => self.not_written_down(ty, "impl Trait"),
            Type::TraitObject(_) => self.not_written_down(ty, "dyn Trait"),
            Type::FnPtr(_) => self.not_written_down(ty, "fn()"),
            Type::Ptr(_) => self.not_written_down(ty, "*const T"),
            _stored => visit::visit_type(self, ty),
        }
    }

    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        let is_static = |lifetime: &Lifetime| lifetime.ident == "static";
        if reference.lifetime.as_ref().is_some_and(is_static) && self.what != "an argument" {
            return visit::visit_type_reference(self, reference);
        }
        let what = self.what;
        let owned = owned(&reference.elem);
        self.errors.at(
            reference,
            format!(
                "{what} of a durable function is stored in a promise, so it cannot be borrowed: \
                 take `{owned}`"
            ),
        );
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident != "static" {
            let what = self.what;
            self.errors.at(
                lifetime,
                format!(
                    "{what} of a durable function is stored in a promise, so it cannot borrow: \
                     write `'static` or take an owned type"
                ),
            );
        }
    }

    fn visit_type_infer(&mut self, _: &'ast TypeInfer) {
        self.errors.leave_to_compiler();
    }
}

/// What to take instead of a reference to this.
fn owned(borrowed: &Type) -> String {
    match ungrouped(borrowed) {
        Type::Slice(slice) => format!("Vec<{}>", text::of(slice.elem.to_token_stream())),
        Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
        other => match last_word(other).as_deref() {
            Some("Path") => "PathBuf".to_owned(),
            _ => text::of(other.to_token_stream()),
        },
    }
}
