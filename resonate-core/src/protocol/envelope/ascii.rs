//! JSON in ASCII, so that a stream cut anywhere never cuts a character (protocol §4.4).

use std::io::{Result, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Writes one of our own shapes on one line of ASCII.
pub(super) fn write<T: Serialize>(shape: &T) -> String {
    let mut bytes = Vec::new();
    shape
        .serialize(&mut Serializer::with_formatter(&mut bytes, Ascii))
        .expect("maps with text keys, text and numbers can be written");
    String::from_utf8(bytes).expect("ASCII is UTF-8")
}

struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, to: &mut W, text: &str) -> Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(|character: char| !character.is_ascii()) {
            let (plain, tail) = rest.split_at(at);
            to.write_all(plain.as_bytes())?;
            let end = tail.find(|character: char| character.is_ascii());
            let (foreign, tail) = tail.split_at(end.unwrap_or(tail.len()));
            for unit in foreign.encode_utf16() {
                write!(to, "\\u{unit:04x}")?;
            }
            rest = tail;
        }
        to.write_all(rest.as_bytes())
    }
}
