//! The same empty file system made by `mke2fs`, field by field.

use crate::common::*;
use fs_ext::format::{GroupDescriptor, Inode, JournalSuperblock, Superblock};
use fs_ext::{BlockSize, Flavour, Options, lay_out};
use image_layout::{Layout, Reader};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use testbench::{oracle, run};

/// Makes what [`Options`] describe with `mke2fs`, its clock stopped.
fn mke2fs(image: &Path, size: u64, options: &Options, features: &str) -> Option<()> {
    std::fs::File::create(image).unwrap().set_len(size).unwrap();
    let mut command = oracle("mke2fs")?.command();
    command.env("E2FSPROGS_FAKE_TIME", TIME.seconds.to_string());
    command.args(["-q", "-F", "-t", name_of(options.flavour)]);
    if options.flavour == Flavour::Ext4 {
        // We turn 64bit on where it is needed, mke2fs everywhere.
        command.args(["-O", &format!("^64bit,{features}")]);
    }
    command.args(["-U", "12345678-1234-1234-1234-123456789abc"]);
    command.args(["-E", "hash_seed=5e5e5e5e-5e5e-5e5e-5e5e-5e5e5e5e5e5e,lazy_itable_init=0"]);
    if let Some(block_size) = options.block_size {
        command.args(["-b", &block_size.bytes().to_string()]);
    }
    command.arg(image);
    run(&mut command).expect_success("mke2fs");
    Some(())
}

/// An image to read from.
trait Reads: Read + Seek {}
impl<T: Read + Seek> Reads for T {}

fn read_at<const N: usize>(mut from: impl Reads, at: u64) -> [u8; N] {
    let mut bytes = [0; N];
    from.seek(SeekFrom::Start(at)).unwrap();
    from.read_exact(&mut bytes).unwrap();
    bytes
}

/// Rows of the superblock that differ: the copy of the journal's map, since ours lies elsewhere;
/// what mke2fs counts of its own writing; and so the checksum over them.
const SUPERBLOCK_DIFFERS: [&str; 3] = ["s_jnl_blocks", "s_kbytes_written", "s_checksum"];

/// Rows of a group's descriptor that differ where mke2fs has moved the journal to the middle of
/// the file system: what follows from its place.
const JOURNAL_DIFFERS: [&str; 4] =
    ["bg_free_blocks_count_lo", "bg_flags", "bg_block_bitmap_csum_lo", "bg_checksum"];

/// Fields that differ where the inodes of a group do not fill 8 and whole blocks at once: with
/// blocks of 1 KiB, which hold four inodes. There `mke2fs` makes up to seven fewer in a group
/// than it was asked for; we make enough, at the cost of two blocks.
const ROUNDING_DIFFERS: [&str; 6] = [
    "Inode count",
    "Overhead clusters",
    "Free blocks",
    "Free inodes",
    "Inodes per group",
    "Inode blocks per group",
];

/// Rows that differ where a group has no others to share its tables with: mke2fs leaves room
/// for the bitmaps of fifteen more between them.
const ALONE_DIFFERS: [&str; 2] = ["bg_inode_bitmap_lo", "bg_inode_table_lo"];

