//! ISOs that were copied onto a key after it was made, onto a file system that others made: found,
//! started and checked, by GRUB in a machine.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use testbench::{Firmware, PATIENCE, Qemu, inapplicable, is_root, oracle};
use tests::{Key, Room, boot, sha256};

/// Replaces the ISO partition by a file system made by hand, with `isos` in it: `name` in its
/// root, or `directory/name`. `None`: not on this machine.
fn make_again(room: &Room, key: &Key, kind: &str, isos: &[(&str, &Path)]) -> Option<()> {
    let fs = room.path("again.img");
    let (at, len) = key.partitions[1];
    std::fs::File::create(&fs).unwrap().set_len(len).unwrap();
    let image = fs.to_str().unwrap();
    let directories: BTreeSet<&str> =
        isos.iter().filter_map(|(to, _)| to.split_once('/')).map(|(dir, _)| dir).collect();
    match kind {
        "vfat" => {
            // As Windows names it.
            oracle("mkfs.vfat")?.run(["-F", "32", "-n", "ISOS", image]).expect_success("mkfs.vfat");
            for dir in directories {
                oracle("mmd")?.run(["-i", image, &format!("::{dir}")]).expect_success("mmd");
            }
            let mcopy = oracle("mcopy")?;
            for (to, from) in isos {
                let to = format!("::{to}");
                mcopy.run(["-i", image, from.to_str().unwrap(), &to]).expect_success("mcopy");
            }
        }
        "exfat" => {
            if !is_root() || !Path::new("/dev/fuse").exists() {
                inapplicable("an exFAT file system is filled through FUSE, as root");
                return None;
            }
            oracle("mkfs.exfat")?.run(["-L", "isos", image]).expect_success("mkfs.exfat");
            let mount = oracle("mount.exfat-fuse")?;
            // A loop device that is let go of while it is mounted goes with the mount.
            let mut script = format!(
                "dev=$(losetup --find --show '{image}')\n\
                 '{}' \"$dev\" \"$1\" || {{ losetup -d \"$dev\"; exit 1; }}\n\
                 losetup -d \"$dev\"\n",
                mount.path().display()
            );
            for dir in directories {
                writeln!(script, "mkdir \"$1/{dir}\"").unwrap();
            }
            for (to, from) in isos {
                writeln!(script, "cp '{}' \"$1\"/'{to}'", from.display()).unwrap();
            }
            let mounted = room.path("mounted");
            std::fs::create_dir_all(&mounted).unwrap();
            // The mount ends with its namespace, whatever happens.
            let mut command: Command = oracle("unshare")?.command();
            command.args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-ec"]);
            command.arg(script + "umount \"$1\"\n").arg("sh").arg(&mounted);
            testbench::run(&mut command).expect_success("exfat-fuse");
        }
        ext => {
            let tree = room.path("tree");
            let _ = std::fs::remove_dir_all(&tree);
            for (to, from) in isos {
                let to = tree.join(to);
                std::fs::create_dir_all(to.parent().unwrap()).unwrap();
                std::fs::hard_link(from, &to)
                    .or_else(|_| std::fs::copy(from, &to).map(drop))
                    .unwrap();
            }
            let tree = tree.to_str().unwrap();
            let made = oracle("mke2fs")?.run(["-q", "-t", ext, "-L", "isos", "-d", tree, image]);
            made.expect_success("mke2fs");
        }
    }
    let image = std::fs::File::options().write(true).open(&key.image).unwrap();
    let mut fs = std::fs::File::open(&fs).unwrap();
    let mut buffer = vec![0; 1 << 20];
    let mut done = 0;
    loop {
        let n = std::io::Read::read(&mut fs, &mut buffer).unwrap();
        if n == 0 {
            return Some(());
        }
        image.write_all_at(&buffer[..n], at + done).unwrap();
        done += n as u64;
    }
}

/// Goes from the menu to the list, to its entry `number` that says `found`, and chooses it.
fn start(guest: &mut Qemu, number: usize, found: &str) {
    guest.expect("ISOs found on this key", PATIENCE).unwrap();
    guest.send("\r").unwrap();
    guest.expect(found, PATIENCE).unwrap();
    for _ in 0..number {
        guest.key("down").unwrap();
    }
    if number > 0 {
        guest.expect(&format!("*{found}"), PATIENCE).unwrap();
    }
    guest.send("\r").unwrap();
}

/// Lists that were copied onto the key with ISOs: one that is right, and one that is not.
#[test]
fn lists_beside_dropped_isos_are_used() {
    let Some(room) = Room::new() else { return };
    let key = room.waiting_key("[isos]\nsize = \"48MiB\"\n");
    let (good, bad) = (room.iso("good.iso"), room.iso("bad.iso"));
    let list = |iso: &Path, list: &str| {
        let name = iso.file_name().unwrap().to_str().unwrap();
        room.text(list, &format!("{}  {name}\n", sha256(iso)))
    };
    let (good_list, bad_list) = (list(&good, "good.txt"), list(&bad, "bad.txt"));
    let mut bytes = std::fs::read(&bad).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&bad, bytes).unwrap();

    let fine: [(&str, &Path); 2] = [("good.iso", &good), ("SHA256SUMS", &good_list)];
    let more: [(&str, &Path); 2] = [("more/bad.iso", &bad), ("more/SHA256SUMS", &bad_list)];
    let end = "All that was checked is as it should be";
    let own = ["By the list (hd0,msdos2)/SHA256SUMS", "good.iso: OK"];
    let others = ["By the list (hd0,msdos2)/more/SHA256SUMS", "bad.iso: HASH MISMATCH"];
    for (kind, isos, says) in [
        // mke2fs leaves holes where an ISO begins with zeros; GRUB 2.06 cannot read a file with
        // extents that begins with one.
        ("ext2", fine.to_vec(), [&own[..], &[end]].concat()),
        (
            "vfat",
            [fine, more].concat(),
            [&own[..], &others, &["Something is not as it should be"]].concat(),
        ),
    ] {
        if make_again(&room, &key, kind, &isos).is_none() {
            return;
        }
        let Some(mut guest) = boot(&key.image, Firmware::SeaBios) else { return };
        guest.expect("Check the ISOs", PATIENCE).unwrap();
        guest.key("down").unwrap();
        guest.expect("*Check the ISOs", PATIENCE).unwrap();
        guest.send("\r").unwrap();
        for token in says {
            guest.expect(token, PATIENCE).unwrap();
        }
    }
}

