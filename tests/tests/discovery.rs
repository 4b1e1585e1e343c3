//! ISOs that are copied onto a key after it was made: found, recognised, started, and checked, by
//! GRUB in a machine.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use boot_recipes::{Catalogue, Verdict};
use iso_probe::{IsoFacts, Names};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use testbench::{
    BootOptions, DiskBus, Firmware, Iso, PATIENCE, Qemu, inapplicable, is_root, oracle,
};
use tests::{Key, Room, installer, sha256};

fn boot(image: &Path, firmware: Firmware) -> Option<Qemu> {
    Qemu::boot(BootOptions {
        disks: vec![(image.to_owned(), DiskBus::Virtio)],
        firmware,
        ..BootOptions::default()
    })
}

/// A key with a menu on the serial port that waits, and `more` in its spec.
fn key(room: &Room, more: &str) -> Key {
    let spec = format!("[menu]\nserial = true\ntimeout = \"none\"\n{more}");
    room.text("key.toml", &spec);
    room.build(["key.toml"])
}

/// A file of the boot partition, as text.
fn on_boot_partition(room: &Room, key: &Key, path: &str) -> Option<String> {
    let fs = key.partition(1, &room.path("boot.img"));
    let ran = oracle("debugfs")?.run(["-R", &format!("cat {path}"), fs.to_str().unwrap()]);
    Some(ran.expect_success("debugfs").stdout)
}

fn known() -> BTreeMap<String, IsoFacts> {
    testbench::known_isos()
}

/// An ISO with the names and the volume id of `facts`, and nothing in its files.
fn like(facts: &IsoFacts, path: &Path) {
    // A label that is longer than a label can be was made up.
    let label: String = facts.volume_id.chars().take(32).collect();
    let mut iso = Iso::new(&label);
    if facts.names == Names::Plain {
        iso = iso.plain();
    }
    for file in facts.paths.keys() {
        iso = iso.file(file.trim_start_matches('/'), b"\n");
    }
    iso.write(path).unwrap();
}

