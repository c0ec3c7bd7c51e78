//! Answers as frames, as a client reads them: strict, because a wrong record is worse than none.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::records::{
    ClaimedIn, OnePromise, OneSchedule, OneTask, Preloaded, PromisePage, SchedulePage, TaskPage,
    first, promises,
};
use crate::excerpt::Excerpt;
use crate::object::Object;
use crate::payload::Json;
use crate::protocol::{Answer, PromiseRecord, Refusal, Request, Response, Status};

/// Reads the answer to `request`, which was sent as `corr_id`.
///
/// Tolerated, because servers differ: `null` for what is absent, `resumes` as a list or a flag,
/// a refusal's message as a string or inside `{"error": …}`, and any protocol version.
///
/// # Errors
/// When the text is not the answer to this request: then nothing is known of its effect.
pub fn decode_answer(
    bytes: &[u8],
    request: &Request,
    corr_id: &str,
) -> Result<Answer, MalformedAnswer> {
    decode_answer_with(bytes, request, corr_id, usize::MAX)
}

/// The same, keeping at most `fence_preload_max` of the records that travel with the answer to a
/// fence. Some servers send a whole branch with each: what nobody looks at is skipped, which costs
/// a fraction of reading it.
///
/// # Errors
/// When the text is not the answer to this request. What is skipped has to be JSON, no more.
pub fn decode_answer_with(
    bytes: &[u8],
    request: &Request,
    corr_id: &str,
    fence_preload_max: usize,
) -> Result<Answer, MalformedAnswer> {
    let Object(frame): Object<Read> = serde_json::from_slice(bytes)
        .map_err(|cause| MalformedAnswer::not_an_envelope(bytes, &cause))?;
    let Object(head) = frame.head;
    let said = || Excerpt(frame.data.get()).to_string();
    if frame.kind != request.kind() || head.corr_id != corr_id {
        return Err(MalformedAnswer::OtherRequest {
            expected: format!("{} {corr_id}", request.kind()),
            found: format!("{} {}", Excerpt(&frame.kind), Excerpt(&head.corr_id)),
            said: said(),
        });
    }
    let response = match (head.status, request) {
        (300, Request::TaskSuspend(_)) => redirect(&frame.data),
        (200, Request::TaskFence(fence)) => {
            fenced(fence.action.kind(), &frame.data, fence_preload_max)
        }
        (200, _) => response(request, &frame.data),
        (400..=599, _) => return Ok(Err(refusal(head.status, &frame.data))),
        (status, _) => return Err(MalformedAnswer::Status { status }),
    };
    response.map(Ok).map_err(|cause| MalformedAnswer::Data {
        kind: request.kind(),
        cause: cause.to_string(),
        said: said(),
    })
}

#[derive(Deserialize)]
struct Read {
    kind: String,
    head: Object<ReadHead>,
    data: Json,
}

#[derive(Deserialize)]
struct ReadHead {
    #[serde(rename = "corrId")]
    corr_id: String,
    status: u16,
}

fn read<T: DeserializeOwned>(data: &RawValue) -> serde_json::Result<T> {
    serde_json::from_str(data.get()).map(|Object(data)| data)
}

fn response(request: &Request, data: &RawValue) -> serde_json::Result<Response> {
    match request {
        Request::PromiseGet(_)
        | Request::PromiseCreate(_)
        | Request::PromiseSettle(_)
        | Request::RegisterCallback(_)
        | Request::RegisterListener(_)
        | Request::TaskFulfill(_) => promise(data).map(Response::Promise),
        Request::PromiseSearch(_) => read(data).map(
            |PromisePage {
                 promises: page,
                 cursor,
             }| Response::Promises {
                promises: promises(page),
                cursor,
            },
        ),
        Request::TaskGet(_) => read(data).map(|OneTask { task }| Response::Task(task.0.into())),
        Request::TaskCreate(_) | Request::TaskAcquire(_) => claimed(data),
        Request::TaskFence(fence) => fenced(fence.action.kind(), data, usize::MAX),
        Request::TaskSuspend(_)
        | Request::TaskRelease(_)
        | Request::TaskHeartbeat(_)
        | Request::TaskHalt(_)
        | Request::TaskContinue(_)
        | Request::ScheduleDelete(_) => read(data).map(|Anything {}| Response::Done),
        Request::TaskSearch(_) => read(data).map(|TaskPage { tasks, cursor }| Response::Tasks {
            tasks: tasks.into_iter().map(|task| task.0.into()).collect(),
            cursor,
        }),
        Request::ScheduleGet(_) | Request::ScheduleCreate(_) => {
            read(data).map(|OneSchedule { schedule }| Response::Schedule(schedule.0.into()))
        }
        Request::ScheduleSearch(_) => {
            read(data).map(|SchedulePage { schedules, cursor }| Response::Schedules {
                schedules: schedules.into_iter().map(|it| it.0.into()).collect(),
                cursor,
            })
        }
    }
}

