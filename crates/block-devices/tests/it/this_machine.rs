//! The machine that the tests run on, which `lsblk` knows too.

use block_devices::{BlockDevice, Decision, System, list};
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use testbench::oracle;

fn devices() -> Vec<BlockDevice> {
    list(&System::at(Path::new("/"))).unwrap()
}

#[test]
fn lsblk_lists_the_same_disks_with_the_same_sizes() {
    let Some(lsblk) = oracle("lsblk") else { return };
    let columns = ["--all", "--nodeps", "--bytes", "--noheadings", "--output", "NAME,SIZE,RO"];
    let said = lsblk.run(columns).expect_success("lsblk").stdout;
    let theirs = said.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let ours = devices().into_iter().map(|device| {
        let BlockDevice { name, size, read_only, .. } = device;
        format!("{name} {size} {}", u8::from(read_only))
    });
    // Versions of it differ in what they say of a device without a medium.
    let with_medium = |line: &String| line.split(' ').nth(1).is_some_and(|size| size != "0");
    let ours: BTreeSet<String> = ours.filter(with_medium).collect();
    assert_eq!(ours, theirs.filter(with_medium).collect());
}

#[test]
fn the_disk_that_this_machine_runs_from_is_not_offered() {
    let dev = Path::new("/").metadata().unwrap().dev();
    let (major, minor) = ((dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xf_ff00));
    let Ok(sysfs) = std::fs::canonicalize(format!("/sys/dev/block/{major}:{minor}")) else {
        // It runs from no disk of its own: in a container.
        return;
    };
    let is_root =
        |device: &&BlockDevice| sysfs.components().any(|c| c.as_os_str() == &*device.name);
    let devices = devices();
    let root = devices.iter().find(is_root).unwrap();
    let decision = Decision::about(root);
    assert!(
        decision.reasons().iter().any(|reason| ["mounted", "held"].contains(&reason.code())),
        "{root:?}"
    );
}
