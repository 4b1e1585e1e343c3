//! The recipes and brands that come with this crate. A test compares this list with the folder.

macro_rules! recipes {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("../recipes/", $name)))),*] };
}

/// The file name and text of every recipe and brand.
pub(crate) const FILES: &[(&str, &str)] = recipes![
    "brands/almalinux.toml"
    "brands/android-x86.toml"
    "brands/antix.toml"
    "brands/arch.toml"
    "brands/archboot.toml"
    "brands/artix.toml"
    "brands/bazzite.toml"
    "brands/blackarch.toml"
    "brands/bliss-os.toml"
    "brands/cachyos.toml"
    "brands/calculate.toml"
    "brands/centos.toml"
    "brands/clonezilla.toml"
    "brands/debian-live.toml"
    "brands/debian.toml"
    "brands/devuan.toml"
    "brands/elementary.toml"
    "brands/endeavouros.toml"
    "brands/fedora-coreos.toml"
    "brands/fedora.toml"
    "brands/finnix.toml"
    "brands/garuda.toml"
    "brands/gentoo.toml"
    "brands/gparted.toml"
    "brands/grml.toml"
    "brands/kali.toml"
    "brands/kaos.toml"
    "brands/kde-neon.toml"
    "brands/knoppix.toml"
    "brands/kubuntu.toml"
    "brands/linux-mint.toml"
    "brands/lmde.toml"
    "brands/lubuntu.toml"
    "brands/mabox.toml"
    "brands/manjaro.toml"
    "brands/minios.toml"
    "brands/mx-linux.toml"
    "brands/nixos.toml"
    "brands/openmandriva.toml"
    "brands/opensuse.toml"
    "brands/oracle-linux.toml"
    "brands/parrot.toml"
    "brands/pclinuxos.toml"
    "brands/pop-os.toml"
    "brands/porteus.toml"
    "brands/qubes.toml"
    "brands/rescuezilla.toml"
    "brands/rhel.toml"
    "brands/rocky.toml"
    "brands/sabayon.toml"
    "brands/slackware-live.toml"
    "brands/slax.toml"
    "brands/sle.toml"
    "brands/solus.toml"
    "brands/systemrescue.toml"
    "brands/tails.toml"
    "brands/tinycore.toml"
    "brands/ubuntu-mate.toml"
    "brands/ubuntu-server.toml"
    "brands/ubuntu.toml"
    "brands/void.toml"
    "brands/xcp-ng.toml"
    "brands/xubuntu.toml"
    "brands/zorin.toml"
    "engines/android-x86.toml"
    "engines/antix.toml"
    "engines/archboot.toml"
    "engines/archiso.toml"
    "engines/artix.toml"
    "engines/casper.toml"
    "engines/cdlinux.toml"
    "engines/coreos.toml"
    "engines/dracut-live.toml"
    "engines/fai.toml"
    "engines/fll.toml"
    "engines/genkernel.toml"
    "engines/ipfire.toml"
    "engines/kaspersky-rescue.toml"
    "engines/knoppix.toml"
    "engines/linux-live.toml"
    "engines/live-boot.toml"
    "engines/liveslak.toml"
    "engines/loopback-cfg.toml"
    "engines/miso.toml"
    "engines/nixos.toml"
    "engines/parted-magic.toml"
    "engines/pclinuxos.toml"
    "engines/plop-linux.toml"
    "engines/porteus.toml"
    "engines/puppy.toml"
    "engines/self-contained.toml"
    "engines/slitaz.toml"
    "engines/systemrescuecd-old.toml"
    "engines/tinycore.toml"
    "installers/alt.toml"
    "installers/anaconda-legacy.toml"
    "installers/anaconda-netinst.toml"
    "installers/anaconda.toml"
    "installers/debian-mini-iso.toml"
    "installers/linuxrc-net.toml"
    "installers/linuxrc.toml"
    "installers/mageia.toml"
    "installers/qubes.toml"
    "installers/self-contained-installer.toml"
    "installers/slackware.toml"
    "installers/xcp-ng.toml"
    "refusals/alpine.toml"
    "refusals/archboot-rootfs.toml"
    "refusals/debian-installer-medium.toml"
    "refusals/disk-image-systems.toml"
    "refusals/esxi.toml"
    "refusals/freebsd.toml"
    "refusals/illumos.toml"
    "refusals/kairos-uki.toml"
    "refusals/mageia-live.toml"
    "refusals/nixos-systemd.toml"
    "refusals/other-architecture.toml"
    "refusals/other-systems.toml"
    "refusals/proxmox.toml"
    "refusals/unknown.toml"
    "refusals/windows-setup.toml"
    "refusals/windows-xp.toml"
    "refusals/winpe.toml"
    "tools/dos-in-memory.toml"
    "tools/freedos.toml"
    "tools/grub-rescue.toml"
    "tools/ipxe.toml"
    "tools/memtest86-passmark.toml"
    "tools/memtest86plus-kernel.toml"
    "tools/memtest86plus.toml"
    "tools/netboot-xyz.toml"
    "tools/netbsd.toml"
    "tools/openbsd.toml"
    "tools/super-grub2-disk.toml"
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[allow(clippy::disallowed_methods)] // a test looks at its own folder
    fn files(folder: &Path, below: &str, all: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{below}{}", entry.file_name().into_string().unwrap());
            if entry.file_type().unwrap().is_dir() {
                files(&entry.path(), &format!("{name}/"), all);
            } else {
                all.push(name);
            }
        }
    }

    #[test]
    fn every_file_in_the_folder_is_listed() {
        let mut there = Vec::new();
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes"), "", &mut there);
        there.sort();
        let listed: Vec<&str> = super::FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, there);
    }
}
