//! A program on another SDK that is running: commands in, answers out, a line of JSON each.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin};
use tokio::sync::oneshot;

use super::{DEADLINE, Sdk};

/// Lines of a program's own talk that are kept, to be shown when something goes wrong.
const TALK_MAX: usize = 60;

/// A worker and client on another SDK. It ends with this value.
#[derive(Debug)]
pub struct Peer {
    group: String,
    process: Child,
    input: tokio::sync::Mutex<ChildStdin>,
    next: AtomicU64,
    heard: Arc<Heard>,
}

/// What came out of the program.
#[derive(Debug, Default)]
struct Heard {
    waiting: Mutex<BTreeMap<u64, oneshot::Sender<Value>>>,
    talk: Mutex<VecDeque<String>>,
}

/// What a peer says when a command failed: the error as its own SDK shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The error's class there.
    pub name: String,
    /// Its text there.
    pub message: String,
}

impl Peer {
    /// Starts a program that serves `group` on the server at `url` and holds its leases for
    /// `lease`. It is not known yet whether it can be reached.
    ///
    /// # Panics
    /// When the SDK cannot be installed or its program cannot be started.
    pub async fn start(sdk: Sdk, url: &str, group: &str, lease: Duration) -> Self {
        let installing = tokio::task::spawn_blocking(move || sdk.command());
        let mut command = installing
            .await
            .unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
        command
            .args(["--url", url, "--group", group, "--lease"])
            .arg(lease.as_millis().to_string());
        Self::run(command, group)
    }

    /// Starts any program that is driven as the peers are.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn run(mut command: Command, group: &str) -> Self {
        for (key, _) in std::env::vars_os() {
            if key.to_string_lossy().starts_with("RESONATE_") {
                command.env_remove(key);
            }
        }
        let mut process = tokio::process::Command::from(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("an installed program can be started");
        let heard = Arc::new(Heard::default());
        let input = process.stdin.take().expect("it was piped");
        let output = process.stdout.take().expect("it was piped");
        let errors = process.stderr.take().expect("it was piped");
        let (answers, talk) = (Arc::clone(&heard), Arc::clone(&heard));
        tokio::spawn(async move {
            answers.listen(output).await;
            // Whoever still waits hears that nothing more comes.
            lock(&answers.waiting).clear();
        });
        tokio::spawn(async move { talk.listen(errors).await });
        Self {
            group: group.to_owned(),
            process,
            input: tokio::sync::Mutex::new(input),
            next: AtomicU64::new(1),
            heard,
        }
    }

    /// The group it serves.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.group
    }

    /// Has it do something, and waits for what comes of it.
    ///
    /// # Errors
    /// What its SDK made of a failure.
    ///
    /// # Panics
    /// When it says nothing until the deadline, or has ended.
    pub async fn ask(&self, mut command: Value) -> Result<Value, Refused> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        command["n"] = json!(number);
        let (answer, answered) = oneshot::channel();
        lock(&self.heard.waiting).insert(number, answer);
        let line = format!("{command}\n");
        let sent = self.input.lock().await.write_all(line.as_bytes()).await;
        assert!(sent.is_ok(), "{command}: {self}");
        match tokio::time::timeout(DEADLINE, answered).await {
            Ok(Ok(said)) => match said.get("error") {
                None => Ok(said.get("value").cloned().unwrap_or_default()),
                Some(error) => Err(Refused::read(error)),
            },
            Ok(Err(_)) => panic!("{command}: it ended. {self}"),
            Err(_) => panic!("{command}: no answer in {DEADLINE:?}. {self}"),
        }
    }

    /// Calls a function by name on whichever worker serves `target`.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    ///
    /// # Panics
    /// As [`ask`](Self::ask).
    pub async fn rpc(
        &self,
        id: &str,
        target: &str,
        func: &str,
        args: Value,
    ) -> Result<Value, Refused> {
        let call = json!({ "do": "rpc", "id": id, "func": func, "args": args, "target": target });
        self.ask(call).await
    }

    /// Runs a function of its own.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    ///
    /// # Panics
    /// As [`ask`](Self::ask).
    pub async fn call(&self, id: &str, func: &str, args: Value) -> Result<Value, Refused> {
        let call = json!({ "do": "run", "id": id, "func": func, "args": args });
        self.ask(call).await
    }

    /// Ends it as `kill -9` does, and waits until it is gone.
    ///
    /// # Panics
    /// When it cannot be ended.
    pub async fn kill(&mut self) {
        self.process.kill().await.expect("a child can be killed");
    }
}

impl Refused {
    fn read(error: &Value) -> Self {
        let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
        Self {
            name: text("name"),
            message: text("message"),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The program of {} said:", self.group)?;
        let talk = lock(&self.heard.talk);
        talk.iter().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

impl Heard {
    /// Hands answers to those who wait for them, and keeps the rest, until the stream ends.
    async fn listen(&self, output: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = serde_json::from_str::<Value>(&line).ok();
            let number = answer.as_ref().and_then(|answer| answer["n"].as_u64());
            let waiting = number.and_then(|number| lock(&self.waiting).remove(&number));
            if let (Some(answer), Some(waiting)) = (answer, waiting) {
                // A test that no longer waits has said why already.
                let _gone = waiting.send(answer);
                continue;
            }
            let mut talk = lock(&self.talk);
            if talk.len() == TALK_MAX {
                talk.pop_front();
            }
            talk.push_back(line);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
