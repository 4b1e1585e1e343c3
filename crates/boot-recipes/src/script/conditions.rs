//! When a recipe fits, as far as GRUB can find out: files and directories that are there, and the
//! volume id. What would have to be read (the ISO's own entries, its initrds) is not asked for: a
//! recipe that needs it does not fit, and one that it rules out does.
//!
//! A recipe becomes a function: `return 0`, it has offered something; `return 1`, the next may try.

use super::pattern::{in_loop, regex};
use crate::marker::{AtBoot, Marker};
use crate::recipe::When;
use grub_config::{Command, Error, If, Statement, ident, matches};

/// Markers, sorted by what asking for them takes.
#[derive(Debug, Default)]
struct Sorted<'m> {
    labels: Vec<&'m str>,
    files: Vec<&'m str>,
    directories: Vec<&'m str>,
    loopback_cfg: bool,
    unknowable: bool,
}

fn sorted<'m>(markers: impl IntoIterator<Item = &'m Marker>) -> Sorted<'m> {
    let mut out = Sorted::default();
    for marker in markers {
        match marker.at_boot() {
            AtBoot::Label(glob) => out.labels.push(glob),
            AtBoot::File(path) => out.files.push(path),
            AtBoot::Directory(path) => out.directories.push(path.trim_end_matches('/')),
            AtBoot::LoopbackCfg => out.loopback_cfg = true,
            AtBoot::Unknowable => out.unknowable = true,
        }
    }
    out
}

/// Whether a recipe can fit at all.
pub(super) fn can_be_asked(when: &When) -> bool {
    let all = sorted(&when.all);
    let unknowable = |marker: &Marker| marker.at_boot() == AtBoot::Unknowable;
    !all.unknowable && (when.any.is_empty() || !when.any.iter().all(unknowable))
}

/// The volume id is like one of these.
pub(super) fn label_is_like(globs: &[&str]) -> Result<Command, Error> {
    matches(&regex(globs), ident!("iso_label"))
}

/// Where a loopback.cfg lies: GRUB's directory has two names, and GRUB rescue disks had a third.
pub(super) const LOOPBACK_CFG: [&str; 3] =
    ["/boot/grub/loopback.cfg", "/boot/grub2/loopback.cfg", "/grub/loopback.cfg"];

/// One of these files, or patterns of files, is in the opened ISO.
pub(super) fn there<'p>(paths: impl IntoIterator<Item = &'p str>) -> Result<Command, Error> {
    with_paths(Command::call(ident!("there")), paths)
}

fn with_paths<'p>(
    mut command: Command,
    paths: impl IntoIterator<Item = &'p str>,
) -> Result<Command, Error> {
    for path in paths {
        command = command.arg(in_loop(path)?);
    }
    Ok(command)
}

/// Commands of which one succeeds if one of the markers holds: the volume id first, which is known.
fn one_of(markers: &Sorted<'_>) -> Result<Vec<Command>, Error> {
    let mut out = Vec::new();
    if !markers.labels.is_empty() {
        out.push(label_is_like(&markers.labels)?);
    }
    if !markers.files.is_empty() {
        out.push(there(markers.files.iter().copied())?);
    }
    if !markers.directories.is_empty() {
        let directories = markers.directories.iter().copied();
        out.push(with_paths(Command::call(ident!("there_is_directory")), directories)?);
    }
    if markers.loopback_cfg {
        out.push(there(LOOPBACK_CFG)?);
    }
    Ok(out)
}

/// Leaves the function unless one of `commands` succeeds.
fn unless(commands: Vec<Command>) -> Option<Statement> {
    let mut commands = commands.into_iter();
    let first = If::new(commands.next()?, Vec::new());
    let block = commands.fold(first, |block, command| block.elif(command, Vec::new()));
    Some(block.otherwise(vec![Statement::returns(1)]).into())
}

/// Statements that leave the function unless `when` holds.
pub(super) fn leave_unless(when: &When) -> Result<Vec<Statement>, Error> {
    let mut out = Vec::new();
    for marker in &when.all {
        out.extend(unless(one_of(&sorted([marker]))?));
    }
    out.extend(unless(one_of(&sorted(&when.any))?));
    for command in one_of(&sorted(&when.none))? {
        out.push(If::new(command, vec![Statement::returns(1)]).into());
    }
    Ok(out)
}
