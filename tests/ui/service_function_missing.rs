use resonate::Result;

#[resonate::service(name = "invoices")]
trait Invoices {
    async fn write(order: String) -> Result<String>;
    async fn send(to: String) -> Result<()>;
}

struct Paper;

#[resonate::service]
impl Invoices for Paper {
    async fn write(order: String) -> Result<String> {
        Ok(order)
    }
}

fn main() {}
