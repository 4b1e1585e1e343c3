//! The menu of a key with an ISO of every kind that boots: what GRUB will be told, word for word.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use boot_recipes::{Available, Catalogue, Verdict};
use iso_probe::{BootEntry, EfiImage, IsoFacts};
use key_inventory::{Inventory, testing};
use key_plan::{PartitionRole, Plan, resolve};
use key_spec::{Firmware, Iso as Asked, Spec};
use std::collections::BTreeMap;
use testbench::handmade_grub;

fn known() -> BTreeMap<String, IsoFacts> {
    testbench::known_isos()
}

fn inventory(isos: &BTreeMap<String, IsoFacts>) -> Inventory {
    let isos = isos.iter().map(|(name, facts)| (format!("{name}.iso"), facts.clone()));
    let mut inventory = testing::inventory(handmade_grub::for_bios(), isos);
    inventory.grub.font = None;
    inventory
}

fn grub_cfg(isos: &BTreeMap<String, IsoFacts>, spec: &str) -> String {
    let mut spec = Spec::parse("key.toml", spec).unwrap();
    // Its GRUB has no files for others.
    spec.key.firmware = vec![Firmware::Bios];
    spec.iso = isos.iter().map(|_| Asked::at("x")).collect();
    let catalogue = Catalogue::builtin();
    resolve(&spec, &inventory(isos), &catalogue).unwrap().grub_cfg
}

#[test]
fn golden_menu_of_every_kind() {
    let catalogue = Catalogue::builtin();
    let key = Available { memdisk: true };
    let mut isos = known();
    isos.retain(|name, facts| matches!(catalogue.recognise(facts, name, &key), Verdict::Boots(_)));
    assert!(isos.len() > 80);
    let text = grub_cfg(&isos, "[isos]\nlabel = \"my isos\"\n");
    insta::assert_snapshot!("menu of every kind", text);
    let Some(check) = testbench::oracle("grub-script-check") else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("grub.cfg");
    let accepts = |text: &str| {
        std::fs::write(&path, text).unwrap();
        check.run([path.to_str().unwrap()]).accepts(1, "Syntax error at line")
    };
    assert!(accepts(&text));
    // Tamper: a quote less.
    let (before, after) = text.rsplit_once('\'').unwrap();
    assert!(!accepts(&format!("{before}{after}")));
}

/// What a key without ISOs shows, and what its maker is warned of; `[menu]` of its spec.
fn of_menu(menu: &str, has_font: bool) -> Result<(String, Vec<String>), String> {
    let mut inventory = inventory(&BTreeMap::new());
    if has_font {
        let asset = inventory.memdisk.clone().unwrap();
        inventory.grub.font = Some(asset);
    }
    let mut spec = Spec::parse("key.toml", &format!("[menu]\n{menu}")).unwrap();
    spec.key.firmware = vec![Firmware::Bios];
    let plan = resolve(&spec, &inventory, &Catalogue::builtin()).map_err(|e| e.to_string())?;
    Ok((plan.grub_cfg, plan.warnings))
}

#[test]
fn a_theme_and_a_language_are_for_menus_that_are_drawn() {
    let plain = of_menu("", false).unwrap();
    assert_eq!(of_menu("theme = \"none\"", false).unwrap().0, plain.0);
    let (none, _) = of_menu("theme = \"none\"", true).unwrap();
    assert!(!none.contains("theme") && none.contains("menuentry --class system --id 'reboot'"));
    let (themed, _) = of_menu("", true).unwrap();
    assert!(themed.contains("set theme=\"${prefix}/themes/key/theme.txt\""), "{themed}");
    assert!(themed.contains("menuentry --class reboot --class system --id 'reboot'"), "{themed}");

    let (german, warnings) = of_menu("locale = \"de_CH\"\ndefault = \"Reboot\"", true).unwrap();
    assert!(german.contains("-- 'Neu starten'") && german.contains("set default=3"), "{german}");
    assert!(!warnings.iter().any(|w| w.contains("menu.")), "{warnings:?}");
    let (english, warnings) = of_menu("locale = \"de\"", false).unwrap();
    assert_eq!(english, plain.0);
    assert!(warnings.iter().any(|w| w.contains("stays English")), "{warnings:?}");
    // UTF-8 goes out on a serial line only where there are letters that need it.
    let serial = |menu: &str| of_menu(&format!("serial = true\n{menu}"), true).unwrap().0;
    let utf8 = "    terminal_output --append serial\n    terminfo -u serial\nfi\n";
    assert!(serial("locale = \"de\"").contains(utf8));
    assert!(!serial("").contains("terminfo"));
    let unknown = of_menu("locale = \"xx\"", true).unwrap_err();
    assert!(unknown.contains("there are in cs, de, en,"), "{unknown}");
}

