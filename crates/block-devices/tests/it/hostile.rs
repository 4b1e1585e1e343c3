//! Names that are made to mislead, and machines whose files are not as they should be.

use crate::machine::{Machine, USB};
use block_devices::{list, text};
use std::fs;

/// A name that would clear the screen, go on in a new line, and show `16 GB` as `BG 61`.
const NAME: &str = "Ult\x1b[2Jra\u{202e}16 GB\u{200b}\n/dev/sda\u{9b}";

#[test]
fn names_do_not_act_on_the_terminal() {
    let machine = Machine::new();
    machine.stick();
    let usb = "sys/devices/pci0000:00/0000:00:14.0/usb2/2-1";
    machine.write(format!("{usb}/idVendor"), "0781\n");
    machine.write(format!("{usb}/serial"), NAME);
    machine.write(format!("sys/devices/{USB}/model"), NAME);
    machine.udev("8:17", &[("ID_FS_TYPE", NAME), ("ID_FS_LABEL_ENC", r"a\x1b\xe2\x80\xae")]);
    let mount = NAME.replace('\n', "\\012").replace(' ', "\\040");
    machine.mount("8:17", "/dev/sdb1", &format!("/media/{mount}"));
    let told = text(&machine.list());
    let acts = |c: char| shown_text::acts_on_text(c) && c != '\n';
    assert!(!told.contains(acts), "{told:?}");
    assert_eq!(told.lines().filter(|line| line.contains("/dev/")).count(), 2, "{told}");
    assert!(told.contains(r"serial Ult\u{1b}[2Jra\u{202e}16 GB\u{200b}\n/dev/sda"), "{told}");
    // The same names where a device is refused.
    machine.mount("8:17", "/dev/sdb1", &format!("/srv/{mount}"));
    machine.mapped("dm-0", "254:0", "LVM-", "a\u{202e}b", &["sdb1"]);
    let refusal = machine.refusal("sdb").join("\n");
    assert!(refusal.contains(r"a\u{202e}b") && !refusal.contains(acts), "{refusal:?}");
}

#[test]
fn bytes_that_are_no_text_are_no_error() {
    let machine = Machine::new();
    machine.stick();
    machine.write(format!("sys/devices/{USB}/model"), b"Ul\xfftra\0\0");
    assert_eq!(machine.device("sdb").identity.model.as_deref(), Some("Ul\u{fffd}tra"));
}

#[test]
fn numbers_that_are_none_are_no_error() {
    let machine = Machine::new();
    machine.stick();
    machine.set("sdb1", "size", "18446744073709551615");
    machine.set("sdb1", "start", "-1");
    let partition = &machine.device("sdb").partitions[0];
    assert_eq!((partition.start, partition.size), (0, u64::MAX));
    // A device that goes while it is looked at.
    machine.set("sdb", "size", "x");
    assert_eq!(machine.list(), []);
}

#[test]
fn lines_of_mounts_that_are_none_are_passed_over() {
    let machine = Machine::new();
    machine.stick();
    let lines = "\n - \n36 25 8:17\nx - y\n36 25 8:17 / /home rw - ext4 /dev/sdb1 rw\n";
    machine.write("proc/self/mountinfo", lines);
    assert_eq!(machine.refusal("sdb"), ["sdb1 is mounted at `/home`"]);
}

#[test]
fn without_sysfs_or_proc_nothing_is_offered() {
    let machine = Machine::new();
    machine.stick();
    fs::remove_file(machine.path("proc/self/mountinfo")).unwrap();
    let said = list(&machine.system()).unwrap_err().to_string();
    assert!(said.contains("mountinfo cannot be read: No such file"), "{said}");
    assert!(said.ends_with("without it nobody knows which disks are in use"), "{said}");
    machine.write("proc/self/mountinfo", "");
    fs::remove_dir_all(machine.path("sys/block")).unwrap();
    let said = list(&machine.system()).unwrap_err().to_string();
    assert!(said.contains("sys/block cannot be read: No such file"), "{said}");
}

/// A machine with a stick and this change, and why its devices cannot be listed.
#[track_caller]
fn failure(change: impl FnOnce(&Machine)) -> String {
    let machine = Machine::new();
    machine.stick();
    assert!(machine.is_offered("sdb"));
    change(&machine);
    list(&machine.system()).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_read_is_not_taken_for_nothing() {
    let swaps = failure(|machine| fs::create_dir(machine.path("proc/swaps")).unwrap());
    assert!(swaps.contains("proc/swaps cannot be read: Is a directory"), "{swaps}");
    // A link to itself cannot be followed, not even by root.
    for path in ["sys/block/sdb/sdb1/holders", "sys/fs/ext4", "sys/fs/btrfs"] {
        let said = failure(|machine| {
            let path = machine.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            // OK if it is not there: it is made anew.
            let _ = fs::remove_dir(&path);
            std::os::unix::fs::symlink(&path, &path).unwrap();
        });
        assert!(said.contains(&format!("{path} cannot be read: Too many levels")), "{said}");
    }
}

#[test]
fn a_list_of_mounts_is_not_cut() {
    let long = failure(|machine| {
        let file = fs::File::create(machine.path("proc/self/mountinfo")).unwrap();
        file.set_len((16 << 20) + 1).unwrap();
    });
    assert!(long.contains("mountinfo cannot be read: it is longer than 16777216 bytes"), "{long}");
}
