//! What a key carries besides ISOs so that they start, or start better, works in QEMU (rung 5 of
//! the ladder of tests): copies of EFI programs, answers for installers.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use testbench::{BootOptions, DiskBus, Firmware, Iso, PATIENCE, Qemu};
use tests::Room;

/// Debian's installer finds its preseed in the initrd that the key adds, and does what it says.
#[test]
fn an_installer_does_what_its_answers_say() {
    let Some(room) = Room::new() else { return };
    let Some((kernel, initrd)) = testbench::installer_pair() else { return };
    let iso = Iso::new("Debian netboot");
    let iso = iso.file_from("linux", &kernel).file_from("initrd.gz", &initrd);
    iso.write(&room.path("debian.iso")).unwrap();
    // Said in two parts, so that the question is not taken for the answer.
    room.text(
        "preseed.cfg",
        "d-i preseed/early_command string echo \"answers\"-\"read\" >/dev/console\n",
    );
    room.text(
        "key.toml",
        "[key]\nfirmware = [\"bios\"]\n[menu]\nserial = true\ntimeout = 3\n\
         default = \"debian-unattended-installation\"\n\
         [[iso]]\npath = \"debian.iso\"\nautoinstall = \"preseed.cfg\"\n",
    );
    let key = room.build(["key.toml"]);
    let Some(mut guest) = Qemu::boot(BootOptions {
        disks: vec![(key.image, DiskBus::Virtio)],
        memory_mib: 1024,
        ..BootOptions::default()
    }) else {
        return;
    };
    // The default leads through the submenu.
    guest.expect("Linux version", PATIENCE).unwrap();
    guest.expect("answers-read", PATIENCE).unwrap();
}

/// The same entry that gives a BIOS the floppy image gives UEFI the EFI program, with `args`.
#[test]
fn uefi_starts_the_memory_test() {
    let Some(room) = Room::new() else { return };
    let Some(memtest) = testbench::memtest_iso() else { return };
    std::fs::copy(memtest, room.path("memory.iso")).unwrap();
    room.text(
        "key.toml",
        "[menu]\nserial = true\ntimeout = 3\n[[iso]]\npath = \"memory.iso\"\ntitle = \"Memory\"\n\
         args = \"console=ttyS0,115200\"\n",
    );
    let key = room.build(["key.toml"]);
    let Some(mut guest) = Qemu::boot(BootOptions {
        disks: vec![(key.image, DiskBus::Usb)],
        firmware: Firmware::OvmfX64,
        memory_mib: 512,
        ..BootOptions::default()
    }) else {
        return;
    };
    guest.expect("Memory", PATIENCE).unwrap();
    guest.expect("L1 Cache", PATIENCE).unwrap(); // its own screen
}

/// An ISO whose kernel and initrd lie in its EFI image only, as systemd-boot's menu there says: on a
/// BIOS, with the image as an appended partition, and on UEFI, with the image as a file.
#[test]
fn kernels_in_an_efi_image_start() {
    let Some(room) = Room::new() else { return };
    let Some((kernel, initrd)) = testbench::installer_pair() else { return };
    let (Some(mformat), Some(mmd), Some(mcopy), Some(xorriso)) = (
        testbench::oracle("mformat"),
        testbench::oracle("mmd"),
        testbench::oracle("mcopy"),
        testbench::oracle("xorriso"),
    ) else {
        return;
    };
    let image = room.path("efi.img");
    let image = image.to_str().unwrap();
    mformat
        .run(["-C", "-i", image, "-T", "262144", "-h", "64", "-s", "32", "::"])
        .expect_success("mformat");
    mmd.run(["-i", image, "::/loader", "::/loader/entries"]).expect_success("mmd");
    room.text(
        "entry",
        "title In the image\nlinux /linux\ninitrd /initrd.gz\noptions net.ifnames=0\n",
    );
    let entry = room.path("entry");
    for (from, to) in [
        (kernel.as_path(), "::/linux"),
        (initrd.as_path(), "::/initrd.gz"),
        (entry.as_path(), "::/loader/entries/x.conf"),
    ] {
        mcopy.run(["-i", image, from.to_str().unwrap(), to]).expect_success("mcopy");
    }
    for folder in ["appended", "file"] {
        std::fs::create_dir_all(room.path(folder)).unwrap();
        room.text(&format!("{folder}/readme"), "nothing here\n");
    }
    std::fs::copy(image, room.path("file/efi.img")).unwrap();
    let iso = |name: &str, how: &[&str]| {
        let (out, tree) = (room.path(format!("{name}.iso")), room.path(name));
        let mut args = vec!["-as", "mkisofs", "-quiet", "-R", "-V", "INNER", "-eltorito-alt-boot"];
        args.extend(how);
        args.extend(["-no-emul-boot", "-o", out.to_str().unwrap(), tree.to_str().unwrap()]);
        xorriso.run(args).expect_success("xorriso");
    };
    iso("file", &["-e", "efi.img"]);
    iso(
        "appended",
        &["-append_partition", "2", "0xef", image, "-e", "--interval:appended_partition_2:all::"],
    );
    for (name, firmware) in [("appended", Firmware::SeaBios), ("file", Firmware::OvmfX64)] {
        room.text(
            "key.toml",
            &format!("[menu]\nserial = true\ntimeout = 3\n[[iso]]\npath = \"{name}.iso\"\n"),
        );
        let key = room.build(["key.toml"]);
        let Some(mut guest) = Qemu::boot(BootOptions {
            disks: vec![(key.image, DiskBus::Virtio)],
            firmware,
            memory_mib: 1024,
            ..BootOptions::default()
        }) else {
            return;
        };
        guest.expect("Linux version", PATIENCE).unwrap();
        // The kernel found its initrd. One machine goes on to what is in it.
        guest.expect("RAMDISK: [mem", PATIENCE).unwrap();
        if firmware == Firmware::SeaBios {
            guest.expect("Select a language", PATIENCE).unwrap();
        }
    }
}
