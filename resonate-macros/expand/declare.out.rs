/// Durable calls of `charge`.
///
/// Charges a card, once.
#[allow(non_camel_case_types)]
pub struct charge {}
impl charge {
    /// Runs `charge` on some worker, as a durable promise of its own.
    pub fn rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        card: String,
        cents: u64,
    ) -> ::resonate::__private::Call<'c, Self> {
        ::resonate::__private::remote(ctx, Self::__encode(card, cents))
    }
    /// Starts `charge` on some worker, as a durable promise of its own.
    pub fn begin_rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        card: String,
        cents: u64,
    ) -> ::resonate::__private::Begin<'c, Self> {
        Self::rpc(ctx, card, cents).begin()
    }
    /// Starts `charge` on some worker, to outlive the caller.
    pub fn detached<'c>(
        ctx: &'c ::resonate::__private::Context,
        card: String,
        cents: u64,
    ) -> ::resonate::__private::Detached<'c> {
        ::resonate::__private::detached::<Self>(ctx, Self::__encode(card, cents))
    }
    /// Starts `charge` on some worker whenever `cron` says so.
    pub fn schedule<'c>(
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
    use ::resonate::__private;
    impl __private::Function for charge {
        const NAME: &'static str = "billing/charge";
        const VERSION: u32 = 2;
        const DEFAULTS: __private::Defaults = __private::Defaults {
            timeout: __private::None,
            retry: __private::None,
            target: __private::Some("billing"),
        };
        const PARAMETERS: __private::Parameters = __private::Some(&["card", "cents"]);
        type Args = (String, u64);
        type Return = Result<Receipt, ChargeError>;
    }
    impl charge {
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
};
