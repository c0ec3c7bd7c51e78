#![allow(unused_variables)]

mod orders {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Order;

    #[resonate::function]
    pub async fn place(order: Order) -> resonate::Result<()> {
        Ok(())
    }

    #[resonate::function]
    pub async fn find(id: String) -> resonate::Result<Order> {
        Ok(Order)
    }
}

fn main() {}
