//! The key of `images/xen-host.toml` boots in QEMU (rung 5 of the ladder of tests): GRUB starts
//! Xen, Xen starts its dom0, dom0 has the bridge that was described, and a guest on that bridge
//! speaks. All of it is read from the serial line.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use testbench::{BootOptions, DiskBus, EMULATED, Firmware, PATIENCE, Qemu, live_iso};
use tests::Room;

const SPEC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../images/xen-host.toml");

/// Xen without hardware to help, under emulation: a system call of dom0's is several hundred
/// emulated instructions, and systemd makes many.
const LONG: std::time::Duration = PATIENCE.saturating_mul(6);

fn boot(firmware: Firmware) -> Option<Qemu> {
    let room = Room::new()?;
    std::fs::copy(live_iso("xen-dom0.iso")?, room.path("xen-dom0.iso")).unwrap();
    let spec = std::fs::read_to_string(SPEC).unwrap();
    let there = "../target/isos/xen-dom0.iso";
    assert!(spec.contains(there), "{spec}");
    // For emulation, as in the parameters of other live systems for tests.
    let spec = spec.replace("boot=live ", "boot=live norandmaps ");
    room.text("xen-host.toml", &spec.replace(there, "xen-dom0.iso"));
    let key = room.build(["xen-host.toml"]);
    // QEMU before 9.1 checks SMAP where a guest's kernel, which is no supervisor under Xen,
    // returns from an interrupt: dom0 dies of it at once.
    let processor = format!("{EMULATED},smap=off");
    let words = [
        ["-cpu", &processor],
        ["-netdev", "user,id=net"],
        ["-device", "virtio-net-pci,netdev=net"],
    ];
    let mut guest = Qemu::boot(BootOptions {
        disks: vec![(key.image, DiskBus::Virtio)],
        firmware,
        memory_mib: 2048,
        extra_args: words.concat().into_iter().map(Into::into).collect(),
        ..BootOptions::default()
    })?;
    guest.expect("Xen with a live Debian", PATIENCE).unwrap(); // the menu
    guest.expect("Xen version 4", 2 * PATIENCE).unwrap();
    guest.expect("Linux version", 2 * PATIENCE).unwrap();
    Some(guest)
}

#[test]
fn on_a_bios_dom0_has_the_bridge_and_a_guest_is_on_it() {
    let Some(mut dom0) = boot(Firmware::SeaBios) else { return };
    for fact in [
        "ok: br0 is a bridge",
        "ok: address of br0: 10.0.2.15/24",
        "ok: ports of br0: eth0",
        "ok: address of eth0: none",
        "ok: default route: default via 10.0.2.2 dev br0",
        "ok: gateway 10.0.2.2 asked through br0",
        "xen1 is as described",
    ] {
        dom0.expect(&format!("xen-host: {fact}"), LONG).unwrap();
    }
    let mut typed = |keys: &str, says: &[&str]| {
        dom0.send(keys).unwrap();
        for token in says {
            dom0.expect(token, LONG).unwrap_or_else(|e| panic!("{keys:?}: {e}"));
        }
    };
    let mut shell = |command: &str, says: &[&str]| typed(&format!("{command}\r"), says);
    // A shell that does not draw, and says what it is asked to.
    shell("", &["root@dom0"]);
    shell("systemctl start xen; echo started $?", &["started 0"]);
    // xl reads what was generated, and does nothing.
    shell("xl create -n /etc/xen/hello.cfg > /dev/null; echo dry run $?", &["dry run 0"]);
    shell(
        "xl create -c /etc/xen/hello.cfg",
        &[
            "guest: token hello",
            "guest: eth0 has the MAC 00:16:3e:27:84:7a",
            "guest: 10.0.2.2 answers",
        ],
    );
    // Ctrl-] leaves the guest's console: by itself, since xenconsole passes on to the guest what
    // it reads together with another byte, as it does on a busy machine.
    typed("\x1d", &["root@dom0"]);
    let mut shell = |command: &str, says: &[&str]| typed(&format!("{command}\r"), says);
    shell("xl network-list hello", &["00:16:3e:27:84:7a"]);
    shell("echo br0 has $(ls /sys/class/net/br0/brif)", &["br0 has eth0 vif1.0"]);

    // The tamper tests of what was asserted above. Without its port the bridge reaches nobody:
    shell(
        "ip link set eth0 nomaster; xen-host-check",
        &[
            "xen-host: WRONG: ports of br0: vif1.0",
            "xen-host: WRONG: gateway 10.0.2.2 asked through br0",
            "xen1 is not as described: 2 wrong",
        ],
    );
    // And this is what `(network-script network-bridge)` makes of eth0.
    shell(
        "ip link set br0 down; ip link set eth0 down; ip link set eth0 name peth0; \
         ip link set br0 name eth0; ip link set peth0 master eth0 up; ip link set eth0 up; \
         xen-host-check",
        &[
            "xen-host: WRONG: br0 is a bridge",
            "xen-host: WRONG: ports of br0: none",
            "xen-host: WRONG: address of eth0: 10.0.2.15/24",
            "xen1 is not as described",
        ],
    );
}

/// What dom0 does with its kernel and initrd is the same as on a BIOS.
#[test]
fn on_uefi_dom0_has_its_initrd() {
    let Some(mut dom0) = boot(Firmware::OvmfX64) else { return };
    dom0.expect("Freeing initrd memory", LONG).unwrap();
}
