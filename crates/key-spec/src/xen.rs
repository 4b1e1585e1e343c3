//! `[xen]`: what a Xen host is like. Whether it holds together is not decided here.

use crate::NetworkStack;
use crate::list::list;
use crate::text::{FileName, Line};
use serde::{Deserialize, Deserializer};

/// `[xen]`: the host that a key's Xen entries start, and that its files make of another machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `network`")]
pub struct Xen {
    /// What the host is called, and its directory on the key; the key's name by default.
    pub host: Option<FileName>,
    /// Which network stack the live dom0 gets, and the installers' snippets install.
    #[serde(default)]
    pub stack: NetworkStack,
    /// `[xen.network]`: the bridge.
    pub network: XenNetwork,
    /// Xen's network script in the classic configuration; `/bin/true` by default.
    pub network_script: Option<Line>,
    /// Memory that guests leave to the host, in MiB.
    pub dom0_min_mem: Option<u32>,
    /// `[xen.vnc]`: where guests' screens are shown.
    #[serde(default)]
    pub vnc: XenVnc,
    /// `[[xen.guest]]`.
    #[serde(default, deserialize_with = "guests")]
    pub guest: Vec<XenGuest>,
}

/// `[xen.network]`: the bridge that carries the host's address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `interface`")]
pub struct XenNetwork {
    /// Its name; `br0` by default.
    #[serde(default = "br0")]
    pub bridge: Line,
    /// The interface that becomes its port: a name or a MAC.
    pub interface: Line,
    /// The host's address and the length of its prefix.
    pub address: Option<Line>,
    /// The way out.
    pub gateway: Option<Line>,
    /// Name servers.
    #[serde(default, deserialize_with = "servers")]
    pub dns: Vec<Line>,
    /// Ask the network instead.
    #[serde(default)]
    pub dhcp: bool,
    /// There must be none; see the message.
    pub interface_address: Option<Line>,
}

/// `[xen.vnc]`: where guests' screens are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct XenVnc {
    /// The address to listen on; 127.0.0.1 by default.
    pub listen: Option<Line>,
    /// The password.
    pub password: Option<Line>,
}

/// `[[xen.guest]]`: a guest of the host.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `name`, `memory` and `kernel`")]
pub struct XenGuest {
    /// Its name.
    pub name: Line,
    /// Its interface's MAC; one in Xen's range by default, derived from the key's seed.
    pub mac: Option<Line>,
    /// Its memory, in MiB.
    pub memory: u32,
    /// Its virtual processors.
    #[serde(default = "one")]
    pub vcpus: u32,
    /// Its kernel's path on the host.
    pub kernel: Line,
    /// Its initrd's path on the host.
    pub initrd: Option<Line>,
    /// Its kernel's parameters.
    pub args: Option<Line>,
    /// Its disks.
    #[serde(default, deserialize_with = "disks")]
    pub disks: Vec<XenDisk>,
}

/// A guest's disk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `path` and `device`")]
pub struct XenDisk {
    /// The block device or raw image on the host.
    pub path: Line,
    /// What the guest calls it: `xvda`.
    pub device: Line,
    /// Whether the guest may only read it.
    #[serde(default)]
    pub readonly: bool,
}

fn br0() -> Line {
    Line("br0".into())
}

fn one() -> u32 {
    1
}

fn guests<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<XenGuest>, D::Error> {
    list(d, "a table in double brackets, [[xen.guest]], for each guest")
}

fn servers<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Line>, D::Error> {
    list(d, "a list of addresses such as [\"192.168.1.1\"]")
}

fn disks<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<XenDisk>, D::Error> {
    list(d, "a list such as [{ path = \"/dev/vg0/web\", device = \"xvda\" }]")
}
