//! Tests of every check and its message.
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod sample;

use sample::{by_mac, checked, description};
use xen_host::Description;

/// Asserts that the sample, changed, is refused with this message.
#[track_caller]
fn refused(change: impl FnOnce(&mut Description), message: &str) {
    let mut d = description();
    change(&mut d);
    assert_eq!(checked(&d).unwrap_err().to_string(), message);
}

/// Asserts that the sample, changed, is accepted with this one warning.
#[track_caller]
fn warned(change: impl FnOnce(&mut Description), message: &str) {
    let mut d = description();
    change(&mut d);
    let warnings: Vec<_> = checked(&d).unwrap().1.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, [message]);
}

#[test]
fn the_samples_are_taken_without_a_word() {
    assert_eq!(checked(&description()).unwrap().1, []);
    assert_eq!(checked(&by_mac()).unwrap().1, []);
}

#[test]
fn the_default_script() {
    for script in ["network-bridge", "/etc/xen/scripts/network-bridge"] {
        refused(
            |d| d.network_script = Some(script.into()),
            "network_script: \"network-bridge\" is Xen's default, and the trap: it renames the \
             working interface `eth0` and puts two bridges in its place, and the host falls off the \
             LAN. Leave it out: then it is \"/bin/true\", and the bridge `br0` is your own",
        );
    }
    warned(
        |d| d.network_script = Some("network-route".into()),
        "network_script: \"network-route\" is run by Xen when it starts; the bridge `br0` is made \
         by the network stack already. \"/bin/true\" does nothing, and that is right",
    );
    refused(
        |d| d.network_script = Some("/bin/true) (evil".into()),
        "network_script: \"/bin/true) (evil\" may be the name or the path of a script only",
    );
}

#[test]
fn an_open_vnc() {
    warned(
        |d| d.vnc.listen = Some("0.0.0.0".into()),
        "vnc: guests' screens are shown on 0.0.0.0 without a password: whoever reaches this host \
         sees them and types into them. Add `password`, or listen on 127.0.0.1",
    );
    let mut d = description();
    d.vnc.listen = Some("0.0.0.0".into());
    d.vnc.password = Some("secret".into());
    assert_eq!(checked(&d).unwrap().1, []);
}

#[test]
fn an_address_that_no_host_has() {
    refused(
        |d| d.network.address = Some("192.168.1.0/24".into()),
        "network.address: 192.168.1.0 is the name of its own subnet (/24), which no host can have; \
         the hosts of it are 192.168.1.1 to 192.168.1.254",
    );
    refused(
        |d| d.network.address = Some("192.168.1.255/24".into()),
        "network.address: 192.168.1.255 is the broadcast address of its own subnet (/24), which no \
         host can have; the hosts of it are 192.168.1.1 to 192.168.1.254",
    );
    refused(
        |d| d.network.address = Some("127.0.0.2/8".into()),
        "network.address: 127.0.0.2 is no host's: it means \"this machine\"; the host needs one \
         that others can answer to",
    );
    refused(
        |d| d.network.address = Some("192.168.1.10".into()),
        "network.address: \"192.168.1.10\" is no IPv4 address with the length of its prefix; write \
         one such as \"192.168.1.10/24\"",
    );
    refused(
        |d| d.network.address = None,
        "network: no `address` and no `dhcp`: the interface gives its address up to the bridge, so \
         the host would have none. Add `address = \"192.168.1.10/24\"`, or `dhcp = true`",
    );
    refused(
        |d| d.network.dhcp = true,
        "network: `dhcp` brings the address, and `address` gives one; keep one of them",
    );
}

#[test]
fn a_gateway_that_cannot_be_reached() {
    refused(
        |d| d.network.gateway = Some("192.168.2.1".into()),
        "network.gateway: 192.168.2.1 is not reachable: it lies outside 192.168.1.0/24, the only \
         network that `br0` is on, so the default route would lead nowhere. Correct the gateway, or \
         the prefix of `address`",
    );
    refused(
        |d| d.network.gateway = Some("192.168.1.10".into()),
        "network.gateway: 192.168.1.10 is the host itself; the gateway is the router that leads out \
         of the network",
    );
    refused(
        |d| d.network.gateway = Some("router".into()),
        "network.gateway: \"router\" is no IPv4 address; write one such as \"192.168.1.1\"",
    );
    warned(
        |d| d.network.gateway = None,
        "network: no `gateway`: the host reaches its own network and nothing beyond; so do its \
         guests only if they have a gateway of theirs",
    );
}

