//! Disks of 4096-byte sectors, as loop devices: what sfdisk and sgdisk say about them.

use crate::common::{flip, key, write};
use image_layout::SectorSize;
use partition_table::Scheme;
use std::path::Path;
use testbench::{Ran, is_root, missing, oracle};

const SIZE: SectorSize = SectorSize::Bytes4096;

/// Runs `command` on a loop device, `$L`. It is let go of at once and vanishes with the shell
/// that has it open, however that ends.
fn on_a_loop(image: &Path, command: &str) -> Option<Ran> {
    let (sh, _) = (oracle("sh")?, oracle("losetup")?);
    if !is_root() {
        missing("root, for a loop device of 4096-byte sectors");
        return None;
    }
    let script = format!(
        "L=$(losetup --find --show --sector-size 4096 \"$0\") || exit 99\n\
         exec 3<>$L\nlosetup -d $L\n{command}"
    );
    let ran = sh.run(["-c".as_ref(), script.as_ref(), image.as_os_str()]);
    if ran.status == Some(99) {
        missing("a loop device of 4096-byte sectors");
        return None;
    }
    Some(ran)
}

#[test]
fn no_errors_and_no_problems() {
    let (Some(_), Some(_)) = (oracle("sfdisk"), oracle("sgdisk")) else { return };
    for scheme in [Scheme::Mbr, Scheme::Gpt, Scheme::Hybrid] {
        let dir = tempfile::tempdir().unwrap();
        let image = write(&key(scheme, SIZE), dir.path());
        let Some(ran) = on_a_loop(&image, "sfdisk --verify $L; sgdisk -v $L") else { return };
        assert!(ran.stdout.contains("No errors detected."), "{scheme}: {ran:?}");
        if scheme != Scheme::Mbr {
            assert!(ran.stdout.contains("No problems found."), "{scheme}: {ran:?}");
            assert!(!ran.stderr.contains("CRC"), "{scheme}: {ran:?}");
        }
    }
}

#[test]
fn tampering_is_noticed() {
    let (Some(_), Some(_)) = (oracle("sfdisk"), oracle("sgdisk")) else { return };
    let len = key(Scheme::Gpt, SIZE).disk().len;
    for at in [4096 + 0x20, 8192 + 0x20, len - 4096 + 0x20, len - 5 * 4096 + 0x20] {
        let dir = tempfile::tempdir().unwrap();
        let image = write(&key(Scheme::Gpt, SIZE), dir.path());
        flip(&image, at);
        let Some(ran) = on_a_loop(&image, "sfdisk --verify $L; sgdisk -v $L") else { return };
        assert!(ran.stderr.contains("GPT table is corrupt"), "byte {at}: {ran:?}");
        assert!(ran.stderr.contains("One or more CRCs don't match"), "byte {at}: {ran:?}");
    }
}
