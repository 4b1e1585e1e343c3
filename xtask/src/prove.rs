//! `cargo xtask isos --prove`: the proof that the real ISOs on this machine boot from a key, by `bootkey try
//! --all`, which docs/isos.md takes its evidence from.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::sh::{self, Error};

/// The proof that is kept: `proof.json` without what differs from run to run.
pub(crate) const PROOF: &str = "docs/isos-proof.json";
/// The directory of the key, of its spec and of the whole report.
const WORK: &str = "target/proof";
/// ISOs that packages of this machine have installed, with the names by which they are known here.
const INSTALLED: [(&str, &str); 4] = [
    ("/usr/lib/ipxe/ipxe.iso", "ipxe-bookworm.iso"),
    ("/usr/lib/memtest86+/memtest86+x64.iso", "memtest86plus-x64-bookworm.iso"),
    ("/usr/lib/memtest86+/memtest86+ia32.iso", "memtest86plus-ia32-bookworm.iso"),
    ("/usr/lib/grub-rescue/grub-rescue-cdrom.iso", "grub-rescue-bookworm.iso"),
];
/// The ISO of Debian's netboot files, in the places that Debian's mini.iso has them.
const MINI: &str = "debian-12-mini.iso";
/// What differs from run to run, and pictures, of a trial and of what became of it.
const VOLATILE: [&str; 4] = ["pictures", "last_lines", "menu_ms", "ms"];

/// Builds a key with all ISOs in `target/isos` and of installed packages, tries each of its ISOs' entries, and
/// keeps the proof. What was tried before of the same key is not tried again.
///
/// # Errors
/// When a step fails. That an entry is not proven is none: the proof says so.
pub(crate) fn run() -> Result<(), Error> {
    let work = sh::root().join(WORK);
    std::fs::create_dir_all(&work).map_err(Error::io(&work))?;
    let isos = isos(&work)?;
    let program = sh::built_bootkey()?;
    let mut spec = String::from("[key]\nname = \"isos\"\n");
    let mut choice = Vec::new();
    for (path, name) in &isos {
        spec += &format!("[[iso]]\npath = {path:?}\nname = {name:?}\ntitle = {name:?}\n");
        choice.extend(["--entry", name]);
    }
    let file = work.join("isos.toml");
    std::fs::write(&file, spec).map_err(Error::io(&file))?;
    let bootkey = || {
        let mut command = Command::new(&program);
        command.current_dir(&work).stdin(Stdio::null());
        command
    };
    sh::run(bootkey().args(["build", "isos.toml", "-o", "isos.img"]))?;
    let mut tries = bootkey();
    tries.args(["try", "isos.img", "--all", "--report", ".", "--memory", "1GiB"]).args(choice);
    match tries.status().map_err(Error::io(&work))?.code() {
        Some(0 | 1) => keep(&work.join("proof.json")),
        _ => Err(Error::Objection("`bootkey try` did not come to its end".into())),
    }
}

/// The ISOs that are there, with their names.
fn isos(work: &Path) -> Result<Vec<(PathBuf, String)>, Error> {
    let made = sh::root().join("target/isos");
    let mut isos = Vec::new();
    for entry in std::fs::read_dir(&made).map_err(Error::io(&made))? {
        let path = entry.map_err(Error::io(&made))?.path();
        if path.extension().is_some_and(|extension| extension == "iso") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            isos.push((path, name));
        }
    }
    let installed = INSTALLED.map(|(path, name)| (PathBuf::from(path), name.to_owned()));
    isos.extend(installed.into_iter().filter(|(path, _)| path.is_file()));
    if let Some((kernel, initrd)) = testbench::installer_pair() {
        let path = work.join(MINI);
        let iso = testbench::Iso::new("Debian netboot");
        iso.file_from("linux", &kernel).file_from("initrd.gz", &initrd).write(&path)?;
        isos.push((path, MINI.to_owned()));
    }
    isos.sort_by(|(_, a), (_, b)| a.cmp(b));
    Ok(isos)
}

/// Keeps the proof in the documentation.
fn keep(proof: &Path) -> Result<(), Error> {
    let text = std::fs::read_to_string(proof).map_err(Error::io(proof))?;
    let mut value: Value = read(proof, &text)?;
    if let Some(all) = value.as_object_mut() {
        all.remove("time");
    }
    for trial in value["trials"].as_array_mut().into_iter().flatten() {
        for name in VOLATILE {
            trial["outcome"].as_object_mut().map(|outcome| outcome.remove(name));
            trial.as_object_mut().map(|trial| trial.remove(name));
        }
    }
    let kept = sh::root().join(PROOF);
    let text = format!("{value:#}\n");
    std::fs::write(&kept, text).map_err(Error::io(&kept))?;
    println!("{PROOF}: kept; `cargo xtask recipes --write` takes it into docs/isos.md");
    Ok(())
}

fn read(path: &Path, text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|e| Error::Objection(format!("{}: {e}", path.display())))
}

/// What is proven: by recipe, the ISOs, each with the kinds of firmware on which it came up.
pub(crate) type Proven = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// What is proven by the proof that is kept.
///
/// # Errors
/// When the file is missing, or no proof.
pub(crate) fn proven() -> Result<Proven, Error> {
    let path = sh::root().join(PROOF);
    let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
    let proof = read(&path, &text)?;
    let trials = proof["trials"].as_array();
    let trials = trials.ok_or_else(|| Error::Objection(format!("{PROOF}: has no trials")))?;
    let mut proven = Proven::new();
    for trial in trials.iter().filter(|trial| trial["proven"] == true) {
        let text = |name: &str| trial[name].as_str().unwrap_or_default().to_owned();
        let iso = text("iso").trim_start_matches('/').to_owned();
        let firmware = match text("firmware").as_str() {
            "bios" => "BIOS".to_owned(),
            uefi => uefi.replace("uefi", "UEFI").replace('-', " "),
        };
        proven.entry(text("recipe")).or_default().entry(iso).or_default().push(firmware);
    }
    Ok(proven)
}
