/// What billing writes.
pub trait Invoices {
    /// Writes one.
    fn write(
        ctx: &Context,
        order: String,
    ) -> impl ::resonate::__private::Future<
        Output = Result<String>,
    > + ::resonate::__private::Send;
    #[doc(hidden)]
    #[allow(non_upper_case_globals)]
    const __write: ::resonate::__private::Declared = ::resonate::__private::declared::<
        invoices::write,
    >();
    #[doc(hidden)]
    #[allow(non_upper_case_globals)]
    const needs_the_attribute_resonate_service: ::resonate::__private::Served;
}
/// Durable calls of the functions of `Invoices`.
pub mod invoices {
    #[cfg(doc)]
    #[allow(unused_imports)]
    use super::*;
    #[allow(rustdoc::broken_intra_doc_links)]
    /// Durable calls of `Invoices::write`.
    ///
    /// Writes one.
    #[allow(non_camel_case_types)]
    pub struct write {}
}
impl invoices::write {
    /// Runs `Invoices::write` on some worker, as a durable promise of its own.
    pub fn rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        order: String,
    ) -> ::resonate::__private::Call<'c, Self> {
        ::resonate::__private::remote(ctx, Self::__encode(order))
    }
    /// Starts `Invoices::write` on some worker, as a durable promise of its own.
    pub fn begin_rpc<'c>(
        ctx: impl ::resonate::__private::Caller<'c>,
        order: String,
    ) -> ::resonate::__private::Begin<'c, Self> {
        Self::rpc(ctx, order).begin()
    }
    /// Starts `Invoices::write` on some worker, to outlive the caller.
    pub fn detached<'c>(
        ctx: &'c ::resonate::__private::Context,
        order: String,
    ) -> ::resonate::__private::Detached<'c> {
        ::resonate::__private::detached::<Self>(ctx, Self::__encode(order))
    }
    /// Starts `Invoices::write` on some worker whenever `cron` says so.
    pub fn schedule<'c>(
        resonate: &'c ::resonate::__private::Resonate,
        id: impl ::resonate::__private::Into<::resonate::__private::String>,
        cron: impl ::resonate::__private::Into<::resonate::__private::String>,
        order: String,
    ) -> ::resonate::__private::Scheduled<'c> {
        ::resonate::__private::schedule::<
            Self,
        >(resonate, id, cron, Self::__encode(order))
    }
}
const _: () = {
    use ::resonate::__private;
    impl __private::Function for invoices::write {
        const NAME: &'static str = "invoices/write";
        const VERSION: u32 = 3;
        const DEFAULTS: __private::Defaults = __private::Defaults {
            timeout: __private::None,
            retry: __private::None,
            target: __private::Some("billing"),
        };
        const PARAMETERS: __private::Parameters = __private::Some(&["order"]);
        type Args = (String,);
        type Return = Result<String>;
    }
    const _: __private::Lent<Context> = __private::lent::<Context>();
    impl invoices::write {
        const __ARG_0: __private::Arg<String> = __private::arg::<
            String,
        >(0, "order", "String");
        fn __encode(order: String) -> __private::Encoded {
            __private::Encoded::new().with(&Self::__ARG_0, order)
        }
    }
};
