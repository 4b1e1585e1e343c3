//! The file systems on which a system finds its ISO: what its recipe says, corrected by what is in
//! this ISO's initrds.

use crate::evidence::{Shown, shown};
use crate::recipe::Recipe;
use iso_probe::{Initrd, IsoFacts};

/// Whether initrds have what it takes to mount a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mounts {
    /// The initrds have the driver.
    Yes,
    /// They lack it, and their lists of what is built into the kernel do not have it either.
    No,
    /// That depends on an initrd that was not read to its end.
    Unread,
    /// Nobody can tell: drivers may be built into the kernel, or an initrd is damaged.
    Unknowable,
}

/// The file systems on which a system finds its ISO, as far as they are known.
#[derive(Debug, Default)]
pub(crate) struct Readable {
    pub(crate) filesystems: Vec<String>,
    /// The file systems that depend on initrds that were not read.
    pub(crate) unread: Vec<String>,
    /// Whether ext4 with checksums of its metadata can be mounted, as far as is known.
    pub(crate) ext4_checksums: bool,
    pub(crate) warning: Option<String>,
}

/// The drivers that a file system needs: one of each list. They are modules of `kernel/fs` and
/// tables of characters (`nls_…`).
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
fn mounts(filesystem: &str, initrds: &[&str], facts: &IsoFacts) -> Mounts {
    let driver = have(&drivers(filesystem), initrds, facts);
    // For ext it has to be known, too, whether the driver for checksums is there.
    let unsure = || checksums(initrds, facts) == Mounts::Unread && !has_own_crc32c(facts);
    match filesystem == "ext" && driver == Mounts::Yes && unsure() {
        true => Mounts::Unread,
        false => driver,
    }
}

/// Whether more of `initrds` has to be read to know if the system that `recipe` starts with them
/// can mount `filesystem`.
pub(crate) fn are_unsure(
    recipe: &Recipe,
    filesystem: &str,
    initrds: &[&str],
    facts: &IsoFacts,
) -> bool {
    let row = &recipe.filesystems;
    let names = |list: &[String]| list.iter().any(|name| name == filesystem);
    // Drivers come late in an initrd, behind a hundred megabytes of others.
    let with_engine = (recipe.initrd.as_ref().filter(|_| names(&row.with_engine)))
        .is_some_and(|e| shown(&e.names, initrds.iter().copied(), facts) == Shown::Yes);
    (names(&row.always) || names(&row.with_driver))
        && !with_engine
        && mounts(filesystem, initrds, facts) == Mounts::Unread
}

