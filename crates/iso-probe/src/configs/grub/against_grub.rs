//! A comparison of the reader with GRUB's own interpreter: `grub-emu` runs the menus in
//! `tests/menus`, and must start what the reader says that each entry starts.
//!
//! `grub-emu` has no command `linux`, so functions with such names print their words instead. To
//! choose an entry, `default` is set to its number and the timeout to 0. There is a run for each
//! entry, and one for the menu's own default.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use super::menu;
use super::path::inside;
use crate::configs::files::{Volume, memory::Memory};
use crate::configs::menu::{Boots, Menu};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;
use testbench::{Iso, Oracle, oracle};

const MENU: &str = "/boot/grub/grub.cfg";
/// The names of the ISOs that the menus are on: when all fixtures were made.
const LABEL: &str = "MENUS";
const UUID: &str = "2009-11-22-00-00-00-00";
/// The longest wait for one run, after which the test fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// The length of output from which on a run counts as endless.
const ENOUGH: usize = 64 << 10;

/// A menu to be read, as its files by path.
type Case = BTreeMap<String, String>;

/// The cases in a text: `=== name` starts one, and `--- path` a file in it. `(default only)` in the
/// name means that only the menu's own default is compared.
fn cases(text: &str) -> BTreeMap<String, Case> {
    let mut all = BTreeMap::new();
    for case in text.split("\n=== ").skip(1) {
        let (name, files) = case.split_once('\n').unwrap();
        let files = files.split("--- /").skip(1).map(|file| {
            let (path, text) = file.split_once('\n').unwrap_or((file, ""));
            (format!("/{path}"), text.to_owned())
        });
        let old = all.insert(name.to_owned(), files.collect());
        assert!(old.is_none(), "two cases are called {name}");
    }
    all
}

fn all_cases() -> BTreeMap<String, Case> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/menus");
    let mut all = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        all.extend(cases(&text).into_iter().map(|(name, case)| (format!("{stem}: {name}"), case)));
    }
    all
}

fn read(case: &Case) -> Menu {
    let mut files = Memory::new(case.iter().map(|(p, t)| (p.as_str(), t.as_str())));
    files.volume = Volume { label: LABEL.to_owned(), uuid: Some(UUID.to_owned()) };
    menu(&mut files, MENU)
}

/// A start that was seen, or is expected: the titles and ids on the way to an entry, and the kernel
/// with its initrds and parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Start {
    titles: Vec<String>,
    ids: String,
    boots: Option<Boots>,
}

impl Start {
    /// Removes line ends, which cannot be told apart in a terminal's output.
    fn print(&mut self) {
        let args = self.boots.iter_mut().flat_map(|boots| &mut boots.args);
        for text in self.titles.iter_mut().chain([&mut self.ids]).chain(args) {
            *text = text.replace('\n', "");
        }
    }
}

/// The expected starts, each with the value that `default` is set to, or `None` for the menu's own.
fn expected(menu: &Menu, default_only: bool) -> Vec<(Option<String>, Start)> {
    let mut all = BTreeMap::new();
    let start = Start { titles: Vec::new(), ids: "case".to_owned(), boots: None };
    leaves(menu, "", &start, &mut all);
    let mut starts: Vec<(Option<String>, Start)> =
        all.iter().map(|(path, start)| (Some(path.clone()), start.clone())).collect();
    let (mut path, mut inner) = (String::new(), Some(menu));
    while let Some(menu) = inner {
        path += &format!("{}{}", if path.is_empty() { "" } else { ">" }, menu.default);
        inner = menu.items.get(menu.default).and_then(|item| item.menu.as_ref());
    }
    if default_only {
        starts.clear();
    }
    starts.extend(all.get(&path).map(|start| (None, start.clone())));
    starts
}

fn leaves(menu: &Menu, path: &str, so_far: &Start, all: &mut BTreeMap<String, Start>) {
    let sign = if path.is_empty() { "" } else { ">" };
    let mut first = None;
    for (n, item) in menu.items.iter().enumerate() {
        let mut start = so_far.clone();
        start.titles.push(item.title.clone());
        start.ids += &format!(">{}", item.id.replace('>', ">>"));
        let path = format!("{path}{sign}{n}");
        match &item.menu {
            Some(menu) => leaves(menu, &path, &start, all),
            None => {
                start.boots.clone_from(&item.boots);
                if n == 0 {
                    first = Some(start.clone());
                }
                all.insert(path, start);
            }
        }
    }
    // Behind the last item, GRUB takes the first: so there are not more than these.
    if let Some(first) = first {
        all.insert(format!("{path}{sign}{}", menu.items.len()), first);
    }
}

