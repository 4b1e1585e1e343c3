//! What goes in: a host as its user wrote it, nothing checked yet.

/// A Xen host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Description {
    /// What it is called: the name of its directory on the key.
    pub name: String,
    /// Its bridge.
    pub network: Network,
    /// Xen's network script, in the classic configuration; `None`: `/bin/true`.
    pub network_script: Option<String>,
    /// Memory that the guests leave to the host, in MiB; `None`: 1024.
    pub dom0_min_mem: Option<u32>,
    /// Where the guests' screens are shown.
    pub vnc: Vnc,
    /// Its guests.
    pub guests: Vec<Guest>,
}

/// The host's bridge, which carries the host's own address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// Its name: `br0`.
    pub bridge: String,
    /// The physical interface that becomes its port: a name, or a MAC.
    pub interface: String,
    /// An address of that interface's own. There must be none: the error says why.
    pub interface_address: Option<String>,
    /// The host's IPv4 address and the length of its prefix: `192.168.1.10/24`.
    pub address: Option<String>,
    /// The way out.
    pub gateway: Option<String>,
    /// Name servers.
    pub dns: Vec<String>,
    /// Ask the network for address, gateway and name servers instead.
    pub dhcp: bool,
}

/// Where the guests' screens are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vnc {
    /// The address to listen on; `None`: 127.0.0.1.
    pub listen: Option<String>,
    /// The password; `None`: none.
    pub password: Option<String>,
}

/// A guest (paravirtualised: started from a kernel and an initrd that lie on the host).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guest {
    /// Its name.
    pub name: String,
    /// Its interface's MAC; `None`: one in Xen's range, derived.
    pub mac: Option<String>,
    /// Its memory in MiB.
    pub memory: u32,
    /// Its virtual processors; 0 counts as 1.
    pub vcpus: u32,
    /// Its kernel's path on the host.
    pub kernel: String,
    /// Its initrd's path on the host.
    pub initrd: Option<String>,
    /// Its kernel's parameters.
    pub args: Option<String>,
    /// Its disks.
    pub disks: Vec<Disk>,
}

/// A guest's disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Disk {
    /// The block device or raw image on the host.
    pub path: String,
    /// What the guest calls it: `xvda`.
    pub device: String,
    /// Whether the guest may only read it.
    pub readonly: bool,
}
