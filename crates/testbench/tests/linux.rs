//! Tests of the kernel in QEMU: a script's output, effects and failure are seen.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::os::unix::fs::FileExt as _;

use testbench::{Linux, oracle};

#[test]
fn a_script_writes_to_its_disks_with_the_hosts_programs() {
    let Some(mke2fs) = oracle("mke2fs") else { return };
    let dir = tempfile::tempdir().unwrap();
    let [first, second] = ["first.img", "second, it is.img"].map(|name| dir.path().join(name));
    for disk in [&first, &second] {
        std::fs::File::create(disk).unwrap().set_len(8 << 20).unwrap();
    }
    let script = "set -e\nmke2fs -q -t ext4 /dev/vdb\nmount -t ext4 /dev/vdb /mnt\n\
                  echo hello > /mnt/file\ncat /mnt/file\numount /mnt\n\
                  echo from the guest > /dev/vda\necho complaint >&2\n";
    let linux = Linux::new().program(&mke2fs).disk(&first).disk(&second);
    let Some(ran) = linux.run(script) else { return };
    assert_eq!(ran.expect_success("the script").stdout, "hello\ncomplaint\n");
    assert!(std::fs::read(&first).unwrap().starts_with(b"from the guest\n"));
    let e2fsck = oracle("e2fsck").unwrap();
    e2fsck.run(["-fn".as_ref(), second.as_os_str()]).expect_success("e2fsck");
    // It objects to a file system without its magic number.
    let disk = std::fs::File::options().write(true).open(&second).unwrap();
    disk.write_all_at(&[0], 1024 + 0x38).unwrap();
    let ran = linux.run("mount -t ext4 -o loud /dev/vdb /mnt").unwrap();
    let ran = ran.expect_objection(255, "Invalid argument", "no file system");
    assert!(ran.stderr.contains("Can't find ext4 filesystem"), "{ran:?}");
}

#[test]
fn a_script_that_fails_is_not_a_kernel_that_does() {
    let Some(ran) = Linux::new().run("echo said; exit 3") else { return };
    ran.expect_objection(3, "said", "exit 3");
    let ran = Linux::new().run("echo said; echo c > /proc/sysrq-trigger").unwrap();
    assert_eq!(ran.status, None, "{ran:?}");
    assert!(ran.stderr.contains("Kernel panic"), "{ran:?}");
    // The last words of a script are not its status.
    let ran = Linux::new().run("echo exit status 7").unwrap();
    assert_eq!(ran.expect_success("echo").stdout, "exit status 7\n");
}
