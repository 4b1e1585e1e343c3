//! Evidence is ranked: names in an initrd, headers, the menu's parameters, paths, the volume id. A
//! lower kind never outvotes a higher one, whichever engines the two speak for.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use boot_recipes::{Available, Boot, Catalogue, EvidenceRank, Recognised, Verdict};
use iso_probe::{BootEntry, Initrd, IsoFacts};
use std::sync::LazyLock;

const KEY: Available = Available { memdisk: true };

/// An engine: what its initrd holds, what it needs besides to find an ISO file, the parameter by
/// which its menus are known, a path, and the parameter that tells it where its ISO lies.
struct Engine {
    recipe: &'static str,
    names: &'static [&'static str],
    iso_hook: &'static [&'static str],
    token: &'static str,
    path: &'static str,
    told: &'static str,
}

const ENGINES: &[Engine] = &[
    Engine {
        recipe: "casper",
        names: &["scripts/casper"],
        iso_hook: &["scripts/casper-premount/20iso_scan"],
        token: "boot=casper",
        path: "/casper/filesystem.squashfs",
        told: "iso-scan/filename=",
    },
    Engine {
        recipe: "live-boot",
        names: &["scripts/live", "lib/live/boot/9990-main.sh"],
        iso_hook: &[],
        token: "boot=live",
        path: "/live/filesystem.squashfs",
        told: "findiso=",
    },
    Engine {
        recipe: "fll",
        names: &["scripts/fll"],
        iso_hook: &[],
        token: "boot=fll",
        path: "/siduction/siduction.squashfs",
        told: "fromiso=",
    },
    Engine {
        recipe: "archiso",
        names: &["hooks/archiso"],
        iso_hook: &["hooks/archiso_loop_mnt"],
        token: "archisobasedir=arch",
        path: "/arch/x86_64/airootfs.sfs",
        told: "img_loop=",
    },
    Engine {
        recipe: "archiso",
        names: &["hooks/parabolaiso"],
        iso_hook: &["hooks/parabolaiso_loop_mnt"],
        token: "parabolaisobasedir=parabola",
        path: "/parabola/x86_64/root-image.sfs",
        told: "img_loop=",
    },
    Engine {
        recipe: "miso",
        names: &["hooks/miso"],
        iso_hook: &["hooks/miso_loop_mnt"],
        token: "misobasedir=manjaro",
        path: "/manjaro/x86_64/rootfs.sfs",
        told: "img_loop=",
    },
    Engine {
        recipe: "dracut-live",
        names: &["sbin/dmsquash-live-root"],
        iso_hook: &["lib/dracut/hooks/cmdline/31-parse-iso-scan.sh", "sbin/iso-scan"],
        token: "root=live:CDLABEL=X",
        path: "/LiveOS/squashfs.img",
        told: "iso-scan/filename=",
    },
    // dracut since its hooks moved, and kiwi's module.
    Engine {
        recipe: "dracut-live",
        names: &["var/lib/dracut/hooks/cmdline/30-parse-kiwi-live.sh"],
        iso_hook: &["var/lib/dracut/hooks/cmdline/31-parse-iso-scan.sh"],
        token: "rd.live.image",
        path: "/LiveOS/squashfs.img",
        told: "iso-scan/filename=",
    },
    Engine {
        recipe: "genkernel",
        names: &["etc/initrd.scripts"],
        iso_hook: &[],
        token: "cdroot",
        path: "/image.squashfs",
        told: "isoboot=",
    },
    Engine {
        recipe: "linux-live",
        names: &["lib/livekitlib"],
        iso_hook: &[],
        token: "slax.flags=perch",
        path: "/slax/01-core.sb",
        told: "from=",
    },
    Engine {
        recipe: "anaconda-netinst",
        names: &["lib/anaconda-lib.sh", "sbin/anaconda-diskroot"],
        iso_hook: &[],
        token: "inst.stage2=hd:LABEL=X",
        path: "/images/install.img",
        told: "inst.stage2=hd:UUID=",
    },
    Engine {
        recipe: "antix",
        names: &["lib/live-init-utils.sh"],
        iso_hook: &[],
        token: "quiet",
        path: "/antiX/linuxfs",
        told: "fromiso=",
    },
    Engine {
        recipe: "nixos",
        names: &["nix/store/x-stage-1-init.sh"],
        iso_hook: &[],
        token: "init=/nix/store/x/init",
        path: "/nix-store.squashfs",
        told: "findiso=",
    },
];

fn initrd(names: impl IntoIterator<Item = &'static str>) -> Initrd {
    let names = names.into_iter().chain(["init"]).map(str::to_owned).collect();
    Initrd { names, ..Initrd::default() }
}

