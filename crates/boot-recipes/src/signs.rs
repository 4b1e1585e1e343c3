//! The signs by which a person, or a program, sees how far a boot came: what each recipe's engine prints
//! when it has found its system, and when it gives up.
//!
//! They are looked for in what a machine prints on its serial port and shows on its screen. A sign is a text
//! that stands nowhere else: not in a kernel's messages, not in an initrd that goes on.

/// The program that starts a system, from whose messages its signs come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A Linux kernel with an initrd, which looks for its system.
    Linux,
    /// A program that is all there is, with a screen of its own.
    Program,
    /// The ISO's own menu, which may start anything.
    Menu,
}

/// A text by which a failure is known, and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureSign {
    /// The text.
    pub text: &'static str,
    /// The meaning of the sign, for people.
    pub means: &'static str,
}

/// The signs of one recipe.
#[derive(Debug, Clone, Copy)]
pub struct Signs {
    /// The id of the recipe.
    pub recipe: &'static str,
    /// The program that the recipe starts.
    pub engine: Engine,
    /// The texts of which one shows that the system, or the program, has come up; beside those of all
    /// Linux systems.
    own_system: &'static [&'static str],
    /// The texts by which its engine gives up; beside those of all Linux systems.
    own_failures: &'static [FailureSign],
}

const fn gives_up(text: &'static str, means: &'static str) -> FailureSign {
    FailureSign { text, means }
}

/// The texts that show that a Linux kernel runs, or is about to.
pub const KERNEL: [&str; 7] = [
    "Linux version ",
    "EFI stub: ",
    "Decompressing Linux",
    "Booting the kernel",
    "Probing EDD",
    "Xen version ",
    "Run /init as init process",
];

/// Of Linux systems, behind their initrds: a prompt to log in, a shell's, systemd's targets. An initrd's
/// systemd has others (`initrd.target`).
const LINUX_SYSTEM: &[&str] = &[
    " login:",
    "automatic login",
    "Reached target Multi-User System",
    "Reached target multi-user.target",
    "Reached target Graphical Interface",
    "Reached target graphical.target",
];

const LINUX_FAILURES: &[FailureSign] = &[
    gives_up("Unable to mount root fs", "the kernel had no initrd that it could use, and no root"),
    gives_up("(initramfs)", "the initrd did not find its system, and opened a shell"),
    gives_up("dracut:/#", "the initrd did not find its system, and opened a shell"),
    gives_up("Entering emergency mode", "the initrd did not find its system, and opened a shell"),
    gives_up("You are in emergency mode", "the system stopped in emergency mode"),
    gives_up("/run/initramfs/rdsosreport.txt", "the initrd did not find its system"),
    gives_up("Gave up waiting for root", "the initrd did not find its root"),
    gives_up(
        "Unable to find a medium containing a live file system",
        "the initrd did not find its ISO",
    ),
    gives_up("No working init found", "the kernel found nothing to start"),
    gives_up("Requested init", "what `init=` names could not be started"),
    // Behind those that say why.
    gives_up("Kernel panic - not syncing", "the kernel panicked"),
    gives_up("end Kernel panic", "the kernel panicked"),
];

/// mkinitcpio's, when a device does not come.
const MKINITCPIO: &[FailureSign] = &[
    gives_up("device did not show up after", "the initrd did not find its medium"),
    gives_up("Falling back to interactive prompt", "the initrd did not find its medium"),
    gives_up("ERROR: Failed to mount", "the initrd could not mount its medium"),
    // So archiso has it.
    gives_up("ERROR; Failed to mount", "the initrd could not mount its medium"),
    gives_up("[rootfs ", "the initrd gave up, and opened a shell"),
];

const DRACUT: &[FailureSign] = &[
    gives_up("Could not boot.", "the initrd did not find its system"),
    gives_up("Boot has failed. To debug", "the initrd did not find its system"),
];

const CASPER: &[FailureSign] = &[
    gives_up("Could not find the ISO", "the initrd did not find its ISO"),
    gives_up("Unable to find a live file system", "the initrd did not find its system"),
];

