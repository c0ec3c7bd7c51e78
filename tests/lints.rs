//! A library that denies whatever rustc can complain about: generated code gives no cause.
//!
//! It is built by `cargo test` and `cargo clippy --all-targets`; there is nothing to run.
#![deny(warnings, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]
#![deny(
    absolute_paths_not_starting_with_crate,
    ambiguous_negative_literals,
    closure_returning_async_block,
    deprecated_in_future,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    ffi_unwind_calls,
    keyword_idents,
    let_underscore_drop,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    missing_unsafe_on_extern,
    non_ascii_idents,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]

use resonate::{Context, Info, Result, Retry};

/// A public workflow.
///
/// # Errors
/// When the leaf says no.
#[resonate::function(
    name = "lints/greet",
    version = 2,
    timeout = "1500ms",
    retry = Retry::never(),
    target = "greetings"
)]
pub async fn greet(ctx: &Context, name: String) -> Result<String> {
    let loud = shout::rpc(ctx, name).await?;
    Ok(loud)
}

/// A private leaf that nobody calls.
#[resonate::function(name = "lints/shout", timeout = "3s")]
async fn shout(word: String) -> Result<String> {
    pause().await;
    Ok(word.to_uppercase())
}

#[allow(clippy::unused_async)]
async fn pause() {}

/// A leaf that awaits nothing.
#[resonate::function]
#[allow(clippy::unused_async)]
async fn idle(_info: &Info, _unused: u64) -> Result<()> {
    Ok(())
}

/// A public function in a private module is no mistake of the macro's.
mod inner {
    use resonate::Result;

    #[allow(unreachable_pub)]
    #[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
    pub struct Point {
        pub x: u64,
    }

    #[resonate::function(blocking)]
    #[allow(
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::redundant_pub_crate
    )]
    pub(super) fn twice(point: Point) -> Result<u64> {
        Ok(point.x * 2)
    }

    #[resonate::function(blocking, stub = Once)]
    #[allow(
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::redundant_pub_crate
    )]
    pub(crate) fn once(x: u64) -> Result<u64> {
        Ok(x)
    }
}

/// A function called like one of its stub's.
///
/// # Errors
/// None.
#[resonate::function(name = "lints/run")]
#[allow(clippy::unused_async)]
pub async fn run() -> Result<()> {
    Ok(())
}

/// A function with many arguments, one of each sort.
///
/// # Errors
/// None.
#[resonate::function]
#[allow(
    clippy::too_many_arguments,
    clippy::many_single_char_names,
    clippy::unused_async
)]
pub async fn many(a: u8, b: u16, c: u32, d: u64, e: i8, f: i16, g: i32, h: i64) -> Result<i64> {
    let small = i64::from(a) + i64::from(b) + i64::from(c) + i64::from(e);
    Ok(small + i64::from(f) + i64::from(g) + h + i64::try_from(d).unwrap_or(0))
}

/// An old function.
///
/// # Errors
/// None.
#[deprecated(since = "0.1.0", note = "say hello instead")]
#[resonate::function(name = "lints/old")]
#[allow(clippy::unused_async)]
pub async fn old(word: String) -> Result<String> {
    Ok(word)
}

/// An old function, with the attributes in the other order.
///
/// # Errors
/// None.
#[resonate::function(name = "lints/older")]
#[deprecated(since = "0.1.0", note = "say hello instead")]
#[allow(clippy::unused_async)]
pub async fn older(word: String) -> Result<String> {
    Ok(word)
}

/// Calls what is only called by the registry otherwise.
///
/// # Errors
/// When one of them says no.
#[resonate::function]
pub async fn call_all(ctx: &Context) -> Result<()> {
    let point = inner::Point { x: 1 };
    let two = inner::twice::run(ctx, point).await?;
    let one = inner::Once::run(ctx, two).await?;
    idle::run(ctx, one).await?;
    Ok(())
}

/// A public declaration.
#[resonate::declare(name = "lints/declared", version = 3, target = "elsewhere")]
pub async fn declared(word: String, _unused: u64) -> Result<String>;

/// A private declaration that nobody calls.
#[resonate::declare(stub = Other, timeout = "2s")]
async fn other_declared() -> Result<()>;

/// The body of the first.
///
/// # Errors
/// None.
#[resonate::function(implements = declared, stub = Body)]
#[allow(clippy::unused_async)]
pub async fn declared_body(word: String, _unused: u64) -> Result<String> {
    Ok(word)
}

/// A type whose functions belong together.
#[derive(Clone, Copy, Debug)]
pub struct Orders;

/// What it does.
#[resonate::service(name = "lints/orders", stubs = orders, timeout = "3s")]
impl Orders {
    /// Places an order.
    ///
    /// # Errors
    /// When packing fails.
    #[function(version = 2)]
    pub async fn place(ctx: &Context, item: String, _unused: u64) -> Result<String> {
        let packed = orders::pack::run(ctx, item).await?;
        Ok(packed)
    }

    #[allow(clippy::unused_async)]
    async fn pack(item: String) -> Result<String> {
        Ok(Self::label(&item))
    }

    #[function(blocking)]
    #[allow(clippy::unnecessary_wraps, clippy::missing_const_for_fn)]
    fn run(number: u64) -> Result<u64> {
        Ok(number)
    }

    fn label(item: &str) -> String {
        item.to_uppercase()
    }
}

/// A public contract.
#[resonate::service(name = "invoices")]
pub trait Invoices {
    /// Writes an invoice.
    #[function(version = 3)]
    async fn write(ctx: &Context, order: String) -> Result<String>;

    /// Sends it.
    #[deprecated(since = "0.1.0", note = "write it")]
    async fn send(_to: String) -> Result<()>;
}

/// A private contract that nobody implements.
#[resonate::service(name = "taxes")]
trait Taxes {
    async fn file(year: u16) -> Result<String>;
}

/// How invoices are written.
#[derive(Clone, Copy, Debug)]
pub struct Paper;

#[resonate::service]
#[allow(clippy::unused_async)]
impl Invoices for Paper {
    async fn write(ctx: &Context, order: String) -> Result<String> {
        let parsed = orders::run::run(ctx, 3).await?;
        Ok(format!("{order} {parsed}"))
    }

    async fn send(_to: String) -> Result<()> {
        Ok(())
    }
}

resonate::serves!(declared, Body, shout, invoices::write, orders::place);
