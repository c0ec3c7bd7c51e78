//! The example `polyglot`: its Rust half and its TypeScript half, as a person starts them.

use std::fs;
use std::process::Command;

use support::peers::{TestServer, typescript};
use support::programs::{Running, program, workspace};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_in_typescript_has_its_orders_priced_in_rust() {
    // Its groups and ids are not new in every run, so a server that was used will not do.
    let server = TestServer::ours().await;
    let url = server.url().to_owned();
    let said = tokio::task::spawn_blocking(move || shop(&url));
    assert_eq!(
        said.await.unwrap(),
        "order-1: 4776 cents\norder-2: Bob is no customer of ours\n"
    );
}

/// What the shop says of its orders.
fn shop(url: &str) -> String {
    let mut pricing = Running::start(program("polyglot").env("RESONATE_URL", url));
    assert!(pricing.line().starts_with("serving the group pricing of"));
    let (node, folder) = typescript("0.11.5");
    let shop = folder.join("shop.ts");
    fs::copy(workspace().join("examples/polyglot/shop.ts"), &shop).unwrap();
    let shop = Command::new(node)
        .arg(shop)
        .env("RESONATE_URL", url)
        .output();
    let shop = shop.unwrap();
    let complaints = String::from_utf8_lossy(&shop.stderr);
    assert!(shop.status.success(), "{complaints}");
    String::from_utf8(shop.stdout).unwrap()
}
