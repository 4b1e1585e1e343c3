//! On a file system that shares blocks, a file's data are not copied into the image.

use file_tree::MetadataPolicy;
use fs_ext::{BlockSize, Flavour, lay_out, smallest};
use image_layout::{SourceId, Sources};
use image_write::{Progress, SourceFiles, to_file};
use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use testbench::{LoopMount, oracle, shared_extents};
use tree_inputs::{DirectorySources, from_directory};

use crate::common::options;

struct Files(DirectorySources);

impl Sources for Files {
    fn read_exact_at(&self, id: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(id, offset, buf)
    }
}

impl SourceFiles for Files {
    fn file(&self, _: SourceId) -> Option<&File> {
        None
    }

    fn open(&self, id: SourceId) -> io::Result<Option<Arc<File>>> {
        self.0.open(id).map_err(io::Error::other)
    }

    fn path(&self, _: SourceId) -> &Path {
        self.0.root()
    }
}

#[test]
fn xfs_shares_the_data_of_files() {
    const LEN: u64 = 64 << 20;
    let tools = ["mkfs.xfs", "filefrag", "e2fsck", "cp"].map(oracle);
    let [Some(mkfs), Some(filefrag), Some(e2fsck), Some(cp)] = tools else { return };
    let dir = tempfile::tempdir().unwrap();
    let disk = dir.path().join("disk");
    File::create(&disk).unwrap().set_len(400 << 20).unwrap();
    mkfs.run(["-q".as_ref(), "-m".as_ref(), "reflink=1".as_ref(), disk.as_os_str()])
        .expect_success("mkfs.xfs");
    let Some(xfs) = LoopMount::whole(&disk, "xfs", "rw,noatime") else { return };
    let (input, image) = (xfs.path().join("in"), xfs.path().join("out.img"));
    fs::create_dir_all(input.join("sub")).unwrap();
    let big = input.join("sub/big");
    // No block is like another.
    let bytes: Vec<u8> = (0..LEN / 4).flat_map(|n| (n as u32).to_le_bytes()).collect();
    fs::write(&big, bytes).unwrap();
    fs::write(input.join("small"), [7; 5000]).unwrap();
    File::open(&big).unwrap().sync_all().unwrap();

    for flavour in [Flavour::Ext2, Flavour::Ext4] {
        let read = from_directory(&input, &MetadataPolicy::KEEP, SourceId(0));
        let (tree, sources) = read.unwrap();
        let options = options(flavour, BlockSize::Kib4);
        let layout = lay_out(&tree, smallest(&tree, &options, 0).unwrap(), &options).unwrap();
        let go_on = &mut |_: Progress<'_>| ControlFlow::Continue(());
        to_file(&layout, &Files(sources), &image, Default::default(), go_on).unwrap();
        let (shares, all) = shared_extents(&filefrag, &image);
        // Up to the indirect blocks between the data of a file without extents.
        assert!(shares >= LEN && all < LEN + (24 << 20), "{flavour:?}: {shares} of {all}");
        e2fsck.run(["-fn".as_ref(), image.as_os_str()]).expect_success("e2fsck");
        fs::remove_file(&image).unwrap();
    }

    // The witness tells a copy from a sharer.
    let args = ["--reflink=never".as_ref(), big.as_os_str(), image.as_os_str()];
    cp.run(args).expect_success("cp");
    assert_eq!(shared_extents(&filefrag, &image), (0, LEN));
    xfs.unmount();
}
