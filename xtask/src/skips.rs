//! Skipped tests with their reasons, and the list of those that may be skipped:
//! `tests/skips.toml`.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::sh::{self, Error};

/// The list of tests that may be skipped in CI.
const LIST: &str = "tests/skips.toml";

/// A test that was skipped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Skip {
    /// The test's name, as its harness has it.
    test: String,
    reason: String,
}

/// The file in which tests note their skips.
#[derive(Debug)]
pub(crate) struct Log(PathBuf);

impl Log {
    /// Makes an empty file.
    pub(crate) fn new() -> Self {
        let log = sh::root().join("target/skipped-tests.txt");
        let _ = std::fs::remove_file(&log); // of an earlier run, if there was one
        Self(log)
    }

    /// The file, whose name the tests get in `BOOTKEY_SKIP_LOG`.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The skips that were noted, each once.
    pub(crate) fn read(&self) -> BTreeSet<Skip> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        text.lines().map(Skip::parse).collect()
    }
}

impl Skip {
    pub(crate) fn new(test: &str, reason: &str) -> Self {
        Self { test: test.to_owned(), reason: reason.to_owned() }
    }

    /// Reads a line `test::of::a::module: the reason`.
    fn parse(line: &str) -> Self {
        let (test, reason) = line.split_once(": ").unwrap_or((line, "for no reason"));
        Self::new(test, reason)
    }

    /// The test's name.
    pub(crate) fn test(&self) -> &str {
        &self.test
    }
}

impl std::fmt::Display for Skip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.test, self.reason)
    }
}

/// The skips that are allowed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Allowed {
    skip: Vec<Allowance>,
}

/// A reason for which some tests may be skipped.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowance {
    tests: Vec<String>,
    /// The beginning of the reason that the test notes.
    reason: String,
    /// The explanation why the skip is all right, for readers of the list.
    #[serde(rename = "why")]
    _why: String,
}

impl Allowed {
    /// The list in the repository.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read() -> Result<Self, Error> {
        let path = sh::root().join(LIST);
        let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|e| Error::Objection(format!("{LIST}: {e}")))
    }

    /// Refuses skips that are not in the list.
    ///
    /// # Errors
    /// [`Error::Objection`], naming them all.
    pub(crate) fn check<'s>(&self, skips: impl IntoIterator<Item = &'s Skip>) -> Result<(), Error> {
        let is_listed = |skip: &Skip| {
            let mut fitting = self.skip.iter().filter(|a| skip.reason.starts_with(&a.reason));
            fitting.any(|a| a.tests.contains(&skip.test))
        };
        let others: Vec<_> =
            skips.into_iter().filter(|s| !is_listed(s)).map(|s| format!("  {s}")).collect();
        if others.is_empty() {
            return Ok(());
        }
        Err(Error::Objection(format!("skipped, and not in {LIST}:\n{}", others.join("\n"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[[skip]]\ntests = [\"a::b\"]\nreason = \"no FUSE\"\nwhy = \"x\"\n";

    #[test]
    fn only_what_is_listed_may_be_skipped() {
        let allowed = Allowed::parse(TEXT).unwrap();
        let skips = |lines: &[&str]| lines.iter().map(|l| Skip::parse(l)).collect::<Vec<_>>();
        allowed.check(&skips(&["a::b: no FUSE here"])).unwrap();
        allowed.check(&[]).unwrap();
        for other in ["a::b: no time", "a::c: no FUSE here", "a::b"] {
            let e = allowed.check(&skips(&["a::b: no FUSE here", other])).unwrap_err().to_string();
            assert!(e.contains(&format!("\n  {other}")) && !e.contains("FUSE here\n"), "{e}");
        }
    }

    #[test]
    fn the_list_can_be_read_and_says_why() {
        Allowed::parse(&TEXT.replace("why", "because")).unwrap_err();
        Allowed::parse("[[skip]]\ntests = [\"a\"]\nreason = \"b\"\n").unwrap_err();
    }

    #[test]
    fn the_list_names_tests_that_there_are() {
        let mut grep = std::process::Command::new("grep");
        grep.args(["-rhoE", "--include=*.rs", r"fn \w+\(\)"]).args(["crates", "tests", "xtask"]);
        let found = testbench::run(grep.current_dir(sh::root())).expect_success("grep").stdout;
        for allowance in Allowed::read().unwrap().skip {
            // `msrv` is not the name of a test, but of a step of `cargo xtask test`.
            for test in allowance.tests.iter().filter(|t| *t != "msrv") {
                let name = test.rsplit("::").next().unwrap_or(test);
                assert!(found.contains(&format!("fn {name}()")), "there is no test {test}");
            }
        }
    }
}
