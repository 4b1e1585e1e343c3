//! NetworkManager's keyfiles: a connection for the bridge, one for its port.

use super::common::header;
use crate::HostFile;
use crate::host::{Addressing, Host};
use crate::value::Port;
use core::fmt::Write as _;

const DIR: &str = "etc/NetworkManager/system-connections";

pub(super) fn files(host: &Host) -> Vec<HostFile> {
    let (bridge, top) = (host.bridge(), header(host));
    let [bridge_uuid, port_uuid] = &host.uuids;
    let mut br = format!(
        "{top}[connection]\nid={bridge}\nuuid={bridge_uuid}\ntype=bridge\n\
         interface-name={bridge}\nautoconnect=true\nautoconnect-slaves=1\n\n\
         [bridge]\nstp=false\nforward-delay=0\n\n[ipv4]\n"
    );
    // OK to ignore, here and below: writing to a String does not fail.
    let _ = match &host.addressing {
        Addressing::Dhcp => writeln!(br, "method=auto"),
        Addressing::Static { subnet, gateway, dns } => {
            let _ = write!(br, "method=manual\naddress1={subnet}");
            if let Some(gateway) = gateway {
                let _ = write!(br, ",{gateway}");
            }
            let _ = writeln!(br);
            match dns.is_empty() {
                true => Ok(()),
                false => writeln!(br, "dns={}", list(dns)),
            }
        }
    };
    let (name, ethernet) = match &host.port {
        Port::Name(name) => (format!("interface-name={name}\n"), String::new()),
        Port::Mac(mac) => (String::new(), format!("mac-address={mac}\n")),
    };
    let port = format!(
        "{top}[connection]\nid={bridge}-port\nuuid={port_uuid}\ntype=ethernet\n{name}\
         autoconnect=true\nmaster={bridge}\nslave-type=bridge\n\n[ethernet]\n{ethernet}"
    );
    // NetworkManager ignores keyfiles that others may read.
    vec![
        HostFile::private(format!("{DIR}/{bridge}.nmconnection"), br),
        HostFile::private(format!("{DIR}/{bridge}-port.nmconnection"), port),
    ]
}

/// A list in the keyfile format, with a semicolon behind each item.
fn list<T: core::fmt::Display>(items: &[T]) -> String {
    items.iter().map(|item| format!("{item};")).collect()
}
