//! The judge of a boot: what is seen goes in, moment by moment, and at some moment a judgement comes out. Pure:
//! the time is an input like any other.
//!
//! ```text
//! chosen ─┬─ a sign of a kernel ──► kernel ─┐
//!         ├─ a sign of the goal ────────────┴─► seen for a while, no sign of failure ─► system
//!         ├─ a sign of failure, the menu again, an end that nobody asked for ─────────► failed
//!         └─ nothing changes any more, or the time is up ─► kernel, or not proven, or GRUB's error
//! ```

use super::goal::Goal;
use super::outcome::{Judgement, Rung, Verdict};
use boot_recipes::KERNEL;
use std::time::Duration;
use virtual_machine::Ending;

/// What is seen of a machine at a moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// The time since the entry was chosen.
    pub(super) at: Duration,
    /// What came over the serial port since the last moment.
    pub(super) serial: String,
    /// The lines that can be read on the screen.
    pub(super) screen: Vec<String>,
    /// A number for the picture: another one is another picture.
    pub(super) picture: u64,
    /// The bytes that were read from the key so far.
    pub(super) bytes_read: u64,
    pub(super) ending: Option<Ending>,
    /// Whether QEMU has ended.
    pub(super) is_over: bool,
}

/// The time limits, which depend on how fast the machine is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// The time without any change after which nothing more is expected.
    pub(super) rest: Duration,
    /// The time that a sign must have stood without one of failure.
    pub(super) settle: Duration,
    /// The time after which it is over in any case.
    pub(super) most: Duration,
}

impl Pace {
    /// The limits for a machine that took so long to show its menu.
    pub(super) fn of(menu: Duration) -> Self {
        let within = |times: u32, least: u64, most: u64| {
            (menu * times).clamp(Duration::from_secs(least), Duration::from_secs(most))
        };
        Self { rest: within(10, 30, 240), settle: within(1, 1, 5), most: within(100, 600, 3600) }
    }
}

/// GRUB's words, and those of a key's own menu, when it does not start what was chosen.
const NOT_STARTED: [&str; 6] = [
    "Not loaded: ",
    "Cannot open (",
    "This kernel was not started",
    "which holds its kernel, cannot be opened",
    "This entry starts on a PC BIOS only",
    "grub rescue>",
];
/// What firmware and GRUB say when there will be no menu.
pub(super) const NO_MENU: [&str; 8] = [
    "grub rescue>",
    "grub> ",
    "No bootable device",
    "BdsDxe: No bootable option",
    "BdsDxe: failed to load",
    "UEFI Interactive Shell",
    "Access Denied",
    "Boot failed: not a bootable disk",
];
/// How GRUB begins an error; it may go on all the same.
const ERROR: &str = "error: ";

/// The judge of one boot.
#[derive(Debug)]
pub(super) struct Watcher {
    reached_by: Vec<&'static str>,
    missed_by: Vec<(&'static str, &'static str)>,
    goal: Goal,
    pace: Pace,
    /// The lines that were on the screen when the entry was chosen: no evidence.
    before: Vec<String>,
    picture_before: Option<u64>,
    /// The titles by which the menu is known: its first, and the one that was chosen.
    menu: [String; 2],
    said: String,
    reached: Rung,
    last: Seen,
    changed_at: Duration,
    /// Whether the picture differs from that of the menu.
    left_menu: bool,
    /// Whether the menu went away.
    away: bool,
    found: Option<(Duration, String)>,
    failed: Option<(Duration, &'static str, String)>,
    error: Option<String>,
}

impl Watcher {
    /// The judge of what follows the choice in a menu that has these titles: its first, and the one that was
    /// chosen. `chosen` is what was seen at that moment.
    pub(super) fn new(goal: Goal, pace: Pace, menu: [&str; 2], chosen: Seen) -> Self {
        Self {
            reached_by: goal.reached_by(),
            missed_by: goal.missed_by(),
            goal,
            pace,
            before: chosen.screen.iter().map(|line| line.trim().to_owned()).collect(),
            picture_before: Some(chosen.picture),
            menu: menu.map(start_of),
            said: chosen.serial,
            reached: Rung::Menu,
            last: Seen::default(),
            changed_at: Duration::ZERO,
            left_menu: false,
            away: false,
            found: None,
            failed: None,
            error: None,
        }
    }

