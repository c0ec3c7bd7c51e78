//! The examples are the `[[example]]` entries of this package. What follows is the README, whose
//! programs are compiled and run as this package's documentation tests.
#![doc = include_str!("../../README.md")]
