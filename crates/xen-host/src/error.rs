//! Errors and warnings about a description. Each message explains what would happen otherwise.

use std::net::Ipv4Addr;
use thiserror::Error as ThisError;

/// The error of a description from which no host can be made.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the fields are
pub enum Error {
    #[error("{place}: {value:?} {why}")]
    Text { place: String, value: String, why: &'static str },
    #[error("{place}: {value:?} is no MAC; write six pairs such as \"00:16:3e:27:84:7a\"")]
    Mac { place: String, value: String },
    #[error("{place}: {value:?} is no IPv4 address; write one such as \"192.168.1.1\"")]
    Address { place: String, value: String },
    #[error(
        "{place}: {value:?} is no IPv4 address with the length of its prefix; write one such as \
         \"192.168.1.10/24\""
    )]
    Prefix { place: String, value: String },
    #[error(
        "network_script: \"network-bridge\" is Xen's default, and the trap: it renames the \
         working interface `{interface}` and puts two bridges in its place, and the host falls off \
         the LAN. Leave it out: then it is \"/bin/true\", and the bridge `{bridge}` is your own"
    )]
    NetworkBridge { interface: String, bridge: String },
    #[error(
        "network.interface_address: `{interface}` would be a port of `{bridge}` and have an \
         address at once. A bridge's port passes frames on and answers for nobody: what comes for \
         an address of its own is lost, and two routes lead to one network. Give the address to \
         the bridge (`address`) and leave this out"
    )]
    EnslavedAndAddressed { interface: String, bridge: String },
    #[error(
        "network: the bridge and the interface are both called `{name}`. That is what Xen's \
         default script makes of a network, by renaming the interface; give the bridge a name of \
         its own, such as \"br0\""
    )]
    BridgeIsInterface { name: String },
    #[error(
        "network: no `address` and no `dhcp`: the interface gives its address up to the bridge, so \
         the host would have none. Add `address = \"192.168.1.10/24\"`, or `dhcp = true`"
    )]
    NoAddress,
    #[error("network: `dhcp` brings the {given}; keep one of them")]
    DhcpAndStatic { given: &'static str },
    #[error(
        "network.address: {address} is {what} of its own subnet (/{prefix}), which no host can \
         have; the hosts of it are {first} to {last}"
    )]
    NoHostAddress {
        address: Ipv4Addr,
        prefix: u8,
        what: &'static str,
        first: Ipv4Addr,
        last: Ipv4Addr,
    },
    #[error(
        "network.address: {address} is no host's: it means {what}; the host needs one that others \
         can answer to"
    )]
    SpecialAddress { address: Ipv4Addr, what: &'static str },
    #[error(
        "network.gateway: {gateway} is not reachable: it lies outside {network}/{prefix}, the only \
         network that `{bridge}` is on, so the default route would lead nowhere. Correct the \
         gateway, or the prefix of `address`"
    )]
    GatewayOutside { gateway: Ipv4Addr, network: Ipv4Addr, prefix: u8, bridge: String },
    #[error(
        "network.gateway: {gateway} is the host itself; the gateway is the router that leads out \
         of the network"
    )]
    GatewayIsHost { gateway: Ipv4Addr },
    #[error(
        "guest: {first} and {second} both have the MAC {mac}. A bridge learns behind which port an \
         address is and would send the answers now to one, now to the other; leave `mac` out of \
         one of them, and it gets its own"
    )]
    SameMac { mac: String, first: String, second: String },
    #[error("guest: two are called {name:?}; xl and libvirt know a guest by its name")]
    SameName { name: String },
    #[error(
        "guest {guest:?}: the MAC {mac} is a group's (its first byte is odd), and no interface can \
         have it; Xen's own range is 00:16:3e:…"
    )]
    GroupMac { guest: String, mac: String },
    #[error("guest {guest:?}: two disks are called {device:?}")]
    SameDisk { guest: String, device: String },
    #[error("guest {guest:?}: a memory of {mib} MiB starts nothing; give it at least 16")]
    Memory { guest: String, mib: u32 },
}

/// A warning about something in a description that is possible but unwise.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Warning {
    #[error(
        "vnc: guests' screens are shown on {listen} without a password: whoever reaches this host \
         sees them and types into them. Add `password`, or listen on 127.0.0.1"
    )]
    OpenVnc { listen: Ipv4Addr },
    #[error(
        "network_script: {script:?} is run by Xen when it starts; the bridge `{bridge}` is made by \
         the network stack already. \"/bin/true\" does nothing, and that is right"
    )]
    NetworkScript { script: String, bridge: String },
    #[error(
        "network: no `gateway`: the host reaches its own network and nothing beyond; so do its \
         guests only if they have a gateway of theirs"
    )]
    NoGateway,
    #[error(
        "guest {guest:?}: the MAC {mac} is not in Xen's range (00:16:3e:…): it may be another \
         card's on the same LAN, and two of one address shut each other out"
    )]
    ForeignMac { guest: String, mac: String },
}
