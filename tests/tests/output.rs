//! The files that a build leaves: every output format holds the same image, and the checksums, the
//! manifest and the other files beside it are true of it.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use hex_digest::sha256_hex;
use serde_json::Value;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use testbench::{BootOptions, PATIENCE, Perturbation, Qemu, flip, oracle, perturbed, run};
use tests::{Room, sha256};

const FORMATS: [&str; 7] = ["img", "img.gz", "img.xz", "img.zst", "qcow2", "vmdk", "vhd"];

fn room() -> Option<Room> {
    let room = Room::new()?;
    room.iso("one.iso");
    testbench::sparse_iso(&room.path("large.iso"), 5 << 20).unwrap();
    Some(room)
}

const ISOS: [&str; 2] = ["one.iso", "large.iso"];

fn build(room: &Room, name: &str, options: &[&str]) {
    let args = ["build", "-o", name].into_iter().chain(options.iter().copied()).chain(ISOS);
    room.run(args).expect_success("bootkey build");
}

/// Turns a file back into the raw image.
fn unpack(room: &Room, name: &str) -> Option<String> {
    let back = room.path("back");
    let path = room.path(name);
    let program = match name.rsplit('.').next().unwrap() {
        "img" => return Some(sha256(&path)),
        "gz" => "gzip",
        "xz" => "xz",
        "zst" => "zstd",
        _ => "qemu-img",
    };
    let mut command = oracle(program)?.command();
    if program == "qemu-img" {
        command.args(["convert", "-O", "raw"]).args([&path, &back]);
    } else {
        command.arg("-dc").arg(&path).stdout(File::create(&back).unwrap());
    }
    assert!(command.status().unwrap().success(), "{command:?}");
    Some(sha256(&back))
}

#[test]
fn every_format_is_the_same_image_and_a_stream_is_the_file() {
    let Some(room) = room() else { return };
    build(&room, "key.img", &[]);
    let image = sha256(&room.path("key.img"));
    for extension in FORMATS {
        let name = format!("key.{extension}");
        build(&room, &name, &[]);
        if let Some(unpacked) = unpack(&room, &name) {
            assert_eq!(unpacked, image, "{name}");
        }
        let format = match extension.rsplit('.').next().unwrap() {
            "img" => "raw",
            other => other,
        };
        let mut command = room.bootkey(["build", "-o", "-", "--format", format]);
        command.args(ISOS).stdout(File::create(room.path("stream")).unwrap());
        assert!(command.status().unwrap().success());
        assert_eq!(sha256(&room.path("stream")), sha256(&room.path(&name)), "{format} as a stream");
    }
}

/// On one processor; the other tests' builds are on all of them.
#[test]
fn one_processor_makes_the_same_image() {
    let Some(room) = room() else { return };
    // xz takes its time, and is compared by image-write's own tests.
    for extension in FORMATS.into_iter().filter(|e| *e != "img.xz") {
        build(&room, &format!("key.{extension}"), &["--checksums"]);
        let first = fs::read_to_string(room.path("SHA256SUMS")).unwrap();
        fs::remove_file(room.path("SHA256SUMS")).unwrap();
        let one = perturbed(&room.path("bootkey"), &[Perturbation::Processors]);
        let Some(mut command) = one else { return };
        command.args(["build", "-o"]);
        command.arg(room.path(format!("key.{extension}"))).arg("--checksums").args(ISOS);
        command.current_dir(room.path("")).env("HOME", room.path(""));
        run(&mut command).expect_success("build on one processor");
        assert_eq!(fs::read_to_string(room.path("SHA256SUMS")).unwrap(), first, "{extension}");
        fs::remove_file(room.path("SHA256SUMS")).unwrap();
    }
}

#[test]
fn checksums_are_what_sha256sum_says() {
    let (Some(room), Some(tool)) = (room(), oracle("sha256sum")) else { return };
    let all = ["--checksums", "--manifest", "--sbom", "--bmap"];
    build(&room, "key.img.zst", &all);
    let check = || run(tool.command().args(["-c", "SHA256SUMS"]).current_dir(room.path("")));
    let said = check().expect_success("sha256sum -c").stdout;
    assert_eq!(said.lines().count(), 4, "{said}");
    flip(&room.path("key.img.bmap"), 40, 1);
    check().expect_objection(1, "key.img.bmap: FAILED", "a flipped bit");
}

