//! The menu of found ISOs, in a machine: what GRUB recognises, what it offers, how much it reads for
//! it, and how it checks.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use boot_recipes::{
    Arg, Boot, Catalogue, MemdiskImage, MenuLoader, Placeholder, Recognised, Verdict,
};
use iso_probe::{IsoFacts, Names};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use testbench::{Firmware, Iso, PATIENCE, oracle};
use tests::{Key, Room, boot, installer};

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
/// and says which recipe decided, and what it offers.
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
        echo "<${iso_name}> offers:"
        decide
        echo ";<${iso_name}> is ${recipe}."
    else
        echo "<${iso_name}> cannot be opened."
    fi
done
echo "walked"
exit
"#;

/// What a PC's GRUB has in variables on this key; `grub-emu` has others.
const ON_A_PC: &str = "set grub_platform=pc\nset grub_cpu=i386\nset root=hd0,msdos1\n\
                       set usbboot=hd0,msdos1\nset isos=hd0,msdos2\nset prefix=(hd0,msdos1)/boot/grub\n";

/// What GRUB's own interpreter says when it runs a script and a key is its first disk. It runs as a
/// program of this machine, since for the walk the emulated one takes ten minutes.
fn in_grub(room: &Room, key: &Key, script: &str) -> Option<String> {
    let (dir, map) = (room.path("interpreter"), room.path("device.map"));
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("grub.cfg"), format!("{ON_A_PC}{script}")).unwrap();
    std::fs::write(&map, format!("(hd0) {}\n", key.image.display())).unwrap();
    let [dir, map] = [&dir, &map].map(|path| path.to_str().unwrap());
    let ran = oracle("grub-emu")?.within(PATIENCE).run(["-r", "host", "-m", map, "-d", dir]);
    Some(ran.stdout.replace(['\n', '\r'], "")) // where the screen ends
}

/// The commands that load something.
const LOADERS: [&str; 10] = [
    "syslinux_configfile",
    "knetbsd_module_elf",
    "kopenbsd_ramdisk",
    "multiboot2",
    "configfile",
    "initrd16",
    "kopenbsd",
    "linux16",
    "module2",
    "initrd",
];

/// The script, with its functions apart from what it does, and changed so that it says what it
/// would load instead of loading it, and says each way to start at once instead of offering it in a
/// menu. Nobody reads along, so it never waits.
fn talking(recognise: &str) -> String {
    let loads = |line: &str| {
        let (indent, text) = line.split_at(line.len() - line.trim_start().len());
        let (before, command) = ["if ! ", "elif ! ", "if "]
            .iter()
            .find_map(|before| Some((*before, text.strip_prefix(before)?)))
            .unwrap_or(("", text));
        let name = command.split(' ').next().unwrap_or_default();
        let loader = name == "linux" || name == "knetbsd" || LOADERS.contains(&name);
        loader.then(|| format!("{indent}{before}say {command}"))
    };
    let mut lines: Vec<String> = Vec::new();
    let mut entry = None;
    for line in recognise.lines().filter(|line| !line.contains("sleep --int")) {
        let indent = line.len() - line.trim_start().len();
        if line.trim_start().starts_with("menuentry ") {
            entry = Some(indent);
            lines.push("if true; then".to_owned());
        } else if entry == Some(indent) && line.trim() == "}" {
            entry = None;
            lines.push("fi".to_owned());
        } else {
            lines.push(loads(line).unwrap_or_else(|| line.to_owned()));
        }
    }
    let at = lines.iter().position(|l| *l == "set recipe=''").unwrap();
    let (functions, decide) = lines.split_at(at);
    let say = "function say {\n    echo -n '{'\n    for word in \"${@}\"; do\n        \
               echo -n \"|${word}\"\n    done\n    echo '}'\n}";
    format!("{say}\n{}\nfunction decide {{\n{}\n}}\n", functions.join("\n"), decide.join("\n"))
}

