//! A client and a worker on the official Rust SDK, driven over standard input: see ../../README.md.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use resonate_sdk::prelude::*;
use resonate_sdk::types::Value as Record;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

fn refusal(text: String) -> Error {
    Error::Application { message: text }
}

fn append(journal: &str, line: &str) -> Result<()> {
    let mut file: File = OpenOptions::new().create(true).append(true).open(journal)?;
    Ok(writeln!(file, "{line}")?)
}

#[resonate_sdk::function]
async fn add(a: i64, b: i64) -> Result<i64> {
    Ok(a + b)
}

#[resonate_sdk::function]
async fn echo(value: Value) -> Result<Value> {
    Ok(value)
}

#[resonate_sdk::function]
async fn nothing() -> Result<()> {
    Ok(())
}

#[resonate_sdk::function]
async fn fails(who: String, why: String) -> Result<String> {
    Err(refusal(format!("{who} refused: {why}")))
}

#[resonate_sdk::function]
async fn note(journal: String, line: String) -> Result<()> {
    append(&journal, &line)
}

#[resonate_sdk::function]
async fn gate(journal: String, line: String) -> Result<()> {
    append(&journal, &line)?;
    while !Path::new(&format!("{journal}.open")).exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

#[resonate_sdk::function]
async fn pair(ctx: &Context, a: i64, b: i64) -> Result<i64> {
    let first: i64 = ctx.run(add, (a, b)).await?;
    ctx.run(add, (first, b)).await
}

/// Local and remote, one after the other and at once, and a workflow inside.
#[resonate_sdk::function]
async fn nested(ctx: &Context, a: i64, b: i64) -> Result<i64> {
    let local: i64 = ctx.run(pair, (a, b)).await?;
    let remote: i64 = ctx.rpc("pair", (local, b)).await?;
    let here = ctx.run(add, (remote, 1)).spawn()?;
    let there = ctx.rpc::<i64>("add", (remote, 2)).spawn()?;
    Ok(here.await? + there.await?)
}

#[resonate_sdk::function]
async fn naps(ctx: &Context, milliseconds: u64, word: String) -> Result<String> {
    ctx.sleep(Duration::from_millis(milliseconds)).await?;
    Ok(word)
}

#[resonate_sdk::function]
async fn asks(ctx: &Context, journal: String, question: String) -> Result<Value> {
    let answer = ctx.promise::<Value>().create()?;
    let line = format!("{question} {}", answer.id().await?);
    ctx.run(note, (journal, line)).await?;
    answer.await
}

#[resonate_sdk::function]
async fn sends(ctx: &Context, target: String, value: Value) -> Result<String> {
    ctx.detached("echo", value)
        .target(&target)
        .spawn()?
        .id()
        .await
}

#[resonate_sdk::function]
async fn relays(ctx: &Context, func: String, target: String, args: Vec<Value>) -> Result<Value> {
    ctx.rpc(&func, args).target(&target).await
}

#[resonate_sdk::function]
async fn catches(ctx: &Context, func: String, target: String, args: Vec<Value>) -> Result<Value> {
    match ctx.rpc::<Value>(&func, args).target(&target).await {
        // In this SDK it is an error that a call has no result yet.
        Err(Error::Suspended) => Err(Error::Suspended),
        Err(error) => Ok(json!({ "name": "Error", "message": error.to_string() })),
        Ok(value) => Ok(value),
    }
}

/// Steps that leave a line each; the second stands still until its gate is opened.
#[resonate_sdk::function]
async fn errand(ctx: &Context, journal: String, func: String, target: String) -> Result<i64> {
    ctx.run(note, (journal.clone(), "one".to_owned())).await?;
    let sum: i64 = ctx.rpc(&func, (20, 22)).target(&target).await?;
    ctx.run(gate, (journal.clone(), "two".to_owned())).await?;
    ctx.run(note, (journal, "three".to_owned())).await?;
    Ok(sum)
}

#[derive(Deserialize)]
struct Command {
    n: u64,
    r#do: String,
    id: String,
    #[serde(default)]
    func: String,
    #[serde(default)]
    args: Vec<Value>,
    target: Option<String>,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    cron: String,
}

/// This SDK runs functions that it is given, not names.
async fn run(resonate: &Resonate, command: &Command) -> Result<Value> {
    let id = command.id.as_str();
    let args = Value::Array(command.args.clone());
    match command.func.as_str() {
        "nested" => Ok(resonate
            .run(id, nested, serde_json::from_value(args)?)
            .await?
            .into()),
        "naps" => Ok(resonate
            .run(id, naps, serde_json::from_value(args)?)
            .await?
            .into()),
        "errand" => Ok(resonate
            .run(id, errand, serde_json::from_value(args)?)
            .await?
            .into()),
        "fails" => Ok(resonate
            .run(id, fails, serde_json::from_value(args)?)
            .await?
            .into()),
        "relays" => {
            resonate
                .run(id, relays, serde_json::from_value(args)?)
                .await
        }
        other => Err(refusal(format!("this peer cannot run {other}"))),
    }
}

async fn obey(resonate: &Resonate, group: &str, command: &Command) -> Result<Value> {
    let Command { id, func, .. } = command;
    let target = command.target.as_deref().unwrap_or(group);
    // An only argument is written bare, and none as `null`.
    let args = match command.args.as_slice() {
        [] => Value::Null,
        [only] => only.clone(),
        several => Value::Array(several.to_vec()),
    };
    match command.r#do.as_str() {
        "run" => run(resonate, command).await,
        "rpc" => resonate.rpc(id, func, args).target(target).await,
        "get" => resonate.get(id).await?.result().await,
        "resolve" => {
            let value = Record::from_serializable(&command.value)?;
            resonate.promises.resolve(id, value).await?;
            Ok(Value::Null)
        }
        "schedule" => {
            resonate
                .schedule(id, &command.cron, func, args)
                .target(target)
                .await?;
            Ok(Value::Null)
        }
        "unschedule" => {
            resonate.schedules.delete(id).await?;
            Ok(Value::Null)
        }
        other => Err(refusal(format!("this peer cannot {other}"))),
    }
}

/// The values of `--url URL --group GROUP --lease MILLISECONDS`.
fn option(name: &str) -> Option<String> {
    std::env::args().skip_while(|word| word != name).nth(1)
}

#[tokio::main]
async fn main() -> Result<()> {
    let group = option("--group").unwrap_or_default();
    let resonate = Resonate::new(ResonateConfig {
        url: option("--url"),
        group: Some(group.clone()),
        ttl: option("--lease").and_then(|lease| lease.parse().ok()),
        ..ResonateConfig::default()
    });
    resonate.register(add)?;
    resonate.register(echo)?;
    resonate.register(nothing)?;
    resonate.register(fails)?;
    resonate.register(note)?;
    resonate.register(gate)?;
    resonate.register(pair)?;
    resonate.register(nested)?;
    resonate.register(naps)?;
    resonate.register(asks)?;
    resonate.register(sends)?;
    resonate.register(relays)?;
    resonate.register(catches)?;
    resonate.register(errand)?;

    let shared = Arc::new((resonate, group));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let command: Command = serde_json::from_str(&line)?;
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let said = match obey(&shared.0, &shared.1, &command).await {
                Ok(value) => json!({ "n": command.n, "value": value }),
                Err(error) => {
                    let error = json!({ "name": "Error", "message": error.to_string() });
                    json!({ "n": command.n, "error": error })
                }
            };
            println!("{said}");
        });
    }
    Ok(())
}
