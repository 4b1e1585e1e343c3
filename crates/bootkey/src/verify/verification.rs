//! The answer to whether a key is still what its record says.

use super::verdict::Verdict;
use key_read::BadRange;
use serde::Serialize;

/// A finding: something that is not as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The owner of the bytes: `isos/file /debian.iso`.
    pub owner: String,
    /// The first wrong byte in the image, if it is one that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The number of wrong bytes, if they could be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The description of the fault.
    pub what: String,
    /// Whether the medium cannot give these bytes.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub is_bad_sector: bool,
}

impl Finding {
    pub(super) fn about(owner: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            owner: owner.into(),
            offset: None,
            bytes: None,
            what: what.into(),
            is_bad_sector: false,
        }
    }

    /// A finding about bytes that the medium cannot give, in its own words.
    pub(super) fn cannot_be_read(owner: &str, bad: &BadRange) -> Self {
        Self {
            owner: owner.to_owned(),
            offset: Some(bad.bytes.start),
            bytes: Some(bad.bytes.end - bad.bytes.start),
            what: bad.to_string(),
            is_bad_sector: true,
        }
    }
}

/// The result of verifying a key.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// The answer.
    pub verdict: Verdict,
    /// The faults.
    pub wrong: Vec<Finding>,
    /// The changes by those who used the key.
    pub changed: Vec<String>,
    /// Notes on the answer: what was checked, and what was not.
    pub notes: Vec<String>,
    /// Files whose bytes nothing vouches for, because the record has no digest of them.
    pub not_vouched: Vec<String>,
    /// Bytes that have an owner and were compared or digested.
    pub checked: u64,
}

impl Verification {
    /// Nothing is found yet.
    pub(super) fn new() -> Self {
        Self {
            verdict: Verdict::Sound,
            wrong: Vec::new(),
            changed: Vec::new(),
            notes: Vec::new(),
            not_vouched: Vec::new(),
            checked: 0,
        }
    }
}

/// A function that is told how many bytes of how many were read.
pub type OnRead<'a> = dyn FnMut(u64, u64) + 'a;
