//! Any name as part of an identifier, no two alike.

use std::fmt::Write;

/// Letters and digits of ASCII as they are, `_` doubled, anything else as `_x` and its code
/// point in hexadecimal and `_`. Reading from the left, each escape can end in one way only.
pub(crate) fn ascii(name: &str) -> String {
    let mut mangled = String::new();
    for letter in name.chars() {
        match letter {
            letter if letter.is_ascii_alphanumeric() => mangled.push(letter),
            '_' => mangled.push_str("__"),
            other => {
                // Writing to a string does not fail.
                let _ = write!(mangled, "_x{:x}_", u32::from(other));
            }
        }
    }
    mangled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_stay_apart() {
        let names = [
            "a b",
            "a_b",
            "a__b",
            "a-b",
            "a.b",
            "a/b",
            "ab",
            "a_x20_b",
            "a_x20b",
            "a²b",
            "größe",
            "gr_xf6_ße",
            "注文",
            "_",
            "__",
            "x20_",
            " x20_",
            "a_version_1",
            "a",
        ];
        let mangled: std::collections::BTreeSet<_> = names.iter().map(|name| ascii(name)).collect();
        assert_eq!(mangled.len(), names.len());
    }

    #[test]
    fn every_mangled_name_is_part_of_an_identifier() {
        for name in ["größe² / «x» 注文", "r#type", "\u{1F980}", "a\tb"] {
            let mangled = format!("durable_{}", ascii(name));
            assert!(syn::parse_str::<syn::Ident>(&mangled).is_ok(), "{mangled}");
        }
    }
}
