//! Choosing an entry of GRUB's menu as a person would: by pressing keys.

use super::menu_place::MenuPlace;
use std::time::{Duration, Instant};
use virtual_machine::{Console, Error, Guest, Picture};

/// The time that firmware and GRUB may take for a menu, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(180);
/// The time that GRUB may take to show what a key does.
const MOMENT: Duration = Duration::from_millis(400);
/// The time that it may take for that on a busy machine.
const ANSWER: Duration = Duration::from_secs(20);
/// The time between two looks.
const GLANCE: Duration = Duration::from_millis(50);

/// Chooses the entry in the menu, once it is there; if the person ends the guest before, that is
/// fine. `false`: no menu came, or it did not answer to a key: then nothing is started.
pub(super) fn choose(
    guest: &mut Guest,
    console: Console,
    place: &MenuPlace,
) -> Result<bool, Error> {
    for (level, steps) in place.steps.iter().enumerate() {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if guest.has_ended()? {
                return Ok(true);
            }
            if Instant::now() > deadline {
                return Ok(false);
            }
            let is_there = match console {
                Console::Terminal if level == 0 => has_printed(guest, &place.first)?,
                Console::Terminal => has_paused(guest),
                Console::Program | Console::Window => guest.shows_menu()?,
            };
            if is_there {
                break;
            }
        }
        // The first entry may be marked already, which changes no picture.
        press(guest, console, "home", MOMENT)?;
        for _ in 0..*steps {
            if !press(guest, console, "down", ANSWER)? {
                return Ok(false);
            }
        }
        if level + 1 == place.steps.len() {
            guest.key("ret")?;
        } else if !press(guest, console, "ret", ANSWER)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Presses a key, and waits until the menu shows what it does: in a terminal one more mark before an entry, on
/// a screen another picture. A busy machine loses keys that come faster. `false`: it does not in time.
fn press(
    guest: &mut Guest,
    console: Console,
    key: &str,
    patience: Duration,
) -> Result<bool, Error> {
    let shown = |guest: &Guest| -> Result<(usize, Option<Picture>), Error> {
        Ok(match console {
            Console::Terminal => (guest.transcript().matches('*').count(), None),
            Console::Program | Console::Window => (0, Some(guest.picture()?)),
        })
    };
    let before = shown(guest)?;
    guest.key(key)?;
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        std::thread::sleep(GLANCE);
        if guest.has_ended()? || shown(guest)? != before {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the first entry of the menu was printed, behind the line that GRUB begins a menu with.
fn has_printed(guest: &Guest, title: &str) -> Result<bool, Error> {
    std::thread::sleep(MOMENT);
    // A long title is cut off at the edge of the menu.
    let start: String = title.chars().take(40).collect();
    let transcript = guest.transcript();
    let printed = transcript.rsplit_once("GNU GRUB").is_some_and(|(_, menu)| menu.contains(&start));
    if printed {
        guest.key("home")?;
        std::thread::sleep(MOMENT);
    }
    Ok(printed)
}

/// Whether nothing more is printed: the next menu is complete.
fn has_paused(guest: &Guest) -> bool {
    let before = guest.transcript().len();
    std::thread::sleep(2 * MOMENT);
    guest.transcript().len() == before
}
