//! A key boots in QEMU (rung 5 of the ladder of tests) with every firmware and partition table that
//! keys are made for. Each guest has to print a token with the words by which GRUB names what it
//! found; the tables at the end of the output say which did.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::path::{Path, PathBuf};
use testbench::{BootOptions, DiskBus, Firmware, PATIENCE, Qemu, bootsector, grub_build};
use tests::{Key, Room};

/// What GRUB says when it has read its modules, its menu and found the ISOs.
const SAYS: &str = "echo \"token ${grub_cpu}-${grub_platform} ${root} ${isos} end\"";

/// A key whose menu says the token, on the serial port too, and starts nothing.
fn key(room: &Room, sector_size: u32, options: &[String]) -> Key {
    let extra = SAYS.replace('"', "\\\"");
    let spec = format!(
        "[key]\nsector_size = {sector_size}\n\
         [menu]\nserial = true\ntimeout = \"none\"\nextra = \"{extra}\"\n"
    );
    room.text("token.toml", &spec);
    room.iso("some.iso");
    let inputs = ["token.toml", "some.iso"].map(str::to_owned);
    room.build(inputs.iter().chain(options))
}

struct Case {
    firmware: Firmware,
    platform: &'static str,
    table: &'static str,
    bus: DiskBus,
    /// Another disk stands before the key.
    second: bool,
    sector_size: u32,
}

impl Case {
    fn new(firmware: Firmware, table: &'static str, bus: DiskBus) -> Self {
        let platform = match firmware {
            Firmware::OvmfX64 | Firmware::OvmfX64SecureBoot => "x86_64-efi",
            Firmware::OvmfIa32 => "i386-efi",
            Firmware::AavmfArm64 => "arm64-efi",
            _ => "i386-pc",
        };
        Self { firmware, platform, table, bus, second: false, sector_size: 512 }
    }

    fn row(&self) -> String {
        let Self { firmware, table, bus, second, sector_size, .. } = self;
        let place = if *second { "second" } else { "first" };
        format!("{firmware:?} | {table} | {bus:?} | {place} | {sector_size}")
    }

    /// Boots the key; `None`: the firmware is not here. The token, or what was seen instead.
    fn boot(&self, room: &Room, image: &Path) -> Option<Result<String, String>> {
        let mut disks = vec![(image.to_owned(), self.bus)];
        if self.second {
            disks.insert(0, (first_disk(room), self.bus));
        }
        let mut guest = Qemu::boot(BootOptions {
            disks,
            firmware: self.firmware,
            sector_size: self.sector_size,
            memory_mib: 512,
            ..BootOptions::default()
        })?;
        let map = if self.table == "mbr" { "msdos" } else { "gpt" };
        let said = guest.expect(&format!("token {} ", self.platform), PATIENCE);
        let said = said.and_then(|()| guest.expect(" end", PATIENCE)).map(|()| guest.transcript());
        Some(said.map_err(|e| e.to_string()).and_then(|text| {
            let line = text.lines().find(|l| l.contains("token ") && l.contains(" end"));
            let line = line.unwrap_or_default();
            let disk =
                if self.second && self.firmware == Firmware::SeaBios { "hd1," } else { "hd" };
            let expected = |number: u8| format!("{map}{number} ");
            let right = line.contains(&expected(1)) && line.contains(&expected(2));
            if right && line.contains(disk) { Ok(line.trim().to_owned()) } else { Err(text) }
        }))
    }
}

/// A disk whose boot sector starts the second one, as a BIOS' boot menu would; UEFI finds nothing
/// on it and goes on by itself.
fn first_disk(room: &Room) -> PathBuf {
    let first = room.path("first.img");
    std::fs::write(&first, bootsector::boots_second_drive()).unwrap();
    std::fs::File::options().write(true).open(&first).unwrap().set_len(1 << 20).unwrap();
    first
}

