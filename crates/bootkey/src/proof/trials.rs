//! What there is to try on a key: the entries of its menu, those in menus inside it, and the ISOs that its
//! list of found ISOs will show, each on each firmware that it is for. Pure.

use super::goal::Goal;
use super::other_disk;
use boot_recipes::{OF_ANY_LINUX, signs_of};
use iso_probe::OutlinedEntry;
use key_spec::Firmware;
use virtual_machine::Ending;

/// The ids that a key's own entries have.
const FOUND: &str = "found-isos";
const SETUP: &str = "firmware-setup";
/// What an entry says that a BIOS alone can start (`key-plan`, `menu/iso_entry.rs`).
const BIOS_ONLY: &str = "This entry starts on a PC BIOS only";
/// What the list of found ISOs has where there is none.
const NOTHING_FOUND: &str = "No ISO file found";

/// An ISO on a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IsoOnKey {
    pub(super) partition: u32,
    pub(super) path: String,
    /// The recipe that starts it, if one does.
    pub(super) recipe: Option<String>,
}

/// How an entry is found in a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// It is so many entries below the first.
    Below { entries: usize, title: String },
    /// GRUB makes the entry up; its title begins so.
    Titled { begins: String },
    /// If a menu comes, its first entry.
    FirstIfMenu,
}

/// An entry of the menu on one firmware.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) firmware: Firmware,
    /// The titles, from the outermost menu on.
    pub(super) titles: Vec<String>,
    pub(super) id: Option<String>,
    pub(super) steps: Vec<Step>,
    pub(super) goal: Goal,
    /// The path of the ISO that it starts.
    pub(super) iso: Option<String>,
    pub(super) recipe: Option<String>,
    /// Why it is not for this firmware, if so.
    pub(super) not_here: Option<&'static str>,
}

impl Trial {
    /// Its name for people.
    pub(super) fn name(&self) -> String {
        self.titles.join(" > ")
    }
}

/// The trials of a key, in the order of its menu, by firmware.
pub(super) fn trials(
    entries: &[OutlinedEntry],
    isos: &[IsoOnKey],
    isos_partition: Option<u32>,
    firmware: &[Firmware],
) -> Vec<Trial> {
    let mut all = Vec::new();
    for firmware in firmware {
        let hidden =
            |e: &&OutlinedEntry| *firmware == Firmware::Bios && e.id.as_deref() == Some(SETUP);
        let shown: Vec<&OutlinedEntry> = entries.iter().filter(|e| !hidden(e)).collect();
        for at in 0..shown.len() {
            all.extend(of_entry(&shown, at, isos, isos_partition, *firmware));
        }
    }
    all
}

fn of_entry(
    shown: &[&OutlinedEntry],
    at: usize,
    isos: &[IsoOnKey],
    isos_partition: Option<u32>,
    firmware: Firmware,
) -> Vec<Trial> {
    let entry = shown[at];
    let found_isos = entry.id.as_deref() == Some(FOUND);
    if entry.submenu && !found_isos {
        return Vec::new();
    }
    let within = within(shown, at);
    let titles: Vec<String> = within.iter().map(|n| shown[*n].title.clone()).collect();
    let step = |(level, n): (usize, &usize)| {
        let start = if level == 0 { 0 } else { within[level - 1] + 1 };
        let entries = shown[start..*n].iter().filter(|e| e.depth == level).count();
        Step::Below { entries, title: shown[*n].title.clone() }
    };
    let steps: Vec<Step> = within.iter().enumerate().map(step).collect();
    let iso = iso_of(entry);
    let recipe = iso.as_ref().and_then(|path| isos.iter().find(|iso| iso.path == *path));
    let recipe = recipe.and_then(|iso| iso.recipe.clone());
    let says_bios_only = entry.commands.iter().flatten().any(|word| word.contains(BIOS_ONLY));
    let not_here = (says_bios_only && firmware != Firmware::Bios)
        .then_some("its entry says that it starts on a BIOS only");
    let goal = goal(entry, recipe.as_deref(), firmware);
    let own = Trial { firmware, titles, id: entry.id.clone(), steps, goal, iso, recipe, not_here };
    if !found_isos {
        return vec![own];
    }
    let offered = isos.iter().filter(|iso| {
        let named = shown.iter().any(|e| iso_of(e).as_ref() == Some(&iso.path));
        // In the root and one directory below, as the list looks.
        Some(iso.partition) == isos_partition && !named && iso.path.matches('/').count() <= 2
    });
    let found: Vec<Trial> = offered.map(|iso| found_trial(&own, iso)).collect();
    if found.is_empty() { vec![own] } else { found }
}

/// The trial of an ISO that the list of found ISOs shows: of the first way to start it.
fn found_trial(list: &Trial, iso: &IsoOnKey) -> Trial {
    let name = iso.path.rsplit('/').next().unwrap_or_default().to_owned();
    // A long name is shortened in its middle.
    let begins: String = name.chars().take(20).collect();
    let mut trial = list.clone();
    trial.titles.push(name);
    trial.steps.extend([Step::Titled { begins }, Step::FirstIfMenu]);
    trial.id = None;
    trial.iso = Some(iso.path.clone());
    trial.recipe.clone_from(&iso.recipe);
    trial.goal = iso.recipe.as_deref().map_or(Goal::Unknown, |id| Goal::Starts(signs_of(id)));
    trial
}

/// The entries that `at` is in, and itself.
fn within(shown: &[&OutlinedEntry], at: usize) -> Vec<usize> {
    let mut path = vec![at];
    for n in (0..at).rev() {
        // OK to index: it has one element at least.
        if shown[n].depth < shown[path[0]].depth {
            path.insert(0, n);
        }
    }
    path
}

