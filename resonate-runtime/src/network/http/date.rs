//! What time it is at the server, learned from the dates of its answers.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};
use resonate_core::Millis;
use tokio::time::Instant;

/// A date has whole seconds, and an answer is on its way for a while: less is no difference.
const TOLERANCE: Duration = Duration::from_secs(2);
/// More is worth a word.
const WORTH_A_WORD: Duration = Duration::from_secs(5);

/// How the server's clock differs from that of this process.
#[derive(Debug, Default)]
pub(super) struct ServerTime(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The latest date, and when it came.
    seen: Option<(Millis, Instant)>,
    /// What to add to the clock of this process, in milliseconds.
    offset: i64,
    told: bool,
}

impl ServerTime {
    /// Notes the date of an answer that came just now.
    pub(super) fn note(&self, headers: &HeaderMap) {
        let date = headers
            .get(header::DATE)
            .and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
        let since = date.and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok());
        if let Some(since) = since {
            // In the middle of its second.
            let date = Millis::ZERO.after(since + Duration::from_millis(500));
            self.state().seen = Some((date, Instant::now()));
        }
    }

    /// The server's time when the clock of this process reads `own`.
    pub(super) fn at(&self, own: Millis) -> Millis {
        let mut state = self.state();
        if let Some((date, came)) = state.seen.take() {
            let server = date.after(came.elapsed());
            let apart = own.until(server).max(server.until(own));
            let is_apart = apart > TOLERANCE;
            state.offset = if is_apart {
                server.get() - own.get()
            } else {
                0
            };
            if apart > WORTH_A_WORD && !std::mem::replace(&mut state.told, true) {
                tracing::warn!(
                    server = server.get(),
                    own = own.get(),
                    ?apart,
                    "the clocks of this machine and of the server differ; deadlines and sleeps are planned by the server's"
                );
            }
            state.told &= is_apart;
        }
        Millis::new(own.get().saturating_add(state.offset))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
