//! Whether an ISO holds anything besides what its menus start: a system or packages, for which a
//! kernel that was started would look.

use iso_probe::{BootEntry, IsoFacts};

/// The ends of the names of files that hold a system or packages.
const ENDS: &[&str] = &[
    ".squashfs",
    ".squash",
    ".sfs",
    ".sqfs",
    ".sb",
    ".xzm",
    ".lzm",
    ".erofs",
    ".rootfs",
    ".cloop",
    ".cramfs",
    ".wim",
    ".swm",
    ".esd",
    ".rpm",
    ".deb",
    ".udeb",
    ".apk",
    ".ipk",
    ".pkg",
    ".pet",
    ".tcz",
    ".cz",
    ".tar",
    ".tgz",
    ".txz",
    ".tbz",
    ".tar.gz",
    ".tar.xz",
    ".tar.bz2",
    ".tar.zst",
    ".pkg.tar.xz",
    ".iso",
    ".qcow2",
    ".vmdk",
    ".ova",
    ".raw",
];
/// The directories of boot loaders: what lies there is theirs.
const LOADERS: &[&str] = &[
    "/boot/grub",
    "/grub",
    "/isolinux",
    "/syslinux",
    "/boot/isolinux",
    "/boot/syslinux",
    "/efi",
    "/loader",
];
/// The length from which on a file of any name is taken for a system.
const LARGE: u64 = 16 << 20;
/// The total length from which on small files together are taken for a system.
const MANY: u64 = 64 << 20;

/// The file in which the system, or its packages, lies outside of kernels and initrds; of many
/// small ones, the largest. `None` if there is nothing of the kind.
pub(crate) fn outside(facts: &IsoFacts) -> Option<&str> {
    let others = || others(facts);
    let small = || others().filter(|(path, _)| !is_loaders(facts, path));
    let large = |path: &str, len: u64| {
        len >= LARGE && !is_efi_image(facts, &path.to_ascii_lowercase(), path)
    };
    let known = outside_by_kind(facts);
    let one = || others().find(|(path, len)| large(path, *len)).map(|(path, _)| path);
    let many = || small().map(|(_, len)| len).sum::<u64>() >= MANY;
    let largest = || small().max_by_key(|(_, len)| *len).map(|(path, _)| path);
    known.or_else(one).or_else(|| many().then(largest)?)
}

/// The files besides those that the menus start, with their lengths.
fn others(facts: &IsoFacts) -> impl Iterator<Item = (&str, u64)> {
    let started = |path: &str| {
        let names = |e: &BootEntry| e.kernel == path || e.initrds.iter().any(|i| i == path);
        facts.boot_entries.iter().any(names)
            || facts.kernels.contains_key(path)
            || facts.initrds.contains_key(path)
            || facts.unread_initrds.iter().any(|i| i == path)
            || is_unified_kernel(facts, path)
    };
    let all = facts.paths.iter().map(|(path, len)| (path.as_str(), *len));
    all.filter(move |(path, _)| !started(path))
}

/// Whether a file is a unified kernel image, parts of which the menus start.
fn is_unified_kernel(facts: &IsoFacts, path: &str) -> bool {
    // The name of a part comes behind that of its file and a colon. The file may lie in an EFI
    // image; then its own name has a colon, too.
    let of_it = |part: &String| part.rsplit_once(':').is_some_and(|(file, _)| file == path);
    facts.kernel_parts.keys().any(of_it)
}

/// The same as [`outside`], but only by the first bytes and names of files, not by their lengths.
fn outside_by_kind(facts: &IsoFacts) -> Option<&str> {
    let is_one = |path: &str| {
        let lower = path.to_ascii_lowercase();
        facts.payloads.contains_key(path) || ENDS.iter().any(|end| lower.ends_with(end))
    };
    others(facts).map(|(path, _)| path).find(|path| is_one(path))
}

