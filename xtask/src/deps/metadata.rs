//! The part of `cargo metadata` that the rules need.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use crate::sh::{self, Error};

/// A package of the resolved tree: ours, or one that ours need to build, run or be tested.
#[derive(Debug, Clone, Default)]
pub(crate) struct Package {
    pub name: String,
    pub version: String,
    /// Whether it is a member of this workspace.
    pub ours: bool,
    /// The licence, as an SPDX expression.
    pub license: Option<String>,
    /// The oldest Rust that it declares to build with.
    pub rust_version: Option<String>,
    /// The native library that it declares to link.
    pub links: Option<String>,
    /// Whether it has a build script, a program that is run during the build.
    pub build_script: bool,
    /// The names of the packages that it needs to run or build, but not of those for its tests.
    pub uses: BTreeSet<String>,
    /// The first files of its library and programs: `src/lib.rs`, `src/main.rs`.
    pub roots: Vec<PathBuf>,
}

/// Asks cargo, for all targets and not only this machine's.
///
/// `cargo metadata` has more than is ever built: a feature `x?/y`, which is for those who have `x`
/// anyway, counts there as if it asked for `x`. `cargo tree` knows better, and tells nothing but names.
pub(crate) fn read() -> Result<Vec<Package>, Error> {
    let (program, out) = ask("metadata", &["--locked", "--format-version", "1"])?;
    let bad = |reason: String| Error::Answer { program: program.clone(), reason };
    let json = serde_json::from_str(&out).map_err(|e| bad(e.to_string()))?;
    let packages = parse(&json).ok_or_else(|| bad("no list of packages in it".to_owned()))?;
    let all = ["--locked", "--workspace", "--target=all", "--edges=all", "--prefix=none"];
    let (_, tree) = ask("tree", &all)?;
    Ok(built(packages, &tree))
}

/// Cargo's answer. The first value is the command.
fn ask(subcommand: &str, args: &[&str]) -> Result<(String, String), Error> {
    let mut command = sh::cargo();
    command.arg(subcommand).args(args);
    Ok((sh::line(&command), sh::answer(&mut command)?))
}

/// The names and versions in what `cargo tree` prints, whose lines begin `name v1.2.3`.
pub(crate) fn in_tree(tree: &str) -> BTreeSet<(&str, &str)> {
    let line = |line| {
        let mut words = str::split(line, ' ');
        Some((words.next()?, words.next()?.strip_prefix('v')?))
    };
    tree.lines().filter_map(line).collect()
}

/// Those packages that are in the tree.
fn built(packages: Vec<Package>, tree: &str) -> Vec<Package> {
    let lines = in_tree(tree);
    packages.into_iter().filter(|p| lines.contains(&(&*p.name, &*p.version))).collect()
}

pub(crate) fn parse(json: &Value) -> Option<Vec<Package>> {
    let members = json["workspace_members"].as_array()?;
    json["packages"].as_array()?.iter().map(|p| package(p, members)).collect()
}

fn package(json: &Value, members: &[Value]) -> Option<Package> {
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    let list = |key: &str| json[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let is = |target: &Value, kind: &str| {
        target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|k| k == kind))
    };
    let roots = list("targets").iter().filter(|t| is(t, "lib") || is(t, "bin"));
    let needed = list("dependencies").iter().filter(|d| d["kind"] != "dev");
    Some(Package {
        name: text("name")?,
        version: text("version")?,
        ours: members.contains(&json["id"]),
        license: text("license"),
        rust_version: text("rust_version"),
        links: text("links"),
        build_script: list("targets").iter().any(|t| is(t, "custom-build")),
        uses: needed.filter_map(|d| d["name"].as_str().map(str::to_owned)).collect(),
        roots: roots.filter_map(|t| t["src_path"].as_str().map(PathBuf::from)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_does_not_build_is_left_out_and_nothing_else() {
        let named = |(name, version): (&str, &str)| Package {
            name: name.into(),
            version: version.into(),
            ..Package::default()
        };
        let all = [("a", "1.0.0"), ("b", "2.0.0"), ("b", "3.0.0"), ("ring", "0.17.0")].map(named);
        let tree = "a v1.0.0 (/src/a)\nb v3.0.0 (proc-macro) (*)\n\nring-like v0.17.0\n";
        let kept: Vec<_> = built(all.to_vec(), tree).into_iter().map(|p| p.version).collect();
        assert_eq!(kept, ["1.0.0", "3.0.0"]);

        let packages = read().unwrap();
        assert!(packages.iter().any(|p| p.name == "rustls"), "C-less, and in the tree");
        assert!(packages.iter().all(|p| p.name != "ring"), "named by rustls, and not built");
    }
}
