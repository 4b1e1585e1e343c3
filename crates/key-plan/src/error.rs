//! The errors of planning. Their messages are for the person who wrote the spec.

use key_spec::ErrorFamily;
use thiserror::Error as ThisError;

/// The size of the key, as messages name it: in a spec, and as the commands take it.
pub(crate) const KEY_SIZE: &str = "`key.size` (--size; of a key that is there: `bootkey set`)";

/// The file system of the ISOs, as messages name it: in a spec, and as the commands take it.
pub(crate) const ISOS_FILE_SYSTEM: &str =
    "`isos.filesystem` (--filesystem; of a key that is there: `bootkey set`)";

/// The refusal of an ISO that does not boot from a key.
#[derive(Debug, ThisError)]
#[error(
    "{iso} ({title}) cannot be booted from this key: {reason}\n\
     found: {found}\n\
     instead: {suggestion}; to carry the file without a menu entry, give it `recipe = \"none\"` in a \
     spec"
)]
pub struct CannotBoot {
    /// The ISO's name as the user gave it.
    pub iso: String,
    /// The ISO's title.
    pub title: String,
    /// The reason why it does not boot.
    pub reason: String,
    /// The description of what was found in it.
    pub found: String,
    /// The next step.
    pub suggestion: String,
    /// The list of what all recipes look for, if none fits: too long for the message.
    pub looked_for: String,
}

