//! What billing can do, for those who call it and for those who do it.
//!
//! This crate has no bodies, and no async runtime among its dependencies.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Its number.
    pub number: String,
    /// How much it was.
    pub cents: u64,
}

/// Why nothing was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChargeError {
    /// The bank said no.
    Declined {
        /// What it would have taken.
        limit: u64,
    },
}

impl fmt::Display for ChargeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Declined { limit } = self;
        write!(f, "the bank takes at most {limit} cents")
    }
}

impl std::error::Error for ChargeError {}

/// The bank will not say anything else the next time, so the charge is not tried again.
impl resonate::Final for ChargeError {
    fn is_final(&self) -> bool {
        true
    }
}

/// Charges a card, once.
#[resonate::declare(
    name = "billing/charge",
    version = 2,
    target = "billing",
    timeout = "1h"
)]
pub async fn charge(card: String, cents: u64) -> Result<Receipt, ChargeError>;

/// Gives the money of a receipt back.
#[resonate::declare(name = "billing/refund", target = "billing")]
pub async fn refund(receipt: Receipt, reason: Option<String>) -> resonate::Result<String>;
