//! The messages people read when a durable function is not one, and what the macro leaves alone.

#[test]
fn every_mistake_is_one_message_at_its_token() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}

#[test]
fn whatever_is_allowed_compiles() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
