//! What the catalogue says about known ISOs, and about real ones where they are installed.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use boot_recipes::{Arg, Available, Boot, Catalogue, Error, Module, Verdict};
use iso_probe::{IsoFacts, IsoImage};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Seek, SeekFrom};
use testbench::makers_iso;

fn known() -> BTreeMap<String, IsoFacts> {
    testbench::known_isos()
}

const WITH: Available = Available { memdisk: true };
const WITHOUT: Available = Available { memdisk: false };

fn recipe(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Boots(found) => &found.recipe,
        Verdict::Refused { recipe, .. } => recipe,
    }
}

/// A verdict for people to read: what a key's menu would do.
fn golden(verdict: &Verdict) -> String {
    let found = match verdict {
        Verdict::Refused { recipe, title, reason, found, suggestion, looked_for } => {
            assert_eq!(looked_for.is_empty(), recipe != "unknown");
            return format!(
                "refused by {recipe}: {title}\nbecause {reason}\nfound: {found}\ninstead: \
                 {suggestion}\n"
            );
        }
        Verdict::Boots(found) => found,
    };
    let args = |args: &[Arg]| args.iter().map(|a| format!(" {a}")).collect::<String>();
    let brand = found.brand.as_deref().unwrap_or("of no known brand");
    let mut out = format!(
        "{} ({brand}, {}, icon {}): {}\n{}\n",
        found.recipe,
        format!("{:?}", found.evidence).to_lowercase(),
        found.class,
        found.title,
        found.why
    );
    if let Some(follows) = &found.follows {
        out += &format!("follows {follows}\n");
    }
    out += "\n";
    out += &match &found.boot {
        Boot::Linux { kernel, initrds, args: own } => {
            let initrd: String = initrds.iter().map(|i| format!(" {i}")).collect();
            format!("linux {kernel}{}\ninitrd{initrd}\n", args(own))
        }
        Boot::Linux16 { kernel, initrd, args: own } => {
            format!("linux16 {kernel}{}\ninitrd16 {initrd:?}\n", args(own))
        }
        Boot::Memdisk { image, args: own } => format!("memdisk{} with {image:?}\n", args(own)),
        Boot::Modular { loader, kernel, args: own, modules } => {
            let (load, load_module) = loader.commands();
            let one = |m: &Module| format!("{load_module} {}{}\n", m.file, args(&m.args));
            let modules: String = modules.iter().map(one).collect();
            format!("{load} {kernel}{}\n{modules}", args(own))
        }
        Boot::LoopbackCfg { config } => format!("configfile {config}\n"),
        Boot::OwnMenu { config, loader } => format!("{loader:?} menu {config}\n"),
    };
    for (machine, path) in &found.uefi {
        out += &format!("under UEFI on {machine:?}: {path}\n");
    }
    out += "\n";
    if !found.filesystems.is_empty() {
        out += &format!("from {}\n", found.filesystems.join(", "));
    }
    for variant in &found.variants {
        out += &format!("{}: +{}\n", variant.title, args(&variant.args));
    }
    if let Some(kept) = &found.persistence {
        out += &format!("persistence: +{}; {}\n", args(&kept.args), kept.storage);
    }
    if let Some(auto) = &found.autoinstall {
        out += &format!("unattended: +{}; {}\n", args(&auto.args), auto.answers);
    }
    for warning in &found.warnings {
        out += &format!("warning: {warning}\n");
    }
    out
}

#[test]
fn golden_verdicts() {
    let catalogue = Catalogue::builtin();
    for (name, facts) in known() {
        let with = catalogue.recognise(&facts, &name, &WITH);
        let without = catalogue.recognise(&facts, &name, &WITHOUT);
        let mut text = golden(&with);
        if with != without {
            text.push_str("\nwithout memdisk on the key:\n");
            text.push_str(&golden(&without));
        }
        insta::assert_snapshot!(name, text);
    }
}