const LIVE_BOOT: &[FailureSign] =
    &[gives_up("Unable to find a live file system", "the initrd did not find its system")];

const LINUX_LIVE: &[FailureSign] = &[
    gives_up("Fatal error occured", "the initrd did not find its system"),
    gives_up("Could not locate", "the initrd did not find its system"),
];

/// Debian's installer, in its languages' list or behind it; and on the consoles beside it, if that list is drawn.
const DEBIAN_INSTALLER: &[&str] =
    &["Select a language", "Choose language", "Please press Enter to activate this console"];

const ANACONDA: &[&str] = &["Starting installer, one moment", "anaconda installer", "Starting VNC"];

const fn linux(
    recipe: &'static str,
    own_system: &'static [&'static str],
    own_failures: &'static [FailureSign],
) -> Signs {
    Signs { recipe, engine: Engine::Linux, own_system, own_failures }
}

const fn program(recipe: &'static str, own_system: &'static [&'static str]) -> Signs {
    Signs { recipe, engine: Engine::Program, own_system, own_failures: &[] }
}

const fn menu(recipe: &'static str) -> Signs {
    Signs { recipe, engine: Engine::Menu, own_system: &[], own_failures: &[] }
}

/// The signs of recipes: of each that starts something else than Linux, and of those whose Linux has signs of its own.
const SIGNS: &[Signs] = &[
    linux("alt", &["Welcome to ALT"], &[]),
    linux("anaconda", ANACONDA, DRACUT),
    linux("anaconda-legacy", ANACONDA, DRACUT),
    linux("anaconda-netinst", ANACONDA, DRACUT),
    // Its initrd looks for its system for ever.
    linux("android-x86", &["console:/ ", "A N D R O I D root"], &[]),
    linux("antix", &[], &[gives_up("Fatal Error", "the initrd did not find its system")]),
    linux("archboot", &[], MKINITCPIO),
    linux("archiso", &["root@archiso"], MKINITCPIO),
    linux("artix", &[], MKINITCPIO),
    // systemd in an initrd says "Welcome to Ubuntu" as well, and whoever logs in is told the kernel behind it.
    linux("casper", &["(GNU/Linux ", "subiquity"], CASPER),
    linux("cdlinux", &[], &[gives_up("Can't find CDlinux", "the initrd did not find its system")]),
    linux("coreos", &["SSH host key"], DRACUT),
    linux("debian-mini-iso", DEBIAN_INSTALLER, &[]),
    // MEMDISK's own words come before it starts anything.
    program("dos-in-memory", &["A:\\>", "C:\\>", "FreeDOS kernel", "Starting MS-DOS"]),
    linux("dracut-live", &[], DRACUT),
    linux("fai", &["FAI - ", "Fully Automatic Installation"], DRACUT),
    // The boot sector says "FreeDOS" before it looks for the kernel.
    program(
        "freedos",
        &["FreeDOS kernel", "Welcome to FreeDOS", "Welcome to the FreeDOS", "A:\\>"],
    ),
    linux(
        "genkernel",
        &["livecd ~ #", "root@livecd"],
        &[gives_up("Could not find CD to boot", "the initrd did not find its medium")],
    ),
    program("grub-rescue", &["GNU GRUB  version", "GNU/Hurd"]),
    linux("ipfire", &["Select the language"], &[]),
    program("ipxe", &["Open Source Network Boot Firmware"]),
    linux(
        "knoppix",
        &["knoppix@"],
        &[gives_up("Can't find KNOPPIX", "the initrd did not find its system")],
    ),
    linux("linux-live", &["root@slax"], LINUX_LIVE),
    linux(
        "linuxrc",
        &["Starting Installer", "Starting YaST"],
        &[
            gives_up("No repository found", "the installer did not find its medium"),
            gives_up("Choose the URL to retry", "the installer did not find its medium"),
        ],
    ),
    linux("linuxrc-net", &["Starting Installer", "Main Menu", "Starting YaST"], &[]),
    linux("live-boot", &[], LIVE_BOOT),
    linux(
        "liveslak",
        &[],
        &[gives_up("No live media found", "the initrd did not find its system")],
    ),
    menu("loopback-cfg"),
    linux("mageia", &["Welcome to Mageia", "Choose the installation method"], &[]),
    program("memtest86-passmark", &["MemTest86"]),
    program("memtest86plus", &["Memtest86+ v"]),
    program("memtest86plus-kernel", &["Memtest86+ v"]),
    linux("miso", &[], MKINITCPIO),
    program("netboot-xyz", &["netboot.xyz", "Open Source Network Boot Firmware"]),
    program("netbsd", &["Installation messages in English"]),
    linux(
        "nixos",
        &["nixos@nixos", "<<< Welcome to"],
        // Behind "Timed out waiting for device" it goes on.
        &[gives_up("An error occurred in stage 1", "the initrd did not find its system")],
    ),
    program("openbsd", &["(I)nstall"]),
    linux(
        "porteus",
        &["root@porteus"],
        &[gives_up("Porteus data not found", "the initrd did not find its system")],
    ),
    linux(
        "puppy",
        &[],
        &[gives_up(
            "Dropping out to initial-ramdisk console",
            "the initrd did not find its system",
        )],
    ),
    linux("qubes", ANACONDA, DRACUT),
    linux("self-contained-installer", DEBIAN_INSTALLER, &[]),
    program("super-grub2-disk", &["Super Grub2 Disk", "GNU GRUB  version"]),
    linux(
        "systemrescuecd-old",
        &["root@sysresccd"],
        &[gives_up("Cannot find device with", "the initrd did not find its system")],
    ),
    linux("tinycore", &["tc@box"], &[]),
    linux("xcp-ng", &["Welcome to XCP-ng", "Select Keymap"], &[]),
];

/// The signs of a Linux system of which no more is known.
pub const OF_ANY_LINUX: Signs = linux("", &[], &[]);

/// The signs of the recipe called `id`.
pub fn signs_of(id: &str) -> &'static Signs {
    SIGNS.iter().find(|signs| signs.recipe == id).unwrap_or(&OF_ANY_LINUX)
}

