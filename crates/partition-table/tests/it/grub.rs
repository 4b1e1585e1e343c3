//! What GRUB takes the disks for: the tests behind what the crate's documentation says about the
//! order of a hybrid's entries.

use crate::common::{flip, key, write};
use image_layout::SectorSize;
use partition_table::Scheme;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use testbench::{Oracle, oracle};

const SIZE: SectorSize = SectorSize::Bytes512;

/// The disk, with an ext2 where the partition of GRUB's files is.
fn with_files(scheme: Scheme, mke2fs: &Oracle, dir: &Path) -> std::path::PathBuf {
    let image = write(&key(scheme, SIZE), dir);
    std::fs::create_dir(dir.join("files")).unwrap();
    std::fs::write(dir.join("files/here"), "GRUB's files\n").unwrap();
    let offset = format!("offset={}", 2 << 20);
    let mut command = mke2fs.command();
    command.args(["-q", "-F", "-t", "ext2", "-E", &offset, "-d"]).arg(dir.join("files"));
    testbench::run(command.arg(&image).arg("18M")).expect_success("mke2fs");
    image
}

/// Whether GRUB finds the file on `partition`, as in `gpt2`.
fn reads(fstest: &Oracle, image: &Path, partition: &str) -> bool {
    let file = format!("(loop0,{partition})/here");
    let ran = fstest.run([image.to_str().unwrap(), "cat", &file]);
    let whole = ran.stdout == "GRUB's files\n";
    ran.accepts(1, "grub-fstest: error: ") && whole
}

#[test]
fn reads_the_partitions() {
    let (Some(fstest), Some(mke2fs)) = (oracle("grub-fstest"), oracle("mke2fs")) else { return };
    for (scheme, yes, no) in [
        (Scheme::Mbr, "msdos1", "gpt1"),
        (Scheme::Gpt, "gpt2", "msdos1"),
        // Entry 1 of the MBR lists it, but GRUB refuses MBRs with a guard.
        (Scheme::Hybrid, "gpt2", "msdos1"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let image = with_files(scheme, &mke2fs, dir.path());
        assert!(reads(&fstest, &image, yes), "{scheme}");
        assert!(!reads(&fstest, &image, no), "{scheme}");
    }
}

/// A guard in front of the partitions makes no difference to GRUB; without any it reads the MBR.
#[test]
fn the_order_of_a_hybrids_entries() {
    let (Some(fstest), Some(mke2fs)) = (oracle("grub-fstest"), oracle("mke2fs")) else { return };
    let dir = tempfile::tempdir().unwrap();
    let image = with_files(Scheme::Hybrid, &mke2fs, dir.path());
    let sector = key(Scheme::Hybrid, SIZE).sector0();
    let (listed, guard) = (&sector[446..478], &sector[478..494]);
    assert_eq!(guard[4], 0xee);
    let patch = |at: u64, bytes: &[u8]| {
        let mut file = std::fs::File::options().write(true).open(&image).unwrap();
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(bytes).unwrap();
    };
    patch(446 + 32 + 4, &[0xda]);
    assert!(!reads(&fstest, &image, "gpt2"));
    assert!(reads(&fstest, &image, "msdos1"));
    patch(446, &[guard, listed].concat());
    assert!(reads(&fstest, &image, "gpt2"));
    assert!(!reads(&fstest, &image, "msdos2"));
}

#[test]
fn tampered_tables_are_noticed() {
    let (Some(fstest), Some(mke2fs)) = (oracle("grub-fstest"), oracle("mke2fs")) else { return };
    // The signature of the GPT's header, then the partition's first sector in its entry.
    for at in [512, 1024 + 128 + 0x20] {
        let dir = tempfile::tempdir().unwrap();
        let image = with_files(Scheme::Gpt, &mke2fs, dir.path());
        flip(&image, at);
        assert!(!reads(&fstest, &image, "gpt2"), "byte {at}");
    }
}
