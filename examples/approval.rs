//! A workflow that waits for a person: it asks, sleeps without costing anything, and goes on
//! when somebody has settled its promise.
//!
//! `cargo run --example approval -- [--approve | --reject]`

use std::io::{IsTerminal as _, Write as _, stdin, stdout};

use resonate::prelude::*;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// A question for a person, and the promise that takes the answer.
struct Question {
    text: String,
    promise: String,
}

/// Pays money back if a person agrees.
#[resonate::function]
async fn refund(ctx: &Context, buyer: String, cents: u64) -> Result<String> {
    let day = Duration::from_secs(24 * 60 * 60);
    let answer = ctx.promise::<bool>().timeout(day).begin().await?;
    let text = format!("Refund {cents} cents to {buyer}?");
    ask::run(ctx, text, answer.id().to_owned()).await?;

    match answer.await {
        Ok(true) => Ok(format!("{} to {buyer}", transfer::run(ctx, cents).await?)),
        Ok(false) => Ok("refused".to_owned()),
        Err(CallError::TimedOut) => Ok("nobody answered within a day".to_owned()),
        Err(error) => Err(error.into()),
    }
}

/// Sends the question to whoever decides: here the terminal, elsewhere a mail with a link.
#[resonate::function]
async fn ask(info: &Info, text: String, promise: String) -> Result<()> {
    let desk = info.dependency::<UnboundedSender<Question>>()?;
    desk.send(Question { text, promise })
        .map_err(|_| "nobody is at the desk")?;
    Ok(())
}

/// Moves the money.
#[resonate::function]
async fn transfer(cents: u64) -> Result<String> {
    Ok(format!("{}.{:02} EUR paid", cents / 100, cents % 100))
}

#[tokio::main]
async fn main() -> Result<()> {
    let flag = std::env::args().nth(1);
    let (desk, mut questions) = unbounded_channel::<Question>();
    let resonate = Resonate::builder().dependency(desk).build().await?;
    let refund = refund::run(resonate.id("refund-17"), "Ada".into(), 4200).spawn();

    if let Some(question) = questions.recv().await {
        println!("{}  (promise {})", question.text, question.promise);
        let answer = match flag.as_deref() {
            Some("--approve") => true,
            Some("--reject") => false,
            Some(other) => {
                return Err(
                    format!("unknown option {other}: there are --approve and --reject").into(),
                );
            }
            None => decide().await?,
        };
        // Any client of the same engine can do this: a web handler, another service, an operator.
        resonate
            .promises()
            .resolve(&question.promise, &answer)
            .await?;
    }
    println!("refund-17: {}", refund.await?);
    resonate.shutdown().await;
    Ok(())
}

/// What the person at the terminal says; yes where there is no terminal.
async fn decide() -> Result<bool> {
    if !stdin().is_terminal() {
        println!("Nobody is at a terminal: approved.");
        return Ok(true);
    }
    let answer = tokio::task::spawn_blocking(|| {
        loop {
            print!("y or n? ");
            stdout().flush()?;
            let mut line = String::new();
            if stdin().read_line(&mut line)? == 0 {
                println!();
                return Ok::<_, std::io::Error>(false);
            }
            match line.trim() {
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    });
    Ok(answer.await.map_err(Error::new)??)
}