/// GRUB goes through a directory of ISOs, has each recognised by the script that a menu would use,
/// and says which recipe decided.
const WALK: &str = r#"
for file in "(${isos})"/walk/*; do
    regexp --set=1:iso_path '^\([^)]*\)(/.*)$' "${file}"
    regexp --set=1:iso_name '([^/]*)$' "${iso_path}"
    set part="(${isos})"
    set shown="${iso_name}"
    set name="${iso_name}"
    set iso_label=""
    if attach "${file}"; then
        probe --set=iso_label --label (loop)
        name_brand
        decide
        echo "<${iso_name}> is ${recipe}."
    else
        echo "<${iso_name}> cannot be opened."
    fi
done
echo "walked"
"#;

/// Names that would break out of careless quotes.
const HOSTILE: [&str; 14] = [
    "it's.iso",
    "a\"b.iso",
    "a$b${v}.iso",
    "$(reboot).iso",
    "`reboot`.iso",
    "b\\s.iso",
    "--class.iso",
    "-n.iso",
    "st*r?.iso",
    "; reboot #.iso",
    "} { x.iso",
    "(hd0) [x].iso",
    "new\nline\nreboot\n.iso",
    "\u{1b}[2J\u{202e}日本.iso",
];

#[test]
fn every_kind_is_recognised_at_boot_and_hostile_names_are_names() {
    let Some(room) = Room::new() else { return };
    let plain = key(&room, "");
    let Some(recognise) = on_boot_partition(&room, &plain, "/boot/grub/recognise.cfg") else {
        return;
    };
    let Some(list) = on_boot_partition(&room, &plain, "/boot/grub/discover.cfg") else { return };
    let (_, brand) = list.split_once("function name_brand {").unwrap();
    let (brand, _) = brand.split_once("\n}\n").unwrap();
    // Nobody reads along; and the functions are read once, not for each ISO.
    let quick: Vec<&str> = recognise.lines().filter(|l| !l.contains("sleep --int")).collect();
    let at = quick.iter().position(|l| *l == "set recipe=''").unwrap();
    let (functions, decide) = quick.split_at(at);
    let functions = format!(
        "function name_brand {{{brand}\n}}\n{}\nfunction decide {{\n{}\n}}\n",
        functions.join("\n"),
        decide.join("\n")
    );
    for folder in ["scripts", "isos/walk"] {
        std::fs::create_dir_all(room.path(folder)).unwrap();
    }
    room.text("scripts/walk.cfg", &(functions + WALK));
    let mut expected = BTreeMap::new();
    let catalogue = Catalogue::builtin();
    for (name, facts) in known() {
        like(&facts, &room.path(format!("isos/walk/{name}.iso")));
        let recipe = match catalogue.recognise_at_boot(&facts, &name) {
            Verdict::Boots(found) => found.recipe,
            Verdict::Refused { recipe, .. } => recipe,
        };
        expected.insert(format!("{name}.iso"), recipe);
    }
    for name in HOSTILE {
        installer(b"k", b"i").write(&room.path("isos/walk").join(name)).unwrap();
    }
    let key = key(
        &room,
        "extra = \"if [ -n \\\"${isos}\\\" ]; then source (${usbboot})/walk/walk.cfg; fi\"\n\
         [[tree]]\nfrom = \"isos\"\nto = \"isos:/\"\n\
         [[tree]]\nfrom = \"scripts\"\nto = \"boot:/walk\"\n",
    );
    let Some(mut guest) = boot(&key.image, Firmware::SeaBios) else { return };
    guest.expect("walked", 2 * PATIENCE).unwrap();
    let said = guest.transcript().replace('\n', ""); // where the screen ends
    let mut wrong = String::new();
    for (name, recipe) in &expected {
        let is = said.split_once(&format!("<{name}> is ")).map(|(_, rest)| rest);
        let is = is.and_then(|rest| rest.split_once('.')).map_or("nothing", |(is, _)| is);
        if is != recipe {
            writeln!(wrong, "{name}: {recipe} expected, GRUB says {is}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}\n{said}");
    let hostile = said.matches("> is self-contained-installer.").count();
    let others = expected.values().filter(|r| *r == "self-contained-installer").count();
    assert_eq!(hostile, others + HOSTILE.len(), "{said}");
    assert!(!said.contains("error"), "{said}");
}

#[test]
fn an_empty_partition_says_how_to_add_isos() {
    let Some(room) = Room::new() else { return };
    let key = key(&room, "");
    let Some(mut guest) = boot(&key.image, Firmware::SeaBios) else { return };
    guest.expect("ISOs found on this key", PATIENCE).unwrap();
    guest.send("\r").unwrap();
    guest.expect("No ISO file found: how to add some", PATIENCE).unwrap();
    guest.send("\r").unwrap();
    guest.expect("nothing has to be edited", PATIENCE).unwrap();
    assert!(!guest.transcript().contains("error"), "{}", guest.transcript());
}

/// Requests a second and bytes a second of a slow key: USB 2, one request after the other.
const USB2: (f64, f64) = (1000.0, 30e6);

#[test]
fn a_hundred_isos_can_be_opened_and_twenty_found_ones_are_listed_with_few_reads() {
    let Some(room) = Room::new() else { return };
    let mut spec = "default = \"ISOs found on this key\"\n".to_owned();
    let mut walk = String::new();
    for n in 0..100 {
        room.iso(format!("fixed{n}.iso"));
        writeln!(spec, "[[iso]]\npath = \"fixed{n}.iso\"").unwrap();
    }
    for n in 0..20 {
        let live = Iso::new("d-live 12.5.0 st amd64").file("live/vmlinuz", vec![n; 1 << 20]);
        let live = live.file("live/initrd.img", b"i").file("live/filesystem.squashfs", b"s");
        live.write(&room.path(format!("live{n}.iso"))).unwrap();
        writeln!(spec, "[[iso]]\npath = \"live{n}.iso\"\nrecipe = \"none\"").unwrap();
    }
    let first = key(&room, &spec);
    let menu = on_boot_partition(&room, &first, "/boot/grub/grub.cfg").unwrap();
    for line in menu.lines().map(str::trim) {
        let file = |line: &str| line.split_whitespace().nth(1).unwrap().to_owned();
        if line.starts_with("if open_iso") {
            writeln!(walk, "{line}\necho -n open,").unwrap();
        } else if line.starts_with("linux") || line.starts_with("initrd") {
            writeln!(walk, "if [ -f {} ]; then echo -n there,; fi", file(line)).unwrap();
        } else if line.starts_with("missing_iso") {
            writeln!(walk, "fi").unwrap();
        }
    }
    std::fs::create_dir(room.path("scripts")).unwrap();
    room.text("scripts/walk.cfg", &(walk + "echo walked\n"));
    let key = key(&room, &format!("{spec}[[tree]]\nfrom = \"scripts\"\nto = \"boot:/walk\"\n"));
    let Some(mut guest) = boot(&key.image, Firmware::SeaBios) else { return };
    guest.expect("*ISOs found on this key", PATIENCE).unwrap();
    let menu = guest.reads().unwrap();
    guest.send("c").unwrap();
    guest.expect("grub>", PATIENCE).unwrap();
    guest.send("source ($usbboot)/walk/walk.cfg\r").unwrap();
    guest.expect("walked", PATIENCE).unwrap();
    let said = guest.transcript().replace('\n', ""); // where the screen ends
    assert_eq!(said.matches("open,").count(), 100, "{said}");
    assert_eq!(said.matches("there,").count(), 200, "{said}");

    let Some(mut guest) = boot(&key.image, Firmware::SeaBios) else { return };
    guest.expect("*ISOs found on this key", PATIENCE).unwrap();
    let before = guest.reads().unwrap();
    guest.send("\r").unwrap();
    guest.expect("live0.iso  [Debian Live]", PATIENCE).unwrap();
    let after = guest.reads().unwrap();
    let seconds = |(requests, bytes): (u64, u64)| requests as f64 / USB2.0 + bytes as f64 / USB2.1;
    let list = (after.0 - before.0, after.1 - before.1);
    for (what, reads) in [("firmware, GRUB, menu", menu), ("list of 20 found ISOs", list)] {
        let mb = reads.1 as f64 / 1e6;
        println!("{what}: {} requests, {mb:.1} MB, {:.2} s", reads.0, seconds(reads));
    }
    assert!(seconds(list) < 2.0);
}

#[test]
fn a_damaged_iso_is_named() {
    let Some(room) = Room::new() else { return };
    room.iso("good.iso");
    room.iso("it's bad.iso");
    let more = "[isos]\nchecksums = true\n[[iso]]\npath = \"good.iso\"\n\
                [[iso]]\npath = \"it's bad.iso\"\n";
    let key = key(&room, more);
    let whole = room.path("whole.img");
    std::fs::copy(&key.image, &whole).unwrap();
    // One bit, in the kernel of the second ISO: its name is all there is in it.
    let mut image = std::fs::read(&key.image).unwrap();
    let at = image.windows(12).rposition(|w| w == b"it's bad.iso").unwrap();
    image[at] ^= 1;
    std::fs::write(&key.image, image).unwrap();
    for (image, tokens) in [
        (&whole, ["good.iso: OK", "it's bad.iso: OK", "All that was checked is as it should be"]),
        (&key.image, ["good.iso: OK", "HASH MISMATCH", "BAD: it's bad.iso is damaged"]),
    ] {
        let Some(mut guest) = boot(image, Firmware::SeaBios) else { return };
        guest.expect("Check the ISOs", PATIENCE).unwrap();
        for _ in 0..3 {
            guest.key("down").unwrap();
        }
        guest.expect("*Check the ISOs", PATIENCE).unwrap();
        guest.send("\r").unwrap();
        for token in tokens {
            guest.expect(token, PATIENCE).unwrap();
        }
    }
}

/// Lists that were copied onto the key with ISOs: one that is right, and one that is not.
#[test]
fn lists_beside_dropped_isos_are_used() {
    let Some(room) = Room::new() else { return };
    let key = key(&room, "[isos]\nsize = \"48MiB\"\n");
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

/// Goes from the menu to the list, to its entry `number` that says `found`, and starts it.
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
    guest.expect("Start ", PATIENCE).unwrap();
    guest.send("\r").unwrap();
}

fn dropped_live_system(kind: &str, firmware: Firmware) {
    let Some(room) = Room::new() else { return };
    let Some(live) = testbench::live_iso("debian-12-live.iso") else { return };
    let Some(ipxe) = testbench::ipxe_iso() else { return };
    let key = key(&room, "[isos]\nsize = \"320MiB\"\n");
    let isos: [(&str, &Path); 2] = [("net.iso", &ipxe), ("live/debian-live.iso", &live)];
    if make_again(&room, &key, kind, &isos).is_none() {
        return;
    }
    let Some(mut guest) = boot(&key.image, firmware) else { return };
    start(&mut guest, 1, "debian-live.iso  [Debian Live]");
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
    let key = key(&room, "[isos]\nsize = \"96MiB\"\n");
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
