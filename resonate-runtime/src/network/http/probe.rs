//! What a server is, found out without changing anything there.

use resonate_core::execution::IdGrammar;
use resonate_core::protocol::{
    FenceAction, PromiseCreate, PromiseGet, Refusal, Request, Status, TaskFence, VERSION,
};
use resonate_core::tags::{BRANCH, ORIGIN, PARENT, SCOPE};
use resonate_core::{Millis, PromiseId, Tags, TaskVersion, Value};

use super::wire::Wire;
use crate::network::{NetworkError, NetworkErrorKind};

/// The id of a root that nobody has. Should somebody have it, nothing happens to it either.
const NOBODY: &str = "resonate-probe";

/// Checks that a Resonate Server answers, and takes what this client says.
pub(super) async fn greet(wire: &Wire, prefix: &str) -> Result<(), NetworkError> {
    let id = IdGrammar::default().with_prefix(prefix, NOBODY);
    let Err(refusal) = wire.ask(&Request::PromiseGet(PromiseGet { id })).await? else {
        return Ok(());
    };
    let failed =
        |kind, remedy: &str| Err(wire.asked("a first look").failed(kind, &refusal, remedy));
    match refusal.status {
        Status::NotFound | Status::Conflict | Status::Unprocessable => Ok(()),
        // It is a valid token, for ids that begin in another way.
        Status::Forbidden => {
            tracing::warn!(server = %wire.endpoint(), %refusal, "the token does not cover the ids that this client makes");
            Ok(())
        }
        Status::BadRequest => failed(
            NetworkErrorKind::Version,
            &format!(
                "This client speaks the protocol of {VERSION}: use a server and a client of one generation"
            ),
        ),
        Status::Unauthorized => failed(NetworkErrorKind::Unauthorized, super::failure::TOKEN),
        Status::Failed(_) => failed(NetworkErrorKind::Failed, "The server failed: see its log"),
    }
}

/// Learns how the server wants ids to be written; `None` when it takes neither way.
///
/// A fence is checked for form before its task is looked up: a server that takes the grammar
/// answers that there is no such task, others that the request is malformed. The claim of
/// version 0 holds for no task, so nothing is ever created.
pub(super) async fn grammar(wire: &Wire, prefix: &str) -> Result<Option<IdGrammar>, NetworkError> {
    for grammar in [IdGrammar::Colon, IdGrammar::Dot] {
        match wire.ask(&fence(grammar, prefix)).await? {
            Err(Refusal {
                status: Status::BadRequest,
                message,
            }) => tracing::debug!(?grammar, message, "the server refuses ids of this grammar"),
            Err(Refusal {
                status: Status::Failed(_),
                ..
            }) => {
                let asked = wire.asked("a question about the form of ids");
                let remedy = "See the server's log, or say `.id_grammar(..)`";
                return Err(asked.failed(NetworkErrorKind::Failed, "the server failed", remedy));
            }
            _ => return Ok(Some(grammar)),
        }
    }
    Ok(None)
}

fn fence(grammar: IdGrammar, prefix: &str) -> Request {
    let root = grammar.with_prefix(prefix, NOBODY);
    let label = |key, value: &PromiseId| (key, value.text().clone());
    let tags: Tags = [ORIGIN, BRANCH, PARENT]
        .map(|key| label(key, &root))
        .into_iter()
        .collect();
    let action = FenceAction::Create(PromiseCreate {
        id: grammar.child(&root, 0),
        timeout_at: Millis::ZERO,
        param: Value::default(),
        tags: tags.with(SCOPE, "local"),
    });
    Request::TaskFence(TaskFence {
        id: root,
        version: TaskVersion::new(0),
        action,
    })
}
