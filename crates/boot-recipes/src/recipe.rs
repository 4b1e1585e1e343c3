//! A recipe as its file has it: one TOML file for one kind of ISO.

use crate::marker::Marker;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How well we know that a recipe is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Evidence {
    /// It claims nothing that could be wrong.
    None,
    /// People report it, or a multiboot project ships it.
    Reported,
    /// Read in the source of what boots.
    Source,
    /// Booted by this project.
    Booted,
}

/// One kind of ISO: how to tell it, and how to boot it or why not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) class: String,
    pub(crate) priority: u32,
    pub(crate) evidence: Evidence,
    /// What the evidence is.
    #[serde(default)]
    pub(crate) because: String,
    #[serde(default)]
    pub(crate) when: When,
    #[serde(default)]
    pub(crate) boot: Vec<Method>,
    /// What UEFI starts instead, if anything.
    pub(crate) uefi: Option<UefiRow>,
    /// What is told to a kernel besides its own parameters, whether they are inherited or not.
    #[serde(default)]
    pub(crate) add: Vec<String>,
    /// Parameters that are left out, as globs: of the ISO's own, those that lead elsewhere.
    #[serde(default)]
    pub(crate) drop: Vec<String>,
    /// Parameters that are replaced.
    #[serde(default)]
    pub(crate) rewrite: Vec<Rewrite>,
    /// File systems that the partition with the ISO may have.
    #[serde(default)]
    pub(crate) filesystems: Filesystems,
    /// Other ways to start the same.
    #[serde(default)]
    pub(crate) variant: Vec<VariantRow>,
    /// Where its changes can be kept.
    pub(crate) persistence: Option<PersistenceRow>,
    /// How it installs without questions.
    pub(crate) autoinstall: Option<AutoinstallRow>,
    /// What a person should know.
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
    pub(crate) refuse: Option<Refusal>,
}

impl Recipe {
    /// Its name, for `recipe = "…"` in a spec.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The menu title, with placeholders.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Recipes are tried from the lowest number to the highest; the first that fits decides.
    pub fn priority(&self) -> u32 {
        self.priority
    }

    /// How well we know that it is right.
    pub fn evidence(&self) -> Evidence {
        self.evidence
    }

    /// Where that is written.
    pub fn because(&self) -> &str {
        &self.because
    }

    /// Whether it says why an ISO cannot boot.
    pub fn is_refusal(&self) -> bool {
        self.refuse.is_some()
    }

    /// Why an ISO of this kind cannot boot, and what to do instead.
    pub fn refusal(&self) -> Option<(&str, &str)> {
        self.refuse.as_ref().map(|r| (r.reason.as_str(), r.suggestion.as_str()))
    }

    /// Every text of it that becomes a parameter.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &String> {
        let methods = self.boot.iter().flat_map(Method::args);
        let modules = self.boot.iter().flat_map(Method::modules).flat_map(|m| &m.args);
        let variants = self.variant.iter().flat_map(|v| &v.args);
        let persistence = self.persistence.iter().flat_map(|p| &p.args);
        let rewrite = self.rewrite.iter().map(|r| &r.to);
        let own = self.add.iter().chain(methods).chain(modules).chain(rewrite);
        own.chain(variants).chain(persistence)
    }
}

/// When a recipe or a brand fits: every condition that it has must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct When {
    /// All of these.
    #[serde(default)]
    pub(crate) all: Vec<Marker>,
    /// At least one of these, unless there are none.
    #[serde(default)]
    pub(crate) any: Vec<Marker>,
    /// None of these.
    #[serde(default)]
    pub(crate) none: Vec<Marker>,
    /// The file has no more bytes than this.
    pub(crate) size_at_most: Option<u64>,
}

/// A parameter that is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rewrite {
    /// What is replaced, as a glob.
    pub(crate) from: String,
    /// What by, with placeholders.
    pub(crate) to: String,
    /// Only where it has characters that GRUB would not hand on as they are.
    #[serde(default)]
    pub(crate) only_if_unsafe: bool,
}

/// File systems, by the names `ext`, `fat`, `exfat`, `ntfs`, `btrfs`, `xfs`, `f2fs`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filesystems {
    /// These can be read.
    #[serde(default)]
    pub(crate) always: Vec<String>,
    /// These, if a driver of theirs is in an initrd.
    #[serde(default)]
    pub(crate) with_driver: Vec<String>,
}

/// What the names in [`Filesystems`] may be.
pub(crate) const FILESYSTEMS: &[&str] = &["ext", "fat", "exfat", "ntfs", "btrfs", "xfs", "f2fs"];

/// Another way to start the same.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariantRow {
    /// What it is called behind the title: "safe graphics".
    pub(crate) title: String,
    /// What is added.
    pub(crate) args: Vec<String>,
}

/// What UEFI starts instead of what a BIOS does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UefiRow {
    /// EFI programs that need no other file, as globs; `/efi.img:/EFI/BOOT/BOOTX64.EFI` lies in
    /// the FAT image `/efi.img`. For each processor the first that is there.
    pub(crate) programs: Vec<String>,
}

