//! Frames: requests, answers and messages as JSON text, both ways (protocol §1, §4).
//!
//! Nothing outside this module knows `kind`, `head` and `corrId`. A server reads requests and
//! writes answers and messages; a client does the reverse.
//!
//! ```
//! use resonate_core::protocol::envelope::{decode_answer, decode_request, encode_answer, encode_request};
//! use resonate_core::protocol::{PromiseGet, Refusal, Request, Status};
//!
//! let asked = Request::PromiseGet(PromiseGet { id: "order-17".into() });
//! let text = encode_request("c-1", None, &asked);
//!
//! let frame = decode_request(text.as_bytes()).unwrap();
//! let answer = Err(Refusal::new(Status::NotFound, "there is no promise `order-17`"));
//! let (status, text) = encode_answer(&frame.kind, &frame.corr_id, &answer);
//!
//! assert_eq!(status, 404);
//! assert_eq!(decode_answer(text.as_bytes(), &asked, "c-1").unwrap(), answer);
//! ```

mod answer;
mod ascii;
mod data;
mod debug;
mod message;
mod reader;
mod records;
mod request;

pub use answer::encode_answer;
pub use debug::{DebugAnswer, DebugSnap, Sent, TaskTimeout, encode_debug_answer};
pub use message::{MessageError, decode_message, encode_message};
pub use reader::{MalformedAnswer, decode_answer, decode_answer_with};
pub use request::{
    DebugRequest, DecodedRequest, Envelope, Frame, RejectedFrame, decode_request, encode_request,
    open,
};

/// Writes one of our own shapes.
fn write<T: serde::Serialize>(shape: &T) -> String {
    serde_json::to_string(shape).expect("maps with text keys, text and numbers can be written")
}