#[test]
fn an_interface_that_is_enslaved_and_addressed() {
    refused(
        |d| d.network.interface_address = Some("192.168.1.11/24".into()),
        "network.interface_address: `eth0` would be a port of `br0` and have an address at once. A \
         bridge's port passes frames on and answers for nobody: what comes for an address of its \
         own is lost, and two routes lead to one network. Give the address to the bridge \
         (`address`) and leave this out",
    );
    refused(
        |d| d.network.bridge = "eth0".into(),
        "network: the bridge and the interface are both called `eth0`. That is what Xen's default \
         script makes of a network, by renaming the interface; give the bridge a name of its own, \
         such as \"br0\"",
    );
}

#[test]
fn macs() {
    refused(
        |d| d.guests[1].mac = Some("00:16:3E:27:84:7A".into()),
        "guest: \"web\" and \"db.2\" both have the MAC 00:16:3e:27:84:7a. A bridge learns behind \
         which port an address is and would send the answers now to one, now to the other; leave \
         `mac` out of one of them, and it gets its own",
    );
    refused(
        |d| d.network.interface = "00:16:3e:27:84:7a".into(),
        "guest: the host's interface and \"web\" both have the MAC 00:16:3e:27:84:7a. A bridge \
         learns behind which port an address is and would send the answers now to one, now to the \
         other; leave `mac` out of one of them, and it gets its own",
    );
    refused(
        |d| d.guests[0].mac = Some("01:16:3e:27:84:7a".into()),
        "guest \"web\": the MAC 01:16:3e:27:84:7a is a group's (its first byte is odd), and no \
         interface can have it; Xen's own range is 00:16:3e:…",
    );
    refused(
        |d| d.guests[0].mac = Some("27:84:7a".into()),
        "guest \"web\": mac: \"27:84:7a\" is no MAC; write six pairs such as \"00:16:3e:27:84:7a\"",
    );
    warned(
        |d| d.guests[0].mac = Some("52:54:00:00:00:01".into()),
        "guest \"web\": the MAC 52:54:00:00:00:01 is not in Xen's range (00:16:3e:…): it may be \
         another card's on the same LAN, and two of one address shut each other out",
    );
}

#[test]
fn guests() {
    refused(
        |d| d.guests[1].name = "web".into(),
        "guest: two are called \"web\"; xl and libvirt know a guest by its name",
    );
    refused(
        |d| d.guests[1].disks[1].device = "xvda".into(),
        "guest \"db.2\": two disks are called \"xvda\"",
    );
    refused(
        |d| d.guests[0].memory = 0,
        "guest \"web\": a memory of 0 MiB starts nothing; give it at least 16",
    );
    refused(
        |d| d.guests[0].kernel = "vmlinuz".into(),
        "guest \"web\": kernel: \"vmlinuz\" does not start with a slash",
    );
    refused(
        |d| d.guests[0].args = Some("a\"b".into()),
        "guest \"web\": args: \"a\\\"b\" has a quote or a backslash in it, which xl's configuration \
         cannot hold",
    );
    refused(
        |d| d.guests[0].name = "../web".into(),
        "guest: \"../web\" must start with a letter or a digit",
    );
    refused(
        |d| d.network.bridge = "a-very-long-bridge".into(),
        "network.bridge: \"a-very-long-bridge\" is too long",
    );
}

#[test]
fn a_mac_that_nobody_gave_is_xens_stable_and_nobody_elses() {
    let macs = |d: &Description| -> Vec<String> {
        checked(d).unwrap().0.guests().map(|(_, mac)| mac).collect()
    };
    let first = macs(&description());
    assert_eq!(first, macs(&description()));
    assert_eq!(first[0], "00:16:3e:27:84:7a");
    assert!(first[1].starts_with("00:16:3e:"), "{first:?}");
    // The MAC that would be derived is another guest's already.
    let mut d = description();
    d.guests[0].mac = Some(first[1].clone());
    let second = macs(&d);
    assert_eq!(second[0], first[1]);
    assert_ne!(second[1], second[0]);
    assert!(second[1].starts_with("00:16:3e:"), "{second:?}");
}
