//! The small words of the protocol: addresses, cron lines, ids.
#![allow(clippy::unwrap_used)]

use resonate_core::address::{Address, AddressProblem, Cast, Fit};
use resonate_core::cron::{Cron, CronProblem};
use resonate_core::execution::ids::{IdGrammar, RootIdProblem};
use resonate_core::{Millis, PromiseId};

#[test]
fn addresses_are_read_as_the_servers_read_them_and_written_back() {
    let any = |group: &str, id| Address::poll(Cast::Any, group, id);
    let uni = |group: &str, id| Address::poll(Cast::Uni, group, id);
    let table = [
        ("poll://any@g", any("g", None), "poll://any@g"),
        (
            "poll://any@MyG/w1",
            any("MyG", Some("w1")),
            "poll://any@MyG/w1",
        ),
        ("poll://uni@g/a", uni("g", Some("a")), "poll://uni@g/a"),
        ("poll://uni@g", uni("g", None), "poll://uni@g"),
        ("POLL://any@g/", any("g", None), "poll://any@g"),
        (
            "poll://any:secret@g:80/a?b#c",
            any("g", Some("a")),
            "poll://any@g/a",
        ),
        ("poll://any@g?b", any("g", None), "poll://any@g"),
        ("poll://any@g#b", any("g", None), "poll://any@g"),
        (
            "poll://any@a%20b/c%2Fd",
            any("a%20b", Some("c%2Fd")),
            "poll://any@a%20b/c%2Fd",
        ),
        (
            "poll://any@g/a/b",
            any("g", Some("a/b")),
            "poll://any@g/a/b",
        ),
        (
            "poll://any@grüße/ä",
            any("grüße", Some("ä")),
            "poll://any@grüße/ä",
        ),
        (
            "http://h/x?y=1#z",
            Address::Http("http://h/x?y=1#z".into()),
            "http://h/x?y=1#z",
        ),
        (
            "HTTPS://u:p@h:8080",
            Address::Http("HTTPS://u:p@h:8080".into()),
            "HTTPS://u:p@h:8080",
        ),
        (
            "http://[::1]:80/",
            Address::Http("http://[::1]:80/".into()),
            "http://[::1]:80/",
        ),
    ];
    for (text, address, written) in table {
        assert_eq!(text.parse(), Ok(address.clone()), "{text}");
        assert_eq!(address.to_string(), written, "{text}");
        assert_eq!(written.parse(), Ok(address), "{text}");
    }
}

#[test]
fn what_is_no_address_is_refused_with_the_reason_and_the_accepted_forms() {
    let table = [
        ("", AddressProblem::NoScheme),
        ("x", AddressProblem::NoScheme),
        ("default", AddressProblem::NoScheme),
        ("poll:any@g", AddressProblem::NoScheme),
        ("nats://g", AddressProblem::UnknownScheme),
        ("bash://", AddressProblem::UnknownScheme),
        ("poll://g/x", AddressProblem::NoCast),
        ("poll://@g", AddressProblem::NoCast),
        ("poll://Any@g", AddressProblem::NoCast),
        ("poll://UNI@g/a", AddressProblem::NoCast),
        ("poll://some@g", AddressProblem::NoCast),
        ("poll://g/any@g", AddressProblem::NoCast),
        ("poll://any@", AddressProblem::NoHost),
        ("poll://any@/a", AddressProblem::NoHost),
        ("poll://any@:80/a", AddressProblem::NoHost),
        ("http://", AddressProblem::NoHost),
        ("https:///path", AddressProblem::NoHost),
        ("poll://any@g x", AddressProblem::BadHost),
        ("poll://any@g\n", AddressProblem::BadHost),
        ("poll://any@g|h", AddressProblem::BadHost),
        ("poll://any@g:h", AddressProblem::BadPort),
        ("poll://any@g:65536", AddressProblem::BadPort),
        ("http://h:+1", AddressProblem::BadPort),
        ("poll://any@g/a\0", AddressProblem::BadPath),
        ("http://h/a b", AddressProblem::BadPath),
    ];
    for (text, problem) in table {
        let error = text.parse::<Address>().expect_err(text);
        assert_eq!(error.problem, problem, "{text:?}");
        assert!(
            error.to_string().contains("poll://uni@group/process"),
            "{error}"
        );
        assert!(!error.to_string().contains(['\n', '\0']), "{text:?}");
    }
}

