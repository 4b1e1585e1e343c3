//! The host of the tests: the article's bridge and guest MAC, and a second guest with everything.
#![allow(dead_code)] // each test takes what it needs

use xen_host::{Description, Disk, Guest, Host, HostFile, Network, Vnc, Warning};

pub fn description() -> Description {
    Description {
        name: "xen1".into(),
        network: Network {
            bridge: "br0".into(),
            interface: "eth0".into(),
            address: Some("192.168.1.10/24".into()),
            gateway: Some("192.168.1.1".into()),
            dns: vec!["192.168.1.1".into(), "9.9.9.9".into()],
            ..Network::default()
        },
        vnc: Vnc::default(),
        guests: vec![
            Guest {
                name: "web".into(),
                mac: Some("00:16:3e:27:84:7a".into()),
                memory: 512,
                kernel: "/vmlinuz".into(),
                ..Guest::default()
            },
            Guest {
                name: "db.2".into(),
                memory: 1024,
                vcpus: 2,
                kernel: "/srv/a & b/vmlinuz".into(),
                initrd: Some("/srv/a & b/initrd.img".into()),
                args: Some("root=/dev/xvda ro quiet x=<1>".into()),
                disks: vec![
                    Disk { path: "/dev/vg0/db".into(), device: "xvda".into(), readonly: false },
                    Disk {
                        path: "/srv/one, two.img".into(),
                        device: "xvdb".into(),
                        readonly: true,
                    },
                ],
                ..Guest::default()
            },
        ],
        ..Description::default()
    }
}

/// The same host as `description`, with its interface by MAC, and DHCP.
pub fn by_mac() -> Description {
    let mut description = description();
    description.network = Network {
        bridge: "br0".into(),
        interface: "52:54:00:12:34:56".into(),
        dhcp: true,
        ..Network::default()
    };
    description
}

/// Bytes for a purpose: fixed, and others for each purpose.
pub fn derive(purpose: &str) -> [u8; 16] {
    let mut bytes = [0u8; 16];
    for (n, b) in purpose.bytes().enumerate() {
        let at = n % 16;
        bytes[at] = bytes[at].wrapping_mul(31).wrapping_add(b);
    }
    bytes
}

pub fn checked(description: &Description) -> Result<(Host, Vec<Warning>), xen_host::Error> {
    Host::new(description, &derive)
}

pub fn host() -> Host {
    checked(&description()).unwrap().0
}

pub fn find<'a>(files: &'a [HostFile], path: &str) -> &'a HostFile {
    files.iter().find(|f| f.path == path).unwrap_or_else(|| panic!("no file {path}"))
}
