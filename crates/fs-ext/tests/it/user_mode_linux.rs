//! A kernel of the test's own: user-mode Linux, an ordinary program that mounts without root and
//! resizes what is mounted, which takes a privilege (`CAP_SYS_RESOURCE`) that root in a container
//! may not have.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use testbench::{oracle, run};

/// Boots, runs a shell script as the only process, with the host's files as root directory, the
/// current one being `dir` and the images at `dev/ubda`, `dev/ubdb`…; powers off. Returns what the
/// script said. `None`: there is no such program.
#[track_caller]
pub fn boot(dir: &Path, images: &[&Path], script: &str) -> Option<String> {
    let linux = oracle("linux.uml")?;
    let (init, said) = (dir.join("init"), dir.join("said"));
    let mut text = format!("#!/bin/sh\ncd '{0}'\nexec > said 2>&1\n", dir.display());
    text += "mkdir -p dev mnt && mount -t proc proc /proc && mount -t devtmpfs dev dev\n";
    writeln!(text, "{script}\necho finished\nsync\numount dev").unwrap();
    // Or else it would wait for the end of time; the sleep is for the end to come.
    text += "echo o > /proc/sysrq-trigger\nsleep 60\n";
    std::fs::write(&init, text).unwrap();
    std::fs::set_permissions(&init, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::File::create(&said).unwrap();
    let mut command = oracle("timeout")?.command();
    command.args(["--kill-after=5", "300"]).arg(linux.path());
    command.args(["mem=192M", "rootfstype=hostfs", "rw", "devtmpfs.mount=0"]);
    command.args(["con=null", "con0=null,fd:1"]);
    command.arg(format!("init={}", init.display())).arg(format!("uml_dir={}", dir.display()));
    for (n, image) in images.iter().enumerate() {
        command.arg(format!("ubd{n}={}", image.display()));
    }
    let ran = run(&mut command);
    let said = std::fs::read_to_string(&said).unwrap();
    assert!(said.ends_with("finished\n"), "{said}\n--- console\n{}\n{}", ran.stdout, ran.stderr);
    Some(said)
}
