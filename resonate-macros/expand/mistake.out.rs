async fn greet(ctx: &Context, name: &str, times: u64) -> Result<String> {
    Ok(name.repeat(times as usize))
}
::core::compile_error! {
    "versions start at 1; 0 stands for \"the newest\" on the wire"
}
::core::compile_error! {
    "an argument of a durable function is stored in a promise, so it cannot be borrowed: take `String`"
}
/// Durable calls of [`greet()`](fn@greet).
#[allow(non_camel_case_types)]
struct greet {}
#[allow(warnings)]
impl greet {
    /// Runs [`greet()`](fn@greet) in this process, as a durable promise of its own.
    fn run<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        name: impl Sized,
        times: u64,
    ) -> ::resonate::__private::Call<'c, Self> {
        loop {}
    }
    /// Starts [`greet()`](fn@greet) in this process, as a durable promise of its own.
    fn begin_run<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        name: impl Sized,
        times: u64,
    ) -> ::resonate::__private::Begin<'c, Self> {
        loop {}
    }
    /// Runs [`greet()`](fn@greet) on some worker, as a durable promise of its own.
    fn rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        name: impl Sized,
        times: u64,
    ) -> ::resonate::__private::Call<'c, Self> {
        loop {}
    }
    /// Starts [`greet()`](fn@greet) on some worker, as a durable promise of its own.
    fn begin_rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        name: impl Sized,
        times: u64,
    ) -> ::resonate::__private::Begin<'c, Self> {
        loop {}
    }
    /// Starts [`greet()`](fn@greet) on some worker, to outlive the caller.
    fn detached<'c>(
        ctx: &'c ::resonate::__private::Context,
        name: impl Sized,
        times: u64,
    ) -> ::resonate::__private::Detached<'c> {
        loop {}
    }
    /// Starts [`greet()`](fn@greet) on some worker whenever `cron` says so.
    fn schedule<'c>(
        resonate: &'c ::resonate::__private::Resonate,
        id: impl ::resonate::__private::Into<::resonate::__private::String>,
        cron: impl ::resonate::__private::Into<::resonate::__private::String>,
        name: impl Sized,
        times: u64,
    ) -> ::resonate::__private::Scheduled<'c> {
        loop {}
    }
}
const _: () = {
    use ::resonate::__private;
    impl __private::Function for greet {
        const NAME: &'static str = "greet";
        const VERSION: u32 = 1;
        type Args = ();
        type Return = Result<String>;
    }
};
