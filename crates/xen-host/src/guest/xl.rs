//! `xl create` configuration: `xl.cfg(5)`.
//!
//! A string is what stands between two quotes of a kind; texts with a quote or a backslash in
//! them have been refused, so nothing in one can end it.

use crate::HostFile;
use crate::host::{Guest, Host};
use core::fmt::Write as _;

pub(crate) fn xl(guest: &Guest, host: &Host) -> HostFile {
    let mut text = format!(
        "# A guest of the Xen host {}: xl create /etc/xen/{name}.cfg\n\
         name = \"{name}\"\nuuid = \"{uuid}\"\ntype = \"pv\"\nmemory = {memory}\nvcpus = {vcpus}\n\
         kernel = \"{kernel}\"\n",
        host.name,
        name = guest.name,
        uuid = guest.uuid,
        memory = guest.memory,
        vcpus = guest.vcpus,
        kernel = guest.kernel.as_str(),
    );
    // OK to ignore, here and below: writing to a String does not fail.
    if let Some(initrd) = &guest.initrd {
        let _ = writeln!(text, "ramdisk = \"{}\"", initrd.as_str());
    }
    if let Some(args) = &guest.args {
        let _ = writeln!(text, "extra = \"{}\"", args.as_str());
    }
    let _ = writeln!(text, "vif = [ \"mac={},bridge={}\" ]", guest.mac, host.bridge);
    if !guest.disks.is_empty() {
        let disk = |d: &crate::host::Disk| {
            let access = if d.readonly { "ro" } else { "rw" };
            // `target` takes all that follows, commas too: xl-disk-configuration(5).
            let path = d.path.as_str();
            format!("\"format=raw,vdev={},access={access},target={path}\"", d.device)
        };
        let disks: Vec<_> = guest.disks.iter().map(disk).collect();
        let _ = writeln!(text, "disk = [ {} ]", disks.join(", "));
    }
    text.push_str("on_crash = \"destroy\"\n");
    HostFile::new(format!("etc/xen/{}.cfg", guest.name), text)
}
