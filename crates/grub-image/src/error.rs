//! The errors: everything that can be wrong with GRUB's files or with the place they are to go.

use crate::Platform;
use crate::build::MixedBuilds;
use crate::platform::UnknownPlatform;
use thiserror::Error;

/// The reason why an image could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages are the documentation
pub enum Error {
    #[error("GRUB's `{name}` is missing from its platform directory{}", carried_by(*platform))]
    MissingFile { name: String, platform: Option<Platform> },

    #[error(transparent)]
    UnknownPlatform(#[from] UnknownPlatform),

    #[error(
        "these are GRUB's files for {found}, but {wanted} is wanted: give the directory that ends \
         in `{wanted}`"
    )]
    WrongPlatform { found: Platform, wanted: &'static str },

    #[error(transparent)]
    MixedBuilds(#[from] MixedBuilds),

    #[error(
        "{module}.mod says that it needs {says}, but moddep.lst that it needs {list}: the two come \
         from different builds of GRUB; take all files from one package"
    )]
    ForeignModule { module: String, says: String, list: String },

    #[error("GRUB has no module `{module}` (wanted by {wanted_by}): there is no `{module}.mod`")]
    MissingModule { module: String, wanted_by: String },

    #[error("`{name}` is no name of a GRUB module; write it as in `part_msdos`")]
    BadModuleName { name: String },

    #[error("moddep.lst, line {line}: {reason}; take the file from GRUB's package again")]
    BadModdep { line: usize, reason: String },

    #[error("moddep.lst: modules depend on each other in a circle: {circle}")]
    ModuleCircle { circle: String },

    #[error("{file} is {len} bytes long instead of {wanted}; take it from GRUB's package again")]
    BadFileSize { file: String, len: usize, wanted: &'static str },

    #[error("{file}: {reason}; take the file from GRUB's package again")]
    BadFile { file: String, reason: String },

    #[error("the {what} holds a NUL byte, which GRUB takes for its end")]
    NulByte { what: &'static str },

    #[error("SBAT data goes into images for EFI only, and {platform} is none: leave it out")]
    SbatNotEfi { platform: Platform },

    #[error(
        "the SBAT data does not begin with the line for SBAT itself (`sbat,1,SBAT Version,…`), \
         without which shim takes none of it"
    )]
    BadSbat,

    #[error("kernel and modules are {len} bytes, more than the 4 GiB the image can express")]
    PayloadTooLong { len: u64 },

    #[error(
        "core.img is too big: it would fill memory up to {end:#x}, and {limit:#x} is the end \
         ({over} bytes too many); leave modules out of the core, GRUB loads them from its prefix"
    )]
    CoreTooBig { end: u64, limit: u64, over: u64 },

    #[error("kernel.img is too big: with its .bss it ends at {end:#x}, and {limit:#x} is the end")]
    KernelTooBig { end: u64, limit: u64 },

    #[error(
        "sector {lba} is no boot record (no 55 AA at its end): write the partition table first"
    )]
    NoBootRecord { lba: u64 },

    #[error(
        "partition entry {entry} of sector {lba} has the flag byte {flag:#04x} instead of 0x00 or 0x80: \
         this is no partition table, maybe a file system without one"
    )]
    BadPartitionFlag { lba: u64, entry: usize, flag: u8 },

    #[error(
        "sector 0 belongs to a GPT (its partition entry {entry} has type 0xEE), where nothing may \
         go behind sector 0: core.img goes into a BIOS boot partition there"
    )]
    ProtectiveBootRecord { entry: usize },

    #[error(
        "sector 0 says that the disk has a GPT (a partition of type 0xEE), but sector 1 holds no \
         header of one: write the partition table again"
    )]
    NoGptHeader,

    #[error("the GPT claims {count} entries of {size} bytes each, which no tool writes")]
    BadGptEntries { count: u32, size: u32 },

    #[error(
        "the GPT has no BIOS boot partition for core.img: add one of 1 MiB, of type \
         21686148-6449-6E6F-744E-656564454649 (sgdisk: EF02)"
    )]
    NoBiosBootPartition,

    #[error("the BIOS boot partition is said to reach from sector {first} to sector {last}")]
    BadBiosBootPartition { first: u64, last: u64 },

    #[error(
        "core.img needs {needed} sectors and the BIOS boot partition has {available}: make it \
         larger, best 1 MiB, or leave modules out of the core"
    )]
    BiosBootPartitionTooSmall { needed: u64, available: u64 },

    #[error("sector {lba} cannot be read")]
    UnreadableSector { lba: u64 },

    #[error(
        "the chain of logical partitions has not ended after {records} boot records: it is a \
         circle, repair the partition table"
    )]
    PartitionChain { records: usize },

    #[error(
        "foreign sectors cut the area for core.img into {runs} runs, and its list has room for \
         {limit}: leave modules out of the core, or use a disk without such sectors"
    )]
    TooManyRuns { runs: usize, limit: usize },

    #[error(
        "sectors {first}..{end} were given as free for core.img, but the partition of entry \
         {entry} starts at sector {start}"
    )]
    AreaInPartition { first: u64, end: u64, entry: usize, start: u64 },

    #[error(
        "there is no partition, hence no gap for core.img between sector 0 and the first one: \
         create a partition that starts at sector 2048 (1 MiB)"
    )]
    NoPartition,

    #[error(
        "core.img needs {needed} sectors and there are {available} between sector 0 and the first \
         partition: start that partition at sector {start} or later, best at 2048 (1 MiB), or \
         leave modules out of the core"
    )]
    GapTooSmall { needed: u64, available: u64, start: u64 },

    #[error(
        "core.img needs {needed} sectors, but the BIOS loader takes no more than {limit}: leave \
         modules out of the core, GRUB loads them from its prefix"
    )]
    TooManySectors { needed: u64, limit: u64 },
}

fn carried_by(platform: Option<Platform>) -> String {
    platform.map_or_else(String::new, |p| {
        format!("; on Debian the package {} holds it in /usr/lib/grub/{p}", p.package())
    })
}