/// Boots each case, prints the table, and fails if one did not say its token.
fn table(room: &Room, cases: Vec<Case>, options: impl Fn(&Case) -> Vec<String>) {
    let mut rows = Vec::new();
    let mut failed = Vec::new();
    for case in cases {
        let mut options = options(&case);
        options.extend(["--table".to_owned(), case.table.to_owned()]);
        let key = key(room, case.sector_size, &options);
        match case.boot(room, &key.image) {
            None => return,
            Some(Ok(token)) => rows.push(format!("{} | {token}", case.row())),
            Some(Err(seen)) => failed.push(format!("{}:\n{seen}", case.row())),
        }
    }
    println!("firmware | table | bus | disk | sectors | said\n{}", rows.join("\n"));
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

const TABLES: [&str; 3] = ["mbr", "gpt", "hybrid"];

#[test]
fn a_bios_starts_every_table_from_every_bus() {
    let Some(room) = Room::new() else { return };
    let mut cases = Vec::new();
    for table in TABLES {
        for bus in [DiskBus::Usb, DiskBus::Virtio, DiskBus::Ide] {
            for second in [false, true] {
                cases.push(Case { second, ..Case::new(Firmware::SeaBios, table, bus) });
            }
        }
    }
    table(&room, cases, |_| vec!["--firmware=bios".to_owned()]);
}

#[test]
fn uefi_starts_every_table() {
    let Some(room) = Room::new() else { return };
    let x64 = |table, bus| Case::new(Firmware::OvmfX64, table, bus);
    let mut cases: Vec<Case> = TABLES.iter().map(|table| x64(table, DiskBus::Usb)).collect();
    cases.push(Case { second: true, ..x64("mbr", DiskBus::Virtio) });
    cases.push(x64("gpt", DiskBus::Ide));
    // The default: BIOS and 64-bit UEFI on one key.
    table(&room, cases, |_| Vec::new());
}

#[test]
fn uefi_starts_disks_of_4096_byte_sectors() {
    let Some(room) = Room::new() else { return };
    let cases = ["mbr", "gpt"].map(|table| Case {
        sector_size: 4096,
        ..Case::new(Firmware::OvmfX64, table, DiskBus::Virtio)
    });
    table(&room, cases.into(), |_| vec!["--firmware=uefi-x64".to_owned()]);
}

#[test]
fn uefi_of_32_bits_starts_a_key_of_several_architectures() {
    let Some(room) = Room::new() else { return };
    let cases = ["mbr", "gpt"].map(|t| Case::new(Firmware::OvmfIa32, t, DiskBus::Usb));
    table(&room, cases.into(), |_| vec!["--firmware=bios,uefi-x64,uefi-ia32".to_owned()]);
}

#[test]
fn arm64_starts_gpt_and_mbr() {
    let Some(room) = Room::new() else { return };
    let Some(build) = grub_build("bookworm") else { return };
    // Nobody may not look into root's cache.
    let grub = room.path("arm64-efi");
    testbench::copy_tree(&build.directory("arm64-efi"), &grub);
    let grub = format!("--grub={}", grub.display());
    let cases = ["mbr", "gpt"].map(|t| Case::new(Firmware::AavmfArm64, t, DiskBus::Virtio));
    table(&room, cases.into(), |_| vec!["--firmware=uefi-arm64".to_owned(), grub.clone()]);
}

/// A key with Secure Boot and an installer's ISO; `damage` changes its kernel after it was signed.
fn secure_key(room: &Room, table: &str, damage: bool) -> Option<Key> {
    let (kernel, initrd) = testbench::installer_pair()?;
    let mut kernel = std::fs::read(kernel).unwrap();
    if damage {
        let middle = kernel.len() / 2;
        kernel[middle] ^= 1;
    }
    let changed = room.path("vmlinuz");
    std::fs::write(&changed, kernel).unwrap();
    testbench::netinstall_iso(&room.path("signed.iso"), &changed, &initrd).unwrap();
    room.text("secure.toml", "[menu]\nserial = true\ntimeout = 3\n");
    let table = format!("--table={table}");
    Some(room.build(["secure.toml", "signed.iso", "--secure-boot", &table]))
}

fn boot_secure(key: &Key) -> Option<Qemu> {
    Qemu::boot(BootOptions {
        disks: vec![(key.image.clone(), DiskBus::Usb)],
        firmware: Firmware::OvmfX64SecureBoot,
        ..BootOptions::default()
    })
}

#[test]
fn secure_boot_starts_a_signed_kernel_from_an_iso() {
    let Some(room) = Room::new() else { return };
    for table in ["mbr", "gpt"] {
        let Some(key) = secure_key(&room, table, false) else { return };
        let Some(mut guest) = boot_secure(&key) else { return };
        guest.expect("Linux version", PATIENCE).unwrap();
        guest.expect("Secure boot enabled", PATIENCE).unwrap();
    }
    let plan = room.run(["plan", "secure.toml", "signed.iso", "--secure-boot"]);
    let plan = plan.expect_success("bootkey plan").stdout;
    assert!(plan.contains("Secure Boot: accepted everywhere"), "{plan}");
    assert!(plan.contains("Microsoft") && plan.contains("SBAT sbat,1 shim,"), "{plan}");
}

#[test]
fn secure_boot_refuses_an_altered_kernel_and_says_so() {
    let Some(room) = Room::new() else { return };
    let Some(key) = secure_key(&room, "mbr", true) else { return };
    let Some(mut guest) = boot_secure(&key) else { return };
    guest.expect("bad shim signature", PATIENCE).unwrap();
    guest.expect("This kernel was not started.", PATIENCE).unwrap();
    let said = guest.transcript();
    assert!(!said.contains("Linux version"), "{said}");
    assert!(!said.contains("prohibited"), "GRUB was asked for what it may not do:\n{said}");
    let plan = room.run(["plan", "secure.toml", "signed.iso", "--secure-boot"]);
    let plan = plan.expect_success("bootkey plan").stdout;
    assert!(plan.contains("altered after it was signed"), "{plan}");
}

/// The firmware does refuse what nobody signed: the tamper test of the two above.
#[test]
fn secure_boot_does_not_start_our_own_image() {
    let Some(room) = Room::new() else { return };
    let key = key(&room, 512, &["--firmware=uefi-x64".to_owned()]);
    let Some(mut guest) = boot_secure(&key) else { return };
    guest.expect("Access Denied", PATIENCE).unwrap();
    assert!(!guest.transcript().contains("token"), "{}", guest.transcript());
}
