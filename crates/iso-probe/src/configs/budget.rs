//! The budget for reading all menus of one ISO.

/// The units of work for the menus of one ISO. Menus that distributions ship take a few thousand. A
/// million units take about 0.1 seconds, and at most 32 MiB of memory.
const UNITS: usize = 1_000_000;
/// The number of bytes of text or values that cost one unit.
const BYTES: usize = 16;

/// The budget of work for the menus of one ISO. Bytes read, tokens, commands, loops, directory
/// entries, values and results are all charged to it.
#[derive(Debug)]
pub(super) struct MenuBudget {
    left: usize,
}

/// The error that the budget is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spent;

impl MenuBudget {
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

impl Default for MenuBudget {
    fn default() -> Self {
        Self { left: UNITS }
    }
}
