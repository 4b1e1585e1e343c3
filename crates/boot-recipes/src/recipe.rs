//! Recipes as their files have them: one TOML file for each kind of ISO.

use crate::evidence_rank::EvidenceRank;
use crate::marker::Marker;
use crate::recipe_evidence::RecipeEvidence;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A recipe: how to recognise one kind of ISO, and how to boot it or why that is impossible.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    pub(crate) id: String,
    /// The recipe's title for the menu, with placeholders.
    pub(crate) title: String,
    /// The name of the menu entry's icon.
    pub(crate) class: String,
    pub(crate) priority: u32,
    pub(crate) evidence: RecipeEvidence,
    /// The evidence in words.
    #[serde(default)]
    pub(crate) because: String,
    /// The places where the recipe can be checked: files of the system's own source, or of
    /// multiboot projects.
    #[serde(default)]
    pub(crate) places: Vec<String>,
    /// The kind of evidence from which on the recipe is certain: with less, another recipe for
    /// which there is better evidence decides.
    pub(crate) certain: EvidenceRank,
    /// The conditions under which the recipe fits an ISO.
    #[serde(default)]
    pub(crate) when: When,
    /// The conditions in place of [`Self::when`] when GRUB decides at boot, since it cannot read
    /// what files hold.
    pub(crate) at_boot: Option<When>,
    /// The text for the menu about what cannot be known of such an ISO when GRUB decides at boot.
    pub(crate) lost_at_boot: Option<String>,
    /// The names in an initrd of this kind.
    pub(crate) initrd: Option<Engine>,
    /// The methods to boot; the first that the ISO has the files for is used.
    #[serde(default)]
    pub(crate) boot: Vec<BootMethod>,
    /// The EFI programs that UEFI starts instead, if any.
    pub(crate) uefi: Option<UefiRow>,
    /// Parameters to add to the kernel's own, whether those come from the ISO's menu or from
    /// this recipe.
    #[serde(default)]
    pub(crate) add: Vec<String>,
    /// Globs for the kernel parameters to leave out: those that make the system look for a CD.
    #[serde(default)]
    pub(crate) drop: Vec<String>,
    /// Globs for parameters of the ISO's own entry that the system cannot follow here, because they
    /// refer to its medium or to another source: a warning names them.
    #[serde(default)]
    pub(crate) lost: Vec<String>,
    /// Rules that replace kernel parameters.
    #[serde(default)]
    pub(crate) rewrite: Vec<Rewrite>,
    /// The file systems that the partition with the ISO may have.
    #[serde(default)]
    pub(crate) filesystems: Filesystems,
    /// Other ways to start the same ISO, each with a menu entry.
    #[serde(default)]
    pub(crate) variant: Vec<VariantRow>,
    /// The way to keep the live system's changes, if there is one.
    pub(crate) persistence: Option<PersistenceRow>,
    /// The way to install without questions, if there is one.
    pub(crate) autoinstall: Option<AutoinstallRow>,
    /// Warnings for people.
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
    /// The reason why this kind of ISO cannot boot; a recipe has either this or [`Self::boot`].
    pub(crate) refuse: Option<Refusal>,
}

impl Recipe {
    /// The recipe's id, which `recipe = "…"` in a spec names.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The recipe's title for the menu, with placeholders.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The recipe's place in the order: recipes are tried from the lowest number to the highest,
    /// and the first that fits decides if it is [certain](Self::certain).
    pub fn priority(&self) -> u32 {
        self.priority
    }

    /// The evidence that the recipe is right: how far this project has tried it.
    pub fn evidence(&self) -> RecipeEvidence {
        self.evidence
    }

    /// The evidence in words: what was read, booted or reported.
    pub fn because(&self) -> &str {
        &self.because
    }

    /// The places where the recipe can be checked.
    pub fn places(&self) -> &[String] {
        &self.places
    }

    /// The rank of the evidence in an ISO from which on the recipe is certain.
    pub fn certain(&self) -> EvidenceRank {
        self.certain
    }

