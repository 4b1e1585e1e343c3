//! Steps that are all run, even if earlier ones fail, and their summary.

use std::time::{Duration, Instant};

use crate::sh::Error;

/// The results of the steps so far.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<(String, Duration, Option<String>)>,
}

impl Steps {
    /// Runs a step under a heading.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<(), Error>) {
        eprintln!("\n== {name}");
        let start = Instant::now();
        let error = work().err().map(|e| e.to_string());
        if let Some(error) = &error {
            eprintln!("== {name}: {error}");
        }
        self.done.push((name.to_owned(), start.elapsed(), error));
    }

    /// The summary, a line for each step: its result and its time.
    pub(crate) fn summary(&self) -> String {
        let line = |(name, took, error): &(String, Duration, Option<String>)| {
            let verdict = if error.is_some() { "FAILED" } else { "ok" };
            let why = error.as_ref().map(|e| format!("  {e}")).unwrap_or_default();
            format!("{verdict:6}  {:6.1} s  {name}{why}\n", took.as_secs_f64())
        };
        self.done.iter().map(line).collect()
    }

    /// The result of all steps: an error that names those that failed, if any did.
    pub(crate) fn verdict(&self) -> Result<(), Error> {
        let failed: Vec<_> =
            self.done.iter().filter(|d| d.2.is_some()).map(|d| d.0.as_str()).collect();
        if failed.is_empty() {
            return Ok(());
        }
        Err(Error::Objection(format!("failed: {}", failed.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_does_not_stop_the_rest_and_is_not_forgotten() {
        let mut steps = Steps::default();
        let mut ran = false;
        steps.step("bad", || Err(Error::Missing("no luck".into())));
        steps.step("good", || {
            ran = true;
            Ok(())
        });
        assert!(ran);
        assert!(steps.summary().starts_with("FAILED"), "{}", steps.summary());
        assert!(steps.summary().contains("bad  no luck\nok"), "{}", steps.summary());
        assert_eq!(steps.verdict().unwrap_err().to_string(), "failed: bad");
    }

    #[test]
    fn nothing_failed() {
        let mut steps = Steps::default();
        steps.step("good", || Ok(()));
        steps.verdict().unwrap();
    }
}