/// Nobody is left to the last resort that a recipe knows: at least sixty families.
#[test]
fn every_family_is_recognised() {
    let catalogue = Catalogue::builtin();
    let mut families = BTreeSet::new();
    for (name, facts) in known() {
        let verdict = catalogue.recognise(&facts, &name, &WITH);
        let unknown = ["data-cd", "homebrew-with-a-broken-loopback-cfg"];
        let is_unknown = unknown.contains(&name.as_str()) || name.starts_with("unknown-");
        assert_eq!(recipe(&verdict) == "unknown", is_unknown, "{name}: {verdict:?}");
        if !is_unknown && !name.contains("hostile") && !name.contains("many") {
            let brand = match &verdict {
                Verdict::Boots(found) => found.brand.clone(),
                Verdict::Refused { .. } => None,
            };
            families.insert(brand.unwrap_or_else(|| recipe(&verdict).to_owned()));
        }
    }
    assert!(families.len() >= 60, "{}: {families:?}", families.len());
}

/// The recipe in the documentation is one, and fits between the others.
#[test]
fn the_recipe_that_the_documentation_shows_is_taken() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/adding-a-distribution.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut blocks = page.split("```toml\n").filter(|block| block.starts_with("id = "));
    let text = blocks.next().and_then(|block| block.split("```").next()).unwrap();
    let with = |text: &str| {
        let mut all = files();
        all.push(("engines/examplelinux.toml".to_owned(), text.to_owned()));
        Catalogue::load(all.iter().map(|(n, t)| (n.as_str(), t.as_str()))).map(|_| ())
    };
    with(text).unwrap();
    with(&text.replace("priority = ", "prority = ")).unwrap_err();
}

/// Where several recipes fit, one decides, and it is not chance which: none has another's priority,
/// and the order in which files are loaded does not matter.
#[test]
fn no_two_recipes_tie() {
    let catalogue = Catalogue::builtin();
    let mut backwards: Vec<(String, String)> = files();
    backwards.reverse();
    let backwards =
        Catalogue::load(backwards.iter().map(|(n, t)| (n.as_str(), t.as_str()))).unwrap();
    for (name, facts) in known() {
        let fitting: Vec<&str> = catalogue.fitting(&facts).collect();
        assert_eq!(fitting, backwards.fitting(&facts).collect::<Vec<_>>(), "{name}");
        let verdict = catalogue.recognise(&facts, &name, &WITH);
        assert_eq!(verdict, backwards.recognise(&facts, &name, &WITH), "{name}");
        // What decides is the first that fits and whose files are there.
        assert!(fitting.contains(&recipe(&verdict)), "{name}");
    }
}

