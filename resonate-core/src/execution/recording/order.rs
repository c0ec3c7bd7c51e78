//! The order of promises in a recording: that in which people count.

/// One part of an id: numbers in their order, before names in theirs.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Number(u64),
    Name(String),
}

/// What ids are sorted by: `r:2` comes before `r:2.0` and that before `r:10`.
pub(super) fn key(id: &str) -> Vec<Part> {
    let part = |text: &str| match text.parse() {
        Ok(number) => Part::Number(number),
        Err(_) => Part::Name(text.to_owned()),
    };
    id.split([':', '.']).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn steps_are_in_the_order_of_their_numbers() {
        let sorted = ["r", "r:2", "r:2.0", "r:2.10", "r:10", "r:d17", "r:version"];
        let mut ids = sorted;
        ids.reverse();
        ids.sort_by_cached_key(|id| key(id));
        assert_eq!(ids, sorted);
    }
}
