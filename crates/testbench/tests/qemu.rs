//! Tests of the QEMU harness with guests of 512 bytes. Above all, it must notice when a guest does
//! not print what it should.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::path::{Path, PathBuf};
use std::time::Duration;

use testbench::{BootOptions, DiskBus, GuestError, PATIENCE, Qemu, bootsector, ipxe_iso};

fn disk(dir: &Path, name: &str, sector: &[u8]) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, sector).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(1 << 20).unwrap();
    path
}

fn booted(disks: Vec<(PathBuf, DiskBus)>) -> Option<Qemu> {
    Qemu::boot(BootOptions { disks, memory_mib: 64, ..BootOptions::default() })
}

#[test]
fn a_guest_says_its_token_and_hears_what_is_typed() {
    let dir = tempfile::tempdir().unwrap();
    // A comma in the path, which means something to QEMU.
    let image = disk(dir.path(), "a,b c.img", &bootsector::says("sector speaking\r\n"));
    let Some(mut guest) = booted(vec![(image, DiskBus::Usb)]) else { return };
    guest.expect("sector speaking", PATIENCE).unwrap();
    guest.send("echo 123\r").unwrap();
    guest.expect("echo 123", PATIENCE).unwrap();
    assert!(guest.transcript().starts_with("sector speaking\n"), "{}", guest.transcript());
    guest.key("ret").unwrap();
    assert!(matches!(guest.key("no-such-key"), Err(GuestError::Monitor { .. })));
    let png = dir.path().join("screen, \"1\".png");
    guest.screendump(&png).unwrap();
    assert_eq!(&std::fs::read(png).unwrap()[1..4], b"PNG");
}

#[test]
fn a_wrong_token_is_not_heard_nor_an_old_one_twice() {
    let dir = tempfile::tempdir().unwrap();
    let image = disk(dir.path(), "a.img", &bootsector::says("the only words\r\n"));
    let Some(mut guest) = booted(vec![(image, DiskBus::Ide)]) else { return };
    guest.expect("only words", PATIENCE).unwrap();
    for token in ["other words", "only words"] {
        let err = guest.expect(token, Duration::from_millis(200)).unwrap_err();
        assert!(matches!(err, GuestError::Silent { .. }), "{err}");
        let shown = format!("{err:?}"); // as unwrap would
        assert!(shown.ends_with("its last lines:\nthe only words"), "shows what was said: {shown}");
    }
}

#[test]
fn a_silent_guest_fails() {
    let dir = tempfile::tempdir().unwrap();
    let image = disk(dir.path(), "a.img", &bootsector::says(""));
    let Some(mut guest) = booted(vec![(image, DiskBus::Virtio)]) else { return };
    let err = guest.expect("anything", Duration::from_secs(2)).unwrap_err();
    assert!(matches!(err, GuestError::Silent { .. }), "{err}");
}

#[test]
fn an_image_without_a_boot_signature_is_refused_by_the_firmware() {
    let dir = tempfile::tempdir().unwrap();
    let mut sector = bootsector::says("sector speaking\r\n");
    sector[510] ^= 1; // the tamper test: 54 AA
    let image = disk(dir.path(), "a.img", &sector);
    let options = BootOptions {
        disks: vec![(image, DiskBus::Ide)],
        bios_on_serial: true, // for the refusal is a token too
        ..BootOptions::default()
    };
    let Some(mut guest) = Qemu::boot(options) else { return };
    guest.expect("No bootable device", PATIENCE).unwrap();
    assert!(!guest.transcript().contains("sector speaking"));
}

#[test]
fn a_qemu_that_ends_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let gone = dir.path().join("gone.img");
    let Some(mut guest) = booted(vec![(gone, DiskBus::Ide)]) else { return };
    let err = guest.expect("anything", PATIENCE).unwrap_err();
    assert!(matches!(err, GuestError::Ended { .. }), "{err}");
    assert!(err.to_string().contains("gone.img"), "shows what QEMU said: {err}");
}

#[test]
fn the_second_drive_can_be_booted_behind_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let first = disk(dir.path(), "first.img", &bootsector::boots_second_drive());
    let second = disk(dir.path(), "second.img", &bootsector::says("second speaking\r\n"));
    let disks = vec![(first, DiskBus::Ide), (second, DiskBus::Usb)];
    let Some(mut guest) = booted(disks) else { return };
    guest.expect("second speaking", PATIENCE).unwrap();
}

#[test]
fn what_a_guest_writes_is_kept_only_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let sector = bootsector::copies_itself();
    let image = disk(dir.path(), "a.img", &sector);
    for keep_writes in [false, true] {
        let disks = vec![(image.clone(), DiskBus::Ide)];
        let options = BootOptions { disks, keep_writes, memory_mib: 64, ..BootOptions::default() };
        let Some(guest) = Qemu::boot(options) else { return };
        guest.ended(PATIENCE).unwrap();
        let bytes = std::fs::read(&image).unwrap();
        assert_eq!(bytes[512..1024] == sector, keep_writes);
    }
}

#[test]
fn a_guest_that_runs_on_has_not_ended() {
    let dir = tempfile::tempdir().unwrap();
    let image = disk(dir.path(), "a.img", &bootsector::says("still here\r\n"));
    let Some(mut guest) = booted(vec![(image, DiskBus::Ide)]) else { return };
    guest.expect("still here", PATIENCE).unwrap();
    let err = guest.ended(Duration::from_millis(200)).unwrap_err();
    assert!(matches!(err, GuestError::Running { .. }), "{err}");
    assert!(err.to_string().ends_with("still here"), "shows what was said: {err}");
}

#[test]
fn a_guest_ends_with_its_value() {
    let dir = tempfile::tempdir().unwrap();
    let image = disk(dir.path(), "a.img", &bootsector::says("alive\r\n"));
    let Some(mut guest) = booted(vec![(image, DiskBus::Ide)]) else { return };
    guest.expect("alive", PATIENCE).unwrap();
    let proc = PathBuf::from(format!("/proc/{}", guest.id()));
    assert!(proc.exists());
    drop(guest);
    assert!(!proc.exists(), "{} goes on", proc.display());
}

#[test]
fn a_real_iso_boots_from_the_cd_drive() {
    let Some(iso) = ipxe_iso() else { return };
    let options = BootOptions { cdrom: Some(iso), bios_on_serial: true, ..Default::default() };
    let Some(mut guest) = Qemu::boot(options) else { return };
    guest.expect("Open Source Network Boot Firmware", PATIENCE).unwrap();
}