/// The reason why a key cannot be planned or laid out.
#[derive(Debug, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the fields are
pub enum Error {
    #[error(
        "`{first}` and `{second}` would both be `{name}` on the key; \
         rename one, or give one of them another `name` in a spec"
    )]
    SameName { name: String, first: String, second: String },
    #[error(transparent)]
    CannotBoot(Box<CannotBoot>),
    #[error(
        "{iso}: {why}, so `{name}` cannot be its name on the key; \
         rename the file, or give it another `name` in a spec"
    )]
    BadName { iso: String, name: String, why: &'static str },
    #[error("{entry}: `{key}` has a double quote that is not closed; close it, or leave it out")]
    OpenQuote { entry: String, key: &'static str },
    #[error(
        "{iso}: `hypervisor_args` is for an ISO that starts a hypervisor, and this one starts none; \
         what is for its kernel belongs into `args`"
    )]
    NoHypervisor { iso: String },
    #[error(
        "menu.locale: there are no words in {wanted:?}; there are in {have}. A table in \
         `translations.toml` of bootkey's crate `menu-words` adds a language"
    )]
    NoSuchLocale { wanted: String, have: String },
    #[error(
        "menu.keyboard: there is no layout {wanted:?}; there are {have}. A table in `layouts.toml` of \
         bootkey's crate `grub-keymap` adds one"
    )]
    NoSuchKeyboard { wanted: String, have: String },
    #[error("{iso}: {source}")]
    Recipe { iso: String, source: boot_recipes::Error },
    #[error(
        "`menu.default` is {wanted}, but the menu has {}; give a number from 0, a title or an id \
         (entries in `menu.extra` cannot be the default)",
        .have.join(", ")
    )]
    NoSuchEntry { wanted: String, have: Vec<String> },
    #[error(
        "a key of {size} is too small: it needs {needed} \
         ({rest} for partition tables, boot programs and `persistence`, {boot} for `{boot_label}`, {isos} for \
         `{isos_label}`); give {KEY_SIZE} as that, or `auto`",
        needed = whole_mib(*.needed), boot = mib(*.boot), isos = mib(*.isos),
        rest = mib(.needed.saturating_sub(*.boot).saturating_sub(*.isos))
    )]
    KeyTooSmall {
        size: String,
        needed: u64,
        boot: u64,
        boot_label: String,
        isos: u64,
        isos_label: String,
    },
    #[error(
        "{what} do not fit the partition `{label}` of {}{}; give {sized_by}{} more, or `auto`",
        mib(*.len),
        .needed.map(|n| format!(": they need {}", mib(n))).unwrap_or_default(),
        .short.map(|n| format!(" {}", whole_mib(n))).unwrap_or_default()
    )]
    DoesNotFit {
        what: &'static str,
        label: String,
        len: u64,
        needed: Option<u64>,
        short: Option<u64>,
        sized_by: &'static str,
    },
    #[error(
        "no BIOS starts a disk with sectors of 4096 bytes; leave \"bios\" out of `key.firmware`, \
         or `sector_size` at 512"
    )]
    BiosSectors,
    #[error(
        "`secure_boot` is for keys that UEFI starts; add \"uefi-x64\" to `key.firmware`, or leave \
         `secure_boot` out"
    )]
    SecureBootWithout,
    #[error(
        "bootkey knows no signed GRUB for {firmware}, so a key with `secure_boot` cannot start \
         there; leave it out of `key.firmware`, or `secure_boot` out of the spec"
    )]
    NoSignedGrub { firmware: key_spec::Firmware },
    #[error(
        "{from} cannot start a key with Secure Boot: {why}; `bootkey grub fetch --secure-boot` \
         gets programs that belong together"
    )]
    NotSigned { from: String, why: String },
    #[error("GRUB's files for {platform} are missing; `bootkey grub fetch` gets them")]
    NoPlatform { platform: grub_image::Platform },
    #[error(
        "{iso}: `persistence` cannot be had: {why}; leave it out, or give the ISO another `recipe`"
    )]
    NoPersistence { iso: String, why: String },
    #[error(
        "{iso}: `autoinstall` cannot be had: {why}; leave it out, or give the ISO another `recipe`"
    )]
    NoAutoinstall { iso: String, why: String },
    #[error(
        "{first} and {second} both need a partition labelled `{label}`, and a system finds its own \
         by that label alone; keep one of them, or make two keys"
    )]
    SameLabel { label: String, first: String, second: String },
    #[error(
        "the key would have {count} partitions, and an MBR holds four: {names}; give `key.table` \
         as \"gpt\", or leave out a `persistence`"
    )]
    TooManyPartitions { count: usize, names: String },
    #[error("menu.password: {source}")]
    Password { source: grub_config::Error },
    #[error("xen.{0}")]
    Xen(#[from] xen_host::Error),
    #[error("{iso}: `hotkey`: {source}")]
    Hotkey { iso: String, source: grub_config::Error },
    #[error("{iso}: `hotkey` is {text:?}; give one letter or digit")]
    HotkeyText { iso: String, text: String },
    #[error("`{first}` and `{second}` both have the hotkey {key:?}; give one of them another")]
    SameHotkey { key: String, first: String, second: String },
    #[error("the files of {from} do not go there: {source}")]
    OverlayTree { from: String, source: file_tree::TreeError },
    #[error("the EFI system partition: {0}")]
    Esp(#[from] fs_fat::Error),
    #[error("`menu.extra` has a NUL in it, at which GRUB would stop reading; leave it out")]
    NulInExtra,
    #[error("partition `{label}`: {source}")]
    FileSystem { label: String, source: fs_ext::Error },
    #[error(
        "partition `{label}`: {source}{}",
        match source {
            fs_fat::Error::FileTooLarge { .. } => {
                format!("; give {ISOS_FILE_SYSTEM} as \"ext4\", or leave the file out")
            }
            _ => String::new(),
        }
    )]
    Fat { label: String, source: fs_fat::Error },
    #[error("`isos.label`: {source}")]
    IsosLabel { source: fs_fat::Error },
    #[error(
        "`boot.filesystem` is \"fat32\"; GRUB's own partition is ext2, ext3 or ext4, and \
         `isos.filesystem` may be \"fat32\""
    )]
    BootOnFat,
    #[error(
        "GRUB's files are not as expected: {0}; try others with --grub, or `bootkey grub fetch`"
    )]
    Grub(#[from] grub_image::Error),
    #[error("{0}")]
    Menu(#[from] grub_config::Error),
    #[error("{0}")]
    Tree(#[from] file_tree::TreeError),
    #[error("{0}; make the key smaller")]
    Partitions(#[from] partition_table::Error),
    #[error("bootkey has made a mistake: {0}; please report it")]
    Claim(#[from] image_layout::ClaimError),
}

impl Error {
    /// The family of the error.
    pub fn family(&self) -> ErrorFamily {
        match self {
            Self::KeyTooSmall { .. }
            | Self::DoesNotFit { .. }
            | Self::Partitions(_)
            | Self::FileSystem {
                source: fs_ext::Error::TooLarge { .. } | fs_ext::Error::FileTooLarge { .. },
                ..
            }
            | Self::Fat {
                source: fs_fat::Error::Size { .. } | fs_fat::Error::FileTooLarge { .. },
                ..
            } => ErrorFamily::DoesNotFit,
            Self::CannotBoot(_)
            | Self::NotSigned { .. }
            | Self::Grub(_)
            | Self::FileSystem { .. }
            | Self::Fat { .. }
            // A mistake of ours, which nothing in the request mends.
            | Self::Claim(_) => ErrorFamily::Unsupported,
            Self::SameName { .. }
            | Self::BadName { .. }
            | Self::OpenQuote { .. }
            | Self::NoHypervisor { .. }
            | Self::Recipe { .. }
            | Self::NoSuchEntry { .. }
            | Self::NoSuchLocale { .. }
            | Self::NoSuchKeyboard { .. }
            | Self::BiosSectors
            | Self::SecureBootWithout
            | Self::NoSignedGrub { .. }
            | Self::NoPlatform { .. }
            | Self::NoPersistence { .. }
            | Self::NoAutoinstall { .. }
            | Self::SameLabel { .. }
            | Self::TooManyPartitions { .. }
            | Self::Password { .. }
            | Self::Xen(_)
            | Self::Hotkey { .. }
            | Self::HotkeyText { .. }
            | Self::SameHotkey { .. }
            | Self::OverlayTree { .. }
            | Self::Esp(_)
            | Self::NulInExtra
            | Self::IsosLabel { .. }
            | Self::BootOnFat
            | Self::Menu(_)
            | Self::Tree(_) => ErrorFamily::Usage,
        }
    }
}

/// A size as a spec and `--size` take it, rounded up.
fn whole_mib(bytes: u64) -> String {
    format!("{}MiB", bytes.div_ceil(1 << 20))
}

/// A size for people: MiB with one decimal, GiB from 10 GiB on; rounded up, so that a size that
/// is printed as needed is enough.
pub(crate) fn mib(bytes: u64) -> String {
    let tenths = |unit: u64| {
        let t = (u128::from(bytes) * 10).div_ceil(u128::from(unit));
        format!("{}.{}", t / 10, t % 10)
    };
    if bytes < 10 << 30 {
        format!("{} MiB", tenths(1 << 20))
    } else {
        format!("{} GiB", tenths(1 << 30))
    }
}

#[cfg(test)]
mod tests {
    use super::mib;

    #[test]
    fn sizes_are_rounded_up() {
        assert_eq!(mib(32 << 20), "32.0 MiB");
        assert_eq!(mib((32 << 20) + 1), "32.1 MiB");
        assert_eq!(mib(0), "0.0 MiB");
        assert_eq!(mib(64 << 30), "64.0 GiB");
    }
}
