//! Types as text, written as a person writes them, whatever the compiler.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The text of a type's tokens: `BTreeMap<String, Vec<u8>>`.
pub(crate) fn of(tokens: TokenStream) -> String {
    let mut text = String::new();
    write(tokens, &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                if text.ends_with(|end: char| end.is_alphanumeric() || matches!(end, '_' | '>')) {
                    text.push(' ');
                }
                text.push_str(&token.to_string());
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                sign @ (',' | ';') => text.extend([sign, ' ']),
                sign @ ('=' | '+') => text.extend([' ', sign, ' ']),
                '-' => text.push_str(" -"),
                '>' if text.ends_with('-') => text.push_str("> "),
                sign => text.push(sign),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    #[test]
    fn types_read_as_they_are_written() {
        for text in [
            "String",
            "BTreeMap<String, Vec<u8>>",
            "Result<(), resonate::Error>",
            "<T as Iterator>::Item",
            "Cow<'static, str>",
            "[u8; 32]",
            "(u8, (u16, ()))",
            "&'static mut dyn Fn(u8) -> Box<dyn Any + Send>",
            "impl for<'a> Fn(&'a u8)",
            "r#type::Thing",
        ] {
            let spaced = text
                .replace('<', " < ")
                .replace('>', " > ")
                .replace("- >", "->");
            for written in [text, &spaced] {
                let tokens = TokenStream::from_str(written).unwrap();
                assert_eq!(of(tokens), text);
            }
        }
    }
}
