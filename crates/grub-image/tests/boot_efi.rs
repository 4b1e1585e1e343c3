//! An image of ours started by real firmware: the guest says what its configuration tells it to.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests start programs
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::Grub;
use grub_image::{ImageOptions, Platform, mkimage};
use std::path::{Path, PathBuf};
use testbench::{BootOptions, DiskBus, Firmware, PATIENCE, Qemu};

const MODULES: &[&str] =
    &["part_msdos", "fat", "memdisk", "tar", "normal", "echo", "search", "cat", "true"];
const EARLY: &str = "echo early-$prefix\n";
const MENU: &str = "echo \"menu-$prefix\"\nsearch --file --set=root /token.txt\ncat /token.txt\n";

/// A FAT file system without a partition table, with the image where firmware looks for it.
fn disk(dir: &Path, grub: &Grub, platform: Platform) -> Option<PathBuf> {
    let mformat = testbench::oracle("mformat")?;
    let (mmd, mcopy) = (testbench::oracle("mmd")?, testbench::oracle("mcopy")?);
    let tar = testbench::oracle("tar")?;
    let path = |name: &str| dir.join(name);
    std::fs::create_dir_all(path("m/boot/grub")).unwrap();
    std::fs::write(path("m/boot/grub/grub.cfg"), MENU).unwrap();
    std::fs::write(path("token.txt"), "token-from-fat\n").unwrap();
    let arguments = ["--format=ustar", "-C", "m", "-cf", "memdisk.tar", "boot"];
    testbench::run(tar.command().current_dir(dir).args(arguments)).expect_success("tar");
    let memdisk = std::fs::read(path("memdisk.tar")).unwrap();
    let options = ImageOptions {
        modules: MODULES,
        prefix: "(memdisk)/boot/grub",
        config: Some(EARLY),
        memdisk: Some(&memdisk),
        sbat: None,
    };
    let Some(files) = grub.files(platform) else {
        testbench::missing(&format!("GRUB for {platform}"));
        return None;
    };
    let image = mkimage::efi(&files, &options).unwrap();
    std::fs::write(path("image.efi"), image.bytes()).unwrap();
    let boot_file = format!("::EFI/BOOT/{}", platform.boot_file().unwrap());
    let disk = path("disk.img");
    std::fs::File::create(&disk).unwrap().set_len(48 << 20).unwrap();
    for (tool, arguments) in [
        (&mformat, &["-i", "disk.img", "-F", "::"][..]),
        (&mmd, &["-i", "disk.img", "::EFI", "::EFI/BOOT"]),
        (&mcopy, &["-i", "disk.img", "image.efi", &boot_file]),
        (&mcopy, &["-i", "disk.img", "token.txt", "::token.txt"]),
    ] {
        testbench::run(tool.command().current_dir(dir).args(arguments)).expect_success("mtools");
    }
    Some(disk)
}

fn boot(grub: &Grub, platform: Platform, firmware: Firmware, bus: DiskBus) -> Option<Qemu> {
    let dir = tempfile::tempdir().unwrap();
    let disks = vec![(disk(dir.path(), grub, platform)?, bus)];
    let options = BootOptions { disks, firmware, ..BootOptions::default() };
    let mut guest = Qemu::boot(options)?;
    // Once the firmware talks, QEMU has the disk open and its name may go.
    guest.expect("BdsDxe: ", PATIENCE).unwrap();
    Some(guest)
}

/// Boots and waits for all three tokens.
fn starts(suite: &str, platform: Platform, firmware: Firmware, bus: DiskBus) {
    let Some(grub) = Grub::all().into_iter().find(|g| g.name() == suite) else { return };
    let Some(mut guest) = boot(&grub, platform, firmware, bus) else { return };
    for token in ["early-(memdisk)/boot/grub", "menu-(memdisk)/boot/grub", "token-from-fat"] {
        guest.expect(token, PATIENCE).unwrap();
    }
}

#[test]
fn x64_starts() {
    starts("bookworm", Platform::X86_64Efi, Firmware::OvmfX64, DiskBus::Virtio);
}

#[test]
fn x64_of_the_newest_grub_starts_from_usb() {
    starts("forky", Platform::X86_64Efi, Firmware::OvmfX64, DiskBus::Usb);
}

#[test]
fn ia32_starts() {
    starts("bookworm", Platform::I386Efi, Firmware::OvmfIa32, DiskBus::Ide);
}

#[test]
fn aa64_starts() {
    starts("bookworm", Platform::Arm64Efi, Firmware::AavmfArm64, DiskBus::Virtio);
}

#[test]
fn unsigned_and_therefore_refused_by_secure_boot() {
    let Some(grub) = Grub::all().into_iter().find(|g| g.name() == "bookworm") else { return };
    let firmware = Firmware::OvmfX64SecureBoot;
    let booted = boot(&grub, Platform::X86_64Efi, firmware, DiskBus::Virtio);
    let Some(mut guest) = booted else { return };
    guest.expect("Access Denied", PATIENCE).unwrap();
    assert!(!guest.transcript().contains("early-"));
}
