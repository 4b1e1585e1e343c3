//! Where Linux finds the data of files, against what the layout says: `FIEMAP`, by `filefrag`.

use crate::common::*;
use crate::everything::everything;
use crate::kernel::Mount;
use file_tree::{Directory, Node};
use fs_ext::{BlockSize, Flavour, lay_out};
use image_layout::Layout;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Where the data of a file lie in the image, in bytes, by `FIEMAP`; neighbours are one.
fn physical_ranges(file: &Path, block: u64) -> Option<Vec<(u64, u64)>> {
    let filefrag = testbench::oracle("filefrag")?;
    let said = filefrag.run(["-v".as_ref(), "-b1".as_ref(), file.as_os_str()]);
    let said = said.expect_success("filefrag").stdout;
    // `   0:        0..    1023:     264192..    265215:   1024:             last,eof`
    let number = |s: &str| s.trim().parse::<u64>().ok();
    let mut ranges = Vec::new();
    for line in said.lines() {
        let columns: Vec<&str> = line.split(':').collect();
        let [ext, _, physical, ..] = columns[..] else { continue };
        let (Some(_), Some((first, last))) = (number(ext), physical.split_once("..")) else {
            continue;
        };
        ranges.push((number(first)?, number(last)? + 1));
    }
    Some(merged(ranges, block))
}

/// The ranges that the layout says, in whole blocks.
fn expected_physical_ranges(layout: &Layout, path: &str, block: u64) -> Vec<(u64, u64)> {
    let name = format!("file /{path}");
    let claims = layout.regions().filter(|r| *r.name == *name);
    merged(claims.map(|r| (r.at, r.end())).collect(), block)
}

fn merged(mut ranges: Vec<(u64, u64)>, block: u64) -> Vec<(u64, u64)> {
    ranges.sort_unstable();
    let mut merged: Vec<(u64, u64)> = Vec::new();
    for (first, end) in ranges {
        let (first, end) = (first / block * block, end.next_multiple_of(block));
        match merged.last_mut() {
            Some(last) if last.1 >= first => last.1 = end.max(last.1),
            _ => merged.push((first, end)),
        }
    }
    merged
}

/// Every file of the tree with one name lies where the layout says, as Linux maps it.
pub fn compare_places(at: &Path, tree: &Directory, layout: &Layout, block: u64) -> Option<()> {
    let mut seen = 0;
    for (name, node) in tree.walk() {
        if let Node::File(_) = node {
            let got = physical_ranges(&at.join(OsStr::from_bytes(name.as_bytes())), block)?;
            assert_eq!(got, expected_physical_ranges(layout, &name, block), "{name}");
            seen += got.len();
        }
    }
    assert!(seen >= 10, "{seen}");
    Some(())
}

/// A block number in a map, and the start of an extent.
#[test]
fn the_comparison_of_places_objects_to_a_flipped_byte() {
    if !can_mount() {
        return;
    }
    let tree = everything();
    for (flavour, name, byte) in [
        (Flavour::Ext2, "indirect blocks of /sparse/edges", 0),
        (Flavour::Ext4, "extent tree of /sparse/edges", 12 + 8),
    ] {
        let options = options(flavour, BlockSize::Kib1);
        let options = match flavour {
            Flavour::Ext4 => with_features(options, "^metadata_csum"),
            _ => options,
        };
        let layout = lay_out(&tree, 9 << 20, &options).unwrap();
        let image = Image::of(&layout);
        let map = layout.regions().find(|r| r.name == name).unwrap();
        let first = bytes_of(&map.content)[byte..].iter().position(|b| *b != 0).unwrap();
        image.flip(map.at + (byte + first) as u64, 1);
        let mount = Mount::new(&image, flavour, "ro");
        let compared = std::panic::catch_unwind(|| compare_places(&mount.at, &tree, &layout, 1024));
        mount.unmount();
        assert!(!matches!(compared, Ok(Some(()))), "{name}");
    }
}
