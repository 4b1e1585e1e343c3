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
    "scripts/fll",                     // initramfs-tools: siduction
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
    "coreos-",
    "dmsquash",
    "findiso",
    "fromiso",
    "genkernel",
    "initrd.defaults",
    "initrd.scripts",
    "init-bootmenu",
    "iso-scan",
    "iso_scan",
    "isoboot",
    "isoscan",
    "kiwi",
    "liblinuxlive",
    "linuxrc",
    "live-init",
    "livekit",
    "liveslak",
    "miso",
    "nlplug-findfs",
    "ntfs-3g",
    "mount.exfat",
    "parse-livenet",
    "memdiskfind",
    "tc-config",
    "tce-load",
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

/// The names of drivers without which file systems of some kinds cannot be mounted.
const HELPERS: &[&str] =
    &["crc32c", "nls_ascii", "nls_cp437", "nls_iso8859-1", "nls_iso8859_1", "nls_utf8"];

/// The driver that the kernel module of this path (from `kernel/` on) is, or one of its variants,
/// if file systems need it: `crc32c` for `crc32c-intel.ko` and `libcrc32c.ko`.
pub(super) fn helper(module: &str) -> Option<&'static str> {
    let name = module.rsplit('/').next()?;
    let name = name.strip_prefix("lib").unwrap_or(name);
    HELPERS.iter().find(|helper| name.starts_with(**helper)).copied()
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
