//! Entries of which a file cannot be loaded: GRUB says so, starts nothing, and shows its menu again,
//! on a BIOS and on UEFI.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::os::unix::fs::FileExt as _;
use testbench::{Firmware, Iso, PATIENCE, Qemu};
use tests::{Key, Room, boot};

/// Renames a file in the ISOs of a key, so that GRUB finds it no more.
fn hide(key: &Key, name: &str) {
    let (at, len) = key.partitions[1];
    let image = std::fs::File::options().read(true).write(true).open(&key.image).unwrap();
    let mut bytes = vec![0; usize::try_from(len).unwrap()];
    image.read_exact_at(&mut bytes, at).unwrap();
    let places: Vec<usize> = (0..bytes.len() - name.len())
        .filter(|&n| bytes[n..].starts_with(name.as_bytes()))
        .collect();
    assert!(!places.is_empty(), "{name} is in no ISO");
    for place in places {
        image.write_all_at(b"_", at + place as u64).unwrap();
    }
}

/// Damages the directory of the ISO: the file `name`, by its name in ISO 9660, now lies where no ISO
/// is.
fn misplace(key: &Key, name: &str) {
    let (at, len) = key.partitions[1];
    let image = std::fs::File::options().read(true).write(true).open(&key.image).unwrap();
    let mut bytes = vec![0; usize::try_from(len).unwrap()];
    image.read_exact_at(&mut bytes, at).unwrap();
    let place = bytes.windows(name.len()).position(|w| w == name.as_bytes()).unwrap();
    // A directory record: the first sector is 31 bytes in front of the name.
    image.write_all_at(&[0xFF, 0xFF, 0xFF, 0], at + place as u64 - 31).unwrap();
}

/// Starts the entry `number` of the menu, in which `last` is the last line.
fn start(guest: &mut Qemu, number: usize, last: &str) {
    guest.expect(last, PATIENCE).unwrap();
    for _ in 0..number {
        guest.key("down").unwrap();
    }
    guest.send("\r").unwrap();
}

/// Sees that the entry says that `file` was not loaded; and that the menu comes back after that,
/// also behind another entry, at the end of which GRUB would start whatever is loaded.
fn stops(guest: &mut Qemu, file: &str, check: usize) {
    guest.expect(&format!("Not loaded: {file}"), PATIENCE).unwrap();
    guest.expect("Press Escape to return to the menu", PATIENCE).unwrap();
    guest.key("esc").unwrap();
    guest.expect("Press any key to continue", PATIENCE).unwrap();
    guest.key("ret").unwrap();
    guest.expect("Power off", PATIENCE).unwrap();
    for _ in 0..check {
        guest.key("down").unwrap();
    }
    guest.expect("*Check the ISOs", PATIENCE).unwrap();
    guest.key("ret").unwrap();
    guest.expect("There was nothing to compare with", PATIENCE).unwrap();
    guest.key("esc").unwrap();
    guest.expect("Power off", PATIENCE).unwrap();
}

const MENU: &str = "[menu]\nserial = true\ntimeout = \"none\"\n";

#[test]
fn linux_is_not_started_without_its_initrd() {
    let Some(room) = Room::new() else { return };
    let Some((kernel, initrd)) = testbench::installer_pair() else { return };
    testbench::netinstall_iso(&room.path("x.iso"), &kernel, &initrd).unwrap();
    room.text("key.toml", MENU);
    let key = room.build(["key.toml", "x.iso"]);
    hide(&key, "initrd.img");
    for firmware in [Firmware::SeaBios, Firmware::OvmfX64] {
        let Some(mut guest) = boot(&key.image, firmware) else { return };
        start(&mut guest, 0, "Power off");
        stops(&mut guest, "(loop)/isolinux/initrd.img", 2);
        assert!(!guest.transcript().contains("Linux version"), "{}", guest.transcript());
    }
}

/// A signed GRUB under Secure Boot has no command that unloads a kernel, so the machine restarts.
#[test]
fn under_secure_boot_the_machine_restarts_instead() {
    let Some(room) = Room::new() else { return };
    let Some((kernel, initrd)) = testbench::installer_pair() else { return };
    testbench::netinstall_iso(&room.path("x.iso"), &kernel, &initrd).unwrap();
    room.text("key.toml", MENU);
    let key = room.build(["key.toml", "x.iso", "--secure-boot"]);
    hide(&key, "initrd.img");
    let Some(mut guest) = boot(&key.image, Firmware::OvmfX64SecureBoot) else { return };
    start(&mut guest, 0, "Power off");
    guest.expect("Not loaded: (loop)/isolinux/initrd.img", PATIENCE).unwrap();
    guest.key("esc").unwrap();
    let said = guest.ended(PATIENCE).unwrap();
    assert!(!said.contains("Linux version"), "{said}");
}

