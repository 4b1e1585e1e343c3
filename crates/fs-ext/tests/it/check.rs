//! Whether a file system is whole, as this crate says and as `e2fsck -fn` says: of file systems
//! made here and by `mke2fs`, used since, and with random bits of their tables flipped.

#![allow(clippy::ptr_arg)] // `Part` takes what is sized

use crate::common::*;
use crate::everything::everything;
use fs_ext::check::{Checked, check};
use fs_ext::read::{Error, Ext, FileType};
use fs_ext::{BlockSize, Flavour, lay_out};
use image_layout::Part;
use std::fs;
use std::path::Path;
use testbench::{Dice, Oracle, Ran, oracle};

/// Flips in every file system.
const FLIPS: usize = 40;

fn findings(bytes: &Vec<u8>) -> Result<Vec<String>, Error> {
    let ext = Ext::open(Part::all(bytes))?;
    match check(&ext)? {
        Checked::NeedsRecovery => Ok(vec!["needs recovery".to_owned()]),
        Checked::Whole(found) => Ok(found.list),
    }
}

#[track_caller]
fn expect_whole(bytes: &Vec<u8>, what: &str) {
    let found = findings(bytes).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert!(found.is_empty(), "{what}: {found:#?}");
}

/// `e2fsck -fn` of them is asked by whoever makes an image.
#[test]
fn what_is_made_here_is_whole() {
    let tree = everything();
    for block_size in BLOCK_SIZES {
        for flavour in FLAVOURS {
            let layout = lay_out(&tree, 30 << 20, &options(flavour, block_size)).unwrap();
            expect_whole(&image_bytes(&layout), name_of(flavour));
        }
    }
    for features in FEATURE_SETS {
        let options = with_features(options(Flavour::Ext4, BlockSize::Kib1), features);
        let layout = lay_out(&tree, 40 << 20, &options).unwrap();
        expect_whole(&image_bytes(&layout), features);
    }
}

/// File systems as `mke2fs` makes them: options, and the room in MiB.
const MADE: [(&str, u32); 8] = [
    ("-t ext2 -b 1024", 10),
    ("-t ext3 -b 4096", 20),
    ("-t ext4 -b 1024", 20),
    ("-t ext4 -b 4096 -O 64bit,metadata_csum", 20),
    ("-t ext4 -b 1024 -O ^metadata_csum,uninit_bg", 20),
    ("-t ext4 -b 2048 -O ^metadata_csum,meta_bg,^resize_inode,64bit -g 1024", 30),
    ("-t ext2 -b 1024 -I 128 -O ^sparse_super,^resize_inode,^dir_index,^filetype", 12),
    ("-t ext4 -b 1024 -O bigalloc", 20),
];

/// Requests by which `debugfs` uses a file system as its owner would.
const USE: &str = "\
mkdir /new
mkdir /new/below
write big /new/copy
write sparse /new/sparse
symlink /new/short big
symlink /new/long aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
mknod /new/null c 1 3
mknod /new/fifo p
ln /new/copy /new/linked
sif /new/copy links_count 2
ea_set /new/copy user.short value
ea_set -f small /new/copy user.long
rm /many/name-7
rm /piece
rmdir /empty
";

/// The time at which all of these programs run.
const NOW: &str = "1700000000";

fn e2fsck_at(e2fsck: &Oracle, mode: &str, image: &Path) -> Ran {
    let mut command = e2fsck.command();
    command.env("E2FSPROGS_FAKE_TIME", NOW).env("E2FSCK_TIME", NOW);
    testbench::run(command.arg(mode).arg(image))
}

