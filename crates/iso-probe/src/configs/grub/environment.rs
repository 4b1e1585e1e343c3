//! Variables and positional parameters.

use crate::configs::budget::{MenuBudget, Spent};
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
struct Variable {
    value: String,
    exported: bool,
}

/// The variables of a menu and of the menus it was reached from, and the positional parameters.
///
/// What one entry's commands set is undone before the next entry is run: a journal of the current
/// context records the values that were there before.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// The variables of each open menu; only those of the last are seen.
    contexts: Vec<BTreeMap<String, Variable>>,
    journal: Vec<(String, Option<Variable>)>,
    /// `$1`, `$2`… of the functions and entries that are running.
    pub(super) scopes: Vec<Vec<String>>,
}

impl Environment {
    /// An environment with these exported variables.
    pub(super) fn new(variables: &[(&str, &str)]) -> Self {
        let variable = |value: &str| Variable { value: value.to_owned(), exported: true };
        let first = variables.iter().map(|(name, value)| ((*name).to_owned(), variable(value)));
        Self { contexts: vec![first.collect()], ..Self::default() }
    }

    /// The value of a variable; empty when it is not set.
    pub(super) fn get(&self, name: &str) -> &str {
        let context = self.contexts.last();
        context.and_then(|c| c.get(name)).map_or("", |variable| variable.value.as_str())
    }

    /// Sets a variable.
    pub(super) fn set(
        &mut self,
        name: &str,
        value: &str,
        budget: &mut MenuBudget,
    ) -> Result<(), Spent> {
        budget.charge_bytes(64 + name.len() * 2 + value.len())?;
        // In the value of `root`, GRUB removes the parentheses: `(hd0)` becomes `hd0`.
        let bare = value.strip_prefix('(').and_then(|v| v.strip_suffix(')'));
        let value = bare.filter(|_| name == "root").unwrap_or(value).to_owned();
        let Some(context) = self.contexts.last_mut() else { return Ok(()) };
        let exported = context.get(name).is_some_and(|variable| variable.exported);
        let old = context.insert(name.to_owned(), Variable { value, exported });
        self.journal.push((name.to_owned(), old));
        Ok(())
    }

    /// Removes a variable.
    pub(super) fn unset(&mut self, name: &str) {
        if let Some(context) = self.contexts.last_mut()
            && let Some((name, old)) = context.remove_entry(name)
        {
            self.journal.push((name, Some(old)));
        }
    }

    /// Exports a variable, so that the menus opened from this one see it.
    pub(super) fn export(&mut self, name: &str, budget: &mut MenuBudget) -> Result<(), Spent> {
        let value = self.get(name).to_owned();
        self.set(name, &value, budget)?;
        let context = self.contexts.last_mut();
        if let Some(variable) = context.and_then(|context| context.get_mut(name)) {
            variable.exported = true;
        }
        Ok(())
    }

    /// A mark to roll back to.
    pub(super) fn mark(&self) -> usize {
        self.journal.len()
    }

    /// Undoes what was set in this context since the mark.
    pub(super) fn roll_back(&mut self, mark: usize) {
        let Some(context) = self.contexts.last_mut() else { return };
        while self.journal.len() > mark {
            match self.journal.pop() {
                Some((name, Some(old))) => context.insert(name, old),
                Some((name, None)) => context.remove(&name),
                None => None,
            };
        }
    }

    /// Opens the context of another menu, which has the exported variables only.
    pub(super) fn open(&mut self, budget: &mut MenuBudget) -> Result<(), Spent> {
        let mut context = BTreeMap::new();
        for (name, variable) in self.contexts.last().into_iter().flatten() {
            if variable.exported {
                budget.charge_bytes(64 + name.len() + variable.value.len())?;
                context.insert(name.clone(), variable.clone());
            }
        }
        self.contexts.push(context);
        Ok(())
    }

    /// Closes the context, and forgets what was set in it. `mark` was made before it was opened.
    pub(super) fn close(&mut self, mark: usize) {
        self.contexts.pop();
        self.journal.truncate(mark);
    }

    /// The positional parameters.
    pub(super) fn parameters(&self) -> Option<&[String]> {
        self.scopes.last().map(Vec::as_slice)
    }
}