#[test]
fn an_address_means_the_processes_that_it_should() {
    let table = [
        ("poll://any@g", "g", "a", Fit::Group),
        ("poll://any@g/a", "g", "a", Fit::Process),
        ("poll://any@g/a", "g", "b", Fit::Group),
        ("poll://any@g/a", "h", "a", Fit::Never),
        ("poll://uni@g/a", "g", "a", Fit::Process),
        ("poll://uni@g/a", "g", "b", Fit::Never),
        ("poll://uni@g", "g", "a", Fit::Never),
        ("poll://uni@g", "g", "", Fit::Never),
        ("poll://any@G", "g", "a", Fit::Never),
        ("http://g/a", "g", "a", Fit::Never),
    ];
    for (text, group, pid, fit) in table {
        let address: Address = text.parse().unwrap();
        assert_eq!(address.fit(group, pid), fit, "{text} and {group}/{pid}");
        assert_eq!(address.matches(group, pid), fit != Fit::Never);
    }
    assert!(Fit::Process > Fit::Group && Fit::Group > Fit::Never);
}

/// 2026-03-01T00:00:00Z, a Sunday.
const SUNDAY: i64 = 1_772_323_200_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

#[test]
fn a_cron_line_fires_strictly_after_in_utc() {
    let table = [
        ("* * * * *", 90_000, 120_000),
        ("* * * * *", 120_000, 180_000),
        ("* * * * *", 119_999, 120_000),
        ("*/2 * * * * *", 1_500, 2_000),
        ("0 0 * * 1", SUNDAY, SUNDAY + 7 * DAY),
        ("0 0 * * 1", SUNDAY + 1, SUNDAY + 7 * DAY),
        ("0 0 * * 2", SUNDAY, SUNDAY + DAY),
        ("0 0 * * MON", SUNDAY, SUNDAY + DAY),
        ("0 0 * * 7", SUNDAY, SUNDAY + 6 * DAY),
        ("0 0 ? * sat", SUNDAY, SUNDAY + 6 * DAY),
        ("30 3 * * ?", SUNDAY, SUNDAY + 3 * HOUR + 30 * MINUTE),
        (
            "15 30 3 * * *",
            SUNDAY,
            SUNDAY + 3 * HOUR + 30 * MINUTE + 15_000,
        ),
        ("*/15 9-17 * * MON-FRI", SUNDAY, SUNDAY + DAY + 9 * HOUR),
        ("0 0 1,15 * *", SUNDAY, SUNDAY + 14 * DAY),
        ("0 0 13 * FRI", SUNDAY, SUNDAY + 12 * DAY),
        ("0 0 31 4-5 *", SUNDAY, SUNDAY + 91 * DAY),
        ("0 0 29 FEB *", SUNDAY, 1_835_395_200_000),
        ("  0\t0  1 JAN *  ", SUNDAY, 1_798_761_600_000),
        ("0 0 0 1 1 * 2030", SUNDAY, 1_893_456_000_000),
        ("@hourly", SUNDAY, SUNDAY + HOUR),
        ("@daily", SUNDAY, SUNDAY + DAY),
        ("@weekly", SUNDAY, SUNDAY + 7 * DAY),
        ("@monthly", SUNDAY, SUNDAY + 31 * DAY),
        ("@yearly", SUNDAY, 1_798_761_600_000),
    ];
    for (line, after, next) in table {
        let cron: Cron = line.parse().unwrap();
        assert_eq!(
            cron.next_after(Millis::new(after)),
            Some(Millis::new(next)),
            "`{line}`"
        );
        assert_eq!(cron.to_string(), line);
    }
}

#[test]
fn a_line_that_will_not_fire_again_says_so() {
    let past: Cron = "0 0 0 1 1 * 2020".parse().unwrap();
    assert_eq!(past.next_after(Millis::new(SUNDAY)), None);
    let never: Cron = "0 0 30 2 *".parse().unwrap();
    assert_eq!(never.next_after(Millis::new(SUNDAY)), None);
}

#[test]
fn missed_occurrences_are_listed_once_each_and_in_order() {
    let cron: Cron = "* * * * *".parse().unwrap();
    let missed = cron.occurrences(Millis::new(60_000), Millis::new(300_000));
    let missed: Vec<i64> = missed.map(Millis::get).collect();
    assert_eq!(missed, [120_000, 180_000, 240_000, 300_000]);
    assert_eq!(
        cron.occurrences(Millis::new(120_000), Millis::new(179_999))
            .count(),
        0
    );
}

