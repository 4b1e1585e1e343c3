//! Tests with GNU tar: the tree of an archive that it packs equals the tree on disk.

use crate::common::*;
use file_tree::{Directory, FileIdentity, Linked, Meta, MetadataPolicy, Node, View, Xattrs};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use testbench::oracle;
use tree_inputs::{from_tar, from_tar_stream};

fn pack(from: &Path, to: &Path, args: &[&str]) -> Option<()> {
    let tar = oracle("tar")?;
    let mut command = tar.command();
    command.args(args).arg("--sort=name").arg("-cf").arg(to).arg("-C").arg(from).arg(".");
    testbench::run(&mut command).expect_success(&format!("tar {args:?}"));
    Some(())
}

/// The archive as a tree, with contents in memory; the same from a file and from a stream.
fn unpack(archive: &Path) -> (Directory, Directory) {
    let (tree, sources) =
        from_tar(File::open(archive).unwrap(), &MetadataPolicy::KEEP, FIRST).unwrap();
    let from_file = in_memory(&tree, &sources);
    sources.check_unchanged().unwrap();
    let (streamed, sources) = from_tar_stream(
        File::open(archive).unwrap(),
        tempfile::tempfile().unwrap(),
        &MetadataPolicy::KEEP,
        FIRST,
    )
    .unwrap();
    sources.check_unchanged().unwrap();
    assert_same(&in_memory(&streamed, &sources), &from_file, "the stream");
    (from_file, tree)
}

/// The expected tree: as on disk, but with whole seconds and without attributes where the format
/// has none.
fn expected(at: &Path, fractions: bool, attributes: bool) -> (Directory, Directory) {
    let (tree, sources) = read(at);
    let mut memory = in_memory(&tree, &sources);
    strip(&mut memory, fractions, attributes);
    (memory, tree)
}

fn strip(tree: &mut Directory, fractions: bool, attributes: bool) {
    let change = |meta: &mut Meta, xattrs: &mut Xattrs| {
        if !fractions {
            meta.mtime.nanoseconds = 0;
        }
        if !attributes {
            xattrs.retain(|_| false);
        }
    };
    rebuild(&tree.clone(), tree, &mut BTreeMap::new(), &change);
}

/// A copy of the tree with every node changed; linked nodes cannot be changed in place.
fn rebuild(
    from: &Directory,
    to: &mut Directory,
    linked: &mut BTreeMap<FileIdentity, Linked>,
    change: &impl Fn(&mut Meta, &mut Xattrs),
) {
    change(&mut to.meta, &mut to.xattrs);
    for (name, node) in from.entries() {
        let mut leaf = match node.view() {
            View::Directory(d) => {
                if let Some(Node::Directory(to)) = to.entry_mut(name) {
                    rebuild(d, to, linked, change);
                }
                continue;
            }
            View::File(f) => Node::File(f.clone()),
            View::Symlink(s) => Node::Symlink(s.clone()),
            View::Special(s) => Node::Special(s.clone()),
        };
        match &mut leaf {
            Node::File(f) => change(&mut f.meta, &mut f.xattrs),
            Node::Symlink(s) => change(&mut s.meta, &mut s.xattrs),
            Node::Special(s) => change(&mut s.meta, &mut s.xattrs),
            Node::Directory(_) | Node::Linked(_) => unreachable!("leaves"),
        }
        *to.entry_mut(name).unwrap() = match node {
            Node::Linked(l) => {
                let l = linked.entry(l.identity());
                Node::Linked(l.or_insert_with(|| Linked::new(leaf).unwrap()).clone())
            }
            _ => leaf,
        };
    }
}

struct Packed {
    _dir: tempfile::TempDir,
    from: PathBuf,
    archive: PathBuf,
}

fn prepare(args: &[&str]) -> Option<Packed> {
    let dir = tempfile::tempdir().unwrap();
    let (from, archive) = (dir.path().join("from"), dir.path().join("a.tar"));
    fs::create_dir(&from).unwrap();
    everything(&from, false);
    pack(&from, &archive, args)?;
    Some(Packed { _dir: dir, from, archive })
}

#[test]
fn every_format_comes_back_as_it_is_on_disk() {
    if !is_root() {
        return;
    }
    let xattrs = ["--xattrs", "--xattrs-include=*"];
    // Arguments; whether fractions of seconds and attributes survive; whether holes do.
    let cases: [(&[&str], bool, bool, bool); 8] = [
        (&["--format=gnu"], false, false, false),
        (&["--format=gnu", "--sparse"], false, false, true),
        (&["--format=oldgnu", "--sparse"], false, false, true),
        (&["--format=pax", xattrs[0], xattrs[1]], true, true, false),
        (&["--format=pax", "--sparse", xattrs[0], xattrs[1]], true, true, true),
        (&["--format=pax", "--sparse", "--sparse-version=0.0"], true, false, true),
        (&["--format=pax", "--sparse", "--sparse-version=0.1"], true, false, true),
        (
            &["--format=pax", "--pax-option=globexthdr.name=g,comment:=x", "--numeric-owner"],
            true,
            false,
            false,
        ),
    ];
    for (args, fractions, attributes, holes) in cases {
        let Some(p) = prepare(args) else { return };
        let (want, on_disk) = expected(&p.from, fractions, attributes);
        let (got, by_reference) = unpack(&p.archive);
        assert_same(&got, &want, &format!("{args:?}"));
        for name in [&b"sparse"[..], b"hole"] {
            let content = |tree: &Directory| match tree.get(name).unwrap().view() {
                View::File(f) => data(&f.content),
                _ => panic!(),
            };
            if holes {
                assert_eq!(content(&by_reference), content(&on_disk), "{args:?}");
            } else {
                assert_ne!(content(&by_reference), content(&on_disk), "{args:?}");
            }
        }
    }
}