impl Signs {
    /// The texts of which one shows that the system, or the program, has come up.
    pub fn system(&self) -> impl Iterator<Item = &'static str> {
        let all = if self.engine == Engine::Program { &[] } else { LINUX_SYSTEM };
        self.own_system.iter().chain(all).copied()
    }

    /// The texts by which it gives up.
    pub fn failures(&self) -> impl Iterator<Item = FailureSign> {
        let all = if self.engine == Engine::Program { &[] } else { LINUX_FAILURES };
        self.own_failures.iter().chain(all).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalogue, Recipe};
    use std::collections::BTreeSet;

    #[test]
    fn what_starts_no_linux_has_signs_and_only_recipes_have() {
        let catalogue = Catalogue::builtin();
        let listed: BTreeSet<&str> = SIGNS.iter().map(|signs| signs.recipe).collect();
        assert_eq!(listed.len(), SIGNS.len(), "each once");
        let recipes: BTreeSet<&str> = catalogue.recipes().iter().map(Recipe::id).collect();
        let unknown: Vec<&str> = listed.difference(&recipes).copied().collect();
        assert_eq!(unknown, [""; 0], "no such recipes");
        let starts = catalogue.recipes().iter().filter(|recipe| !recipe.is_refusal());
        let others = starts.filter(|recipe| !recipe.starts_linux()).map(Recipe::id);
        let missing: Vec<&str> = others.filter(|id| !listed.contains(id)).collect();
        assert_eq!(missing, [""; 0], "add what these show to the list in src/signs.rs");
    }

    #[test]
    fn every_recipe_has_a_sign_of_its_system_and_none_is_also_one_of_failure_or_of_a_kernel() {
        for signs in SIGNS {
            assert!(signs.system().next().is_some(), "{}", signs.recipe);
            for system in signs.system() {
                for failure in signs.failures() {
                    assert!(!failure.text.contains(system), "{}: {system}", signs.recipe);
                    assert!(!system.contains(failure.text), "{}: {system}", signs.recipe);
                }
                assert!(!KERNEL.iter().any(|kernel| kernel.contains(system)), "{system}");
            }
        }
    }
}
