//! The plan: every decision about a key, made. The same plan gives the same bytes.

use crate::inventory::{Grub, Origin};
use boot_recipes::Boot;
use file_tree::Directory;
use grub_config::{Id, Name};

/// A key, decided.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The key's name.
    pub name: String,
    /// Length of the image in bytes, a multiple of 1 MiB.
    pub len: u64,
    /// The MBR's disk signature.
    pub disk_signature: u32,
    /// Every timestamp on the key, in seconds since 1970.
    pub time: i64,
    /// GRUB's files, and the core image to make from them.
    pub grub: Grub,
    /// What core.img carries besides the kernel.
    pub core: Core,
    /// Where `memdisk` comes from, if an entry needs it.
    pub memdisk: Option<Origin>,
    /// Partition 1.
    pub boot: Partition,
    /// Partition 2.
    pub isos: Partition,
    /// The ISOs' menu entries, in order.
    pub entries: Vec<Entry>,
    /// The generated grub.cfg.
    pub grub_cfg: String,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// What GRUB's core image is made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Core {
    /// Modules asked for; their dependencies come by themselves.
    pub modules: Vec<&'static str>,
    /// Where GRUB finds its files, relative to the disk the BIOS started.
    pub prefix: String,
    /// Commands run before anything else.
    pub early_config: String,
}

/// A partition and the file system in it.
#[derive(Debug, Clone)]
pub struct Partition {
    /// First byte, a multiple of 1 MiB.
    pub at: u64,
    /// Length in bytes, a multiple of 1 MiB.
    pub len: u64,
    /// The file system's label.
    pub label: String,
    /// What in the spec its length depends on; for messages only.
    pub sized_by: &'static str,
    /// How the file system is made.
    pub options: fs_ext::Options,
    /// What it holds.
    pub tree: Directory,
}

/// A menu entry that boots an ISO.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id in grub.cfg.
    pub id: Id,
    /// What the menu shows.
    pub title: String,
    /// The theme icon's class.
    pub class: Name,
    /// The ISO's name on the key.
    pub file: String,
    /// Its length in bytes.
    pub len: u64,
    /// How the user named it.
    pub shown: String,
    /// The recipe.
    pub recipe: String,
    /// Why this recipe.
    pub why: String,
    /// What GRUB does.
    pub boot: Boot,
}
