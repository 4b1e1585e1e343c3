//! `/etc/network/interfaces`, with the `bridge_*` options of Debian's bridge-utils.

use super::common::{header, port_name};
use crate::HostFile;
use crate::host::{Addressing, Host};
use core::fmt::Write as _;

pub(super) fn files(host: &Host) -> Vec<HostFile> {
    let (port, link) = port_name(host);
    let bridge = host.bridge();
    // The port is brought up without an address: `manual`.
    let mut text = format!(
        "{}auto lo\niface lo inet loopback\n\niface {port} inet manual\n\nauto {bridge}\n",
        header(host)
    );
    // OK to ignore, here and below: writing to a String does not fail.
    let _ = match &host.addressing {
        Addressing::Dhcp => writeln!(text, "iface {bridge} inet dhcp"),
        Addressing::Static { subnet, gateway, dns } => {
            let _ = writeln!(text, "iface {bridge} inet static\n    address {subnet}");
            if let Some(gateway) = gateway {
                let _ = writeln!(text, "    gateway {gateway}");
            }
            // Only resolvconf, if it is installed, reads this.
            let dns: Vec<_> = dns.iter().map(ToString::to_string).collect();
            match dns.is_empty() {
                true => Ok(()),
                false => writeln!(text, "    dns-nameservers {}", dns.join(" ")),
            }
        }
    };
    let _ = write!(text, "    bridge_ports {port}\n    bridge_stp off\n    bridge_fd 0\n");
    let mut files = vec![HostFile::new("etc/network/interfaces", text)];
    files.extend(link);
    files
}
