//! A saga: steps that are undone in reverse when a later one fails.

use resonate::prelude::*;

/// Books a part of a trip and answers the booking's number.
#[resonate::function]
async fn book(part: String, city: String) -> Result<String> {
    // `last` says that trying again cannot help; any other error would be tried again.
    if part == "car" && city == "Venice" {
        return Err(Error::last("there are no cars in Venice"));
    }
    println!("  booked    {part} in {city}");
    Ok(format!("{part}/{city}"))
}

/// Takes a booking back. It must succeed in the end, so it is tried for as long as it takes.
#[resonate::function(retry = Retry::exponential())]
async fn cancel(booking: String) -> Result<()> {
    println!("  canceled  {booking}");
    Ok(())
}

/// A trip, or nothing. A crash in the middle changes neither: what was booked is recorded, and
/// the undoing goes on where it was. Only the trip's own deadline, 24 hours unless `timeout = ".."`
/// says more, would stop it half way.
#[resonate::function]
async fn trip(ctx: &Context, city: String) -> Result<Vec<String>> {
    let mut booked = Vec::new();
    for part in ["flight", "hotel", "car"] {
        match book::run(ctx, part.into(), city.clone()).await {
            Ok(booking) => booked.push(booking),
            Err(error) => {
                for booking in booked.into_iter().rev() {
                    cancel::run(ctx, booking).await?;
                }
                return Err(error.into());
            }
        }
    }
    Ok(booked)
}

#[tokio::main]
async fn main() -> Result<()> {
    let resonate = Resonate::memory().await?;
    for city in ["Lisbon", "Venice"] {
        println!("{city}:");
        match trip::run(resonate.id(format!("trip-{city}")), city.into()).await {
            Ok(booked) => println!("  done: {}", booked.join(", ")),
            Err(error) => println!("  all undone: {error}"),
        }
    }
    resonate.shutdown().await;
    Ok(())
}
