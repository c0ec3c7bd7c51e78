//! Short texts with a grammar of their own: addresses, cron lines, ids and tags.

use proptest::prelude::*;
use resonate_core::address::Address;
use resonate_core::cron::Cron;
use resonate_core::execution::ids::IdGrammar;
use resonate_core::{Millis, PromiseId, Tags, tags};

use super::{fuzz, within};

#[test]
fn addresses() {
    let like = "(poll|http|POLL)://(any@|uni@)?[a-z:@/?#%\\[\\]é ]{0,12}";
    let inputs = prop_oneof![".{0,30}".boxed(), like.boxed()];
    fuzz(&inputs, |text| {
        for text in [&*text, &*Address::resolve(&text)] {
            match within(text.len(), || text.parse::<Address>())? {
                Ok(address) => prop_assert_eq!(address.to_string().parse(), Ok(address)),
                Err(error) => prop_assert!(error.to_string().len() < 1_000),
            }
        }
        Ok(())
    });
}

#[test]
fn cron_lines() {
    let line = prop_oneof![
        ".{0,20}".boxed(),
        "@?[a-z]{0,8}".boxed(),
        "([0-9*?/,A-Z-]{1,4} ){4,6}[0-9*?/,-]{1,4}".boxed(),
    ];
    fuzz(&(line, any::<i64>()), |(line, after)| {
        match line.parse::<Cron>() {
            Ok(cron) => {
                let again: Cron = cron.as_str().parse().unwrap();
                prop_assert_eq!(again.as_str(), cron.as_str());
                if let Some(next) = cron.next_after(Millis::new(after)) {
                    prop_assert!(next.get() > after);
                }
            }
            Err(error) => prop_assert!(error.to_string().len() < 1_000),
        }
        let every_fourth: Cron = "*/4 * * * *".parse().unwrap();
        let after = after.rem_euclid(4_000_000_000_000);
        let next = every_fourth.next_after(Millis::new(after)).unwrap();
        prop_assert_eq!(next.get(), (after / 240_000 + 1) * 240_000);
        Ok(())
    });
}

#[test]
fn ids_and_tags() {
    let inputs = (
        ".{0,30}",
        any::<u64>(),
        prop_oneof![".{0,8}", "-?[0-9]{0,22}"],
    );
    fuzz(&inputs, |(id, n, delay)| {
        for grammar in [IdGrammar::Colon, IdGrammar::Dot] {
            if let Err(error) = within(id.len(), || grammar.validate_root(&id))? {
                prop_assert!(error.to_string().len() < 1_000);
                continue;
            }
            let root = PromiseId::from(id.as_str());
            let child = grammar.child(&root, n);
            let grandchild = grammar.child(&child, n);
            let detached = grammar.detached(&root, &child);
            for made in [&child, &grandchild, &detached] {
                prop_assert_eq!(grammar.origin_of(made.as_str()), &id);
            }
        }
        let tags = Tags::default().with(tags::DELAY, delay.as_str());
        match tags.delay() {
            Ok(Some(at)) => prop_assert_eq!(delay.parse(), Ok(at.get())),
            Ok(None) => prop_assert!(false, "the tag is there"),
            Err(text) => prop_assert_eq!(text, delay),
        }
        Ok(())
    });
}
