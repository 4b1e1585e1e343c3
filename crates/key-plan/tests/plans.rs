//! From spec and inventory to a plan: rendered, and refused.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use boot_recipes::Catalogue;
use file_tree::Node;
use grub_image::{Platform, PlatformFiles};
use image_layout::{Content, Layout, SourceId};
use iso_probe::{BootEntry, Initrd, IsoFacts, Machine, Names};
use key_inventory::{EfiFile, Grub, Inventory, testing};
use key_plan::{
    Error, FileSystem, Partition, PartitionContent, PartitionRole, Plan, core_payload, resolve,
};
use key_spec::{ErrorFamily, Firmware, Iso as Asked, Overrides, Spec, Time};
use std::collections::BTreeMap;
use std::sync::Arc;
use testbench::handmade_grub;

fn facts(volume_id: &str, paths: &[&str]) -> IsoFacts {
    IsoFacts {
        volume_id: volume_id.to_owned(),
        volume_size_bytes: 9 << 20,
        file_size_bytes: 9 << 20,
        names: Names::RockRidge,
        paths: paths.iter().map(|p| ((*p).to_owned(), 1)).collect(),
        ..IsoFacts::default()
    }
}

fn installer() -> IsoFacts {
    facts("CentOS", &["/isolinux/vmlinuz", "/isolinux/initrd.img"])
}

/// An inventory with these ISOs, of 9 MiB each.
fn inventory(isos: &[(&str, IsoFacts)]) -> Inventory {
    let mut inventory = testing::inventory(handmade_grub::for_bios(), isos.iter().cloned());
    (0..isos.len()).for_each(|number| set_len(&mut inventory, number, 9 << 20));
    inventory
}

/// A spec, with an entry for each ISO of the inventory behind its text.
fn spec_of(text: &str, inventory: &Inventory) -> Spec {
    let mut spec = Spec::parse("key.toml", text).unwrap();
    // Its GRUB has no files for others.
    spec.key.firmware = vec![Firmware::Bios];
    while spec.iso.len() < inventory.isos.len() {
        spec.iso.push(Asked::at("x"));
    }
    spec
}

fn plan_of(text: &str, inventory: &Inventory) -> Result<Plan, Error> {
    resolve(&spec_of(text, inventory), inventory, &Catalogue::builtin())
}

/// What is compressed before the plan is made is what the plan has.
#[test]
fn the_payload_of_core_img_is_known_before_the_plan() {
    let inventory = inventory(&[("a.iso", installer()), ("b.iso", installer())]);
    let grub_alone = Inventory::of_grub(inventory.grub.clone());
    for (text, enough) in [
        ("", &inventory),
        ("[key]\nname = \"x\"\n", &grub_alone),
        ("[key]\nseed = \"x\"\ntable = \"gpt\"\n", &grub_alone),
    ] {
        let spec = spec_of(text, &inventory);
        let payload = core_payload(&spec, enough, &Catalogue::builtin()).unwrap();
        assert_eq!(plan_of(text, &inventory).unwrap().core_image, Some(payload), "{text}");
    }
    // The names and labels of ISOs decide about the UUIDs of a key that has no name.
    let spec = spec_of("", &inventory);
    let other = core_payload(&spec, &grub_alone, &Catalogue::builtin());
    assert_ne!(plan_of("", &inventory).unwrap().core_image, other);
}

fn partition(plan: &Plan, role: PartitionRole) -> &Partition {
    plan.partition(role).unwrap()
}

fn boot(plan: &Plan) -> &Partition {
    partition(plan, PartitionRole::Boot)
}

fn isos(plan: &Plan) -> &Partition {
    partition(plan, PartitionRole::Isos)
}

fn uuid(partition: &Partition) -> String {
    partition.file_system().unwrap().uuid()
}

fn layout(partition: &Partition) -> &Layout {
    match &partition.content {
        PartitionContent::FileSystem { layout, .. } => layout,
        PartitionContent::Raw => panic!("{} has no file system", partition.label),
    }
}

