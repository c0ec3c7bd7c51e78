//! Server-sent events: bytes in, whole events out, at any chunking (protocol §4.4).

use std::fmt;

/// A comment that says nothing, so that a dead connection is noticed. Every client skips it.
pub const KEEP_ALIVE: &str = ": keep-alive\n\n";

/// One event that carries `text`: each of its lines as a `data:` line, line feeds only. For a
/// message that is exactly one `data:` line, as all clients require.
///
/// ```
/// use resonate_core::protocol::sse::encode_event;
///
/// assert_eq!(encode_event(r#"{"kind":"execute"}"#), "data: {\"kind\":\"execute\"}\n\n");
/// ```
#[must_use]
pub fn encode_event(text: &str) -> String {
    let mut event = String::with_capacity(text.len() + 8);
    let lines = text.split('\n');
    let lines = lines.flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    for line in lines {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
    event
}

/// A decoder of one stream. It never holds more than its limit, plus one line's end.
///
/// ```
/// use resonate_core::protocol::sse::SseDecoder;
///
/// let mut decoder = SseDecoder::new(1024);
/// assert_eq!(decoder.push(b"data: hel"), []);
/// assert_eq!(decoder.push(b"lo\r\n: a comment\r\n\r\n"), [Ok("hello".to_owned())]);
/// ```
#[derive(Clone, Debug)]
pub struct SseDecoder {
    event_bytes_max: usize,
    /// The line that is not at its end yet, without comments.
    line: Vec<u8>,
    /// The data lines of the event that is not at its end yet; `None` before the first.
    data: Option<String>,
    state: State,
    after_carriage_return: bool,
    is_first_line: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In a line that counts.
    Line,
    /// In a line that does not: a comment.
    Comment,
    /// In an event that is too long, to be skipped up to its end; whether the line is empty yet.
    Skipping { line_is_empty: bool },
}

/// An event longer than the decoder's limit. It was skipped whole; the next one can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTooLong {
    /// The limit, in bytes.
    pub event_bytes_max: usize,
}

impl fmt::Display for EventTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event_bytes_max } = self;
        write!(
            f,
            "an event of the stream is longer than {event_bytes_max} bytes"
        )
    }
}

impl std::error::Error for EventTooLong {}

impl SseDecoder {
    /// A decoder at the start of a stream, for events of at most `event_bytes_max` bytes.
    #[must_use]
    pub fn new(event_bytes_max: usize) -> Self {
        Self {
            event_bytes_max,
            line: Vec::new(),
            data: None,
            state: State::Line,
            after_carriage_return: false,
            is_first_line: true,
        }
    }

    /// Takes the next bytes and gives the data of the events that end in them, in order. What is
    /// not UTF-8 is replaced as in a browser. An event that the stream's end cuts off never comes.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<Result<String, EventTooLong>> {
        let mut events = Vec::new();
        let mut rest = chunk;
        while let Some(first) = rest.first() {
            if std::mem::take(&mut self.after_carriage_return) && *first == b'\n' {
                rest = &rest[1..];
                continue;
            }
            let Some(end) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else {
                events.extend(self.take(rest));
                break;
            };
            events.extend(self.take(&rest[..end]));
            events.extend(self.end_line());
            self.after_carriage_return = rest[end] == b'\r';
            rest = &rest[end + 1..];
        }
        events
    }

    /// Takes bytes of the current line; gives an error once when they make the event too long.
    fn take(&mut self, bytes: &[u8]) -> Option<Result<String, EventTooLong>> {
        match &mut self.state {
            State::Comment => return None,
            State::Skipping { line_is_empty } => {
                *line_is_empty &= bytes.is_empty();
                return None;
            }
            State::Line => {}
        }
        if self.line.is_empty() && bytes.first() == Some(&b':') {
            self.state = State::Comment;
            return None;
        }
        let held = self.line.len() + self.data.as_ref().map_or(0, String::len);
        if held + bytes.len() > self.event_bytes_max {
            self.line = Vec::new();
            self.data = None;
            self.state = State::Skipping {
                line_is_empty: false,
            };
            let event_bytes_max = self.event_bytes_max;
            return Some(Err(EventTooLong { event_bytes_max }));
        }
        self.line.extend_from_slice(bytes);
        None
    }

    /// Ends the current line; gives the event when that was the empty line at its end.
    fn end_line(&mut self) -> Option<Result<String, EventTooLong>> {
        let is_first_line = std::mem::take(&mut self.is_first_line);
        match self.state {
            State::Comment => {
                self.state = State::Line;
                None
            }
            State::Skipping { line_is_empty } => {
                self.state = if line_is_empty {
                    State::Line
                } else {
                    State::Skipping {
                        line_is_empty: true,
                    }
                };
                None
            }
            State::Line => {
                let line = std::mem::take(&mut self.line);
                self.read_line(&line, is_first_line)
            }
        }
    }

    fn read_line(&mut self, line: &[u8], is_first: bool) -> Option<Result<String, EventTooLong>> {
        let mut line = &*String::from_utf8_lossy(line);
        if is_first {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        if line.is_empty() {
            return self.data.take().map(Ok);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        if field == "data" {
            match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            }
        }
        None
    }
}