    /// Whether the recipe is for ISOs that cannot boot from a key.
    pub fn is_refusal(&self) -> bool {
        self.refuse.is_some()
    }

    /// Whether one of its methods starts a Linux kernel.
    pub fn starts_linux(&self) -> bool {
        use BootMethod::{Inherit, Linux, Linux16};
        let is_linux = |b: &BootMethod| matches!(b, Inherit { .. } | Linux { .. } | Linux16 { .. });
        self.boot.iter().any(is_linux)
    }

    /// The reason why an ISO of this kind cannot boot, and what to do instead.
    pub fn refusal(&self) -> Option<(&str, &str)> {
        self.refuse.as_ref().map(|r| (r.reason.as_str(), r.suggestion.as_str()))
    }

    /// The texts of the recipe that become parameters of a kernel or a module, except the
    /// parameters of its methods for kernels.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &String> {
        let modules = self.boot.iter().flat_map(BootMethod::modules).flat_map(|m| &m.args);
        let variants = self.variant.iter().flat_map(|v| &v.args);
        let persistence = self.persistence.iter().flat_map(|p| &p.args);
        let rewrite = self.rewrite.iter().map(|r| &r.to);
        let own = self.add.iter().chain(modules).chain(rewrite);
        own.chain(variants).chain(persistence)
    }
}

/// The conditions under which a recipe or a brand fits an ISO; all four must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct When {
    /// Markers that must all hold.
    #[serde(default)]
    pub(crate) all: Vec<Marker>,
    /// Markers of which at least one must hold; an empty list asks for nothing.
    #[serde(default)]
    pub(crate) any: Vec<Marker>,
    /// Markers of which none may hold.
    #[serde(default)]
    pub(crate) none: Vec<Marker>,
    /// The greatest length that the ISO file may have, in bytes.
    pub(crate) size_at_most: Option<u64>,
}

/// The names by which an engine, the software that looks for the system, is known in an initrd.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Engine {
    /// Markers of which each shows that the engine is there.
    pub(crate) names: Vec<Marker>,
    /// Whether every release has one of the names, so that an initrd without them has another
    /// engine.
    #[serde(default)]
    pub(crate) every_release: bool,
    /// Whether a name is enough for the recipe, as one of its `any` markers.
    #[serde(default = "yes")]
    pub(crate) enough: bool,
    /// Markers of which one has to hold for the engine to find its system in an ISO file; empty if
    /// the names do not tell.
    #[serde(default)]
    pub(crate) iso_hook: Vec<Marker>,
    /// The thing that an initrd without such a hook lacks, in words.
    #[serde(default)]
    pub(crate) without: String,
}

fn yes() -> bool {
    true
}

/// A rule that replaces a kernel parameter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rewrite {
    /// A glob for the parameters to replace.
    pub(crate) from: String,
    /// The parameter that takes their place, with placeholders.
    pub(crate) to: String,
    /// Whether the rule applies only to a parameter with characters that GRUB would not hand on
    /// unchanged.
    #[serde(default)]
    pub(crate) only_if_unsafe: bool,
}

/// File systems, by the names `ext`, `fat`, `exfat`, `ntfs`, `btrfs`, `xfs`, `f2fs`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filesystems {
    /// File systems that systems of this kind can read, unless an initrd shows that it cannot.
    #[serde(default)]
    pub(crate) always: Vec<String>,
    /// File systems that the system can read if one of its initrds has the driver.
    #[serde(default)]
    pub(crate) with_driver: Vec<String>,
    /// The file systems in [`Self::always`] whose drivers, with all that these depend on, come into
    /// an initrd by the same script as the names of the [`Engine`]: where the names are, the
    /// drivers are not waited for.
    #[serde(default)]
    pub(crate) with_engine: Vec<String>,
    /// Whether the system can mount ext4 with checksums of its metadata, if its initrd has the
    /// driver for them.
    #[serde(default = "yes")]
    pub(crate) ext4_checksums: bool,
}