#[test]
fn bmaptool_accepts_the_map_and_objects_to_another_image() {
    let (Some(room), Some(bmaptool)) = (room(), oracle("bmaptool")) else { return };
    build(&room, "key.img", &["--bmap"]);
    let image = room.path("key.img");
    let copy = |to: &str| {
        let words = ["copy".into(), image.clone().into_os_string(), room.path(to).into()];
        bmaptool.run(words as [OsString; 3])
    };
    // What it copies onto held something else.
    fs::write(room.path("stick"), vec![0xAA; fs::metadata(&image).unwrap().len() as usize])
        .unwrap();
    copy("stick").expect_success("bmaptool copy");
    let (old, new) = (fs::read(&image).unwrap(), fs::read(room.path("stick")).unwrap());
    let map = fs::read_to_string(room.path("key.img.bmap")).unwrap();
    let mut mapped = 0;
    for range in map.lines().filter(|l| l.contains("<Range")) {
        let numbers = range.split(['>', '<']).nth(2).unwrap().trim();
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        let [first, last] = [first, last].map(|n| n.parse::<usize>().unwrap());
        let bytes = first * 4096..(last + 1) * 4096;
        assert!(old[bytes.clone()] == new[bytes.clone()], "blocks {numbers}");
        mapped += bytes.len();
        let checksum = range.split('"').nth(1).unwrap();
        assert_eq!(checksum, sha256_hex(&old[bytes]), "blocks {numbers}");
    }
    assert!(mapped > 5 << 20 && mapped < old.len(), "{mapped} bytes of {}", old.len());
    flip(&image, 1 << 20 | 1024, 1);
    copy("other").expect_objection(1, "checksum mismatch for blocks range", "another superblock");
    flip(&image, 1 << 20 | 1024, 1);
    flip(&room.path("key.img.bmap"), map.find("<Range chksum=").unwrap() as u64 + 20, 1);
    copy("other").expect_objection(1, "checksum mismatch for bmap file", "another map");
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_manifest_is_true_of_the_image() {
    let Some(room) = room() else { return };
    build(&room, "key.img", &["--manifest", "--checksums", "--sbom", "--bmap"]);
    let manifest = json(&room.path("key.img.manifest.json"));
    assert_eq!(manifest["schema"], "bootkey.manifest/1");
    let image = fs::read(room.path("key.img")).unwrap();
    assert_eq!(manifest["key"]["sha256"], sha256_hex(&image).as_str());
    assert_eq!(manifest["file"]["sha256"], manifest["key"]["sha256"]);
    let (mut end, mut files) = (0, Vec::new());
    for region in manifest["regions"].as_array().unwrap() {
        let [at, len] = ["offset", "len"].map(|k| region[k].as_u64().unwrap() as usize);
        assert!(at >= end, "{region}");
        end = at + len;
        assert_eq!(region["sha256"], sha256_hex(&image[at..end]).as_str(), "{region}");
        if region["origin"] == "zero" {
            assert!(image[at..end].iter().all(|b| *b == 0), "{region}");
        }
        if let Some(from) = region["origin"].get("input") {
            let name = from["name"].as_str().unwrap();
            let offset = from["offset"].as_u64().unwrap() as usize;
            let input = fs::read(room.path(name)).unwrap();
            assert!(image[at..end] == input[offset..offset + len], "{region}");
            files.push(name.to_owned());
        }
    }
    assert!(end <= image.len());
    let gap = |at: u64| image[at as usize..].iter().take(16).all(|b| *b == 0);
    assert!(gap(end as u64));
    for iso in ISOS {
        assert!(files.iter().any(|f| f == iso), "{files:?}");
        let inputs = manifest["inputs"].as_array().unwrap();
        let input = inputs.iter().find(|i| i["name"] == iso).unwrap();
        assert_eq!(input["sha256"], sha256(&room.path(iso)).as_str());
    }
    let grub = &manifest["inputs"][0];
    assert_eq!(grub["package"], "grub-pc-bin", "{grub}");
    assert!(grub["version"].as_str().unwrap().starts_with('2'), "{grub}");
}

/// Parts of this ISO lie on the key a second time: a floppy image and an EFI program.
#[test]
fn an_iso_of_which_parts_are_copied_has_its_digest() {
    let (Some(room), Some(iso)) = (room(), testbench::memtest_iso()) else { return };
    fs::copy(&iso, room.path("memtest.iso")).unwrap();
    let args = ["build", "memtest.iso", "one.iso", "-o", "key.img", "--manifest"];
    room.run(args).expect_success("bootkey build");
    let manifest = json(&room.path("key.img.manifest.json"));
    let of = |key: &str| manifest[key].as_array().unwrap().iter();
    let is_of = |name: &str, region: &Value| region["origin"]["input"]["name"] == name;
    assert!(of("regions").filter(|region| is_of("memtest.iso", region)).count() > 1);
    for name in ["memtest.iso", "one.iso"] {
        let input = of("inputs").find(|i| i["name"] == name).unwrap();
        assert_eq!(input["sha256"], sha256(&room.path(name)).as_str(), "{name}");
    }
}

#[test]
fn the_sbom_has_what_spdx_asks_for() {
    let Some(room) = room() else { return };
    build(&room, "key.img", &["--sbom"]);
    let sbom = json(&room.path("key.img.spdx.json"));
    for (key, value) in
        [("spdxVersion", "SPDX-2.3"), ("dataLicense", "CC0-1.0"), ("SPDXID", "SPDXRef-DOCUMENT")]
    {
        assert_eq!(sbom[key], value);
    }
    assert!(sbom["documentNamespace"].as_str().unwrap().starts_with("https://"));
    let created = sbom["creationInfo"]["created"].as_str().unwrap();
    assert!(created.len() == 20 && created.ends_with('Z'), "{created}");
    let packages = sbom["packages"].as_array().unwrap();
    let ids: Vec<&str> = packages.iter().map(|p| p["SPDXID"].as_str().unwrap()).collect();
    let image = packages.iter().find(|p| p["SPDXID"] == "SPDXRef-key").unwrap();
    assert_eq!(image["checksums"][0]["checksumValue"], sha256(&room.path("key.img")).as_str());
    for name in ["grub-pc-bin", "one.iso", "large.iso"] {
        assert!(packages.iter().any(|p| p["name"] == name), "{name}");
    }
    let relations = sbom["relationships"].as_array().unwrap();
    for id in &ids {
        assert!(
            relations.iter().any(|r| r["relatedSpdxElement"] == *id),
            "{id} is related to nothing"
        );
    }
}

/// A record that may not be read names nobody, and that is said.
#[test]
fn packages_that_cannot_be_known_are_told() {
    let (Some(room), Some(strace)) = (room(), oracle("strace")) else { return };
    let build = |more: &[&str]| {
        let mut command = strace.command();
        command.args(["-f", "-qq", "-o"]).arg(room.path("trace"));
        command.args(["-P", "/var/lib/dpkg/status", "-e", "inject=openat:error=EACCES"]);
        command.arg(room.path("bootkey")).args(["build", "-q", "one.iso", "-o", "key.img"]);
        command.args(more).current_dir(room.path("")).env("HOME", room.path(""));
        run(&mut command).expect_success("build").stderr
    };
    let warning = build(&["--manifest"]);
    let says = "warning: what goes with the image does not name the packages that GRUB is from: \
                /var/lib/dpkg/status: cannot be read: Permission denied (os error 13)\n";
    assert_eq!(warning, says);
    let manifest = json(&room.path("key.img.manifest.json"));
    assert_eq!(manifest["inputs"][0]["package"], Value::Null);
    // Without such a list nobody misses it.
    fs::remove_file(room.path("key.img.manifest.json")).unwrap();
    assert_eq!(build(&[]), "");
}

/// Another place, another time: what goes with the image is the same too.
#[test]
fn sidecars_are_reproducible() {
    let (Some(a), Some(b)) = (room(), room()) else { return };
    let all = ["--checksums", "--manifest", "--sbom", "--bmap", "--page"];
    for room in [&a, &b] {
        build(room, "key.img.gz", &all);
    }
    let sums = |room: &Room| fs::read_to_string(room.path("SHA256SUMS")).unwrap();
    assert_eq!(sums(&a), sums(&b));
}

/// A proof is shown if it is about this very image, and its words are no HTML. The page speaks as the menu does.
#[test]
fn a_page_shows_the_proof_of_its_image_in_the_menus_language() {
    let Some(room) = room() else { return };
    let page = |options: &[&str]| {
        let args = ["build", "-o", "key.img"].into_iter().chain(options.iter().copied());
        let ran = room.run(args.chain(ISOS)).expect_success("bootkey build");
        (fs::read_to_string(room.path("key.html")).unwrap(), ran.stderr)
    };
    let (without, _) = page(&["--page"]);
    assert!(without.contains("<html lang=\"en\">") && !without.contains("id=\"proof\""));
    let proof = |sha256: &str| {
        let trial = |firmware: &str, verdict: &str| {
            let outcome = serde_json::json!({ "verdict": verdict });
            serde_json::json!({ "titles": ["<script>x()</script>"], "firmware": firmware, "outcome": outcome })
        };
        let proof = serde_json::json!({
            "schema": "bootkey.proof/1",
            "time": 1_700_000_000,
            "key": { "name": "key.img", "sha256": sha256 },
            "platforms": [{ "firmware": "bios" }, { "firmware": "uefi-x64" }],
            "complete": false,
            "trials": [trial("bios", "system"), trial("uefi-x64", "failed")],
        });
        fs::write(room.path("proof.json"), proof.to_string()).unwrap();
    };
    proof(&sha256(&room.path("key.img")));
    let (with, said) = page(&["--page"]);
    let row = "<th scope=\"row\">&#60;script&#62;x()&#60;/script&#62;</th><td>✓ starts</td><td>✗ does not start</td>";
    for part in [row, "On 2023-11-14, bootkey started", "Not all entries were tried.", "#proof"] {
        assert!(with.contains(part), "{part}: {with}");
    }
    assert!(!said.contains("proof.json"), "{said}");

    let (german, said) = page(&["--page", "--set", "menu.locale=de_AT"]);
    assert!(german.contains("<html lang=\"de\">") && !german.contains("id=\"proof\""));
    assert!(said.contains("proof.json still speaks of the image"), "{said}");
    let (english, _) = page(&["--set", "menu.locale=de", "--page=en"]);
    assert!(english.contains("<html lang=\"en\">"));
}

#[test]
fn what_cannot_be_is_refused() {
    let Some(room) = room() else { return };
    let before = room.names();
    for (args, says) in [
        (&["-o", "key.vhdx"][..], "no format .vhdx"),
        (&["-o", "key.img", "--format", "zip"], "`zip` is no format"),
        (&["-o", "key.qcow2", "--bmap"], "leave --bmap out"),
        (&["-o", "-", "--manifest"], "--manifest"),
        (&["-o", "-", "--page"], "--page"),
        (&["-o", "key.img", "--page=xx"], "not there in `xx`, but in en, de"),
        (&["-o", "one.iso", "--format", "raw"], "is the input"),
    ] {
        let ran = room.run(["build"].iter().chain(args).copied().chain(ISOS));
        assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{args:?}: {}", ran.stderr);
    }
    assert_eq!(room.names(), before);
}

/// A sidecar that cannot be written: the image does not appear either.
#[test]
fn a_sidecar_that_cannot_be_written_leaves_no_image() {
    let Some(room) = room() else { return };
    fs::create_dir(room.path("key.img.bmap")).unwrap();
    let before = room.names();
    let ran = room.run(["build", "-o", "key.img", "--bmap"].into_iter().chain(ISOS));
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("key.img.bmap"), "{}", ran.stderr);
    assert_eq!(room.names(), before);
    // Nor does it if somebody else's page is in its way.
    fs::write(room.path("key.html"), "<!DOCTYPE html><title>mine</title>").unwrap();
    fs::set_permissions(room.path("key.html"), fs::Permissions::from_mode(0o666)).unwrap();
    let before = room.names();
    let ran = room.run(["build", "-o", "key.img", "--page"].into_iter().chain(ISOS));
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("key.html") && ran.stderr.contains("a page"), "{}", ran.stderr);
    assert_eq!(room.names(), before);
}

