//! `resize2fs` takes what the reserved group descriptor blocks promise.

use crate::common::*;
use crate::user_mode_linux::boot;
use fs_ext::{BlockSize, Flavour, InodeCount, lay_out};
use testbench::oracle;

#[test]
fn resize2fs_grows_it() {
    let Some(resize2fs) = oracle("resize2fs") else { return };
    let tree = sample();
    for block_size in BLOCK_SIZES {
        for flavour in FLAVOURS {
            let mut options = options(flavour, block_size);
            options.inodes = InodeCount::PerBytes(1 << 16);
            // One short group to begin with, then some with copies, then a thousand times the size.
            let image = Image::new(&tree, 7_000_000, &options);
            let thousandfold = (flavour != Flavour::Ext2).then_some(7_000_002_560);
            for size in [40u64 << 20].into_iter().chain(thousandfold) {
                let file = std::fs::File::options().write(true).open(image.path()).unwrap();
                file.set_len(size).unwrap();
                let ran = resize2fs.run([image.path()]);
                ran.expect_success("resize2fs");
                image.check();
                let Some(fields) = image.dumpe2fs() else { return };
                let blocks = (size / u64::from(block_size.bytes())).to_string();
                assert!(fields.contains(&("Block count".into(), blocks)), "{fields:?}");
            }
            for (path, bytes) in files(&tree) {
                if path.is_ascii() && !path.contains(['"', '\\']) {
                    assert_eq!(image.debugfs_dump(&path), Some(bytes), "{path}");
                }
            }
        }
    }
}

/// Grows the file of an image; the file system in it does not know.
fn grow_device(image: &Image, size: u64) {
    let file = std::fs::File::options().write(true).open(image.path()).unwrap();
    file.set_len(size).unwrap();
}

/// What enlarges a mounted `device` to 40 MiB, then to its whole, and then writes into it.
fn online(device: &str) -> String {
    format!(
        "mount -t ext4 -o noatime {device} mnt &&
           resize2fs {device} 40M && resize2fs {device} &&
           yes | head -c 20000000 > mnt/new && sync && cksum < mnt/new ||
           echo {device} failed; umount mnt\n"
    )
}

/// While it is mounted: 6 times the size, then a thousand times. Then it is written into.
#[test]
fn linux_grows_it_while_it_is_mounted() {
    let tree = sample();
    let mut images = Vec::new();
    let mut script = String::new();
    for (block_size, letters) in BLOCK_SIZES.into_iter().zip(["abc", "def", "ghi"]) {
        for (flavour, letter) in FLAVOURS.into_iter().zip(letters.chars()) {
            let mut options = options(flavour, block_size);
            options.inodes = InodeCount::PerBytes(1 << 16);
            let image = Image::new(&tree, 7_000_000, &options);
            grow_device(&image, 7_000_002_560);
            images.push(image);
            script += &online(&format!("dev/ubd{letter}"));
        }
    }
    let paths: Vec<_> = images.iter().map(Image::path).collect();
    let paths: Vec<_> = paths.iter().map(|p| &**p).collect();
    let dir = tempfile::tempdir().unwrap();
    let Some(said) = boot(dir.path(), &paths, &script) else { return };
    assert!(!said.contains("failed"), "{said}");
    assert_eq!(said.lines().filter(|l| l.ends_with(" 20000000")).count(), 9, "{said}");
    for image in images {
        image.check();
        let Some(fields) = image.dumpe2fs() else { return };
        let of = |name: &str| -> u64 {
            let found = fields.iter().find(|(key, _)| key == name);
            found.unwrap_or_else(|| panic!("{name}")).1.parse().unwrap()
        };
        // All but a last group too short for its own tables.
        let missing = 7_000_002_560 - of("Block count") * of("Block size");
        assert!(missing < 100 * of("Block size"), "{fields:?}");
        for (path, bytes) in files(&tree) {
            if path.is_ascii() && !path.contains(['"', '\\']) {
                assert_eq!(image.debugfs_dump(&path), Some(bytes), "{path}");
            }
        }
    }
}

/// With one of the reserved blocks' numbers wrong.
#[test]
fn linux_objects_to_a_flipped_byte_when_it_grows_it() {
    let options = options(Flavour::Ext3, BlockSize::Kib1);
    let layout = lay_out(&sample(), 7_000_000, &options).unwrap();
    let image = Image::of(&layout);
    let name = "indirect blocks of the resize inode";
    let map = layout.regions().find(|r| &*r.name == name).unwrap();
    let first = bytes_of(&map.content).iter().position(|b| *b != 0).unwrap();
    image.flip(map.at + first as u64, 1);
    grow_device(&image, 7_000_002_560);
    let dir = tempfile::tempdir().unwrap();
    let script = online("dev/ubda");
    let Some(said) = boot(dir.path(), &[&image.path()], &script) else { return };
    assert!(said.contains("dev/ubda failed"), "{said}");
}