#[test]
fn a_rendered_plan() {
    let ipxe = facts("ISOIMAGE", &["/ipxe.krn"]);
    let memtest = facts("MT86PLUS_64", &["/boot/floppy.img", "/EFI/BOOT/bootx64.efi"]);
    let inventory =
        inventory(&[("centos.iso", installer()), ("it's $1.iso", ipxe), ("mt.ISO", memtest)]);
    let plan = plan_of(
        "[key]\nname = \"golden\"\n[menu]\nserial = true\ndefault = \"mt\"\n\
         [[iso]]\npath = \"x\"\ntitle = \"it's \\\"CentOS\\\" $x\"\nargs = \"a='b c' $d; reboot\"\n",
        &inventory,
    )
    .unwrap();
    insta::assert_snapshot!("plan", key_plan::text(&plan));
    insta::assert_snapshot!("grub.cfg", plan.grub_cfg);
}

#[test]
fn a_key_without_isos_starts_nothing_by_itself_that_hurts() {
    let plan = plan_of("", &inventory(&[])).unwrap();
    let first = plan.grub_cfg.split("submenu ").nth(1).unwrap();
    let (first, _) = first.split_once("menuentry ").unwrap();
    assert!(first.contains("ISOs found on this key"), "{first}");
    assert!(!first.contains("reboot") && !first.contains("halt"), "{first}");
    assert_eq!(plan.warnings.len(), 1, "{:?}", plan.warnings);
}

#[test]
fn sizes() {
    let inventory = inventory(&[("a.iso", installer())]);
    let len = |spec: &str| plan_of(spec, &inventory).map(|p| (p.len, boot(&p).len, isos(&p).len));
    let mib = |n: u64| n << 20;
    let (auto, boot_len, isos_len) = len("").unwrap();
    assert_eq!(auto, mib(1) + boot_len + isos_len, "nothing is left over");
    assert!(isos_len >= mib(9));
    // The rest goes to the ISOs, in whole MiB; the key ends with the last whole sector.
    assert_eq!(
        len("[key]\nsize = 67109376\n[boot]\nsize = \"10MiB\"").unwrap(),
        (67_109_376, mib(10), mib(53))
    );
    assert_eq!(
        len("[key]\nsize = \"64MiB\"\n[isos]\nsize = \"20MiB\"").unwrap(),
        (mib(64), boot_len, mib(20))
    );
    let small = len("[key]\nsize = \"2MiB\"").unwrap_err();
    assert_eq!(small.family(), ErrorFamily::DoesNotFit);
    let text = small.to_string();
    let needed = format!("needs {}MiB", auto >> 20);
    assert!(text.contains("a key of 2MiB is too small") && text.contains(&needed), "{text}");
    // What an error calls needed is enough.
    let enough = format!("[key]\nsize = \"{}MiB\"", auto >> 20);
    assert_eq!(len(&enough).unwrap().0, auto);
}

#[test]
fn time_and_identity_come_from_the_spec() {
    let inventory = inventory(&[]);
    let at = |spec: &str, environment| {
        let mut spec = Spec::parse("key.toml", spec).unwrap();
        spec.key.firmware = vec![Firmware::Bios];
        let spec = spec.complete("".as_ref(), &[], &Overrides::default(), environment);
        resolve(&spec, &inventory, &Catalogue::builtin()).unwrap()
    };
    let seven = Time::from_seconds(7).unwrap();
    assert_eq!(at("", None).time, Time::default().seconds());
    assert_eq!(at("", Some(seven)).time, 7);
    assert_eq!(at("[key]\ntime = 5", Some(seven)).time, 5);
    let ids = |spec: &str| {
        let p = at(spec, None);
        (p.disk_signature, uuid(boot(&p)), uuid(isos(&p)))
    };
    assert_eq!(ids("[key]\nname = \"a\"\nseed = \"s\""), ids("[key]\nname = \"b\"\nseed = \"s\""));
    let (a, b) = (ids("[key]\nname = \"a\""), ids("[key]\nname = \"b\""));
    assert!(a.0 != b.0 && a.1 != b.1 && a.2 != b.2);
    assert_ne!(a.1, a.2);
}