/// An ISO whose menu has one entry, with these parameters, and these other files.
fn iso(initrd: Option<Initrd>, args: &[&str], files: &[&str]) -> IsoFacts {
    let mut facts = IsoFacts { volume_id: "X".into(), ..IsoFacts::default() };
    for path in ["/k/vmlinuz", "/k/initrd"].iter().chain(files) {
        facts.paths.insert((*path).to_owned(), 1);
    }
    facts.boot_entries.push(BootEntry {
        config: "/boot/grub/grub.cfg".into(),
        title: "Start".into(),
        default: true,
        kernel: "/k/vmlinuz".into(),
        initrds: vec!["/k/initrd".into()],
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        hypervisor: None,
    });
    facts.initrds.extend(initrd.map(|initrd| ("/k/initrd".to_owned(), initrd)));
    facts
}

fn verdict(facts: &IsoFacts) -> Verdict {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);
    CATALOGUE.recognise(facts, "x", &KEY)
}

fn boots(facts: &IsoFacts) -> Recognised {
    match verdict(facts) {
        Verdict::Boots(found) => *found,
        Verdict::Refused { recipe, reason, .. } => panic!("{recipe}: {reason}\n{facts:?}"),
    }
}

fn args(found: &Recognised) -> String {
    let Boot::Linux { args, .. } = &found.boot else { panic!("{found:?}") };
    args.iter().map(|arg| format!(" {arg}")).collect()
}

/// Whatever the menu and the paths say, and even if all of them say it: the initrd decides. Each
/// engine is put under each other one's name.
#[test]
fn the_initrd_outvotes_the_menu_and_the_paths() {
    let mut tried = 0;
    for real in ENGINES {
        for claimed in ENGINES.iter().filter(|e| e.recipe != real.recipe) {
            let names = real.names.iter().chain(real.iso_hook).copied();
            let files = [claimed.path, real.path];
            let facts = iso(Some(initrd(names)), &[claimed.token, "quiet"], &files);
            let found = boots(&facts);
            let context = format!("{} that says {}", real.recipe, claimed.recipe);
            assert_eq!(found.recipe, real.recipe, "{context}");
            assert!(args(&found).contains(real.told), "{context}: {}", args(&found));
            // Tamper: without the initrd, the menu is believed, or whatever comes before it.
            let blind = iso(None, &[claimed.token, "quiet"], &files);
            let same = matches!(verdict(&blind), Verdict::Boots(b) if b.recipe == real.recipe);
            tried += usize::from(!same);
        }
    }
    assert!(tried > 100, "in {tried} cases the initrd made the difference");
}

/// An initrd that was read to its end and holds none of an engine's files is not that engine's,
/// where all releases have such files.
#[test]
fn an_init_of_its_own_is_no_engine_s() {
    let catalogue = Catalogue::builtin();
    let without = ["linux-live", "antix", "nixos"];
    for claimed in ENGINES.iter().filter(|e| !without.contains(&e.recipe)) {
        // Something outside of the initrd, so that it is not self-contained.
        let files = [claimed.path, "/x/root.squashfs"];
        let mut facts = iso(Some(initrd(["bin/busybox"])), &[claimed.token], &files);
        let Verdict::Refused { reason, .. } = verdict(&facts) else {
            panic!("{} boots", claimed.recipe)
        };
        let said = format!("looks like {}, but nothing of that is in its initrd", claimed.recipe);
        assert!(reason.contains(&said), "{reason}");
        // What the spec asks for is tried all the same.
        assert!(catalogue.recognise_as(claimed.recipe, &facts, "x", &KEY).is_ok());
        // Tamper: damaged before its end, it proves nothing, and the menu is believed.
        facts.initrds.values_mut().for_each(|i| i.incomplete = Some("cut".into()));
        assert_eq!(boots(&facts).recipe, claimed.recipe);
    }
}

/// What finds the system in an ISO file has to be in the initrd.
#[test]
fn an_initrd_without_the_hook_is_refused() {
    let mut refused = 0;
    for engine in ENGINES.iter().filter(|e| !e.iso_hook.is_empty()) {
        let without =
            iso(Some(initrd(engine.names.iter().copied())), &[engine.token], &[engine.path]);
        let Verdict::Refused { recipe, reason, .. } = verdict(&without) else {
            panic!("{} boots without its hook", engine.recipe)
        };
        assert_eq!(recipe, engine.recipe);
        assert!(reason.starts_with("its initrd lacks the"), "{reason}");
        refused += 1;
        // Tamper: with it, or if nobody can tell, it boots.
        let names = engine.names.iter().chain(engine.iso_hook).copied();
        boots(&iso(Some(initrd(names)), &[engine.token], &[engine.path]));
        let mut damaged = without;
        damaged.initrds.values_mut().for_each(|i| i.incomplete = Some("cut".into()));
        boots(&damaged);
    }
    assert!(refused >= 6, "{refused}");
}

