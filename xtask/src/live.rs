//! The live systems that `cargo xtask isos` puts together itself, each as small as it can be and
//! still boot to a prompt: a Debian with live-boot as the dom0 of a Xen host, and one with dracut's
//! dmsquash-live, laid out as Fedora's. No program of Debian's makes such systems.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sh::{self, Error};

const SUITE: &str = "bookworm";
/// Debian's sources on a machine that runs the same suite; else mmdebstrap's own default.
const SOURCES: &str = "/etc/apt/sources.list.d/debian.sources";

/// The drivers and file systems that no machine of a test has, and second ways to compute what a kernel
/// can, as patterns of files in the kernel's package. Without them a system is made, packed and started in less
/// time.
const NO_DRIVERS: [&str; 31] = [
    "arch/x86/crypto/*",
    "arch/x86/kvm/*",
    "drivers/block/floppy.ko",
    "drivers/comedi/*",
    "drivers/cpufreq/*",
    "drivers/crypto/*",
    "drivers/gpu/*",
    "drivers/i2c/*",
    "drivers/iio/*",
    "drivers/infiniband/*",
    "drivers/input/*",
    "drivers/isdn/*",
    "drivers/media/*",
    "drivers/mmc/*",
    "drivers/mtd/*",
    "drivers/net/ethernet/*",
    "drivers/net/usb/*",
    "drivers/net/wireless/*",
    "drivers/nvme/*",
    "drivers/parport/*",
    "drivers/platform/*",
    "drivers/scsi/*/*",
    "drivers/staging/*",
    "fs/btrfs/*",
    "fs/f2fs/*",
    "fs/jfs/*",
    "fs/ocfs2/*",
    "fs/reiserfs/*",
    "fs/xfs/*",
    "net/wireless/*",
    "sound/*",
];

/// dpkg's options for a system without [`NO_DRIVERS`].
pub(crate) fn without_drivers() -> impl Iterator<Item = String> {
    NO_DRIVERS.iter().map(|files| format!("path-exclude=/lib/modules/*/kernel/{files}"))
}

/// A live system: the packages and scripts that make it, and the layout of its ISO.
#[derive(Debug)]
pub(crate) struct Live {
    /// The path of the ISO, where boot tests look for it.
    iso: &'static str,
    volume_id: &'static str,
    /// The packages besides those of the smallest Debian.
    packages: &'static str,
    /// A shell script that is run before all but the essential packages are installed; `$1` is the
    /// system's root.
    prepare: &'static str,
    /// A shell script that finishes the system; `$1` is its root, `$2` where what it copies goes
    /// on the ISO, below `/boot`.
    finish: &'static str,
    /// The files that the script copies.
    boot_files: &'static [&'static str],
    kernel: &'static str,
    initrd: &'static str,
    squashfs: &'static str,
    /// The path in the squashfs of an ext4 image that has the system; `None` if the squashfs itself
    /// has it.
    ext4: Option<&'static str>,
    /// Whether `grub-mkrescue` makes the ISO, which then starts as a CD, too.
    bootable: bool,
    /// The text files that ISOs of such distributions have, as far as the tests need them. Of the
    /// parameters, `norandmaps` is for emulation, as in [`live_build`](crate::live_build).
    texts: &'static [(&'static str, &'static str)],
}

/// The menu on the ISOs with live-boot.
const LIVE_BOOT_MENU: (&str, &str) = (
    "boot/grub/grub.cfg",
    "menuentry 'Live system (amd64)' {\n\
     \tlinux /live/vmlinuz boot=live components quiet norandmaps\n\
     \tinitrd /live/initrd.img\n}\n",
);

/// The dom0 of a Xen host, which `images/xen-host.toml` starts, with a kernel and an initrd for
/// guests in `/usr/lib/xen-guest`.
pub(crate) const XEN_DOM0: Live = Live {
    iso: "target/isos/xen-dom0.iso",
    volume_id: "d-live 12 xen",
    packages: "linux-image-amd64,live-boot,systemd-sysv,zstd,xen-hypervisor-4.17-amd64,xen-utils-4.17,bridge-utils,ifupdown,iproute2,\
               iputils-ping,kmod,udev,busybox-static",
    prepare: "",
    finish: include_str!("live/xen-dom0.sh"),
    boot_files: &["xen.gz"],
    kernel: "live/vmlinuz",
    initrd: "live/initrd.img",
    squashfs: "live/filesystem.squashfs",
    ext4: None,
    bootable: false,
    texts: &[
        (".disk/info", "Debian GNU/Linux 12 live, dom0 of a Xen host, made by bootkey\n"),
        LIVE_BOOT_MENU,
    ],
};

