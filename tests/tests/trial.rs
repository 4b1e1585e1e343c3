//! `bootkey try`: a key in a virtual machine, in the terminal, as its person sees it; and what is refused.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use testbench::{PATIENCE, missing, oracle};
use tests::{Room, sha256};

/// GRUB's own entry is chosen among others by pressing keys, and switches the machine off; any other would
/// leave it running. The stick is larger than the key, and what is written goes elsewhere.
#[test]
fn an_entry_is_started_in_the_terminal_and_the_key_stays_as_it_is() {
    let Some(room) = Room::new() else { return };
    let Some(qemu_img) = oracle("qemu-img") else { return };
    if oracle("qemu-system-x86_64").is_none() {
        return;
    }
    room.iso("a.iso");
    let key = room.waiting_key("[[iso]]\npath = \"a.iso\"\n");
    let before = sha256(&key.image);
    let args = ["try", "key.img", "--terminal", "--disk", "virtio", "--memory", "256MiB"];
    let rest = ["--size", "1GiB", "--keep", "kept", "--entry", "Power off"];
    let ran = room.run(args.iter().chain(&rest)).expect_success("bootkey try");
    assert!(ran.stdout.contains("Power off"), "the menu: {}", ran.stdout);
    for told in ["by bios", "Ctrl-A X ends it", "goes into `kept`"] {
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    assert_eq!(sha256(&key.image), before);
    let info = qemu_img.run(["info".as_ref(), room.path("kept").as_os_str()]);
    let info = info.expect_success("qemu-img info").stdout;
    assert!(info.contains("virtual size: 1 GiB") && info.contains("key.img"), "{info}");
}

/// A firmware with Microsoft's keys starts what they have signed, up to an entry of the menu; and what nobody
/// has signed it refuses, and whoever sits at the terminal is told so before and sees it.
#[test]
fn secure_boot_starts_a_signed_key_and_refuses_another_and_says_why() {
    let Some(room) = Room::new() else { return };
    for firmware in ["OVMF/OVMF_CODE_4M.secboot.fd", "OVMF/OVMF_VARS_4M.ms.fd"] {
        if !Path::new("/usr/share").join(firmware).is_file() {
            missing("UEFI with Microsoft's keys (package `ovmf`)");
            return;
        }
    }
    if oracle("qemu-system-x86_64").is_none() {
        return;
    }
    room.iso("a.iso");
    let spec = "[menu]\nserial = true\ntimeout = \"none\"\n[[iso]]\npath = \"a.iso\"\n";
    room.text("key.toml", spec);
    room.build(["key.toml", "--secure-boot"]);
    let args = ["try", "key.img", "--secure-boot", "--terminal", "--disk", "virtio"];
    let ran = room.run(args.iter().chain(&["--entry", "Power off"]));
    let ran = ran.expect_success("bootkey try");
    assert!(ran.stdout.contains("Power off"), "the menu: {}", ran.stdout);
    assert!(ran.stderr.contains("by uefi-x64, Secure Boot"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);

    room.build(["key.toml"]);
    let mut command = room.bootkey(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (seen, more) = mpsc::channel();
    let mut terminal = child.stdout.take().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(n @ 1..) = terminal.read(&mut buffer) {
            // OK to ignore: the test has seen enough.
            let _ = seen.send(buffer[..n].to_vec());
        }
    });
    let mut screen = Vec::new();
    while !screen.windows(13).any(|said| said == b"Access Denied") {
        match more.recv_timeout(PATIENCE) {
            Ok(said) => screen.extend(said),
            Err(_) => break,
        }
    }
    // Ctrl-A X, as the person is told.
    child.stdin.take().unwrap().write_all(b"\x01x").unwrap();
    let ended = child.wait_with_output().unwrap();
    let (screen, told) = (String::from_utf8_lossy(&screen), String::from_utf8_lossy(&ended.stderr));
    assert!(screen.contains("Access Denied") && !screen.contains("GNU GRUB"), "{screen}\n{told}");
    assert!(ended.status.success(), "{told}");
    let why = "Secure Boot will refuse the key's /EFI/BOOT/BOOTX64.EFI: nobody has signed it";
    assert!(told.contains(why), "{told}");
}

#[test]
fn what_cannot_be_tried_is_refused_before_anything_starts() {
    let Some(room) = Room::with_handmade_grub(10_000) else { return };
    room.iso("a.iso");
    let grub = ["a.iso", "--grub", "grub"];
    let key = room.build(grub);
    for packed in ["key.img.zst", "key.img.xz", "key.img.gz"] {
        room.run(["build", "-o", packed].into_iter().chain(grub)).expect_success("bootkey build");
    }
    std::fs::write(room.path("diary"), "dear diary").unwrap();
    let refused = |args: &[&str], status, words: &str| {
        let ran = room.run(["try"].iter().chain(args));
        ran.expect_objection(status, words, &format!("{args:?}"));
    };
    refused(&["key.img.zst"], 4, "unpack it first: zstd -dc key.img.zst > key.img");
    refused(&["key.img.xz"], 4, "xz -dc key.img.xz");
    refused(&["key.img.gz"], 4, "gzip -dc key.img.gz");
    refused(&["no-such.img"], 5, "no-such.img");
    refused(&["key.img", "--size", "1MiB"], 2, "--size is less");
    refused(&["key.img", "--disk", "scsi"], 2, "there are usb, usb2, virtio, ide, sd");
    refused(&["key.img", "--firmware", "bios", "--secure-boot"], 2, "take --firmware uefi-x64");
    refused(&["key.img", "--keep", "diary"], 2, "is no virtual disk over a key");
    assert_eq!(std::fs::read(room.path("diary")).unwrap(), b"dear diary");
    let entry = ["key.img", "--window", "--entry", "Reboot now"];
    refused(&entry, 2, "no entry \"Reboot now\", or several of that title; it has: ");
    refused(
        &["key.img", "--terminal", "--firmware", "bios", "--entry", "Reboot"],
        2,
        "a terminal does not show",
    );
    let ran = room.run(["try", "a.iso", "--entry", "x", "--window"]);
    assert!(matches!(ran.status, Some(2 | 4)), "{}", ran.stderr);
    assert!(key.image.exists());
}