/// The first names that show the engine are enough, and no more is asked for; a hook that is not
/// there yet is.
#[test]
fn reading_stops_when_nothing_can_change() {
    let catalogue = Catalogue::builtin();
    let unread = |names: &[&'static str], engine: &Engine| {
        let mut facts = iso(Some(initrd(names.iter().copied())), &[engine.token], &[engine.path]);
        facts.initrds.values_mut().for_each(|i| i.incomplete = Some("not yet".into()));
        facts.unread_initrds.push("/k/initrd".into());
        catalogue.unread(&facts, None, None).is_some()
    };
    for engine in ENGINES {
        assert!(unread(&[], engine), "{}: the menu alone is not certain", engine.recipe);
        let all: Vec<&str> = engine.names.iter().chain(engine.iso_hook).copied().collect();
        assert!(!unread(&all, engine), "{}", engine.recipe);
        if !engine.iso_hook.is_empty() {
            assert!(unread(engine.names, engine), "{}: has no hook yet", engine.recipe);
        }
    }
    // anaconda's initrd holds dracut's live module, too: whichever comes first.
    let anaconda = ENGINES.iter().find(|e| e.recipe == "anaconda-netinst").unwrap();
    assert!(unread(&["sbin/dmsquash-live-root", "sbin/iso-scan"], anaconda));
}

/// Of two engines in one initrd, the menu says which is meant: an installer's holds dracut's live
/// module, too, and a live system's may hold the installer.
#[test]
fn of_two_engines_in_an_initrd_the_menu_decides() {
    let names = ["lib/anaconda-lib.sh", "sbin/dmsquash-live-root", "sbin/iso-scan"];
    let files = ["/LiveOS/squashfs.img", "/images/install.img"];
    for (token, expected) in
        [("root=live:CDLABEL=X", "dracut-live"), ("inst.stage2=hd:LABEL=X", "anaconda-netinst")]
    {
        let mut facts = iso(Some(initrd(names)), &[token], &files);
        assert_eq!(boots(&facts).recipe, expected);
        // Whichever name comes first when it is read.
        facts.unread_initrds.push("/k/initrd".into());
        for seen in [&names[..1], &names[1..]] {
            let mut part = facts.clone();
            let mut read = initrd(seen.iter().copied());
            read.incomplete = Some("not yet".into());
            part.initrds.insert("/k/initrd".into(), read);
            let stops = Catalogue::builtin().unread(&part, None, None).is_none();
            assert!(!stops || boots(&part).recipe == expected, "{token} after {seen:?}");
        }
    }
}

/// A parameter in the menu counts for more than directories; a label for less than either.
#[test]
fn the_menu_outvotes_paths_and_labels() {
    let mut facts = iso(None, &["root=live:CDLABEL=X", "rd.live.image"], &["/live/vmlinuz"]);
    assert_eq!(boots(&facts).recipe, "dracut-live");
    facts = iso(None, &["boot=casper"], &["/casper/vmlinuz"]);
    facts.volume_id = "LMDE 6".into();
    assert_eq!(boots(&facts).recipe, "casper");
    facts = iso(None, &["boot=live"], &["/casper/vmlinuz"]);
    assert_eq!(boots(&facts).recipe, "live-boot");
}

/// A refusal by the volume id does not hold against an initrd that can open an ISO file; one that
/// says from which evidence on it is certain, does.
#[test]
fn refusals_are_outvoted_unless_they_are_certain() {
    let live = &ENGINES[1];
    let mut facts = iso(Some(initrd(live.names.iter().copied())), &[live.token], &[live.path]);
    facts.volume_id = "Mageia-9-Live-Plasma-x86_64".into();
    assert_eq!(boots(&facts).recipe, "live-boot");
    facts.paths.insert("/.pve-cd-id.txt".into(), 1);
    assert!(matches!(verdict(&facts), Verdict::Refused { recipe, .. } if recipe == "proxmox"));
}

/// Every recipe says from which evidence on it is certain, and no engine's is less than its initrd,
/// unless paths can only be its own.
#[test]
fn every_recipe_says_when_it_is_certain() {
    let catalogue = Catalogue::builtin();
    let by_paths: Vec<&str> = (catalogue.recipes().iter())
        .filter(|r| !r.is_refusal() && r.certain() < EvidenceRank::Initrd && r.priority() < 900)
        .map(|r| r.id())
        .collect();
    // Xen's kernel, or a root file system beside the initrd.
    assert_eq!(by_paths, ["xcp-ng", "qubes", "coreos"]);
}
