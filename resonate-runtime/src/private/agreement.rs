//! That a body has the signature it was declared with.

use crate::function::Function;

/// The names of a function's parameters, if it is declared with them.
pub type Parameters = Option<&'static [&'static str]>;

/// Compiles when the declaration has these argument and return types, and parameters of these
/// names.
///
/// # Panics
/// When a name is another one; it is evaluated by the compiler.
pub const fn implements<Declaration, Arguments, Returned>(body: &[&str])
where
    Declaration: Function<Args = Arguments, Return = Returned>,
{
    let Some(declared) = Declaration::PARAMETERS else {
        return;
    };
    let mut index = 0;
    while index < declared.len() && index < body.len() {
        assert!(
            same(declared[index].as_bytes(), body[index].as_bytes()),
            "a parameter has another name than in the declaration, and callers may send arguments \
             by name: give both the same"
        );
        index += 1;
    }
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}
