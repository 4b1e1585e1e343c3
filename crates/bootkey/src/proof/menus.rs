//! Machines at their menus. Firmware and GRUB start once for the trials of a firmware: the machine is saved when its
//! menu is there, and each trial goes on from there in a machine of its own.

use super::choose::{AtMenu, Choice, NotChosen};
use super::look::Look;
use super::prepare::Proof;
use key_spec::Firmware;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use virtual_machine::{Error, Guest, Machine};

/// A machine that runs, and whether it is at its menu.
#[derive(Debug)]
pub(super) struct Begun<'a> {
    pub(super) guest: Guest,
    pub(super) look: Look<'a>,
    pub(super) menu: Result<AtMenu, NotChosen>,
}

/// The machines at their menus, of all firmware.
#[derive(Debug)]
pub(super) struct Menus<'a> {
    proof: &'a Proof,
    stop: &'a AtomicBool,
    saved: Vec<(Firmware, Mutex<Saved>)>,
}

#[derive(Debug, Clone)]
enum Saved {
    NotYet,
    At(PathBuf, AtMenu),
    /// QEMU cannot.
    Cannot,
}

impl<'a> Menus<'a> {
    pub(super) fn new(proof: &'a Proof, stop: &'a AtomicBool) -> Self {
        let firmware = proof.machines.iter().map(|(firmware, ..)| *firmware);
        let saved = firmware.map(|firmware| (firmware, Mutex::new(Saved::NotYet))).collect();
        Self { proof, stop, saved }
    }

    /// A machine for a trial, at its menu if one came.
    pub(super) fn begin(&self, firmware: Firmware, machine: &Machine) -> Result<Begun<'a>, Error> {
        let Some((_, saved)) = self.saved.iter().find(|(of, _)| *of == firmware) else {
            return self.start(machine);
        };
        // Whoever else wants one waits here for the first.
        let mut saved = saved.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*saved, Saved::NotYet) {
            let begun = self.start(machine)?;
            let Ok(at_menu) = begun.menu else { return Ok(begun) };
            let state = self.proof.room.path().join(format!("menu-{firmware}"));
            *saved = match begun.guest.save(&state) {
                Ok(()) => Saved::At(state, at_menu),
                Err(_) => Saved::Cannot,
            };
        }
        let known = saved.clone();
        drop(saved);
        if let Saved::At(state, at_menu) = known
            && let Ok(guest) = machine.resume(&state)
        {
            return Ok(Begun { guest, look: self.look(machine), menu: Ok(at_menu) });
        }
        self.start(machine)
    }

    /// A machine that starts by itself, from its firmware on.
    pub(super) fn start(&self, machine: &Machine) -> Result<Begun<'a>, Error> {
        let (mut guest, mut look) = (machine.start()?, self.look(machine));
        let (first, stop) = (&self.proof.first, self.stop);
        let menu = Choice { guest: &mut guest, look: &mut look, first, stop }.wait();
        let menu = NotChosen::or_ended(menu, &mut guest)?.and_then(|menu| menu);
        Ok(Begun { guest, look, menu })
    }

    fn look(&self, machine: &Machine) -> Look<'a> {
        Look::new(&self.proof.fonts, machine.firmware.is_pc())
    }
}
