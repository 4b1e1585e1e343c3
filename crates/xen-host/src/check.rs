//! The checks that make a host of a description.

use crate::description::{self, Description, Network};
use crate::host::{Addressing, Disk, Guest, Host, Uuid};
use crate::value::{Line, Mac, Name, Port, Subnet};
use crate::{Error, Warning};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Longest name of a network interface, in bytes.
const INTERFACE: usize = 15;
/// Longest name of a host or guest that is accepted, in bytes.
const NAME: usize = 63;
/// The name of Xen's default network script.
const NETWORK_BRIDGE: &str = "network-bridge";
/// The path of a script that does nothing.
const NO_SCRIPT: &str = "/bin/true";
/// Memory that the article of 2009 kept for the host, in MiB.
const DOM0_MIN_MEM: u32 = 1024;
const LEAST_MEMORY: u32 = 16;

type Derive<'a> = &'a dyn Fn(&str) -> [u8; 16];

impl Host {
    /// Checks a description. `derive` gives 16 bytes for a purpose (`xen/guest/web/mac`), always
    /// the same: MACs and UUIDs that the description leaves open are made from them.
    ///
    /// # Errors
    /// [`Error`] for the first thing that would break the host's network or that no file can
    /// express; what is merely unwise is among the [`Warning`]s.
    pub fn new(
        description: &Description,
        derive: &dyn Fn(&str) -> [u8; 16],
    ) -> Result<(Self, Vec<Warning>), Error> {
        host(description, derive)
    }
}

fn host(asked: &Description, derive: Derive<'_>) -> Result<(Host, Vec<Warning>), Error> {
    let mut warnings = Vec::new();
    let net = &asked.network;
    let (bridge, port) = bridge_and_port(net)?;
    let addressing = addressing(net, &bridge, &mut warnings)?;
    let network_script = network_script(asked, net, &mut warnings)?;
    let vnc_listen = match &asked.vnc.listen {
        Some(text) => ipv4("vnc.listen", text)?,
        None => Ipv4Addr::LOCALHOST,
    };
    let vnc_password = optional(asked.vnc.password.as_deref(), |text| line("vnc.password", text))?;
    if vnc_password.is_none() && !vnc_listen.is_loopback() {
        warnings.push(Warning::OpenVnc { listen: vnc_listen });
    }
    let host = Host {
        name: name("host", &asked.name, NAME)?,
        guests: guests(asked, &port, derive, &mut warnings)?,
        bridge,
        port,
        addressing,
        network_script,
        dom0_min_mem: asked.dom0_min_mem.unwrap_or(DOM0_MIN_MEM),
        vnc_listen,
        vnc_password,
        uuids: ["xen/bridge/uuid", "xen/port/uuid"].map(|purpose| uuid(derive(purpose))),
    };
    Ok((host, warnings))
}

fn bridge_and_port(net: &Network) -> Result<(Name, Port), Error> {
    let bridge = name("network.bridge", &net.bridge, INTERFACE)?;
    let port = match Mac::parse(&net.interface) {
        Some(mac) => Port::Mac(mac),
        None => Port::Name(name("network.interface", &net.interface, INTERFACE)?),
    };
    if matches!(&port, Port::Name(name) if *name == bridge) {
        return Err(Error::BridgeIsInterface { name: net.bridge.clone() });
    }
    if net.interface_address.is_some() {
        let (interface, bridge) = (net.interface.clone(), net.bridge.clone());
        return Err(Error::EnslavedAndAddressed { interface, bridge });
    }
    Ok((bridge, port))
}

