//! The fixture ISOs, as `xorriso` and GRUB's own reader see them.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::os::unix::fs::FileExt as _;
use std::path::Path;

use testbench::{Iso, NETINSTALL_CFG, installer_pair, netinstall_iso, oracle};

fn sample(out: &Path) -> u64 {
    Iso::new("RESCUE")
        .file("isolinux/vmlinuz", pattern(300_000))
        .file("isolinux/initrd.img", pattern(5_000))
        .file("read me, \u{e9}\u{20ac} (long name).txt", "text\n")
        .file("empty", "")
        .write(out)
        .unwrap()
}

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}

#[test]
fn the_same_tree_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a.iso"), dir.path().join("b.iso"));
    let size = sample(&a);
    std::thread::sleep(std::time::Duration::from_millis(1100)); // another second on the clock
    std::fs::write(&b, pattern(9_000_000)).unwrap(); // and another past on the disk
    sample(&b);
    assert_eq!(std::fs::metadata(&a).unwrap().len(), size);
    assert!(std::fs::read(&a).unwrap() == std::fs::read(&b).unwrap());
}

#[test]
fn xorriso_reads_names_contents_and_volume_id() {
    let Some(xorriso) = oracle("xorriso") else { return };
    let dir = tempfile::tempdir().unwrap();
    let iso = dir.path().join("x.iso");
    sample(&iso);
    let out = dir.path().join("out");
    let ran = xorriso
        .run([
            "-return_with",
            "WARNING",
            "32",
            "-osirrox",
            "on",
            "-indev",
            iso.to_str().unwrap(),
            "-pvd_info",
            "-extract",
            "/",
            out.to_str().unwrap(),
        ])
        .expect_success("xorriso extracts");
    let said = ran.stdout + &ran.stderr;
    assert!(said.contains("Volume Id    : RESCUE"), "{said}");
    assert!(said.contains("2009112200000000"), "{said}");
    assert_eq!(std::fs::read(out.join("isolinux/vmlinuz")).unwrap(), pattern(300_000));
    assert_eq!(std::fs::read(out.join("isolinux/initrd.img")).unwrap(), pattern(5_000));
    let odd = out.join("read me, \u{e9}\u{20ac} (long name).txt");
    assert_eq!(std::fs::read_to_string(odd).unwrap(), "text\n");
    assert_eq!(std::fs::metadata(out.join("empty")).unwrap().len(), 0);
}

#[test]
fn xorriso_objects_to_a_volume_descriptor_without_its_identifier() {
    let Some(xorriso) = oracle("xorriso") else { return };
    let dir = tempfile::tempdir().unwrap();
    let iso = dir.path().join("x.iso");
    sample(&iso);
    let file = std::fs::File::options().write(true).open(&iso).unwrap();
    file.write_all_at(b"X", 16 * 2048 + 1).unwrap(); // "CD001" becomes "XD001"
    // Left to itself, xorriso only warns, and goes on with a blank image.
    let strict = ["-return_with", "WARNING", "32", "-indev", iso.to_str().unwrap()];
    xorriso.run(strict).expect_objection(32, "No ISO 9660 image at LBA 0", "an ISO without CD001");
}

/// `grub-fstest IMAGE cmp /inside OUTSIDE`: GRUB's own reader compares.
#[test]
fn grub_reads_both_kinds_of_names_and_sees_a_flipped_byte() {
    let Some(fstest) = oracle("grub-fstest") else { return };
    let dir = tempfile::tempdir().unwrap();
    let kernel = dir.path().join("vmlinuz");
    std::fs::write(&kernel, pattern(300_000)).unwrap();
    for plain in [false, true] {
        let iso = dir.path().join("x.iso");
        let build = Iso::new("RESCUE").file_from("isolinux/vmlinuz", &kernel);
        if plain { build.plain() } else { build }.write(&iso).unwrap();
        let args = [iso.as_path(), "cmp".as_ref(), "/isolinux/vmlinuz".as_ref(), &kernel];
        fstest.run(args).expect_success("GRUB compares");

        let bytes = std::fs::read(&iso).unwrap();
        let wanted = pattern(300_000);
        let start = bytes.windows(wanted.len()).position(|w| w == wanted).unwrap();
        let file = std::fs::File::options().write(true).open(&iso).unwrap();
        file.write_all_at(&[!bytes[start + 1000]], start as u64 + 1000).unwrap();
        fstest.run(args).expect_objection(
            1,
            "compare fail at offset 1000",
            "a flipped byte of the kernel",
        );
    }
}

#[test]
fn the_netinstall_iso_carries_the_real_kernel_and_initrd() {
    let Some((kernel, initrd)) = installer_pair() else { return };
    let Some(fstest) = oracle("grub-fstest") else { return };
    let dir = tempfile::tempdir().unwrap();
    let iso = dir.path().join("netinstall.iso");
    let size = netinstall_iso(&iso, &kernel, &initrd).unwrap();
    let payload = [&kernel, &initrd].map(|f| std::fs::metadata(f).unwrap().len());
    assert!(size > payload.iter().sum(), "{size} bytes cannot hold {payload:?}");
    let cfg = dir.path().join("isolinux.cfg");
    std::fs::write(&cfg, NETINSTALL_CFG).unwrap();
    for (inside, outside) in [
        ("/isolinux/vmlinuz", &kernel),
        ("/isolinux/initrd.img", &initrd),
        ("/isolinux/isolinux.cfg", &cfg),
    ] {
        let args = [iso.as_path(), "cmp".as_ref(), inside.as_ref(), outside];
        fstest.run(args).expect_success(inside);
    }
    let wrong = [iso.as_path(), "cmp".as_ref(), "/isolinux/vmlinuz".as_ref(), &initrd];
    fstest.run(wrong).expect_objection(
        1,
        "compare fail at offset 0",
        "the initrd in the kernel's place",
    );
}

#[test]
fn errors_name_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let gone = dir.path().join("gone");
    let iso = dir.path().join("x.iso");
    let err = Iso::new("X").file_from("a", &gone).write(&iso).unwrap_err().to_string();
    assert!(err.contains("gone"), "{err}");
    let err = Iso::new("X").write(&gone.join("x.iso")).unwrap_err().to_string();
    assert!(err.contains("gone/x.iso"), "{err}");
    let err = Iso::new("an identifier of more than thirty-two bytes").write(&iso).unwrap_err();
    assert!(err.to_string().contains("x.iso"), "{err}");
}