/// The grub.cfg that makes GRUB read the case's menu and start an entry.
fn driver(folder: &Path, default: Option<&str>) -> String {
    let folder = folder.display();
    let prints = |name: &str, letter: &str| {
        format!(
            "function {name} {{\n echo\n echo \"@@{letter}<<$chosen>>\"\n \
             for bootkey_word in \"$@\"; do echo \"<<$bootkey_word>>\"; done\n echo @@.\n}}\n"
        )
    };
    let commands = [("linux", "L"), ("linux16", "L"), ("linuxefi", "L")];
    let more = [("initrd", "I"), ("initrd16", "I"), ("initrdefi", "I")];
    let functions: String = commands.iter().chain(&more).map(|(n, l)| prints(n, l)).collect();
    let (outer, inner) = match default {
        Some(default) => (format!("0>{default}"), format!("set \"default={default}\"")),
        None => ("0".to_owned(), "true".to_owned()),
    };
    format!(
        "{functions}\
         function cpuid {{\n if [ \"$1\" = -l -o \"$1\" = --long-mode ]; then return 0; fi\n return 1\n}}\n\
         function again {{\n true\n}}\n\
         loopback cd0 (host){folder}/case.iso\n\
         for bootkey_name in grub_platform cmdpath; do export $bootkey_name; done\n\
         set grub_platform=efi\nset root=cd0\nset prefix=(cd0)/boot/grub\nset cmdpath=(cd0)/boot/grub\n\
         set timeout=0\nset 'default={outer}'\n\
         submenu case {{\n again\n source (host){folder}/again.cfg\n export timeout\n \
         source (cd0){MENU}\n unset fallback\n set timeout=0\n set timeout_style=menu\n {inner}\n}}\n"
    )
}

/// Lets GRUB start one entry, and reads what it started from what it printed.
fn start(grub: &Oracle, folder: &Path, default: Option<&str>) -> Start {
    std::fs::write(folder.join("grub.cfg"), driver(folder, default)).unwrap();
    let again = "function again {\n echo -n @@END\n exit\n}\n";
    std::fs::write(folder.join("again.cfg"), again).unwrap();
    std::fs::write(folder.join("keys"), "\n".repeat(ENOUGH)).unwrap();
    let mut child = grub
        .command()
        .args(["-r", "host", "-m", "/dev/null", "-d"])
        .arg(folder)
        .stdin(Stdio::from(std::fs::File::open(folder.join("keys")).unwrap()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let (tell, told) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            let n = stdout.read(&mut buffer).unwrap_or(0);
            all.extend_from_slice(&buffer[..n]);
            if n == 0 || all.len() > ENOUGH || all.windows(5).any(|w| w == b"@@END") {
                // OK to ignore: nobody waits any more.
                let _ = tell.send(());
                return all;
            }
        }
    });
    let in_time = told.recv_timeout(PATIENCE).is_ok();
    child.kill().unwrap();
    child.wait().unwrap();
    let output = reader.join().unwrap();
    assert!(in_time, "grub-emu did not end: {}", String::from_utf8_lossy(&output));
    parse(&String::from_utf8_lossy(&output).replace(['\n', '\r'], ""))
}

/// Reads a run's output. Titles are those of the menus and entries that were started by
/// themselves, before the first commands of an entry.
fn parse(output: &str) -> Start {
    let mut start = Start { titles: Vec::new(), ids: String::new(), boots: None };
    // Behind the failure of all, it starts again.
    let output = output.split("Failed to boot both").next().unwrap();
    for part in output.split("  Booting `").skip(1) {
        let end = part.rfind('\'').filter(|_| !part.contains("@@"));
        let end =
            end.or_else(|| part[..part.find("@@").unwrap_or(part.len())].rfind('\'')).unwrap();
        start.titles.push(part[..end].to_owned());
    }
    start.titles.remove(0);
    for record in output.split("@@").filter(|r| r.starts_with("L<<") || r.starts_with("I<<")) {
        let mut words: Vec<String> =
            record[3..].trim_end_matches(">>").split(">><<").map(str::to_owned).collect();
        start.ids = words.remove(0);
        if record.starts_with('L') {
            let kernel = inside(&words.remove(0)).unwrap_or_default();
            start.boots = Some(Boots { kernel, args: words, ..Boots::default() });
        } else if let Some(boots) = &mut start.boots {
            boots.initrds = words.iter().map(|word| inside(word).unwrap_or_default()).collect();
        }
    }
    start
}

