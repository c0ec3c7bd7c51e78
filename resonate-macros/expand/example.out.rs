use resonate::prelude::*;
#[tokio::main]
async fn main() -> Result<()> {
    let resonate = Resonate::memory().await?;
    let greeting = greet::run(resonate.id("greet-ada"), "Ada".into()).await?;
    println!("{greeting}");
    resonate.shutdown().await;
    Ok(())
}
/// Greets somebody.
async fn greet(name: String) -> Result<String> {
    Ok(format!("Hello, {name}!"))
}
/// Durable calls of [`greet()`](fn@greet).
///
/// Greets somebody.
#[allow(non_camel_case_types)]
struct greet {}
impl greet {
    /// Runs [`greet()`](fn@greet) in this process, as a durable promise of its own.
    fn run<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        name: String,
    ) -> ::resonate::__private::Call<'c, Self> {
        ::resonate::__private::local(ctx, Self::__encode(name))
    }
    /// Starts [`greet()`](fn@greet) in this process, as a durable promise of its own.
    fn begin_run<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        name: String,
    ) -> ::resonate::__private::Begin<'c, Self> {
        Self::run(ctx, name).begin()
    }
    /// Runs [`greet()`](fn@greet) on some worker, as a durable promise of its own.
    fn rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        name: String,
    ) -> ::resonate::__private::Call<'c, Self> {
        ::resonate::__private::remote(ctx, Self::__encode(name))
    }
    /// Starts [`greet()`](fn@greet) on some worker, as a durable promise of its own.
    fn begin_rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        name: String,
    ) -> ::resonate::__private::Begin<'c, Self> {
        Self::rpc(ctx, name).begin()
    }
    /// Starts [`greet()`](fn@greet) on some worker, to outlive the caller.
    fn detached<'c>(
        ctx: &'c ::resonate::__private::Context,
        name: String,
    ) -> ::resonate::__private::Detached<'c> {
        ::resonate::__private::detached::<Self>(ctx, Self::__encode(name))
    }
    /// Starts [`greet()`](fn@greet) on some worker whenever `cron` says so.
    fn schedule<'c>(
        resonate: &'c ::resonate::__private::Resonate,
        id: impl ::resonate::__private::Into<::resonate::__private::String>,
        cron: impl ::resonate::__private::Into<::resonate::__private::String>,
        name: String,
    ) -> ::resonate::__private::Scheduled<'c> {
        ::resonate::__private::schedule::<Self>(resonate, id, cron, Self::__encode(name))
    }
}
const _: () = {
    use ::resonate::__private::{self, NeverFinal as _};
    impl __private::Function for greet {
        const NAME: &'static str = "greet";
        const VERSION: u32 = 2;
        const DEFAULTS: __private::Defaults = __private::Defaults {
            timeout: __private::Some(__private::Duration::from_secs(7200)),
            retry: __private::None,
            target: __private::None,
        };
        type Args = (String,);
        type Return = Result<String>;
    }
    impl greet {
        const __ARG_0: __private::Arg<String> = __private::arg::<
            String,
        >(0, "name", "String");
        fn __encode(name: String) -> __private::Encoded {
            __private::Encoded::new().with(&Self::__ARG_0, name)
        }
    }
    impl __private::HasBody for greet {
        const ENTRY: &'static __private::Entry = &__ENTRY;
    }
    static __ENTRY: __private::Entry = __private::Entry {
        name: <greet as __private::Function>::NAME,
        version: <greet as __private::Function>::VERSION,
        kind: __private::Kind::Leaf,
        params: &[greet::__ARG_0.param()],
        result: "Result<String>",
        shapes: __private::shapes::<greet>(&[greet::__ARG_0.probe()]),
        defaults: <greet as __private::Function>::DEFAULTS,
        site: __private::site!("Greets somebody."),
        body: __private::Body::Async(|env, args| __private::Box::pin(async move {
            let arg0 = match greet::__ARG_0.decode(args) {
                __private::Ok(value) => value,
                __private::Err(misfit) => return misfit,
            };
            let returned = greet(arg0).await;
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
