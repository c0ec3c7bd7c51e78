//! `Self` in the signature of a service's function: its stub stands elsewhere, where `Self` is
//! another type.

use syn::visit_mut::{self, VisitMut};
use syn::{Type, TypePath};

use super::block::Service;
use crate::errors::Errors;
use crate::signature::Function;

/// Writes out what `Self` is, and reports where that cannot be known.
pub(super) fn settle(function: &mut Function, service: &Service, errors: &mut Errors) {
    let is = service.on.as_ref();
    for argument in &mut function.arguments {
        argument.is_storable &= write_out(&mut argument.ty, is, errors);
    }
    let returns = function.returns.as_mut();
    if !returns.is_none_or(|ty| write_out(ty, is, errors)) {
        function.returns = None;
    }
}

fn write_out(ty: &mut Type, is: Option<&Type>, errors: &mut Errors) -> bool {
    let before = errors.len();
    OwnType { is, errors }.visit_type_mut(ty);
    errors.len() == before
}

struct OwnType<'s> {
    is: Option<&'s Type>,
    errors: &'s mut Errors,
}

impl VisitMut for OwnType<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        let (is_own, is_alone) = match &*ty {
            Type::Path(path) => (starts_with_self(path), path.path.segments.len() == 1),
            _other => (false, false),
        };
        match self.is {
            _ if !is_own => visit_mut::visit_type_mut(self, ty),
            Some(own) if is_alone => *ty = own.clone(),
            _unknown => self.errors.at(
                ty,
                "callers of a durable function know nothing of `Self`: write the type itself",
            ),
        }
    }
}

fn starts_with_self(ty: &TypePath) -> bool {
    let named = |ty: &Type| matches!(ty, Type::Path(path) if starts_with_self(path));
    match &ty.qself {
        Some(qself) => named(&qself.ty),
        None => ty
            .path
            .segments
            .first()
            .is_some_and(|first| first.ident == "Self"),
    }
}
