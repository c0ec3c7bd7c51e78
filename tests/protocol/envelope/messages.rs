//! Messages: one line of ASCII, and what is dropped.

use std::sync::Arc;

use resonate_core::Value;
use resonate_core::protocol::envelope::{MessageError, decode_message, encode_message};
use resonate_core::protocol::{Message, PromiseRecord, TaskRef};

use super::samples::{V1, promise};

#[test]
fn a_message_is_one_line_of_ascii_that_reads_back() {
    let odd = PromiseRecord {
        value: Value::of("é\u{1F600}\n\u{7f}\"\\"),
        ..PromiseRecord::clone(&promise())
    };
    let execute = Message::Execute(TaskRef {
        id: "wé".into(),
        version: V1,
    });
    for message in [execute, Message::Unblock(Arc::new(odd))] {
        let text = encode_message(&message, "http://h:1");
        assert!(text.is_ascii() && !text.contains(['\n', '\r']), "{text}");
        assert_eq!(decode_message(&text), Ok(message));
    }
    let execute = Message::Execute(TaskRef {
        id: "w\u{e9}\u{1F600}z".into(),
        version: V1,
    });
    assert_eq!(
        encode_message(&execute, "http://h:1"),
        r#"{"kind":"execute","head":{"serverUrl":"http://h:1"},"data":{"task":{"id":"w\u00e9\ud83d\ude00z","version":1}}}"#
    );
}

#[test]
fn a_message_of_a_newer_kind_is_told_apart_from_nonsense() {
    let unknown = decode_message(r#"{"kind":"ping"}"#);
    assert_eq!(
        unknown,
        Err(MessageError::UnknownKind {
            kind: "ping".into()
        })
    );
    let bare = r#"{"kind":"execute","data":{"task":{"id":"w","version":0}}}"#;
    assert!(decode_message(bare).is_ok(), "an absent head is tolerated");
    for text in [
        "",
        "[]",
        "{}",
        r#"{"kind":"execute"}"#,
        r#"{"kind":"unblock","data":{}}"#,
    ] {
        let error = decode_message(text).expect_err(text);
        assert!(
            matches!(error, MessageError::Malformed { .. }),
            "{text}: {error}"
        );
    }
}
