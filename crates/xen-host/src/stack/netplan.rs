//! netplan: one YAML file, for networkd or NetworkManager behind it.

use super::common::header;
use crate::HostFile;
use crate::host::{Addressing, Host};
use crate::value::Port;
use core::fmt::Write as _;

/// The port's id in the file, if it is described by its MAC.
const PORT_ID: &str = "xen-port";

pub(super) fn files(host: &Host) -> Vec<HostFile> {
    let bridge = host.bridge();
    let (id, matched, mac) = match &host.port {
        Port::Name(name) => (name.as_str(), String::new(), String::new()),
        Port::Mac(mac) => (
            PORT_ID,
            format!("      match:\n        macaddress: \"{mac}\"\n"),
            format!("      macaddress: \"{mac}\"\n"),
        ),
    };
    // Names and addresses are in double quotes, because YAML would not take a name such as 0x10,
    // `on` or 1e3 for text. None of them can hold a quote or a backslash.
    let mut text = format!(
        "{}network:\n  version: 2\n  ethernets:\n    \"{id}\":\n{matched}      dhcp4: false\n\
         \x20     dhcp6: false\n  bridges:\n    \"{bridge}\":\n      interfaces: [\"{id}\"]\n{mac}\
         \x20     parameters:\n        stp: false\n        forward-delay: 0\n",
        header(host)
    );
    // OK to ignore, here and below: writing to a String does not fail.
    let _ = match &host.addressing {
        Addressing::Dhcp => writeln!(text, "      dhcp4: true"),
        Addressing::Static { subnet, gateway, dns } => {
            let _ = write!(text, "      dhcp4: false\n      addresses: [\"{subnet}\"]\n");
            if let Some(gateway) = gateway {
                let _ = write!(
                    text,
                    "      routes:\n        - to: \"default\"\n          via: \"{gateway}\"\n"
                );
            }
            let dns: Vec<_> = dns.iter().map(|dns| format!("\"{dns}\"")).collect();
            match dns.is_empty() {
                true => Ok(()),
                false => {
                    let dns = dns.join(", ");
                    write!(text, "      nameservers:\n        addresses: [{dns}]\n")
                }
            }
        }
    };
    // Readable for root only, else netplan complains.
    vec![HostFile::private("etc/netplan/60-xen-host.yaml", text)]
}