fn addressing(
    net: &Network,
    bridge: &Name,
    warnings: &mut Vec<Warning>,
) -> Result<Addressing, Error> {
    if net.dhcp {
        let given = [
            (net.address.is_some(), "address, and `address` gives one"),
            (net.gateway.is_some(), "gateway, and `gateway` gives one"),
            (!net.dns.is_empty(), "name servers, and `dns` gives some"),
        ];
        return match given.into_iter().find(|(is, _)| *is) {
            Some((_, given)) => Err(Error::DhcpAndStatic { given }),
            None => Ok(Addressing::Dhcp),
        };
    }
    let text = net.address.as_deref().ok_or(Error::NoAddress)?;
    let subnet = Subnet::parse(text)
        .ok_or_else(|| Error::Prefix { place: "network.address".into(), value: text.to_owned() })?;
    let address = subnet.address;
    if let Some(what) = special(address) {
        return Err(Error::SpecialAddress { address, what });
    }
    if !subnet.has_host(address) {
        let first = u32::from(subnet.network()).saturating_add(1).into();
        let last = u32::from(subnet.broadcast()).saturating_sub(1).into();
        let network = address == subnet.network();
        let what = if network { "the name" } else { "the broadcast address" };
        return Err(Error::NoHostAddress { address, prefix: subnet.prefix, what, first, last });
    }
    let gateway = optional(net.gateway.as_deref(), |text| ipv4("network.gateway", text))?;
    match gateway {
        None => warnings.push(Warning::NoGateway),
        Some(gateway) if gateway == address => return Err(Error::GatewayIsHost { gateway }),
        Some(gateway) if !subnet.has_host(gateway) => {
            let (network, prefix, bridge) = (subnet.network(), subnet.prefix, bridge.to_string());
            return Err(Error::GatewayOutside { gateway, network, prefix, bridge });
        }
        Some(_) => {}
    }
    let dns = net.dns.iter().map(|text| ipv4("network.dns", text)).collect::<Result<_, _>>()?;
    Ok(Addressing::Static { subnet, gateway, dns })
}

/// The meaning of an address that no host can have; `None` for any other.
fn special(address: Ipv4Addr) -> Option<&'static str> {
    if address.is_unspecified() {
        Some("\"any address\"")
    } else if address.is_loopback() {
        Some("\"this machine\"")
    } else if address.is_multicast() {
        Some("a group of hosts")
    } else if address.is_broadcast() {
        Some("\"everybody\"")
    } else {
        None
    }
}

fn network_script(
    asked: &Description,
    net: &Network,
    warnings: &mut Vec<Warning>,
) -> Result<String, Error> {
    let Some(script) = asked.network_script.as_deref() else { return Ok(NO_SCRIPT.to_owned()) };
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    if script.is_empty() || !script.chars().all(plain) {
        let why = "may be the name or the path of a script only";
        return Err(text("network_script", script, why));
    }
    if script.rsplit('/').next() == Some(NETWORK_BRIDGE) {
        let (interface, bridge) = (net.interface.clone(), net.bridge.clone());
        return Err(Error::NetworkBridge { interface, bridge });
    }
    if script != NO_SCRIPT {
        let (script, bridge) = (script.to_owned(), net.bridge.clone());
        warnings.push(Warning::NetworkScript { script, bridge });
    }
    Ok(script.to_owned())
}