fn dropped_live_system(kind: &str, firmware: Firmware) {
    let Some(room) = Room::new() else { return };
    let Some(live) = testbench::live_iso("debian-12-live.iso") else { return };
    let Some(ipxe) = testbench::ipxe_iso() else { return };
    let key = room.waiting_key("[isos]\nsize = \"320MiB\"\n");
    let isos: [(&str, &Path); 2] = [("net.iso", &ipxe), ("live/debian-live.iso", &live)];
    if make_again(&room, &key, kind, &isos).is_none() {
        return;
    }
    let Some(mut guest) = boot(&key.image, firmware) else { return };
    start(&mut guest, 1, "debian-live.iso  [Debian Live]");
    // There are several ways to start it.
    guest.expect("Start ", PATIENCE).unwrap();
    guest.send("\r").unwrap();
    guest.expect("login:", 3 * PATIENCE).unwrap();
}

#[test]
fn a_live_system_dropped_on_ext4_boots_on_a_bios() {
    dropped_live_system("ext4", Firmware::SeaBios);
}

#[test]
fn a_live_system_dropped_on_fat_boots_on_uefi() {
    dropped_live_system("vfat", Firmware::OvmfX64);
}

fn installer_iso(room: &Room) -> Option<PathBuf> {
    let (kernel, initrd) = testbench::installer_pair()?;
    let iso = room.path("an installer's $1.iso");
    testbench::netinstall_iso(&iso, &kernel, &initrd).unwrap();
    Some(iso)
}

#[test]
fn an_installer_dropped_on_exfat_boots_on_bios_and_uefi() {
    let Some(room) = Room::new() else { return };
    let Some(iso) = installer_iso(&room) else { return };
    let key = room.waiting_key("[isos]\nsize = \"96MiB\"\n");
    let drop = room.path("drop.iso");
    std::fs::rename(iso, &drop).unwrap();
    if make_again(&room, &key, "exfat", &[("installer $1.iso", &drop)]).is_none() {
        return;
    }
    for firmware in [Firmware::SeaBios, Firmware::OvmfX64] {
        let Some(mut guest) = boot(&key.image, firmware) else { return };
        start(&mut guest, 0, "installer $1.iso  [NETINSTALL]");
        guest.expect("Linux version", PATIENCE).unwrap();
        guest.expect("Select a language", PATIENCE).unwrap();
    }
}

#[test]
fn an_installer_dropped_on_ext2_starts_under_secure_boot() {
    let Some(room) = Room::new() else { return };
    let Some(iso) = installer_iso(&room) else { return };
    room.text("key.toml", "[menu]\nserial = true\ntimeout = \"none\"\n[isos]\nsize = \"96MiB\"\n");
    let key = room.build(["key.toml", "--secure-boot"]);
    if make_again(&room, &key, "ext2", &[("an installer's $1.iso", &iso)]).is_none() {
        return;
    }
    let Some(mut guest) = boot(&key.image, Firmware::OvmfX64SecureBoot) else { return };
    start(&mut guest, 0, "an installer's $1.iso  [NETINSTALL]");
    guest.expect("Linux version", PATIENCE).unwrap();
    guest.expect("Secure boot enabled", PATIENCE).unwrap();
    assert!(!guest.transcript().contains("prohibited"), "{}", guest.transcript());
}

/// FAT has no case, and GRUB shows short names there in lower case.
#[test]
fn an_iso_with_an_entry_is_not_found_again_on_fat() {
    let Some(room) = Room::new() else { return };
    let (upper, long) = (room.iso("UPPER.ISO"), room.iso("A long Name.iso"));
    let more = "[isos]\nsize = \"48MiB\"\n[[iso]]\npath = \"UPPER.ISO\"\n\
                [[iso]]\npath = \"A long Name.iso\"\n";
    let key = room.waiting_key(more);
    let new = room.iso("NEW.ISO");
    let isos: [(&str, &Path); 3] =
        [("UPPER.ISO", &upper), ("a LONG name.ISO", &long), ("NEW.ISO", &new)];
    if make_again(&room, &key, "vfat", &isos).is_none() {
        return;
    }
    let Some(mut guest) = boot(&key.image, Firmware::SeaBios) else { return };
    guest.expect("Power off", PATIENCE).unwrap();
    guest.key("down").unwrap();
    guest.key("down").unwrap();
    guest.expect("*ISOs found on this key", PATIENCE).unwrap();
    let before = guest.transcript().len();
    guest.send("\r").unwrap();
    guest.expect("new.iso  [INSTALLER]", PATIENCE).unwrap();
    let list = guest.transcript()[before..].to_ascii_lowercase();
    assert!(!list.contains("upper.iso") && !list.contains("long name.iso"), "{list}");
}
