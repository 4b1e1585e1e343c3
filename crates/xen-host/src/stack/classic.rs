//! `xend-config.sxp` and `ifcfg-*`: Xen's old toolstack on Red Hat's systems.

use super::common::header;
use crate::HostFile;
use crate::host::{Addressing, Host};
use crate::value::Port;
use core::fmt::Write as _;

const SCRIPTS: &str = "etc/sysconfig/network-scripts";

pub(super) fn files(host: &Host) -> Vec<HostFile> {
    // An interface known by its MAC alone is renamed by HWADDR.
    let (port, hwaddr) = match &host.port {
        Port::Name(name) => (name.as_str(), String::new()),
        Port::Mac(mac) => ("eth0", format!("HWADDR={mac}\n")),
    };
    let (bridge, top) = (host.bridge(), header(host));
    let mut br = format!("{top}DEVICE={bridge}\nTYPE=Bridge\n");
    // OK to ignore, here and below: writing to a String does not fail.
    let _ = match &host.addressing {
        Addressing::Dhcp => write!(br, "BOOTPROTO=dhcp\nONBOOT=yes\nDELAY=0\n"),
        Addressing::Static { subnet, gateway, dns } => {
            let (address, mask) = (subnet.address, subnet.netmask());
            let _ = write!(
                br,
                "BOOTPROTO=none\nONBOOT=yes\nDELAY=0\nIPADDR={address}\nNETMASK={mask}\n"
            );
            if let Some(gateway) = gateway {
                let _ = writeln!(br, "GATEWAY={gateway}");
            }
            dns.iter().zip(1..).try_for_each(|(dns, n)| writeln!(br, "DNS{n}={dns}"))
        }
    };
    // The interface has no address and no gateway: the bridge has them.
    let eth = format!("{top}DEVICE={port}\n{hwaddr}BOOTPROTO=none\nONBOOT=yes\nBRIDGE={bridge}\n");
    vec![
        HostFile::private("etc/xen/xend-config.sxp", xend(host)),
        HostFile::new(format!("{SCRIPTS}/ifcfg-{bridge}"), br),
        HostFile::new(format!("{SCRIPTS}/ifcfg-{port}"), eth),
    ]
}

/// The nine settings of `xend-config.sxp`. Strings stand in single quotes, and hold neither quotes
/// nor backslashes; the relocation hosts are xend's own default.
fn xend(host: &Host) -> String {
    let password = host.vnc_password.as_ref().map_or("", |p| p.as_str());
    let (script, listen, min_mem) = (&host.network_script, host.vnc_listen, host.dom0_min_mem);
    format!(
        "{}(xend-unix-server yes)\n\
         (xend-unix-path /var/lib/xend/xend-socket)\n\
         (xend-relocation-hosts-allow '^localhost$ ^localhost\\\\.localdomain$')\n\
         # Not network-bridge, the default: it takes the network apart. The bridge is the system's.\n\
         (network-script {script})\n\
         (vif-script vif-bridge)\n\
         (dom0-min-mem {min_mem})\n\
         (dom0-cpus 0)\n\
         (vnc-listen '{listen}')\n\
         (vncpasswd '{password}')\n",
        header(host)
    )
}