    /// All that was said since the choice.
    pub(super) fn said(&self) -> &str {
        &self.said
    }

    /// Takes what is seen now; gives the judgement once there is one.
    pub(super) fn see(&mut self, seen: Seen) -> Option<Judgement> {
        self.said.push_str(&seen.serial);
        let fresh = self.fresh(&seen);
        let has_changed = !seen.serial.trim().is_empty()
            || seen.picture != self.last.picture
            || seen.bytes_read != self.last.bytes_read;
        if has_changed {
            self.changed_at = seen.at;
        }
        self.left_menu |= self.picture_before != Some(seen.picture);
        let shows_menu = self.menu.iter().any(|t| seen.screen.iter().any(|line| line.contains(t)));
        let came_back = self.away && shows_menu || self.prints_menu();
        self.away |= self.left_menu && !shows_menu;
        let said = &self.said;
        let line = |text: &str| line_with(said, text, &fresh);
        if self.error.is_none() && self.reached < Rung::Kernel {
            self.error = grub_error(said, &fresh);
        }
        if self.reached < Rung::Kernel && KERNEL.iter().any(|text| line(text).is_some()) {
            self.reached = Rung::Kernel;
        }
        if self.found.is_none() {
            let found = self.reached_by.iter().find_map(|text| line(text));
            self.found = found.map(|line| (seen.at, line));
        }
        if self.failed.is_none() {
            let grubs = NOT_STARTED.map(|text| (text, "GRUB did not start it"));
            let grubs = grubs.into_iter().filter(|_| self.reached < Rung::Kernel);
            let all = self.missed_by.iter().copied().chain(grubs);
            let missed = all.filter_map(|(text, means)| Some((means, line(text)?))).next();
            self.failed = missed.map(|(means, line)| (seen.at, means, line));
        }
        let judgement = self.judge(&seen, &fresh, came_back);
        self.last = seen;
        judgement
    }

    /// The text that is not from before the choice: all on the serial port since, and what is new on the
    /// screen.
    fn fresh(&self, seen: &Seen) -> Vec<String> {
        let is_new = |line: &&String| !self.before.iter().any(|old| old == line.trim());
        seen.screen.iter().filter(is_new).cloned().collect()
    }

    /// Whether the menu was printed since the choice.
    fn prints_menu(&self) -> bool {
        let menu = self.said.rsplit_once("GNU GRUB").map_or("", |(_, menu)| menu);
        self.menu.iter().any(|title| menu.contains(title))
    }

