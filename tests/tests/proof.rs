//! `bootkey try --all`: what boots is proven, what does not is never, and a run that was killed goes on.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use testbench::{Iso, missing, oracle};
use tests::{Key, Room};

/// A key without a serial console, whose menu and errors are drawn, and can be read, since it has no theme: iPXE,
/// an installer whose kernel is zeros, and entries of a person's own.
fn key(room: &Room) -> Option<Key> {
    oracle("qemu-system-x86_64")?;
    std::fs::copy(testbench::ipxe_iso()?, room.path("net.iso")).unwrap();
    let zeros = Iso::new("NETINSTALL")
        .file("isolinux/vmlinuz", vec![0; 1 << 20])
        .file("isolinux/initrd.img", b"initrd")
        .file(
            "isolinux/isolinux.cfg",
            b"default i\nlabel i\n kernel vmlinuz\n append initrd=initrd.img\n",
        );
    zeros.write(&room.path("zeros.iso")).unwrap();
    room.text(
        "key.toml",
        "[key]\nname = \"tried\"\nfirmware = [\"bios\"]\n[menu]\ntheme = \"none\"\ntimeout = 5\nextra = \"\"\"\n\
         menuentry --id again 'Comes back' { configfile ${prefix}/grub.cfg }\n\
         menuentry --id none 'No such kernel' { linux /none }\n\"\"\"\n\
         [[iso]]\npath = \"net.iso\"\ntitle = \"Network\"\n\
         [[iso]]\npath = \"zeros.iso\"\ntitle = \"Zeros\"\nrecipe = \"self-contained-installer\"\n",
    );
    Some(room.build(["key.toml"]))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The verdict about an entry, and why.
fn verdict(report: &Value, title: &str) -> (String, String) {
    let trials = report["trials"].as_array().unwrap();
    let trial =
        trials.iter().find(|t| t["titles"][0] == title).unwrap_or_else(|| panic!("{title}"));
    let outcome = &trial["outcome"];
    let text = |name: &str| outcome[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(trial["proven"], text("verdict") == "system", "{trial}");
    (text("verdict"), text("why") + ": " + &text("seen"))
}

#[test]
fn what_boots_is_proven_what_does_not_is_never_and_a_killed_run_goes_on() {
    let Some(room) = Room::new() else { return };
    let Some(_) = key(&room) else { return };
    let mut args = vec!["try", "key.img", "--all", "--report", "proof", "--disk", "virtio"];
    args.extend(["--memory", "512MiB", "--jobs", "2", "--json"]);
    for entry in ["Power off", "Network", "Zeros", "again", "none"] {
        args.extend(["--entry", entry]);
    }
    // Killed as soon as something is done.
    let mut child =
        room.bootkey(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let kept = || {
        let files = std::fs::read_dir(room.path("proof/trials")).into_iter().flatten().flatten();
        files.filter(|f| f.file_name().to_string_lossy().ends_with(".json")).count()
    };
    while kept() == 0 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = kept();
    assert!((1..5).contains(&before), "{before} were done");

    let ran = room.run(&args).expect_objection(1, "3 of 5 trials failed", "bootkey try --all");
    assert_eq!(ran.stderr.matches("as an earlier run found").count(), before, "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("[{0}/{0}]", 5 - before)), "{}", ran.stderr);
    let report = json(&ran.stdout);
    assert_eq!(report["schema"], "bootkey.proof/1");
    assert_eq!(report, json(&std::fs::read_to_string(room.path("proof/proof.json")).unwrap()));
    for (title, expected, words) in [
        ("Power off", "system", "switched off"),
        ("Network", "system", "Open Source Network Boot Firmware"),
        ("Zeros", "failed", "invalid magic number"),
        ("Comes back", "failed", "menu"),
        ("No such kernel", "failed", "not found"),
    ] {
        let (is, why) = verdict(&report, title);
        assert_eq!(is, expected, "{title}: {why}");
        assert!(why.contains(words), "{title}: {why}");
    }
    for trial in report["trials"].as_array().unwrap() {
        for picture in trial["pictures"].as_array().unwrap() {
            let png = std::fs::read(room.path("proof").join(picture.as_str().unwrap())).unwrap();
            assert!(png.starts_with(b"\x89PNG"), "{picture}");
        }
    }
    let page = std::fs::read_to_string(room.path("proof/proof.html")).unwrap();
    assert!(page.contains("2 of 5 proven") && page.contains("data:image/png;base64,"));
    let fetches = ["src=\"http", "href=\"http", "url(", "@import", "<script"];
    assert!(!fetches.iter().any(|text| page.contains(text)), "nothing is fetched or run");

    // Nothing is left to be tried.
    let again = room.run(&args).expect_objection(1, "3 of 5 trials failed", "bootkey try --all");
    assert!(!again.stderr.contains("[1/"), "{}", again.stderr);
}

/// The text of a ready-made spec, with the ISOs that it takes from packages where these are installed.
fn ready_made(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../images").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("package = "));
    lines.map(|line| line.replace("member = \"usr/", "path = \"/usr/") + "\n").collect()
}

/// Every entry of a key, or those that are chosen, is proven on each firmware that it is for; gives
/// their names and firmware.
#[track_caller]
fn all_proven(room: &Room, chosen: &[&str]) -> Vec<(String, String)> {
    let args = ["try", "key.img", "--all", "--json", "--memory", "1GiB"];
    let entries = chosen.iter().flat_map(|title| ["--entry", title]);
    let ran = room.run(args.into_iter().chain(entries));
    let ran = ran.expect_success("bootkey try --all");
    let report = json(&ran.stdout);
    assert_eq!(report["complete"], chosen.is_empty());
    let trials = report["trials"].as_array().unwrap().iter();
    let tried = trials.filter(|trial| trial["not_here"].is_null()).map(|trial| {
        assert_eq!(trial["proven"], true, "{trial}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&trial["titles"][0]), text(&trial["firmware"]))
    });
    tried.collect()
}

/// The ready-made rescue key, as a stick, with an installer beside its tools whose name breaks careless quoting.
#[test]
fn every_entry_of_the_rescue_key_comes_up_on_each_firmware() {
    let Some(room) = Room::new() else { return };
    let Some((kernel, initrd)) = testbench::installer_pair() else { return };
    let tools = [testbench::ipxe_iso(), testbench::memtest_iso(), testbench::grub_rescue_iso()];
    if tools.iter().any(Option::is_none) || oracle("qemu-system-x86_64").is_none() {
        return;
    }
    if !Path::new("/usr/lib/syslinux/memdisk").is_file() {
        missing("memdisk (package `syslinux-common`)");
        return;
    }
    let name = "it's $1 \"odd\" #.iso";
    testbench::netinstall_iso(&room.path(name), &kernel, &initrd).unwrap();
    let spec = ready_made("rescue.toml");
    room.text("key.toml", &format!("{spec}[[iso]]\npath = '''{name}'''\ntitle = \"Installer\"\n"));
    room.build(["key.toml"]);
    let proven = all_proven(&room, &[]);
    for firmware in ["bios", "uefi-x64"] {
        let mut titles = vec![
            "Memtest86+ (memory test)",
            "GRUB rescue shell",
            "iPXE (boot from the network)",
            "Installer",
            "ISOs found on this key",
            "Check the ISOs",
            "Start this machine's own disk",
            "Reboot",
            "Power off",
        ];
        if firmware == "uefi-x64" {
            // A floppy's image, which only a BIOS can start; and what a BIOS does not have.
            titles.remove(1);
            titles.push("Firmware setup");
        }
        let has = |title: &&str| proven.contains(&((*title).to_owned(), firmware.to_owned()));
        let lacks: Vec<_> = titles.iter().filter(|title| !has(title)).collect();
        assert!(lacks.is_empty(), "{firmware} lacks {lacks:?}: {proven:?}");
    }
}

/// The key of 2009 has no serial port, and a drawn menu with a theme.
#[test]
fn every_entry_of_the_classic_key_comes_up() {
    let Some(room) = Room::new() else { return };
    if oracle("qemu-system-x86_64").is_none() {
        return;
    }
    room.text("classic.toml", &ready_made("classic.toml"));
    let key = room.build(["classic.toml"]);
    assert_eq!(std::fs::metadata(&key.image).unwrap().len(), 32 << 20);
    assert_eq!(key.partitions, [(1 << 20, 10 << 20), (11 << 20, 21 << 20)]);
    let titles: Vec<String> = all_proven(&room, &[]).into_iter().map(|(title, _)| title).collect();
    let rest = ["Start this machine's own disk", "Reboot", "Power off"];
    assert_eq!(titles, [["ISOs found on this key", "Check the ISOs"].as_slice(), &rest].concat());
}

/// A live system of Debian's, whose live-boot has to find its ISO on FAT that we made.
#[test]
fn a_live_system_comes_up_on_each_firmware() {
    let Some(room) = Room::new() else { return };
    let Some(live) = testbench::live_iso("debian-12-live.iso") else { return };
    if oracle("qemu-system-x86_64").is_none() {
        return;
    }
    std::fs::copy(live, room.path("live.iso")).unwrap();
    room.text("key.toml", "[isos]\nfilesystem = \"fat32\"\n[[iso]]\npath = \"live.iso\"\n");
    room.build(["key.toml"]);
    let title = "Debian Live 12";
    let mut proven = all_proven(&room, &[title]);
    proven.sort();
    assert_eq!(proven, ["bios", "uefi-x64"].map(|on| (title.into(), on.into())));
}