fn guests(
    asked: &Description,
    port: &Port,
    derive: Derive<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Guest>, Error> {
    // The guest that owns each MAC. MACs that the description gives are noted first, so that
    // derived ones avoid them.
    let mut owners = BTreeMap::new();
    if let Port::Mac(mac) = port {
        owners.insert(*mac, "the host's interface".to_owned());
    }
    let mut given = Vec::new();
    for guest in &asked.guests {
        let parse = |text: &str| {
            Mac::parse(text).ok_or_else(|| Error::Mac {
                place: format!("guest {:?}: mac", guest.name),
                value: text.to_owned(),
            })
        };
        let mac = optional(guest.mac.as_deref(), parse)?;
        if let Some(mac) = mac {
            let (guest, shown) = (guest.name.clone(), mac.to_string());
            if mac.is_multicast() {
                return Err(Error::GroupMac { guest, mac: shown });
            }
            let owner = format!("{guest:?}");
            if let Some(first) = owners.insert(mac, owner.clone()) {
                return Err(Error::SameMac { mac: shown, first, second: owner });
            }
            if !mac.0.starts_with(&Mac::XEN) {
                warnings.push(Warning::ForeignMac { guest, mac: shown });
            }
        }
        given.push(mac);
    }
    let mut guests: Vec<Guest> = Vec::new();
    for (asked, mac) in asked.guests.iter().zip(given) {
        let mac = mac.unwrap_or_else(|| derived_mac(&asked.name, derive, &owners));
        owners.insert(mac, asked.name.clone());
        let guest = guest(asked, mac, derive)?;
        if guests.iter().any(|g| g.name == guest.name) {
            return Err(Error::SameName { name: asked.name.clone() });
        }
        guests.push(guest);
    }
    Ok(guests)
}

/// A MAC in Xen's range that is not taken.
fn derived_mac(guest: &str, derive: Derive<'_>, taken: &BTreeMap<Mac, String>) -> Mac {
    let [a, b, c] = Mac::XEN;
    let [d, e, f, ..] = derive(&format!("xen/guest/{guest}/mac"));
    let first = u32::from_be_bytes([0, d, e, f]);
    let all = (0..1 << 24).map(|n| {
        let [_, d, e, f] = (first.wrapping_add(n) & 0xff_ffff).to_be_bytes();
        Mac([a, b, c, d, e, f])
    });
    // OK to fall back: there are 2^24 of them, and fewer guests.
    all.into_iter().find(|mac| !taken.contains_key(mac)).unwrap_or(Mac([a, b, c, d, e, f]))
}

fn guest(asked: &description::Guest, mac: Mac, derive: Derive<'_>) -> Result<Guest, Error> {
    let shown = &asked.name;
    let place = |key: &str| format!("guest {shown:?}: {key}");
    if asked.memory < LEAST_MEMORY {
        return Err(Error::Memory { guest: shown.clone(), mib: asked.memory });
    }
    let mut disks: Vec<Disk> = Vec::new();
    for disk in &asked.disks {
        let device = name(&place("disk"), &disk.device, INTERFACE)?;
        if disks.iter().any(|d| d.device == device) {
            return Err(Error::SameDisk { guest: shown.clone(), device: device.to_string() });
        }
        let path = path(&place("disk"), &disk.path)?;
        disks.push(Disk { path, device, readonly: disk.readonly });
    }
    Ok(Guest {
        name: name("guest", shown, NAME)?,
        uuid: uuid(derive(&format!("xen/guest/{shown}/uuid"))),
        mac,
        memory: asked.memory,
        vcpus: asked.vcpus.max(1),
        kernel: path(&place("kernel"), &asked.kernel)?,
        initrd: optional(asked.initrd.as_deref(), |text| path(&place("initrd"), text))?,
        args: optional(asked.args.as_deref(), |text| line(&place("args"), text))?,
        disks,
    })
}

fn text(place: &str, value: &str, why: &'static str) -> Error {
    Error::Text { place: place.to_owned(), value: value.to_owned(), why }
}

fn name(place: &str, value: &str, longest: usize) -> Result<Name, Error> {
    Name::new(value, longest).map_err(|why| text(place, value, why))
}

fn line(place: &str, value: &str) -> Result<Line, Error> {
    Line::new(value).map_err(|why| text(place, value, why))
}

fn path(place: &str, value: &str) -> Result<Line, Error> {
    Line::path(value).map_err(|why| text(place, value, why))
}

fn ipv4(place: &str, value: &str) -> Result<Ipv4Addr, Error> {
    let wrong = |_| Error::Address { place: place.to_owned(), value: value.to_owned() };
    value.parse().map_err(wrong)
}

fn optional<T>(
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    text.map(parse).transpose()
}

/// A UUID of version 8 ("custom", RFC 9562) from any bytes.
fn uuid(mut bytes: [u8; 16]) -> Uuid {
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Uuid(bytes)
}
