/// Greets somebody, loudly.
pub async fn greet(ctx: &Context, name: String, times: u64) -> Result<String> {
    let loud = shout::rpc(ctx, name).await?;
    Ok(loud.repeat(times as usize))
}
/// Durable calls of [`greet()`](fn@greet).
///
/// Greets somebody, loudly.
#[allow(non_camel_case_types)]
pub struct greet {}
impl greet {
    /// Runs [`greet()`](fn@greet) in this process, as a durable promise of its own.
    pub fn run<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        name: String,
        times: u64,
    ) -> ::resonate::__private::Call<'c, Self> {
        ::resonate::__private::local(ctx, Self::__encode(name, times))
    }
    /// Starts [`greet()`](fn@greet) in this process, as a durable promise of its own.
    pub fn begin_run<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        name: String,
        times: u64,
    ) -> ::resonate::__private::Begin<'c, Self> {
        Self::run(ctx, name, times).begin()
    }
    /// Runs [`greet()`](fn@greet) on some worker, as a durable promise of its own.
    pub fn rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        name: String,
        times: u64,
    ) -> ::resonate::__private::Call<'c, Self> {
        ::resonate::__private::remote(ctx, Self::__encode(name, times))
    }
    /// Starts [`greet()`](fn@greet) on some worker, as a durable promise of its own.
    pub fn begin_rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        name: String,
        times: u64,
    ) -> ::resonate::__private::Begin<'c, Self> {
        Self::rpc(ctx, name, times).begin()
    }
    /// Starts [`greet()`](fn@greet) on some worker, to outlive the caller.
    pub fn detached<'c>(
        ctx: &'c ::resonate::__private::Context,
        name: String,
        times: u64,
    ) -> ::resonate::__private::Detached<'c> {
        ::resonate::__private::detached::<Self>(ctx, Self::__encode(name, times))
    }
    /// Starts [`greet()`](fn@greet) on some worker whenever `cron` says so.
    pub fn schedule<'c>(
        resonate: &'c ::resonate::__private::Resonate,
        id: impl ::resonate::__private::Into<::resonate::__private::String>,
        cron: impl ::resonate::__private::Into<::resonate::__private::String>,
        name: String,
        times: u64,
    ) -> ::resonate::__private::Scheduled<'c> {
        ::resonate::__private::schedule::<
            Self,
        >(resonate, id, cron, Self::__encode(name, times))
    }
}
const _: () = {
    use ::resonate::__private::{self, NeverFinal as _};
    impl __private::Function for greet {
        const NAME: &'static str = "greet";
        const VERSION: u32 = 2;
        const DEFAULTS: __private::Defaults = __private::Defaults {
            timeout: __private::Some(__private::Duration::from_secs(7200)),
            retry: {
                let policy: __private::Retry = Retry::exponential();
                __private::Some(policy)
            },
            target: __private::None,
        };
        type Args = (String, u64);
        type Return = Result<String>;
    }
    impl greet {
        const __CONTEXT: __private::Lent<Context> = __private::lent::<Context>();
        const __ARG_0: __private::Arg<String> = __private::arg::<
            String,
        >(0, "name", "String");
        const __ARG_1: __private::Arg<u64> = __private::arg::<u64>(1, "times", "u64");
        fn __encode(name: String, times: u64) -> __private::Encoded {
            __private::Encoded::new()
                .with(&Self::__ARG_0, name)
                .with(&Self::__ARG_1, times)
        }
    }
    impl __private::HasBody for greet {
        const ENTRY: &'static __private::Entry = &__ENTRY;
    }
    static __ENTRY: __private::Entry = __private::Entry {
        name: <greet as __private::Function>::NAME,
        version: <greet as __private::Function>::VERSION,
        kind: greet::__CONTEXT.kind(),
        params: &[greet::__ARG_0.param(), greet::__ARG_1.param()],
        result: "Result<String>",
        shapes: __private::shapes::<
            greet,
        >(&[greet::__ARG_0.probe(), greet::__ARG_1.probe()]),
        defaults: <greet as __private::Function>::DEFAULTS,
        site: __private::site!("Greets somebody, loudly."),
        body: __private::Body::Async(|env, args| __private::Box::pin(async move {
            let arg0 = match greet::__ARG_0.decode(args) {
                __private::Ok(value) => value,
                __private::Err(misfit) => return misfit,
            };
            let arg1 = match greet::__ARG_1.decode(args) {
                __private::Ok(value) => value,
                __private::Err(misfit) => return misfit,
            };
            let returned = greet(greet::__CONTEXT.of(env), arg0, arg1).await;
            let is_final = __private::Finality(&returned).is_final();
            __private::encode_outcome::<greet>(returned, is_final)
        })),
    };
    __private::register!(__ENTRY);
    #[doc(hidden)]
    #[allow(non_local_definitions)]
    #[macro_export]
    macro_rules! durable_function_greet_version_2 {
        () => {};
    }
};