impl Default for Filesystems {
    fn default() -> Self {
        Self {
            always: Vec::new(),
            with_driver: Vec::new(),
            with_engine: Vec::new(),
            ext4_checksums: true,
        }
    }
}

/// The names that [`Filesystems`] may hold.
pub(crate) const FILESYSTEMS: &[&str] = &["ext", "fat", "exfat", "ntfs", "btrfs", "xfs", "f2fs"];

/// A variant: another way to start the same ISO.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariantRow {
    /// The variant's name, which the menu shows behind the title: "safe graphics".
    pub(crate) title: String,
    /// The kernel parameters to add.
    pub(crate) args: Vec<String>,
}

/// The EFI programs that UEFI starts, where a BIOS starts what the method says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UefiRow {
    /// Globs for EFI programs that need no other file, of which the first that the ISO has is taken
    /// for each processor. `/efi.img:/EFI/BOOT/BOOTX64.EFI` lies in the FAT image `/efi.img`.
    pub(crate) programs: Vec<String>,
}

/// The way in which a live system keeps its changes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersistenceRow {
    /// The kernel parameters to add. `{part_label}` is the label of the partition with the changes;
    /// where no parameter has it, the system finds that partition by [`Self::label`] alone.
    pub(crate) args: Vec<String>,
    /// The label of an ext file system that the system keeps its changes on; `None` if it uses
    /// none.
    pub(crate) label: Option<String>,
    /// Directories that must be on that file system.
    #[serde(default)]
    pub(crate) directories: Vec<String>,
    /// Files that must be on that file system, by path, with their text.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    /// A description, for people, of the storage that the changes need.
    pub(crate) storage: String,
}

/// The way in which an installer gets the answers to its questions from a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AutoinstallRow {
    /// The kernel parameters to add. `{answers}` is the path of the file with the answers on the
    /// partition with the ISOs.
    pub(crate) args: Vec<String>,
    /// The place where the key gets the answers: `initrd:/NAME`, `isos:NAME` or `cidata`; `None` if
    /// the installer finds them nowhere on a key.
    pub(crate) put: Option<String>,
    /// A description, for people, of the answers that the installer needs.
    pub(crate) answers: String,
}