/// A kernel for Multiboot2 that says on the serial line that it runs.
fn multiboot2_kernel() -> Vec<u8> {
    let at = 0x20_0000_u32;
    let mut code = vec![0x66, 0xBA, 0xF8, 0x03]; // mov dx, 0x3F8
    for letter in b"KERNEL RUNS\r\n" {
        code.extend([0xB0, *letter, 0xEE]); // mov al, letter; out dx, al
    }
    code.extend([0xEB, 0xFE]); // jmp to itself
    let words = |words: &[u32]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<_>>();
    let (magic, len) = (0xE852_50D6_u32, 64);
    let end = at + len + code.len() as u32;
    let mut kernel = words(&[magic, 0, len, 0_u32.wrapping_sub(magic + len)]);
    kernel.extend(words(&[2, 24, at, at, end, end])); // where it is loaded
    kernel.extend(words(&[3, 12, at + len, 0])); // where it begins
    kernel.extend(words(&[0, 8])); // no more tags
    kernel.extend(code);
    kernel
}

#[test]
fn xen_is_not_started_without_a_module() {
    let Some(room) = Room::new() else { return };
    let iso = Iso::new("XEN").file("boot/xen", multiboot2_kernel());
    let iso = iso.file("boot/vmlinuz", *b"kernel").file("boot/dom0-initrd", *b"initrd");
    iso.write(&room.path("x.iso")).unwrap();
    room.text(
        "key.toml",
        &format!(
            "{MENU}[[iso]]\npath = \"x.iso\"\nrecipe = \"none\"\n[[entry]]\ntitle = \"Xen\"\n\
             xen.hypervisor = \"iso:/boot/xen\"\nxen.kernel = \"iso:/boot/vmlinuz\"\n\
             xen.initrd = \"iso:/boot/dom0-initrd\"\n"
        ),
    );
    let key = room.build(["key.toml"]);
    let Some(mut guest) = boot(&key.image, Firmware::SeaBios) else { return };
    start(&mut guest, 0, "Power off");
    guest.expect("KERNEL RUNS", PATIENCE).unwrap(); // as long as nothing is missing
    hide(&key, "dom0-initrd");
    for firmware in [Firmware::SeaBios, Firmware::OvmfX64] {
        let Some(mut guest) = boot(&key.image, firmware) else { return };
        start(&mut guest, 0, "Power off");
        stops(&mut guest, "(loop)/boot/dom0-initrd", 2);
        assert!(!guest.transcript().contains("KERNEL RUNS"), "{}", guest.transcript());
    }
}

#[test]
fn a_dropped_iso_with_one_way_to_start_needs_one_enter_and_is_not_started_without_its_initrd() {
    let Some(room) = Room::new() else { return };
    let Some((kernel, initrd)) = testbench::installer_pair() else { return };
    testbench::netinstall_iso(&room.path("x.iso"), &kernel, &initrd).unwrap();
    // Not in the menu, so it is found like one that was copied onto the key later.
    room.text("key.toml", &format!("{MENU}[[iso]]\npath = \"x.iso\"\nrecipe = \"none\"\n"));
    let key = room.build(["key.toml"]);
    let firmware = [Firmware::SeaBios, Firmware::OvmfX64];
    let found = "x.iso  [";
    for firmware in firmware {
        let Some(mut guest) = boot(&key.image, firmware) else { return };
        start(&mut guest, 0, "Power off");
        start(&mut guest, 0, found);
        guest.expect("Linux version", PATIENCE).unwrap();
    }
    misplace(&key, "INITRD.IMG;1");
    for firmware in firmware {
        let Some(mut guest) = boot(&key.image, firmware) else { return };
        start(&mut guest, 0, "Power off");
        start(&mut guest, 0, found);
        guest.expect("Not loaded: (loop)/isolinux/initrd.img", PATIENCE).unwrap();
        guest.key("esc").unwrap();
        guest.expect("Press any key to continue", PATIENCE).unwrap();
        guest.key("ret").unwrap();
        guest.expect(found, PATIENCE).unwrap(); // the list
        assert!(!guest.transcript().contains("Linux version"), "{}", guest.transcript());
    }
}
