//! The rules about other people's crates.

use super::licence;
use super::metadata::Package;

/// Environment variables with which every build of C fails. rustc still works: it finds its linker
/// by the name `cc` in `PATH`, not by these variables.
pub const NO_C_COMPILER: [(&str, &str); 4] = [
    ("CC", "/bin/false"),
    ("CXX", "/bin/false"),
    ("CMAKE", "/bin/false"),
    ("PKG_CONFIG", "/bin/false"),
];

/// Crates that exist to compile, generate bindings to, or find C.
const C_BUILDERS: &[&str] = &[
    "autotools",
    "bindgen",
    "cbindgen",
    "cc",
    "cmake",
    "cpp_build",
    "cxx-build",
    "gcc",
    "make-cmd",
    "metadeps",
    "nasm-rs",
    "pkg-config",
    "system-deps",
    "vcpkg",
];

/// Crates whose build script was read: it asks rustc what it can do, sets a `cfg` or generates
/// Rust, and compiles nothing else. A new one is a program that runs on every developer's machine:
/// read it, then add its crate here.
const READ_BUILD_SCRIPTS: &[&str] = &[
    "assert_cmd",
    "crc24",
    "crc32fast",
    "curve25519-dalek",
    "generic-array",
    "getrandom",
    "httparse",
    "libc",
    "libm",
    "num-bigint-dig",
    "num-traits",
    "paste",
    "portable-atomic",
    "proc-macro2",
    "pulldown-cmark",
    "quote",
    "radium",
    "ref-cast",
    "rustix",
    "rustls",
    "rustversion",
    "serde",
    "serde_core",
    "serde_json",
    "signal-hook", // compiles C for a feature that is off, and nothing else
    "thiserror",
    "wincode",
    "zerocopy",
    "zmij",
];

/// The complaints about the dependency tree.
pub(crate) fn complaints(packages: &[Package]) -> Vec<String> {
    let ours = packages.iter().filter(|p| p.ours).filter_map(|p| version(&p.rust_version));
    let ours = ours.min();
    let mut complaints = Vec::new();
    for p in packages {
        let mut complain = |what: String| {
            complaints.push(format!("{} {}: {what}", p.name, p.version));
        };
        if C_BUILDERS.contains(&p.name.as_str()) {
            complain("it is there to build or find C".into());
        }
        if let Some(library) = &p.links {
            complain(format!("it links the native library `{library}`"));
        }
        if p.build_script && !READ_BUILD_SCRIPTS.contains(&p.name.as_str()) {
            complain("nobody has read its build script (see xtask/src/deps/foreign.rs)".into());
        }
        match &p.license {
            Some(l) if licence::allowed(l) => {}
            Some(l) => complain(format!("its licence `{l}` is not in the allowed list")),
            None => complain("it names no licence".into()),
        }
        if version(&p.rust_version).is_some_and(|theirs| ours.is_none_or(|ours| theirs > ours)) {
            let theirs = p.rust_version.as_deref().unwrap_or_default();
            complain(format!("it needs Rust {theirs}, newer than the workspace's rust-version"));
        }
    }
    complaints
}

/// The numbers of a version such as `1.88` or `1.88.0`.
fn version(text: &Option<String>) -> Option<(u32, u32, u32)> {
    let mut numbers = text.as_ref()?.split('.').map(|n| n.parse().unwrap_or(u32::MAX));
    let mut next = || numbers.next().unwrap_or(0);
    Some((next(), next(), next()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::deps::metadata;

    fn about(other: serde_json::Value) -> Vec<String> {
        let mut package = json!({
            "id": "other", "name": "other", "version": "1.0.0", "license": "MIT",
            "rust_version": null, "links": null, "dependencies": [],
            "targets": [{"kind": ["lib"]}],
        });
        for (key, value) in other.as_object().unwrap() {
            package[key] = value.clone();
        }
        let ours = json!({
            "id": "ours", "name": "ours", "version": "0.1.0", "license": "MIT OR Apache-2.0",
            "rust_version": "1.88", "dependencies": [], "targets": [],
        });
        let tree = json!({"workspace_members": ["ours"], "packages": [ours, package]});
        complaints(&metadata::parse(&tree).unwrap())
    }

    #[test]
    fn an_ordinary_crate_is_fine() {
        assert_eq!(about(json!({})), [""; 0]);
        assert_eq!(about(json!({"rust_version": "1.88.0"})), [""; 0]);
        let read = json!({"name": "serde", "targets": [{"kind": ["custom-build"]}]});
        assert_eq!(about(read), [""; 0]);
    }

    #[test]
    fn each_rule_objects() {
        for (tampered, word) in [
            (json!({"name": "cc"}), "build or find C"),
            (json!({"name": "pkg-config"}), "build or find C"),
            (json!({"links": "z"}), "native library `z`"),
            (json!({"targets": [{"kind": ["custom-build"]}]}), "build script"),
            (json!({"license": "GPL-3.0-only"}), "GPL-3.0-only"),
            (json!({"license": null}), "no licence"),
            (json!({"rust_version": "1.88.1"}), "1.88.1"),
            (json!({"rust_version": "1.100"}), "1.100"),
        ] {
            let said = about(tampered.clone());
            assert_eq!(said.len(), 1, "{tampered}: {said:?}");
            assert!(said[0].contains(word), "{tampered}: {said:?}");
        }
    }

    #[test]
    fn deny_toml_says_the_same() {
        let text = std::fs::read_to_string(crate::sh::root().join("deny.toml")).unwrap();
        let deny: toml::Table = text.parse().unwrap();
        let list = |table: &str, key: &str| -> Vec<String> {
            let words = deny[table][key].as_array().unwrap().iter();
            words.map(|w| w.as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(list("licenses", "allow"), licence::ALLOWED);
        assert_eq!(list("bans", "deny"), C_BUILDERS);
    }

    #[test]
    fn this_very_tree_passes() {
        assert_eq!(complaints(&metadata::read().unwrap()), [""; 0]);
    }
}