/// A file system made by `mke2fs` and used since; `None` without these programs.
fn used(dir: &Path, options: &str, mib: u32) -> Option<Vec<u8>> {
    let (mke2fs, debugfs, e2fsck) = (oracle("mke2fs")?, oracle("debugfs")?, oracle("e2fsck")?);
    let (tree, image) = (dir.join("tree"), dir.join("fs.img"));
    if !tree.exists() {
        fs::create_dir_all(tree.join("many")).unwrap();
        fs::create_dir_all(tree.join("empty")).unwrap();
        for n in 0..300 {
            let name = format!("many/name-{n}");
            fs::write(tree.join(name), vec![n as u8; n % 7 * 300]).unwrap();
        }
        fs::write(tree.join("piece"), vec![1; 30_000]).unwrap();
        fs::write(dir.join("big"), vec![2; 700_000]).unwrap();
        fs::write(dir.join("small"), vec![3; 300]).unwrap();
        // Every other block a hole: more extents than an inode holds.
        let mut sparse = vec![0; 4 << 20];
        sparse.chunks_mut(8192).for_each(|c| c[0] = 1);
        sparse.iter_mut().skip(3 << 20).step_by(4096).for_each(|b| *b = 0);
        fs::write(dir.join("sparse"), sparse).unwrap();
        fs::write(dir.join("use"), USE).unwrap();
    }
    let _ = fs::remove_file(&image);
    let size = format!("{mib}M");
    let mut made = mke2fs.command();
    let extended = "lazy_itable_init=0,hash_seed=12341234-1234-1234-1234-123456789abc";
    made.args(["-q", "-F", "-U", "12341234-1234-1234-1234-123456789abc", "-E", extended, "-d"])
        .arg(&tree)
        .args(options.split(' '));
    made.env("E2FSPROGS_FAKE_TIME", NOW);
    testbench::run(made.arg(&image).arg(size)).expect_success("mke2fs");
    let mut using = debugfs.command();
    using.env("E2FSPROGS_FAKE_TIME", NOW);
    using.current_dir(dir).args(["-w", "-f", "use", "fs.img"]);
    testbench::run(&mut using).expect_success("debugfs");
    // Makes the indexes of directories, and counts what debugfs does not.
    let ran = e2fsck_at(&e2fsck, "-fyD", &image);
    assert!(ran.status.is_some_and(|status| status <= 1), "{options}: {ran:?}");
    e2fsck_at(&e2fsck, "-fn", &image).expect_success(options);
    Some(fs::read(&image).unwrap())
}

#[test]
fn what_was_used_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    for (options, mib) in MADE {
        let Some(bytes) = used(dir.path(), options, mib) else { return };
        match options.contains("bigalloc") {
            true => {
                let error = findings(&bytes).unwrap_err().to_string();
                assert_eq!(error, "a feature that this version cannot read: bigalloc");
            }
            false => expect_whole(&bytes, options),
        }
    }
}

/// The tables of a file system: a name, where each part lies, and how long it is.
fn tables(ext: &Ext<'_>) -> Vec<(&'static str, u64, u64)> {
    let size = ext.block_size();
    let mut found = vec![("superblock", 1024, 1024)];
    let mut push = |name, block: u64, len| found.push((name, block * size, len));
    push("descriptors", 1 + u64::from(size == 1024), ext.groups().min(16) * 32);
    for n in 0..ext.groups() {
        let group = ext.group(n).unwrap().unwrap();
        push("block bitmap", group.block_bitmap, size);
        push("inode bitmap", group.inode_bitmap, size);
        push("inodes", group.inode_table, 40 * 128);
    }
    for number in 1..=ext.superblock().s_inodes_count.get() {
        let Ok(inode) = ext.inode(number) else { continue };
        if inode.raw.i_links_count.get() == 0 || number == 7 {
            continue;
        }
        if matches!(inode.kind, FileType::File | FileType::Directory) {
            for block in ext.map_blocks(&inode).unwrap() {
                push("map", block, 600);
            }
        }
        if inode.kind == FileType::Directory {
            for extent in ext.extents(&inode).unwrap() {
                push("directory", extent.place.unwrap() / size, extent.len);
            }
        }
        let attributes = inode.raw.i_file_acl_lo.get();
        if attributes != 0 {
            push("attributes", attributes.into(), size);
        }
    }
    found
}

/// What `e2fsck -fn` finds after a flip, and what is found here.
struct Both {
    e2fsck: bool,
    said: String,
    here: Result<Vec<String>, Error>,
}

impl Both {
    /// What Linux minds and `e2fsck` does not look at: where things lie as the copies have it, and
    /// the depth that a node of an extent tree says it has; inodes that are reserved for what the
    /// file system has not.
    fn is_beyond_e2fsck(&self) -> bool {
        let beyond = ["cop", "a node of depth", "reserved", "features that it has not"];
        self.here.as_ref().is_ok_and(|found| {
            found.first().is_some_and(|first| beyond.iter().any(|words| first.contains(words)))
        })
    }
}

