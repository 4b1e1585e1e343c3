//! The rule which of our crates may use which. No crate of a format uses another's, and no crate
//! that only computes uses one that reads or writes files.

use std::collections::BTreeSet;

use super::metadata::Package;

/// Our crates, each with those of ours that it may use, from the bottom up. Tests may use more.
const MAY_USE: &[(&str, &[&str])] = &[
    // values
    ("shown-text", &[]),
    ("http-url", &["shown-text"]),
    ("hex-digest", &[]),
    ("ondisk", &[]),
    ("image-layout", &[]),
    ("file-tree", &["shown-text", "image-layout"]),
    ("unpack", &[]),
    ("signatures", &["shown-text"]),
    // formats
    ("partition-table", &["shown-text", "ondisk", "image-layout"]),
    ("fs-ext", &["ondisk", "image-layout", "file-tree"]),
    ("fs-fat", &["shown-text", "ondisk", "image-layout", "file-tree"]),
    ("efi-program", &["shown-text", "hex-digest", "ondisk"]),
    ("grub-image", &["shown-text", "ondisk", "image-layout", "efi-program"]),
    ("grub-config", &["shown-text"]),
    ("iso-probe", &["ondisk", "unpack", "efi-program"]),
    ("boot-recipes", &["shown-text", "iso-probe", "grub-config"]),
    ("grub-keymap", &[]),
    ("menu-theme", &[]),
    ("menu-words", &[]),
    ("spec-value", &[]),
    ("xen-host", &["spec-value"]),
    // from a specification to a layout
    ("key-spec", &["shown-text", "http-url", "image-layout", "spec-value", "xen-host"]),
    ("key-record", &["hex-digest"]),
    ("key-lock", &["hex-digest"]),
    ("key-page", &["shown-text"]),
    (
        "key-inventory",
        &["image-layout", "file-tree", "grub-image", "efi-program", "iso-probe", "key-spec"],
    ),
    (
        "key-plan",
        &[
            "shown-text",
            "hex-digest",
            "image-layout",
            "file-tree",
            "partition-table",
            "fs-ext",
            "fs-fat",
            "grub-image",
            "grub-config",
            "efi-program",
            "iso-probe",
            "boot-recipes",
            "key-spec",
            "key-record",
            "key-inventory",
            "xen-host",
            "grub-keymap",
            "menu-theme",
            "menu-words",
        ],
    ),
    // the outside
    ("input-file", &["shown-text", "hex-digest"]),
    ("packages", &["shown-text", "http-url", "unpack", "input-file", "signatures"]),
    ("downloads", &["shown-text", "http-url", "input-file"]),
    ("tree-inputs", &["shown-text", "ondisk", "image-layout", "file-tree", "input-file"]),
    ("image-write", &["shown-text", "ondisk", "image-layout", "input-file"]),
    (
        "key-read",
        &[
            "shown-text",
            "image-layout",
            "unpack",
            "partition-table",
            "fs-ext",
            "fs-fat",
            "input-file",
            "image-write",
        ],
    ),
    ("device-write", &["image-layout"]),
    ("block-devices", &["shown-text", "partition-table", "key-read"]),
    ("udisks", &["shown-text"]),
    ("virtual-machine", &["shown-text"]),
    (
        "key-inputs",
        &[
            "shown-text",
            "downloads",
            "image-layout",
            "file-tree",
            "input-file",
            "packages",
            "signatures",
            "tree-inputs",
            "grub-image",
            "efi-program",
            "iso-probe",
            "boot-recipes",
            "key-spec",
            "key-inventory",
            "key-lock",
            "key-read",
            "key-record",
        ],
    ),
    (
        "bootkey",
        &[
            "shown-text",
            "image-layout",
            "file-tree",
            "partition-table",
            "fs-ext",
            "fs-fat",
            "efi-program",
            "grub-image",
            "grub-config",
            "iso-probe",
            "boot-recipes",
            "key-spec",
            "key-inventory",
            "key-plan",
            "input-file",
            "key-inputs",
            "key-lock",
            "key-page",
            "key-read",
            "key-record",
            "image-write",
            "block-devices",
            "device-write",
            "udisks",
            "menu-theme",
            "virtual-machine",
            "hex-digest",
        ],
    ),
    // not part of a release
    ("testbench", &["hex-digest", "virtual-machine"]),
    ("ext-testbench", &["image-layout", "file-tree", "fs-ext", "testbench"]),
    ("tests", &["hex-digest", "testbench"]),
    (
        "xtask",
        &["hex-digest", "iso-probe", "boot-recipes", "key-inputs", "key-inventory", "testbench"],
    ),
];

fn edges(packages: &[Package]) -> impl Iterator<Item = (&Package, BTreeSet<&str>)> {
    let ours: BTreeSet<&str> = packages.iter().filter(|p| p.ours).map(|p| &*p.name).collect();
    packages.iter().filter(|p| p.ours).map(move |p| {
        (p, p.uses.iter().map(String::as_str).filter(|used| ours.contains(used)).collect())
    })
}

