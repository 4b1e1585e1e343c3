//! From a directory, through a file system, back to a directory.

use crate::common::*;
use fs_ext::{Flavour, Options, lay_out, smallest};
use image_layout::{Content, Reader};
use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use testbench::{LoopMount, oracle};

#[test]
fn what_linux_mounts_is_what_was_read() {
    for (flavour, name) in [(Flavour::Ext3, "ext3"), (Flavour::Ext4, "ext4")] {
        through(flavour, name);
    }
}

fn through(flavour: Flavour, name: &str) {
    if !is_root() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (from, image) = (dir.path().join("from"), dir.path().join("fs.img"));
    fs::create_dir(&from).unwrap();
    everything(&from, true);
    // A file system of ours has one of its own, and blocks are its grain of holes.
    fs::create_dir(from.join("lost+found")).unwrap();
    let (tree, sources) = read(&from);
    let options = Options::new(flavour, [1; 16], [2; 16], tree.meta.mtime);
    let layout = lay_out(&tree, smallest(&tree, &options, 0).unwrap(), &options).unwrap();
    let mut out = fs::File::create(&image).unwrap();
    out.set_len(layout.len()).unwrap();
    let mut reader = Reader::new(&layout, &sources);
    for r in layout.regions().filter(|r| !matches!(r.content, Content::Zero { .. })) {
        let mut buf = vec![0; r.content.len() as usize];
        reader.seek(SeekFrom::Start(r.at)).unwrap();
        reader.read_exact(&mut buf).unwrap();
        out.seek(SeekFrom::Start(r.at)).unwrap();
        out.write_all(&buf).unwrap();
    }
    sources.check_unchanged().unwrap();
    if let Some(e2fsck) = oracle("e2fsck") {
        e2fsck.run(["-fn".as_ref(), image.as_os_str()]).expect_success("e2fsck");
    }
    let Some(mounted) = LoopMount::whole(&image, name, "ro") else { return };
    let (got, got_sources) = read(mounted.path());
    // Equal to the socket and the last hole; only the sources have other numbers.
    assert_same(&in_memory(&got, &got_sources), &in_memory(&tree, &sources), name);
    assert_eq!(got.get(b"socket"), tree.get(b"socket"));
}