/// A method to boot. A recipe lists several, and the first that can be used is used.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum BootMethod {
    /// GRUB's `linux` and `initrd`, with the files and parameters of the first suitable entry of
    /// the ISO's own menus.
    Inherit {
        /// Globs for parameters, of which the entry must have one; an empty list allows any entry.
        #[serde(default)]
        tokens: Vec<String>,
        /// Kernels, of which the entry must start one; an empty list allows any.
        #[serde(default)]
        kernel: Vec<Marker>,
        /// Initrds to load after the entry's; all that the ISO has are taken.
        #[serde(default)]
        more_initrds: Vec<Marker>,
        warning: Option<String>,
    },
    /// GRUB's `linux` and `initrd`, with the files and parameters given here.
    Linux {
        /// Candidates for the kernel; the first that the ISO has is taken.
        kernel: Vec<Marker>,
        /// Candidates for the file that holds the system; the first that the ISO has is taken.
        /// Parameters may refer to its place. An empty list means that no file is asked for.
        #[serde(default)]
        payload: Vec<Marker>,
        /// Initrds to load before the others, like microcode; all that the ISO has are taken.
        #[serde(default)]
        early_initrds: Vec<Marker>,
        /// A list of candidates for each further initrd; the first that the ISO has is taken.
        #[serde(default)]
        initrds: Vec<Vec<Marker>>,
        /// Initrds to load after the others, like people's own; all that the ISO has are taken.
        #[serde(default)]
        more_initrds: Vec<Marker>,
        #[serde(default)]
        args: Vec<String>,
        warning: Option<String>,
    },
    /// GRUB's `linux16` and `initrd16`, which work on a BIOS only.
    Linux16 {
        /// Candidates for the kernel; the first that the ISO has is taken.
        kernel: Vec<Marker>,
        /// Candidates for the initrd; the first that the ISO has is taken. An empty list means no
        /// initrd.
        #[serde(default)]
        initrd: Vec<Marker>,
        #[serde(default)]
        args: Vec<String>,
        warning: Option<String>,
    },
    /// SYSLINUX's memdisk, which works on a BIOS only.
    Memdisk {
        /// Candidates for the disk image; the first that the ISO has is taken. An empty list means
        /// the whole ISO.
        #[serde(default)]
        inside: Vec<Marker>,
        #[serde(default)]
        args: Vec<String>,
        warning: Option<String>,
    },
    /// GRUB's `multiboot2` and `module2`, for Xen.
    Multiboot2 {
        kernel: Vec<Marker>,
        #[serde(default)]
        args: Vec<String>,
        modules: Vec<ModuleRow>,
        warning: Option<String>,
    },
    /// GRUB's `multiboot2` and `module2`, with the files and parameters of the first entry of the
    /// ISO's own menus that starts such a hypervisor. What the recipe adds and leaves out is about the
    /// first module, the kernel of dom0.
    InheritMultiboot2 {
        /// Candidates for the hypervisor.
        kernel: Vec<Marker>,
        warning: Option<String>,
    },
    /// GRUB's `kopenbsd`.
    Kopenbsd { kernel: Vec<Marker>, warning: Option<String> },
    /// GRUB's `knetbsd` and `knetbsd_module_elf`.
    Knetbsd { kernel: Vec<Marker>, modules: Vec<ModuleRow>, warning: Option<String> },
    /// The ISO's own `loopback.cfg`, a menu made for booting from the ISO file, if it has no known
    /// flaw.
    LoopbackCfg { warning: Option<String> },
    /// The ISO's own menu as it is, for systems that do not look for their medium.
    OwnMenu {
        /// Candidates for a menu of GRUB's; the first that the ISO has is taken.
        grub: Vec<Marker>,
        /// Candidates for a menu of isolinux's, if there is none of GRUB's.
        isolinux: Vec<Marker>,
        /// EFI images, where there is neither: only a menu at boot looks into them, for a menu of
        /// GRUB's, or for a unified kernel image, which UEFI starts.
        efi_images: Vec<Marker>,
        warning: Option<String>,
    },
}

/// A module: a file that GRUB loads beside a kernel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModuleRow {
    /// Candidates for the file; the first that the ISO has is taken.
    pub(crate) file: Vec<Marker>,
    #[serde(default)]
    pub(crate) args: Vec<String>,
}

impl BootMethod {
    pub(crate) fn args(&self) -> &[String] {
        match self {
            Self::Linux { args, .. }
            | Self::Linux16 { args, .. }
            | Self::Memdisk { args, .. }
            | Self::Multiboot2 { args, .. } => args,
            _ => &[],
        }
    }

    /// Whether the method's parameters may refer to the place of the file that holds the system.
    pub(crate) fn has_payload(&self) -> bool {
        matches!(self, Self::Linux { payload, .. } if !payload.is_empty())
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
            | Self::InheritMultiboot2 { warning, .. }
            | Self::Kopenbsd { warning, .. }
            | Self::Knetbsd { warning, .. }
            | Self::LoopbackCfg { warning }
            | Self::OwnMenu { warning, .. } => warning.as_deref(),
        }
    }

    /// The files that the method needs, a list of candidates for each.
    pub(crate) fn files(&self) -> Vec<&[Marker]> {
        let mut files: Vec<&[Marker]> = Vec::new();
        match self {
            Self::Linux { kernel, payload, initrds, .. } => {
                files.push(kernel);
                files.extend((!payload.is_empty()).then_some(payload.as_slice()));
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
            | Self::InheritMultiboot2 { kernel, .. }
            | Self::Kopenbsd { kernel, .. }
            | Self::Knetbsd { kernel, .. } => files.push(kernel),
            Self::LoopbackCfg { .. } | Self::OwnMenu { .. } => {}
        }
        files.extend(self.modules().iter().map(|m| m.file.as_slice()));
        files
    }
}

/// The reason why an ISO cannot boot from a key, and what to do instead.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    pub(crate) suggestion: String,
}
