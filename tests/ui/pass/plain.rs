//! The function itself stays an ordinary function.
use resonate::{Context, Result};

#[resonate::function]
async fn greet(ctx: &Context, mut name: String) -> Result<String> {
    name.insert(0, '!');
    let _ = ctx.info();
    Ok(name)
}

fn main() {
    let ctx = Context::for_test();
    drop(greet(&ctx, "Ada".to_owned()));
}
