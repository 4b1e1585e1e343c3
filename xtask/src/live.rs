//! The live systems that `cargo xtask isos --live` makes: Debian 12, as small as it boots to a
//! login prompt, once with live-boot (Debian's way) and once with dracut's dmsquash-live (Fedora's).

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sh::{self, Error};

/// Debian's sources on a machine that runs the same suite; else mmdebstrap's own default.
const SOURCES: &str = "/etc/apt/sources.list.d/debian.sources";
const SUITE: &str = "bookworm";

/// A live system: what it is installed from, and what its ISO looks like.
struct Live {
    /// Where the ISO comes to lie; the boot tests look for it there.
    iso: &'static str,
    volume_id: &'static str,
    packages: &'static str,
    /// Commands with the system's root as `$1`, before the kernel is installed.
    configure: Option<&'static str>,
    kernel: &'static str,
    initrd: &'static str,
    squashfs: &'static str,
    /// The texts that distributions of this kind carry, as far as they matter here.
    texts: &'static [(&'static str, &'static str)],
}

const DEBIAN: Live = Live {
    iso: "target/isos/debian-12-live.iso",
    volume_id: "d-live 12 bootkey",
    packages: "linux-image-amd64,live-boot,live-config-systemd,systemd-sysv,zstd",
    configure: None,
    kernel: "live/vmlinuz",
    initrd: "live/initrd.img",
    squashfs: "live/filesystem.squashfs",
    texts: &[
        (".disk/info", "Debian GNU/Linux 12 live, made by bootkey's tests\n"),
        (
            "boot/grub/grub.cfg",
            "menuentry 'Live system (amd64)' {\n\
             \tlinux /live/vmlinuz boot=live components quiet\n\
             \tinitrd /live/initrd.img\n}\n",
        ),
    ],
};

const DRACUT: Live = Live {
    iso: "target/isos/dracut-live.iso",
    volume_id: "Dracut-Live-12",
    packages: "linux-image-amd64,dracut,dracut-live,systemd-sysv,zstd",
    // An initrd for any machine, not for this one; the kernel's installation makes it.
    configure: Some(
        "mkdir -p \"$1/etc/dracut.conf.d\" && printf '%s\\n' hostonly=no \
         'add_dracutmodules+=\" dmsquash-live \"' > \"$1/etc/dracut.conf.d/live.conf\"",
    ),
    kernel: "images/pxeboot/vmlinuz",
    initrd: "images/pxeboot/initrd.img",
    squashfs: "LiveOS/squashfs.img",
    texts: &[(
        "boot/grub2/grub.cfg",
        "menuentry 'Start Dracut-Live 12' {\n\
         \tlinux /images/pxeboot/vmlinuz root=live:CDLABEL=Dracut-Live-12 rd.live.image quiet\n\
         \tinitrd /images/pxeboot/initrd.img\n}\n",
    )],
};

/// Makes the ISOs. Some minutes, some 400 MB of packages.
///
/// # Errors
/// When a program that it takes is missing, or fails.
pub(crate) fn make() -> Result<(), Error> {
    for (program, package) in [("mmdebstrap", "mmdebstrap"), ("mksquashfs", "squashfs-tools")] {
        if sh::find(program).is_none() {
            return Err(Error::Missing(format!("{program} (package {package})")));
        }
    }
    [DEBIAN, DRACUT].iter().try_for_each(Live::make)
}

impl Live {
    fn make(&self) -> Result<(), Error> {
        let out = sh::root().join(self.iso);
        let dir = out.parent().unwrap_or(Path::new(self.iso));
        std::fs::create_dir_all(dir).map_err(Error::io(dir))?;
        let work = out.with_extension("work");
        let _ = std::fs::remove_dir_all(&work); // of a run that was broken off
        std::fs::create_dir_all(&work).map_err(Error::io(&work))?;
        let made = self.from_packages(&work, &out);
        let _ = std::fs::remove_dir_all(&work);
        made
    }

    fn from_packages(&self, work: &Path, out: &Path) -> Result<(), Error> {
        let boot = work.join("boot");
        let squashfs = self.squash(work, &boot)?;
        let part = out.with_extension("iso.part");
        let mut iso = testbench::Iso::new(self.volume_id);
        for (path, text) in self.texts {
            iso = iso.file(path, *text);
        }
        let size = iso
            .file_from(self.kernel, &boot.join("vmlinuz"))
            .file_from(self.initrd, &boot.join("initrd.img"))
            .file_from(self.squashfs, &squashfs)
            .write(&part)?;
        std::fs::rename(&part, out).map_err(Error::io(out))?;
        println!("{}: {size} bytes", self.iso);
        Ok(())
    }

    /// The installed system as a squashfs; its kernel and initrd, which lie beside it, in `boot`.
    fn squash(&self, work: &Path, boot: &Path) -> Result<PathBuf, Error> {
        let root = work.join("root.tar");
        let mut bootstrap = Command::new("mmdebstrap");
        bootstrap.args(["--variant=minbase", &format!("--include={}", self.packages)]);
        if let Some(commands) = self.configure {
            bootstrap.arg(format!("--essential-hook={commands}"));
        }
        bootstrap.arg(format!(
            "--customize-hook=mkdir -p '{0}' && cp \"$1\"/boot/vmlinuz-* '{0}/vmlinuz' \
             && cp \"$1\"/boot/initrd.img-* '{0}/initrd.img' && rm \"$1\"/boot/initrd.img-*",
            boot.display()
        ));
        bootstrap.arg(SUITE).arg(&root);
        if Path::new(SOURCES).is_file() {
            bootstrap.arg(SOURCES);
        }
        sh::run(&mut bootstrap)?;
        let squashfs = work.join("squashfs");
        let mut squash = Command::new("mksquashfs");
        squash.arg("-").arg(&squashfs).args(["-tar", "-comp", "zstd", "-Xcompression-level", "3"]);
        squash.args(["-quiet", "-no-progress"]);
        squash.stdin(std::fs::File::open(&root).map_err(Error::io(&root))?);
        sh::run(&mut squash)?;
        Ok(squashfs)
    }
}
