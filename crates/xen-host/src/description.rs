//! The description of a host, as its user wrote it in a spec's table `[xen]`. Nothing has been
//! checked but that each text is one line.

use crate::stack::Stack;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use spec_value::{FileName, Line, list};

/// `[xen]`: a Xen host as described, unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `network`")]
pub struct Description {
    /// The host's name, and that of its directory on the key. In a spec `host`; empty where that
    /// is left out.
    #[serde(default, rename = "host", deserialize_with = "file_name")]
    #[schemars(with = "FileName")]
    pub name: String,
    /// The network stack that the live dom0 gets, and that the installers' snippets install.
    #[serde(default)]
    pub stack: Stack,
    /// The host's bridge.
    pub network: Network,
    /// Xen's network script, in the classic configuration; `None`: `/bin/true`.
    #[serde(default, deserialize_with = "optional_line")]
    #[schemars(with = "Line")]
    pub network_script: Option<String>,
    /// Memory that the guests leave to the host, in MiB; `None`: 1024.
    pub dom0_min_mem: Option<u32>,
    /// The screens of the guests.
    #[serde(default)]
    pub vnc: Vnc,
    /// The guests, `[[xen.guest]]`.
    #[serde(default, rename = "guest", deserialize_with = "guests")]
    pub guests: Vec<Guest>,
}

/// `[xen.network]`: the host's bridge, which carries the host's own address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `interface`")]
pub struct Network {
    /// The bridge's name; `br0` where a spec gives none.
    #[serde(default = "bridge", deserialize_with = "line")]
    #[schemars(with = "Line")]
    pub bridge: String,
    /// The physical interface that becomes the bridge's port: a name, or a MAC.
    #[serde(deserialize_with = "line")]
    #[schemars(with = "Line")]
    pub interface: String,
    /// The host's IPv4 address and the length of its prefix: `192.168.1.10/24`.
    #[serde(default, deserialize_with = "optional_line")]
    #[schemars(with = "Line")]
    pub address: Option<String>,
    /// The router that leads out of the network.
    #[serde(default, deserialize_with = "optional_line")]
    #[schemars(with = "Line")]
    pub gateway: Option<String>,
    /// The name servers.
    #[serde(default, deserialize_with = "servers")]
    #[schemars(with = "Vec<Line>")]
    pub dns: Vec<String>,
    /// Whether address, gateway and name servers come by DHCP instead.
    #[serde(default)]
    pub dhcp: bool,
    /// An address of the interface's own. There must be none: the error says why.
    #[serde(default, deserialize_with = "optional_line")]
    #[schemars(with = "Line", extend("examples" = ["192.168.1.11/24"]))]
    pub interface_address: Option<String>,
}

/// The screens of the guests.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Vnc {
    /// The address to listen on; `None`: 127.0.0.1.
    #[serde(deserialize_with = "optional_line")]
    #[schemars(with = "Line")]
    pub listen: Option<String>,
    /// The password; `None`: none.
    #[serde(deserialize_with = "optional_line")]
    #[schemars(with = "Line")]
    pub password: Option<String>,
}

/// A guest (paravirtualised: started from a kernel and an initrd that lie on the host).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `name`, `memory` and `kernel`")]
pub struct Guest {
    /// The guest's name.
    #[serde(deserialize_with = "line")]
    #[schemars(with = "Line")]
    pub name: String,
    /// The MAC of its interface; `None`: one in Xen's range, derived.
    #[serde(default, deserialize_with = "optional_line")]
    #[schemars(with = "Line")]
    pub mac: Option<String>,
    /// The guest's memory in MiB.
    pub memory: u32,
    /// The number of its virtual processors; 0 counts as 1.
    #[serde(default = "one")]
    pub vcpus: u32,
    /// The path of its kernel on the host.
    #[serde(deserialize_with = "line")]
    #[schemars(with = "Line")]
    pub kernel: String,
    /// The path of its initrd on the host.
    #[serde(default, deserialize_with = "optional_line")]
    #[schemars(with = "Line")]
    pub initrd: Option<String>,
    /// The parameters of its kernel.
    #[serde(default, deserialize_with = "optional_line")]
    #[schemars(with = "Line")]
    pub args: Option<String>,
    /// The guest's disks.
    #[serde(default, deserialize_with = "disks")]
    pub disks: Vec<Disk>,
}

/// A guest's disk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `path` and `device`")]
pub struct Disk {
    /// The block device or raw image on the host.
    #[serde(deserialize_with = "line")]
    #[schemars(with = "Line")]
    pub path: String,
    /// The name that the guest has for it: `xvda`.
    #[serde(deserialize_with = "line")]
    #[schemars(with = "Line")]
    pub device: String,
    /// Whether the guest may only read it.
    #[serde(default)]
    pub readonly: bool,
}

fn bridge() -> String {
    "br0".to_owned()
}

fn one() -> u32 {
    1
}

fn line<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    Ok(Line::deserialize(d)?.to_string())
}

fn optional_line<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    line(d).map(Some)
}

fn file_name<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    Ok(FileName::deserialize(d)?.to_string())
}

fn servers<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    let servers: Vec<Line> = list(d, "a list of addresses such as [\"192.168.1.1\"]")?;
    Ok(servers.iter().map(Line::to_string).collect())
}

fn guests<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Guest>, D::Error> {
    list(d, "a table in double brackets, [[xen.guest]], for each guest")
}

fn disks<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Disk>, D::Error> {
    list(d, "a list such as [{ path = \"/dev/vg0/web\", device = \"xvda\" }]")
}
