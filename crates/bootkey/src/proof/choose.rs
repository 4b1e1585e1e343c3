//! Choosing an entry in GRUB's menu by pressing keys, with an eye on what the menu shows.

use super::look::Look;
use super::trials::{Step, Trial};
use super::watcher::{BY_THE_CLOCK, EDGES, NO_MENU, Seen, start_of};
use boot_recipes::KERNEL;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use virtual_machine::{Error, Guest};

/// The processor time without any change after which no menu is expected any more.
const REST: Duration = Duration::from_secs(30);
/// The processor time after which none is expected in any case.
const MOST: Duration = Duration::from_secs(300);
/// The time between two looks.
const MOMENT: Duration = Duration::from_millis(150);
/// The time without any change after which a menu that cannot be read is complete.
const STILL: Duration = Duration::from_secs(3);
/// How many moments are waited for what a key does.
const ANSWER: usize = 40;
/// How often a menu may ignore a key.
const TRIES: usize = 12;
/// How many moments are waited for the ways to start a found ISO.
const FIRST_WAY: usize = 100;

/// Why there was no menu, or not the entry, and the line that says it.
#[derive(Debug)]
pub(super) struct NotChosen {
    pub(super) why: String,
    pub(super) line: Option<String>,
    /// Whether what was seen rules it out; else it may be that nothing of it could be read.
    pub(super) surely: bool,
}

/// A machine at its menu.
#[derive(Debug, Clone)]
pub(super) struct AtMenu {
    menu: Menu,
    /// The time that it took, and the processor time.
    pub(super) after: Duration,
    pub(super) worked: Duration,
}

/// The menu as it is read.
#[derive(Debug, Clone, Default)]
struct Menu {
    said: String,
    screen: Vec<String>,
    /// Whether it answers to keys, and cannot be read: its font is another.
    unread: bool,
}

impl Menu {
    fn take(&mut self, seen: &Seen) {
        self.said.push_str(&seen.serial);
        self.screen.clone_from(&seen.screen);
    }

    /// Whether the entry that is marked has a title that begins so: on the screen, or as what the serial port
    /// showed last.
    fn marks(&self, title: &str) -> bool {
        let marked = format!("*{}", start_of(title));
        let said = self.last_marked().is_some_and(|text| text.starts_with(&marked));
        said || self.marks_on_screen(title)
    }

    fn marks_on_screen(&self, title: &str) -> bool {
        let marked = format!("*{}", start_of(title));
        self.screen.iter().any(|line| line.contains(&marked))
    }

    /// What the serial port showed last with a mark before it.
    fn last_marked(&self) -> Option<&str> {
        let mut at = self.said.match_indices('*').map(|(at, _)| at);
        let is_entry = |at: &usize| self.said[*at + 1..].chars().next().is_some_and(|c| c != ' ');
        at.rfind(is_entry).map(|at| self.said[at..].lines().next().unwrap_or_default())
    }

    /// The marked entry, wherever it is shown.
    fn marked(&self) -> Option<String> {
        let on_screen = self.screen.iter().find_map(|line| Some(&line[line.find('*')?..]));
        on_screen
            .or(self.last_marked())
            .map(|text| text.trim_end_matches(|c| c == ' ' || EDGES.contains(&c)).trim().to_owned())
    }

    fn shows(&self, title: &str) -> bool {
        let start = start_of(title);
        let said = self.said.rsplit_once("GNU GRUB").map_or("", |(_, menu)| menu);
        said.contains(&start) || self.screen.iter().any(|line| line.contains(&start))
    }
}

/// The choice of an entry in a running machine.
#[derive(Debug)]
pub(super) struct Choice<'a, 'l> {
    pub(super) guest: &'a mut Guest,
    pub(super) look: &'a mut Look<'l>,
    /// The title of the first entry of the outermost menu.
    pub(super) first: &'a str,
    /// Whether somebody wants it to stop.
    pub(super) stop: &'a AtomicBool,
}

/// Whether a limit is over: in processor time, or by the clock.
fn is_up(since: Instant, worked: Duration, limit: Duration) -> bool {
    worked >= limit || since.elapsed() >= limit * BY_THE_CLOCK
}

/// The title that a step marks, or its start.
fn title_of(step: &Step) -> &str {
    match step {
        Step::Below { title, .. } => title,
        Step::Titled { begins } => begins,
        Step::FirstIfMenu => "",
    }
}

impl NotChosen {
    /// An error of a guest that has ended meanwhile is none: it takes no keys any more.
    pub(super) fn or_ended<T>(
        result: Result<T, Error>,
        guest: &mut Guest,
    ) -> Result<Result<T, Self>, Error> {
        match result {
            Err(_) if guest.has_ended()? => {
                Ok(Err(not_chosen("the machine ended before the entry was chosen", None, true)))
            }
            result => result.map(Ok),
        }
    }
}

fn not_chosen(why: impl Into<String>, line: Option<String>, surely: bool) -> NotChosen {
    NotChosen { why: why.into(), line, surely }
}

