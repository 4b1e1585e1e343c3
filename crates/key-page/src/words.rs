//! The page's own words: a table for each language.

mod de;
mod en;
mod of_language;

/// Words in one language, in the order of the page. A name in braces stands for a value.
#[derive(Debug)]
#[rustfmt::skip]
pub(crate) struct Words {
    /// The mark between a whole number and its tenths, and that after each three digits.
    pub(crate) decimal: &'static str,
    pub(crate) thousands: &'static str,
    pub(crate) bytes: &'static str,

    pub(crate) subtitle: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) contents: &'static str,

    // the file
    pub(crate) file: &'static str,
    pub(crate) name: &'static str,
    pub(crate) form: &'static str,
    pub(crate) image: &'static str,
    /// {program}
    pub(crate) packed: &'static str,
    /// {format}
    pub(crate) virtual_disk: &'static str,
    pub(crate) size: &'static str,
    pub(crate) sha256: &'static str,
    pub(crate) image_in_it: &'static str,
    pub(crate) stick: &'static str,
    /// {size}
    pub(crate) at_least: &'static str,
    pub(crate) starts_on: &'static str,
    pub(crate) bios: &'static str,
    pub(crate) uefi_x64: &'static str,
    pub(crate) uefi_ia32: &'static str,
    pub(crate) uefi_arm64: &'static str,
    pub(crate) secure_boot: &'static str,
    pub(crate) secure_boot_on: &'static str,
    pub(crate) secure_boot_off: &'static str,
    pub(crate) date: &'static str,

    // the check
    pub(crate) check: &'static str,
    pub(crate) check_why: &'static str,
    pub(crate) check_limit: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) or_drop: &'static str,
    pub(crate) stop: &'static str,
    pub(crate) progress: &'static str,
    pub(crate) no_script: &'static str,
    pub(crate) by_hand: &'static str,
    /// {name}
    pub(crate) right: &'static str,
    /// {name}
    pub(crate) right_image: &'static str,
    /// {name} {found}
    pub(crate) wrong: &'static str,
    /// {name} {found} {expected}
    pub(crate) short: &'static str,
    /// {name} {found} {expected}
    pub(crate) long: &'static str,
    /// {name} {why}
    pub(crate) unread: &'static str,
    pub(crate) stopped: &'static str,

    // writing it
    pub(crate) write: &'static str,
    pub(crate) write_warning: &'static str,
    pub(crate) write_disk: &'static str,
    pub(crate) linux_bootkey: &'static str,
    pub(crate) linux_else: &'static str,
    pub(crate) macos: &'static str,
    pub(crate) windows: &'static str,
    pub(crate) windows_packed: &'static str,
    pub(crate) windows_disk: &'static str,
    pub(crate) windows_format: &'static str,
    pub(crate) start: &'static str,

    // what is on it
    pub(crate) on_it: &'static str,
    pub(crate) isos: &'static str,
    pub(crate) no_isos: &'static str,
    pub(crate) title: &'static str,
    pub(crate) from: &'static str,
    pub(crate) menu: &'static str,
    pub(crate) opens_menu: &'static str,
    pub(crate) partitions: &'static str,
    pub(crate) number: &'static str,
    pub(crate) label: &'static str,
    pub(crate) filesystem: &'static str,
    pub(crate) parts: &'static str,
    pub(crate) part: &'static str,
    pub(crate) package: &'static str,
    pub(crate) unknown: &'static str,

    // the proof
    pub(crate) proof: &'static str,
    /// {date}
    pub(crate) proof_what: &'static str,
    pub(crate) proof_part: &'static str,
    pub(crate) entry: &'static str,
    pub(crate) proof_system: &'static str,
    pub(crate) proof_menu: &'static str,
    pub(crate) proof_kernel: &'static str,
    pub(crate) not_proven: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) not_tried: &'static str,

    // the lock
    pub(crate) lock: &'static str,
    pub(crate) lock_what: &'static str,
    pub(crate) lock_save: &'static str,
    pub(crate) lock_show: &'static str,
    /// {version}
    pub(crate) made_by: &'static str,
}