/// A live system of dracut's dmsquash-live, in the shape of Fedora's ISOs: the root is a snapshot,
/// by the device mapper, of an ext4 image in a squashfs in the ISO, which `grub-mkrescue` makes.
pub(crate) const DRACUT: Live = Live {
    iso: "target/isos/dracut-live.iso",
    volume_id: "Debian-dracut-Live-12",
    packages: "linux-image-amd64,dracut,dracut-live,dmsetup,systemd-sysv,udev,zstd",
    prepare: include_str!("live/dracut.sh"),
    finish: include_str!("live/dracut-finish.sh"),
    boot_files: &[],
    kernel: "images/pxeboot/vmlinuz",
    initrd: "images/pxeboot/initrd.img",
    squashfs: "LiveOS/squashfs.img",
    ext4: Some("LiveOS/rootfs.img"),
    bootable: true,
    texts: &[(
        "boot/grub/grub.cfg",
        "set default=\"1\"\n\
         search --no-floppy --set=root -l 'Debian-dracut-Live-12'\n\
         menuentry 'Start Debian-dracut-Live 12' --class fedora {\n\
         \tlinux ($root)/images/pxeboot/vmlinuz root=live:CDLABEL=Debian-dracut-Live-12 rd.live.image quiet rhgb norandmaps\n\
         \tinitrd ($root)/images/pxeboot/initrd.img\n}\n\
         menuentry 'Test this media & start Debian-dracut-Live 12' --class fedora {\n\
         \tlinux ($root)/images/pxeboot/vmlinuz root=live:CDLABEL=Debian-dracut-Live-12 rd.live.image rd.live.check quiet rhgb\n\
         \tinitrd ($root)/images/pxeboot/initrd.img\n}\n",
    )],
};

/// A live system that looks for what cloud-init is to do, as images for machines that are rented do.
pub(crate) const CLOUD: Live = Live {
    iso: "target/isos/cloud-live.iso",
    volume_id: "d-live 12 cloud",
    packages: "linux-image-amd64,live-boot,systemd-sysv,zstd,cloud-init,iproute2,udev",
    finish: "",
    boot_files: &[],
    texts: &[
        (".disk/info", "Debian GNU/Linux 12 live with cloud-init, made by bootkey\n"),
        LIVE_BOOT_MENU,
    ],
    ..XEN_DOM0
};

/// Makes the ISO. This takes some minutes and 400 MB of packages.
///
/// # Errors
/// When a program that is needed is missing, or fails.
pub(crate) fn make(live: &Live) -> Result<(), Error> {
    let mut needed =
        vec![("mmdebstrap", "mmdebstrap"), ("mksquashfs", "squashfs-tools"), ("cpio", "cpio")];
    if live.ext4.is_some() {
        needed.extend([("genext2fs", "genext2fs"), ("tune2fs", "e2fsprogs")]);
    }
    if live.bootable {
        needed.extend([
            ("grub-mkrescue", "grub-common"),
            ("xorriso", "xorriso"),
            ("mformat", "mtools"),
        ]);
    }
    sh::need(&needed)?;
    let out = sh::root().join(live.iso);
    let dir = out.parent().unwrap_or(Path::new(live.iso));
    std::fs::create_dir_all(dir).map_err(Error::io(dir))?;
    let work = out.with_extension("work");
    let _ = std::fs::remove_dir_all(&work); // of a run that was broken off
    std::fs::create_dir_all(&work).map_err(Error::io(&work))?;
    let made = live.install(&work, &out);
    let _ = std::fs::remove_dir_all(&work);
    made
}

impl Live {
    /// Whether its ISO was made before.
    pub(crate) fn is_there(&self) -> bool {
        sh::root().join(self.iso).is_file()
    }

    fn install(&self, work: &Path, out: &Path) -> Result<(), Error> {
        let boot = work.join("boot");
        let squashfs = self.squash(work, &boot)?;
        let part = out.with_extension("iso.part");
        if self.bootable {
            self.rescue_iso(work, &boot, &squashfs, &part)?;
        } else {
            self.plain_iso(&boot, &squashfs, &part)?;
        }
        let size = std::fs::metadata(&part).map_err(Error::io(&part))?.len();
        std::fs::rename(&part, out).map_err(Error::io(out))?;
        println!("{}: {size} bytes", self.iso);
        Ok(())
    }

