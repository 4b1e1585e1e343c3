//! Tests of the ways to a host: the archive for an initrd, the installers' snippets, the tree.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests run programs
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod namespace;
mod sample;

use sample::{checked, description, find, host};
use std::path::Path;
use std::process::Stdio;
use testbench::{Ran, oracle, run};
use xen_host::{Host, HostFile, Stack};

/// Unpacks an archive with cpio.
fn unpack(archive: &[u8], to: &Path) -> Option<Ran> {
    let cpio = oracle("cpio")?;
    let path = to.join("archive");
    std::fs::write(&path, archive).unwrap();
    let mut command = cpio.command();
    command.args(["-i", "-d", "--quiet"]).current_dir(to);
    Some(run(command.stdin(Stdio::from(std::fs::File::open(path).unwrap()))))
}

#[test]
fn the_archive_installs_the_files_into_a_live_system() {
    let host = host();
    for stack in Stack::ALL {
        let dir = tempfile::tempdir().unwrap();
        let archive = host.initramfs(stack);
        assert_eq!(archive.len() % 4, 0);
        let Some(ran) = unpack(&archive, dir.path()) else { return };
        assert_eq!(ran.expect_success("cpio").stderr, "");
        // As /init does it: reads the file in conf.d, then runs what ORDER says.
        let at = dir.path().display();
        let script = format!(
            "cd {at} && mkdir -p scripts/init-bottom root && touch scripts/init-bottom/ORDER && \
             sed -i 's| /scripts| {at}/scripts|; s|/xen-host|{at}/xen-host|' conf/conf.d/xen-host && \
             sed -i 's| /xen-host| {at}/xen-host|' xen-host/install && \
             rootmnt={at}/root && export rootmnt && . conf/conf.d/xen-host && \
             . scripts/init-bottom/ORDER"
        );
        let sh = oracle("sh").unwrap();
        sh.run(["-e", "-c", &script]).expect_success("what /init does");
        let root = dir.path().join("root");
        let mut files = host.network_files(stack);
        files.extend(host.guest_files());
        same(&files, &root);
        let wants = root.join("etc/systemd/system/multi-user.target.wants");
        assert!(wants.join("xen-host-check.service").is_symlink());
        assert_eq!(wants.join("systemd-networkd.service").is_symlink(), stack == Stack::Networkd);
        assert!(root.join("usr/local/sbin/xen-host-check").is_file());
    }
    // cpio objects to a header that is none.
    let dir = tempfile::tempdir().unwrap();
    let mut bad = host.initramfs(Stack::Interfaces);
    bad[0] ^= 1;
    let said = unpack(&bad, dir.path()).unwrap().stderr;
    assert!(said.contains("malformed") || said.contains("skipped"), "{said}");
}

/// Asserts that every file is there, whole, with its mode.
#[track_caller]
fn same(files: &[HostFile], root: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    for file in files {
        let path = root.join(&file.path);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), file.text, "{}", file.path);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, u32::from(file.mode), "{}", file.path);
    }
}

/// A host whose text would end a careless here-document.
fn with_an_end() -> Host {
    let mut d = description();
    d.guests[1].args = Some("EOF".into());
    checked(&d).unwrap().0
}

#[test]
fn the_installers_install_the_same_files() {
    for stack in Stack::ALL {
        let host = with_an_end();
        let tree = host.tree(stack);
        let mut files = host.network_files(stack);
        files.extend(host.guest_files());

        let kickstart = &find(&tree, "kickstart.cfg").text;
        let body = kickstart.split_once("%post --erroronfail\n").unwrap().1;
        installed(body.strip_suffix("%end\n").unwrap(), &files);

        let preseed = &find(&tree, "preseed.cfg").text;
        let command = preseed.lines().find(|l| !l.starts_with('#')).unwrap();
        let command = command.strip_prefix("d-i preseed/late_command string in-target ").unwrap();
        installed(command, &files);
        if let Some(tool) = oracle("debconf-set-selections") {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("preseed.cfg");
            let said = |text: &str| {
                std::fs::write(&path, text).unwrap();
                tool.run(["-c".as_ref(), path.as_os_str()]).stderr
            };
            assert_eq!(said(preseed), "");
            let bad = preseed.replace("d-i preseed/late_command", "d-i");
            assert!(said(&bad).contains("skipping line"), "a line without a question");
        }
    }
}

/// Prints the script that Red Hat's installer would run behind the installation.
const PARSE: &str = "\
import sys
from pykickstart.parser import KickstartParser
from pykickstart.version import makeVersion
parser = KickstartParser(makeVersion(sys.argv[1]))
parser.readKickstart(sys.argv[2])
script, = parser.handler.scripts
assert script.errorOnFail and script.inChroot
sys.stdout.write(script.script)
";

#[test]
fn red_hats_parser_takes_the_snippet_and_runs_the_same_script() {
    let Some(python) = oracle("python3") else { return };
    let Some(packages) = testbench::pykickstart() else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ks.cfg");
    let parsed = |release: &str, text: &str| {
        std::fs::write(&path, text).unwrap();
        let mut command = python.command();
        command.env("PYTHONPATH", &packages).args(["-c", PARSE, release]).arg(&path);
        testbench::run(&mut command)
    };
    for stack in Stack::ALL {
        let tree = with_an_end().tree(stack);
        let kickstart = &find(&tree, "kickstart.cfg").text;
        let body = kickstart.split_once("%post --erroronfail\n").unwrap().1;
        let body = body.strip_suffix("%end\n").unwrap();
        for release in ["RHEL7", "RHEL9", "F40"] {
            let ran = parsed(release, kickstart).expect_success("pykickstart");
            assert_eq!(ran.stdout, body, "{release}, {stack}");
        }
        // The tamper tests: a section without an end, an option that there is not, an end too early.
        let open = kickstart.strip_suffix("%end\n").unwrap();
        parsed("RHEL9", open).expect_objection(1, "Section %post does not end with %end", "open");
        let odd = kickstart.replace("--erroronfail", "--erroronfall");
        parsed("RHEL9", &odd).expect_objection(1, "unrecognized arguments: --erroronfall", "odd");
        let early = kickstart.replacen("set -e\n", "set -e\n%end\n", 1);
        parsed("RHEL9", &early).expect_objection(1, "Unknown command: umask", "early");
    }
}

/// Runs a script where `/etc` is empty, and looks at what it has put there.
#[track_caller]
fn installed(script: &str, files: &[HostFile]) {
    if !testbench::is_root() {
        testbench::missing("root, for a mount of its own over /etc");
        return;
    }
    let Some(unshare) = oracle("unshare") else { return };
    let dir = tempfile::tempdir().unwrap();
    let etc = dir.path().join("etc");
    std::fs::create_dir(&etc).unwrap();
    let script = format!("mount --bind {} /etc\n{script}", etc.display());
    unshare.run(["-m", "sh", "-e", "-c", &script]).expect_success("the installer's snippet");
    same(files, dir.path());
}

#[test]
fn the_tree_has_every_stack_and_no_name_twice() {
    let tree = host().tree(Stack::Interfaces);
    let mut paths: Vec<_> = tree.iter().map(|f| f.path.as_str()).collect();
    for stack in Stack::ALL {
        assert!(paths.iter().any(|p| p.starts_with(&format!("{stack}/etc/"))), "{stack}");
        assert_eq!(Stack::named(stack.name()), Some(stack));
    }
    paths.sort_unstable();
    let count = paths.len();
    paths.dedup();
    assert_eq!(paths.len(), count);
    assert_eq!(tree, host().tree(Stack::Interfaces), "the same description, the same files");
}
