//! Real ISOs of several makers boot in QEMU (rung 5 of the ladder of tests): from a key that was
//! built with them, and from one onto which they were copied later, where the menu finds them.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::path::{Path, PathBuf};
use testbench::{BootOptions, DiskBus, Firmware, Iso, PATIENCE, Qemu, makers_iso};
use tests::{Key, Room};

/// What tells that an ISO's own program runs.
#[derive(Debug, Clone, Copy)]
enum Token {
    /// Said on the serial line, or through a BIOS that copies to it what it prints.
    Said(&'static str),
    /// Shown on a PC's text screen.
    Shown(&'static str),
}
use Token::{Said, Shown};

const BIOS: Firmware = Firmware::SeaBios;
const UEFI: Firmware = Firmware::OvmfX64;

const IPXE: Token = Said("Open Source Network Boot Firmware");
/// Memtest86+ shows it beside the processor's name once it has found out about the machine.
const MEMTEST: &str = "L1 Cache";

fn boot(key: &Key, firmware: Firmware) -> Option<Qemu> {
    boot_with(key, firmware, &[])
}

fn boot_with(key: &Key, firmware: Firmware, args: &[&str]) -> Option<Qemu> {
    Qemu::boot(BootOptions {
        extra_args: args.iter().map(Into::into).collect(),
        disks: vec![(key.image.clone(), DiskBus::Usb)],
        firmware,
        memory_mib: 1024,
        bios_on_serial: firmware == BIOS,
        ..BootOptions::default()
    })
}

#[track_caller]
fn wait(guest: &mut Qemu, token: Token) {
    match token {
        Said(text) => guest.expect(text, PATIENCE).unwrap(),
        Shown(text) => guest.read(text, PATIENCE).unwrap_or_else(|e| {
            panic!("{e}:\n{}", guest.text_screen().unwrap_or_default().join("\n"))
        }),
    }
}

/// Boots an ISO that the key was built with.
fn starts(iso: &Path, cases: &[(Firmware, Token)]) {
    let Some(room) = Room::new() else { return };
    std::fs::copy(iso, room.path("some.iso")).unwrap();
    room.text(
        "key.toml",
        "[menu]\nserial = true\ntimeout = 3\n\
         [[iso]]\npath = \"some.iso\"\ntitle = \"Chosen\"\n",
    );
    let key = room.build(["key.toml"]);
    for (firmware, token) in cases {
        let Some(mut guest) = boot(&key, *firmware) else { return };
        guest.expect("Chosen", PATIENCE).unwrap(); // the menu
        wait(&mut guest, *token);
    }
}

/// Boots an ISO of which the key's menu knows nothing: it is the only one found. There is one way to
/// start it, or there are `several`, of which the first is chosen.
fn starts_when_found(iso: &Path, several: bool, cases: &[(Firmware, Token)]) {
    let Some(room) = Room::new() else { return };
    std::fs::create_dir_all(room.path("dropped")).unwrap();
    std::fs::copy(iso, room.path("dropped/found.iso")).unwrap();
    room.text(
        "key.toml",
        "[menu]\nserial = true\ntimeout = \"none\"\n\
         [[tree]]\nfrom = \"dropped\"\nto = \"isos:/\"\n",
    );
    let key = room.build(["key.toml"]);
    for (firmware, token) in cases {
        let Some(mut guest) = boot(&key, *firmware) else { return };
        guest.expect("ISOs found on this key", PATIENCE).unwrap();
        guest.send("\r").unwrap();
        guest.expect("found.iso", PATIENCE).unwrap();
        guest.send("\r").unwrap();
        if several {
            guest.expect("Start ", PATIENCE).unwrap();
            guest.send("\r").unwrap();
        }
        wait(&mut guest, *token);
    }
}

/// Both for an ISO of `cargo xtask isos --makers`.
fn both(name: &str, cases: &[(Firmware, Token)]) {
    let Some(iso) = makers_iso(name) else { return };
    starts(&iso, cases);
    starts_when_found(&iso, false, cases);
}

fn debians(iso: impl Fn() -> Option<PathBuf>, cases: &[(Firmware, Token)]) {
    if let Some(iso) = iso() {
        starts_when_found(&iso, false, cases);
    }
}

/// iPXE, started from the key, takes an address and a script from the network, and does what that says.
fn runs_script_from_network(iso: &Path) {
    let Some(room) = Room::new() else { return };
    std::fs::copy(iso, room.path("net.iso")).unwrap();
    let key =
        room.text("key.toml", "[menu]\nserial = true\ntimeout = 3\n[[iso]]\npath = \"net.iso\"\n");
    let key = room.build([key]);
    // Said in two parts, as everywhere: what is asked for is not the answer.
    let script = "#!ipxe\nset word script-of-the-\necho ${word}network\nshell\n";
    let net = room.path("net");
    std::fs::create_dir(&net).unwrap();
    std::fs::write(net.join("start.ipxe"), script).unwrap();
    for firmware in [BIOS, UEFI] {
        let user = format!("user,id=net,tftp={},bootfile=start.ipxe", net.display());
        // The card has no program of its own with which firmware would boot from the network.
        let args = ["-netdev", &user, "-device", "virtio-net-pci,netdev=net,romfile="];
        let Some(mut guest) = boot_with(&key, firmware, &args) else { return };
        wait(&mut guest, IPXE);
        wait(&mut guest, Said("script-of-the-network"));
    }
}

/// Every entry of a key with this ISO is proven by `try --all`, on each firmware.
fn is_proven(name: &str) {
    let Some(iso) = makers_iso(name) else { return };
    let Some(room) = Room::new() else { return };
    std::fs::copy(iso, room.path("some.iso")).unwrap();
    room.text("key.toml", "[[iso]]\npath = \"some.iso\"\ntitle = \"Chosen\"\n");
    room.build(["key.toml"]);
    let args = ["try", "key.img", "--all", "--entry", "Chosen", "--memory", "1GiB"];
    let ran = room.run(args).expect_success("bootkey try --all");
    assert!(ran.stdout.contains("2 of 2 proven"), "{}", ran.stdout);
}

/// Those of this Debian were started from a key that was built with them elsewhere.
#[test]
fn debians_tools_start_when_found() {
    debians(testbench::ipxe_iso, &[(BIOS, IPXE), (UEFI, IPXE)]);
    debians(testbench::memtest_iso, &[(BIOS, Shown(MEMTEST))]);
    debians(testbench::grub_rescue_iso, &[(BIOS, Said("GNU/Hurd"))]);
}

#[test]
fn ipxe_runs_the_script_of_the_network() {
    if let Some(iso) = testbench::ipxe_iso() {
        runs_script_from_network(&iso);
    }
}

#[test]
fn memtest_7_and_8_start() {
    for suite in ["trixie", "unstable"] {
        let name = format!("memtest86plus-x64-{suite}.iso");
        both(&name, &[(BIOS, Shown(MEMTEST))]);
    }
}

#[test]
fn memtest_with_grub_starts() {
    both("memtest86plus-grub.iso", &[(BIOS, Shown(MEMTEST)), (UEFI, Said(MEMTEST))]);
}

#[test]
fn newer_ipxe_starts() {
    for suite in ["trixie", "unstable"] {
        let name = format!("ipxe-{suite}.iso");
        both(&name, &[(BIOS, IPXE), (UEFI, IPXE)]);
        if let Some(iso) = makers_iso(&name) {
            runs_script_from_network(&iso);
        }
    }
}

#[test]
fn newer_grub_rescue_starts() {
    for suite in ["trixie", "unstable"] {
        both(&format!("grub-rescue-{suite}.iso"), &[(BIOS, Said("GNU/Hurd"))]);
    }
}

/// FAI, behind dracut, says what it was told and then goes on to its tasks.
#[test]
fn fai_starts() {
    let Some(iso) = makers_iso("fai-cd.iso") else { return };
    let token = Said("FAI_FLAGS: verbose createvt");
    let cases = [(BIOS, token), (UEFI, token)];
    starts(&iso, &cases);
    starts_when_found(&iso, true, &cases);
}

#[test]
fn newer_and_graphical_installers_are_proven() {
    for name in
        ["debian-12-netinstall-gtk.iso", "debian-13-netinstall.iso", "debian-13-netinstall-gtk.iso"]
    {
        is_proven(name);
    }
}

/// cloud-init, in a live system, finds the partition that the key has for an installer of Ubuntu's, and
/// does to its end what is written there.
#[test]
fn cloud_init_does_what_the_partition_for_it_says() {
    let Some(live) = makers_iso("cloud-live.iso") else { return };
    let Some(room) = Room::new() else { return };
    std::fs::copy(live, room.path("cloud.iso")).unwrap();
    let installer = Iso::new("Ubuntu-Server 24.04 LTS amd64")
        .file("casper/vmlinuz", b"kernel")
        .file("casper/initrd", b"initrd")
        .file("casper/ubuntu-server-minimal.squashfs", b"system");
    installer.write(&room.path("ubuntu.iso")).unwrap();
    room.text(
        "user-data",
        "#cloud-config\nhostname: from-the-key\nruncmd:\n\
         \x20 - [sh, -c, 'echo done-by cloud-init on $(hostname) > /dev/console']\n",
    );
    room.text(
        "key.toml",
        "[menu]\nserial = true\ntimeout = 3\n[[iso]]\npath = \"cloud.iso\"\n\
         [[iso]]\npath = \"ubuntu.iso\"\nrecipe = \"casper\"\nautoinstall = \"user-data\"\n",
    );
    let key = room.build(["key.toml"]);
    let Some(mut guest) = boot(&key, UEFI) else { return };
    for text in ["done-by cloud-init on from-the-key", "DataSourceNoCloud"] {
        guest.expect(text, 3 * PATIENCE).unwrap();
    }
}
