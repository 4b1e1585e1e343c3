//! The packages that have QEMU and its firmware, by distribution.

/// What is to be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    QemuX86,
    QemuArm64,
    OvmfX64,
    /// The same, with Microsoft's keys.
    OvmfX64SecureBoot,
    OvmfIa32,
    AavmfArm64,
}

/// A distribution, by its ID in os-release, with the command that installs a package.
const DISTRIBUTIONS: [(&str, &str); 5] = [
    ("debian", "sudo apt install"),
    ("fedora", "sudo dnf install"),
    ("arch", "sudo pacman -S"),
    ("suse", "sudo zypper install"),
    ("alpine", "sudo apk add"),
];

impl Wanted {
    /// The packages, in the order of [`DISTRIBUTIONS`]. Empty: there is none.
    fn packages(self) -> [&'static str; 5] {
        match self {
            Self::QemuX86 => [
                "qemu-system-x86",
                "qemu-system-x86",
                "qemu-desktop",
                "qemu-x86",
                "qemu-system-x86_64",
            ],
            Self::QemuArm64 => [
                "qemu-system-arm",
                "qemu-system-aarch64",
                "qemu-system-aarch64",
                "qemu-arm",
                "qemu-system-aarch64",
            ],
            Self::OvmfX64 => ["ovmf", "edk2-ovmf", "edk2-ovmf", "qemu-ovmf-x86_64", "ovmf"],
            Self::OvmfX64SecureBoot => ["ovmf", "edk2-ovmf", "", "qemu-ovmf-x86_64", ""],
            Self::OvmfIa32 => ["ovmf-ia32", "edk2-ovmf-ia32", "edk2-ovmf", "qemu-ovmf-ia32", ""],
            Self::AavmfArm64 => {
                ["qemu-efi-aarch64", "edk2-aarch64", "edk2-aarch64", "qemu-uefi-aarch64", "aavmf"]
            }
        }
    }

    /// The package of Debian.
    pub(crate) fn in_debian(self) -> &'static str {
        self.packages()[0]
    }

    /// How it is installed on the machine with this os-release.
    pub(crate) fn install(self, os_release: &str) -> String {
        let packages = DISTRIBUTIONS.iter().zip(self.packages());
        let mut have = packages.filter(|(_, package)| !package.is_empty());
        if let Some(((_, command), package)) = have.clone().find(|((id, _), _)| is(os_release, id))
        {
            return format!("install it: {command} {package}");
        }
        let named = have.by_ref().map(|((id, _), package)| format!("{package} ({id})"));
        format!("it is in the package {}", named.collect::<Vec<_>>().join(", "))
    }
}

/// Whether os-release says that the machine runs this distribution, or one made of it.
fn is(os_release: &str, id: &str) -> bool {
    let values = os_release.lines().filter_map(|line| line.split_once('='));
    let mut ids = values.filter(|(key, _)| matches!(*key, "ID" | "ID_LIKE"));
    ids.any(|(_, value)| value.trim_matches(['"', '\'']).split(' ').any(|word| word == id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_that_of_the_distribution_or_of_its_parent() {
        let install = |os_release| Wanted::OvmfX64.install(os_release);
        assert_eq!(install("NAME=x\nID=debian\n"), "install it: sudo apt install ovmf");
        let tumbleweed = "ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n";
        assert_eq!(install(tumbleweed), "install it: sudo zypper install qemu-ovmf-x86_64");
        let all = install("ID=slackware\n");
        assert!(all.contains("ovmf (debian), edk2-ovmf (fedora)"), "{all}");
    }

    #[test]
    fn a_distribution_without_the_package_is_told_who_has_it() {
        let told = Wanted::OvmfX64SecureBoot.install("ID=arch\n");
        assert!(told.contains("ovmf (debian)") && !told.contains("arch"), "{told}");
    }
}
