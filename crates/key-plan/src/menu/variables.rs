//! The variables through which parts of the menu tell each other where partitions are.

use grub_config::{Command, Error, Word, bare, equals, ident, name};

/// The device of the partition that holds the ISOs: `"(${isos})"`.
pub(super) fn isos_device() -> Word {
    Word::device(ident!("isos"))
}

/// A path on GRUB's own partition: `"(${usbboot})PATH"`.
pub(super) fn on_usbboot(path: &str) -> Result<Word, Error> {
    Ok(Word::device(ident!("usbboot")).and(Word::literal(path)?))
}

/// The command that succeeds if a distribution's signed GRUB runs: `[ "${signed}" = y ]`. The menu
/// of `super::signed_stub` sets that variable.
pub(super) fn is_signed() -> Command {
    equals(ident!("signed"), bare!("y"))
}

/// The command that sets `$disk` and `$map` from `$root`: to `hd0`, for example, and `msdos` or
/// `gpt`.
pub(super) fn disk_and_map() -> Result<Command, Error> {
    Ok(Command::new(name!("regexp"))
        .arg(bare!("--set=1:disk"))
        .arg(bare!("--set=2:map"))
        .literals(["^([^,]+),([a-z]+)"])?
        .arg(ident!("root")))
}

/// The name of the partition with this number on the disk of [`disk_and_map`].
pub(super) fn partition_here(number: u8) -> Result<Word, Error> {
    let comma = Word::literal(",")?;
    let number = Word::number(number.into());
    Ok(Word::from(ident!("disk")).and(comma).and(ident!("map")).and(number))
}
