//! Which devices are offered, and each reason why one is not.

use crate::machine::{ATA, Machine, NVME, SD, USB, VIRTUAL};
use block_devices::{Bus, Decision, Kind};

const GIB: u64 = 1 << 30;

/// A stick, and a change after which it is not offered, for this reason alone.
#[track_caller]
fn refused(change: impl FnOnce(&Machine), words: &str) {
    let machine = Machine::new();
    machine.stick();
    assert!(machine.is_offered("sdb"));
    change(&machine);
    let reasons = machine.refusal("sdb");
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(reasons[0].contains(words), "{reasons:?}");
}

#[test]
fn sticks_usb_disks_and_cards_are_offered() {
    let machine = Machine::new();
    machine.stick();
    // A disk in a case does not say that it is removable.
    machine.disk(&USB.replace("2-1", "2-2"), "sdc", "8:32", 4000 * GIB, &[]);
    // Nor does any card.
    machine.disk(SD, "mmcblk0", "179:0", 32 * GIB, &[("type", "SD"), ("name", "SC32G")]);
    for name in ["sdb", "sdc", "mmcblk0"] {
        assert!(machine.is_offered(name), "{name}");
    }
    assert_eq!(machine.device("sdc").number.as_deref(), Some("8:32"));
    assert_eq!(machine.device("mmcblk0").bus, Some(Bus::Sd));
    assert_eq!(machine.device("sdc").bus, Some(Bus::Usb));
    assert_eq!(machine.device("sdb").identity.vendor.as_deref(), Some("SanDisk"));
}

#[test]
fn a_stick_that_a_desktop_has_mounted_is_offered() {
    let machine = Machine::new();
    machine.stick();
    machine.mount("8:17", "/dev/sdb1", "/run/media/anne/My\\040stick");
    machine.mount("8:17", "/dev/sdb1", "/mnt");
    assert!(machine.is_offered("sdb"));
    let mounted = &machine.device("sdb").partitions[0].users.mounted;
    assert_eq!(mounted[..], ["/mnt", "/run/media/anne/My stick"]);
}

#[test]
fn what_is_mounted_elsewhere_is_not_offered() {
    for place in ["/", "/boot", "/home", "/srv/backup", "/mediatheque", "/run/live/medium"] {
        let words = format!("sdb1 is mounted at `{place}`");
        refused(|machine| machine.mount("8:17", "/dev/sdb1", place), &words);
    }
    // One such place among those of sticks is enough.
    let many = |machine: &Machine| {
        for place in ["/media/a", "/media/b", "/var", "/media/c"] {
            machine.mount("8:17", "/dev/sdb1", place);
        }
    };
    refused(many, "sdb1 is mounted at `/var`, `/media/a`, `/media/b` and 1 more");
    // Without partitions.
    refused(|machine| machine.mount("8:16", "/dev/sdb", "/home"), "sdb is mounted at `/home`");
    // The kernel's name for what it has started from.
    refused(|machine| machine.mount("8:17", "/dev/root", "/"), "sdb1 is mounted at `/`");
}

#[test]
fn a_file_system_with_numbers_of_its_own_is_found_by_its_devices() {
    refused(|machine| machine.mount("0:35", "/dev/sdb1", "/"), "sdb1 is mounted at `/`");
    // bcachefs.
    refused(|machine| machine.mount("0:35", "/dev/sda:/dev/sdb1", "/"), "sdb1 is mounted at `/`");
    // A btrfs over two devices, of which the mounts name the other.
    let btrfs = |machine: &Machine| {
        machine.mount("0:35", "/dev/sda1", "/home");
        machine.write("sys/fs/btrfs/0b5c/devices/sda1/size", "1");
        machine.write("sys/fs/btrfs/0b5c/devices/sdb1/size", "1");
    };
    refused(btrfs, "sdb1 is mounted at `/home`");
    let unseen = |machine: &Machine| machine.write("sys/fs/btrfs/0b5c/devices/sdb1/size", "1");
    refused(unseen, "sdb1 is mounted at `a place that is not seen from here`");
}

#[test]
fn what_only_another_container_sees_mounted_is_not_offered() {
    for kind in ["ext4", "xfs", "f2fs"] {
        let unseen = |machine: &Machine| {
            machine.write(format!("sys/fs/{kind}/features/x"), "supported");
            machine.write(format!("sys/fs/{kind}/sdb1/x"), "1");
        };
        refused(unseen, "sdb1 is mounted at `a place that is not seen from here`");
    }
    // What is seen, is told as it is.
    let machine = Machine::new();
    machine.stick();
    machine.write("sys/fs/ext4/sdb1/x", "1");
    machine.mount("8:17", "/dev/root", "/media/anne/isos");
    assert!(machine.is_offered("sdb"));
    assert_eq!(machine.device("sdb").partitions[0].users.mounted[..], ["/media/anne/isos"]);
}

