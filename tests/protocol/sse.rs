//! Event streams: whole events come out whatever the pieces that the bytes arrive in.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use resonate_core::protocol::sse::{EventTooLong, KEEP_ALIVE, SseDecoder, encode_event};

type Events = Vec<Result<String, EventTooLong>>;

/// What a decoder gives for a stream that arrives in these pieces.
fn decode(limit: usize, pieces: &[&[u8]]) -> Events {
    let mut decoder = SseDecoder::new(limit);
    pieces
        .iter()
        .flat_map(|piece| decoder.push(piece))
        .collect()
}

#[track_caller]
fn check(stream: &str, expected: &[&str]) {
    let expected: Events = expected.iter().map(|text| Ok((*text).to_owned())).collect();
    let bytes = stream.as_bytes();
    assert_eq!(decode(1024, &[bytes]), expected, "whole: {stream:?}");
    for cut in 0..=bytes.len() {
        let (head, tail) = bytes.split_at(cut);
        assert_eq!(
            decode(1024, &[head, tail]),
            expected,
            "cut at {cut}: {stream:?}"
        );
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(decode(1024, &single), expected, "byte by byte: {stream:?}");
}

#[test]
fn three_events_survive_every_cut_with_every_line_end() {
    let stream = "data: {\"a\":\"é😀\"}\n\n: keep-alive\n\ndata: two\ndata:  lines\n\ndata:3\n\n";
    let expected = ["{\"a\":\"é😀\"}", "two\n lines", "3"];
    for line_end in ["\n", "\r", "\r\n"] {
        check(&stream.replace('\n', line_end), &expected);
        check(
            &format!("\u{feff}{}", stream.replace('\n', line_end)),
            &expected,
        );
    }
}

#[test]
fn what_is_not_data_is_skipped() {
    let table: [(&str, &[&str]); 12] = [
        ("", &[]),
        ("\n\n\n", &[]),
        ("data: cut off", &[]),
        ("data: cut off\n", &[]),
        (":only a comment\n\n", &[]),
        ("event: x\nid: 1\nretry: 5\n\n", &[]),
        ("event: x\nid: 1\ndata: a\n\n", &["a"]),
        ("dat: a\ndatas: b\n data: c\n\n", &[]),
        ("data\n\n", &[""]),
        ("data:\ndata:\n\n", &["\n"]),
        ("data: a\n:comment\ndata: b\n\n", &["a\nb"]),
        ("data: a: b:\n\ndata:\u{feff}c\n\n", &["a: b:", "\u{feff}c"]),
    ];
    for (stream, expected) in table {
        check(stream, expected);
    }
}

#[test]
fn mixed_line_ends_end_one_line_each() {
    check("data: a\r\rdata: b\n\r\ndata: c\r\n\n", &["a", "b", "c"]);
}

#[test]
fn what_is_not_utf8_is_replaced_and_the_rest_is_kept() {
    let events = decode(1024, &[b"data: a\xff", b"b\n\ndata: c\n\n"]);
    assert_eq!(events, [Ok("a\u{fffd}b".to_owned()), Ok("c".to_owned())]);
}

#[test]
fn an_event_over_the_limit_is_one_error_and_the_next_event_is_whole() {
    let too_long = Err(EventTooLong {
        event_bytes_max: 16,
    });
    let streams = [
        format!("data: {}\n\ndata: b\n\n", "x".repeat(11)),
        format!("data: {}\r\n\r\ndata: b\r\n\r\n", "x".repeat(100)),
        format!("{}\ndata: b\n\n", "data: xx\n".repeat(20)),
        format!("id: {}\ndata: lost with it\n\ndata: b\n\n", "x".repeat(100)),
    ];
    for stream in &streams {
        let expected = [too_long.clone(), Ok("b".to_owned())];
        let bytes = stream.as_bytes();
        assert_eq!(decode(16, &[bytes]), expected, "{stream:?}");
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(decode(16, &single), expected, "byte by byte: {stream:?}");
    }
    let fits = "data: 0123456789\n\n";
    assert_eq!(
        decode(16, &[fits.as_bytes()]),
        [Ok("0123456789".to_owned())]
    );
}

#[test]
fn a_flood_of_comments_is_not_kept() {
    let mut decoder = SseDecoder::new(16);
    assert_eq!(decoder.push(b":"), []);
    for _ in 0..1_000 {
        assert_eq!(decoder.push(&[b'x'; 1_000]), []);
    }
    assert_eq!(decoder.push(b"\n\n"), []);
    assert_eq!(decoder.push(KEEP_ALIVE.repeat(1_000).as_bytes()), []);
    assert_eq!(decoder.push(b"data: a\n\n"), [Ok("a".to_owned())]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_encoded_comes_back_at_any_chunking(
        texts in prop::collection::vec("[^\r]{0,40}", 0..5),
        sizes in prop::collection::vec(1_usize..9, 1..20),
    ) {
        let mut bytes = Vec::new();
        for text in &texts {
            bytes.extend(encode_event(text).into_bytes());
            bytes.extend(KEEP_ALIVE.as_bytes());
        }
        let mut decoder = SseDecoder::new(4096);
        let mut sizes = sizes.iter().cycle();
        let mut rest = &bytes[..];
        let mut events = Vec::new();
        while !rest.is_empty() {
            let (piece, tail) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
            events.extend(decoder.push(piece));
            rest = tail;
        }
        prop_assert_eq!(events, texts.into_iter().map(Ok).collect::<Events>());
    }

    #[test]
    fn noise_is_read_the_same_whole_and_byte_by_byte(
        bytes in prop::collection::vec(prop::sample::select(b"data: \r\n:x\xc3\xa9\xef\xbb\xbf".to_vec()), 0..200),
        limit in 0_usize..60,
    ) {
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(decode(limit, &[&bytes]), decode(limit, &single));
    }
}
