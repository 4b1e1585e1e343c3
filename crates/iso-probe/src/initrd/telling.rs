//! Telling names: those of an initrd's thousands of names that show what it will do.
//!
//! The facts keep only these, and recipes can ask for no others (`initrd:` markers). So the rules
//! are wide: they take every name in the directories where known kits for live systems keep
//! scripts.

/// The file systems that a partition with ISO files may have, or that a system in an ISO may need,
/// by the names of their directories in the kernel's source.
pub(super) const FILESYSTEMS: &[&str] = &[
    "bcachefs",
    "btrfs",
    "erofs",
    "exfat",
    "ext2",
    "ext3",
    "ext4",
    "f2fs",
    "fat",
    "fuse",
    "hfsplus",
    "isofs",
    "jfs",
    "ntfs",
    "ntfs3",
    "overlayfs",
    "reiserfs",
    "squashfs",
    "udf",
    "xfs",
];

/// The beginnings of paths that are always telling, mostly directories.
const DIRECTORIES: &[&str] = &[
    "hooks/",                          // mkinitcpio: Arch and its relatives
    "scripts/casper",                  // initramfs-tools: Ubuntu
    "scripts/live",                    // initramfs-tools: live-boot
    "scripts/local-",                  // initramfs-tools: what distributions add
    "lib/live/boot/",                  // live-boot
    "lib/dracut/hooks/cmdline/",       // dracut
    "lib/dracut/hooks/pre-udev/",      // dracut: iso-scan and dmsquash-live generate rules here
    "lib/dracut/hooks/initqueue/",     // dracut
    "lib/debian-installer-startup.d/", // debian-installer
    "init.d/",                         // Puppy, Porteus
];

/// Words in the names of single programs and scripts that make them telling.
const WORDS: &[&str] = &[
    "anaconda",
    "archiso",
    "casper",
    "dmsquash",
    "findiso",
    "fromiso",
    "genkernel",
    "iso-scan",
    "isoboot",
    "isoscan",
    "kiwi",
    "linuxrc",
    "livekit",
    "liveslak",
    "miso",
    "nlplug-findfs",
    "ntfs-3g",
    "mount.exfat",
    "parse-livenet",
    "memdiskfind",
];

/// A path in an initrd without `./`, `/` and `usr/` at its beginning.
pub(super) fn normal(path: &str) -> &str {
    let path = path.trim_start_matches("./").trim_start_matches('/');
    path.strip_prefix("usr/").unwrap_or(path)
}

/// The path of a kernel module from `kernel/` on; `None` if `path` is no module's.
pub(super) fn kernel_module(path: &str) -> Option<&str> {
    let (_, rest) = path.strip_prefix("lib/modules/")?.split_once('/')?;
    rest.starts_with("kernel/").then_some(rest)
}

/// Whether a path in an initrd (without `usr/` in front) is kept in
/// [`Initrd::names`](crate::Initrd::names), because it tells what the initrd will do.
///
/// ```
/// assert!(iso_probe::is_telling("scripts/casper-premount/20iso_scan"));
/// assert!(iso_probe::is_telling("init"));
/// assert!(!iso_probe::is_telling("lib/firmware/iso-scan.bin"));
/// ```
pub fn is_telling(path: &str) -> bool {
    if path.len() > 200 || path.chars().any(char::is_control) {
        return false;
    }
    if !path.contains('/') {
        return true;
    }
    if DIRECTORIES.iter().any(|d| path.starts_with(d)) {
        return true;
    }
    if path.starts_with("nix/store/") {
        return path.ends_with("-stage-1-init.sh") || path.ends_with("/lib/systemd/systemd");
    }
    let quiet = ["lib/firmware/", "lib/modules/", "share/", "lib/udev/hwdb"];
    if quiet.iter().any(|q| path.starts_with(q)) {
        return false;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    path == "etc/initrd-release"
        || path == "lib/systemd/systemd"
        || WORDS.iter().any(|word| name.contains(word))
}
