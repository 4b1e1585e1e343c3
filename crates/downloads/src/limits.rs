//! Limits: how much a server may send, and how slowly.

use std::time::Duration;

/// The limits of a document that is read into memory.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most bytes.
    pub max_len: u64,
    /// Whether an `https` address may lead to an `http` one. Right only where the bytes are
    /// checked by what came from elsewhere: a digest, or the signature of a key that is known.
    pub may_leave_https: bool,
}

impl Limits {
    /// At most `max_len` bytes, and `https` stays `https`.
    pub fn at_most(max_len: u64) -> Self {
        Self { max_len, may_leave_https: false }
    }
}

/// The patience with a slow server.
///
/// There is no limit on the whole time, because nobody knows how long 6 GB take on the line of
/// whoever downloads them; but a line that brings next to nothing for a while is given up.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Longest time to look up a name, to connect, and to get the head of an answer, each.
    pub patience: Duration,
    /// The time over which the rate is measured. Only time spent waiting for the server counts.
    pub window: Duration,
    /// Fewest bytes in that time.
    pub least: u64,
}

impl Default for Pace {
    fn default() -> Self {
        // Half a minute without data is what apt waits too; 1 KiB/s is below any modem.
        Self { patience: Duration::from_secs(30), window: Duration::from_secs(30), least: 30 << 10 }
    }
}
