//! A disk of anybody's: what can be read of it is read, and nothing more is believed.
#![no_main]

use fuzz::{Seeds, readable, tagged};
use grub_image::read::{Embedded, boot_code, installed_core, version_in};
use key_read::{Disk, FileType, Part, ReadAt as _, recognise};
use testbench::partition_tables::{BIOS_BOOT, DATA, Gpt, boot_record, mbr};

/// Most bytes of a file that are read.
const MOST: u64 = 1 << 20;

fn seeds() -> Seeds {
    let mut seeds = Seeds::new();
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("image");
    let name = path.to_str().expect("a path");
    let file = dir.path().join("file");
    std::fs::write(&file, [7; 5000]).expect("a file");
    for (kind, size) in [("ext2", "256k"), ("ext4", "512k")] {
        let Some(mke2fs) = testbench::oracle("mke2fs") else { continue };
        let from = dir.path().to_str().expect("a path");
        mke2fs.run(["-q", "-F", "-t", kind, "-b", "1024", "-N", "32", "-d", from, name, size]);
        if let Ok(bytes) = std::fs::read(&path) {
            seeds.push((kind.to_owned(), tagged(0, &bytes)));
        }
        let _ = std::fs::remove_file(&path);
    }
    if let (Some(mkfs), Some(mcopy)) = (testbench::oracle("mkfs.fat"), testbench::oracle("mcopy")) {
        std::fs::write(&path, vec![0; 128 << 10]).expect("an image");
        mkfs.run(["-F", "12", name]);
        mcopy.run(["-i", name, file.to_str().expect("a path"), "::/A long name.txt"]);
        seeds.extend(std::fs::read(&path).map(|bytes| ("fat".to_owned(), tagged(0, &bytes))));
    }
    let mut logical = mbr(&[(0, 0x83, 90), (1, 0x05, 20)]);
    boot_record(&mut logical, 20, &[(0, 0x83, 8), (1, 0x05, 10)]);
    boot_record(&mut logical, 30, &[(0, 0x83, 8)]);
    seeds.push(("logical".to_owned(), tagged(0, &logical)));
    let gpt = Gpt::new(&[(DATA, 60, 90), (BIOS_BOOT, 34, 59)]).disk();
    seeds.push(("gpt".to_owned(), tagged(0, &gpt)));
    seeds
}

fuzz::target!(seeds, |data| {
    let Some((mode, rest)) = data.split_first() else { return };
    // The rest of a disk is zeros, so that more of what is asked for is there.
    let mut image = rest.to_vec();
    if mode & 1 != 0 {
        image.resize(image.len().next_multiple_of(1 << 20), 0);
    }
    let _ = (boot_code(&image), installed_core(&image), Embedded::find(rest), version_in(rest));
    let disk = Disk::read(&image).expect("memory can be read");
    for volume in disk.volumes() {
        if let Err(e) = recognise(volume.part) {
            assert_eq!(e.kind(), std::io::ErrorKind::UnexpectedEof);
        }
        let files = match volume.file_system() {
            Ok(Some(files)) => files,
            Ok(None) => continue,
            Err(e) => {
                readable(&e);
                continue;
            }
        };
        let _ = (files.label(), files.uuid(), files.free());
        let Ok(root) = files.root() else { continue };
        for visited in files.walk_below(&root).take(2000) {
            let node = match visited.node {
                Ok(node) => node,
                Err(e) => {
                    readable(&e);
                    continue;
                }
            };
            assert!(!visited.path.split(|b| *b == b'/').any(|n| matches!(n, b"" | b"." | b"..")));
            let _ = files.target(&node);
            let (FileType::File, Ok(file)) = (node.kind(), files.file(&node)) else { continue };
            let mut end = 0;
            for extent in file.extents().unwrap_or_default() {
                assert_eq!(extent.offset, end, "extents follow each other");
                end = extent.end();
            }
            assert!(file.extents().is_none() || end == file.len(), "the last ends with the file");
            let _ = file.read_vec(0, file.len().min(MOST) as usize);
        }
    }
    let _ = Part::all(&image).missing();
});