impl Choice<'_, '_> {
    /// Waits for the menu.
    pub(super) fn wait(&mut self) -> Result<Result<AtMenu, NotChosen>, Error> {
        let started = Instant::now();
        let mut menu = Menu::default();
        if let Some(none) = self.wait_for_menu(&mut menu)? {
            return Ok(Err(none));
        }
        let (after, worked) = (started.elapsed(), self.guest.processor_time());
        self.wait_until_drawn(&mut menu, self.first)?;
        Ok(Ok(AtMenu { menu, after, worked }))
    }

    /// Chooses the entry of a trial; gives what was to be seen then. `on_marked` is told when the menu shows it
    /// marked.
    pub(super) fn choose(
        &mut self,
        at_menu: &AtMenu,
        trial: &Trial,
        on_marked: &mut dyn FnMut(&Look<'_>),
    ) -> Result<Result<Seen, NotChosen>, Error> {
        let mut menu = at_menu.menu.clone();
        let mut seen = Seen::default();
        for (level, step) in trial.steps.iter().enumerate() {
            let there = match step {
                Step::Below { entries, title } => {
                    self.go_down(&mut menu, *entries, title, level)?
                }
                Step::Titled { begins } => self.search(&mut menu, begins)?,
                Step::FirstIfMenu => {
                    let list = level.checked_sub(1).and_then(|n| trial.steps.get(n));
                    seen = self.first_if_menu(&mut menu, list.map_or("", title_of))?;
                    continue;
                }
            };
            if level == 0 {
                self.wait_until_drawn(&mut menu, title_of(step))?;
                on_marked(self.look);
            }
            if !there {
                let title = trial.titles.get(level).map(String::as_str).unwrap_or_default();
                let why = match menu.unread {
                    false => format!("the menu does not show {title:?} where it should be"),
                    true => format!("{title:?} was not chosen: the menu cannot be read"),
                };
                return Ok(Err(not_chosen(why, None, !menu.unread)));
            }
            seen = self.enter(&mut menu)?;
            if level + 1 < trial.steps.len() {
                self.wait_for_change(&mut menu)?;
            }
        }
        Ok(Ok(seen))
    }

    /// Waits until the screen shows an entry marked: what the serial port has already may not be drawn yet.
    fn wait_until_drawn(&mut self, menu: &mut Menu, title: &str) -> Result<(), Error> {
        for _ in 0..TRIES {
            if !self.look.is_blank() && menu.marks_on_screen(title) {
                break;
            }
            self.moment(menu)?;
        }
        Ok(())
    }

    /// Starts the marked entry; gives what was to be seen then.
    fn enter(&mut self, menu: &mut Menu) -> Result<Seen, Error> {
        let mut seen = self.look.look(self.guest)?;
        (seen.at, seen.serial) = (Duration::ZERO, String::new());
        *menu = Menu { unread: menu.unread, ..Menu::default() };
        self.look.begin();
        self.guest.key("ret")?;
        Ok(seen)
    }

    /// Waits until the menu that an entry was chosen in is gone from the screen.
    fn wait_for_change(&mut self, menu: &mut Menu) -> Result<(), Error> {
        let before = self.look.picture().cloned();
        for _ in 0..ANSWER {
            if self.moment(menu)?.is_over || self.look.picture() != before.as_ref() {
                break;
            }
        }
        Ok(())
    }

    fn moment(&mut self, menu: &mut Menu) -> Result<Seen, Error> {
        std::thread::sleep(MOMENT);
        let mut seen = self.look.look(self.guest)?;
        menu.take(&seen);
        // Then nothing is waited for any more.
        seen.is_over |= self.stop.load(Ordering::Relaxed);
        Ok(seen)
    }

    /// `None`: the menu is there, and its countdown has been stopped.
    fn wait_for_menu(&mut self, menu: &mut Menu) -> Result<Option<NotChosen>, Error> {
        let started = Instant::now();
        let (mut changed, mut last, mut asked) = (started, (0, 0), false);
        let mut worked = Duration::ZERO;
        loop {
            let seen = self.moment(menu)?;
            if menu.shows(self.first) {
                self.guest.key("home")?;
                return Ok(None);
            }
            let now = (seen.picture, seen.bytes_read);
            if now != last || !seen.serial.trim().is_empty() {
                (changed, last, asked, worked) = (Instant::now(), now, false, seen.worked);
            }
            let lines = menu.said.lines().chain(menu.screen.iter().map(String::as_str));
            let gave_up =
                lines.into_iter().find(|line| NO_MENU.iter().any(|text| line.contains(text)));
            if let Some(line) = gave_up {
                let line = line.trim().to_owned();
                return Ok(Some(not_chosen(format!("no menu came: {line}"), Some(line), true)));
            }
            if seen.is_over {
                return Ok(Some(not_chosen("the machine ended before its menu came", None, true)));
            }
            // At once: a countdown changes the picture until a key stops it.
            // Of letters that are wider than others, some lines may be read, and not the first entry's.
            let lacks_first = seen.screen.is_empty() || !self.first.is_ascii();
            let is_unread = self.look.is_drawn() && !self.look.is_blank() && lacks_first;
            if !asked && is_unread {
                asked = true;
                if self.answers(menu)? {
                    // Meanwhile it may have become one that can be read.
                    menu.unread = !menu.shows(self.first);
                    return Ok(None);
                }
            }
            let rests = is_up(changed, seen.worked.saturating_sub(worked), REST);
            if rests || is_up(started, seen.worked, MOST) {
                let quiet = if rests { ", and nothing changed any more" } else { "" };
                let why = format!("no menu came in {} s{quiet}", started.elapsed().as_secs());
                let lines = menu.said.lines().chain(menu.screen.iter().map(String::as_str));
                let line = lines.map(str::trim).rfind(|line| !line.is_empty()).map(str::to_owned);
                let surely = !self.look.is_drawn() || !menu.screen.is_empty();
                return Ok(Some(not_chosen(why, line, surely)));
            }
        }
    }

    /// Whether a menu that cannot be read is on the screen: "down" changes it, and "home" changes it back. No
    /// firmware minds these keys.
    fn answers(&mut self, menu: &mut Menu) -> Result<bool, Error> {
        let mut after = |key: &str| -> Result<_, Error> {
            self.guest.key(key)?;
            for _ in 0..4 {
                self.moment(menu)?;
            }
            Ok(self.look.picture().cloned())
        };
        let first = after("home")?;
        Ok(after("down")? != first && after("home")? == first)
    }

    /// Presses "down", and waits until the menu shows it: a busy machine loses keys that come faster.
    fn down(&mut self, menu: &mut Menu) -> Result<bool, Error> {
        let before = (menu.said.len(), menu.screen.clone(), self.look.picture().cloned());
        self.guest.key("down")?;
        for _ in 0..ANSWER {
            let is_over = self.moment(menu)?.is_over;
            let is_other = match menu.unread {
                true => self.look.picture() != before.2.as_ref(),
                false => menu.said.len() != before.0 || menu.screen != before.1,
            };
            if is_other || is_over {
                return Ok(is_other);
            }
        }
        Ok(false)
    }

    /// Marks the entry so many below the first. Where the mark can be read, it has to be there; else each key
    /// has to change the picture.
    fn go_down(
        &mut self,
        menu: &mut Menu,
        entries: usize,
        title: &str,
        level: usize,
    ) -> Result<bool, Error> {
        if level > 0 {
            self.wait_for_mark(menu)?;
        }
        'again: for _ in 0..3 {
            self.guest.key("home")?;
            for _ in 0..3 {
                self.moment(menu)?;
            }
            for _ in 0..entries {
                if !self.down(menu)? {
                    continue 'again;
                }
            }
            for _ in 0..TRIES {
                // Variables in a title have values that only GRUB knows.
                if menu.unread || menu.marks(title) || title.contains("${") {
                    return Ok(true);
                }
                self.moment(menu)?;
            }
            // Nor are letters read that are wider than others; each key did something.
            if !title.is_ascii() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits until a menu marks some entry, as long as anything changes.
    fn wait_for_mark(&mut self, menu: &mut Menu) -> Result<bool, Error> {
        let (mut changed, mut worked) = (Instant::now(), self.guest.processor_time());
        let mut last = (0, 0);
        while menu.marked().is_none() {
            if menu.unread && changed.elapsed() > STILL {
                return Ok(true);
            }
            let seen = self.moment(menu)?;
            let now = (seen.picture, seen.bytes_read);
            if now != last || !seen.serial.is_empty() {
                (changed, last, worked) = (Instant::now(), now, seen.worked);
            }
            if seen.is_over || is_up(changed, seen.worked.saturating_sub(worked), REST) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Marks the entry whose title begins so, going down from the first.
    fn search(&mut self, menu: &mut Menu, begins: &str) -> Result<bool, Error> {
        if !self.wait_for_mark(menu)? {
            return Ok(false);
        }
        let mut last = None;
        while !menu.marks(begins) {
            let marked = menu.marked();
            if marked == last {
                return Ok(false);
            }
            self.guest.key("down")?;
            for _ in 0..TRIES {
                self.moment(menu)?;
                if menu.marked() != marked {
                    break;
                }
            }
            last = marked;
        }
        Ok(true)
    }

    /// Starts the first entry, if another menu than the list where `begins` was chosen comes instead of a
    /// system. What was said meanwhile belongs to the system.
    fn first_if_menu(&mut self, menu: &mut Menu, begins: &str) -> Result<Seen, Error> {
        let mut seen = self.moment(menu)?;
        for _ in 0..FIRST_WAY {
            let has = |text: &str| {
                menu.said.contains(text) || menu.screen.iter().any(|line| line.contains(text))
            };
            let is_other = has("GNU GRUB") || !menu.marks(begins);
            if is_other && menu.marked().is_some() {
                return self.enter(menu);
            }
            if seen.is_over || KERNEL.iter().any(|text| has(text)) {
                break;
            }
            seen = self.moment(menu)?;
        }
        Ok(Seen { serial: std::mem::take(&mut menu.said), screen: Vec::new(), ..seen })
    }
}
