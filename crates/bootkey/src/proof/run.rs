//! Running the trials: some at a time, each in a machine of its own.

use super::choose::{Choice, NotChosen};
use super::goal::Goal;
use super::menus::{Begun, Menus};
use super::other_disk;
use super::outcome::{Judgement, Outcome, Rung, Verdict};
use super::prepare::Proof;
use super::state::{Done, State};
use super::trials::Trial;
use super::watcher::{Pace, Watcher};
use crate::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use virtual_machine::{Bus, Disk, Ending, Guest, Machine, Picture};

/// The time between two looks at a guest.
const MOMENT: Duration = Duration::from_millis(400);
/// The keys that switch a Linux system to a console of text: one that neither a desktop nor an installer's
/// screen is on.
const ANOTHER_CONSOLE: &str = "ctrl-alt-f3";
/// Last lines that are kept.
const LAST_LINES: usize = 25;

/// An event while a proof is run.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A trial was done before, by an earlier run.
    Kept {
        /// Its entry and firmware.
        what: &'a str,
        /// What became of it then.
        outcome: &'a Outcome,
    },
    /// A trial is done.
    Done {
        /// Its entry and firmware.
        what: &'a str,
        /// What became of it.
        outcome: &'a Outcome,
        /// How many are done by now.
        done: usize,
        /// How many there are.
        all: usize,
    },
}

/// What became of all trials, in their order; `None` for one that is not for its firmware.
pub(super) type AllDone = Vec<Option<Done>>;