/// Where several recipes fit, the one that decides is meant to: each pair is written down here, and
/// a new one is a mistake or a line more.
#[test]
fn no_recipe_is_shadowed_unawares() {
    let catalogue = Catalogue::builtin();
    let mut pairs = BTreeSet::new();
    for (name, facts) in known() {
        let verdict = catalogue.recognise(&facts, &name, &WITH);
        let decides = recipe(&verdict).to_owned();
        for other in catalogue.fitting(&facts).filter(|id| *id != decides && *id != "unknown") {
            pairs.insert(format!("{decides} before {other}"));
        }
    }
    let pairs: Vec<String> = pairs.into_iter().collect();
    insta::assert_snapshot!(pairs.join("\n"), @r"
    alpine before self-contained
    alt before self-contained
    anaconda before anaconda-netinst
    anaconda-legacy before memtest86-passmark
    anaconda-netinst before dracut-live
    anaconda-netinst before self-contained-installer
    antix before self-contained
    archboot-rootfs before grub-rescue
    archiso before loopback-cfg
    artix before miso
    casper before debian-installer-medium
    casper before loopback-cfg
    coreos before self-contained
    debian-installer-medium before self-contained
    fai before dracut-live
    fll before self-contained
    genkernel before dracut-live
    ipxe before self-contained
    kairos-uki before self-contained
    knoppix before self-contained
    linuxrc before linuxrc-net
    linuxrc before self-contained
    live-boot before debian-installer-medium
    live-boot before loopback-cfg
    liveslak before self-contained
    memtest86plus-kernel before self-contained
    nixos before loopback-cfg
    nixos-systemd before nixos
    other-architecture before debian-installer-medium
    qubes before anaconda
    self-contained-installer before memtest86-passmark
    self-contained-installer before self-contained
    super-grub2-disk before grub-rescue
    winpe before windows-setup
    ");
}

/// The time grows as the number of files does, up to as many as facts can list, with deep names that
/// many patterns start to like.
#[test]
fn ten_times_the_files_take_ten_times_the_time() {
    let time = |files: usize| {
        let mut facts = known().remove("data-cd").unwrap();
        for n in 0..files {
            let folder =
                ["boot/x/loader", "live", "casper/a", "images/pxeboot", "arch/boot/x"][n % 5];
            facts.paths.insert(format!("/{folder}/{n}/vmlinu-{n}.squashf"), 1);
        }
        let started = std::time::Instant::now();
        assert_eq!(recipe(&Catalogue::builtin().recognise(&facts, "x", &WITH)), "unknown");
        started.elapsed()
    };
    let (few, many) = (time(10_000), time(100_000));
    // It would be a hundred times, if every file were compared with every other.
    assert!(many < few * 40, "{few:?} for 10,000, {many:?} for 100,000");
}

/// The recipes' files, as they lie in the folder.
fn files() -> Vec<(String, String)> {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/recipes"));
    let mut files = Vec::new();
    for folder in std::fs::read_dir(root).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    files
}

#[test]
fn every_recipe_decides_a_known_iso() {
    let catalogue = Catalogue::builtin();
    let decided: BTreeSet<String> = known()
        .iter()
        .map(|(name, facts)| recipe(&catalogue.recognise(facts, name, &WITH)).to_owned())
        .collect();
    for recipe in catalogue.recipes() {
        assert!(decided.contains(recipe.id()), "no facts file is decided by `{}`", recipe.id());
    }
}

/// Refusals never say that a thing is not there which is, nor the other way round: what a
/// verdict starts is in the ISO, spelled as the ISO has it.
#[test]
fn what_boots_is_there() {
    let catalogue = Catalogue::builtin();
    for (name, facts) in known() {
        for key in [WITH, WITHOUT] {
            let Verdict::Boots(found) = catalogue.recognise(&facts, &name, &key) else { continue };
            assert!(key.memdisk || !found.boot.needs_memdisk(), "{name}");
            for file in found.boot.files() {
                assert!(facts.size(file).is_some(), "{name}: {file}");
            }
        }
    }
}

#[test]
fn the_size_of_an_iso_counts() {
    let catalogue = Catalogue::builtin();
    let mut facts = known().remove("grub-rescue-2.06").unwrap();
    assert_eq!(recipe(&catalogue.recognise(&facts, "x", &WITH)), "grub-rescue");
    facts.file_size_bytes = 65 << 20;
    assert_eq!(recipe(&catalogue.recognise(&facts, "x", &WITH)), "unknown");
}

#[test]
fn a_recipe_can_be_forced() {
    let catalogue = Catalogue::builtin();
    let facts = known();
    let arch = &facts["centos-5-dvd"];
    assert_eq!(recipe(&catalogue.recognise(arch, "x", &WITH)), "anaconda-legacy");
    let forced = catalogue.recognise_as("self-contained-installer", arch, "x", &WITH).unwrap();
    let Verdict::Boots(forced) = forced else { panic!("{forced:?}") };
    assert_eq!(forced.why, "is to be booted by this recipe, says the spec");
    // …but not without its files,
    assert_eq!(
        catalogue.recognise_as("ipxe", arch, "x", &WITH).unwrap_err().to_string(),
        "the recipe `ipxe` does not fit this ISO: it starts /ipxe.krn or /ipxe.lkrn, and the ISO \
         does not have that"
    );
    // …nor under a name that nobody has.
    let error = catalogue.recognise_as("debian-live", arch, "x", &WITH).unwrap_err();
    assert!(matches!(error, Error::UnknownRecipe { .. }));
    let known = catalogue.recipes().iter().all(|r| error.to_string().contains(r.id()));
    assert!(known, "{error}");
    // A refusal is a verdict, too.
    let refused = catalogue.recognise_as("windows-setup", arch, "x", &WITH).unwrap();
    assert!(matches!(refused, Verdict::Refused { .. }));
}

/// An ISO's own entry may forbid what a key is to have: the entry with persistence does not inherit
/// that, in any family.
#[test]
fn what_forbids_persistence_is_not_inherited() {
    let catalogue = Catalogue::builtin();
    let mut inherited = 0;
    for (name, mut facts) in known() {
        let Verdict::Boots(found) = catalogue.recognise(&facts, &name, &WITH) else { continue };
        let Some(persistence) = found.persistence else { continue };
        let flags = persistence.args.iter().map(Arg::to_string).filter(|arg| !arg.contains('='));
        let forbidden: Vec<String> = flags.map(|flag| format!("no{flag}")).collect();
        for entry in &mut facts.boot_entries {
            entry.args.extend(forbidden.iter().cloned());
        }
        let Verdict::Boots(found) = catalogue.recognise(&facts, &name, &WITH) else { continue };
        let forbids = |boot: &Boot| boot.args().any(|arg| forbidden.contains(&arg.to_string()));
        inherited += usize::from(forbids(&found.boot));
        let with = found.boot.with(&persistence.args).unwrap();
        assert!(!forbids(&with), "{name}: {:?}", with.args().collect::<Vec<_>>());
    }
    assert!(inherited > 5, "{inherited} ISOs' own entries were followed");
}

/// A menu that gives no entry is talked of, unless another one does.
#[test]
fn a_menu_that_was_not_understood_is_a_warning() {
    let catalogue = Catalogue::builtin();
    let mut facts = known().remove("manjaro-23").unwrap();
    let config = facts.configs.values_mut().next().unwrap();
    config.trouble = Some("line 7: the quote has no end".to_owned());
    let warned = |facts: &IsoFacts| match catalogue.recognise(facts, "x", &WITH) {
        Verdict::Boots(found) => found.warnings.iter().any(|w| w.contains("line 7: the quote")),
        Verdict::Refused { reason, .. } => panic!("{reason}"),
    };
    assert!(!warned(&facts), "there are entries");
    facts.boot_entries.clear();
    assert!(warned(&facts));
}

#[test]
fn precedence_is_data() {
    // Two recipes fit the same ISO; swapping their priorities swaps the verdict.
    let recipe_text = |id: &str, priority: u32| {
        format!(
            "id = \"{id}\"\ntitle = \"{{volume_id}}\"\nclass = \"x\"\npriority = {priority}\n\
             certain = \"paths\"\nevidence = \"source\"\nplaces = [\"x.c\"]\n[when]\nall = [\"/isolinux/vmlinuz\"]\n\
             [[boot]]\nmethod = \"linux\"\nkernel = [\"/isolinux/vmlinuz\"]\n"
        )
    };
    let last = include_str!("../recipes/refusals/unknown.toml");
    let facts = &known()["centos-5-netinstall"];
    for (a, b, first) in [(1, 2, "a"), (2, 1, "b")] {
        let (a, b) = (recipe_text("a", a), recipe_text("b", b));
        let files = [("a.toml", a.as_str()), ("b.toml", b.as_str()), ("last.toml", last)];
        let verdict = Catalogue::load(files).unwrap().recognise(facts, "x", &WITH);
        assert_eq!(recipe(&verdict), first);
        let Verdict::Boots(found) = verdict else { panic!() };
        assert_eq!(found.title, "CentOS");
    }
}

#[test]
fn an_iso_s_names_do_not_act_on_a_terminal_or_on_grub() {
    let catalogue = Catalogue::builtin();
    let acts = |text: &str| text.chars().any(|c| c.is_control() || c == '\u{202e}');
    let mut facts = known().remove("debian-12.5-live").unwrap();
    for entry in &mut facts.boot_entries {
        entry.title = "a\u{1b}[2J\u{202e}b".into();
    }
    let Verdict::Boots(found) = catalogue.recognise(&facts, "x", &WITH) else { panic!() };
    assert!(found.follows.unwrap().contains(r"a\u{1b}[2J\u{202e}b"));
    assert!(!acts(&found.why) && !found.warnings.iter().any(|w| acts(w)));

    // Nobody can write an entry for a file of such a name: no recipe boots it.
    for entry in &mut facts.boot_entries {
        entry.kernel += "\nreboot";
    }
    facts.paths = facts.paths.into_iter().map(|(path, len)| (path + "\nreboot", len)).collect();
    let verdict = catalogue.recognise(&facts, "x\u{1b}[2J\n", &WITH);
    let Verdict::Refused { title, reason, found, suggestion, .. } = &verdict else {
        panic!("{verdict:?}")
    };
    assert!(title.contains(r"\u{1b}[2J"), "{title}");
    assert!(![title, reason, found, suggestion].into_iter().any(|text| acts(text)));
}

/// The ISOs of `cargo xtask isos --makers`, with the names of their recorded facts.
const MAKERS: [(&str, &str); 10] = [
    ("fai-cd.iso", "fai-cd-6"),
    ("memtest86plus-x64-trixie.iso", "memtest86plus-7-x64"),
    ("memtest86plus-ia32-trixie.iso", "memtest86plus-7-ia32"),
    ("memtest86plus-x64-unstable.iso", "memtest86plus-8-x64"),
    ("memtest86plus-ia32-unstable.iso", "memtest86plus-8-ia32"),
    ("memtest86plus-grub.iso", "memtest86plus-7-grub"),
    ("ipxe-trixie.iso", "ipxe-1.21"),
    ("ipxe-unstable.iso", "ipxe-2.0"),
    ("grub-rescue-trixie.iso", "grub-rescue-2.12"),
    ("grub-rescue-unstable.iso", "grub-rescue-2.14"),
];

/// Recordings of ISOs that no package has and nothing here makes: their verdict is compared, their facts are not.
const NOT_HERE: [&str; 0] = [];

/// The recorded facts of real ISOs against those of today's.
#[test]
fn real_isos_are_recognised_as_recorded() {
    let catalogue = Catalogue::builtin();
    let mut recorded: BTreeMap<String, IsoFacts> = testbench::recorded_isos();
    for (path, name) in [
        ("/usr/lib/ipxe/ipxe.iso", "ipxe-2021"),
        ("/usr/lib/memtest86+/memtest86+x64.iso", "memtest86plus-6-x64"),
        ("/usr/lib/memtest86+/memtest86+ia32.iso", "memtest86plus-6-ia32"),
        ("/usr/lib/grub-rescue/grub-rescue-cdrom.iso", "grub-rescue-2.06"),
    ] {
        let recorded = recorded.remove(name).unwrap();
        let Ok(file) = std::fs::File::open(path) else {
            testbench::missing(path);
            continue;
        };
        let size = file.metadata().unwrap().len();
        let mut image = IsoImage::open(file, size).unwrap();
        image.read_initrds().unwrap();
        let facts = image.into_facts();
        for key in [WITH, WITHOUT] {
            assert_eq!(
                catalogue.recognise(&facts, name, &key),
                catalogue.recognise(&recorded, name, &key),
                "{path}"
            );
        }
    }
    // What is made anew has the newest kernel, so only what decides is the same.
    let decides = |facts: &IsoFacts, name: &str| {
        let Verdict::Boots(found) = catalogue.recognise(facts, "x", &WITH) else {
            panic!("{name}")
        };
        let title = found.menu_title().to_string();
        (found.recipe, found.why, found.follows, title)
    };
    let made = [
        (testbench::live_iso("debian-12-live.iso"), "debian-12-live-build"),
        (testbench::live_iso("dracut-live.iso"), "dracut-059-grub-mkrescue"),
    ];
    for (path, name) in made.into_iter().chain(MAKERS.map(|(iso, name)| (makers_iso(iso), name))) {
        let recorded = recorded.remove(name).unwrap();
        let Some(path) = path else { continue };
        let file = std::fs::File::open(&path).unwrap();
        let size = file.metadata().unwrap().len();
        let read = Cell::new(0);
        let mut image = IsoImage::open(Counted { file, read: &read }, size).unwrap();
        let live_build = name == "debian-12-live-build";
        if live_build {
            // An early name shows the engine, and vouches for a driver behind 100 MB of others.
            read.set(0);
            catalogue.read_initrds(&mut image, None, Some("ext")).unwrap();
            assert!((1..1 << 20).contains(&read.get()), "{} bytes of its initrd", read.get());
            read.set(0);
        }
        image.read_initrds().unwrap();
        if live_build {
            assert!(read.get() > 16 << 20, "{} bytes of its initrd", read.get());
        }
        assert_eq!(decides(&image.into_facts(), name), decides(&recorded, name));
    }
    NOT_HERE.iter().for_each(|name| drop(recorded.remove(*name).unwrap()));
    let left: Vec<&String> = recorded.keys().collect();
    assert!(recorded.is_empty(), "who compares {left:?}? Or do they belong to NOT_HERE?");
}

/// A file, and how many bytes of it were read.
struct Counted<'c> {
    file: std::fs::File,
    read: &'c Cell<usize>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buf)?;
        self.read.set(self.read.get() + read);
        Ok(read)
    }
}