/// The complaints about crates that differ from the list.
pub(crate) fn complaints(packages: &[Package]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (package, uses) in edges(packages) {
        let name = &package.name;
        let Some((_, may)) = MAY_USE.iter().find(|(listed, _)| listed == name) else {
            complaints.push(format!("{name}: not listed in xtask/src/deps/may_use.rs"));
            continue;
        };
        for used in uses.into_iter().filter(|used| !may.contains(used)) {
            complaints.push(format!(
                "{name} uses {used}, which xtask/src/deps/may_use.rs does not allow"
            ));
        }
    }
    complaints
}

/// The complaints about the table of crates in docs/architecture.md
/// (`| crate | holds | uses (of ours) |`) where it differs from the code. A last column in prose,
/// such as "everything", is not checked.
pub(crate) fn document(packages: &[Package], text: &str) -> Vec<String> {
    let code = |s: &str| Some(s.trim().strip_prefix('`')?.strip_suffix('`')?.to_owned());
    let rows: Vec<(String, Option<BTreeSet<String>>)> = text
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            let [_, name, _, uses, _] = cells.as_slice() else { return None };
            let uses = match uses.trim() {
                "–" => Some(BTreeSet::new()),
                names => names.split(',').map(code).collect(),
            };
            Some((code(name)?, uses))
        })
        .collect();
    let mut complaints = Vec::new();
    for (package, uses) in edges(packages) {
        let name = &package.name;
        let Some((_, documented)) = rows.iter().find(|row| row.0 == *name) else {
            if !["tests", "xtask"].contains(&name.as_str()) {
                complaints.push(format!("docs/architecture.md: no row for {name} in the table"));
            }
            continue;
        };
        let Some(documented) = documented else { continue };
        if !documented.iter().map(String::as_str).eq(uses.iter().copied()) {
            complaints.push(format!(
                "docs/architecture.md: {name} uses {uses:?}, and the table says {documented:?}"
            ));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(name: &str, uses: &[&str]) -> Package {
        let uses = uses.iter().map(|u| (*u).to_owned()).collect();
        Package { name: name.into(), ours: true, uses, ..Package::default() }
    }

    #[test]
    fn an_edge_that_is_not_listed_is_named() {
        let tree = [ours("fs-ext", &["ondisk", "thiserror"]), ours("ondisk", &[])];
        assert_eq!(complaints(&tree), [""; 0]);
        let tree = [ours("fs-ext", &["partition-table"]), ours("partition-table", &[])];
        let said = complaints(&tree);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("fs-ext uses partition-table"), "{said:?}");
        assert!(complaints(&[ours("new", &[])])[0].starts_with("new: not listed"));
    }

    #[test]
    fn no_format_may_use_another_but_efi_programs() {
        let formats =
            ["partition-table", "fs-ext", "fs-fat", "grub-image", "grub-config", "iso-probe"];
        // Core images for EFI are such programs, and ISOs hold some: who reads and who writes them
        // share the names of their headers.
        for (name, may) in MAY_USE.iter().filter(|(name, _)| formats.contains(name)) {
            assert!(may.iter().all(|used| !formats.contains(used)), "{name}: {may:?}");
        }
    }

    #[test]
    fn the_list_has_an_order_so_it_has_no_cycle() {
        for (i, (name, may)) in MAY_USE.iter().enumerate() {
            for used in *may {
                let below = MAY_USE[..i].iter().any(|(n, _)| n == used);
                assert!(below, "{name} uses {used}, which is not above it in the list");
            }
        }
    }

    #[test]
    fn the_documents_table_is_held_to_the_code() {
        let tree = [ours("fs-ext", &["ondisk", "tar"]), ours("ondisk", &[]), ours("xtask", &[])];
        let good = "| crate | holds | uses |\n|---|---|---|\n\
                    | `fs-ext` | ext2 | `ondisk` |\n| `ondisk` | structs | – |\n";
        assert_eq!(document(&tree, good), [""; 0]);
        assert_eq!(document(&tree, &good.replace("`ondisk` |\n", "everything |\n")), [""; 0]);
        for (tampered, word) in [
            (good.replace("| – |", "| `fs-ext` |"), "ondisk uses {}"),
            (good.replace("`ondisk` |\n", "`ondisk`, `fs-fat` |\n"), "fs-ext uses {\"ondisk\"}"),
            (good.replace("| `ondisk` | structs", "| `other` | structs"), "no row for ondisk"),
        ] {
            let said = document(&tree, &tampered);
            assert_eq!(said.len(), 1, "{tampered}{said:?}");
            assert!(said[0].contains(word), "{said:?}");
        }
    }

    #[test]
    fn this_very_workspace_keeps_to_the_list() {
        let packages = super::super::metadata::read().unwrap();
        assert_eq!(complaints(&packages), [""; 0]);
        let gone = |name: &&str| packages.iter().all(|p| p.name != *name);
        let gone: Vec<_> = MAY_USE.iter().map(|(name, _)| *name).filter(gone).collect();
        assert_eq!(gone, [""; 0], "listed, and not there any more");
    }
}
