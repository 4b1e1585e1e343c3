//! Parts that the files of several stacks share.

use crate::HostFile;
use crate::host::Host;
use crate::value::Port;

/// The first line of every file.
pub(super) fn header(host: &Host) -> String {
    format!("# The Xen host {}, written by bootkey from one description.\n", host.name)
}

/// The name for an interface described by its MAC, in stacks that know only names.
const NAMED_PORT: &str = "xenport0";

/// The name of the bridge's port in stacks that know only names; and, if the port is described by
/// its MAC, the file by which udev gives it that name.
pub(super) fn port_name(host: &Host) -> (&str, Option<HostFile>) {
    match &host.port {
        Port::Name(name) => (name.as_str(), None),
        Port::Mac(mac) => {
            let text = format!(
                "{}[Match]\nMACAddress={mac}\nType=ether\n\n[Link]\nName={NAMED_PORT}\n",
                header(host)
            );
            // The number puts the file before the system's own `99-default.link`: udev uses the
            // first that matches.
            let path = "etc/systemd/network/10-xen-host-port.link";
            (NAMED_PORT, Some(HostFile::new(path, text)))
        }
    }
}