    /// Writes the ISO with nothing but the files that the tests need.
    fn plain_iso(&self, boot: &Path, squashfs: &Path, out: &Path) -> Result<(), Error> {
        let mut iso = testbench::Iso::new(self.volume_id)
            .file_from(self.kernel, &boot.join("vmlinuz"))
            .file_from(self.initrd, &boot.join("initrd.img"))
            .file_from(self.squashfs, squashfs);
        for (path, text) in self.texts {
            iso = iso.file(path, *text);
        }
        for name in self.boot_files {
            iso = iso.file_from(format!("boot/{name}"), &boot.join(name));
        }
        iso.write(out)?;
        Ok(())
    }

    /// Has GRUB's own program make the ISO, with GRUB for a BIOS and for UEFI on it.
    fn rescue_iso(
        &self,
        work: &Path,
        boot: &Path,
        squashfs: &Path,
        out: &Path,
    ) -> Result<(), Error> {
        let tree = work.join("iso");
        let place = |path: &str| {
            let place = tree.join(path);
            let dir = place.parent().unwrap_or(&tree);
            std::fs::create_dir_all(dir).map_err(Error::io(dir)).map(|()| place)
        };
        for (path, from) in [
            (self.kernel, boot.join("vmlinuz")),
            (self.initrd, boot.join("initrd.img")),
            (self.squashfs, squashfs.to_owned()),
        ] {
            let to = place(path)?;
            std::fs::rename(&from, &to).map_err(Error::io(&from))?;
        }
        for (path, text) in self.texts {
            let to = place(path)?;
            std::fs::write(&to, text).map_err(Error::io(&to))?;
        }
        let mut make = Command::new("grub-mkrescue");
        make.arg("-o").arg(out).arg(&tree).args(["--", "-volid", self.volume_id]);
        sh::run(&mut make)
    }

    /// Makes a squashfs of the installed system, and puts its kernel and initrd into `boot`.
    fn squash(&self, work: &Path, boot: &Path) -> Result<PathBuf, Error> {
        let root = work.join("root.tar");
        let [prepare, finish] = ["prepare.sh", "finish.sh"].map(|name| work.join(name));
        std::fs::write(&prepare, self.prepare).map_err(Error::io(&prepare))?;
        std::fs::write(&finish, self.finish).map_err(Error::io(&finish))?;
        let mut bootstrap = Command::new("mmdebstrap");
        bootstrap.args(["--variant=minbase", &format!("--include={}", self.packages)]);
        bootstrap.args(without_drivers().map(|option| format!("--dpkgopt={option}")));
        bootstrap.arg(format!("--essential-hook=sh -e '{}' \"$1\"", prepare.display()));
        bootstrap.arg(format!(
            "--customize-hook=mkdir -p '{0}' && cp \"$1\"/boot/vmlinuz-* '{0}/vmlinuz' \
             && cp \"$1\"/boot/initrd.img-* '{0}/initrd.img' && rm \"$1\"/boot/initrd.img-*",
            boot.display()
        ));
        bootstrap.arg(format!(
            "--customize-hook=sh -e '{}' \"$1\" '{}'",
            finish.display(),
            boot.display()
        ));
        bootstrap.arg(SUITE).arg(&root);
        if Path::new(SOURCES).is_file() {
            bootstrap.arg(SOURCES);
        }
        sh::run(&mut bootstrap)?;
        let squashfs = work.join("squashfs");
        let mut squash = Command::new("mksquashfs");
        match self.ext4 {
            Some(name) => {
                let tree = work.join("tree");
                ext4(&root, &tree.join(name))?;
                squash.arg(&tree).arg(&squashfs);
            }
            None => {
                squash.arg("-").arg(&squashfs).arg("-tar");
                squash.stdin(std::fs::File::open(&root).map_err(Error::io(&root))?);
            }
        }
        squash.args(["-comp", "zstd", "-Xcompression-level", "3", "-quiet", "-no-progress"]);
        sh::run(&mut squash)?;
        Ok(squashfs)
    }
}

/// Makes an ext4 image with the files of the archive `tar`, a quarter of it empty. Needs no root.
fn ext4(tar: &Path, image: &Path) -> Result<(), Error> {
    let dir = image.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(dir).map_err(Error::io(dir))?;
    let len = std::fs::metadata(tar).map_err(Error::io(tar))?.len();
    let blocks = len / 4096 * 4 / 3;
    let mut make = Command::new("genext2fs");
    make.args(["-B", "4096", "-b", &blocks.to_string(), "-N", "32768", "-m", "0", "-a"]);
    sh::run(make.arg(tar).arg(image))?;
    // The features that make the ext2 an ext4.
    let features = ["-O", "extents,has_journal", "-L", "live-root"];
    sh::run(Command::new("tune2fs").args(features).arg(image))
}
