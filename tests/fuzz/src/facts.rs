//! Facts from an input, and a key with an ISO of these facts.

use boot_recipes::{Catalogue, Verdict};
use iso_probe::{
    BootEntry, BootImage, Emulation, Initrd, IsoFacts, Kernel, LoopbackCfg, Machine, Names,
    Platform as For,
};
use key_inventory::testing;
use key_plan::{Plan, resolve};
use key_spec::{Firmware, Iso as Asked, Spec};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

/// The folder of all recipes.
fn recipes() -> &'static BTreeMap<String, String> {
    static RECIPES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    RECIPES.get_or_init(|| {
        let folder =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/boot-recipes/recipes");
        let mut found = BTreeMap::new();
        for kind in ["brands", "engines", "installers", "refusals", "tools"] {
            for entry in std::fs::read_dir(folder.join(kind)).expect("recipes") {
                let path = entry.expect("a name").path();
                let name = path.file_name().expect("it has one").to_string_lossy().into_owned();
                let text = std::fs::read_to_string(&path).expect("a recipe");
                found.insert(format!("{kind}/{name}"), text);
            }
        }
        found
    })
}

/// The recipe and the brand of a verdict, and the recipe for what fits none: fewer to write down on
/// each key than all of them.
pub fn catalogue_of(verdict: &Verdict) -> Arc<Catalogue> {
    static SEEN: Mutex<BTreeMap<Vec<String>, Arc<Catalogue>>> = Mutex::new(BTreeMap::new());
    let mut ids = vec!["unknown".to_owned()];
    match verdict {
        Verdict::Boots(found) => {
            ids.push(found.recipe.clone());
            ids.extend(found.brand.clone());
        }
        Verdict::Refused { recipe, .. } => ids.push(recipe.clone()),
    }
    let mut seen = SEEN.lock().expect("one thread");
    let catalogue = seen.entry(ids.clone()).or_insert_with(|| {
        let wanted = recipes().iter().filter(|(name, _)| {
            let stem = name.rsplit_once('/').map_or("", |n| n.1.trim_end_matches(".toml"));
            ids.iter().any(|id| id == stem)
        });
        let files = wanted.map(|(name, text)| (name.as_str(), text.as_str()));
        Arc::new(Catalogue::load(files).expect("a part of a sound catalogue"))
    });
    Arc::clone(catalogue)
}

/// A key with this ISO alone, decided.
pub fn plan(name: &str, facts: &IsoFacts, catalogue: &Catalogue) -> Result<Plan, key_plan::Error> {
    let inventory =
        testing::inventory(testbench::handmade_grub::for_bios(), [(name, facts.clone())]);
    let mut spec = Spec::parse("key.toml", "").expect("an empty spec");
    spec.key.firmware = vec![Firmware::Bios];
    spec.iso = vec![Asked::at("x")];
    resolve(&spec, &inventory, catalogue)
}

