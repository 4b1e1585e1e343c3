//! The bill of materials of the program, as CycloneDX 1.5: <https://cyclonedx.org/docs/1.5/json/>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::compile::{Architecture, Compiled};
use super::release::Release;
use crate::deps::metadata::in_tree;
use crate::sh::{self, Error};

/// A crate that is compiled into the program.
#[derive(Debug, Clone, Default)]
pub(crate) struct Crate {
    pub name: String,
    pub version: String,
    /// The licence, as an SPDX expression.
    pub licence: Option<String>,
    /// The SHA-256 of its package, if it comes from a registry; ours do not.
    pub checksum: Option<String>,
    /// The directory of its sources.
    pub dir: PathBuf,
    /// The indices of crates that it uses, in their list.
    pub uses: Vec<usize>,
}

impl Crate {
    /// The name of a package as a URL: <https://github.com/package-url/purl-spec>
    fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version.replace('+', "%2B"))
    }
}

/// Asks cargo for the crates that the program is made of, bootkey itself included.
pub(crate) fn packages(root: &Path, architecture: Architecture) -> Result<Vec<Crate>, Error> {
    let target = architecture.target();
    let mut metadata = sh::cargo();
    metadata.current_dir(root).args(["metadata", "--locked", "--format-version=1"]);
    let metadata = sh::answer(metadata.args(["--filter-platform", &target]))?;
    let mut tree = sh::cargo();
    tree.current_dir(root).args(["tree", "--locked", "-p", "bootkey", "--edges=normal"]);
    let tree = sh::answer(tree.args(["--prefix=none", "--target", &target]))?;
    let lock = root.join("Cargo.lock");
    let lock = std::fs::read_to_string(&lock).map_err(Error::io(&lock))?;
    let unread = |reason: String| Error::Answer { program: "cargo metadata".into(), reason };
    let metadata = serde_json::from_str(&metadata).map_err(|e| unread(e.to_string()))?;
    let lock = toml::from_str(&lock).map_err(|e| unread(e.to_string()))?;
    let crates = parse(&metadata, &tree, &lock);
    if !crates.iter().any(|c| c.name == "bootkey") {
        return Err(unread("bootkey is not in its own tree".into()));
    }
    Ok(crates)
}

