//! libvirt's domain XML, which Virtual Machine Manager shows:
//! <https://libvirt.org/formatdomain.html>.

use crate::HostFile;
use crate::host::{Guest, Host};
use core::fmt::Write as _;

pub(crate) fn libvirt(guest: &Guest, host: &Host) -> HostFile {
    let mut text = format!(
        "<domain type='xen'>\n  <name>{name}</name>\n  <uuid>{uuid}</uuid>\n  \
         <memory unit='MiB'>{memory}</memory>\n  <vcpu>{vcpus}</vcpu>\n  <os>\n    \
         <type arch='x86_64' machine='xenpv'>linux</type>\n    <kernel>{kernel}</kernel>\n",
        name = guest.name,
        uuid = guest.uuid,
        memory = guest.memory,
        vcpus = guest.vcpus,
        kernel = escaped(guest.kernel.as_str()),
    );
    // OK to ignore, here and below: writing to a String does not fail.
    if let Some(initrd) = &guest.initrd {
        let _ = writeln!(text, "    <initrd>{}</initrd>", escaped(initrd.as_str()));
    }
    if let Some(args) = &guest.args {
        let _ = writeln!(text, "    <cmdline>{}</cmdline>", escaped(args.as_str()));
    }
    text.push_str("  </os>\n  <devices>\n");
    for disk in &guest.disks {
        // A device is used as it is; an image is opened.
        let block = disk.path.as_str().starts_with("/dev/");
        let (kind, source) = if block { ("block", "dev") } else { ("file", "file") };
        let path = escaped(disk.path.as_str());
        let readonly = if disk.readonly { "\n      <readonly/>" } else { "" };
        let _ = writeln!(
            text,
            "    <disk type='{kind}' device='disk'>\n      <driver name='phy' type='raw'/>\n      \
             <source {source}='{path}'/>\n      <target dev='{}' bus='xen'/>{readonly}\n    </disk>",
            disk.device
        );
    }
    let _ = write!(
        text,
        "    <interface type='bridge'>\n      <mac address='{}'/>\n      \
         <source bridge='{}'/>\n    </interface>\n    <console type='pty'>\n      \
         <target type='xen' port='0'/>\n    </console>\n  </devices>\n</domain>\n",
        guest.mac, host.bridge
    );
    HostFile::new(format!("etc/libvirt/libxl/{}.xml", guest.name), text)
}

/// A text escaped for XML, both between tags and in quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\'' => out.push_str("&apos;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
