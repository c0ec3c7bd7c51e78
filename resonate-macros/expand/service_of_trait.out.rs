impl Invoices for Paper {
    async fn write(ctx: &Context, order: String) -> Result<String> {
        print(ctx, order).await
    }
    const needs_the_attribute_resonate_service: ::resonate::__private::Served = ::resonate::__private::Served;
}
const _: () = {
    /// Durable calls of the functions of `Paper`.
    mod __stubs {
        #[cfg(doc)]
        #[allow(unused_imports)]
        use super::*;
        #[allow(rustdoc::broken_intra_doc_links)]
        /// Durable calls of `Paper::write`.
        #[allow(non_camel_case_types)]
        pub(super) struct write {}
    }
    #[allow(deprecated)]
    const _: () = {
        use ::resonate::__private::{self, NeverFinal as _};
        impl __private::Function for __stubs::write {
            const NAME: &'static str = <Paper as Invoices>::__write.name;
            const VERSION: u32 = <Paper as Invoices>::__write.version;
            const DEFAULTS: __private::Defaults = <Paper as Invoices>::__write.defaults;
            type Args = (String,);
            type Return = Result<String>;
        }
        const _: () = __private::same_names(
            <Paper as Invoices>::__write.parameters,
            &["order"],
        );
        impl __stubs::write {
            const __CONTEXT: __private::Lent<Context> = __private::lent::<Context>();
            const __ARG_0: __private::Arg<String> = __private::arg::<
                String,
            >(0, "order", "String");
            fn __encode(order: String) -> __private::Encoded {
                __private::Encoded::new().with(&Self::__ARG_0, order)
            }
        }
        impl __private::HasBody for __stubs::write {
            const ENTRY: &'static __private::Entry = &__ENTRY;
        }
        static __ENTRY: __private::Entry = __private::Entry {
            name: <__stubs::write as __private::Function>::NAME,
            version: <__stubs::write as __private::Function>::VERSION,
            kind: __stubs::write::__CONTEXT.kind(),
            params: &[__stubs::write::__ARG_0.param()],
            result: "Result<String>",
            shapes: __private::shapes::<
                __stubs::write,
            >(&[__stubs::write::__ARG_0.probe()]),
            defaults: <__stubs::write as __private::Function>::DEFAULTS,
            site: __private::site!(""),
            body: __private::Body::Async(|env, args| __private::Box::pin(async move {
                let arg0 = match __stubs::write::__ARG_0.decode(args) {
                    __private::Ok(value) => value,
                    __private::Err(misfit) => return misfit,
                };
                let returned = <Paper as Invoices>::write(
                        __stubs::write::__CONTEXT.of(env),
                        arg0,
                    )
                    .await;
                let is_final = __private::Finality(&returned).is_final();
                __private::encode_outcome::<__stubs::write>(returned, is_final)
            })),
        };
        __private::register!(__ENTRY);
    };
};
