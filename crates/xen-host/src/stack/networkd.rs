//! systemd-networkd: `.netdev` makes the bridge, one `.network` gives it its address, another
//! makes the interface its port.

use super::common::header;
use crate::HostFile;
use crate::host::{Addressing, Host};
use crate::value::Port;
use core::fmt::Write as _;

const DIR: &str = "etc/systemd/network";

pub(super) fn files(host: &Host) -> Vec<HostFile> {
    let (bridge, top) = (host.bridge(), header(host));
    // The bridge gets its port's MAC, as in every other stack: with a MAC of its own it would get
    // another DHCP lease, and be another machine to the switch.
    let netdev = format!(
        "{top}[NetDev]\nName={bridge}\nKind=bridge\nMACAddress=none\n\n\
         [Bridge]\nSTP=no\nForwardDelaySec=0\n"
    );
    let link = format!("{top}[Match]\nOriginalName={bridge}\n\n[Link]\nMACAddressPolicy=none\n");
    let mut network = format!("{top}[Match]\nName={bridge}\n\n[Network]\n");
    // OK to ignore, here and below: writing to a String does not fail.
    let _ = match &host.addressing {
        Addressing::Dhcp => writeln!(network, "DHCP=ipv4"),
        Addressing::Static { subnet, gateway, dns } => {
            let _ = writeln!(network, "Address={subnet}");
            if let Some(gateway) = gateway {
                let _ = writeln!(network, "Gateway={gateway}");
            }
            dns.iter().try_for_each(|dns| writeln!(network, "DNS={dns}"))
        }
    };
    let matched = match &host.port {
        Port::Name(name) => format!("Name={name}"),
        // A bridge has its port's MAC: `Type` tells them apart.
        Port::Mac(mac) => format!("PermanentMACAddress={mac}\nType=ether"),
    };
    let port =
        format!("{top}[Match]\n{matched}\n\n[Network]\nBridge={bridge}\nLinkLocalAddressing=no\n");
    vec![
        HostFile::new(format!("{DIR}/10-{bridge}.netdev"), netdev),
        HostFile::new(format!("{DIR}/10-{bridge}.link"), link),
        HostFile::new(format!("{DIR}/10-{bridge}.network"), network),
        HostFile::new(format!("{DIR}/10-{bridge}-port.network"), port),
    ]
}
