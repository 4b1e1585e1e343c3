//! Outputs that are refused, and what replaces what.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use image_layout::Layout;
use image_write::{Error, Options, Written, to_file};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

fn small() -> Layout {
    let mut l = Layout::new(4096);
    l.claim(0, "all", noise(4096)).unwrap();
    l
}

fn write(path: &Path) -> Result<Written, Error> {
    to_file(&small(), &Inputs::default(), path, Options::default(), &mut go_on)
}

#[track_caller]
fn refused(path: &Path) -> String {
    write(path).unwrap_err().to_string()
}

#[test]
fn what_is_no_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let d = dir.path().to_str().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    fs::write(at("file"), b"old").unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    let before = names(dir.path());
    for (path, message) in [
        ("folder", "is a directory; name a file in it, such as `DIR/folder/key.img`"),
        ("new/", "is a directory; name a file in it, such as `DIR/new//key.img`"),
        ("pipe", "is a FIFO, not a file; give the output another name, or `-` for standard output"),
        (
            "socket",
            "is a socket, not a file; give the output another name, or `-` for standard output",
        ),
        (
            "dangling",
            "is a symbolic link to `nowhere`, which does not exist; remove the link or create the file",
        ),
        ("file/key.img", "cannot write `DIR/file/key.img`: Not a directory (os error 20)"),
        (
            "a/b/key.img",
            "the directory `DIR/a/b` does not exist; create it with `mkdir -p DIR/a/b`",
        ),
        (
            "it's new/key.img",
            "the directory `DIR/it's new` does not exist; create it with `mkdir -p 'DIR/it'\\''s new'`",
        ),
    ] {
        let said = refused(&at(path)).replace(d, "DIR");
        assert_eq!(said.strip_prefix(&format!("`DIR/{path}` ")).unwrap_or(&said), message);
    }
    assert!(refused(Path::new("/")).starts_with("`/` is a directory"));
    assert!(refused(Path::new("/dev/null")).contains("is a character device"));
    assert_eq!(names(dir.path()), before);
}

#[test]
fn a_block_device_is_refused() {
    let is_block = |p: &fs::DirEntry| {
        use std::os::unix::fs::FileTypeExt as _;
        p.file_type().is_ok_and(|t| t.is_block_device())
    };
    let Some(device) = fs::read_dir("/dev").unwrap().flatten().find(is_block) else {
        return testbench::missing("a block device in /dev");
    };
    let path = device.path();
    let p = path.display();
    let expected = format!(
        "`{p}` is a block device; build into a file, look at it, and then write it: `dd if=FILE of={p} bs=4M conv=fsync`"
    );
    assert_eq!(refused(&path), expected);
}

#[test]
fn an_input_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let (iso, link) = (dir.path().join("x.iso"), dir.path().join("hard.img"));
    fs::write(&iso, noise(4096)).unwrap();
    fs::hard_link(&iso, &link).unwrap();
    let mut layout = Layout::new(8192);
    layout.claim(0, "file", source(0, 0, 4096)).unwrap();
    for inputs in [Inputs::open(&[&iso]), Inputs::open(&[&iso]).hidden()] {
        let e = to_file(&layout, &inputs, &link, Options::default(), &mut go_on).unwrap_err();
        let (link, iso) = (link.display(), iso.display());
        let expected =
            format!("the output `{link}` is the input `{iso}` too; give the output another name");
        assert_eq!(e.to_string(), expected);
    }
    assert_eq!(fs::read(&iso).unwrap(), noise(4096));
}

#[test]
fn a_file_is_replaced_as_a_whole_and_passes_on_its_permissions() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key.img");
    write(&path).unwrap();
    let umask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(umask);
    let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&path), 0o666 & !umask.bits());

    fs::write(&path, b"old").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    let old = fs::File::open(&path).unwrap();
    write(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), noise(4096));
    assert_eq!(mode(&path), 0o640);
    // Whoever has the old one open still reads it.
    assert_eq!(std::io::read_to_string(old).unwrap(), "old");
    assert_eq!(names(dir.path()), ["key.img"]);
}

#[test]
fn a_read_only_file_stays() {
    if rustix::process::geteuid().is_root() {
        return testbench::again_as_nobody("a_read_only_file_stays");
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key.img");
    fs::write(&path, b"old").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    assert!(refused(&path).contains("Permission denied"));
    assert_eq!(fs::read(&path).unwrap(), b"old");
}

#[test]
fn a_link_stays_and_its_file_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("real.img"), b"old").unwrap();
    let link = dir.path().join("key.img");
    symlink("elsewhere/real.img", &link).unwrap();
    write(&link).unwrap();
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("elsewhere/real.img"));
    assert_eq!(fs::read(elsewhere.join("real.img")).unwrap(), noise(4096));
    assert_eq!(names(&elsewhere), ["real.img"]);
}

#[test]
fn a_name_that_is_no_text_is_written() {
    use std::os::unix::ffi::OsStrExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(std::ffi::OsStr::from_bytes(b"a b\n\xff'$#.img"));
    write(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), noise(4096));
}
