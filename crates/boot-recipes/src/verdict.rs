//! The verdict of the catalogue about an ISO.

use crate::{Arg, Placeholder, RecipeEvidence, args};
use grub_config::Title;
use iso_probe::Machine;
use serde::Serialize;
use std::collections::BTreeMap;

/// The verdict of the catalogue about an ISO.
///
/// Sentences for people may quote names from the ISO; characters that a terminal would act on are
/// spelled out in them, but not in [`Recognised::title`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// The ISO boots, like this.
    Boots(Box<Recognised>),
    /// The ISO does not boot from a key.
    Refused {
        /// The recipe that says so.
        recipe: String,
        /// The title of the ISO.
        title: String,
        /// The reason why it does not boot from a key.
        reason: String,
        /// The description of what was found in it.
        found: String,
        /// The next step.
        suggestion: String,
        /// The conditions of all recipes, in words, if none fits; else nothing.
        #[serde(skip_serializing_if = "String::is_empty")]
        looked_for: String,
    },
}

impl Verdict {
    /// The ISO's title, as menus and messages show it.
    pub fn menu_title(&self) -> Title {
        match self {
            Self::Boots(found) => found.menu_title(),
            Self::Refused { title, .. } => Title::new(title),
        }
    }
}

/// The way in which an ISO boots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recognised {
    /// The recipe's id.
    pub recipe: String,
    /// The brand's id, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The menu title. It may hold anything that the ISO's label holds:
    /// [`grub_config::Title`] cleans it.
    pub title: String,
    /// The class: the name of the entry's icon. A [`grub_config::Name`].
    pub class: String,
    /// The reason for this recipe, as the rest of a sentence about the ISO: "has /ipxe.krn".
    pub why: String,
    /// The evidence that the recipe is right.
    pub evidence: RecipeEvidence,
    /// The commands with which GRUB starts the ISO.
    pub boot: Boot,
    /// The EFI programs that UEFI starts instead, at most one for each processor, by their names in
    /// [`IsoFacts::efi_programs`](iso_probe::IsoFacts::efi_programs). They need no other file, but
    /// have to be copied onto the key: firmware cannot read an ISO file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub uefi: BTreeMap<Machine, String>,
    /// The entry of the ISO's own menus that this follows: "Live system of /boot/grub/grub.cfg".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// The file systems on which the system that boots can find the ISO file: `ext`, `fat`,
    /// `exfat`… Empty if it does not look for the file; then any that GRUB can read will do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filesystems: Vec<String>,
    /// The file systems on which the system may find the ISO file, too: that depends on initrds
    /// that were not unpacked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread_filesystems: Vec<String>,
    /// Whether the system can read ext4 with checksums of its metadata (`metadata_csum`), where it
    /// reads ext at all; `true` if nothing is known against it.
    #[serde(skip_serializing_if = "core::clone::Clone::clone")]
    pub ext4_checksums: bool,
    /// Other ways to start the same ISO.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// The way in which changes are kept, if they can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persistence: Option<Persistence>,
    /// The way in which it installs without questions, if it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autoinstall: Option<Autoinstall>,
    /// Warnings for a person.
    pub warnings: Vec<String>,
}

impl Recognised {
    /// The title, as menus and messages show it.
    pub fn menu_title(&self) -> Title {
        Title::new(&self.title)
    }
}

/// A variant: another way to start the same ISO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variant {
    /// The words to put behind the title: "safe graphics".
    pub title: String,
    /// Parameters to add.
    pub args: Vec<Arg>,
}

/// The way in which a live system keeps its changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Persistence {
    /// Parameters to add. [`Placeholder::PartLabel`] is the label of the partition with the
    /// changes; if no parameter refers to it, the partition has to be labelled [`Self::label`].
    pub args: Vec<Arg>,
    /// The label of an ext file system that the system keeps its changes on; `None` if it uses
    /// none, so that a key cannot be made with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Directories that must be on that file system.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub directories: Vec<String>,
    /// Files that must be on that file system, by path, with their text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// A description, for people, of the storage that the changes need.
    pub storage: String,
}

/// The way in which an installer gets the answers to its questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Autoinstall {
    /// Parameters to add.
    pub args: Vec<Arg>,
    /// The place where the answers have to be; `None` if the installer finds them nowhere on a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub put: Option<Answers>,
    /// A description, for people, of the answers that the installer needs.
    pub answers: String,
}

/// The place where an installer looks for its answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answers {
    /// A file of this path in an initrd.
    Initrd(String),
    /// A file of this path on the partition of the ISOs.
    Isos(String),
    /// `user-data` on a file system labelled `CIDATA`.
    Cidata,
}

