//! `bootkey try --all`: what boots is proven, what does not is never, and a run that was killed goes on.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use serde_json::Value;
use std::process::Stdio;
use testbench::{Iso, oracle};
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