#[test]
fn a_stick_that_the_machine_runs_from_is_not_offered() {
    // Systems that run from a file on a stick leave the stick mounted where others mount theirs.
    let loop_file = |file: &str| {
        let file = file.to_owned();
        move |machine: &Machine| {
            machine.mount("8:17", "/dev/sdb1", "/mnt/wkg");
            machine.disk(VIRTUAL, "loop0", "7:0", GIB, &[]);
            machine.set("loop0", "loop/backing_file", &file);
        }
    };
    let words = "sdb1 is mounted at `/mnt/wkg`, where the machine uses `/mnt/wkg/easy.sfs`";
    refused(loop_file("/mnt/wkg/easy.sfs"), words);
    let swap_file = |machine: &Machine| {
        machine.mount("8:17", "/dev/sdb1", "/mnt/sdb1");
        machine.swap("/mnt/sdb1/my\\040swap");
    };
    let words = "sdb1 is mounted at `/mnt/sdb1`, where the machine uses `/mnt/sdb1/my swap`";
    refused(swap_file, words);
    // A file elsewhere is another's.
    for file in ["/mnt/wkg2/easy.sfs", "/home/anne/key.img"] {
        let machine = Machine::new();
        machine.stick();
        loop_file(file)(&machine);
        machine.swap("/var/swap");
        assert!(machine.is_offered("sdb"), "{file}");
    }
}

#[test]
fn what_a_loop_device_shows_is_not_offered() {
    let whole = |machine: &Machine| machine.looped("loop3", "/dev/sdb");
    refused(whole, "sdb is a part of loop3 (loop)");
    let mounted_partition = |machine: &Machine| {
        machine.write("dev/sdb1", "");
        let link = machine.path("dev/stick");
        std::os::unix::fs::symlink("sdb1", link).unwrap();
        machine.looped("loop3", "/dev/stick");
        machine.mapped("dm-0", "254:0", "LVM-x", "vg-root", &["loop3"]);
        machine.mount("254:0", "/dev/mapper/vg-root", "/");
    };
    refused(
        mounted_partition,
        "sdb1 is a part of loop3 (loop); of dm-0 (LVM `vg-root`), mounted at `/`",
    );
    // A device that is not there, a file in /dev, and a file elsewhere.
    let machine = Machine::new();
    machine.stick();
    for (name, file) in [("loop1", "/dev/sdb7"), ("loop2", "/dev/shm/sdb"), ("loop3", "/sdb")] {
        machine.looped(name, file);
        assert_eq!(machine.refusal(name), ["it is a loop device: a file"]);
    }
    assert!(machine.is_offered("sdb"));
}

#[test]
fn a_loop_device_whose_bytes_are_another_ones_is_not_written_by_name() {
    let machine = Machine::new();
    machine.stick();
    machine.looped("loop1", "/dev/sdb1");
    for name in ["loop2", "loop3"] {
        machine.looped(name, "/home/anne/key.img");
    }
    machine.looped("loop4", "/home/anne/other.img");
    for (name, of) in [("loop1", "sdb1"), ("loop2", "loop3"), ("loop3", "loop2")] {
        let device = machine.device(name);
        let decision = Decision::about(&device);
        let same = decision.reasons().iter().find(|reason| !reason.is_overridden_by_name());
        assert_eq!(same.unwrap().to_string(), format!("its bytes are those of {of}, too"));
    }
    assert_eq!(machine.refusal("loop4"), ["it is a loop device: a file"]);
}

#[test]
fn a_loop_device_without_a_file_is_empty() {
    let machine = Machine::new();
    for name in ["loop7", "nbd0"] {
        machine.disk(VIRTUAL, name, "7:7", 0, &[]);
        let decision = Decision::about(&machine.device(name));
        let [reason] = decision.reasons() else { panic!("{decision:?}") };
        assert_eq!(reason.to_string(), "there is nothing in it");
        assert!(!reason.is_overridden_by_name());
    }
}