/// How changes are kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersistenceRow {
    /// What is added. `{part_label}` is the label of the partition with the changes; where it is
    /// not asked for, the system looks for [`Self::label`] and no other.
    pub(crate) args: Vec<String>,
    /// How an ext file system is called that it can use; `None`: it uses no such thing.
    pub(crate) label: Option<String>,
    /// Directories that must be on it.
    #[serde(default)]
    pub(crate) directories: Vec<String>,
    /// Files that must be on it.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    /// What has to be there to keep them.
    pub(crate) storage: String,
}

/// How an installation answers its questions by itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AutoinstallRow {
    /// What is added. `{answers}` is the path of the file on the partition with the ISOs.
    pub(crate) args: Vec<String>,
    /// Where the answers go: `initrd:/NAME`, `isos:NAME` or `cidata`; `None`: not by us.
    pub(crate) put: Option<String>,
    /// What has to be there.
    pub(crate) answers: String,
}

/// One way to boot. The first one of a recipe that can be used is used.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Method {
    /// `linux` and `initrd`, as the first entry of the ISO's own menus says that fits.
    Inherit {
        /// The entry has one of these parameters, as globs; any entry if there are none.
        #[serde(default)]
        tokens: Vec<String>,
        /// Its kernel is one of these; any if there are none.
        #[serde(default)]
        kernel: Vec<Marker>,
        warning: Option<String>,
    },
    /// `linux` and `initrd`.
    Linux {
        /// The first of these that is there.
        kernel: Vec<Marker>,
        /// Microcode and the like, in front of the others: those that are there.
        #[serde(default)]
        early_initrds: Vec<Marker>,
        /// For each initrd, in order: the first of these that is there.
        #[serde(default)]
        initrds: Vec<Vec<Marker>>,
        #[serde(default)]
        args: Vec<String>,
        warning: Option<String>,
    },
    /// `linux16` and `initrd16`: BIOS only.
    Linux16 {
        /// The first of these that is there.
        kernel: Vec<Marker>,
        /// The first of these that is there; no initrd when the list is empty.
        #[serde(default)]
        initrd: Vec<Marker>,
        #[serde(default)]
        args: Vec<String>,
        warning: Option<String>,
    },
    /// syslinux's memdisk: BIOS only.
    Memdisk {
        /// The first of these that is there; the whole ISO when the list is empty.
        #[serde(default)]
        inside: Vec<Marker>,
        #[serde(default)]
        args: Vec<String>,
        warning: Option<String>,
    },
    /// `multiboot2` and `module2`: Xen.
    Multiboot2 {
        kernel: Vec<Marker>,
        #[serde(default)]
        args: Vec<String>,
        modules: Vec<ModuleRow>,
        warning: Option<String>,
    },
    /// `kopenbsd`.
    Kopenbsd { kernel: Vec<Marker>, warning: Option<String> },
    /// `knetbsd` and `knetbsd_module_elf`.
    Knetbsd { kernel: Vec<Marker>, modules: Vec<ModuleRow>, warning: Option<String> },
    /// The ISO's own menu for this purpose, if it is sane.
    LoopbackCfg { warning: Option<String> },
}

/// What is loaded beside a kernel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModuleRow {
    /// The first of these that is there.
    pub(crate) file: Vec<Marker>,
    #[serde(default)]
    pub(crate) args: Vec<String>,
}

impl Method {
    pub(crate) fn args(&self) -> &[String] {
        match self {
            Self::Linux { args, .. }
            | Self::Linux16 { args, .. }
            | Self::Memdisk { args, .. }
            | Self::Multiboot2 { args, .. } => args,
            _ => &[],
        }
    }

    pub(crate) fn modules(&self) -> &[ModuleRow] {
        match self {
            Self::Multiboot2 { modules, .. } | Self::Knetbsd { modules, .. } => modules,
            _ => &[],
        }
    }

    pub(crate) fn warning(&self) -> Option<&str> {
        match self {
            Self::Inherit { warning, .. }
            | Self::Linux { warning, .. }
            | Self::Linux16 { warning, .. }
            | Self::Memdisk { warning, .. }
            | Self::Multiboot2 { warning, .. }
            | Self::Kopenbsd { warning, .. }
            | Self::Knetbsd { warning, .. }
            | Self::LoopbackCfg { warning } => warning.as_deref(),
        }
    }

    /// Every file it needs, as lists of candidates.
    pub(crate) fn files(&self) -> Vec<&[Marker]> {
        let mut files: Vec<&[Marker]> = Vec::new();
        match self {
            Self::Linux { kernel, initrds, .. } => {
                files.push(kernel);
                files.extend(initrds.iter().map(Vec::as_slice));
            }
            Self::Linux16 { kernel, initrd, .. } => {
                files.push(kernel);
                files.extend((!initrd.is_empty()).then_some(initrd.as_slice()));
            }
            Self::Memdisk { inside: files_inside, .. }
            | Self::Inherit { kernel: files_inside, .. } => {
                files.extend((!files_inside.is_empty()).then_some(files_inside.as_slice()));
            }
            Self::Multiboot2 { kernel, .. }
            | Self::Kopenbsd { kernel, .. }
            | Self::Knetbsd { kernel, .. } => files.push(kernel),
            Self::LoopbackCfg { .. } => {}
        }
        files.extend(self.modules().iter().map(|m| m.file.as_slice()));
        files
    }
}

/// Why an ISO cannot boot from a key, and what to do instead.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    pub(crate) suggestion: String,
}
