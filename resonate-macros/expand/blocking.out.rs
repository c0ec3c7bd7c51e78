/// Counts words.
///
/// ```
/// assert_eq!(1, 1);
/// ```
#[cfg(unix)]
pub(crate) fn count(info: &Info, words: BTreeMap<String, Vec<u8>>) -> Result<usize> {
    Ok(words.len())
}
#[cfg(unix)]
/// Durable calls of [`count()`](fn@count).
///
#[cfg_attr(not(doctest), doc = " Counts words.")]
#[cfg_attr(not(doctest), doc = "")]
#[cfg_attr(not(doctest), doc = " ```")]
#[cfg_attr(not(doctest), doc = " assert_eq!(1, 1);")]
#[cfg_attr(not(doctest), doc = " ```")]
#[allow(non_camel_case_types)]
pub(crate) struct Count {}
#[cfg(unix)]
impl Count {
    /// Runs [`count()`](fn@count) in this process, as a durable promise of its own.
    pub(crate) fn run<'c>(
        ctx: impl facade::resonate::__private::Caller<'c>,
        words: BTreeMap<String, Vec<u8>>,
    ) -> facade::resonate::__private::Call<'c, Self> {
        facade::resonate::__private::local(ctx, Self::__encode(words))
    }
    /// Starts [`count()`](fn@count) in this process, as a durable promise of its own.
    pub(crate) fn begin_run<'c>(
        ctx: impl facade::resonate::__private::Caller<'c>,
        words: BTreeMap<String, Vec<u8>>,
    ) -> facade::resonate::__private::Begin<'c, Self> {
        Self::run(ctx, words).begin()
    }
    /// Runs [`count()`](fn@count) on some worker, as a durable promise of its own.
    pub(crate) fn rpc<'c>(
        ctx: impl facade::resonate::__private::Caller<'c>,
        words: BTreeMap<String, Vec<u8>>,
    ) -> facade::resonate::__private::Call<'c, Self> {
        facade::resonate::__private::remote(ctx, Self::__encode(words))
    }
    /// Starts [`count()`](fn@count) on some worker, as a durable promise of its own.
    pub(crate) fn begin_rpc<'c>(
        ctx: impl facade::resonate::__private::Caller<'c>,
        words: BTreeMap<String, Vec<u8>>,
    ) -> facade::resonate::__private::Begin<'c, Self> {
        Self::rpc(ctx, words).begin()
    }
    /// Starts [`count()`](fn@count) on some worker, to outlive the caller.
    pub(crate) fn detached<'c>(
        ctx: &'c facade::resonate::__private::Context,
        words: BTreeMap<String, Vec<u8>>,
    ) -> facade::resonate::__private::Detached<'c> {
        facade::resonate::__private::detached::<Self>(ctx, Self::__encode(words))
    }
    /// Starts [`count()`](fn@count) on some worker whenever `cron` says so.
    pub(crate) fn schedule<'c>(
        resonate: &'c facade::resonate::__private::Resonate,
        id: impl facade::resonate::__private::Into<facade::resonate::__private::String>,
        cron: impl facade::resonate::__private::Into<
            facade::resonate::__private::String,
        >,
        words: BTreeMap<String, Vec<u8>>,
    ) -> facade::resonate::__private::Scheduled<'c> {
        facade::resonate::__private::schedule::<
            Self,
        >(resonate, id, cron, Self::__encode(words))
    }
}
#[cfg(unix)]
const _: () = {
    use facade::resonate::__private::{self, NeverFinal as _};
    impl __private::Function for Count {
        const NAME: &'static str = "count";
        const VERSION: u32 = 1;
        const DEFAULTS: __private::Defaults = __private::Defaults {
            timeout: __private::None,
            retry: __private::None,
            target: __private::Some("cpu"),
        };
        type Args = (BTreeMap<String, Vec<u8>>,);
        type Return = Result<usize>;
    }
    impl Count {
        const __CONTEXT: __private::Lent<Info> = __private::lent_to_blocking::<Info>();
        const __ARG_0: __private::Arg<BTreeMap<String, Vec<u8>>> = __private::arg::<
            BTreeMap<String, Vec<u8>>,
        >(0, "words", "BTreeMap<String, Vec<u8>>");
        fn __encode(words: BTreeMap<String, Vec<u8>>) -> __private::Encoded {
            __private::Encoded::new().with(&Self::__ARG_0, words)
        }
    }
    impl __private::HasBody for Count {
        const ENTRY: &'static __private::Entry = &__ENTRY;
    }
    static __ENTRY: __private::Entry = __private::Entry {
        name: <Count as __private::Function>::NAME,
        version: <Count as __private::Function>::VERSION,
        kind: Count::__CONTEXT.kind(),
        params: &[Count::__ARG_0.param()],
        result: "Result<usize>",
        shapes: __private::shapes::<Count>(&[Count::__ARG_0.probe()]),
        defaults: <Count as __private::Function>::DEFAULTS,
        site: __private::site!("Counts words."),
        body: __private::Body::Blocking(|env, args| {
            let arg0 = match Count::__ARG_0.decode(args) {
                __private::Ok(value) => value,
                __private::Err(misfit) => return misfit,
            };
            let returned = count(Count::__CONTEXT.of(env), arg0);
            let is_final = __private::Finality(&returned).is_final();
            __private::encode_outcome::<Count>(returned, is_final)
        }),
    };
    __private::register!(__ENTRY);
    #[doc(hidden)]
    #[allow(non_local_definitions)]
    #[macro_export]
    macro_rules! durable_function_count_version_1 {
        () => {};
    }
};
