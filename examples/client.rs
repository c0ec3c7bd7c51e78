//! A client: it places an order and waits for what becomes of it. The functions are those of the
//! example `worker`, in another process; this one has none, and takes no work.

use resonate::prelude::*;
use serde_json::json;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn")),
        )
        .with_writer(std::io::stderr)
        .init();
    let mut args = pico_args::Arguments::from_env();
    let url: Option<String> = args.opt_value_from_str("--url").map_err(Error::new)?;
    let url = url.or_else(|| std::env::var("RESONATE_URL").ok());
    let url = url.unwrap_or_else(|| "http://localhost:8001".to_owned());
    let id: Option<String> = args.opt_value_from_str("--id").map_err(Error::new)?;
    let id = id.unwrap_or_else(|| "order-1".to_owned());

    let builder = Resonate::builder().url(url).client_only();
    let resonate = builder.env().build().await?;

    // By name, because the functions are elsewhere. An id that was used before joins that order.
    let order = json!({ "item": "teapot", "pieces": 6, "grace": { "secs": 1, "nanos": 0 } });
    let call = resonate.id(&id).rpc::<String>("process_order", (order,));
    let outcome = call.target("orders").await?;
    println!("{id}: {outcome}");
    resonate.shutdown().await;
    Ok(())
}
