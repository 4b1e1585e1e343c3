//! Variables and positional parameters.

use crate::configs::budget::{Budget, Spent};
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
struct Variable {
    value: String,
    exported: bool,
}

/// The variables of a menu and of the menus it was reached from, and the positional parameters.
///
/// What an entry's commands set is taken back before the next one is looked at: a journal of the
/// present context has what was there before.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// One of each menu that is open; only the last one is seen.
    contexts: Vec<BTreeMap<String, Variable>>,
    journal: Vec<(String, Option<Variable>)>,
    /// `$1`, `$2`… of the functions and entries that are running.
    pub(super) scopes: Vec<Vec<String>>,
}

impl Environment {
    /// An environment with exported variables.
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
        budget: &mut Budget,
    ) -> Result<(), Spent> {
        budget.charge_bytes(64 + name.len() * 2 + value.len())?;
        // GRUB takes `(hd0)` for `hd0` here.
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

    /// Lets a variable be seen in the menus that are opened from this one.
    pub(super) fn export(&mut self, name: &str, budget: &mut Budget) -> Result<(), Spent> {
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

    /// Takes back what was set in this context since the mark.
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

    /// Opens the context of another menu: with the exported variables only.
    pub(super) fn open(&mut self, budget: &mut Budget) -> Result<(), Spent> {
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

    /// Closes it again, and forgets what was set in it since the mark, which was made before.
    pub(super) fn close(&mut self, mark: usize) {
        self.contexts.pop();
        self.journal.truncate(mark);
    }

    /// The positional parameters.
    pub(super) fn parameters(&self) -> Option<&[String]> {
        self.scopes.last().map(Vec::as_slice)
    }
}
