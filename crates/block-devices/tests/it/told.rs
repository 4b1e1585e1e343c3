//! The list for people, word for word.

use crate::machine::{ATA, Machine, NVME, SD, USB};
use block_devices::text;

#[test]
fn the_list_of_a_machine_with_everything() {
    let machine = Machine::new();
    machine.stick();
    let usb = "sys/devices/pci0000:00/0000:00:14.0/usb2/2-1";
    machine.write(format!("{usb}/idVendor"), "0781\n");
    machine.write(format!("{usb}/serial"), "4C530001\n");
    machine.partition("sdb", "sdb2", "8:18", 15_001_048_576, 900_000_000);
    machine.udev("8:16", &[("ID_PART_TABLE_TYPE", "dos")]);
    machine.udev("8:17", &[("ID_FS_TYPE", "ext4"), ("ID_FS_LABEL_ENC", "isos")]);
    machine.mount("8:17", "/dev/sdb1", "/media/anne/isos");
    machine.disk(&USB.replace("2-1", "2-3"), "sdd", "8:48", 8_000_000_000, &[]);
    machine.udev("8:48", &[("ID_FS_TYPE", "iso9660"), ("ID_FS_LABEL_ENC", r"Debian\x2012")]);
    machine.disk(&USB.replace("2-1", "2-4"), "sde", "8:64", 0, &[("vendor", "Generic")]);
    machine.set("sde", "removable", "1");
    machine.disk(SD, "mmcblk0", "179:0", 31_900_000_000, &[("type", "SD"), ("name", "SC32G")]);
    machine.udev("179:0", &[("ID_PART_TABLE_TYPE", "gpt")]);
    machine.disk(NVME, "nvme0n1", "259:0", 512_110_190_592, &[("model", "Samsung SSD 980")]);
    machine.partition("nvme0n1", "nvme0n1p1", "259:1", 1 << 20, 512 << 20);
    machine.partition("nvme0n1", "nvme0n1p2", "259:2", 1 << 30, 500_000_000_000);
    machine.mount("259:1", "/dev/nvme0n1p1", "/boot/efi");
    machine.mapped("dm-0", "254:0", "LVM-x", "vg-root", &["nvme0n1p2"]);
    machine.mount("254:0", "/dev/mapper/vg-root", "/");
    machine.disk(&ATA.replace("ata1", "ata2"), "sr0", "11:0", 0, &[("type", "5")]);
    let disks: Vec<_> =
        machine.list().into_iter().filter(|device| !device.kind.is_virtual()).collect();
    insta::assert_snapshot!(text(&disks));
}

#[test]
fn the_list_of_a_machine_without_sticks() {
    let machine = Machine::new();
    insta::assert_snapshot!(text(&machine.list()), @"no stick is here that could be overwritten");
}