    fn judge(&self, seen: &Seen, fresh: &[String], came_back: bool) -> Option<Judgement> {
        let say = |verdict, reached, why: String, line: Option<&String>| {
            Some(Judgement { verdict, reached, why, seen: line.cloned() })
        };
        let has_settled = |since: &Duration| seen.at >= *since + self.pace.settle;
        if let Some((since, means, line)) = &self.failed
            && (has_settled(since) || seen.is_over)
        {
            let why = match &self.error {
                Some(error) if self.reached < Rung::Kernel => format!("{means}: {error}"),
                _ => (*means).to_owned(),
            };
            return say(Verdict::Failed, self.reached, why, Some(line));
        }
        if let Goal::Ends(wanted) = self.goal
            && seen.ending == Some(wanted)
        {
            return say(Verdict::System, Rung::System, ended(wanted).to_owned(), None);
        }
        if let Some((since, line)) = &self.found
            && self.failed.is_none()
            && (has_settled(since) || seen.is_over)
        {
            let (verdict, reached, why) = match self.goal {
                Goal::OpensMenu(_) => (Verdict::Menu, Rung::Menu, "its menu came"),
                Goal::Says(..) => (Verdict::System, Rung::System, "GRUB did what it says"),
                Goal::LeavesKey(_) => (Verdict::System, Rung::System, "something else was started"),
                Goal::FirmwareSetup => (Verdict::System, Rung::System, "the firmware's setup came"),
                _ => (Verdict::System, Rung::System, "it came up, and said so"),
            };
            return say(verdict, reached, why.to_owned(), Some(line));
        }
        if seen.is_over || (seen.ending.is_some() && !self.goal.restarts()) {
            let how = seen.ending.map_or("QEMU ended without a word", ended);
            return say(
                Verdict::Failed,
                self.reached,
                format!("{how}, which nobody asked for"),
                None,
            );
        }
        if came_back {
            let why = match &self.error {
                Some(error) => format!("it came back to the menu: {error}"),
                None => "it came back to the menu".to_owned(),
            };
            return say(Verdict::Failed, self.reached, why, self.error.as_ref());
        }
        let quiet = seen.at.saturating_sub(self.changed_at);
        let at_rest = quiet >= self.pace.rest;
        if !at_rest && seen.at < self.pace.most {
            return None;
        }
        let how = match at_rest {
            true => format!("nothing changed any more for {} s", quiet.as_secs()),
            false => format!("it was still busy after {} s", seen.at.as_secs()),
        };
        if self.reached >= Rung::Kernel {
            let why = format!("its kernel started, and no system was seen: {how}");
            return say(Verdict::Kernel, self.reached, why, None);
        }
        if let Some(error) = &self.error {
            let why = format!("GRUB did not start it: {error}");
            return say(Verdict::Failed, self.reached, why, Some(error));
        }
        let read_nothing = self.said.trim().is_empty() && fresh.is_empty();
        if read_nothing && !self.left_menu {
            let why = format!("GRUB stood still when it was chosen: {how}");
            return say(Verdict::Failed, self.reached, why, None);
        }
        let why = match read_nothing {
            true => format!("{how}, and nothing on its screen can be read: see the picture"),
            false => format!("{how}, and no sign of its system was among what it said"),
        };
        say(Verdict::NotProven, self.reached, why, None)
    }
}

/// The first line that has the text in it.
fn line_with(said: &str, text: &str, screen: &[String]) -> Option<String> {
    let mut lines = said.lines().chain(screen.iter().map(String::as_str));
    // Without the frames of menus: what is not ASCII there is a `?`.
    let frame = ['|', '?', '│', ' ', '*'];
    lines.find(|line| line.contains(text)).map(|line| line.trim_matches(frame).to_owned())
}

/// The last error of GRUB's.
fn grub_error(said: &str, screen: &[String]) -> Option<String> {
    let mut lines = said.lines().chain(screen.iter().map(String::as_str)).map(str::trim);
    // GRUB goes on without graphics.
    let is_error =
        |line: &&str| line.starts_with(ERROR) && !line.contains("no suitable video mode");
    lines.rfind(is_error).map(str::to_owned)
}

/// The start of a title, as far as no edge of a menu cuts it off.
pub(super) fn start_of(title: &str) -> String {
    title.chars().take(40).collect()
}

fn ended(ending: Ending) -> &'static str {
    match ending {
        Ending::PoweredOff => "the machine was switched off",
        Ending::Reset => "the machine restarted",
        Ending::Panicked => "its kernel told QEMU that it panicked",
        Ending::Stopped => "QEMU was ended from outside",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boot_recipes::{OF_ANY_LINUX, signs_of};

    const PACE: Pace = Pace {
        rest: Duration::from_secs(30),
        settle: Duration::from_secs(1),
        most: Duration::from_secs(600),
    };

    /// A moment: seconds since the choice, what the serial port says, the screen's lines, its picture.
    type Moment<'a> = (u64, &'a str, &'a [&'a str], u64);

    fn chosen(screen: &[&str]) -> Seen {
        let screen = screen.iter().map(|line| (*line).to_owned()).collect();
        Seen { screen, picture: 1, ..Seen::default() }
    }

    /// The judgement about a boot of "Second" in a menu that begins with "First".
    fn judge(goal: Goal, moments: &[Moment<'_>]) -> Option<Judgement> {
        let menu =
            ["GNU GRUB  version 2.06", " First", "*Second", "Memtest86+ v6 is in this title"];
        let mut watcher = Watcher::new(goal, PACE, ["First", "Second"], chosen(&menu));
        moments.iter().find_map(|(at, serial, screen, picture)| {
            watcher.see(Seen {
                at: Duration::from_secs(*at),
                serial: (*serial).to_owned(),
                picture: *picture,
                ..chosen(screen)
            })
        })
    }

    fn of(recipe: &str) -> Goal {
        Goal::Starts(signs_of(recipe).unwrap())
    }

    fn word(goal: Goal, moments: &[Moment<'_>]) -> (&'static str, String) {
        let judgement = judge(goal, moments).expect("a judgement");
        (
            judgement.verdict.word(),
            format!("{} {}", judgement.why, judgement.seen.unwrap_or_default()),
        )
    }

    #[test]
    fn a_sign_that_stands_is_the_system_and_one_of_failure_behind_it_is_a_failure() {
        let (linux, login) = ("[    0.000000] Linux version 6.1.0\n", "\ndebian login: ");
        let good = [(1, linux, &[][..], 2), (60, login, &[], 3), (62, "", &[], 3)];
        assert_eq!(word(of("live-boot"), &good).0, "system");
        assert_eq!(judge(of("live-boot"), &good[..2]), None, "not before it has settled");
        let panic = "Kernel panic - not syncing: Attempted to kill init!";
        let bad =
            [(1, linux, &[][..], 2), (60, login, &[], 3), (60, panic, &[], 3), (62, "", &[], 3)];
        assert_eq!(word(of("live-boot"), &bad).0, "failed");
    }

    #[test]
    fn what_stood_in_the_menu_is_no_sign() {
        let menu =
            ["GNU GRUB  version 2.06", " First", "*Second", "Memtest86+ v6 is in this title"];
        let (verdict, why) = word(of("memtest86plus"), &[(1, "", &menu, 1), (40, "", &menu, 1)]);
        assert_eq!(verdict, "failed", "{why}");
        assert!(why.contains("GRUB stood still"), "{why}");
        let own = ["Memtest86+ v6.10   | QEMU TCG CPU"];
        assert_eq!(word(of("memtest86plus"), &[(1, "", &own, 2), (3, "", &own, 3)]).0, "system");
    }

    #[test]
    fn the_menu_again_is_a_failure_with_the_error_that_grub_gave() {
        let error = "error: file `/no-such-kernel' not found.\n\nPress any key to continue...";
        let again = "\n GNU GRUB  version 2.06\n*First\n Second\n";
        let (verdict, why) = word(Goal::Unknown, &[(1, error, &[], 2), (12, again, &[], 1)]);
        assert_eq!(verdict, "failed");
        assert!(why.contains("back to the menu: error: file `/no-such-kernel'"), "{why}");
        // The same where only the screen shows it.
        let menu = ["GNU GRUB  version 2.06", " First", "*Second"];
        let moments = [(1, "", &[error][..], 2), (12, "", &menu, 1)];
        assert_eq!(word(Goal::Unknown, &moments).1.contains("back to the menu"), true);
        // A GRUB that the entry starts has another menu.
        let other = ["GNU GRUB  version 2.06", "*GNU/Linux", " GNU (aka GNU/Hurd)"];
        let moments = [(1, "", &[][..], 2), (3, "", &other, 3), (5, "", &other, 3)];
        assert_eq!(word(of("grub-rescue"), &moments).0, "system");
    }

    #[test]
    fn grub_says_why_it_does_not_start_something() {
        let said = "error: invalid magic number.\n\nNot loaded: (loop)/isolinux/vmlinuz\n";
        let (verdict, why) =
            word(of("self-contained-installer"), &[(1, said, &[], 2), (3, "", &[], 2)]);
        assert_eq!(verdict, "failed");
        assert!(why.contains("invalid magic number") && why.contains("Not loaded"), "{why}");
        // What a kernel prints is not GRUB's.
        let later = "Linux version 6\nerror: a driver's\nNot loaded: firmware\n";
        let moments = [
            (1, later, &[][..], 2),
            (5, "", &[], 2),
            (9, "debian login:", &[], 2),
            (11, "", &[], 2),
        ];
        assert_eq!(word(Goal::Starts(&OF_ANY_LINUX), &moments).0, "system");
    }

    #[test]
    fn what_comes_to_rest_without_a_sign_is_proven_only_so_far() {
        let kernel = [(1, "Linux version 6.1\n", &[][..], 2), (5, "", &[], 3), (34, "", &[], 3)];
        assert_eq!(judge(of("live-boot"), &kernel), None, "not at rest for long enough");
        let kernel = [kernel[0], kernel[1], (35, "", &[], 3)];
        assert_eq!(word(of("live-boot"), &kernel).0, "kernel");
        let (verdict, why) = word(of("live-boot"), &[(1, "", &[], 2), (31, "", &[], 2)]);
        assert_eq!(verdict, "not proven");
        assert!(why.contains("see the picture"), "{why}");
        let busy: Vec<Moment<'_>> = (0..700).map(|at| (at, "", &[][..], at)).collect();
        assert_eq!(word(Goal::Unknown, &busy).0, "not proven");
    }

    #[test]
    fn an_end_counts_only_where_it_was_asked_for() {
        let end = |goal: Goal, ending| {
            let mut watcher = Watcher::new(goal, PACE, ["First", "Second"], chosen(&[]));
            let seen = Seen { ending: Some(ending), is_over: true, ..Seen::default() };
            watcher.see(seen).unwrap().verdict
        };
        assert_eq!(end(Goal::Ends(Ending::Reset), Ending::Reset), Verdict::System);
        assert_eq!(end(Goal::Ends(Ending::PoweredOff), Ending::Reset), Verdict::Failed);
        assert_eq!(end(of("ipxe"), Ending::Reset), Verdict::Failed);
    }

    /// What real boots printed behind the choice, recorded in QEMU.
    #[test]
    fn recorded_boots_are_judged_right() {
        for (recipe, said, verdict, words) in [
            (
                "self-contained-installer",
                include_str!("transcripts/installer.txt"),
                "system",
                "Select a language",
            ),
            (
                "self-contained-installer",
                include_str!("transcripts/no-initrd.txt"),
                "failed",
                "had no initrd",
            ),
            (
                "self-contained-installer",
                include_str!("transcripts/wrong-rdinit.txt"),
                "failed",
                "had no initrd",
            ),
            (
                "self-contained-installer",
                include_str!("transcripts/zeroed-kernel.txt"),
                "failed",
                "invalid magic number",
            ),
            (
                "self-contained-installer",
                include_str!("transcripts/unreadable-partition.txt"),
                "failed",
                "Cannot open",
            ),
        ] {
            let mut moments: Vec<Moment<'_>> = Vec::new();
            // As it comes: in pieces of some lines.
            let lines: Vec<&str> = said.split_inclusive('\n').collect();
            moments.extend(
                lines
                    .iter()
                    .enumerate()
                    .map(|(n, line)| (n as u64 / 20, *line, &[][..], 2 + n as u64)),
            );
            let last = moments.len() as u64 / 20;
            moments.extend((1..40).map(|n| (last + n, "", &[][..], 1000)));
            let (is, why) = word(of(recipe), &moments);
            assert_eq!(is, verdict, "{why}");
            assert!(why.contains(words), "{why}");
        }
    }
}
