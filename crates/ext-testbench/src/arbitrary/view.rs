//! A tree through `ext4-view`, as far as that reads: no attributes, devices' numbers or links.

use super::windows::windows;
use crate::images::*;
use ext4_view::{Ext4, Ext4Read, FileType, Metadata, PathBuf};
use file_tree::{Directory, FileContent, Meta, SpecialKind, Timestamp, View};
use fs_ext::{Flavour, InodeSize, Options};
use image_layout::Content;
use std::collections::BTreeMap;
use std::error::Error;
use std::os::unix::fs::FileExt;

struct Image(std::fs::File);

impl Ext4Read for Image {
    fn read(&mut self, at: u64, to: &mut [u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(self.0.read_exact_at(to, at)?)
    }
}

/// Whether the reader takes the file system: it knows no `large_dir`, no checksums in inodes of
/// 128 bytes, and no seconds with bit 31 set.
pub fn can_read(tree: &Directory, options: &Options) -> bool {
    let known = |t: Timestamp| t.seconds >= 0 && t.seconds & 1 << 31 == 0;
    let with = |name: &str, on| options.clone().with_feature(name, on).unwrap() == *options;
    let checksums = options.flavour == Flavour::Ext4 && !with("metadata_csum", false);
    known(options.time)
        && known(tree.meta.mtime)
        && tree.nodes().all(|n| known(n.meta().mtime))
        && !with("large_dir", true)
        && !(checksums && options.inode_size == InodeSize::Bytes128)
}

/// Whether the reader gets through a file: it goes block by block, and not over a missing
/// indirect block.
fn can_read_content(content: &FileContent, extents: bool) -> bool {
    content.len() <= 16 << 20 && (extents || !content.is_sparse() || content.len() <= 12 * 1024)
}

/// Panics unless the image holds the tree, and nothing else.
pub fn compare(image: &std::path::Path, tree: &Directory, options: &Options) {
    let fs = Ext4::load(Box::new(Image(std::fs::File::open(image).unwrap()))).unwrap();
    assert_eq!(fs.uuid().as_bytes(), &options.uuid);
    let extents = options.flavour == Flavour::Ext4
        && options.clone().with_feature("extent", false).unwrap() != *options;
    let check = |path: &PathBuf, got: &Metadata, kind: FileType, meta: &Meta| {
        let mut want = meta.mtime;
        if options.inode_size == InodeSize::Bytes128 {
            want.nanoseconds = 0;
        }
        let time = (got.modified().seconds(), got.modified().nanoseconds());
        assert_eq!(got.file_type(), kind, "{path:?}");
        assert_eq!((got.mode(), got.uid(), got.gid()), (meta.mode, meta.uid, meta.gid), "{path:?}");
        assert_eq!(time, (want.seconds, want.nanoseconds), "{path:?}");
    };
    let root = PathBuf::new("/");
    check(&root, &fs.metadata(&root).unwrap(), FileType::Directory, &tree.meta);
    let mut left = vec![(root, tree)];
    while let Some((path, directory)) = left.pop() {
        let mut entries = BTreeMap::new();
        for entry in fs.read_dir(&path).unwrap_or_else(|e| panic!("{path:?}: {e}")) {
            let entry = entry.unwrap();
            let name = entry.file_name().as_ref().to_vec();
            if ![&b"."[..], b".."].contains(&&*name) {
                assert!(entries.insert(name, entry).is_none(), "{path:?}");
            }
        }
        if path.as_ref() == b"/" && tree.get(b"lost+found").is_none() {
            let entry = entries.remove(&b"lost+found"[..]).unwrap();
            let meta = Meta::root(0o700, options.time);
            check(&entry.path(), &entry.metadata().unwrap(), FileType::Directory, &meta);
        }
        assert_eq!(entries.len(), directory.entries().len(), "{path:?}");
        for ((name, node), (found, entry)) in directory.entries().zip(entries) {
            assert_eq!(name.as_bytes(), found, "{path:?}");
            let (path, metadata) = (entry.path(), entry.metadata().unwrap());
            let kind = match node.view() {
                View::Directory(d) => {
                    left.push((path.clone(), d));
                    FileType::Directory
                }
                View::Symlink(s) => {
                    assert_eq!(fs.read_link(&path).unwrap().as_ref(), s.target(), "{path:?}");
                    FileType::Symlink
                }
                View::Special(s) => match s.kind {
                    SpecialKind::Block(_) => FileType::BlockDevice,
                    SpecialKind::Character(_) => FileType::CharacterDevice,
                    SpecialKind::Fifo => FileType::Fifo,
                    SpecialKind::Socket => FileType::Socket,
                },
                View::File(f) => {
                    assert_eq!(metadata.len(), f.content.len(), "{path:?}");
                    if !f.content.is_empty() && can_read_content(&f.content, extents) {
                        compare_content(&fs, &path, &f.content);
                    }
                    FileType::Regular
                }
            };
            assert_eq!(entry.file_type().unwrap(), kind, "{path:?}");
            check(&path, &metadata, kind, node.meta());
        }
    }
}

fn compare_content(fs: &Ext4, path: &PathBuf, content: &FileContent) {
    let got = fs.read(path).unwrap();
    for (at, piece) in windows(content) {
        let got = &got[at as usize..][..piece.len() as usize];
        let same = match &piece {
            Content::Zero { .. } => got.iter().all(|b| *b == 0),
            _ => got == bytes_of(&piece),
        };
        assert!(same, "{path:?} differs at {at}");
    }
}
