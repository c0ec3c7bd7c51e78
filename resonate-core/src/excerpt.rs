//! The beginning of a text that may be long, for a message that a person reads.

use std::fmt;

/// At most this many characters of a foreign text are repeated in a message.
const SHOWN_CHARS_MAX: usize = 80;

/// A foreign text inside a message: cut short, its control characters escaped.
pub(crate) struct Excerpt<'t>(pub(crate) &'t str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.chars();
        for character in rest.by_ref().take(SHOWN_CHARS_MAX) {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        f.write_str(if rest.next().is_some() { "…" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::Excerpt;

    #[test]
    fn a_long_text_is_cut_and_control_characters_are_escaped() {
        assert_eq!(Excerpt("a\nb\0é").to_string(), "a\\nb\\u{0}é");
        assert_eq!(Excerpt(&"é".repeat(81)).to_string(), "é".repeat(80) + "…");
        assert_eq!(Excerpt(&"é".repeat(80)).to_string(), "é".repeat(80));
    }
}
