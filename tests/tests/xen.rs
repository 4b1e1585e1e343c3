//! Xen entries, with the finished program: what is on the key, and what is refused.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use testbench::{Iso, oracle};
use tests::Room;

const ENTRY: &str = "[[entry]]\ntitle = \"Xen\"\n[entry.xen]\nhypervisor = \"iso:/boot/xen.gz\"\n\
     kernel = \"vmlinuz\"\ninitrd = \"iso:/live/initrd.img\"\n";
const HOST: &str = "[xen]\nhost = \"xen1\"\n\
     [xen.network]\ninterface = \"eth0\"\naddress = \"10.0.2.15/24\"\ngateway = \"10.0.2.2\"\n";

/// A room with an ISO that carries a hypervisor, or what looks like one; a kernel beside it.
fn room() -> Option<Room> {
    let room = Room::new()?;
    let iso = Iso::new("dom0").file("boot/xen.gz", b"xen").file("live/initrd.img", b"initrd");
    iso.write(&room.path("dom0.iso")).unwrap();
    room.text("vmlinuz", "kernel");
    Some(room)
}

fn spec(room: &Room, entry: &str, host: &str) {
    let iso = "[key]\nfirmware = [\"bios\"]\n[[iso]]\npath = \"dom0.iso\"\nrecipe = \"none\"\n";
    room.text("key.toml", &format!("{iso}{entry}{host}"));
}

#[test]
fn the_key_carries_the_host_and_its_initrd() {
    let Some(room) = room() else { return };
    spec(&room, ENTRY, HOST);
    let key = room.build(["key.toml"]);
    let (Some(debugfs), Some(cpio)) = (oracle("debugfs"), oracle("cpio")) else { return };
    let fs = key.partition(2, &room.path("fs.img"));
    let fs = fs.to_str().unwrap();
    let cat = |path: &str| debugfs.run(["-R", &format!("cat {path}"), fs]).stdout;
    assert_eq!(cat("/xen/boot/xen/kernel"), "kernel");
    let interfaces = cat("/xen/xen1/interfaces/etc/network/interfaces");
    assert!(interfaces.contains("bridge_ports eth0"), "{interfaces}");
    let listed = debugfs.run(["-R", "ls -p /xen/xen1", fs]).stdout;
    assert!(listed.contains("/100755/0/0/apply/"), "{listed}");

    let initrd = room.path("initrd");
    debugfs
        .run(["-R", &format!("dump /xen/boot/xen/initrd {}", initrd.display()), fs])
        .expect_success("debugfs dump");
    let bytes = std::fs::read(&initrd).unwrap();
    assert!(bytes.starts_with(b"initrd\0\x00070701"));
    std::fs::write(&initrd, &bytes[8..]).unwrap();
    let mut list = cpio.command();
    list.args(["-it", "--quiet"]).stdin(std::fs::File::open(&initrd).unwrap());
    let listed = testbench::run(&mut list).expect_success("cpio").stdout;
    assert!(listed.contains("conf/conf.d/xen-host\n"), "{listed}");
}

#[test]
fn the_same_spec_gives_the_same_key() {
    let Some(room) = room() else { return };
    spec(&room, ENTRY, HOST);
    let first = tests::sha256(&room.build(["key.toml"]).image);
    assert_eq!(tests::sha256(&room.build(["key.toml"]).image), first);
}

#[test]
fn what_cannot_be_is_refused() {
    let Some(room) = room() else { return };
    let refused = |status: i32, message: &str| {
        let ran = room.run(["build", "key.toml", "-o", "key.img"]);
        assert_eq!(ran.status, Some(status), "{}", ran.stderr);
        assert!(ran.stderr.contains(message), "{message:?} is not in\n{}", ran.stderr);
        assert!(!room.path("key.img").exists());
    };
    spec(&room, &ENTRY.replace("/boot/xen.gz", "/boot/xem.gz"), "");
    refused(2, "dom0.iso has no file /boot/xem.gz");
    spec(&room, &format!("{ENTRY}iso = \"other.iso\"\n"), "");
    refused(2, "there is no ISO \"other.iso\" on the key, which has dom0.iso");
    let two = "[[iso]]\npath = \"dom0.iso\"\nname = \"two.iso\"\nrecipe = \"none\"\n";
    spec(&room, &format!("{two}{ENTRY}"), "");
    refused(2, "which ISO does `iso:` mean? Name it with `xen.iso`: the key has dom0.iso, two.iso");
    spec(&room, &ENTRY.replace("\"vmlinuz\"", "\"nowhere\""), "");
    refused(5, "nowhere: cannot be opened");
    spec(&room, ENTRY, &HOST.replace("/24", "/30"));
    refused(2, "xen.network.address: 10.0.2.15 is the broadcast address of its own subnet");
    spec(&room, ENTRY, &HOST.replace("[xen.n", "network_script = \"network-bridge\"\n[xen.n"));
    refused(2, "the trap: it renames the working interface `eth0`");
}