#[test]
fn progress_for_programs_logs_and_nobody() {
    let Some(room) = room() else { return };
    let with = |options: &[&str]| {
        let args = ["build", "-o", "key.img"].iter().chain(options).copied().chain(ISOS);
        room.run(args).expect_success("build").stderr
    };
    assert_eq!(with(&["--quiet"]), "");
    let said = with(&["--progress", "json"]);
    let events: Vec<Value> = said
        .lines()
        .filter(|l| l.starts_with('{'))
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert!(events.iter().all(|e| e["schema"] == "bootkey.progress/1"), "{said}");
    let writing: Vec<_> = events.iter().filter(|e| e["event"] == "progress").collect();
    let last = writing.last().unwrap();
    assert_eq!(last["done"], last["total"], "{said}");
    assert_eq!(events.last().unwrap()["event"], "done");
    let times: Vec<u64> = events.iter().map(|e| e["ms"].as_u64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let said = with(&["--verbose"]);
    let time = said.lines().find(|l| l.starts_with("time: ")).unwrap_or_else(|| panic!("{said}"));
    for phase in ["reading ", ", writing "] {
        assert!(time.contains(phase), "{time}");
    }
    let said = with(&["--progress", "plain"]);
    assert!(said.contains("next: sudo bootkey write key.img /dev/sdX"), "{said}");
    assert!(!said.contains('\r') && !said.contains('\x1b'), "{said:?}");
}

/// A pipe that nobody reads stops the build in the middle; then somebody loses patience.
#[test]
fn an_interrupted_build_says_so() {
    let (Some(room), Some(kill)) = (room(), oracle("kill")) else { return };
    let before = room.names();
    let mut command = room.interruptible(["build", "-o", "-"]);
    let mut child =
        command.args(ISOS).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The first bytes show that it writes.
    let mut first = [0; 512];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    kill.run(["-INT".to_owned(), child.id().to_string()]).expect_success("kill");
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(130), "{said}");
    assert!(said.contains("stopped before the image was complete"), "{said}");
    assert_eq!(room.names(), before);
}

