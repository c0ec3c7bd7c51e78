//! Our own durable functions, as workers of other languages call them.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use resonate::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[resonate::function(name = "rust_add")]
pub(crate) async fn add(a: i64, b: i64) -> Result<i64> {
    Ok(a + b)
}

#[resonate::function(name = "rust_echo")]
async fn echo(value: Value) -> Result<Value> {
    Ok(value)
}

#[resonate::function(name = "rust_nothing")]
async fn nothing() -> Result<()> {
    Ok(())
}

#[resonate::function(name = "rust_greet")]
async fn greet(name: String, greeting: Option<String>, marks: u64) -> Result<String> {
    let marks = "!".repeat(usize::try_from(marks).unwrap());
    Ok(format!(
        "{} {name}{marks}",
        greeting.as_deref().unwrap_or("hello")
    ))
}

#[resonate::function(name = "rust_edition", version = 1)]
async fn first_edition(word: String) -> Result<String> {
    Ok(format!("{word} 1"))
}

#[resonate::function(name = "rust_edition", version = 2)]
async fn second_edition(word: String) -> Result<String> {
    Ok(format!("{word} 2"))
}

/// An error with a type of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Declined {
    pub(crate) who: String,
    pub(crate) code: u32,
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was declined: {}", self.who, self.code)
    }
}

impl resonate::Final for Declined {
    fn is_final(&self) -> bool {
        true
    }
}

#[resonate::function(name = "rust_declines")]
pub(crate) async fn declines(who: String, code: u32) -> Result<String, Declined> {
    Err(Declined { who, code })
}

#[resonate::function(name = "rust_relays")]
pub(crate) async fn relays(
    ctx: &Context,
    func: String,
    target: String,
    args: Vec<Value>,
) -> Result<Value> {
    Ok(ctx.rpc(&func, args).target(target).await?)
}

#[resonate::function(name = "rust_catches")]
pub(crate) async fn catches(
    ctx: &Context,
    func: String,
    target: String,
    args: Vec<Value>,
) -> Result<Value> {
    match ctx.rpc::<Value>(&func, args).target(target).await {
        Ok(value) => Ok(value),
        Err(error) => Ok(json!(error.to_string())),
    }
}

fn append(journal: &str, line: &str) -> Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(journal)?;
    Ok(writeln!(file, "{line}")?)
}

#[resonate::function(name = "rust_note")]
async fn note(journal: String, line: String) -> Result<()> {
    append(&journal, &line)
}

#[resonate::function(name = "rust_gate")]
async fn gate(journal: String, line: String) -> Result<()> {
    append(&journal, &line)?;
    while !Path::new(&format!("{journal}.open")).exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Steps that leave a line each; the second stands still until its gate is opened.
#[resonate::function(name = "rust_errand")]
pub(crate) async fn errand(
    ctx: &Context,
    journal: String,
    func: String,
    target: String,
) -> Result<i64> {
    note::run(ctx, journal.clone(), "one".into()).await?;
    let sum = ctx.rpc(&func, (20, 22)).target(target).await?;
    gate::run(ctx, journal.clone(), "two".into()).await?;
    note::run(ctx, journal, "three".into()).await?;
    Ok(sum)
}

/// Fails until its journal has so many lines.
#[resonate::function(name = "rust_stumbles")]
async fn stumbles(journal: String, attempts: usize) -> Result<usize> {
    append(&journal, "attempt")?;
    let made = fs::read_to_string(&journal)?.lines().count();
    if made < attempts {
        return Err(Error::new(format!("attempt {made}")));
    }
    Ok(made)
}