impl Seek for Counted<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Unpacking only the initrds that the catalogue asks for gives the verdict that all of them would,
/// and some are not asked for.
#[test]
fn what_is_not_unpacked_would_change_nothing() {
    let catalogue = Catalogue::builtin();
    let (mut with_initrds, mut not_unpacked) = (0, Vec::new());
    for (name, all) in known() {
        let mut known = all.clone();
        known.initrds.clear();
        known.unread_initrds = all.initrds.keys().cloned().collect();
        while let Some(path) = catalogue.unread(&known, None, Some("exfat")).map(str::to_owned) {
            known.unread_initrds.retain(|p| *p != path);
            known.initrds.insert(path.clone(), all.initrds[&path].clone());
        }
        let mut verdict = catalogue.recognise(&known, &name, &WITH);
        let mut expected = catalogue.recognise(&all, &name, &WITH);
        for verdict in [&mut verdict, &mut expected] {
            if let Verdict::Boots(found) = verdict {
                let exfat = found.filesystems.iter().any(|f| f == "exfat");
                assert!(exfat || !found.unread_filesystems.iter().any(|f| f == "exfat"), "{name}");
                // Of the others nobody asked.
                found.filesystems.retain(|f| f == "exfat");
                found.unread_filesystems.clear();
            }
        }
        assert_eq!(verdict, expected, "{name}");
        with_initrds += usize::from(!all.initrds.is_empty());
        if known.initrds.is_empty() && !all.initrds.is_empty() {
            not_unpacked.push(name);
        }
    }
    let names = not_unpacked.join(" ");
    assert!(!not_unpacked.is_empty() && not_unpacked.len() < with_initrds, "{names}");
    // Tamper: without the question, an initrd that decides is missed.
    let all = &known()["pop-os-20.04"];
    let refused = |facts: &IsoFacts| {
        matches!(catalogue.recognise(facts, "x", &WITH), Verdict::Refused { .. })
    };
    assert!(refused(all));
    let mut unasked = all.clone();
    unasked.initrds.clear();
    unasked.unread_initrds = all.initrds.keys().cloned().collect();
    assert!(!refused(&unasked));
}