/// The commands with which GRUB starts an ISO. Paths are absolute within the ISO, and spelled as
/// the ISO has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
pub enum Boot {
    /// `linux` and `initrd`.
    Linux {
        /// The kernel.
        kernel: String,
        /// The initrds, in the order in which GRUB loads them; the key appends those with the
        /// answers for an installer.
        initrds: Vec<String>,
        /// The kernel's parameters.
        args: Vec<Arg>,
    },
    /// `linux16` and `initrd16`.
    Linux16 {
        /// The kernel, or what looks like one.
        kernel: String,
        /// The initrd.
        initrd: Option<String>,
        /// The kernel's parameters.
        args: Vec<Arg>,
    },
    /// SYSLINUX's memdisk, which makes an image into a disk in memory.
    Memdisk {
        /// The image.
        image: MemdiskImage,
        /// memdisk's parameters.
        args: Vec<Arg>,
    },
    /// A kernel that is not Linux, with its modules.
    Modular {
        /// The pair of commands.
        loader: Loader,
        /// The kernel.
        kernel: String,
        /// The parameters.
        args: Vec<Arg>,
        /// The modules, in order.
        modules: Vec<Module>,
    },
    /// The ISO's own `loopback.cfg`, a menu made for booting from the ISO file, whose path it takes
    /// from GRUB's variable `iso_path`.
    LoopbackCfg {
        /// The path of the menu.
        config: String,
    },
    /// The ISO's own menu, as it is.
    OwnMenu {
        /// The path of the menu.
        config: String,
        /// The boot loader that the menu is for.
        loader: MenuLoader,
    },
}

/// A boot loader whose menus GRUB shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MenuLoader {
    /// GRUB: `configfile`.
    Grub,
    /// isolinux: `syslinux_configfile`.
    Isolinux,
}

/// A pair of GRUB's commands, which load a kernel and its modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loader {
    /// `multiboot2`, `module2`.
    Multiboot2,
    /// `kopenbsd`, with a RAM disk as its only module.
    Kopenbsd,
    /// `knetbsd`, `knetbsd_module_elf`.
    Knetbsd,
}

impl Loader {
    /// Whether its kernel may be compressed, so that GRUB needs the module `gzio`, which no command
    /// loads by itself.
    ///
    /// With `gzio`, GRUB would unpack modules, too. They have to be loaded unchanged (`--nounzip`),
    /// or memory would hold an initrd twice in unpacked form.
    pub fn unzips(self) -> bool {
        match self {
            Self::Multiboot2 => true,
            Self::Kopenbsd | Self::Knetbsd => false,
        }
    }

    /// GRUB's commands for the kernel and for a module.
    pub fn commands(self) -> (&'static str, &'static str) {
        match self {
            Self::Multiboot2 => ("multiboot2", "module2"),
            Self::Kopenbsd => ("kopenbsd", "kopenbsd_ramdisk"),
            Self::Knetbsd => ("knetbsd", "knetbsd_module_elf"),
        }
    }
}

/// A module that is loaded beside a kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Module {
    /// The file.
    pub file: String,
    /// The module's parameters.
    pub args: Vec<Arg>,
}

/// The file that memdisk makes a disk of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemdiskImage {
    /// The ISO file itself.
    WholeIso,
    /// A file in the ISO.
    Inside(String),
}

impl Boot {
    /// Whether these commands work on a PC BIOS only, like those that enter a kernel in 16-bit
    /// mode.
    pub fn bios_only(&self) -> bool {
        matches!(
            self,
            Self::Linux16 { .. }
                | Self::Memdisk { .. }
                | Self::Modular { loader: Loader::Kopenbsd | Loader::Knetbsd, .. }
        )
    }

    /// Whether SYSLINUX's memdisk has to be on the key.
    pub fn needs_memdisk(&self) -> bool {
        matches!(self, Self::Memdisk { .. })
    }

    /// Every file of the ISO that is started or loaded.
    pub fn files(&self) -> Vec<&str> {
        let mut files: Vec<&str> = Vec::new();
        match self {
            Self::Linux { kernel, initrds, .. } => {
                files.push(kernel);
                files.extend(initrds.iter().map(String::as_str));
            }
            Self::Linux16 { kernel, initrd, .. } => {
                files.push(kernel);
                files.extend(initrd.as_deref());
            }
            Self::Memdisk { image: MemdiskImage::WholeIso, .. } => {}
            Self::Memdisk { image: MemdiskImage::Inside(path), .. } => files.push(path),
            Self::Modular { kernel, modules, .. } => {
                files.push(kernel);
                files.extend(modules.iter().map(|m| m.file.as_str()));
            }
            Self::LoopbackCfg { config } | Self::OwnMenu { config, .. } => files.push(config),
        }
        files
    }

