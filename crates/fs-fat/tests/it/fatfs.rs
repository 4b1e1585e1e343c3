//! Random trees, read back by a reader that is Rust as well and not the writer: `fatfs`.

use crate::common::{Pattern, SHAPES, bytes_of, directory, layout, options, sample, start};
use fatfs::{Dir, FileSystem, FsOptions, ReadWriteSeek};
use file_tree::{Directory, File, Meta, Node, Timestamp, View};
use fs_fat::{Error, lay_out, smallest};
use image_layout::{Content, Layout, Reader, SourceId};
use proptest::prelude::*;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// An image that refuses to be written to.
struct ReadOnly<'a>(Reader<'a, Pattern>);

impl Read for ReadOnly<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Seek for ReadOnly<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl Write for ReadOnly<'_> {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn open(layout: &Layout) -> FileSystem<ReadOnly<'_>> {
    FileSystem::new(ReadOnly(Reader::new(layout, &Pattern)), FsOptions::new()).unwrap()
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Z]{1,8}(\\.[A-Z]{1,3})?",
        2 => "[a-z]{1,8}(\\.[a-z]{1,3})?",
        2 => "[a-zA-Z~0-9]{1,6}~[0-9]",
        2 => "[a-zA-Z0-9 ._+,;=\\[\\]-]{0,30}[a-z]",
        1 => "\\PC{1,40}".prop_map(|name| name.replace(['"', '*', '/', ':', '<', '>', '?', '\\', '|'], "_") + "x"),
        1 => "[a-z]{240,255}",
    ]
}

fn content() -> impl Strategy<Value = Content> {
    let edge = (prop::sample::select(vec![0u64, 1, 2, 4, 8, 16, 64]), -2i64..3)
        .prop_map(|(kib, d)| (kib * 1024).saturating_add_signed(d));
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..3000).prop_map(Content::from),
        (0u32..9, 0u64..5000, edge.clone()).prop_map(|(id, offset, len)| Content::Source {
            id: SourceId(id),
            offset,
            len
        }),
        edge.prop_map(|len| Content::Zero { len }),
    ]
}

/// A tree of up to 40 nodes, anywhere below each other.
fn tree() -> impl Strategy<Value = Directory> {
    let seconds = prop_oneof![8 => 315_532_800i64..4_354_819_200, 1 => any::<i64>()];
    let node = (any::<prop::sample::Index>(), name(), seconds, prop::option::of(content()));
    prop::collection::vec(node, 0..40).prop_map(|nodes| {
        let mut tree = directory();
        let mut directories: Vec<Vec<u8>> = vec![vec![]];
        for (parent, name, seconds, content) in nodes {
            let path = [parent.get(&directories), &b"/"[..], name.as_bytes()].concat();
            let meta = Meta::root(0o644, Timestamp { seconds, nanoseconds: 0 });
            let node = match content {
                Some(content) => Node::File(File::new(meta, content)),
                None => Node::Directory(Directory::new(meta)),
            };
            let is_directory = matches!(node, Node::Directory(_));
            // Names that are taken, or are no names, are left out.
            if tree.insert(&path, node).is_ok() && is_directory {
                directories.push(path);
            }
        }
        tree
    })
}