/// Runs all trials that no earlier run with the same directory has done, `jobs` at a time.
pub(super) fn run(
    proof: &Proof,
    jobs: usize,
    directory: Option<&Path>,
    stop: &AtomicBool,
    on: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<AllDone, Error> {
    let state = directory.map(|directory| State::open(directory, proof)).transpose()?;
    let all: Vec<Mutex<Option<Done>>> = proof.trials.iter().map(|_| Mutex::new(None)).collect();
    let mut open = Vec::new();
    for (n, trial) in proof.trials.iter().enumerate().filter(|(_, t)| t.not_here.is_none()) {
        match state.as_ref().and_then(|state| state.done(trial)) {
            Some(done) => {
                on(Progress::Kept { what: &called(trial), outcome: &done.outcome });
                *lock(&all[n]) = Some(done);
            }
            None => open.push(n),
        }
    }
    // The first of each firmware, so that its machine is at its menu for the others.
    // OK to index: the numbers are those of the trials.
    let of = |n: usize| proof.trials[n].firmware;
    let (first, rest): (Vec<usize>, Vec<usize>) = open
        .iter()
        .copied()
        .partition(|n| open.iter().find(|other| of(**other) == of(*n)) == Some(n));
    let open = [first, rest].concat();
    let menus = Menus::new(proof, stop);
    let (next, count) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let work = || {
        while let Some(n) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
            if stop.load(Ordering::Relaxed) || lock(&failure).is_some() {
                return;
            }
            // OK to index: the numbers are those of the trials.
            let trial = &proof.trials[*n];
            let kept = one(proof, trial, &menus, stop).and_then(|done| {
                let keep = state.as_ref().map(|state| state.keep(trial, &done));
                keep.transpose().map(|_| done)
            });
            match kept {
                Ok(done) => {
                    let number = count.fetch_add(1, Ordering::Relaxed) + 1;
                    let (what, outcome) = (&called(trial), &done.outcome);
                    on(Progress::Done { what, outcome, done: number, all: open.len() });
                    *lock(&all[*n]) = Some(done);
                }
                Err(error) => {
                    lock(&failure).get_or_insert(error);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, open.len().max(1)) {
            scope.spawn(work);
        }
    });
    if let Some(error) = lock(&failure).take() {
        return Err(error);
    }
    if stop.load(Ordering::Relaxed) {
        return Err(Error::Stopped);
    }
    Ok(all.iter().map(|done| lock(done).take()).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn called(trial: &Trial) -> String {
    format!("{} ({})", trial.name(), trial.firmware)
}

/// Runs one trial.
fn one(proof: &Proof, trial: &Trial, menus: &Menus<'_>, stop: &AtomicBool) -> Result<Done, Error> {
    let found = proof.machines.iter().find(|(firmware, ..)| *firmware == trial.firmware);
    let (_, machine, _) = found.ok_or(Error::Stopped)?;
    let machine = Machine { ends_with_reboot: !trial.goal.restarts(), ..machine.clone() };
    let Begun { mut guest, mut look, menu } = match with_other_disk(&machine, trial, proof)? {
        Some(machine) => menus.start(&machine)?,
        None => menus.begin(trial.firmware, &machine)?,
    };
    let (mut menu_png, mut menu_after, mut worked) = (None, None, Duration::ZERO);
    let chosen = match menu {
        Err(none) => Err(none),
        Ok(at_menu) => {
            (menu_after, worked) = (Some(at_menu.after), at_menu.worked);
            let (guest, look) = (&mut guest, &mut look);
            let mut choice = Choice { guest, look, first: &proof.first, stop };
            let chosen = choice.choose(&at_menu, trial, &mut |look| {
                menu_png = look.picture().map(Picture::to_png);
            });
            NotChosen::or_ended(chosen, choice.guest)?.and_then(|chosen| chosen)
        }
    };
    if is_stopped(stop, &guest) {
        return Err(Error::Stopped);
    }
    let started = Instant::now();
    let (mut said, mut drawn) = (None, None);
    let judgement = match chosen {
        Err(NotChosen { why, line, surely }) => {
            let reached = if menu_after.is_some() { Rung::Menu } else { Rung::Firmware };
            let verdict = if surely { Verdict::Failed } else { Verdict::NotProven };
            Judgement { verdict, reached, why, seen: line }
        }
        Ok(seen) => {
            let title = trial.titles.last().unwrap_or(&proof.first);
            let pace = Pace::of(worked, &trial.goal);
            let mut watcher = Watcher::new(trial.goal, pace, [&proof.first, title], seen);
            let judgement = loop {
                std::thread::sleep(MOMENT);
                let judgement = watcher.see(look.look(&mut guest)?);
                if is_stopped(stop, &guest) {
                    return Err(Error::Stopped);
                }
                if let Some(judgement) = judgement {
                    break judgement;
                }
                let is_new = drawn.as_ref().is_none_or(|(number, _)| *number != look.number());
                if is_new && trial.goal.has_consoles() && watcher.is_quiet() && look.is_drawing() {
                    drawn = look.picture().map(|picture| (look.number(), picture.to_png()));
                    guest.key(ANOTHER_CONSOLE)?;
                }
            };
            said = Some(watcher.said().to_owned());
            if drawn.is_some() { judgement.on_another_console() } else { judgement }
        }
    };
    let Judgement { verdict, reached, why, seen } = judgement;
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Ok(Done {
        outcome: Outcome {
            verdict,
            reached,
            why,
            seen,
            last_lines: last_lines(&said.unwrap_or_else(|| guest.transcript()), look.lines()),
            menu_ms: menu_after.map(millis),
            ms: millis(started.elapsed()),
        },
        menu_png,
        end_png: drawn.map(|(_, png)| png).or_else(|| look.picture().map(Picture::to_png)),
    })
}

/// Whether somebody wants it to stop: us, or QEMU itself, which gets a terminal's Ctrl-C as well.
fn is_stopped(stop: &AtomicBool, guest: &Guest) -> bool {
    stop.load(Ordering::Relaxed) || guest.ending() == Some(Ending::Stopped)
}

/// The machine of a trial that needs another disk beside the key.
fn with_other_disk(
    machine: &Machine,
    trial: &Trial,
    proof: &Proof,
) -> Result<Option<Machine>, Error> {
    let Goal::LeavesKey(texts) = trial.goal else { return Ok(None) };
    if !texts.contains(&other_disk::SAYS) {
        return Ok(None);
    }
    let path = proof.room.path().join("other-disk.img");
    let failed = |e| Error::Trial { what: format!("`{}`: {e}", input_file::shown(&path)) };
    std::fs::write(&path, other_disk::bytes()).map_err(failed)?;
    let mut machine = machine.clone();
    machine.disks.push(Disk::new(path, Bus::Ide));
    Ok(Some(machine))
}

/// The last lines that were printed; of a guest that printed nothing, those on its screen.
fn last_lines(said: &str, screen: &[String]) -> Vec<String> {
    let of = |lines: &mut dyn DoubleEndedIterator<Item = &str>| {
        let lines = lines.rev().map(str::trim_end).filter(|line| !line.is_empty());
        let mut last: Vec<String> = lines.take(LAST_LINES).map(shown_text::shown).collect();
        last.reverse();
        last
    };
    match of(&mut said.lines()) {
        lines if !lines.is_empty() => lines,
        _ => of(&mut screen.iter().map(String::as_str)),
    }
}
