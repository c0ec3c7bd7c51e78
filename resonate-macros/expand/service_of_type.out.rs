impl Orders {
    /// Places an order.
    pub async fn place(ctx: &Context, item: String) -> Result<Self> {
        Self::placed(ctx, item).await
    }
    fn label(item: &str) -> String {
        format!("one {item}")
    }
}
/// Durable calls of the functions of `Orders`.
pub mod orders {
    #[cfg(doc)]
    #[allow(unused_imports)]
    use super::*;
    #[allow(rustdoc::broken_intra_doc_links)]
    /// Durable calls of `Orders::place`.
    ///
    /// Places an order.
    #[allow(non_camel_case_types)]
    pub struct place {}
}
impl orders::place {
    /// Runs `Orders::place` in this process, as a durable promise of its own.
    pub fn run<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        item: String,
    ) -> ::resonate::__private::Call<'c, Self> {
        ::resonate::__private::local(ctx, Self::__encode(item))
    }
    /// Starts `Orders::place` in this process, as a durable promise of its own.
    pub fn begin_run<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        item: String,
    ) -> ::resonate::__private::Begin<'c, Self> {
        Self::run(ctx, item).begin()
    }
    /// Runs `Orders::place` on some worker, as a durable promise of its own.
    pub fn rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        item: String,
    ) -> ::resonate::__private::Call<'c, Self> {
        ::resonate::__private::remote(ctx, Self::__encode(item))
    }
    /// Starts `Orders::place` on some worker, as a durable promise of its own.
    pub fn begin_rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        item: String,
    ) -> ::resonate::__private::Begin<'c, Self> {
        Self::rpc(ctx, item).begin()
    }
    /// Starts `Orders::place` on some worker, to outlive the caller.
    pub fn detached<'c>(
        ctx: &'c ::resonate::__private::Context,
        item: String,
    ) -> ::resonate::__private::Detached<'c> {
        ::resonate::__private::detached::<Self>(ctx, Self::__encode(item))
    }
    /// Starts `Orders::place` on some worker whenever `cron` says so.
    pub fn schedule<'c>(
        resonate: &'c ::resonate::__private::Resonate,
        id: impl ::resonate::__private::Into<::resonate::__private::String>,
        cron: impl ::resonate::__private::Into<::resonate::__private::String>,
        item: String,
    ) -> ::resonate::__private::Scheduled<'c> {
        ::resonate::__private::schedule::<Self>(resonate, id, cron, Self::__encode(item))
    }
}
const _: () = {
    use ::resonate::__private::{self, NeverFinal as _};
    impl __private::Function for orders::place {
        const NAME: &'static str = "orders/place";
        const VERSION: u32 = 2;
        const DEFAULTS: __private::Defaults = __private::Defaults {
            timeout: __private::Some(__private::Duration::from_secs(3600)),
            retry: __private::None,
            target: __private::None,
        };
        type Args = (String,);
        type Return = Result<Orders>;
    }
    impl orders::place {
        const __CONTEXT: __private::Lent<Context> = __private::lent::<Context>();
        const __ARG_0: __private::Arg<String> = __private::arg::<
            String,
        >(0, "item", "String");
        fn __encode(item: String) -> __private::Encoded {
            __private::Encoded::new().with(&Self::__ARG_0, item)
        }
    }
    impl __private::HasBody for orders::place {
        const ENTRY: &'static __private::Entry = &__ENTRY;
    }
    static __ENTRY: __private::Entry = __private::Entry {
        name: <orders::place as __private::Function>::NAME,
        version: <orders::place as __private::Function>::VERSION,
        kind: orders::place::__CONTEXT.kind(),
        params: &[orders::place::__ARG_0.param()],
        result: "Result<Orders>",
        shapes: __private::shapes::<orders::place>(&[orders::place::__ARG_0.probe()]),
        defaults: <orders::place as __private::Function>::DEFAULTS,
        site: __private::site!("Places an order."),
        body: __private::Body::Async(|env, args| __private::Box::pin(async move {
            let arg0 = match orders::place::__ARG_0.decode(args) {
                __private::Ok(value) => value,
                __private::Err(misfit) => return misfit,
            };
            let returned = <Orders>::place(orders::place::__CONTEXT.of(env), arg0).await;
            let is_final = __private::Finality(&returned).is_final();
            __private::encode_outcome::<orders::place>(returned, is_final)
        })),
    };
    __private::register!(__ENTRY);
    #[doc(hidden)]
    #[allow(non_local_definitions)]
    #[macro_export]
    macro_rules! durable_function_orders_x2f_place_version_2 {
        () => {};
    }
};