/// Year, month, day, hour, minute, second of the nearest time that FAT has.
fn civil(time: Timestamp) -> (u16, u16, u16, u16, u16, u16) {
    let seconds = time.seconds.clamp(315_532_800, 4_354_819_199);
    let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
    let leap = |y: i64| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let mut year = 1970;
    while days >= 365 + i64::from(leap(year)) {
        days -= 365 + i64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    let small = |n: i64| n as u16;
    let (hour, minute) = (small(rest / 3600), small(rest / 60 % 60));
    (small(year), month as u16 + 1, small(days) + 1, hour, minute, small(rest % 60 / 2 * 2))
}

/// What the reader finds is what the tree holds.
fn compare<T: ReadWriteSeek>(found: &Dir<'_, T>, wanted: &Directory, at: &str) {
    let entries = found.iter().map(Result::unwrap);
    let mut entries: Vec<_> = entries.filter(|e| ![".", ".."].contains(&&*e.file_name())).collect();
    entries.sort_by_key(|e| e.file_name().into_bytes());
    let names: Vec<_> = entries.iter().map(|e| e.file_name()).collect();
    let wanted_names: Vec<_> =
        wanted.entries().map(|(n, _)| String::from_utf8_lossy(n.as_bytes())).collect();
    assert_eq!(names, wanted_names, "{at}");
    for (entry, (name, node)) in entries.iter().zip(wanted.entries()) {
        let (path, m) = (format!("{at}/{name}"), entry.modified());
        let (d, t) = (m.date, m.time);
        let modified = (d.year, d.month, d.day, t.hour, t.min, t.sec);
        assert_eq!(modified, civil(node.meta().mtime), "{path}");
        match node.view() {
            View::Directory(wanted) => compare(&entry.to_dir(), wanted, &path),
            View::File(wanted) => {
                let mut bytes = Vec::new();
                entry.to_file().read_to_end(&mut bytes).unwrap();
                assert!(bytes == bytes_of(&wanted.content), "{path}");
            }
            _ => unreachable!("trees here are of files and directories"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reads_the_tree_that_was_written(
        tree in tree(),
        (kind, sector_size, mib) in prop::sample::select(SHAPES.to_vec()),
        tight: bool,
    ) {
        let options = options(kind, sector_size);
        let size = if tight { smallest(&tree, &options, 0) } else { Ok(mib << 20) };
        let layout = match size.and_then(|size| lay_out(&tree, size, &options)) {
            Ok(layout) => layout,
            Err(Error::Name { .. } | Error::SameName { .. } | Error::ShortName { .. }) => {
                return Ok(());
            }
            Err(e) => panic!("{e}"),
        };
        let fs = open(&layout);
        prop_assert_eq!(fs.volume_id(), 0x1234_ABCD);
        prop_assert_eq!(fs.volume_label(), "ESP OF KEY");
        prop_assert_eq!(fs.read_volume_label_from_root_dir().unwrap().unwrap(), "ESP OF KEY");
        prop_assert_eq!(format!("{:?}", fs.fat_type()), format!("{kind:?}"));
        compare(&fs.root_dir(), &tree, "");
        // The same again is the same.
        prop_assert!(lay_out(&tree, layout.len(), &options).unwrap() == layout);
    }
}

/// Enough of the random trees are accepted for the test above to mean something.
#[test]
fn such_trees_are_usually_accepted() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let accepted = (0..60).filter(|_| {
        let tree = tree().new_tree(&mut runner).unwrap().current();
        let (kind, sector_size, mib) = SHAPES[1];
        lay_out(&tree, mib << 20, &options(kind, sector_size)).is_ok()
    });
    assert!(accepted.count() > 30);
}

/// The comparison fails when a byte of a file is another, or one of an entry: length, place, name.
#[test]
fn tampering_is_noticed() {
    for shape in SHAPES {
        let (layout, tree) = (layout(&sample(), shape), sample());
        let mut image = Vec::new();
        Reader::new(&layout, &Pattern).read_to_end(&mut image).unwrap();
        let agrees = |image: &mut [u8]| {
            let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let fs = FileSystem::new(io::Cursor::new(image), FsOptions::new());
                compare(&fs.unwrap().root_dir(), &tree, "");
            }));
            tried.is_ok()
        };
        assert!(agrees(&mut image), "{shape:?}");
        for at in [
            start(&layout, "file /EFI/BOOT/BOOTX64.EFI") + 5000,
            start(&layout, "directory /EFI/BOOT") + 2 * 32 + 28,
            start(&layout, "directory /many") + 32 * 5 + 3,
            start(&layout, "directory /EFI/BOOT") + 2 * 32 + 26,
        ] {
            image[at as usize] ^= 1;
            assert!(!agrees(&mut image), "{shape:?}, byte {at:#x}");
            image[at as usize] ^= 1;
        }
    }
}