/// The path of the ISO that an entry opens.
fn iso_of(entry: &OutlinedEntry) -> Option<String> {
    entry.commands.iter().find_map(|words| match &words[..] {
        [name, path, ..] if name == "open_iso" => Some(path.clone()),
        _ => None,
    })
}

fn goal(entry: &OutlinedEntry, recipe: Option<&str>, firmware: Firmware) -> Goal {
    match entry.id.as_deref() {
        Some(FOUND) => return Goal::OpensMenu(NOTHING_FOUND),
        Some("check-isos") => {
            return Goal::Says(
                &["All that was checked is as it should be", "There was nothing to compare with"],
                &["Something is not as it should be", "HASH MISMATCH", "BAD: "],
            );
        }
        Some("local-disk") if firmware == Firmware::Bios => {
            return Goal::LeavesKey(&[other_disk::SAYS]);
        }
        // Nothing else is there to be started, and the firmware says so.
        Some("local-disk") => {
            return Goal::LeavesKey(&[
                "BdsDxe: ",
                "UEFI Interactive Shell",
                "Press any key to enter",
            ]);
        }
        Some("reboot") => return Goal::Ends(Ending::Reset),
        Some("poweroff") => return Goal::Ends(Ending::PoweredOff),
        Some(SETUP) => return Goal::FirmwareSetup,
        _ => {}
    }
    let starts_linux = || {
        let linux = ["linux", "linuxefi", "linux16", "multiboot2"];
        entry.commands.iter().filter_map(|words| words.first()).any(|c| linux.contains(&&**c))
    };
    match recipe {
        Some(id) => Goal::Starts(signs_of(id)),
        None if starts_linux() => Goal::Starts(&OF_ANY_LINUX),
        None => Goal::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MENU: &str = "
        menuentry --id a -- 'A' { if open_iso '/a.iso'; then linux (loop)/linux; fi }
        menuentry --id rescue -- 'Rescue' {
            if [ \"${grub_platform}\" = efi ]; then
                echo 'This entry starts on a PC BIOS only, and so on.'
            elif open_iso '/rescue.iso'; then linux16 /memdisk; fi
        }
        submenu 'More ways to start' {
            menuentry 'A: safe graphics' { if open_iso '/a.iso'; then linux (loop)/linux nomodeset; fi }
        }
        submenu --id found-isos -- 'ISOs found on this key' { source x }
        menuentry --id poweroff -- 'Power off' { halt }
        menuentry --id firmware-setup -- 'Firmware setup' { fwsetup }";

    fn iso(partition: u32, path: &str, recipe: &str) -> IsoOnKey {
        let recipe = Some(recipe.to_owned()).filter(|r| !r.is_empty());
        IsoOnKey { partition, path: path.to_owned(), recipe }
    }

    fn names(isos: &[IsoOnKey], firmware: &[Firmware]) -> Vec<String> {
        let entries = iso_probe::outline(MENU);
        let all = trials(&entries, isos, Some(2), firmware);
        all.iter().map(|t| format!("{}: {}", t.firmware, t.name())).collect()
    }

    #[test]
    fn every_entry_is_tried_on_each_firmware_that_it_is_for() {
        let entries = iso_probe::outline(MENU);
        let all = trials(&entries, &[], Some(2), &[Firmware::Bios, Firmware::UefiX64]);
        let tried: Vec<String> = all
            .iter()
            .map(|t| {
                format!(
                    "{}{}: {}",
                    if t.not_here.is_some() { "not " } else { "" },
                    t.firmware,
                    t.name()
                )
            })
            .collect();
        assert_eq!(
            tried,
            [
                "bios: A",
                "bios: Rescue",
                "bios: More ways to start > A: safe graphics",
                "bios: ISOs found on this key",
                "bios: Power off",
                "uefi-x64: A",
                "not uefi-x64: Rescue",
                "uefi-x64: More ways to start > A: safe graphics",
                "uefi-x64: ISOs found on this key",
                "uefi-x64: Power off",
                "uefi-x64: Firmware setup",
            ]
        );
        let steps = |n: usize| {
            let down = |step: &Step| match step {
                Step::Below { entries, .. } => *entries,
                _ => 99,
            };
            all[n].steps.iter().map(down).collect::<Vec<_>>()
        };
        assert_eq!((steps(0), steps(2), steps(4)), (vec![0], vec![2, 0], vec![4]));
    }

    #[test]
    fn isos_that_the_list_will_find_are_tried_by_their_names() {
        let isos = [
            iso(2, "/a.iso", "live-boot"),
            iso(2, "/new.iso", "casper"),
            iso(2, "/folder/odd.iso", ""),
            iso(2, "/too/deep/x.iso", "casper"),
            iso(3, "/elsewhere.iso", "casper"),
        ];
        let list = "bios: ISOs found on this key";
        let all = names(&isos, &[Firmware::Bios]);
        assert!(
            all.contains(&format!("{list} > new.iso"))
                && all.contains(&format!("{list} > odd.iso"))
        );
        assert!(
            !all.contains(&list.to_owned())
                && all.iter().filter(|t| t.starts_with(list)).count() == 2
        );
        let entries = iso_probe::outline(MENU);
        let all = trials(&entries, &isos, Some(2), &[Firmware::Bios]);
        let goal = |name: &str| all.iter().find(|t| t.name().ends_with(name)).unwrap().goal;
        assert!(matches!(goal("new.iso"), Goal::Starts(signs) if signs.recipe == "casper"));
        assert!(matches!(goal("A"), Goal::Starts(signs) if signs.recipe == "live-boot"));
        assert!(matches!(goal("odd.iso"), Goal::Unknown));
    }
}
