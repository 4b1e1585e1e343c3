//! Other people's file systems and tables, read; other people's programs say whether rightly.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod container;
mod damaged;
mod ext;
mod fat;
mod tables;

use key_read::{DiskImage, FileSystem, FileType, Part, ReadAt};
use std::collections::BTreeMap;
use std::path::Path;

/// Every file of a file system with its contents, every link with its target, every directory.
fn contents(files: &FileSystem<'_>) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut left = vec![(String::new(), files.root().unwrap())];
    while let Some((path, directory)) = left.pop() {
        for entry in files.entries(&directory).unwrap() {
            let path = format!("{path}/{}", String::from_utf8_lossy(&entry.name));
            let node = files.node(&entry).unwrap();
            let value = match node.kind() {
                FileType::Directory => {
                    left.push((path.clone(), node));
                    b"a directory".to_vec()
                }
                FileType::Symlink => files.target(&node).unwrap(),
                _ => files.file(&node).unwrap().read_all(1 << 30).unwrap(),
            };
            assert!(found.insert(path.clone(), value).is_none(), "{path} is there twice");
        }
    }
    found
}

fn open(path: &Path) -> DiskImage {
    DiskImage::open(path).unwrap()
}

fn file_system(image: &DiskImage) -> FileSystem<'_> {
    FileSystem::open(Part::all(image)).unwrap().unwrap()
}

/// Bytes that differ from block to block.
fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..len).map(|_| next()).collect()
}

/// The bytes that a file's extents say lie in the image, holes as zeros.
fn by_extents(image: &DiskImage, files: &FileSystem<'_>, path: &str) -> Vec<u8> {
    let file = files.open_file(path.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    for extent in file.image_extents().unwrap() {
        assert_eq!(extent.offset, bytes.len() as u64);
        bytes.extend(match extent.place {
            Some(at) => image.read_vec(at, extent.len as usize).unwrap(),
            None => vec![0; extent.len as usize],
        });
    }
    bytes
}
