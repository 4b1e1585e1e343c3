//! A Xen host's network and guests: one description in, the files of every stack out. Pure.
//!
//! ```text
//!                      ┌─ classic         xend-config.sxp, ifcfg-br0, ifcfg-eth0   (2009)
//!  Description ─check─►│  interfaces      /etc/network/interfaces, bridge_ports
//!   bridge, interface, │  networkd        .netdev, .network, .link
//!   address, guests    │  network-manager keyfiles
//!         Host ───────►│  netplan         one YAML file
//!                      └─ guests          xl configuration, libvirt domain XML
//!                              │
//!                              ├─ tree      with an `apply` script: diff, backup, timed roll-back
//!                              ├─ initramfs appended to a live dom0's initrd, as a cpio
//!                              └─ kickstart, preseed
//! ```
//!
//! This crate avoids a trap: Xen's default `(network-script network-bridge)` renames a working
//! interface and puts two bridges in its place. Instead no script is run (`/bin/true`), one bridge
//! of your own has the host's address, the interface is only its port, and every guest is attached
//! to that bridge. The bridge is described once, and all files agree.
//!
//! Values may be hostile. Names and numbers have types that cannot hold anything which would end a
//! line, a quote or a tag; the few free texts are quoted by the rules of each format, or refused
//! where it cannot hold them ([`Error`]).
//!
//! ```
//! use xen_host::{Description, Host, Network, Stack};
//!
//! let description = Description {
//!     name: "dom0".into(),
//!     network: Network {
//!         bridge: "br0".into(),
//!         interface: "eth0".into(),
//!         address: Some("192.168.1.10/24".into()),
//!         gateway: Some("192.168.1.1".into()),
//!         ..Network::default()
//!     },
//!     ..Description::default()
//! };
//! // MACs and UUIDs that the description leaves open are made from these: 16 bytes a purpose.
//! let (host, warnings) = Host::new(&description, &|_purpose| [7; 16])?;
//! assert!(warnings.is_empty());
//!
//! let files = host.network_files(Stack::Interfaces);
//! assert_eq!(files[0].path, "etc/network/interfaces");
//! assert!(files[0].text.contains("bridge_ports eth0"));
//! assert!(files[0].text.contains("address 192.168.1.10/24"));
//! # Ok::<(), xen_host::Error>(())
//! ```

mod check;
mod delivery;
mod description;
mod error;
mod file;
mod guest;
mod host;
mod stack;
mod value;

pub use description::{Description, Disk, Guest, Network, Vnc};
pub use error::{Error, Warning};
pub use file::HostFile;
pub use host::Host;
pub use stack::Stack;