/// What the catalogue's verdict would have GRUB load, said like the changed script says it: for each
/// way to start, in any order. `value` fills in parameters.
fn ways(found: &Recognised, value: impl Fn(Placeholder) -> String) -> Vec<String> {
    let fill = |arg: &Arg| {
        let values: Vec<_> = Placeholder::ALL.iter().map(|p| (*p, value(*p))).collect();
        arg.fill(|placeholder| {
            values.iter().find(|(p, _)| *p == placeholder).map_or("", |(_, text)| text.as_str())
        })
    };
    let said = |boot: &Boot| -> String {
        let say = |command: &str, files: &[String], args: &[Arg]| {
            let files = files.iter().cloned();
            let words: Vec<String> = files.chain(args.iter().map(fill)).collect();
            format!("{{|{command}|{}}}", words.join("|"))
        };
        let inside = |path: &String| vec![format!("(loop){path}")];
        match boot {
            Boot::Linux { kernel, initrds, args } => {
                let initrds: Vec<_> = initrds.iter().flat_map(inside).collect();
                let load = (!initrds.is_empty()).then(|| say("initrd", &initrds, &[]));
                // The menu is on the serial port, too.
                let consoles = ["console=tty0", "console=ttyS0,115200n8"].map(Arg::literal);
                let args = [args.as_slice(), &consoles].concat();
                say("linux", &inside(kernel), &args) + &load.unwrap_or_default()
            }
            Boot::Linux16 { kernel, initrd, args } => {
                let load = initrd.as_ref().map(|i| say("initrd16", &inside(i), &[]));
                say("linux16", &inside(kernel), args) + &load.unwrap_or_default()
            }
            Boot::Memdisk { image, args } => {
                let image = match image {
                    MemdiskImage::WholeIso => {
                        vec![format!("(hd0,msdos2){}", value(Placeholder::IsoPath))]
                    }
                    MemdiskImage::Inside(path) => inside(path),
                };
                let memdisk = ["(hd0,msdos1)/boot/memdisk".to_owned()];
                say("linux16", &memdisk, args) + &say("initrd16", &image, &[])
            }
            Boot::Modular { loader, kernel, args, modules } => {
                let (load, module) = loader.commands();
                let zip = if loader.unzips() { "|--nounzip" } else { "" };
                let modules = modules
                    .iter()
                    .map(|m| say(&format!("{module}{zip}"), &inside(&m.file), &m.args));
                say(load, &inside(kernel), args) + &modules.collect::<String>()
            }
            Boot::LoopbackCfg { config } | Boot::OwnMenu { config, loader: MenuLoader::Grub } => {
                say("configfile", &inside(config), &[])
            }
            Boot::OwnMenu { config, loader: MenuLoader::Isolinux } => {
                say("syslinux_configfile|-i", &inside(config), &[])
            }
        }
    };
    let variants = found.variants.iter().filter_map(|v| Some(said(&found.boot.with(&v.args)?)));
    [said(&found.boot)].into_iter().chain(variants).collect()
}

/// The commands in what was said, each without what makes no difference: the order of parameters on
/// either side of `---`, repeated ones, the case of letters, the id of an ISO (those of the test are
/// not those of the ISOs that they are like), and blanks, which the end of the screen may swallow.
fn commands(said: &str) -> Vec<Vec<BTreeSet<String>>> {
    let said: String = said.chars().filter(|c| !c.is_whitespace()).collect();
    let is_id = |c: char| c.is_ascii_digit() || c == '-';
    let comparable = |word: &str| match word.rsplit_once('=') {
        Some((name, id)) if id.len() == 22 && id.chars().all(is_id) => format!("{name}=ID"),
        _ => word.to_ascii_lowercase(),
    };
    let command = |text: &str| {
        let (head, tail) = text.split_once("|---").unwrap_or((text, ""));
        let side = |text: &str| {
            text.split('|').filter(|word| !word.is_empty()).map(comparable).collect::<BTreeSet<_>>()
        };
        vec![side(head), side(tail)]
    };
    said.split(['{', '}']).filter(|text| text.starts_with('|')).map(command).collect()
}

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

/// Where what GRUB said of a walk's ISOs differs from the verdicts.
fn differences(said: &str, expected: &BTreeMap<String, Verdict>, fs_uuid: &str) -> String {
    let mut wrong = String::new();
    for (name, verdict) in expected {
        let recipe = match verdict {
            Verdict::Boots(found) => &found.recipe,
            Verdict::Refused { recipe, .. } => recipe,
        };
        let is = said.split_once(&format!(";<{name}> is ")).map(|(_, rest)| rest);
        let is = is.and_then(|rest| rest.split_once('.')).map_or("nothing", |(is, _)| is);
        if is != recipe {
            writeln!(wrong, "{name}: {recipe} expected, GRUB says {is}").unwrap();
        }
        let offers = said.split_once(&format!("<{name}> offers:")).map(|(_, rest)| rest);
        let offers = offers.and_then(|rest| rest.split_once(";<")).map_or("", |(text, _)| text);
        let offered = commands(offers);
        let Verdict::Boots(found) = verdict else {
            if !offered.is_empty() {
                writeln!(wrong, "{name}: refused, but GRUB offers {offers}").unwrap();
            }
            continue;
        };
        let value = |placeholder| match placeholder {
            Placeholder::IsoPath => format!("/walk/{name}"),
            Placeholder::IsoName => name.clone(),
            Placeholder::FsUuid => fs_uuid.to_owned(),
            Placeholder::PartLabel => "isos".to_owned(),
        };
        for way in ways(found, value) {
            let wanted = commands(&way);
            if !offered.windows(wanted.len()).any(|some| some == wanted) {
                writeln!(wrong, "{name}: {way} expected, GRUB offers {offers}").unwrap();
            }
        }
    }
    wrong
}