#[test]
fn where_inputs_lie_leaves_no_trace() {
    let mut inventory = inventory(&[("a.iso", installer())]);
    let before = plan_of("", &inventory).unwrap();
    inventory.grub.platforms[0].origin.from = "/home/somebody/else".to_owned();
    inventory.isos[0].shown = "/mnt/a.iso".to_owned();
    let after = plan_of("", &inventory).unwrap();
    assert_eq!(before.grub_cfg, after.grub_cfg);
    assert_eq!(boot(&before).tree(), boot(&after).tree());
    assert_eq!(isos(&before).tree(), isos(&after).tree());
}

#[test]
fn refusals_name_the_thing_and_the_next_step() {
    let two = inventory(&[("a.iso", installer()), ("a.iso", installer())]);
    let windows = inventory(&[("w.iso", facts("CCCOMA", &["/sources/boot.wim"]))]);
    let one = inventory(&[("a.iso", installer())]);
    let cases: [(&str, &Inventory, ErrorFamily, &[&str]); 5] = [
        ("", &two, ErrorFamily::Usage, &["isos/a.iso", "`name`"]),
        ("", &windows, ErrorFamily::Unsupported, &["isos/w.iso", "Windows", "recipe = \"none\""]),
        (
            "[[iso]]\npath = \"x\"\nrecipe = \"nonesuch\"",
            &one,
            ErrorFamily::Usage,
            &["isos/a.iso", "nonesuch", "self-contained-installer"],
        ),
        ("[menu]\ndefault = 9", &one, ErrorFamily::Usage, &["menu.default", "9", "\"Power off\""]),
        (
            "[menu]\ndefault = \"b\"",
            &one,
            ErrorFamily::Usage,
            &["menu.default", "\"b\"", "\"Reboot\""],
        ),
    ];
    for (spec, inventory, family, says) in cases {
        let error = plan_of(spec, inventory).unwrap_err();
        assert_eq!(error.family(), family, "{error}");
        for text in says {
            assert!(error.to_string().contains(text), "{text:?} is not in: {error}");
        }
    }
    let carried = plan_of("[[iso]]\npath = \"x\"\nrecipe = \"none\"", &windows).unwrap();
    assert!(carried.entries.isos.is_empty());
    assert!(isos(&carried).tree().unwrap().get(b"w.iso").is_some());
}

#[test]
fn every_automatic_size_fits() {
    let mib = 1u64 << 20;
    let lens =
        [0, 1, mib - 1, 31 * mib, 62 * mib, 64 * mib, 127 * mib, 129 * mib, 1 << 30, 300 << 30];
    for (len, kind) in lens.iter().flat_map(|len| ["ext2", "ext3", "ext4"].map(|k| (*len, k))) {
        let mut inventory = inventory(&[("a.iso", installer())]);
        set_len(&mut inventory, 0, len);
        let spec = format!("[boot]\nfilesystem = \"{kind}\"\n[isos]\nfilesystem = \"{kind}\"\n");
        let plan = plan_of(&spec, &inventory).unwrap();
        for p in [boot(&plan), isos(&plan)] {
            assert_eq!(layout(p).len(), p.len, "{} for {len} bytes", p.label);
        }
        // A journal of 4 MiB, or of 16 from about 128 MiB on; tables and indirect blocks.
        let journal = if len < 100 * mib { 4 * mib } else { 16 * mib };
        let waste = isos(&plan).len - len;
        assert!(waste <= journal + 2 * mib + len / 500, "{waste} of {len} bytes");
    }
}