/// Whether a file is an EFI image, as far as menus, programs and its name tell.
fn is_efi_image(facts: &IsoFacts, lower: &str, path: &str) -> bool {
    let name = lower.rsplit('/').next().unwrap_or_default();
    let named = [".img", ".bin", ".fat"].iter().any(|end| name.ends_with(end))
        && ["efi", "esp"].iter().any(|word| name.contains(word));
    let inside = |program: &String| program.strip_prefix(path).is_some_and(|r| r.starts_with(':'));
    named || facts.efi_images.contains_key(path) || facts.efi_programs.keys().any(inside)
}

/// Whether a file lies where boot loaders keep theirs, or is an EFI image.
fn is_loaders(facts: &IsoFacts, path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let below = |directory: &&str| {
        lower
            .strip_prefix(*directory)
            .is_some_and(|rest| rest.trim_start_matches('2').starts_with('/'))
    };
    LOADERS.iter().any(below) || is_efi_image(facts, &lower, path)
}

/// The parameter by which an entry looks for its medium: it names the ISO's label or UUID.
pub(crate) fn locator<'f>(entry: &'f BootEntry, facts: &IsoFacts) -> Option<&'f str> {
    let ids = [Some(&facts.volume_id), facts.joliet_volume_id.as_ref(), facts.volume_uuid.as_ref()];
    let ids: Vec<&String> = ids.into_iter().flatten().filter(|id| !id.is_empty()).collect();
    let names = |arg: &str| {
        let value = arg.split_once('=').map_or("", |(_, value)| value);
        let value = value.replace("\\x20", " ");
        // `root=LABEL=…`, `archisolabel=…`, `root=live:CDLABEL=…`, `root=/dev/disk/by-label/…`
        // Or `root=UUID=`, whose value GRUB would have asked the medium for.
        let asked = ["UUID=", "LABEL="].iter().any(|end| value.ends_with(end));
        asked
            || ids.iter().any(|id| {
                value
                    .strip_suffix(id.as_str())
                    .is_some_and(|front| front.is_empty() || front.ends_with(['=', '/', ':']))
            })
    };
    let drive = |arg: &str| {
        let value = arg.split_once('=').map_or(arg, |(_, value)| value);
        ["/dev/sr", "/dev/cdrom", "/dev/hdc", "/dev/scd"].iter().any(|d| value.starts_with(d))
            || value == "cdrom"
            || value.starts_with("cdrom:")
    };
    entry.args.iter().map(String::as_str).find(|arg| names(arg) || drive(arg))
}

/// The first such parameter of all entries.
pub(crate) fn any_locator(facts: &IsoFacts) -> Option<&str> {
    facts.boot_entries.iter().find_map(|entry| locator(entry, facts))
}

/// Whether the ISO's menus start something, and nothing they start could look for anything else in
/// the ISO.
pub(crate) fn is_self_contained(facts: &IsoFacts) -> bool {
    !facts.boot_entries.is_empty() && outside(facts).is_none() && any_locator(facts).is_none()
}

/// The thing that the kernels of the ISO's menus would surely look for: a file with a system or
/// packages, by its kind, or a parameter that says where the medium is.
pub(crate) fn looked_for(facts: &IsoFacts) -> Option<&str> {
    outside_by_kind(facts).or_else(|| any_locator(facts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_efi_image_with_a_unified_kernel_is_none() {
        let parts = ["/a.efi:.linux", "/efi.img:/EFI/Linux/b.efi:.linux"];
        let kernel_parts = parts.map(|part| (part.to_owned(), vec![(0, 1)])).into();
        let facts = IsoFacts { kernel_parts, ..IsoFacts::default() };
        assert!(is_unified_kernel(&facts, "/a.efi"));
        assert!(is_unified_kernel(&facts, "/efi.img:/EFI/Linux/b.efi"));
        assert!(!is_unified_kernel(&facts, "/efi.img"));
    }
}
