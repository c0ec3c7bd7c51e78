//! The examples are the `[[example]]` entries of this package.
