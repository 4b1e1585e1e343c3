//! The archive that is appended to a live system's initrd.
//!
//! The kernel unpacks one archive behind the other into the same place, and initramfs-tools'
//! `/init` reads every file in `conf/conf.d` before it looks for the root file system. Ours puts
//! one more line at the end of what is run when that has been mounted.

use super::scripts;
use crate::host::Host;
use crate::{HostFile, Stack};
use core::fmt::Write as _;
use cpio::newc::Builder;
use std::collections::BTreeSet;

/// The directory of the files in the initramfs.
const DIR: &str = "xen-host";
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;

/// The file in `conf/conf.d`, which `/init` itself reads.
const CONF: &str = "\
# The files of the Xen host go into the system when its root has been mounted.
echo '/xen-host/install' >> /scripts/init-bottom/ORDER
";

pub(super) fn archive(host: &Host, stack: Stack) -> Vec<u8> {
    let mut installed = host.network_files(stack);
    installed.extend(host.guest_files());
    installed.push(HostFile::executable("usr/local/sbin/xen-host-check", scripts::check(host)));
    installed.push(HostFile::new("etc/systemd/system/xen-host-check.service", scripts::UNIT));

    let mut files = vec![HostFile::new("conf/conf.d/xen-host", CONF)];
    files.push(HostFile::executable(format!("{DIR}/install"), install(&installed, stack)));
    for (n, file) in installed.into_iter().enumerate() {
        files.push(HostFile { path: format!("{DIR}/files/{n}"), ..file });
    }
    newc(&files)
}

/// The script that installs the files. It uses only the tools of a small initramfs, klibc's.
fn install(files: &[HostFile], stack: Stack) -> String {
    let mut text = "#!/bin/sh\n# Written by bootkey.\n".to_owned();
    let wants = "etc/systemd/system/multi-user.target.wants";
    // OK to ignore, here and below: writing to a String does not fail.
    for (n, HostFile { path, mode, .. }) in files.iter().enumerate() {
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let _ = write!(
            text,
            "mkdir -p \"$rootmnt/{dir}\"\ncat /{DIR}/files/{n} > \"$rootmnt/{path}\"\n\
             chmod {mode:o} \"$rootmnt/{path}\"\n"
        );
    }
    let mut units = vec!["/etc/systemd/system/xen-host-check.service"];
    if stack == Stack::Networkd {
        units.push("/lib/systemd/system/systemd-networkd.service");
    }
    let _ = writeln!(text, "mkdir -p \"$rootmnt/{wants}\"");
    for unit in units {
        let _ = writeln!(text, "ln -sf {unit} \"$rootmnt/{wants}/\"");
    }
    text
}

/// A cpio archive of the files, each directory before what is in it. All belong to root and have no
/// times.
fn newc(files: &[HostFile]) -> Vec<u8> {
    let mut dirs = BTreeSet::new();
    for file in files {
        dirs.extend(file.path.match_indices('/').filter_map(|(at, _)| file.path.get(..at)));
    }
    let dirs = dirs.into_iter().map(|dir| (dir, DIRECTORY | 0o755, ""));
    let files =
        files.iter().map(|f| (f.path.as_str(), REGULAR | u32::from(f.mode), f.text.as_str()));
    let mut out = Vec::new();
    for ((path, mode, text), ino) in dirs.chain(files).zip(1..) {
        // One inode, one file: the kernel takes equal numbers for hard links.
        let entry = Builder::new(path).mode(mode).ino(ino).nlink(1);
        // OK to cast: the texts are a few kilobytes, and a length of 2^32 is out of reach.
        let mut entry = entry.write(&mut out, text.len() as u32);
        // OK to ignore, here and below: writing to a Vec does not fail.
        let _ = std::io::Write::write_all(&mut entry, text.as_bytes());
        let _ = entry.finish();
    }
    let _ = cpio::newc::trailer(&mut out);
    out
}
