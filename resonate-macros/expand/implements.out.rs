/// Charges a card, once.
async fn charge(info: &Info, card: String, cents: u64) -> Result<Receipt, ChargeError> {
    bank(info.id(), card, cents).await
}
/// Durable calls of [`charge()`](fn@charge).
///
/// Charges a card, once.
#[allow(non_camel_case_types)]
struct charge {}
impl charge {
    /// Runs [`charge()`](fn@charge) in this process, as a durable promise of its own.
    fn run<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        card: String,
        cents: u64,
    ) -> ::resonate::__private::Call<'c, Self> {
        ::resonate::__private::local(ctx, Self::__encode(card, cents))
    }
    /// Starts [`charge()`](fn@charge) in this process, as a durable promise of its own.
    fn begin_run<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        card: String,
        cents: u64,
    ) -> ::resonate::__private::Begin<'c, Self> {
        Self::run(ctx, card, cents).begin()
    }
    /// Runs [`charge()`](fn@charge) on some worker, as a durable promise of its own.
    fn rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        card: String,
        cents: u64,
    ) -> ::resonate::__private::Call<'c, Self> {
        ::resonate::__private::remote(ctx, Self::__encode(card, cents))
    }
    /// Starts [`charge()`](fn@charge) on some worker, as a durable promise of its own.
    fn begin_rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        card: String,
        cents: u64,
    ) -> ::resonate::__private::Begin<'c, Self> {
        Self::rpc(ctx, card, cents).begin()
    }
    /// Starts [`charge()`](fn@charge) on some worker, to outlive the caller.
    fn detached<'c>(
        ctx: &'c ::resonate::__private::Context,
        card: String,
        cents: u64,
    ) -> ::resonate::__private::Detached<'c> {
        ::resonate::__private::detached::<Self>(ctx, Self::__encode(card, cents))
    }
    /// Starts [`charge()`](fn@charge) on some worker whenever `cron` says so.
    fn schedule<'c>(
        resonate: &'c ::resonate::__private::Resonate,
        id: impl ::resonate::__private::Into<::resonate::__private::String>,
        cron: impl ::resonate::__private::Into<::resonate::__private::String>,
        card: String,
        cents: u64,
    ) -> ::resonate::__private::Scheduled<'c> {
        ::resonate::__private::schedule::<
            Self,
        >(resonate, id, cron, Self::__encode(card, cents))
    }
}
const _: () = {
    use ::resonate::__private::{self, NeverFinal as _};
    impl __private::Function for charge {
        const NAME: &'static str = <billing_api::charge as __private::Function>::NAME;
        const VERSION: u32 = <billing_api::charge as __private::Function>::VERSION;
        const DEFAULTS: __private::Defaults = <billing_api::charge as __private::Function>::DEFAULTS;
        type Args = (String, u64);
        type Return = Result<Receipt, ChargeError>;
    }
    const _: () = __private::implements::<
        billing_api::charge,
        (String, u64),
        Result<Receipt, ChargeError>,
    >(&["card", "cents"]);
    impl charge {
        const __CONTEXT: __private::Lent<Info> = __private::lent::<Info>();
        const __ARG_0: __private::Arg<String> = __private::arg::<
            String,
        >(0, "card", "String");
        const __ARG_1: __private::Arg<u64> = __private::arg::<u64>(1, "cents", "u64");
        fn __encode(card: String, cents: u64) -> __private::Encoded {
            __private::Encoded::new()
                .with(&Self::__ARG_0, card)
                .with(&Self::__ARG_1, cents)
        }
    }
    impl __private::HasBody for charge {
        const ENTRY: &'static __private::Entry = &__ENTRY;
    }
    static __ENTRY: __private::Entry = __private::Entry {
        name: <charge as __private::Function>::NAME,
        version: <charge as __private::Function>::VERSION,
        kind: charge::__CONTEXT.kind(),
        params: &[charge::__ARG_0.param(), charge::__ARG_1.param()],
        result: "Result<Receipt, ChargeError>",
        shapes: __private::shapes::<
            charge,
        >(&[charge::__ARG_0.probe(), charge::__ARG_1.probe()]),
        defaults: <charge as __private::Function>::DEFAULTS,
        site: __private::site!("Charges a card, once."),
        body: __private::Body::Async(|env, args| __private::Box::pin(async move {
            let arg0 = match charge::__ARG_0.decode(args) {
                __private::Ok(value) => value,
                __private::Err(misfit) => return misfit,
            };
            let arg1 = match charge::__ARG_1.decode(args) {
                __private::Ok(value) => value,
                __private::Err(misfit) => return misfit,
            };
            let returned = charge(charge::__CONTEXT.of(env), arg0, arg1).await;
            let is_final = __private::Finality(&returned).is_final();
            __private::encode_outcome::<charge>(returned, is_final)
        })),
    };
    __private::register!(__ENTRY);
};
