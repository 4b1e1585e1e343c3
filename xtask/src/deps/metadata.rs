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
pub(crate) fn read() -> Result<Vec<Package>, Error> {
    let mut command = sh::cargo();
    command.args(["metadata", "--locked", "--format-version", "1"]);
    command.stderr(std::process::Stdio::inherit());
    let program = sh::line(&command);
    let out = command.output();
    let out = out.map_err(|source| Error::Start { program: program.clone(), source })?;
    if !out.status.success() {
        return Err(Error::Failed { program, status: out.status });
    }
    let json = serde_json::from_slice(&out.stdout);
    let json =
        json.map_err(|e| Error::Answer { program: program.clone(), reason: e.to_string() })?;
    parse(&json)
        .ok_or_else(|| Error::Answer { program, reason: "no list of packages in it".to_owned() })
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