#[test]
fn every_kind_is_recognised_and_offered_at_boot_and_hostile_names_are_names() {
    let Some(room) = Room::new() else { return };
    std::fs::create_dir_all(room.path("isos/walk")).unwrap();
    let mut expected = BTreeMap::new();
    let catalogue = Catalogue::builtin();
    for (name, mut facts) in known() {
        like(&facts, &room.path(format!("isos/walk/{name}.iso")));
        facts.volume_id = facts.volume_id.chars().take(32).collect();
        let file = format!("{name}.iso");
        expected.insert(file, catalogue.recognise_at_boot(&facts, &name));
    }
    for name in HOSTILE {
        installer(b"k", b"i").write(&room.path("isos/walk").join(name)).unwrap();
    }
    let key = room.waiting_key("[[tree]]\nfrom = \"isos\"\nto = \"isos:/\"\n");
    let config = |name: &str| on_boot_partition(&room, &key, &format!("/boot/grub/{name}.cfg"));
    let (Some(menu), Some(list), Some(recognise)) =
        (config("grub"), config("discover"), config("recognise"))
    else {
        return;
    };
    let from_to = |text: &str, from: &str, to: &str| {
        let at = text.find(from).unwrap();
        text[at..at + text[at..].find(to).unwrap()].to_owned()
    };
    // What is read before the first ISO is looked at.
    let functions = from_to(&menu, "function attach {", "\nsubmenu ");
    let brand = from_to(&list, "function name_brand {", "\n}\n") + "\n}\n";
    let script = format!("{functions}\n{brand}{}{WALK}", talking(&recognise));
    let Some(said) = in_grub(&room, &key, &script) else { return };
    let fs_uuid = room.run(["plan", "--json", "key.toml"]).expect_success("bootkey plan").stdout;
    let fs_uuid: serde_json::Value = serde_json::from_str(&fs_uuid).unwrap();
    let fs_uuid = fs_uuid["partitions"][1]["uuid"].as_str().unwrap();
    let wrong = differences(&said, &expected, fs_uuid);
    assert!(wrong.is_empty(), "{wrong}\n{said}");
    let hostile = said.matches("> is self-contained-installer.").count();
    let self_contained = |v: &&Verdict| match v {
        Verdict::Boots(found) => found.recipe == "self-contained-installer",
        Verdict::Refused { .. } => false,
    };
    let others = expected.values().filter(self_contained).count();
    assert_eq!(hostile, others + HOSTILE.len(), "{said}");
    assert!(said.contains("walked") && !said.contains("error"), "{said}");

    // Tamper: another decision, and another parameter, are noticed.
    for (was, becomes) in [("set recipe='live-boot'", "set recipe='x'"), ("boot=live", "boot=x")] {
        assert!(script.contains(was));
        let said = in_grub(&room, &key, &script.replace(was, becomes)).unwrap();
        let wrong = differences(&said, &expected, fs_uuid);
        assert!(wrong.contains("debian") && wrong.lines().count() < expected.len(), "{wrong}");
    }
}

#[test]
fn an_empty_partition_says_how_to_add_isos() {
    let Some(room) = Room::new() else { return };
    let key = room.waiting_key("");
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
    let first = room.waiting_key(&spec);
    let menu = on_boot_partition(&room, &first, "/boot/grub/grub.cfg").unwrap();
    for line in menu.lines().map(str::trim) {
        let file = |line: &str| line.split_whitespace().nth(1).unwrap().to_owned();
        let load = line.strip_prefix("if ! ").or(line.strip_prefix("elif ! ")).unwrap_or_default();
        if line.starts_with("if open_iso") {
            writeln!(walk, "{line}\necho -n open,").unwrap();
        } else if load.starts_with("linux") || load.starts_with("initrd") {
            writeln!(walk, "if [ -f {} ]; then echo -n there,; fi", file(load)).unwrap();
        } else if line.starts_with("missing_iso") {
            writeln!(walk, "fi").unwrap();
        }
    }
    std::fs::create_dir(room.path("scripts")).unwrap();
    room.text("scripts/walk.cfg", &(walk + "echo walked\n"));
    let key =
        room.waiting_key(&format!("{spec}[[tree]]\nfrom = \"scripts\"\nto = \"boot:/walk\"\n"));
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
    let key = room.waiting_key(more);
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