/// Compares one menu with what GRUB makes of it; the number of starts that were compared.
fn compare(grub: &Oracle, name: &str, case: &Case, ours: &Menu) -> Result<usize, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut iso = Iso::new(LABEL);
    for (path, text) in case {
        iso = iso.file(path.trim_start_matches('/'), text.as_str());
    }
    iso.write(&folder.path().join("case.iso")).unwrap();
    let expected = expected(ours, name.ends_with("(default only)"));
    for (default, mut expected) in expected.clone() {
        let seen = start(grub, folder.path(), default.as_deref());
        expected.print();
        if expected.boots.is_none() {
            expected.ids.clone_from(&seen.ids);
        }
        if seen != expected {
            let default = default.unwrap_or("by itself".to_owned());
            return Err(format!("entry {default}\n  GRUB: {seen:?}\n  here: {expected:?}"));
        }
    }
    Ok(expected.len())
}

#[test]
fn menus_mean_what_grub_makes_of_them() {
    let Some(grub) = oracle("grub-emu") else { return };
    let cases: Vec<(String, Case)> = all_cases().into_iter().collect();
    assert!(cases.len() >= 150, "{} menus", cases.len());
    let (mut starts, mut wrong) = (0, Vec::new());
    std::thread::scope(|scope| {
        let halves: Vec<_> = cases
            .chunks(cases.len().div_ceil(2))
            .map(|half| {
                let grub = &grub;
                scope.spawn(move || {
                    half.iter()
                        .map(|(name, case)| (name, compare(grub, name, case, &read(case))))
                        .collect()
                })
            })
            .collect();
        for half in halves {
            let results: Vec<(&String, Result<usize, String>)> = half.join().unwrap();
            for (name, result) in results {
                match result {
                    Ok(number) => starts += number,
                    Err(what) => wrong.push(format!("{name}: {what}")),
                }
            }
        }
    });
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(starts > 2 * cases.len(), "{starts} starts of {} menus", cases.len());
}

/// The oracle objects, and says why, when the reader has another kernel, parameter, title, id,
/// default, or one entry too few.
#[test]
fn grub_tells_when_a_menu_is_misread() {
    let Some(grub) = oracle("grub-emu") else { return };
    let text = "menuentry One --id 1st { linux /k one\ninitrd /i }\nsubmenu Two {\n\
                menuentry Three --id 3rd { linux /k three }\n}\nset default=1\n";
    let case = Case::from([(MENU.to_owned(), text.to_owned())]);
    let ours = read(&case);
    assert_eq!(compare(&grub, "", &case, &ours), Ok(5));
    type Tamper = fn(&mut Menu);
    let tampers: [(&str, Tamper); 7] = [
        ("entry 0\n", |m| m.items[0].boots.as_mut().unwrap().kernel = "/other".to_owned()),
        ("entry 0\n", |m| m.items[0].boots.as_mut().unwrap().args.clear()),
        ("entry 0\n", |m| m.items[0].boots.as_mut().unwrap().initrds.clear()),
        ("entry 1>0\n", |m| m.items[1].title = "Tow".to_owned()),
        ("entry 0\n", |m| m.items[0].id = "2nd".to_owned()),
        ("entry by itself\n", |m| m.default = 0),
        ("entry 1\n", |m| drop(m.items.pop())),
    ];
    for (says, tamper) in tampers {
        let mut wrong = ours.clone();
        tamper(&mut wrong);
        let objection = compare(&grub, "", &case, &wrong).unwrap_err();
        assert!(objection.starts_with(says), "{says:?} expected, not: {objection}");
    }
}