#[test]
fn swap_is_not_offered() {
    refused(|machine| machine.swap("/dev/sdb1"), "sdb1 is swap that is in use");
    let by_link = |machine: &Machine| {
        machine.write("dev/sdb1", "");
        let link = machine.path("dev/swap");
        std::os::unix::fs::symlink("sdb1", link).unwrap();
        machine.swap("/dev/swap");
    };
    refused(by_link, "sdb1 is swap that is in use");
}

#[test]
fn what_other_devices_are_made_of_is_not_offered() {
    let crypt = |machine: &Machine| {
        machine.mapped("dm-0", "254:0", "CRYPT-LUKS2-0b5c", "luks-0b5c", &["sdb1"]);
        machine.mount("254:0", "/dev/mapper/luks-0b5c", "/media/anne/safe");
    };
    refused(crypt, "sdb1 is a part of dm-0 (dm-crypt `luks-0b5c`), mounted at `/media/anne/safe`");
    let lvm_in_crypt = |machine: &Machine| {
        machine.mapped("dm-0", "254:0", "CRYPT-LUKS2-0b5c", "luks", &["sdb1"]);
        machine.mapped("dm-1", "254:1", "LVM-x", "vg-root", &["dm-0"]);
        machine.mapped("dm-2", "254:2", "LVM-y", "vg-swap", &["dm-0"]);
        machine.mount("254:1", "/dev/mapper/vg-root", "/");
        machine.swap("/dev/dm-2");
    };
    refused(
        lvm_in_crypt,
        "sdb1 is a part of dm-0 (dm-crypt `luks`); of dm-1 (LVM `vg-root`), mounted at `/`; of \
         dm-2 (LVM `vg-swap`), swap",
    );
    let raid = |machine: &Machine| {
        machine.disk(VIRTUAL, "md127", "9:127", GIB, &[]);
        machine.set("md127", "md/level", "raid1");
        machine.partition("md127", "md127p1", "259:9", 1 << 20, 1 << 28);
        machine.hold("md127", &["sdb"]);
        machine.mount("259:9", "/dev/md127p1", "/srv");
    };
    refused(
        raid,
        "sdb is a part of md127 (md raid1); of md127p1 (a partition of md127), mounted at `/srv`",
    );
}

#[test]
fn devices_that_hold_each_other_in_a_circle_come_to_an_end() {
    let circle = |machine: &Machine| {
        machine.mapped("dm-0", "254:0", "x", "a", &["sdb1"]);
        machine.mapped("dm-1", "254:1", "x", "b", &["dm-0"]);
        machine.hold("dm-0", &["dm-1"]);
    };
    refused(circle, "sdb1 is a part of dm-0 (device-mapper `a`); of dm-1 (device-mapper `b`)");
}

#[test]
fn members_that_nobody_has_put_together_are_not_offered() {
    for (kind, name) in [
        ("LVM2_member", "LVM"),
        ("zfs_member", "ZFS"),
        ("linux_raid_member", "a RAID member"),
        ("isw_raid_member", "isw_raid_member"),
        ("bcache", "bcache"),
    ] {
        let words = format!("sdb1 belongs to {name}, by its first bytes");
        refused(|machine| machine.udev("8:17", &[("ID_FS_TYPE", kind)]), &words);
    }
    // What is locked is as free as any other file system.
    let machine = Machine::new();
    machine.stick();
    machine.udev("8:17", &[("ID_FS_TYPE", "crypto_LUKS")]);
    assert!(machine.is_offered("sdb"));
}

#[test]
fn what_cannot_be_written_is_not_offered() {
    refused(|machine| machine.set("sdb", "ro", "1"), "it is read-only");
    refused(|machine| machine.set("sdb", "size", "0"), "there is nothing in it");
}

#[test]
fn disks_that_are_built_in_are_not_offered() {
    let machine = Machine::new();
    machine.disk(NVME, "nvme0n1", "259:0", 512 * GIB, &[("model", "Samsung SSD 980")]);
    machine.disk(ATA, "sda", "8:0", 512 * GIB, &[("vendor", "ATA     "), ("model", "WDC")]);
    machine.disk(SD, "mmcblk0", "179:0", 32 * GIB, &[("type", "MMC")]);
    machine.disk("pci0000:00/virtio1", "vda", "254:0", GIB, &[("vendor", "0x1af4")]);
    for (name, bus) in [("nvme0n1", "NVMe"), ("sda", "ATA"), ("mmcblk0", "eMMC"), ("vda", "virtio")]
    {
        let words = [format!("it is built in: {bus}")];
        assert_eq!(machine.refusal(name), words);
        // As the kernel says of every disk on a SATA port that can be hot-plugged.
        machine.set(name, "removable", "1");
        assert_eq!(machine.refusal(name), words);
    }
    assert_eq!(machine.device("sda").identity.vendor, None);
    assert_eq!(machine.device("vda").identity.vendor, None);
}

