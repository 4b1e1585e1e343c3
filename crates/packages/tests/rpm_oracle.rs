//! RPM packages that `rpmbuild` makes, read by us and by `rpm2cpio`.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use packages::{Error, MemberKind, Rpm};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use testbench::{Oracle, oracle};

const SPEC: &str = "\
Name: grub2-pc-modules
Epoch: 1
Version: 2.12
Release: 28.test
Summary: Made by a test
License: MIT
BuildArch: noarch
%description
Made by a test.
%install
cp -a %{_sourcedir}/tree/. %{buildroot}
%files
/usr
";

/// Files of many sizes, a symbolic link, and one file of three names.
fn tree(dir: &Path) {
    let lib = dir.join("usr/lib/grub/i386-pc");
    fs::create_dir_all(&lib).unwrap();
    for n in 0..40_usize {
        let bytes: Vec<u8> = (0..n * n * 50).map(|i| (i * n) as u8).collect();
        fs::write(lib.join(format!("m{n}.mod")), bytes).unwrap();
    }
    fs::write(lib.join("with a space.lst"), "x").unwrap();
    fs::hard_link(lib.join("m7.mod"), lib.join("another.mod")).unwrap();
    fs::hard_link(lib.join("m7.mod"), dir.join("usr/third.mod")).unwrap();
    symlink("m7.mod", lib.join("link.mod")).unwrap();
}

fn build(rpmbuild: &Oracle, top: &Path, payload: &str) -> PathBuf {
    let spec = top.join("x.spec");
    fs::write(&spec, SPEC).unwrap();
    let define = |text: String| ["--define".to_owned(), text];
    let mut command = rpmbuild.command();
    command.args(["-bb", "--nodeps"]).env("HOME", top);
    command.args(define(format!("_topdir {}", top.display())));
    command.args(define(format!("_sourcedir {}", top.display())));
    command.args(define(format!("_binary_payload {payload}")));
    command.args(define("__os_install_post %{nil}".to_owned()));
    testbench::run(command.arg(&spec)).expect_success("rpmbuild");
    top.join("RPMS/noarch/grub2-pc-modules-2.12-28.test.noarch.rpm")
}

/// Unpacks with `rpm2cpio` and `cpio`.
fn unpack(rpm2cpio: &Oracle, cpio: &Oracle, rpm: &Path, to: &Path) -> bool {
    fs::create_dir_all(to).unwrap();
    let archive = to.with_extension("cpio");
    let out = rpm2cpio.command().arg(rpm).output().unwrap();
    fs::write(&archive, &out.stdout).unwrap();
    let mut command = cpio.command();
    command.args(["-id", "--quiet"]).stdin(fs::File::open(&archive).unwrap()).current_dir(to);
    out.status.success() && testbench::run(&mut command).status == Some(0)
}

#[test]
fn what_rpmbuild_packs_is_read_as_rpm2cpio_unpacks_it() {
    let (Some(rpmbuild), Some(rpm2cpio)) = (oracle("rpmbuild"), oracle("rpm2cpio")) else { return };
    let (Some(rpm), Some(cpio)) = (oracle("rpm"), oracle("cpio")) else { return };
    for payload in ["w9.gzdio", "w7.xzdio", "w19.zstdio", "w9.bzdio", "w7.lzdio"] {
        let dir = tempfile::tempdir().unwrap();
        tree(&dir.path().join("tree"));
        let path = build(&rpmbuild, dir.path(), payload);
        let ours = Rpm::open(&path).unwrap();
        let header = ours.header();
        let format =
            "%{NAME} %{EPOCH}:%{VERSION}-%{RELEASE} %{ARCH} %{LONGSIZE} %{PAYLOADCOMPRESSOR}";
        let args = ["-qp", "--nosignature", "--qf", format].map(Into::into);
        let said = rpm.run(args.into_iter().chain([path.clone().into_os_string()])).stdout;
        let (size, compressor) = (header.installed_size.unwrap(), said.rsplit(' ').next().unwrap());
        let ours_says =
            format!("{} {} {} {size} ", header.name, header.version, header.architecture);
        assert_eq!(said, ours_says + compressor);
        assert!(payload.contains(&compressor[..1]), "{payload} {compressor}");

        let unpacked = dir.path().join("unpacked");
        assert!(unpack(&rpm2cpio, &cpio, &path, &unpacked));
        let members = ours.members().unwrap();
        let found = ours.read_members(1 << 30, |_| true).unwrap();
        assert!(found.len() >= 43, "{}", found.len());
        for (name, bytes) in &found {
            assert_eq!(fs::read(unpacked.join(name)).unwrap(), bytes[..], "{payload} {name}");
        }
        let mut files = 0;
        for entry in walk(&unpacked) {
            let name = entry.strip_prefix(&unpacked).unwrap().to_str().unwrap();
            let has = |m: &packages::Member| m.name == name || m.aliases.iter().any(|a| a == name);
            let member = members.iter().find(|m| has(m)).unwrap_or_else(|| panic!("{name}"));
            if let Ok(target) = fs::read_link(&entry) {
                let target = target.to_str().unwrap().to_owned();
                assert_eq!(member.kind, MemberKind::Symlink(target));
            } else {
                assert_eq!(member.len, fs::metadata(&entry).unwrap().len());
                files += 1;
            }
        }
        assert_eq!(files, found.len());

        // One flipped bit in the payload: rpm refuses the package, and so does this crate.
        let mut bytes = fs::read(&path).unwrap();
        let at = bytes.len() - 100;
        bytes[at] ^= 4;
        let damaged = dir.path().join("damaged.rpm");
        fs::write(&damaged, bytes).unwrap();
        rpm.run(["-K".as_ref(), "--nosignature".as_ref(), damaged.as_os_str()]).expect_objection(
            1,
            "damaged.rpm: DIGESTS NOT OK",
            "rpm -K",
        );
        let e = Rpm::open(&damaged).and_then(|r| r.members()).unwrap_err();
        assert!(matches!(e, Error::DamagedPackage { .. }), "{e}");
    }
}

/// Everything below `dir` but directories.
fn walk(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
        if path.is_dir() && !path.is_symlink() {
            found.extend(walk(&path))
        } else {
            found.push(path)
        }
    }
    found
}