/// The crates that the tree names, in its lines `name v1.2.3 …`, as the metadata and the lock have them.
///
/// The metadata has more than is compiled: see `deps/metadata.rs`.
fn parse(metadata: &Value, tree: &str, lock: &toml::Table) -> Vec<Crate> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let in_tree = in_tree(tree);
    let locked = lock.get("package").and_then(toml::Value::as_array);
    let checksum = |name: &str, version: &str| {
        let is = |p: &&toml::Value| {
            let says = |key: &str, value| p.get(key).and_then(toml::Value::as_str) == Some(value);
            says("name", name) && says("version", version)
        };
        let found = locked?.iter().find(is)?;
        Some(found.get("checksum")?.as_str()?.to_owned())
    };
    let mut ids = Vec::new();
    let mut crates = Vec::new();
    for package in list(&metadata["packages"]) {
        let (name, version) = (text(&package["name"]), text(&package["version"]));
        if !in_tree.contains(&(name.as_str(), version.as_str())) {
            continue;
        }
        ids.push(text(&package["id"]));
        crates.push(Crate {
            checksum: checksum(&name, &version),
            licence: package["license"].as_str().map(str::to_owned),
            dir: Path::new(&text(&package["manifest_path"]))
                .parent()
                .map(Path::to_owned)
                .unwrap_or_default(),
            name,
            version,
            uses: Vec::new(),
        });
    }
    let index: BTreeMap<&str, usize> =
        ids.iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    for node in list(&metadata["resolve"]["nodes"]) {
        let Some(&user) = node["id"].as_str().and_then(|id| index.get(id)) else { continue };
        for used in list(&node["deps"]) {
            let runs = list(&used["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
            if let (true, Some(&used)) = (runs, used["pkg"].as_str().and_then(|id| index.get(id))) {
                crates[user].uses.push(used);
            }
        }
        crates[user].uses.sort_unstable();
        crates[user].uses.dedup();
    }
    crates
}

/// The document.
pub(crate) fn bill(release: &Release, crates: &[Crate], program: &Compiled) -> String {
    let component = |c: &Crate| {
        let mut component = json!({
            "type": "library",
            "bom-ref": c.purl(),
            "name": c.name,
            "version": c.version,
            "purl": c.purl(),
        });
        if let Some(licence) = &c.licence {
            // Old manifests separate alternatives by a slash.
            component["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
        }
        if let Some(checksum) = &c.checksum {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        component
    };
    let is_program = |c: &&Crate| c.name == "bootkey";
    let mut main = crates.iter().find(is_program).map(component).unwrap_or_default();
    main["type"] = "application".into();
    main["hashes"] = json!([{
        "alg": "SHA-256",
        "content": hex_digest::sha256_hex(&program.bytes),
    }]);
    main["properties"] =
        json!([{ "name": "bootkey:target", "value": program.architecture.target() }]);
    let std = format!("pkg:generic/rust-std@{}", release.rust);
    let mut components: Vec<_> = crates.iter().filter(|c| !is_program(c)).map(component).collect();
    components.push(json!({
        "type": "library",
        "bom-ref": std,
        "name": "rust-std",
        "version": release.rust,
        "description": "Rust's standard library for this target, with the C library musl in it",
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
        "purl": std,
    }));
    let uses = |c: &Crate| {
        let used = c.uses.iter().map(|i| crates[*i].purl()).chain([std.clone()]);
        json!({ "ref": c.purl(), "dependsOn": used.collect::<Vec<_>>() })
    };
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": main },
        "components": components,
        "dependencies": crates.iter().map(uses).collect::<Vec<_>>(),
    });
    format!("{bill:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Vec<Crate> {
        let package = |name: &str, version: &str| {
            json!({
                "id": format!("{name}#{version}"),
                "name": name,
                "version": version,
                "license": "MIT/Apache-2.0",
                "manifest_path": format!("/src/{name}/Cargo.toml"),
            })
        };
        let uses =
            |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let metadata = json!({
            "packages": [package("bootkey", "1.2.3"), package("tar", "0.4.0"), package("cc", "1.0.0")],
            "resolve": { "nodes": [{
                "id": "bootkey#1.2.3",
                "deps": [uses("tar#0.4.0", Value::Null), uses("cc#1.0.0", "build".into())],
            }] },
        });
        let lock = "[[package]]\nname = \"tar\"\nversion = \"0.4.0\"\nchecksum = \"ab\"\n";
        parse(&metadata, "bootkey v1.2.3 (/src)\ntar v0.4.0 (*)\n", &toml::from_str(lock).unwrap())
    }

    #[test]
    fn what_is_compiled_in_is_listed_with_what_it_uses_and_nothing_else() {
        let program = Compiled {
            architecture: Architecture::Aarch64,
            path: PathBuf::new(),
            bytes: b"abc".to_vec(),
        };
        let bill: Value =
            serde_json::from_str(&bill(&Release::example(), &example(), &program)).unwrap();
        let main = &bill["metadata"]["component"];
        // The digest of "abc", from FIPS 180-2.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(main["hashes"][0]["content"], abc);
        assert_eq!(main["properties"][0]["value"], "aarch64-unknown-linux-musl");
        let names: Vec<_> =
            bill["components"].as_array().unwrap().iter().map(|c| &c["purl"]).collect();
        assert_eq!(names, ["pkg:cargo/tar@0.4.0", "pkg:generic/rust-std@1.95.0"]);
        assert_eq!(bill["components"][0]["hashes"][0]["content"], "ab");
        assert_eq!(bill["components"][0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(bill["dependencies"][0]["ref"], "pkg:cargo/bootkey@1.2.3");
        assert_eq!(bill["dependencies"][0]["dependsOn"][0], "pkg:cargo/tar@0.4.0");
    }
}
