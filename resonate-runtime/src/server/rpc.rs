//! One envelope in, one envelope out (protocol §1.4: the order of the checks is part of it).

use hyper::Request;
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use resonate_core::protocol::envelope::{
    DebugAnswer, DebugRequest, DecodedRequest, Envelope, Frame, RejectedFrame, encode_answer,
    encode_debug_answer, open,
};
use resonate_core::protocol::{Refusal, Status};

use super::auth::bearer;
use super::body::{Answer, json, read};
use super::limits::check;
use super::service::Service;
use crate::network::NetworkError;

/// Reads the envelope and answers it.
pub(super) async fn answer(service: &Service, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let limits = &service.limits;
    let (status, text) = match read(body, &head.headers, limits, &service.bodies).await {
        Ok(taken) => answer_envelope(service, &head.headers, &taken.bytes).await,
        Err(unread) => return unread.answer(limits.body_bytes_max),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    json(status, text)
}

async fn answer_envelope(service: &Service, headers: &HeaderMap, bytes: &[u8]) -> (u16, String) {
    let opened = open(bytes).and_then(|envelope| admitted(service, headers, envelope));
    match opened.and_then(Envelope::decode) {
        Ok(frame) => answer_frame(service, frame).await,
        Err(RejectedFrame {
            kind,
            corr_id,
            refusal,
        }) => encode_answer(&kind, &corr_id, &Err(refusal)),
    }
}

/// Judges whether the caller may ask this: before its data is read, and whether or not there is
/// such a kind.
fn admitted(
    service: &Service,
    headers: &HeaderMap,
    envelope: Envelope,
) -> Result<Envelope, RejectedFrame> {
    let token = envelope.auth.as_deref().or_else(|| bearer(headers));
    let admitted = service.gate.admit(token);
    let refusal = match admitted.and_then(|pass| pass.check(&envelope)) {
        Err(refusal) => refusal,
        Ok(()) if envelope.is_debug() && !service.debug => {
            Refusal::new(Status::Forbidden, "this server is not in debug mode")
        }
        Ok(()) => return Ok(envelope),
    };
    Err(RejectedFrame {
        kind: envelope.kind,
        corr_id: envelope.corr_id,
        refusal,
    })
}

async fn answer_frame(service: &Service, frame: Frame) -> (u16, String) {
    let (kind, corr_id) = (&*frame.kind, &*frame.corr_id);
    let debug_time = frame.debug_time.filter(|_| service.debug);
    let refused = |refusal| encode_answer(kind, corr_id, &Err(refusal));
    match frame.request {
        DecodedRequest::Request(request) => {
            if let Err(refusal) = check(&request) {
                return refused(refusal);
            }
            match service.engine.ask(vec![*request], debug_time).await {
                Ok(answers) => answers.first().map_or_else(
                    || refused(failed(500, "the engine left the request unanswered")),
                    |answer| encode_answer(kind, corr_id, answer),
                ),
                Err(error) => refused(unanswered(&error)),
            }
        }
        DecodedRequest::Debug(DebugRequest::Tick { time })
            if debug_time.is_some_and(|now| now != time) =>
        {
            let message = "resonate:debug_time is another instant than time: name one of them";
            refused(Refusal::new(Status::BadRequest, message))
        }
        DecodedRequest::Debug(request) => match service.engine.debug(request).await {
            Ok(answer) => (200, encode_debug(service, kind, corr_id, answer)),
            Err(error) => refused(unanswered(&error)),
        },
    }
}

fn encode_debug(service: &Service, kind: &str, corr_id: &str, mut answer: DebugAnswer) -> String {
    if let DebugAnswer::Snap(snap) = &mut answer {
        snap.server_url = service.public_url.as_ref().to_owned();
    }
    encode_debug_answer(kind, corr_id, &answer)
}

/// What a caller is told when the engine failed: the store's own words are for the log.
fn unanswered(error: &NetworkError) -> Refusal {
    if error.is_permanent() {
        return failed(503, "the engine is closed or its store has failed for good");
    }
    failed(
        500,
        "Internal error: the store failed; the request may be made again",
    )
}

fn failed(status: u16, message: &str) -> Refusal {
    Refusal::new(Status::Failed(status), message)
}
