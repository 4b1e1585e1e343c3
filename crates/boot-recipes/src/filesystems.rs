//! The file systems on which a system finds its ISO: what its recipe says, corrected by what is in
//! this ISO's initrds.

use crate::recipe::Recipe;
use iso_probe::{Initrd, IsoFacts};

/// Whether initrds have what it takes to mount a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mounts {
    /// They have.
    Yes,
    /// They lack it, and say what is built into the kernel.
    No,
    /// That depends on an initrd that was not read to its end.
    Unread,
    /// Nobody can tell: drivers may be built into the kernel, or an initrd is damaged.
    Unknowable,
}

/// What is known of the file systems on which a system finds its ISO.
#[derive(Debug, Default)]
pub(crate) struct Readable {
    pub(crate) filesystems: Vec<String>,
    /// Those that depend on initrds that were not read.
    pub(crate) unread: Vec<String>,
    /// Whether ext4 with checksums of its metadata can be mounted, as far as is known.
    pub(crate) ext4_checksums: bool,
    pub(crate) warning: Option<String>,
}

/// The drivers of which a file system needs one of each list: of `kernel/fs`, or `nls_…`.
fn drivers(filesystem: &str) -> Vec<Vec<&str>> {
    match filesystem {
        "ext" => vec![vec!["ext4", "ext3", "ext2"]],
        // Long names are in UTF-16, short ones in code page 437; without a table for what programs
        // see, nothing is mounted.
        "fat" => {
            vec![vec!["fat"], vec!["nls_cp437"], vec!["nls_ascii", "nls_iso8859-1", "nls_utf8"]]
        }
        // Its default is UTF-8, for which the driver needs no table.
        "exfat" => vec![vec!["exfat", "mount.exfat"]],
        "ntfs" => vec![vec!["ntfs3", "ntfs", "ntfs-3g"]],
        other => vec![vec![other]],
    }
}

/// Whether `initrds` (paths in the ISO) can mount a file system called `ext`, `fat`, `exfat`…
pub(crate) fn mounts(filesystem: &str, initrds: &[&str], facts: &IsoFacts) -> Mounts {
    let driver = have(&drivers(filesystem), initrds, facts);
    // Of ext the checksums are asked for, too.
    if filesystem == "ext" && driver == Mounts::Yes && checksums(initrds, facts) == Mounts::Unread {
        return Mounts::Unread;
    }
    driver
}

/// Whether they can mount ext4 with checksums of its metadata.
fn checksums(initrds: &[&str], facts: &IsoFacts) -> Mounts {
    have(&[vec!["crc32c"]], initrds, facts)
}

fn have(wanted: &[Vec<&str>], initrds: &[&str], facts: &IsoFacts) -> Mounts {
    let read: Vec<&Initrd> = initrds.iter().filter_map(|path| facts.initrds.get(*path)).collect();
    let there = |driver: &str| {
        read.iter().any(|initrd| {
            initrd.filesystems.contains(driver)
                || initrd.helpers.contains(driver)
                || (driver == "loop" && initrd.loop_driver)
                || initrd.names.iter().any(|name| name.ends_with(&format!("/{driver}")))
        })
    };
    if wanted.iter().all(|one_of| one_of.iter().any(|driver| there(driver))) {
        return Mounts::Yes;
    }
    if initrds.iter().any(|path| facts.unread_initrds.iter().any(|unread| unread == path)) {
        return Mounts::Unread;
    }
    let whole = read.len() == initrds.len() && read.iter().all(|i| i.incomplete.is_none());
    let says = read.iter().any(|initrd| initrd.lists_builtin);
    if whole && says { Mounts::No } else { Mounts::Unknowable }
}

/// The file systems on which the system that `recipe` starts with `initrds` finds its ISO. Where
/// the initrds say nothing, the recipe's word holds.
pub(crate) fn readable(recipe: &Recipe, initrds: &[&str], facts: &IsoFacts) -> Readable {
    let row = &recipe.filesystems;
    let mut out = Readable { ext4_checksums: row.ext4_checksums, ..Readable::default() };
    for name in row.always.iter().filter(|name| mounts(name, initrds, facts) != Mounts::No) {
        out.filesystems.push(name.clone());
    }
    for name in &row.with_driver {
        match have(&drivers(name), initrds, facts) {
            Mounts::Yes => out.filesystems.push(name.clone()),
            Mounts::Unread => out.unread.push(name.clone()),
            Mounts::No | Mounts::Unknowable => {}
        }
    }
    out.ext4_checksums &= checksums(initrds, facts) != Mounts::No || has_own_crc32c(facts);
    let looks_for_iso = !row.always.is_empty() || !row.with_driver.is_empty();
    let lacks = |driver: &str| looks_for_iso && have(&[vec![driver]], initrds, facts) == Mounts::No;
    let missing: Vec<&str> = [("loop", "loop devices"), ("isofs", "ISO 9660")]
        .into_iter()
        .filter_map(|(driver, words)| lacks(driver).then_some(words))
        .collect();
    if !missing.is_empty() {
        out.warning = Some(format!(
            "its initrd has no driver for {}: it may find its ISO and be unable to open it",
            missing.join(" and ")
        ));
    }
    out
}

/// Whether a kernel of the ISO has CRC-32C without a module of that name: from 6.14 on, ext4 calls
/// the kernel's library for it.
fn has_own_crc32c(facts: &IsoFacts) -> bool {
    let number = |text: &str| text.parse::<u32>().ok();
    facts.kernels.values().filter_map(|kernel| kernel.version.as_deref()).any(|version| {
        let mut parts = version.split(|c: char| !c.is_ascii_digit()).map(number);
        (parts.next().flatten(), parts.next().flatten()) >= (Some(6), Some(14))
    })
}
