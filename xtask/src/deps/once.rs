//! The rule that CI compiles each crate once: xtask, which is built first, is built of crates with the
//! features that they have in the build of the tests.

use std::collections::BTreeSet;

use crate::sh::{self, Error};

/// The crates of xtask that the tests need with other features.
pub(crate) fn complaints() -> Result<Vec<String>, Error> {
    let tree = |of: &[&str]| {
        let words = ["tree", "--locked", "--prefix=none", "--format={p}|{f}"];
        sh::answer(sh::cargo().args(words).args(of))
    };
    let own = tree(&["--package=xtask", "--edges=normal"])?;
    let all = tree(&["--workspace", "--edges=normal,dev"])?;
    Ok(differing(&own, &all))
}

/// A complaint for each crate of `own` that `all` does not have with the same features. Each line is a
/// crate, `name v1.2.3`, and behind a bar its features. A crate can be in `all` several times: procedural
/// macros are built of crates of their own.
fn differing(own: &str, all: &str) -> Vec<String> {
    let [own, all] = [own, all].map(|lines| {
        // A crate that was listed before has `(*)` behind its features.
        let line = |line: &'_ str| line.trim_end_matches("(*)").trim().to_owned();
        lines.lines().map(line).filter(|line| !line.is_empty()).collect::<BTreeSet<_>>()
    });
    let complaint = |line: &String| {
        let (name, has) = line.split_once('|')?;
        let wanted: Vec<_> =
            all.iter().filter_map(|other| other.strip_prefix(name)?.strip_prefix('|')).collect();
        let wanted = wanted.join("] or [");
        Some(format!(
            "{name} is compiled twice: xtask/Cargo.toml wants [{has}] of it, the tests [{wanted}]"
        ))
    };
    own.difference(&all).filter_map(complaint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_with_fewer_features_is_compiled_twice() {
        let own = "a v1.0.0|std\nb v2.0.0 (/src/b)|\nb v2.0.0 (/src/b)| (*)\nc v3.0.0|\n";
        let all = "a v1.0.0|\na v1.0.0|std (*)\nb v2.0.0 (/src/b)|testing,x (*)\n\nc v3.0.0|\nd v4.0.0|std";
        let complaint = "b v2.0.0 (/src/b) is compiled twice: xtask/Cargo.toml wants [] of it, the tests [testing,x]";
        assert_eq!(differing(own, all), [complaint]);
        assert_eq!(differing(all, all), [""; 0]);
    }
}