#[test]
fn what_is_no_cron_line_is_refused_with_the_field_and_an_example() {
    let table = [
        ("", "it has 0 fields"),
        ("nope", "it has 1 field and"),
        ("* * * *", "it has 4 fields"),
        ("* * * * * * * *", "it has 8 fields"),
        ("@often", "`@hourly`"),
        ("@daily 3", "it has 2 fields"),
        ("0 0 * * 0", "day of the week is `0`"),
        ("60 * * * *", "minute is `60`"),
        ("* * * * W", "day of the week is `W`"),
        ("* 5-3 * * *", "hour is `5-3`"),
        ("* * * JANUARYY *", "month is `JANUARYY`"),
        ("* * , * *", "day of the month is `,`"),
    ];
    for (line, said) in table {
        let error = line.parse::<Cron>().expect_err(line).to_string();
        assert!(error.contains(said), "`{line}`: {error}");
    }
    let long = "0,".repeat(600) + "0 * * * *";
    assert_eq!(
        long.parse::<Cron>().unwrap_err().problem,
        CronProblem::TooLong
    );
}

#[test]
fn ids_are_joined_as_their_grammar_says() {
    use IdGrammar::{Colon, Dot};
    let table = [
        (Colon, "root", "root:7"),
        (Colon, "my.app", "my.app:7"),
        (Colon, "root:0", "root:0.7"),
        (Colon, "root:0.1", "root:0.1.7"),
        (Dot, "root", "root.7"),
        (Dot, "eu:root", "eu:root.7"),
        (Dot, "root.0.1", "root.0.1.7"),
    ];
    for (grammar, parent, child) in table {
        let made = grammar.child(&parent.into(), 7);
        assert_eq!(made.as_str(), child, "{grammar:?}");
        assert_eq!(
            grammar.origin_of(child),
            grammar.origin_of(parent),
            "{grammar:?}"
        );
    }
    assert_eq!(Colon.origin_of("root:0.1"), "root");
    assert_eq!(Colon.origin_of("root"), "root");
    assert_eq!(Dot.origin_of("root.0.1"), "root");
}

#[test]
fn a_detached_id_hangs_off_the_origin_and_never_changes() {
    let origin = PromiseId::from("root");
    let id = |grammar: IdGrammar, child: &str| grammar.detached(&origin, &child.into());
    assert_eq!(
        id(IdGrammar::Colon, "root:3").as_str(),
        "root:df8bc892487aa181a"
    );
    assert_eq!(
        id(IdGrammar::Dot, "root.3").as_str(),
        "root.df878712487702286"
    );
    assert_ne!(
        id(IdGrammar::Colon, "root:3"),
        id(IdGrammar::Colon, "root:4")
    );
    let nested = IdGrammar::Colon.detached(&origin, &"root:1.0.4".into());
    assert_eq!(IdGrammar::Colon.origin_of(nested.as_str()), "root");
}

#[test]
fn a_root_id_that_would_be_misread_is_refused_with_what_to_write_instead() {
    use IdGrammar::{Colon, Dot};
    let long = "x".repeat(1025);
    let table = [
        (Colon, "", RootIdProblem::Empty, "order-17"),
        (Colon, "a\0b", RootIdProblem::Nul, "write `ab`"),
        (
            Colon,
            "my:app",
            RootIdProblem::Separator(':'),
            "write `my-app`",
        ),
        (
            Dot,
            "my.app",
            RootIdProblem::Separator('.'),
            "write `my-app`",
        ),
        (
            Colon,
            &*long,
            RootIdProblem::TooLong { bytes: 1025 },
            "1024",
        ),
    ];
    for (grammar, id, problem, said) in table {
        let error = grammar.validate_root(id).expect_err(id);
        assert_eq!(error.problem, problem);
        assert!(error.to_string().contains(said), "{error}");
    }
    let fine = [
        (Colon, "my.app"),
        (Dot, "my:app"),
        (Colon, "grüße/17 b"),
        (Dot, &long[1..]),
    ];
    for (grammar, id) in fine {
        assert_eq!(grammar.validate_root(id), Ok(()));
        let prefixed = grammar.with_prefix("eu", id);
        assert_eq!(grammar.origin_of(prefixed.as_str()), prefixed.as_str());
        assert_eq!(grammar.with_prefix("", id).as_str(), id);
    }
}