#[derive(Deserialize)]
struct Anything {}

fn promise(data: &RawValue) -> serde_json::Result<Arc<PromiseRecord>> {
    read(data).map(|OnePromise { promise }| promise.0.into())
}

fn claimed(data: &RawValue) -> serde_json::Result<Response> {
    let ClaimedIn {
        task,
        promise,
        preload,
    } = read(data)?;
    Ok(Response::Claimed {
        task: task.0.into(),
        promise: promise.0.into(),
        preload: promises(preload.unwrap_or_default()),
    })
}

fn redirect(data: &RawValue) -> serde_json::Result<Response> {
    let Preloaded { preload } = read(data)?;
    Ok(Response::Redirect {
        preload: promises(preload.unwrap_or_default()),
    })
}

fn fenced(kind: &'static str, data: &RawValue, preload_max: usize) -> serde_json::Result<Response> {
    use serde::de::Error as _;

    #[derive(Deserialize)]
    struct Head {
        status: u16,
    }
    #[derive(Deserialize)]
    struct Action {
        kind: String,
        head: Object<Head>,
        data: Json,
    }
    #[derive(Deserialize)]
    struct Fenced<'d> {
        action: Object<Action>,
        #[serde(borrow)]
        preload: Option<&'d RawValue>,
    }
    let Object(Fenced {
        action: Object(action),
        preload,
    }) = serde_json::from_str(data.get())?;
    let preload = preload.map_or_else(|| Ok(Vec::new()), |list| first(list, preload_max))?;
    if action.kind != kind {
        let found = Excerpt(&action.kind);
        return Err(serde_json::Error::custom(format_args!(
            "the inner answer is to `{found}`, not to `{kind}`"
        )));
    }
    let result = match action.head.0.status {
        200 => Ok(promise(&action.data)?),
        status @ 400..=599 => Err(refusal(status, &action.data)),
        status => {
            return Err(serde_json::Error::custom(format_args!(
                "the inner answer has the status {status}"
            )));
        }
    };
    Ok(Response::Fenced {
        kind,
        result,
        preload: promises(preload),
    })
}

/// A refusal is one whatever its data looks like.
fn refusal(status: u16, data: &RawValue) -> Refusal {
    #[derive(Deserialize)]
    struct InObject {
        error: String,
    }
    let message = serde_json::from_str(data.get())
        .or_else(|_| read(data).map(|InObject { error }| error))
        .unwrap_or_else(|_| Excerpt(data.get()).to_string());
    Refusal::new(Status::from_code(status), message)
}

/// A text that is not the answer that was waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MalformedAnswer {
    /// It is no answer frame at all, but perhaps a proxy's page.
    NotAnEnvelope {
        /// What the reader said.
        cause: String,
        /// How the text begins.
        said: String,
    },
    /// It answers another request: its kind or correlation id differ.
    OtherRequest {
        /// Kind and correlation id of the request.
        expected: String,
        /// Kind and correlation id of the answer.
        found: String,
        /// How its data begins.
        said: String,
    },
    /// Its status is none of the protocol's for this request.
    Status {
        /// The number.
        status: u16,
    },
    /// Its data is not what this request is answered with.
    Data {
        /// The request's kind.
        kind: &'static str,
        /// What the reader said.
        cause: String,
        /// How its data begins.
        said: String,
    },
}

impl MalformedAnswer {
    fn not_an_envelope(bytes: &[u8], cause: &serde_json::Error) -> Self {
        Self::NotAnEnvelope {
            cause: cause.to_string(),
            said: Excerpt(&String::from_utf8_lossy(bytes)).to_string(),
        }
    }
}

impl fmt::Display for MalformedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnEnvelope { cause, said } => {
                write!(f, "this is not an answer of the protocol: {cause}: {said}")
            }
            Self::OtherRequest {
                expected,
                found,
                said,
            } => write!(
                f,
                "expected the answer to {expected}, found {found}: {said}"
            ),
            Self::Status { status } => {
                write!(
                    f,
                    "the answer has the status {status}, which means nothing here"
                )
            }
            Self::Data { kind, cause, said } => {
                write!(
                    f,
                    "this is not what {kind} is answered with: {cause}: {said}"
                )
            }
        }
    }
}

impl std::error::Error for MalformedAnswer {}
