//! What the files of several stacks share.

use crate::HostFile;
use crate::host::Host;
use crate::value::Port;

/// The first line of every file.
pub(super) fn header(host: &Host) -> String {
    format!("# The Xen host {}, written by bootkey from one description.\n", host.name)
}

/// The name that an interface described by its MAC gets where a stack knows names only.
const NAMED_PORT: &str = "xenport0";

/// How a stack that knows names only calls the bridge's port; and, for one that is described by
/// its MAC, the file by which udev gives it that name.
pub(super) fn port_name(host: &Host) -> (&str, Option<HostFile>) {
    match &host.port {
        Port::Name(name) => (name.as_str(), None),
        Port::Mac(mac) => {
            let text = format!(
                "{}[Match]\nMACAddress={mac}\nType=ether\n\n[Link]\nName={NAMED_PORT}\n",
                header(host)
            );
            // Before the guests' side of a bridge can be meant: those have other drivers.
            let path = "etc/systemd/network/10-xen-host-port.link";
            (NAMED_PORT, Some(HostFile::new(path, text)))
        }
    }
}