#[test]
fn a_keyboard_is_for_a_bios() {
    let (menu, _) = of_menu("keyboard = \"fr\"", false).unwrap();
    let load = "    if terminal_input at_keyboard; then\n        keymap fr\n";
    assert!(menu.contains(&format!("if [ \"${{grub_platform}}\" = pc ]; then\n{load}")), "{menu}");
    let unknown = of_menu("keyboard = \"xx\"", false).unwrap_err();
    assert!(unknown.contains("there is no layout \"xx\""), "{unknown}");
}

#[test]
fn a_name_that_cannot_be_handed_on_is_replaced_or_if_it_was_chosen_refused() {
    let live = known().remove("debian-12.5-live").unwrap();
    let installer = known().remove("centos-5-netinstall").unwrap();
    let plan_named = |name: &str, facts: &IsoFacts, chosen: bool| {
        let mut inventory = inventory(&BTreeMap::from([("x".to_owned(), facts.clone())]));
        inventory.isos[0].file_name = name.to_owned();
        let mut spec = Spec::parse("key.toml", "").unwrap();
        spec.key.firmware = vec![Firmware::Bios];
        let mut asked = Asked::at("x");
        asked.name = chosen.then(|| name.to_owned().try_into().unwrap());
        spec.iso.push(asked);
        resolve(&spec, &inventory, &Catalogue::builtin())
    };
    let plan = |name: &str, facts: &IsoFacts| plan_named(name, facts, false);
    let file = |plan: &Plan| plan.entries.isos[0].file.clone();
    let usual = plan("debian.iso", &live).unwrap();
    assert_eq!(file(&usual), "debian.iso");
    assert!(!usual.warnings.iter().any(|w| w.contains("on the key")), "{:?}", usual.warnings);

    let renamed = plan("ubuntu (1).iso", &live).unwrap();
    assert_eq!(file(&renamed), "ubuntu__1_.iso");
    assert!(renamed.grub_cfg.contains("'findiso=/ubuntu__1_.iso'"), "{}", renamed.grub_cfg);
    let isos = renamed.partition(PartitionRole::Isos).unwrap().tree().unwrap();
    assert!(isos.entries().any(|(name, _)| name.as_bytes() == b"ubuntu__1_.iso"));
    assert!(
        renamed.warnings[0].contains("it is `ubuntu__1_.iso` on the key"),
        "{:?}",
        renamed.warnings
    );

    let error = plan_named("debian live.iso", &live, true).unwrap_err().to_string();
    assert!(error.contains("' '") && error.contains("`name = \"debian_live.iso\"`"), "{error}");
    assert!(plan("new\nline.iso", &live).is_err());
    // It does not look for its ISO.
    assert_eq!(file(&plan("it's CentOS.iso", &installer).unwrap()), "it's CentOS.iso");
}

#[test]
fn two_spins_of_one_distribution_are_told_apart() {
    let facts = known();
    let isos = ["fedora-42-kde", "fedora-40-workstation", "fedora-40-server-netinst"];
    let isos = isos.map(|name| (name.to_owned(), facts[name].clone())).into();
    let text = grub_cfg(&isos, "");
    let entries = text.lines().filter(|l| l.starts_with("menuentry"));
    let titles: Vec<&str> =
        entries.filter_map(|l| l.split_once(" -- '")?.1.split('\'').next()).collect();
    assert_eq!(
        titles[..3],
        ["Fedora 40 (fedora-40-server-netinst)", "Fedora 40 (fedora-40-workstation)", "Fedora 42"]
    );
}

