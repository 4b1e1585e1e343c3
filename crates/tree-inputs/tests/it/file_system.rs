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

/// XFS shows root each ACL under a second name, which would get into images made there.
#[test]
fn acls_are_the_same_whichever_file_system_holds_them() {
    use file_tree::acl;
    let entry = |tag, permissions, id| acl::AclEntry { tag, permissions, id };
    let no = u32::MAX;
    let entries = [
        entry(acl::USER_OBJ, 6, no),
        entry(acl::USER, 7, 12_345),
        entry(acl::GROUP_OBJ, 4, no),
        entry(acl::MASK, 7, no),
        entry(acl::OTHER, 0, no),
    ];
    let value = acl::value(&entries);
    for (kind, make) in [("ext4", "mkfs.ext4"), ("xfs", "mkfs.xfs")] {
        let Some(mkfs) = oracle(make) else { return };
        let dir = tempfile::tempdir().unwrap();
        let image = dir.path().join("fs.img");
        fs::File::create(&image).unwrap().set_len(512 << 20).unwrap();
        mkfs.run(["-q".as_ref(), image.as_os_str()]).expect_success(make);
        let Some(mounted) = LoopMount::whole(&image, kind, "rw") else { return };
        let root = mounted.path().join("tree");
        fs::create_dir(&root).unwrap();
        let set = |name| {
            rustix::fs::lsetxattr(&root, name, &value, rustix::fs::XattrFlags::empty()).unwrap();
        };
        set("system.posix_acl_access");
        set("system.posix_acl_default");
        let (tree, _) = read(&root);
        let names: Vec<_> = tree.xattrs.iter().map(|(name, _)| name.as_bytes().to_vec()).collect();
        assert_eq!(names, [acl::ACCESS, acl::DEFAULT], "{kind}");
        assert_eq!(tree.xattrs.get(acl::ACCESS), Some(&value[..]), "{kind}");
    }
}