#[test]
fn every_automatic_size_fits_on_fat() {
    let mib = 1u64 << 20;
    let most = u64::from(u32::MAX);
    // Where the size of a cluster changes, and the largest file there is.
    for len in [0, 1, 33 * mib, 63 * mib, 127 * mib, 255 * mib, 256 * mib - 1, most] {
        let mut inventory = inventory(&[("a.iso", installer())]);
        set_len(&mut inventory, 0, len);
        let plan = plan_of("[isos]\nfilesystem = \"fat32\"", &inventory).unwrap();
        let isos = isos(&plan);
        let Some(FileSystem::Fat(options)) = isos.file_system() else { panic!("{isos:?}") };
        let layout = layout(isos);
        assert_eq!(layout.len(), isos.len);
        let file = layout.regions().find(|r| r.name == "file /a.iso").map(|r| r.content);
        let whole = Content::Source { id: SourceId(0), offset: 0, len };
        assert_eq!(file, (len > 0).then_some(whole), "by reference, in one piece");
        let sectors = u64::from(options.hidden_sectors);
        assert_eq!(sectors * 512, isos.at);
        // At least 65525 clusters of 512 bytes; else the tables, two of them.
        assert!(isos.len <= (34 * mib).max(len + len / 50 + 3 * mib), "{} for {len}", isos.len);
    }
}

#[test]
fn what_fat_is_not_for_is_said() {
    let plan = |spec: &str, inventory: &Inventory| {
        plan_of(&format!("[isos]\nfilesystem = \"fat32\"\n{spec}"), inventory)
    };
    let with = |name: &str, len: u64, facts: IsoFacts| {
        let mut inventory = inventory(&[(name, facts)]);
        set_len(&mut inventory, 0, len);
        inventory
    };
    let small = 9 << 20;
    let cases: [(&str, Inventory, ErrorFamily, &[&str]); 3] = [
        (
            "",
            with("large.iso", 1 << 32, installer()),
            ErrorFamily::DoesNotFit,
            &["`ISOS`", "large.iso", "4294967295", "\"ext4\""],
        ),
        ("", with("a:b.iso", small, installer()), ErrorFamily::Unsupported, &["a:b.iso", "':'"]),
        (
            "label = \"isos é\"",
            with("a.iso", small, installer()),
            ErrorFamily::Usage,
            &["isos.label"],
        ),
    ];
    for (spec, inventory, family, says) in cases {
        let error = plan(spec, &inventory).unwrap_err();
        assert_eq!(error.family(), family, "{error}");
        for text in says {
            assert!(error.to_string().contains(text), "{text:?} is not in: {error}");
        }
    }
    let boot = plan_of("[boot]\nfilesystem = \"fat32\"", &inventory(&[])).unwrap_err();
    assert_eq!(boot.family(), ErrorFamily::Usage);
    // One that looks for its ISO on ext alone, by the drivers in its initrd, and one that does not
    // look.
    let mut nixos = facts("nixos-23.11", &["/boot/bzImage", "/boot/initrd"]);
    nixos.boot_entries = vec![BootEntry {
        config: "/isolinux/isolinux.cfg".to_owned(),
        title: "NixOS".to_owned(),
        default: true,
        kernel: "/boot/bzImage".to_owned(),
        initrds: vec!["/boot/initrd".to_owned()],
        args: vec!["init=/nix/store/x/init".to_owned()],
        hypervisor: None,
    }];
    let mut initrd = Initrd { lists_builtin: true, loop_driver: true, ..Initrd::default() };
    initrd.filesystems.extend(["ext4", "isofs"].map(str::to_owned));
    initrd.names.insert("nix/store/x-stage-1-init.sh".to_owned());
    nixos.initrds.insert("/boot/initrd".to_owned(), initrd);
    let warnings = |spec: &str, facts: IsoFacts| {
        plan_of(spec, &with("a.iso", small, facts)).unwrap().warnings.join("\n")
    };
    let fat = "[isos]\nfilesystem = \"fat32\"\n";
    let said = warnings(fat, nixos.clone());
    assert!(said.contains("isos/a.iso") && said.contains("not known to read fat"), "{said}");
    let ext = warnings("", nixos.clone());
    assert!(!ext.contains("not known to read") && !ext.contains("metadata_csum"), "{ext}");
    // Of ext4, its checksums take a driver of their own.
    let ext4 = "[isos]\nfilesystem = \"ext4\"\n";
    let said = warnings(ext4, nixos.clone());
    assert!(said.contains("isos/a.iso") && said.contains("metadata_csum"), "{said}");
    let found = nixos.initrds.get_mut("/boot/initrd").unwrap();
    found.helpers.insert("crc32c".to_owned());
    let said = warnings(ext4, nixos);
    assert!(!said.contains("metadata_csum"), "{said}");
    let none = warnings(fat, installer());
    assert!(!none.contains("not known to read"), "{none}");
}

