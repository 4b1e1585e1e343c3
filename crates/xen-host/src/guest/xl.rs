//! `xl create` configuration: `xl.cfg(5)`.
//!
//! A string stands between two quotes of one kind. Texts with a quote or a backslash have been
//! refused, so no text can end its string.

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
            // `target` is last, because it takes all that follows, also commas:
            // xl-disk-configuration(5).
            let path = d.path.as_str();
            format!("\"format=raw,vdev={},access={access},target={path}\"", d.device)
        };
        let disks: Vec<_> = guest.disks.iter().map(disk).collect();
        let _ = writeln!(text, "disk = [ {} ]", disks.join(", "));
    }
    text.push_str("on_crash = \"destroy\"\n");
    HostFile::new(format!("etc/xen/{}.cfg", guest.name), text)
}