#[test]
fn a_variant_may_be_the_default() {
    let facts = known();
    let isos =
        |names: &[&str]| names.iter().map(|n| ((*n).to_owned(), facts[*n].clone())).collect();
    let default = |isos: &BTreeMap<String, IsoFacts>, name: &str| {
        let text = grub_cfg(isos, &format!("[menu]\ndefault = \"{name}\"\n"));
        text.lines().find_map(|l| Some(l.strip_prefix("set default=")?.to_owned())).unwrap()
    };
    // By its id, or as the menu shows it; with one ISO there is one level less.
    let one = isos(&["void-2024"]);
    assert_eq!(default(&one, "void-2024-to-ram"), "'more-ways>void-2024-to-ram'");
    let two = isos(&["void-2024", "debian-12.5-live"]);
    let path = "'more-ways>void-2024>void-2024-safe-graphics'";
    assert_eq!(default(&two, "void-2024-safe-graphics"), path);
    assert_eq!(default(&two, "Void Linux: safe graphics"), path);
    // What follows the submenu is counted behind it.
    assert_eq!(default(&two, "More ways to start"), "2");
    assert_eq!(default(&two, "Reboot"), "6");
}

/// Files in an EFI image are opened by way of the image: by its path in the ISO or, where it is no
/// file of the ISO, by its sectors. It is closed again before the kernel starts.
#[test]
fn files_in_an_efi_image() {
    let files = |name: &str| {
        ["kernel", "initrd"].map(|file| (format!("{name}:/{file}"), 7)).into_iter().collect()
    };
    let facts = |name: &str, is_file: bool| {
        let image = EfiImage { is_file, start: 10 * 2048, len: 5 << 20, files: files(name) };
        let entry = BootEntry {
            config: format!("{name}:/loader/entries"),
            title: "x".to_owned(),
            default: true,
            kernel: format!("{name}:/kernel"),
            initrds: vec![format!("{name}:/initrd")],
            args: vec!["quiet".to_owned()],
            hypervisor: None,
        };
        IsoFacts {
            volume_id: "X".to_owned(),
            boot_entries: vec![entry],
            efi_images: BTreeMap::from([(name.to_owned(), image)]),
            ..IsoFacts::default()
        }
    };
    for (name, is_file, place) in [
        ("/boot/efi.img", true, "(loop)/boot/efi.img"),
        ("/[EFI boot image]", false, "(loop)40+10240"),
    ] {
        let isos = BTreeMap::from([("x".to_owned(), facts(name, is_file))]);
        let text = grub_cfg(&isos, "");
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let open = format!("if loopback 'efiimage' '{place}'; then");
        let at = lines.iter().position(|l| *l == open).unwrap_or_else(|| panic!("{text}"));
        let words: Vec<String> =
            lines[at + 1..at + 7].iter().map(|l| l.replace('\'', "")).collect();
        let expected = [
            "if ! linux (efiimage)/kernel quiet; then",
            "not_loaded (efiimage)/kernel",
            "elif ! initrd (efiimage)/initrd; then",
            "not_loaded (efiimage)/initrd",
            "fi",
            "loopback -d efiimage",
        ];
        assert_eq!(words, expected, "{text}");
    }
}

/// The parts of a unified kernel image are opened by their sectors, and messages name them.
#[test]
fn parts_of_a_unified_kernel_image() {
    let part = |name: &str| format!("/efi.img:/EFI/Linux/x.efi:{name}");
    let entry = BootEntry {
        config: "/efi.img:/EFI/Linux/x.efi".to_owned(),
        title: "x".to_owned(),
        default: true,
        kernel: part(".linux"),
        initrds: vec![part(".initrd")],
        args: vec!["quiet".to_owned()],
        hypervisor: None,
    };
    let kernel_parts =
        [(part(".linux"), vec![(40, 8), (100, 2)]), (part(".initrd"), vec![(60, 3)])];
    let facts = IsoFacts {
        volume_id: "X".to_owned(),
        boot_entries: vec![entry],
        kernel_parts: kernel_parts.into(),
        ..IsoFacts::default()
    };
    let text = grub_cfg(&BTreeMap::from([("x".to_owned(), facts)]), "").replace('\'', "");
    for line in [
        "if ! linux (loop)40+8,100+2 quiet; then",
        "not_loaded (loop)/efi.img:/EFI/Linux/x.efi:.linux",
        "elif ! initrd (loop)60+3; then",
        "not_loaded (loop)/efi.img:/EFI/Linux/x.efi:.initrd",
    ] {
        assert!(text.lines().any(|l| l.trim() == line), "{line}\n{text}");
    }
}