fn compare(size: u64, options: &Options, features: &str) {
    let options = &with_features(options.clone(), features);
    let image = Image::new(&directory(0o755), size, options);
    let theirs = image.beside("mke2fs.img");
    if mke2fs(&theirs, size, options, features).is_none() {
        return;
    }
    // Everything dumpe2fs shows.
    let (Some(a), Some(mut b)) = (image.dumpe2fs(), dumpe2fs(&theirs)) else { return };
    // mke2fs counts in s_kbytes_written what it has written itself.
    b.retain(|(key, _)| key != "Lifetime writes");
    assert_eq!(a.len(), b.len());
    let rounding = a.iter().zip(&b).find(|(a, _)| a.0 == "Inodes per group").unwrap();
    let [ours, theirs_has] = [&rounding.0.1, &rounding.1.1].map(|n| n.parse::<u32>().unwrap());
    for (a, b) in a.iter().zip(&b) {
        let explained =
            a.0 == "Checksum" || ours == theirs_has + 8 && ROUNDING_DIFFERS.contains(&a.0.as_str());
        assert!(a == b || explained, "{size}: {a:?} {b:?}");
    }
    if ours != theirs_has {
        return;
    }
    // Every row of the tables, shown or not.
    let layout: Layout = lay_out(&directory(0o755), size, options).unwrap();
    let ours = || Reader::new(&layout, &Pattern);
    let theirs = std::fs::File::open(&theirs).unwrap();
    let superblock = |at| {
        let (a, b) = (read_at(ours(), at), read_at(&theirs, at));
        (Superblock::from_bytes(&a), Superblock::from_bytes(&b))
    };
    let (a, b) = superblock(1024);
    for row in ondisk::diff(&a, &b) {
        assert!(SUPERBLOCK_DIFFERS.contains(&row), "{size}: {row}");
    }
    let bytes = 1024u64 << a.s_log_block_size.get();
    let groups = (u64::from(a.s_blocks_count_lo.get()) - u64::from(a.s_first_data_block.get()))
        .div_ceil(u64::from(a.s_blocks_per_group.get()));
    if groups > 1 {
        let first = u64::from(a.s_first_data_block.get());
        let (a, b) = superblock((first + u64::from(a.s_blocks_per_group.get())) * bytes);
        for row in ondisk::diff(&a, &b) {
            assert!(SUPERBLOCK_DIFFERS.contains(&row), "{size}: copy: {row}");
        }
    }
    // The descriptors, of empty groups whole.
    for n in 0..groups {
        let size_of = u64::from(a.s_desc_size.get()).max(32);
        let at = (u64::from(a.s_first_data_block.get()) + 1) * bytes + n * size_of;
        let (a, b) = (read_at(ours(), at), read_at(&theirs, at));
        let (a, b) = (GroupDescriptor::from_bytes(&a), GroupDescriptor::from_bytes(&b));
        let moved = options.flavour != Flavour::Ext2
            && a.bg_free_blocks_count_lo != b.bg_free_blocks_count_lo;
        assert_eq!((a.bg_flags.get() ^ b.bg_flags.get()) & !2, 0, "{size}: group {n}");
        let alone = options.flavour == Flavour::Ext4 && n % 16 == 0 && n + 1 == groups;
        for row in ondisk::diff(&a, &b) {
            if alone && (ALONE_DIFFERS.contains(&row) || JOURNAL_DIFFERS.contains(&row)) {
                continue;
            }
            assert!(moved && JOURNAL_DIFFERS.contains(&row), "{size}: group {n}: {row}");
        }
    }
    // The inodes that every file system has. Blocks lie elsewhere, and mke2fs notes when it wrote
    // the list of bad blocks, inode 1, though that is empty.
    let table = |s: &mut (dyn Reads + '_)| -> u64 {
        let at = (u64::from(a.s_first_data_block.get()) + 1) * bytes;
        let group = GroupDescriptor::from_bytes(&read_at(s, at));
        u64::from(group.bg_inode_table_lo.get()) * bytes
    };
    let tables = (table(&mut ours()), table(&mut &theirs));
    for number in 1..=11 {
        let at = (number - 1) * u64::from(a.s_inode_size.get());
        let (a, b) = (read_at(ours(), tables.0 + at), read_at(&theirs, tables.1 + at));
        let (a, b) = (Inode::from_bytes(&a), Inode::from_bytes(&b));
        for row in ondisk::diff(&a, &b) {
            let explained = match number {
                1 => ["i_atime", "i_ctime", "i_mtime"].contains(&row),
                2 | 7 | 8 | 11 => row == "i_block",
                _ => false,
            };
            let checksum = ["l_i_checksum_lo", "i_checksum_hi"].contains(&row);
            let other = (a.i_atime, a.i_block) != (b.i_atime, b.i_block);
            assert!(explained || checksum && other, "{size}: inode {number}: {row}");
        }
    }
    // The journal's superblock: in its first direct block, or where its first extent starts.
    let (a, b) = superblock(1024);
    if a.s_journal_inum.get() != 0 {
        let word = if a.s_feature_incompat.get() & 0x40 == 0 { 0 } else { 5 };
        let at = |s: &Superblock| u64::from(s.s_jnl_blocks[word].get()) * bytes;
        let (a, b) = (read_at(ours(), at(&a)), read_at(&theirs, at(&b)));
        let (a, b) = (JournalSuperblock::from_bytes(&a), JournalSuperblock::from_bytes(&b));
        assert_eq!(ondisk::diff(&a, &b), [""; 0], "{size}");
    }
}

/// Every feature set of ext4, in groups enough for a second flexible one.
#[test]
fn the_same_fields_with_every_feature() {
    for features in FEATURE_SETS {
        for (block_size, size) in [(BlockSize::Kib1, 150 << 20), (BlockSize::Kib4, 700 << 20)] {
            compare(size, &options(Flavour::Ext4, block_size), features);
        }
    }
}

#[test]
fn the_same_fields_as_mke2fs() {
    for flavour in FLAVOURS {
        let mut options = options(flavour, BlockSize::Kib1);
        options.block_size = None;
        for size in [2 << 20, 3 << 20, 10 << 20, 33 << 20, 64 << 20, 300 << 20, 600 << 20, 3 << 30]
        {
            compare(size, &options, "");
        }
        for block_size in BLOCK_SIZES {
            options.block_size = Some(block_size);
            for size in [8 << 20, 40 << 20, 270 << 20, 520 << 20] {
                compare(size, &options, "");
            }
        }
    }
}
