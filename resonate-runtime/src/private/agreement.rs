//! That a body has the signature it was declared with.

use resonate_core::registry::Defaults;

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
    same_names(Declaration::PARAMETERS, body);
}

/// Compiles when a body's parameters have the names that were declared.
///
/// # Panics
/// When a name is another one; it is evaluated by the compiler.
pub const fn same_names(declared: Parameters, body: &[&str]) {
    let Some(declared) = declared else {
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

/// What the trait of a service says of one function, for those who implement it.
pub struct Declared {
    /// The wire name.
    pub name: &'static str,
    /// The version.
    pub version: u32,
    /// What every call starts from.
    pub defaults: Defaults,
    /// The parameters' names.
    pub parameters: Parameters,
}

/// What is declared of `F`.
#[must_use]
pub const fn declared<F: Function>() -> Declared {
    Declared {
        name: F::NAME,
        version: F::VERSION,
        defaults: F::DEFAULTS,
        parameters: F::PARAMETERS,
    }
}

/// That the functions of a trait were registered where it is implemented.
pub struct Served;

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
