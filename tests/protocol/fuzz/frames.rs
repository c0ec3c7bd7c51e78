//! Frames: requests as a server reads them, answers and messages as a client does, and the stream
//! that messages come in.

use proptest::prelude::*;
use resonate_core::protocol::envelope::{
    DecodedRequest, decode_answer, decode_message, decode_request, encode_answer, encode_message,
    encode_request, open,
};
use resonate_core::protocol::sse::{SseDecoder, encode_event};
use resonate_core::protocol::{Answer, Message, Refusal, Request, Status, TaskRef};

use super::input::{bytes_like, recorded, text_like};
use super::{fuzz, within};
use crate::envelope::samples::{V1, every_request, promise, response};

/// A request of each kind, and those that SDKs sent.
fn requests() -> Vec<String> {
    let ours = every_request();
    let ours = ours
        .iter()
        .map(|request| encode_request("c", Some("t"), request));
    let theirs = recorded();
    let theirs = theirs.iter().filter(|line| line["dir"] == "rpc");
    ours.chain(theirs.map(|line| line["req"].to_string()))
        .collect()
}

fn read_request(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(frame) = within(bytes.len(), || decode_request(bytes))? else {
        return Ok(());
    };
    let DecodedRequest::Request(request) = frame.request else {
        return Ok(());
    };
    prop_assert_eq!(&frame.kind, request.kind());
    let written = encode_request(&frame.corr_id, frame.auth.as_deref(), &request);
    let again = decode_request(written.as_bytes()).unwrap();
    prop_assert_eq!(again.request, DecodedRequest::Request(request));
    prop_assert_eq!((again.corr_id, again.auth), (frame.corr_id, frame.auth));
    if let Ok(envelope) = open(bytes) {
        let _ = envelope.resource_ids();
    }
    Ok(())
}

#[test]
fn requests_with_wrong_bytes_or_values() {
    fuzz(&text_like(requests()), |bytes| read_request(&bytes));
}

/// Each request with the answers that may come to it.
fn exchanges() -> Vec<(Request, String)> {
    let mut exchanges = Vec::new();
    for request in every_request() {
        let refused = Err(Refusal::new(Status::NotFound, "no such thing"));
        for answer in [Ok(response(&request)), refused] {
            let (_, text) = encode_answer(request.kind(), "c", &answer);
            exchanges.push((request.clone(), text));
        }
    }
    exchanges
}

fn read_answer(request: &Request, bytes: &[u8]) -> Result<(), TestCaseError> {
    let read: Result<Answer, _> = within(bytes.len(), || decode_answer(bytes, request, "c"))?;
    if let Ok(answer) = read {
        let (_, written) = encode_answer(request.kind(), "c", &answer);
        let again = decode_answer(written.as_bytes(), request, "c");
        prop_assert_eq!(again, Ok(answer), "{}", written);
    }
    Ok(())
}

#[test]
fn answers_with_wrong_bytes_or_values() {
    let exchanges = exchanges();
    let texts: Vec<_> = exchanges.iter().map(|(_, text)| text.clone()).collect();
    let asked = prop::sample::select(exchanges).prop_flat_map(move |(request, text)| {
        // Mostly the answer to this very request, now and then to another.
        let bytes = prop_oneof![
            6 => text_like(vec![text]),
            1 => text_like(texts.clone()),
        ];
        (Just(request), bytes)
    });
    fuzz(&asked, |(request, bytes)| read_answer(&request, &bytes));
}

/// Both messages, and those that were recorded.
fn messages() -> Vec<String> {
    let execute = Message::Execute(TaskRef {
        id: "w".into(),
        version: V1,
    });
    let ours = [execute, Message::Unblock(promise())];
    let ours = ours.map(|message| encode_message(&message, "http://h:1"));
    let theirs = recorded();
    let theirs = theirs.iter().filter_map(|line| line["data"].as_str());
    ours.into_iter()
        .chain(
            theirs
                .filter(|text| text.starts_with('{'))
                .map(str::to_owned),
        )
        .collect()
}

#[test]
fn messages_with_wrong_bytes_or_values() {
    fuzz(&text_like(messages()), |bytes| {
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(message) = within(text.len(), || decode_message(&text))? {
            let written = encode_message(&message, "http://h:1");
            prop_assert!(written.is_ascii() && !written.contains('\n'), "{}", written);
            prop_assert_eq!(decode_message(&written), Ok(message));
        }
        Ok(())
    });
}

#[test]
fn streams_in_any_pieces() {
    let events = messages().into_iter().map(|text| encode_event(&text));
    let events: Vec<_> = events.collect();
    let stream = events.join(": keep-alive\n\n");
    let all = events.into_iter().chain([stream]).collect();
    let cuts = prop::collection::vec(any::<prop::sample::Index>(), 0..6);
    let inputs = (bytes_like(all), cuts, 0_usize..2_000);
    fuzz(&inputs, |(bytes, cuts, limit)| {
        let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        ends.push(bytes.len());
        ends.sort_unstable();
        let whole = within(bytes.len(), || SseDecoder::new(limit).push(&bytes))?;
        let (mut decoder, mut from) = (SseDecoder::new(limit), 0);
        let mut pieces = Vec::new();
        for end in ends {
            pieces.extend(decoder.push(&bytes[from..end]));
            from = end;
        }
        prop_assert_eq!(&pieces, &whole);
        for text in whole.into_iter().flatten() {
            // What is no UTF-8 is replaced, by three bytes for each.
            prop_assert!(text.len() <= 3 * limit);
            let event = encode_event(&text);
            let again = SseDecoder::new(event.len()).push(event.as_bytes());
            prop_assert_eq!(again, [Ok(text)]);
        }
        Ok(())
    });
}