    /// The parameters of the system's kernel, to which more may be added: under a hypervisor those
    /// of its first module, which is dom0's kernel. `None` for the ISO's own menu, which takes none.
    pub fn args_mut(&mut self) -> Option<&mut Vec<Arg>> {
        match self {
            Self::Modular { loader: Loader::Multiboot2, args, modules, .. } => {
                Some(modules.first_mut().map_or(args, |kernel| &mut kernel.args))
            }
            Self::Linux { args, .. }
            | Self::Linux16 { args, .. }
            | Self::Memdisk { args, .. }
            | Self::Modular { args, .. } => Some(args),
            Self::LoopbackCfg { .. } | Self::OwnMenu { .. } => None,
        }
    }

    /// The parameters of the hypervisor, to which more may be added; `None` if none is started.
    pub fn hypervisor_args_mut(&mut self) -> Option<&mut Vec<Arg>> {
        match self {
            Self::Modular { loader: Loader::Multiboot2, args, modules, .. } => {
                (!modules.is_empty()).then_some(args)
            }
            _ => None,
        }
    }

    /// The same commands with more parameters for the system that boots; `None` for the ISO's own
    /// menu, which takes none.
    pub fn with(&self, more: &[Arg]) -> Option<Self> {
        let mut boot = self.clone();
        args::add_to(boot.args_mut()?, more.iter().cloned());
        Some(boot)
    }

    /// All parameters, of the kernel and of modules.
    pub fn args(&self) -> impl Iterator<Item = &Arg> {
        let (own, modules): (&[Arg], &[Module]) = match self {
            Self::Linux { args, .. } | Self::Linux16 { args, .. } | Self::Memdisk { args, .. } => {
                (args, &[])
            }
            Self::Modular { args, modules, .. } => (args, modules),
            Self::LoopbackCfg { .. } | Self::OwnMenu { .. } => (&[], &[]),
        };
        own.iter().chain(modules.iter().flat_map(|m| &m.args))
    }

    /// Whether a parameter refers to `placeholder`, or the ISO's own menu does.
    pub fn needs(&self, placeholder: Placeholder) -> bool {
        let own_menu = matches!(self, Self::LoopbackCfg { .. });
        self.args().any(|arg| arg.needs(placeholder))
            || (own_menu && placeholder == Placeholder::IsoPath)
    }

    /// The first character of `path`, the ISO file's path on the key, that would keep the system
    /// from finding the file: the system gets the path as a kernel parameter, which a blank would
    /// end, and in which GRUB may put backslashes. `None` if there is no such character, or the
    /// system does not need the path.
    pub fn stumbles_over(&self, path: &str) -> Option<char> {
        if !self.needs(Placeholder::IsoPath) && !self.needs(Placeholder::IsoName) {
            return None;
        }
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '/' | '-');
        path.chars().find(|c| !fine(*c))
    }
}

/// The programs that a key has besides GRUB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Available {
    /// Whether it has SYSLINUX's `memdisk` program.
    pub memdisk: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_parameters_are_for_the_kernel_that_xen_starts() {
        let args = || vec![Arg::literal("own")];
        let boot = |loader, modules: &[&str]| Boot::Modular {
            loader,
            kernel: "/xen".to_owned(),
            args: args(),
            modules: modules
                .iter()
                .map(|file| Module { file: (*file).to_owned(), args: args() })
                .collect(),
        };
        let lengths = |boot: Option<Boot>| {
            let Some(Boot::Modular { args, modules, .. }) = boot else { panic!("no kernel") };
            (args.len(), modules.iter().map(|m| m.args.len()).collect::<Vec<_>>())
        };
        let xen = || boot(Loader::Multiboot2, &["/vmlinuz", "/initrd"]);
        let alone = || boot(Loader::Multiboot2, &[]);
        let netbsd = || boot(Loader::Knetbsd, &["/miniroot"]);
        let quiet = [Arg::literal("quiet")];
        assert_eq!(lengths(xen().with(&quiet)), (1, vec![2, 1]));
        assert_eq!(lengths(alone().with(&quiet)), (2, vec![]), "a kernel, and no hypervisor");
        assert_eq!(lengths(netbsd().with(&quiet)), (2, vec![1]));

        let hypervisors = |mut boot: Boot| {
            boot.hypervisor_args_mut()?.extend(quiet.clone());
            Some(lengths(Some(boot)))
        };
        assert_eq!(hypervisors(xen()), Some((2, vec![1, 1])));
        assert_eq!(hypervisors(alone()), None);
        assert_eq!(hypervisors(netbsd()), None);
    }
}
