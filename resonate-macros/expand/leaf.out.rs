async fn shout(word: String) -> Result<String, ShoutError> {
    Ok(word.to_uppercase())
}
/// Durable calls of [`shout()`](fn@shout).
#[allow(non_camel_case_types)]
struct shout {}
impl shout {
    /// Runs [`shout()`](fn@shout) in this process, as a durable promise of its own.
    fn run<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        word: String,
    ) -> ::resonate::__private::Call<'c, Self> {
        ::resonate::__private::local(ctx, Self::__encode(word))
    }
    /// Starts [`shout()`](fn@shout) in this process, as a durable promise of its own.
    fn begin_run<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        word: String,
    ) -> ::resonate::__private::Begin<'c, Self> {
        Self::run(ctx, word).begin()
    }
    /// Runs [`shout()`](fn@shout) on some worker, as a durable promise of its own.
    fn rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        word: String,
    ) -> ::resonate::__private::Call<'c, Self> {
        ::resonate::__private::remote(ctx, Self::__encode(word))
    }
    /// Starts [`shout()`](fn@shout) on some worker, as a durable promise of its own.
    fn begin_rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        word: String,
    ) -> ::resonate::__private::Begin<'c, Self> {
        Self::rpc(ctx, word).begin()
    }
    /// Starts [`shout()`](fn@shout) on some worker, to outlive the caller.
    fn detached<'c>(
        ctx: &'c ::resonate::__private::Context,
        word: String,
    ) -> ::resonate::__private::Detached<'c> {
        ::resonate::__private::detached::<Self>(ctx, Self::__encode(word))
    }
    /// Starts [`shout()`](fn@shout) on some worker whenever `cron` says so.
    fn schedule<'c>(
        resonate: &'c ::resonate::__private::Resonate,
        id: impl ::resonate::__private::Into<::resonate::__private::String>,
        cron: impl ::resonate::__private::Into<::resonate::__private::String>,
        word: String,
    ) -> ::resonate::__private::Scheduled<'c> {
        ::resonate::__private::schedule::<Self>(resonate, id, cron, Self::__encode(word))
    }
}
const _: () = {
    use ::resonate::__private::{self, NeverFinal as _};
    impl __private::Function for shout {
        const NAME: &'static str = "shout";
        const VERSION: u32 = 1;
        type Args = (String,);
        type Return = Result<String, ShoutError>;
    }
    impl shout {
        const __ARG_0: __private::Arg<String> = __private::arg::<
            String,
        >(0, "word", "String");
        fn __encode(word: String) -> __private::Encoded {
            __private::Encoded::new().with(&Self::__ARG_0, word)
        }
    }
    impl __private::HasBody for shout {
        const ENTRY: &'static __private::Entry = &__ENTRY;
    }
    static __ENTRY: __private::Entry = __private::Entry {
        name: <shout as __private::Function>::NAME,
        version: <shout as __private::Function>::VERSION,
        kind: __private::Kind::Leaf,
        params: &[shout::__ARG_0.param()],
        result: "Result<String, ShoutError>",
        shapes: __private::shapes::<shout>(&[shout::__ARG_0.probe()]),
        defaults: <shout as __private::Function>::DEFAULTS,
        site: __private::site!(""),
        body: __private::Body::Async(|env, args| __private::Box::pin(async move {
            let arg0 = match shout::__ARG_0.decode(args) {
                __private::Ok(value) => value,
                __private::Err(misfit) => return misfit,
            };
            let returned = shout(arg0).await;
            let is_final = __private::Finality(&returned).is_final();
            __private::encode_outcome::<shout>(returned, is_final)
        })),
    };
    __private::register!(__ENTRY);
    #[doc(hidden)]
    #[allow(non_local_definitions)]
    #[macro_export]
    macro_rules! durable_function_shout_version_1 {
        () => {};
    }
};
