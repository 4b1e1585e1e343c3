//! A host that has been checked.

use crate::value::{Line, Mac, Name, Port, Subnet};
use std::net::Ipv4Addr;

/// A Xen host whose description passed all checks. All files are made from this value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    pub(crate) name: Name,
    pub(crate) bridge: Name,
    pub(crate) port: Port,
    pub(crate) addressing: Addressing,
    pub(crate) network_script: String,
    pub(crate) dom0_min_mem: u32,
    pub(crate) vnc_listen: Ipv4Addr,
    pub(crate) vnc_password: Option<Line>,
    pub(crate) guests: Vec<Guest>,
    /// Identities of the bridge's and the port's connection, for NetworkManager.
    pub(crate) uuids: [Uuid; 2],
}

/// The way in which the bridge gets its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Addressing {
    Dhcp,
    Static { subnet: Subnet, gateway: Option<Ipv4Addr>, dns: Vec<Ipv4Addr> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guest {
    pub(crate) name: Name,
    pub(crate) uuid: Uuid,
    pub(crate) mac: Mac,
    pub(crate) memory: u32,
    pub(crate) vcpus: u32,
    pub(crate) kernel: Line,
    pub(crate) initrd: Option<Line>,
    pub(crate) args: Option<Line>,
    pub(crate) disks: Vec<Disk>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Disk {
    pub(crate) path: Line,
    pub(crate) device: Name,
    pub(crate) readonly: bool,
}

/// A UUID, shown in its usual form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Uuid(pub(crate) [u8; 16]);

impl core::fmt::Display for Uuid {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (n, byte) in self.0.iter().enumerate() {
            let dash = if [4, 6, 8, 10].contains(&n) { "-" } else { "" };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

impl Host {
    /// The host's name.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The bridge's name.
    pub fn bridge(&self) -> &str {
        self.bridge.as_str()
    }

    /// Each guest's name and MAC.
    pub fn guests(&self) -> impl Iterator<Item = (&str, String)> {
        self.guests.iter().map(|g| (g.name.as_str(), g.mac.to_string()))
    }
}