fn both(e2fsck: &Oracle, image: &Path, bytes: &Vec<u8>) -> Both {
    let here = findings(bytes);
    let ran = e2fsck_at(e2fsck, "-fn", image);
    let status = ran.status.unwrap();
    // With -n it objects to some descriptors, and ends with 0 all the same.
    let objects = status >= 4 || ran.stdout.contains("? no") || ran.stderr.contains("look bad");
    Both { e2fsck: objects, said: format!("{status}: {}{}", ran.stdout, ran.stderr), here }
}

#[test]
fn flips_are_found_as_e2fsck_finds_them() {
    use std::os::unix::fs::FileExt as _;
    let Some(e2fsck) = oracle("e2fsck") else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut random = Dice::new(21);
    let (mut objected, mut missed, mut alone) = (0, Vec::new(), Vec::new());
    for (options, mib) in &MADE[..7] {
        let Some(mut bytes) = used(dir.path(), options, *mib) else { return };
        let path = dir.path().join("fs.img");
        let file = fs::File::options().write(true).open(&path).unwrap();
        let tables = tables(&Ext::open(Part::all(&bytes)).unwrap());
        let names: Vec<_> = {
            let mut names: Vec<_> = tables.iter().map(|t| t.0).collect();
            names.sort_unstable();
            names.dedup();
            names
        };
        for _ in 0..FLIPS {
            // As often in each kind of table, however many there are of it.
            let name = names[random.below(names.len())];
            let of_name: Vec<_> = tables.iter().filter(|t| t.0 == name).collect();
            let (_, at, len) = of_name[random.below(of_name.len())];
            let at = *at as usize + random.below(*len as usize);
            let mask = 1 << random.below(8);
            bytes[at] ^= mask;
            file.write_all_at(&bytes[at..=at], at as u64).unwrap();
            let both = both(&e2fsck, &path, &bytes);
            let found = both.here.as_ref().map_or(true, |found| !found.is_empty());
            let about = format!("{options}, {name}, byte {at:#x} ^ {mask:#x}");
            match (both.e2fsck, found) {
                (true, true) => objected += 1,
                (true, false) if both.said.contains("in the future") => {}
                (true, false) => missed.push(format!("{about}: {}", both.said)),
                (false, true) if both.is_beyond_e2fsck() => {}
                (false, true) => alone.push(format!("{about}: {:?} {}", both.here, both.said)),
                (false, false) => {}
            }
            bytes[at] ^= mask;
            file.write_all_at(&bytes[at..=at], at as u64).unwrap();
        }
    }
    assert!(missed.is_empty(), "not found here: {missed:#?}");
    assert!(alone.is_empty(), "not found by e2fsck: {alone:#?}");
    assert!(objected > 150, "{objected}");
}

/// No answer is wrong to bytes such as these, but there must be one, and soon.
#[test]
fn scribbled_tables_have_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(5);
    for (options, mib) in &MADE[..7] {
        let Some(bytes) = used(dir.path(), options, *mib) else { return };
        let tables = tables(&Ext::open(Part::all(&bytes)).unwrap());
        let mut found = 0;
        for _ in 0..60 {
            let mut bytes = bytes.clone();
            for _ in 0..1 + dice.below(40) {
                let (_, at, len) = tables[dice.below(tables.len())];
                bytes[at as usize + dice.below(len as usize)] = dice.below(256) as u8;
            }
            found += u32::from(findings(&bytes).map_or(true, |found| !found.is_empty()));
        }
        assert!(found > 50, "{options}: {found}");
        let mut cut = bytes.clone();
        cut.truncate(bytes.len() - 1024);
        assert_eq!(
            findings(&cut).unwrap(),
            ["it is said to have more blocks than there is room for"]
        );
    }
}

#[test]
fn a_journal_to_be_replayed_is_said() {
    let layout = lay_out(&sample(), 8 << 20, &options(Flavour::Ext3, BlockSize::Kib1)).unwrap();
    let mut bytes = image_bytes(&layout);
    bytes[1024 + 0x60] |= 4;
    let ext = Ext::open(Part::all(&bytes)).unwrap();
    assert_eq!(check(&ext).unwrap(), Checked::NeedsRecovery);
}