/// The core image is made while the ISOs are written, and turns out to be larger than a BIOS can load.
#[test]
fn a_core_image_that_is_too_large_leaves_nothing() {
    let Some(room) = Room::with_handmade_grub(45_000) else { return };
    room.iso("one.iso");
    testbench::sparse_iso(&room.path("large.iso"), 5 << 20).unwrap();
    let before = room.names();
    let commands: [&[&str]; 3] =
        [&["build", "-o", "key.img"], &["build", "-o", "key.img", "--checksums"], &["plan"]];
    for command in commands {
        let ran = room.run(command.iter().chain(&["--grub", "grub"]).chain(&ISOS));
        ran.expect_objection(4, "core.img is too big", &format!("{command:?}"));
        assert_eq!(room.names(), before, "{command:?}");
    }
}

/// QEMU boots the virtual disks as they are.
#[test]
fn virtual_disks_boot() {
    let Some(room) = Room::new() else { return };
    let Some(ipxe) = testbench::ipxe_iso() else { return };
    fs::copy(ipxe, room.path("ipxe.iso")).unwrap();
    room.text(
        "key.toml",
        "[key]\nname = \"disk\"\n[menu]\nserial = true\ntimeout = 1\n\
         [[iso]]\npath = \"ipxe.iso\"\ntitle = \"Network\"\n",
    );
    for format in ["qcow2", "vmdk"] {
        let name = format!("key.{format}");
        room.run(["build", "key.toml", "-o", &name]).expect_success("build");
        let mut drive = OsString::from("file=");
        drive.push(room.path(&name));
        drive.push(format!(",format={format},if=virtio,snapshot=on"));
        let extra_args = vec!["-drive".into(), drive];
        let options = BootOptions { extra_args, bios_on_serial: true, ..BootOptions::default() };
        let Some(mut guest) = Qemu::boot(options) else { return };
        guest.expect("Network", PATIENCE).unwrap();
        guest.expect("Open Source Network Boot Firmware", PATIENCE).unwrap();
    }
}
