//! The catalogue as GRUB script: what it says, and what is lost where nothing can be read.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use boot_recipes::{Available, Catalogue, OnKey, Recognised, Verdict};
use grub_config::Config;
use iso_probe::IsoFacts;
use std::collections::BTreeMap;
use std::fmt::Write as _;

fn known() -> BTreeMap<String, IsoFacts> {
    testbench::known_isos()
}

fn recipe(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Boots(found) => &found.recipe,
        Verdict::Refused { recipe, .. } => recipe,
    }
}

/// Which kinds of ISOs another recipe decides about at boot. Each line is a loss to be known, and
/// is in `docs/discovery.md`.
#[test]
fn what_is_lost_at_boot() {
    let catalogue = Catalogue::builtin();
    let mut lost = String::new();
    let mut same = 0;
    for (name, facts) in known() {
        let built = catalogue.recognise(&facts, &name, &Available { memdisk: true });
        let booted = catalogue.recognise_at_boot(&facts, &name);
        if recipe(&built) == recipe(&booted) {
            same += 1;
        } else {
            writeln!(lost, "{name}: {}, at boot {}", recipe(&built), recipe(&booted)).unwrap();
        }
    }
    assert!(same > 115, "{same}");
    let documented = include_str!("../../../docs/discovery.md");
    for line in lost.lines() {
        let (name, _) = line.split_once(':').unwrap();
        assert!(documented.contains(name), "docs/discovery.md does not have {name}");
    }
    insta::assert_snapshot!(lost, @r#"
    debian-12-arm64-netinst: other-architecture, at boot debian-installer-medium
    garuda-2024: miso, at boot unknown
    gentoo-2024-dracut: dracut-live, at boot genkernel
    homebrew-with-a-broken-loopback-cfg: unknown, at boot loopback-cfg
    kaos-2024: archiso, at boot unknown
    nixos-23.11: nixos, at boot unknown
    nixos-25.11: nixos-systemd, at boot unknown
    pop-os-20.04: casper-without-iso-scan, at boot casper
    "#);
}

/// What the build would have offered, and the menu offers otherwise, although the same recipe
/// decides: other files or other variants. Each line is a loss to be known, and is in
/// `docs/discovery.md`. (Parameters are those of the recipe's fixed row instead of the ISO's own
/// entry: that GRUB's script offers just what `recognise_at_boot` says, a test in a machine tells.)
#[test]
fn what_is_offered_otherwise_at_boot() {
    let catalogue = Catalogue::builtin();
    let mut otherwise = String::new();
    let mut same = 0;
    for (name, facts) in known() {
        let built = catalogue.recognise(&facts, &name, &Available { memdisk: true });
        let booted = catalogue.recognise_at_boot(&facts, &name);
        let (Verdict::Boots(built), Verdict::Boots(booted)) = (built, booted) else { continue };
        if built.recipe != booted.recipe {
            continue;
        }
        let variants = |found: &Recognised| {
            found.variants.iter().map(|v| v.title.clone()).collect::<Vec<_>>().join(", ")
        };
        let files = |found: &Recognised| found.boot.files().join(" ");
        same += 1;
        for (what, one, other) in [
            ("files", files(&built), files(&booted)),
            ("variants", variants(&built), variants(&booted)),
        ] {
            if one != other {
                writeln!(otherwise, "{name}: {what}: {one}; at boot {other}").unwrap();
            }
        }
    }
    assert!(same > 80, "{same}");
    insta::assert_snapshot!(otherwise);
}

#[test]
fn golden_script() {
    let key = OnKey { memdisk: "/boot/memdisk", consoles: &["console=tty0"] };
    let scripts = Catalogue::builtin().scripts(&key).unwrap();
    let mut config = Config::new();
    config.push(scripts.name_brand);
    config.extend(scripts.recognise.statements().iter().cloned());
    let text = config.render();
    // Not among the verdicts about known ISOs.
    insta::with_settings!({ snapshot_path => "script", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("recognise.cfg", text);
    });
    let Some(check) = testbench::oracle("grub-script-check") else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("recognise.cfg");
    let accepts = |text: &str| {
        std::fs::write(&path, text).unwrap();
        check.run([path.to_str().unwrap()]).accepts(1, "Syntax error at line")
    };
    assert!(accepts(&text));
    // Tamper: a word of the language less.
    assert!(!accepts(&text.replacen("then", "", 1)));
}
