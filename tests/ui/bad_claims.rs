struct Plain;

async fn plain() {}

resonate::serves!(Plain);
resonate::serves!(plain);
resonate::serves!(missing);
resonate::link!(shiping);

fn main() {}