/// The facts that an input stands for, and the name of the ISO file. Each part says one thing:
/// what, by its first byte, and then the text of it. What belongs together follows each other.
pub fn from_input(input: &[u8]) -> (String, IsoFacts) {
    let mut facts = IsoFacts { names: Names::RockRidge, ..IsoFacts::default() };
    let mut name = String::from("x.iso");
    for part in crate::isos::parts(input).take(400) {
        let Some((what, text)) = part.split_first() else { continue };
        let text = String::from_utf8_lossy(text).into_owned();
        let clean: String = text.chars().filter(|c| !c.is_control()).collect();
        let path = || format!("/{}", text.trim_matches('/'));
        let entry = facts.boot_entries.last_mut();
        match *what {
            b'n' => {
                // What a spec or a directory may call it.
                let file: String = clean.chars().filter(|c| *c != '/').take(200).collect();
                if !file.is_empty() && file != "." && file != ".." {
                    name = file;
                }
            }
            b'v' => facts.volume_id = text,
            b'j' => facts.joliet_volume_id = Some(text),
            b's' => facts.system_id = text,
            b'p' => facts.publisher_id = text,
            b'a' => facts.application_id = text,
            b'd' => facts.disk_info = Some(clean),
            b'u' => facts.volume_uuid = Some("2024-02-07-17-25-50-00".into()),
            b'/' => _ = facts.paths.insert(path(), 1 << 20),
            b'e' if facts.paths.contains_key(&path()) => {
                let config = "/boot/grub/grub.cfg".to_owned();
                let (title, default) = (String::new(), facts.boot_entries.is_empty());
                let (initrds, args) = (Vec::new(), Vec::new());
                let kernel = path();
                facts.boot_entries.push(BootEntry {
                    config,
                    title,
                    default,
                    kernel,
                    initrds,
                    args,
                    hypervisor: None,
                });
            }
            b't' => entry.into_iter().for_each(|e| e.title.clone_from(&clean)),
            b'i' => entry.into_iter().for_each(|e| e.initrds.push(path())),
            b'=' => entry.into_iter().for_each(|e| e.args.push(clean.clone())),
            b'k' => {
                let kernel = Kernel { machine: Some(Machine::X86_64), version: Some(clean) };
                facts.kernels.insert(path(), kernel);
            }
            b'r' => _ = facts.initrds.insert(path(), Initrd::default()),
            b'm' => facts.initrds.values_mut().for_each(|i| _ = i.names.insert(clean.clone())),
            b'f' => {
                facts.initrds.values_mut().for_each(|i| _ = i.filesystems.insert(clean.clone()))
            }
            b'l' => {
                facts.loopback_cfg =
                    Some(LoopbackCfg { path: "/boot/grub/loopback.cfg".into(), flaw: None })
            }
            b'x' => _ = facts.efi_programs.insert(path(), Machine::X86_64),
            b'b' => facts.el_torito.push(BootImage {
                platform: For::Bios,
                emulation: if text.is_empty() { Emulation::None } else { Emulation::Floppy1440 },
                bootable: true,
                load_sectors: 4,
            }),
            _ => {}
        }
    }
    (name, facts)
}

/// The input that stands for facts, near enough.
pub fn to_input(name: &str, facts: &IsoFacts) -> Vec<u8> {
    let mut input = Vec::new();
    let mut put = |what: u8, text: &str| {
        input.push(what);
        input.extend(text.as_bytes());
        input.push(0xff);
    };
    put(b'n', name);
    put(b'v', &facts.volume_id);
    put(b's', &facts.system_id);
    put(b'p', &facts.publisher_id);
    put(b'a', &facts.application_id);
    facts.joliet_volume_id.iter().for_each(|id| put(b'j', id));
    facts.disk_info.iter().for_each(|id| put(b'd', id));
    facts.volume_uuid.iter().for_each(|_| put(b'u', ""));
    facts.paths.keys().take(60).for_each(|path| put(b'/', path));
    facts.boot_entries.iter().for_each(|entry| put(b'/', &entry.kernel));
    for entry in facts.boot_entries.iter().take(3) {
        put(b'e', &entry.kernel);
        put(b't', &entry.title);
        entry.initrds.iter().for_each(|i| put(b'i', i));
        entry.args.iter().for_each(|a| put(b'=', a));
    }
    facts.kernels.keys().for_each(|path| put(b'k', path));
    for (path, initrd) in facts.initrds.iter().take(1) {
        put(b'r', path);
        initrd.names.iter().take(20).for_each(|name| put(b'm', name));
        initrd.filesystems.iter().for_each(|name| put(b'f', name));
    }
    facts.loopback_cfg.iter().for_each(|l| put(b'l', &l.path));
    facts.efi_programs.keys().take(4).for_each(|path| put(b'x', path));
    for image in facts.el_torito.iter().take(2) {
        put(b'b', if image.emulation == Emulation::None { "" } else { "floppy" });
    }
    input
}