#[test]
fn a_disk_on_another_bus_is_offered_if_it_is_removable() {
    let machine = Machine::new();
    machine.disk("pci0000:00/host7/target7:0:0/7:0:0:0", "sdf", "8:80", GIB, &[]);
    assert_eq!(machine.refusal("sdf"), ["it is built in: SCSI"]);
    machine.disk("pci0000:00/memstick0", "mspblk0", "240:0", GIB, &[]);
    assert_eq!(machine.refusal("mspblk0"), ["it is built in: not removable"]);
    for name in ["sdf", "mspblk0"] {
        machine.set(name, "removable", "1");
        assert!(machine.is_offered(name), "{name}");
    }
}

#[test]
fn an_nvme_disk_that_may_have_several_paths_is_a_disk() {
    let machine = Machine::new();
    // It is a directory of the subsystem itself.
    machine.disk("virtual/nvme-subsystem/nvme-subsys0", "nvme0n1", "259:0", GIB, &[]);
    assert_eq!(machine.refusal("nvme0n1"), ["it is built in: NVMe"]);
    assert_eq!(machine.device("nvme0n1").kind, Kind::Disk);
}

#[test]
fn names_of_directories_above_the_root_say_nothing_of_its_disks() {
    let machine = Machine::below("virtual/usb1/mmc0");
    machine.disk(ATA, "sda", "8:0", GIB, &[]);
    machine.disk("pci0000:00/memstick0", "mspblk0", "240:0", GIB, &[]);
    assert_eq!(machine.refusal("sda"), ["it is built in: ATA"]);
    assert_eq!(machine.refusal("mspblk0"), ["it is built in: not removable"]);
    // Nor do the files there.
    machine.write("../idVendor", "0781\n");
    machine.write("../manufacturer", "Nobody\n");
    assert_eq!(machine.device("sda").identity.vendor, None);
}

#[test]
fn what_is_no_disk_is_not_offered() {
    let machine = Machine::new();
    machine.disk(&ATA.replace("ata1", "ata2"), "sr0", "11:0", 0, &[("type", "5")]);
    machine.disk(VIRTUAL, "loop7", "7:7", GIB, &[]);
    machine.disk(VIRTUAL, "zram0", "252:0", GIB, &[]);
    machine.disk(VIRTUAL, "nbd0", "43:0", GIB, &[]);
    machine.disk("platform/floppy.0", "fd0", "2:0", 1_474_560, &[]);
    machine.disk(&format!("{SD}/boot"), "mmcblk0boot0", "179:8", 4 << 20, &[]);
    machine.mapped("dm-0", "254:0", "LVM-x", "vg-root", &[]);
    // Their media can be taken out, but that makes no sticks of them.
    machine.set("sr0", "removable", "1");
    machine.set("fd0", "removable", "1");
    machine.set("loop7", "loop/backing_file", "/home/anne/key.img");
    for (name, words) in [
        ("sr0", "it is a drive for CDs and DVDs"),
        ("loop7", "it is a loop device: a file"),
        ("zram0", "it is memory"),
        ("nbd0", "it is a network block device"),
        ("fd0", "it is a drive for floppy disks"),
        ("mmcblk0boot0", "it is flash that holds firmware"),
        ("dm-0", "it is made of other devices"),
    ] {
        assert_eq!(machine.refusal(name), [words], "{name}");
    }
    let loop7 = machine.device("loop7");
    assert_eq!(loop7.backing_file.as_deref(), Some("/home/anne/key.img"));
}

#[test]
fn a_name_with_a_slash_is_found_in_dev() {
    let machine = Machine::new();
    machine.disk("pci0000:00/cciss0", "cciss!c0d0", "104:0", GIB, &[]);
    machine.mount("0:35", "/dev/cciss/c0d0", "/home");
    assert_eq!(machine.device("cciss!c0d0").path, "/dev/cciss/c0d0");
    assert!(machine.refusal("cciss!c0d0")[0].contains("mounted at `/home`"));
}

#[test]
fn a_path_to_a_disk_that_has_another_name_is_not_listed() {
    let machine = Machine::new();
    machine.disk(NVME, "nvme0c0n1", "259:1", GIB, &[]);
    machine.set("nvme0c0n1", "hidden", "1");
    assert_eq!(machine.list(), []);
}
