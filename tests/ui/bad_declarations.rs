use resonate::Result;

#[resonate::declare]
async fn with_body(cents: u64) -> Result<u64> {
    Ok(cents)
}

#[resonate::declare]
async fn with_context(ctx: &resonate::Context, cents: u64) -> Result<u64>;

#[resonate::declare]
async fn with_info(info: &resonate::Info) -> Result<u64>;

#[resonate::declare]
async fn borrowed(name: &str) -> Result<String>;

#[resonate::declare]
fn not_async(cents: u64) -> Result<u64>;

#[resonate::declare]
async fn no_result(cents: u64);

#[resonate::declare(blocking)]
async fn blocking(cents: u64) -> Result<u64>;

#[resonate::declare(implements = with_body)]
async fn implements(cents: u64) -> Result<u64>;

#[resonate::declare(nmae = "charge")]
async fn misspelled(cents: u64) -> Result<u64>;

#[resonate::declare]
struct Charge;

fn main() {}
