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

/// Which recipe decides, and whether it refuses.
fn decision(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Boots(found) => found.recipe.clone(),
        Verdict::Refused { recipe, .. } => format!("{recipe} refuses"),
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
        let (built, booted) = (decision(&built), decision(&booted));
        if built == booted {
            same += 1;
        } else {
            writeln!(lost, "{name}: {built}, at boot {booted}").unwrap();
        }
    }
    assert!(same > 115, "{same}");
    insta::assert_snapshot!(lost, @r#"
    debian-12-arm64-netinst: other-architecture refuses, at boot debian-installer-medium refuses
    dracut-with-another-image: dracut-live, at boot unknown refuses
    gentoo-2024-dracut: dracut-live, at boot genkernel
    grub-menu-in-the-efi-image: self-contained, at boot unknown refuses
    homebrew-with-a-broken-loopback-cfg: unknown refuses, at boot loopback-cfg
    pop-os-20.04: casper refuses, at boot casper
    rhcos-minimal: coreos, at boot self-contained
    talos-1.10-secureboot: self-contained, at boot unknown refuses
    unknown-live-that-looks-for-its-label: unknown refuses, at boot self-contained
    "#);
    let documented = include_str!("../../../docs/discovery.md");
    for line in lost.lines() {
        let (name, _) = line.split_once(':').unwrap();
        assert!(documented.contains(name), "docs/discovery.md does not have {name}");
    }
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

/// GRUB's own interpreter finds the same directories and names in the path of a payload.
#[test]
fn the_place_of_a_payload_in_grub() {
    let Some(grub) = testbench::oracle("grub-emu") else { return };
    let key = OnKey { memdisk: "/boot/memdisk", consoles: &[] };
    let text = Catalogue::builtin().scripts(&key).unwrap().recognise.render();
    let lines = text.lines().map(str::trim);
    let lines = lines.skip_while(|line| *line != "set payload=\"${picked}\"");
    let cut: Vec<&str> = lines.take_while(|line| line.contains("payload")).collect();
    assert!(cut.len() > 4, "{cut:?}");
    let paths = ["/live/filesystem.squashfs", "/a b/x86_64/d.e/f(g).sfs", "/x.squashfs"];
    let expected = paths.map(|path| {
        let place = std::path::Path::new(path);
        let parent = place.parent().unwrap();
        let top = parent.iter().nth(1).unwrap_or_default();
        let words = [place.as_os_str(), parent.as_os_str(), top, place.file_name().unwrap()];
        words.map(|word| word.to_str().unwrap()).join("|")
    });
    let said = |lines: &[&str]| -> Vec<String> {
        let mut script = String::new();
        for path in paths {
            writeln!(script, "set picked='(loop){path}'\n{}", lines.join("\n")).unwrap();
            script += "echo \"<$payload|$payload_dir|$payload_top|$payload_name>\"\n";
        }
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("grub.cfg"), script + "exit\n").unwrap();
        let mut run = grub.command();
        run.args(["-r", "host", "-m", "/dev/null", "-d"]).arg(dir.path());
        let output = run.stdin(std::process::Stdio::null()).output().unwrap().stdout;
        let output = String::from_utf8_lossy(&output).replace(['\n', '\r'], "");
        let said = output.split('<').skip(1).filter_map(|s| Some(s.split_once('>')?.0.to_owned()));
        said.collect()
    };
    assert_eq!(said(&cut), expected);
    // Tamper: each line is needed.
    for missing in 0..cut.len() {
        let others = [&cut[..missing], &cut[missing + 1..]].concat();
        assert_ne!(said(&others), expected, "{}", cut[missing]);
    }
}