/// Formats that cannot hold everything hold a part.
#[test]
fn old_formats() {
    let dir = tempfile::tempdir().unwrap();
    let from = dir.path().join("from");
    fs::create_dir_all(from.join("p".repeat(90)).join("q".repeat(60))).unwrap();
    fs::write(from.join("p".repeat(90)).join("q".repeat(60)).join("r"), b"in a prefix").unwrap();
    fs::write(from.join("x"), b"x").unwrap();
    fs::hard_link(from.join("x"), from.join("y")).unwrap();
    set_time(&from.join("x"), 77, 0);
    let archive = dir.path().join("a.tar");
    let Some(()) = pack(&from, &archive, &["--format=ustar"]) else { return };
    assert_same(&unpack(&archive).0, &expected(&from, false, false).0, "old");
    fs::remove_dir_all(from.join("p".repeat(90))).unwrap();
    pack(&from, &archive, &["--format=v7"]).unwrap();
    assert_same(&unpack(&archive).0, &expected(&from, false, false).0, "old");
}

#[test]
fn the_comparison_objects_to_a_flipped_byte() {
    if !is_root() {
        return;
    }
    let Some(p) = prepare(&["--format=pax", "--xattrs", "--xattrs-include=*"]) else {
        return;
    };
    let want = expected(&p.from, true, true).0;
    let bytes = fs::read(&p.archive).unwrap();
    let find = |what: &[u8]| bytes.windows(what.len()).position(|w| w == what).unwrap();
    // A content, an attribute's value, a fraction of a second.
    for at in [find(b"content\n") + 1, find(b"with = and") + 1, find(b".123456789") + 3] {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        fs::write(&p.archive, &bytes).unwrap();
        assert_ne!(unpack(&p.archive).0, want, "byte {at}");
    }
    // A header.
    let mut bytes = bytes.clone();
    bytes[512 * 2 + 110] ^= 1;
    fs::write(&p.archive, &bytes).unwrap();
    let e = from_tar(File::open(&p.archive).unwrap(), &MetadataPolicy::KEEP, FIRST).unwrap_err();
    assert!(e.to_string().contains("checksum"), "{e}");
}

/// The last of two members of one name counts, as it does when GNU tar unpacks.
#[test]
fn duplicates_end_as_they_do_when_unpacked() {
    let Some(tar) = oracle("tar") else { return };
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    let archive = dir.path().join("a.tar");
    fs::create_dir_all(from.join("d/sub")).unwrap();
    fs::create_dir(&to).unwrap();
    fs::write(from.join("d/f"), b"first").unwrap();
    fs::write(from.join("e"), b"a file").unwrap();
    fs::hard_link(from.join("e"), from.join("e2")).unwrap();
    pack(&from, &archive, &["--format=pax"]).unwrap();
    // Again, with other kinds in the places of some.
    fs::write(from.join("d/f"), b"second, longer").unwrap();
    fs::remove_file(from.join("e")).unwrap();
    std::os::unix::fs::symlink("d", from.join("e")).unwrap();
    fs::remove_dir(from.join("d/sub")).unwrap();
    fs::write(from.join("d/sub"), b"was a directory").unwrap();
    set_time(&from.join("d"), 99, 0);
    let mut append = tar.command();
    append.args(["--format=pax", "--sort=name", "-rf"]).arg(&archive).arg("-C").arg(&from);
    testbench::run(append.args(["d", "e"])).expect_success("tar -r");
    let mut extract = tar.command();
    extract.args(["-xpf"]).arg(&archive).arg("-C").arg(&to);
    testbench::run(&mut extract).expect_success("tar -x");
    assert_same(&unpack(&archive).0, &expected(&to, true, true).0, "unpacked");
}

/// ACLs are read both as extended attributes and in text form.
#[test]
fn acls() {
    if !is_root() {
        return;
    }
    use file_tree::acl;
    let dir = tempfile::tempdir().unwrap();
    let (from, archive) = (dir.path().join("from"), dir.path().join("a.tar"));
    fs::create_dir(&from).unwrap();
    fs::write(from.join("x"), b"").unwrap();
    let entry = |(tag, permissions, id)| acl::AclEntry { tag, permissions, id };
    let no = u32::MAX;
    let entries = [
        (acl::USER_OBJ, 6, no),
        (acl::USER, 7, 12_345),
        (acl::GROUP_OBJ, 4, no),
        (acl::GROUP, 2, 54_321),
        (acl::MASK, 7, no),
        (acl::OTHER, 0, no),
    ];
    let value = acl::value(&entries.map(entry));
    let set = |path: &Path, name: &str| {
        rustix::fs::lsetxattr(path, name, &value, rustix::fs::XattrFlags::empty())
    };
    if set(&from.join("x"), "system.posix_acl_access").is_err() {
        return testbench::missing("a temporary directory with ACLs");
    }
    set(&from, "system.posix_acl_default").unwrap();
    let (want, _) = expected(&from, true, true);
    assert_eq!(want.get(b"x").unwrap().xattrs().get(acl::ACCESS), Some(&value[..]));
    assert_eq!(want.xattrs.get(acl::DEFAULT), Some(&value[..]));
    for args in [&["--format=pax", "--acls"][..], &["--format=pax", "--acls", "--xattrs"]] {
        let Some(()) = pack(&from, &archive, args) else { return };
        assert_same(&unpack(&archive).0, &want, &format!("{args:?}"));
    }
}
