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
    /// The processor time that QEMU has taken so far.
    pub(super) worked: Duration,
    /// The bytes that were read from the key so far.
    pub(super) bytes_read: u64,
    pub(super) ending: Option<Ending>,
    /// Whether QEMU has ended.
    pub(super) is_over: bool,
}

/// How much longer by the clock than by its processor time a guest may take: others may use the processors, or it
/// may wait for something.
pub(super) const BY_THE_CLOCK: u32 = 5;

/// The time limits, which depend on how fast the machine is: in processor time, but for `settle`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// The time without any change after which nothing more is expected.
    pub(super) rest: Duration,
    /// The time by the clock that a sign must have stood without one of failure.
    pub(super) settle: Duration,
    /// The time after which it is over in any case.
    pub(super) most: Duration,
}

impl Pace {
    /// The limits for a goal on a machine that took so much processor time to show its menu.
    pub(super) fn of(menu: Duration, goal: &Goal) -> Self {
        let within = |times: u32, least: u64, most: u64| {
            (menu * times).clamp(Duration::from_secs(least), Duration::from_secs(most))
        };
        // A system may panic behind its first sign; a program that is all there is has nothing behind it.
        let settle = within(1, 1, if goal.starts_system() { 5 } else { 1 });
        Self { rest: within(10, 30, 240), settle, most: within(100, 600, 3600) }
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
/// The edges of menus, in the forms that GRUB's fonts and terminals give them.
pub(super) const EDGES: [char; 3] = ['|', '│', '⎪'];
/// What menus have around an entry: what is not ASCII is a `?` on a text screen.
const FRAME: fn(char) -> bool = |c| EDGES.contains(&c) || matches!(c, '?' | ' ' | '*');
/// The characters of a title that no edge of a menu cuts off.
const TITLE: usize = 40;
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
    /// The line of the menu that was marked at the choice.
    marked: Option<String>,
    said: String,
    reached: Rung,
    last: Seen,
    changed_at: Duration,
    /// The processor time at the choice, and when something changed last.
    worked_before: Duration,
    worked_at_change: Duration,
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
            marked: marked(&chosen.screen).map(str::to_owned),
            said: chosen.serial,
            reached: Rung::Menu,
            last: Seen::default(),
            changed_at: Duration::ZERO,
            worked_before: chosen.worked,
            worked_at_change: chosen.worked,
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

    /// Whether nothing has changed for a while by the clock, though it may yet.
    pub(super) fn is_quiet(&self) -> bool {
        self.last.at.saturating_sub(self.changed_at) >= self.pace.rest
    }

    /// Takes what is seen now; gives the judgement once there is one.
    pub(super) fn see(&mut self, seen: Seen) -> Option<Judgement> {
        self.said.push_str(&seen.serial);
        let fresh = self.fresh(&seen);
        let has_changed = !seen.serial.trim().is_empty()
            || seen.picture != self.last.picture
            || seen.bytes_read != self.last.bytes_read;
        if has_changed {
            (self.changed_at, self.worked_at_change) = (seen.at, seen.worked);
        }
        self.left_menu |= self.picture_before != Some(seen.picture);
        let shows_menu = self.shows_menu(&seen.screen);
        // A menu that comes back at once may be seen only by its mark, which is on its default again.
        let mark = marked(&seen.screen);
        let has_moved = mark.is_some() && mark != self.marked.as_deref();
        let came_back = (self.away || has_moved) && shows_menu || self.prints_menu();
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

    /// Whether the menu is on the screen.
    fn shows_menu(&self, screen: &[String]) -> bool {
        let is_title = |line: &&str| self.menu.iter().any(|title| start_of(line) == *title);
        // With a theme it has no headline, and an entry that is marked.
        screen.iter().any(|line| line.contains("GNU GRUB") || line.starts_with('*'))
            && screen.iter().map(|line| line.trim_matches(FRAME)).any(|line| is_title(&line))
    }

    /// Whether the menu was printed since the choice.
    fn prints_menu(&self) -> bool {
        let menu = self.said.rsplit_once("GNU GRUB").map_or("", |(_, menu)| menu);
        // Behind a title that is not cut off, a line of a menu has blanks; another menu may have longer ones.
        let is = |line: &str, title: &String| {
            let rest = line.trim_start_matches(FRAME).strip_prefix(title.as_str());
            let is_cut = title.chars().count() == TITLE;
            rest.is_some_and(|rest| is_cut || rest.is_empty() || rest.starts_with("  "))
        };
        menu.lines().any(|line| self.menu.iter().any(|title| is(line, title)))
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
        let is_up = |clock: Duration, since: Duration, limit: Duration| {
            clock >= limit * BY_THE_CLOCK || seen.worked.saturating_sub(since) >= limit
        };
        let at_rest = is_up(quiet, self.worked_at_change, self.pace.rest);
        if !at_rest && !is_up(seen.at, self.worked_before, self.pace.most) {
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
    lines.find(|line| line.contains(text)).map(|line| line.trim_matches(FRAME).to_owned())
}

/// The last error of GRUB's.
fn grub_error(said: &str, screen: &[String]) -> Option<String> {
    let mut lines = said.lines().chain(screen.iter().map(String::as_str)).map(str::trim);
    // GRUB goes on without graphics.
    let is_error =
        |line: &&str| line.starts_with(ERROR) && !line.contains("no suitable video mode");
    lines.rfind(is_error).map(str::to_owned)
}

/// The line of a menu that is marked, if one is on the screen.
fn marked(screen: &[String]) -> Option<&str> {
    let inside = |line: &'_ String| line.trim_matches(|c| c != '*' && FRAME(c)).starts_with('*');
    screen.iter().find(|line| inside(line)).map(String::as_str)
}

/// The start of a title, as far as no edge of a menu cuts it off.
pub(super) fn start_of(title: &str) -> String {
    title.chars().take(TITLE).collect()
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
mod tests;
