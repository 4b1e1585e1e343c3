//! What reading all menus of one ISO may cost.

/// Units of work for the menus of one ISO. Menus that distributions ship take a few thousands;
/// the unit is set so that a million of them take some 0.1 seconds and keep at most 32 MiB.
const UNITS: usize = 1_000_000;
/// Bytes of text or values that cost one unit.
const BYTES: usize = 16;

/// The work that may still be done for the menus of one ISO: bytes read, tokens, commands, loops,
/// directory entries, values and results are all charged to it.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
}

/// The error of a budget with nothing left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spent;

impl Budget {
    /// A budget of `units`.
    #[cfg(test)]
    pub(super) fn of(units: usize) -> Self {
        Self { left: units }
    }

    /// Charges `units`.
    pub(super) fn charge(&mut self, units: usize) -> Result<(), Spent> {
        let left = self.left.checked_sub(units);
        self.left = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Spent)
    }

    /// Charges what `bytes` of text cost, and one unit for touching them.
    pub(super) fn charge_bytes(&mut self, bytes: usize) -> Result<(), Spent> {
        self.charge(1 + bytes / BYTES)
    }

    /// The units that are left.
    #[cfg(test)]
    pub(super) fn left(&self) -> usize {
        self.left
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: UNITS }
    }
}