/// FAT keeps labels in capitals, and GRUB compares them exactly.
#[test]
fn the_menu_finds_a_fat_by_the_label_that_it_has() {
    let plan = plan_of("[isos]\nfilesystem = \"fat32\"", &inventory(&[])).unwrap();
    assert_eq!(isos(&plan).label, "ISOS");
    assert!(plan.grub_cfg.contains("--label -- 'ISOS'\n"), "{}", plan.grub_cfg);
    let uuid = uuid(isos(&plan));
    assert!(plan.grub_cfg.contains(&format!("--fs-uuid -- '{uuid}'\n")), "{}", plan.grub_cfg);
    // One that was made again on Windows is found too.
    let ext = plan_of("", &inventory(&[])).unwrap().grub_cfg;
    let labels: Vec<_> = ext.lines().filter_map(|l| l.split_once("--label -- ")).collect();
    assert_eq!(labels.iter().map(|(_, label)| *label).collect::<Vec<_>>(), ["'isos'", "'ISOS'"]);
}

/// Firmware cannot read an ISO file: what it starts is copied, and by reference.
#[test]
fn uefi_starts_a_copy() {
    let mut memtest = facts("MT86PLUS_64", &["/boot/floppy.img", "/EFI/BOOT/bootx64.efi"]);
    memtest.efi_programs = [("/EFI/BOOT/bootx64.efi".to_owned(), Machine::X86_64)].into();
    let mut inventory = inventory(&[("mt.iso", memtest)]);
    let content = Content::Source { id: SourceId(0), offset: 4096, len: 700 };
    let program = EfiFile { content: content.clone().into(), facts: None };
    inventory.isos[0].efi_programs = [("/EFI/BOOT/bootx64.efi".to_owned(), program)].into();
    let platform = |platform| Grub { platform, ..inventory.grub.platforms[0].clone() };
    inventory.grub.platforms = vec![platform(Platform::I386Pc), platform(Platform::X86_64Efi)];
    let mut spec =
        Spec::parse("key.toml", "[[iso]]\npath = \"x\"\nargs = \"console=ttyS0\"\n").unwrap();
    spec.key.firmware = vec![Firmware::Bios];
    let bios = resolve(&spec, &inventory, &Catalogue::builtin()).unwrap();
    assert!(
        boot(&bios).tree().unwrap().get(b"boot/efi-programs").is_none(),
        "not for a key of BIOS alone"
    );
    // Planning makes the image that UEFI starts; three files are not enough for that.
    let Some(grub) = testbench::grub_build("bookworm") else { return };
    let files = std::fs::read_dir(grub.directory("x86_64-efi")).unwrap();
    let files = files.map(|file| file.unwrap().path()).filter(|path| path.is_file()).map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, Arc::from(std::fs::read(path).unwrap()))
    });
    inventory.grub.platforms[1].files = PlatformFiles::new(files.collect());
    spec.key.firmware = vec![Firmware::Bios, Firmware::UefiX64];
    let plan = resolve(&spec, &inventory, &Catalogue::builtin()).unwrap();
    let Some(Node::File(copy)) =
        boot(&plan).tree().unwrap().get(b"boot/efi-programs/mt/x86_64.efi")
    else {
        panic!("no copy")
    };
    assert_eq!(copy.content.pieces(), [content]);
    let start = "chainloader \"(${usbboot})/boot/efi-programs/mt/${grub_cpu}.efi\" 'console=ttyS0'";
    assert!(plan.grub_cfg.contains(start), "{}", plan.grub_cfg);
    assert!(!plan.entries.isos[0].bios_only());
}

/// Gives an ISO another length.
fn set_len(inventory: &mut Inventory, number: usize, len: u64) {
    let id = SourceId(u32::try_from(number).unwrap());
    inventory.isos[number].content = Content::Source { id, offset: 0, len }.into();
}