/// Whether `initrds` have the driver for the checksums of ext4's metadata.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;
    use iso_probe::Kernel;

    /// An ISO with one initrd, which has these drivers, and says what is built into the kernel.
    fn facts(drivers: &[&str]) -> IsoFacts {
        let set = |of: &[&str]| of.iter().map(|d| (*d).to_owned()).collect();
        let (helpers, filesystems): (Vec<&str>, Vec<&str>) =
            drivers.iter().partition(|d| d.starts_with("nls_") || **d == "crc32c");
        let initrd = Initrd {
            filesystems: set(&filesystems),
            helpers: set(&helpers),
            loop_driver: drivers.contains(&"loop"),
            lists_builtin: true,
            ..Initrd::default()
        };
        let mut facts = IsoFacts::default();
        facts.initrds.insert("/i".to_owned(), initrd);
        facts
    }

    const FAT: &[&str] = &["fat", "nls_cp437", "nls_utf8"];

    #[test]
    fn a_file_system_takes_all_its_drivers() {
        for (name, drivers, expected) in [
            ("ext", &["ext4", "crc32c"][..], Mounts::Yes),
            ("ext", &["ext3"], Mounts::Yes),
            ("ext", &["xfs"], Mounts::No),
            ("fat", FAT, Mounts::Yes),
            ("fat", &FAT[..2], Mounts::No),
            ("fat", &FAT[1..], Mounts::No),
            ("fat", &["fat", "nls_utf8"], Mounts::No),
            ("exfat", &["exfat"], Mounts::Yes),
            ("exfat", FAT, Mounts::No),
            ("ntfs", &["ntfs3"], Mounts::Yes),
            ("f2fs", &["f2fs"], Mounts::Yes),
        ] {
            assert_eq!(mounts(name, &["/i"], &facts(drivers)), expected, "{name}: {drivers:?}");
            // What is not there may be built in, unless the initrd says what is.
            let mut silent = facts(drivers);
            silent.initrds.values_mut().for_each(|i| i.lists_builtin = false);
            let unsure = if expected == Mounts::No { Mounts::Unknowable } else { expected };
            assert_eq!(mounts(name, &["/i"], &silent), unsure, "{name}: {drivers:?}");
            // …or come later.
            let mut unread = facts(drivers);
            unread.unread_initrds.push("/i".to_owned());
            let unsure = match expected {
                Mounts::Yes if name != "ext" || drivers.contains(&"crc32c") => Mounts::Yes,
                _ => Mounts::Unread,
            };
            assert_eq!(mounts(name, &["/i"], &unread), unsure, "{name}: {drivers:?}");
        }
    }

    /// Drivers that come with an engine's names are not waited for, and believed to be missing if
    /// all was read all the same. Others are waited for.
    #[test]
    fn an_engine_s_names_vouch_for_the_drivers_that_come_with_it() {
        let catalogue = Catalogue::builtin();
        let recipe = |id: &str| catalogue.recipes().iter().find(|r| r.id() == id).unwrap();
        let mut tried = 0;
        for (id, name) in [
            ("live-boot", "scripts/live"),
            ("casper", "scripts/casper"),
            ("dracut-live", "sbin/dmsquash-live-root"),
        ] {
            let row = &recipe(id).filesystems;
            let unsure = |fs: &str, facts: &IsoFacts| are_unsure(recipe(id), fs, &["/i"], facts);
            let mut shown = facts(&[]);
            shown.unread_initrds.push("/i".to_owned());
            let hidden = shown.clone();
            shown.initrds.values_mut().for_each(|i| i.names.extend([name.to_owned()]));
            for fs in row.always.iter().chain(&row.with_driver) {
                assert!(unsure(fs, &hidden), "{id}: {fs} before the engine is shown");
                let vouched = row.with_engine.contains(fs);
                assert_eq!(unsure(fs, &shown), !vouched, "{id}: {fs}");
                tried += usize::from(vouched);
            }
            assert!(!unsure("zfs", &hidden), "nobody looks for it");
            shown.unread_initrds.clear();
            let found = readable(recipe(id), &["/i"], &shown).filesystems;
            assert!(found.is_empty(), "{id}: {found:?}, of which it has no driver");
        }
        assert!(tried >= 3, "{tried}");
    }

    /// A kernel with checksums of its own is enough: no module is waited for.
    #[test]
    fn a_new_kernel_s_checksums_are_not_waited_for() {
        let mut facts = facts(&["ext4"]);
        facts.unread_initrds.push("/i".to_owned());
        for (version, expected) in [("6.1.0", Mounts::Unread), ("6.14.0", Mounts::Yes)] {
            let kernel = Kernel { machine: None, version: Some(version.to_owned()) };
            facts.kernels.insert("/k".to_owned(), kernel);
            assert_eq!(mounts("ext", &["/i"], &facts), expected, "{version}");
        }
    }

    #[test]
    fn the_recipe_s_word_holds_where_the_initrd_is_silent() {
        let catalogue = Catalogue::builtin();
        let recipe = |id: &str| catalogue.recipes().iter().find(|r| r.id() == id).unwrap();
        let of = |id: &str, facts: &IsoFacts| readable(recipe(id), &["/i"], facts);
        let silent = of("dracut-live", &IsoFacts::default());
        assert_eq!(silent.filesystems, ["ext", "fat"]);
        assert!(silent.ext4_checksums && silent.warning.is_none());
        // Its own modules are believed, for and against.
        let poor = of("dracut-live", &facts(&["ext4", "exfat", "loop", "isofs"]));
        assert_eq!(poor.filesystems, ["ext", "exfat"]);
        assert!(!poor.ext4_checksums && poor.warning.is_none());
        // Since 6.14, ext4 needs no module for its checksums.
        let mut new = facts(&["ext4"]);
        for (version, fine) in [("6.13.9-arch1", false), ("6.14.0", true), ("7.0-rc1", true)] {
            let kernel = Kernel { machine: None, version: Some(version.to_owned()) };
            new.kernels.insert("/k".to_owned(), kernel);
            assert_eq!(of("dracut-live", &new).ext4_checksums, fine, "{version}");
        }
        // Neither loop devices nor ISO 9660: said, where the system looks for its ISO.
        let warning = of("live-boot", &facts(FAT)).warning.unwrap();
        assert!(warning.contains("loop devices and ISO 9660"), "{warning}");
        assert_eq!(of("self-contained-installer", &facts(FAT)).warning, None);
        // Puppy's modprobe does not load what ext4 asks for besides, even if it is there.
        assert!(!of("puppy", &facts(&["ext4", "crc32c"])).ext4_checksums);
    }
}
