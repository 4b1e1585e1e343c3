//! The conditions of recipes in GRUB's script language. GRUB asks for files, directories and the
//! volume id only. Markers about what it would have to read (the ISO's own entries, its initrds)
//! count as not holding, wherever they stand.
//!
//! Each recipe becomes a function. It returns 0 if it has dealt with the ISO, and 1 if the next
//! recipe is to be tried.

use super::function_names::{THERE, THERE_IS_DIRECTORY};
use super::pattern::{in_loop, regex};
use crate::marker::{AtBoot, Marker};
use crate::recipe::When;
use grub_config::{Command, Error, If, Statement, ident, matches};

/// Markers, sorted by the way in which GRUB asks for them.
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

/// Whether `when` can hold at boot: no marker that it needs is out of GRUB's reach.
pub(super) fn can_be_asked(when: &When) -> bool {
    let all = sorted(&when.all);
    let unknowable = |marker: &Marker| marker.at_boot() == AtBoot::Unknowable;
    !all.unknowable && (when.any.is_empty() || !when.any.iter().all(unknowable))
}

/// The command that succeeds if the volume id matches one of `globs`.
pub(super) fn label_is_like(globs: &[&str]) -> Result<Command, Error> {
    matches(&regex(globs), ident!("iso_label"))
}

/// The paths at which a `loopback.cfg` may lie: GRUB's directory has two usual names, and GRUB's
/// rescue disks had a third.
pub(super) const LOOPBACK_CFG: [&str; 3] =
    ["/boot/grub/loopback.cfg", "/boot/grub2/loopback.cfg", "/grub/loopback.cfg"];

/// The command that succeeds if the opened ISO has one of these files; a path may be a pattern.
pub(super) fn there<'p>(paths: impl IntoIterator<Item = &'p str>) -> Result<Command, Error> {
    with_paths(Command::call(THERE), paths)
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

/// Commands of which at least one succeeds if one of the markers holds. The volume id comes first,
/// because it is known already.
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
        out.push(with_paths(Command::call(THERE_IS_DIRECTORY), directories)?);
    }
    if markers.loopback_cfg {
        out.push(there(LOOPBACK_CFG)?);
    }
    Ok(out)
}

/// The statement that returns 1 unless one of `commands` succeeds.
fn unless(commands: Vec<Command>) -> Option<Statement> {
    let mut commands = commands.into_iter();
    let first = If::new(commands.next()?, Vec::new());
    let block = commands.fold(first, |block, command| block.elif(command, Vec::new()));
    Some(block.otherwise(vec![Statement::returns(1)]).into())
}

/// The statements that return 1 from a recipe's function unless `when` holds.
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