fn live() -> IsoFacts {
    facts("d-live", &["/live/vmlinuz", "/live/initrd.img", "/live/filesystem.squashfs"])
}

fn casper() -> IsoFacts {
    facts("Ubuntu", &["/casper/vmlinuz", "/casper/initrd", "/casper/filesystem.squashfs"])
}

fn text_of(partition: &Partition, path: &str) -> String {
    let Some(Node::File(file)) = partition.tree().unwrap().get(path.as_bytes()) else {
        panic!("no {path}")
    };
    let piece = |piece: &Content| match piece {
        Content::Bytes(bytes) => bytes.to_vec(),
        other => panic!("{path}: {other:?}"),
    };
    let bytes: Vec<u8> = file.content.pieces().iter().flat_map(piece).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Two live systems of one kind get a partition each, and know them by their labels.
#[test]
fn changes_are_kept_on_partitions_of_their_own() {
    let inventory = inventory(&[("a.iso", live()), ("b.iso", live())]);
    let spec = "[[iso]]\npath = \"x\"\npersistence = \"16MiB\"\n\
                [[iso]]\npath = \"y\"\npersistence = { size = \"8MiB\", default = true }\n";
    let plan = plan_of(spec, &inventory).unwrap();
    let kept: Vec<_> = plan.partitions_for(PartitionRole::Persistence).collect();
    let labels: Vec<_> = kept.iter().map(|p| (&*p.label, p.len >> 20)).collect();
    assert_eq!(labels, [("persistence", 16), ("persistence-2", 8)]);
    assert_eq!(text_of(kept[0], "persistence.conf"), "/ union\n");
    // The ISOs stay last, so that their partition can grow.
    assert!(kept.iter().all(|p| p.at + p.len <= isos(&plan).at));
    assert_ne!(uuid(kept[0]), uuid(kept[1]));
    let cfg = &plan.grub_cfg;
    let line = |id: &str| {
        let entry = cfg.split(&format!("--id '{id}'")).nth(1).unwrap();
        entry.lines().find(|l| l.contains("linux ")).unwrap().to_owned()
    };
    assert!(!line("a").contains("persistence"), "not unless it is chosen: {}", line("a"));
    assert!(line("a-persistence").contains("'persistence' 'persistence-label=persistence'"));
    assert!(line("b").contains("'persistence-label=persistence-2'"), "{}", line("b"));
    assert!(!line("b-without-persistence").contains("persistence"), "{cfg}");
    // Ways to start are told in the menu's language, and may be named in English, too.
    let mut german = inventory.clone();
    german.grub.font = german.memdisk.clone();
    for named in ["d-live (a): persistence", "d-live (a): mit gespeicherten Änderungen"] {
        let menu = format!("[menu]\nlocale = \"de\"\ndefault = \"{named}\"\n{spec}");
        let cfg = plan_of(&menu, &german).unwrap().grub_cfg;
        assert!(cfg.contains("set default='more-ways>a>a-persistence'"), "{cfg}");
        assert!(
            cfg.contains("--id 'a-persistence' -- 'd-live (a): mit gespeicherten Änderungen'"),
            "{cfg}"
        );
    }
    assert!(line("b-to-ram").contains("'persistence-label=persistence-2' 'toram'"), "{cfg}");
    // Partitions 3 and 4; with a fifth, an MBR is full.
    let text = key_plan::text(&plan);
    assert!(text.contains("  4  persistence-2    ext4"), "{text}");
    assert!(kept.iter().all(|p| layout(p).len() == p.len));
}

#[test]
fn persistence_that_cannot_be_is_refused() {
    let asks = |n: usize| "[[iso]]\npath = \"x\"\npersistence = \"8MiB\"\n".repeat(n);
    let plan = |spec: &str, isos: &[(&str, IsoFacts)]| plan_of(spec, &inventory(isos));
    let error = |spec: &str, isos: &[(&str, IsoFacts)]| plan(spec, isos).unwrap_err().to_string();
    // casper looks for one label and no other.
    let two = error(&asks(2), &[("a.iso", casper()), ("b.iso", casper())]);
    assert!(two.contains("`writable`") && two.contains("isos/a.iso and isos/b.iso"), "{two}");
    let own = format!("[isos]\nlabel = \"writable\"\n{}", asks(1));
    assert!(error(&own, &[("a.iso", casper())]).contains("isos.label and isos/a.iso"));
    let none = error(&asks(1), &[("a.iso", installer())]);
    assert!(none.contains("isos/a.iso: `persistence` cannot be had"), "{none}");
    let three = [("a.iso", live()), ("b.iso", live()), ("c.iso", live())];
    let many = error(&asks(3), &three);
    assert!(many.contains("5 partitions") && many.contains("`persistence-3`"), "{many}");
    let gpt = format!("[key]\ntable = \"gpt\"\n{}", asks(3));
    let plan = plan(&gpt, &three).unwrap();
    assert_eq!(plan.partitions_for(PartitionRole::Persistence).count(), 3);
}

#[test]
fn installers_get_their_answers_and_isos_stay_as_they_are() {
    let preseed = facts("Debian", &["/linux", "/initrd.gz"]);
    let kickstart = facts(
        "Fedora",
        &["/images/pxeboot/vmlinuz", "/images/pxeboot/initrd.img", "/repodata/repomd.xml"],
    );
    let mut inventory =
        inventory(&[("deb.iso", preseed), ("fed.iso", kickstart), ("ubu.iso", casper())]);
    for iso in &mut inventory.isos {
        iso.answers = Some(testing::asset("answers", "answers"));
    }
    let one = "[[iso]]\npath = \"x\"\nautoinstall = \"x\"\n";
    let spec = format!(
        "{one}[[iso]]\npath = \"x\"\nautoinstall = {{ file = \"x\", default = true }}\n{one}"
    );
    let plan = plan_of(&spec, &inventory).unwrap();
    let cfg = &plan.grub_cfg;
    let initrd = "initrd '(loop)/initrd.gz' \"(${usbboot})/boot/autoinstall/deb.cpio\"";
    assert_eq!(cfg.matches(initrd).count(), 1, "in the variant alone: {cfg}");
    assert!(text_of(boot(&plan), "boot/autoinstall/deb.cpio").contains("preseed.cfg\0"));
    let ks = "\"inst.ks=hd:UUID=${isos_uuid}:/autoinstall/fed/ks.cfg\"";
    let entry = cfg.split("--id 'fed'").nth(1).unwrap().split("menuentry").next().unwrap();
    assert!(entry.contains(ks), "{entry}");
    assert_eq!(text_of(isos(&plan), "autoinstall/fed/ks.cfg"), "answers");
    let cidata = partition(&plan, PartitionRole::Cidata);
    assert_eq!(text_of(cidata, "user-data"), "answers");
    assert!(text_of(cidata, "meta-data").starts_with("instance-id: "));
    assert!(cfg.contains("'autoinstall'") && key_plan::text(&plan).contains("CIDATA"));
    // One that asks nobody is told from one that cannot be told.
    let spec =
        "[[iso]]\npath = \"x\"\nautoinstall = \"x\"\nrecipe = \"self-contained-installer\"\n";
    let mut inventory = self::inventory(&[("a.iso", installer())]);
    inventory.isos[0].answers = Some(testing::asset("answers", "x"));
    let error = plan_of(spec, &inventory).unwrap_err().to_string();
    assert!(error.contains("isos/a.iso: `autoinstall` cannot be had"), "{error}");
}

/// The identities of a key that somebody might look for.
fn identities(plan: &Plan) -> Vec<String> {
    let mut all = vec![format!("{:#010x}", plan.disk_signature), plan.disk_guid.to_string()];
    all.extend(plan.partitions.iter().filter_map(|p| p.file_system()).map(FileSystem::uuid));
    all.extend(plan.partitions.iter().map(|p| p.guid.to_string()));
    all
}

#[test]
fn unrelated_keys_share_no_identity() {
    let of = |spec: &str, name: &str, len: u64, label: &str| {
        let mut facts = installer();
        facts.volume_id = label.to_owned();
        let mut inventory = inventory(&[(name, facts)]);
        set_len(&mut inventory, 0, len);
        identities(&plan_of(spec, &inventory).unwrap())
    };
    let one = of("", "one.iso", 9 << 20, "ONE");
    assert_eq!(one, of("", "one.iso", 9 << 20, "ONE"), "the same key again");
    for other in [
        of("", "two.iso", 9 << 20, "ONE"),
        of("", "one.iso", 8 << 20, "ONE"),
        of("", "one.iso", 9 << 20, "TWO"),
        of("[key]\nname = \"key\"", "one.iso", 9 << 20, "ONE"),
        of("[key]\nseed = \"one\"", "one.iso", 9 << 20, "ONE"),
    ] {
        let shared: Vec<_> = one.iter().filter(|id| other.contains(id)).collect();
        assert!(shared.is_empty(), "{shared:?}");
    }
    // A name or a seed keeps them, whatever is on the key.
    for kept in ["[key]\nname = \"mine\"", "[key]\nseed = \"mine\""] {
        assert_eq!(of(kept, "one.iso", 9 << 20, "ONE"), of(kept, "two.iso", 8 << 20, "TWO"));
    }
    let said = |spec: &str| {
        let plan = plan_of(spec, &inventory(&[("one.iso", installer())])).unwrap();
        let text = key_plan::text(&plan);
        let (_, rest) = text.split_once("identities derive from ").unwrap();
        rest.split(['\n', ',']).next().unwrap().to_owned()
    };
    assert_eq!(said(""), "the names");
    assert_eq!(said("[key]\nname = \"x\""), "the key's name");
    assert_eq!(said("[key]\nname = \"x\"\nseed = \"y\""), "the seed");
}

/// Two trees of files that differ in a name or a length only.
#[test]
fn trees_make_a_difference_to_identities() {
    let of = |path: &str, text: &str| {
        let mut inventory = inventory(&[("one.iso", installer())]);
        let meta =
            file_tree::Meta::root(0o644, file_tree::Timestamp { seconds: 0, nanoseconds: 0 });
        let mut tree = file_tree::Directory::new(meta);
        let content = Content::from(text.as_bytes().to_vec());
        tree.insert(path.as_bytes(), Node::File(file_tree::File::new(meta, content))).unwrap();
        inventory.trees.push(key_inventory::Tree {
            shown: "t".to_owned(),
            tree,
            sums: BTreeMap::new(),
        });
        let spec = "[[tree]]\nfrom = \"t\"\nto = \"isos:/\"";
        plan_of(spec, &inventory).unwrap().disk_signature
    };
    let one = of("a/b", "text");
    assert_eq!(one, of("a/b", "TEXT"));
    for other in [of("a/c", "text"), of("a/b", "texts"), of("ab", "text"), of("b/a", "text")] {
        assert_ne!(one, other);
    }
}

#[test]
fn fat32_is_not_found_by_a_label_that_stands_for_none() {
    let error = plan_of(
        "[isos]\nfilesystem = \"fat32\"\nlabel = \"no Name\"",
        &inventory(&[("one.iso", installer())]),
    );
    let error = error.unwrap_err().to_string();
    assert!(error.contains("`isos.label`: the label `no Name` stands for no label"), "{error}");
}

#[test]
fn an_iso_that_is_almost_too_long_for_fat_is_told() {
    let warned = |len: u64| {
        let mut inventory = inventory(&[("one.iso", installer())]);
        set_len(&mut inventory, 0, len);
        let spec = "[isos]\nfilesystem = \"fat32\"\nsize = \"6GiB\"";
        let plan = plan_of(spec, &inventory).unwrap();
        plan.warnings.iter().any(|w| w.contains("one.iso: it has") && w.contains("fsck.fat -a"))
    };
    let cluster = 4096;
    assert!(!warned((1 << 32) - cluster - 1));
    assert!(warned((1 << 32) - cluster));
    assert!(warned((1 << 32) - 1));
}
