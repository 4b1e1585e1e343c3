//! The variables in which parts of the menu tell each other where things are.

use grub_config::{Command, Error, Word, bare, equals, ident, name};

/// `"(${isos})"`, the partition that holds the ISOs.
pub(super) fn isos_device() -> Word {
    Word::device(ident!("isos"))
}

/// `"(${usbboot})PATH"`, on GRUB's own partition.
pub(super) fn on_usbboot(path: &str) -> Result<Word, Error> {
    Ok(Word::device(ident!("usbboot")).and(Word::literal(path)?))
}

/// `[ "${signed}" = y ]`: whether a distribution's signed GRUB runs, which came here through
/// `super::signed_stub`.
pub(super) fn is_signed() -> Command {
    equals(ident!("signed"), bare!("y"))
}

/// Sets `$disk` and `$map` to what `$root` says: `hd0` and `msdos`, or `gpt`.
pub(super) fn disk_and_map() -> Result<Command, Error> {
    Ok(Command::new(name!("regexp"))
        .arg(bare!("--set=1:disk"))
        .arg(bare!("--set=2:map"))
        .literals(["^([^,]+),([a-z]+)"])?
        .arg(ident!("root")))
}

/// The partition with this number on the disk of [`disk_and_map`].
pub(super) fn partition_here(number: u8) -> Result<Word, Error> {
    let comma = Word::literal(",")?;
    let number = Word::number(number.into());
    Ok(Word::from(ident!("disk")).and(comma).and(ident!("map")).and(number))
}
