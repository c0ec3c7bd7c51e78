//! What a program says of the functions in it, checked when it starts.

/// Links library crates for their durable functions.
///
/// A crate that nothing in a program names is not linked, even when it is in `Cargo.toml`, and
/// then its functions are missing without a word. This names it; and a program in which one of
/// the crates brought no function does not start.
///
/// ```ignore
/// // In main.rs; `billing` and `shipping` are dependencies.
/// resonate::link!(billing, shipping);
/// ```
///
/// A dependency that `Cargo.toml` gives another name is written with both:
/// `resonate::link!(pay as billing)`.
///
/// # Errors
/// [`Builder::build`](crate::Builder::build) answers with
/// [`RegistryError::NothingLinked`](crate::RegistryError::NothingLinked).
#[macro_export]
macro_rules! link {
    ($($krate:ident $(as $name:ident)?),+ $(,)?) => {
        $(
            use $krate as _;
            const _: () = {
                static CLAIM: $crate::__private::Claim = $crate::__private::Claim::Linked {
                    krate: $crate::__own_name!($krate $($name)?),
                    site: $crate::__private::site!(""),
                };
                $crate::__private::register_claim!(CLAIM);
            };
        )+
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __own_name {
    ($krate:ident) => {
        ::core::stringify!($krate)
    };
    ($krate:ident $name:ident) => {
        ::core::stringify!($name)
    };
}

/// Says that the bodies of these functions are in this program.
///
/// It takes declarations and functions. A program without one of the bodies does not start: the
/// error names the function, its version, and this line.
///
/// ```
/// # mod api {
/// #     #[resonate::declare(name = "billing/charge")]
/// #     pub async fn charge(cents: u64) -> resonate::Result<u64>;
/// # }
/// # #[resonate::function(implements = api::charge)]
/// # async fn charge(cents: u64) -> resonate::Result<u64> { Ok(cents) }
/// #[resonate::function]
/// async fn greet(name: String) -> resonate::Result<String> {
///     Ok(format!("Hello, {name}!"))
/// }
///
/// resonate::serves!(api::charge, greet);
/// # fn main() { resonate::Registry::global().check().unwrap() }
/// ```
///
/// # Errors
/// [`Builder::build`](crate::Builder::build) answers with
/// [`RegistryError::NotServed`](crate::RegistryError::NotServed).
#[macro_export]
macro_rules! serves {
    ($($function:path),+ $(,)?) => {
        $(
            const _: () = {
                static CLAIM: $crate::__private::Claim = $crate::__private::Claim::Served {
                    name: <$function as $crate::__private::Function>::NAME,
                    version: <$function as $crate::__private::Function>::VERSION,
                    site: $crate::__private::site!(""),
                };
                $crate::__private::register_claim!(CLAIM);
            };
        )+
    };
}
