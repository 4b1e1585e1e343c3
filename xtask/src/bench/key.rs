//! `cargo xtask bench key`: whole keys, compared with other ways to make or copy them. The results
//! go into docs/benchmarks.md when all cases were run.

use super::cases::{Case, noise, side};
use super::installer::{installer, with_filler};
use super::options::Options;
use super::rounds::each;
use crate::sh::{self, Error, cargo};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use testbench::Iso;

/// The script by which manuals make such a key, without root: a file system from a directory,
/// GRUB's image, `dd`.
macro_rules! script {
    ($isos:literal) => {
        concat!(
            "rm -rf OUT.d && mkdir -p OUT.d/boot/boot/grub && cd OUT.d && ",
            "cp -r /usr/lib/grub/i386-pc boot/boot/grub/ && ",
            "printf 'menuentry iso { loopback loop /a.iso }\\n' > boot/boot/grub/grub.cfg && ",
            "/sbin/mke2fs -q -t ext3 -L usbboot -d boot boot.img 16M && ",
            $isos,
            " && grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -o core.img ",
            "biosdisk part_msdos ext2 normal && ",
            "truncate -s $((17 * 1048576 + $(stat -c %s isos.img))) OUT && ",
            "printf '2048,32768,83,*\\n34816,,83\\n' | /sbin/sfdisk -q OUT && ",
            "dd if=/usr/lib/grub/i386-pc/boot.img of=OUT bs=440 count=1 conv=notrunc status=none && ",
            "dd if=core.img of=OUT bs=512 seek=1 conv=notrunc status=none && ",
            "dd if=boot.img of=OUT bs=1M seek=1 conv=notrunc,sparse status=none && ",
            "dd if=isos.img of=OUT bs=1M seek=17 conv=notrunc,sparse status=none; ",
            "s=$?; rm -rf OUT.d; exit $s"
        )
    };
}

/// genimage's configuration for the same. By itself it calls genext2fs, which takes minutes for as
/// much.
const GENIMAGE: &str = "image isos.ext4 { ext4 { label = \"isos\" use-mke2fs = true } size = 2200M }\n\
    image key.img { hdimage { } partition isos { image = \"isos.ext4\" partition-type = 0x83 } }\n";

const CASES: &[Case] = &[
    Case {
        name: "a key with 2 GiB of ISOs",
        fill: |dir| iso(dir, 2048),
        mib: 2200,
        reflinks: false,
        sides: &[
            side("bootkey", &["bootkey", "-q", "build", "IN/a.iso", "-o", "OUT"]),
            side("cp", &["cp", "IN/a.iso", "OUT"]),
            side(
                "script, ext4",
                &["sh", "-c", script!("/sbin/mke2fs -q -t ext4 -L isos -d IN isos.img 2200M")],
            ),
            // Root's loop devices and mounts; no boot loader.
            side(
                "systemd-repart",
                &[
                    "systemd-repart",
                    "--empty=create",
                    "--size=2200M",
                    "--dry-run=no",
                    "--definitions=IN/repart",
                    "OUT",
                ],
            ),
            // A bootable ISO with the ISO in it.
            side("grub-mkrescue", &["grub-mkrescue", "-o", "OUT", "IN"]),
            side(
                "genimage, ext4",
                &[
                    "sh",
                    "-c",
                    "rm -rf OUT.t OUT.o OUT.r; mkdir OUT.r && cp IN/a.iso OUT.r && \
                     PATH=$PATH:/sbin genimage --loglevel 1 --config IN/genimage.cfg --rootpath OUT.r --tmppath OUT.t \
                     --inputpath IN --outputpath OUT.o > OUT.log 2>&1; s=$?; rm -rf OUT.t OUT.o OUT.r; exit $s",
                ],
            ),
        ],
    },
    Case {
        name: "a key with 2 GiB of ISOs, with all digests and sidecars",
        fill: |dir| iso(dir, 2048),
        mib: 2200,
        reflinks: false,
        sides: &[
            side(
                "bootkey, all sidecars",
                &[
                    "bootkey",
                    "-q",
                    "build",
                    "IN/a.iso",
                    "-o",
                    "OUT",
                    "--format",
                    "raw",
                    "--bmap",
                    "--checksums",
                    "--manifest",
                    "--sbom",
                ],
            ),
            side("bootkey, --bmap", &["bootkey", "-q", "build", "IN/a.iso", "-o", "OUT", "--bmap"]),
            side("cp; sha256sum", &["sh", "-c", "cp IN/a.iso OUT && sha256sum OUT"]),
            side("cp; bmaptool create", &["sh", "-c", "cp IN/a.iso OUT && bmaptool create OUT"]),
        ],
    },
    Case {
        name: "a key with a live system of 220 MiB",
        fill: live,
        mib: 260,
        reflinks: false,
        sides: &[
            side("bootkey", &["bootkey", "-q", "build", "IN/a.iso", "-o", "OUT"]),
            side("bootkey plan", &["bootkey", "-q", "plan", "IN/a.iso"]),
            side("cp", &["cp", "IN/a.iso", "OUT"]),
            side("its initrd unpacked", &["bootkey", "-q", "probe", "--record", "IN/a.iso"]),
        ],
    },
    Case {
        name: "a key with 200 ISOs of 6 MiB",
        fill: many_isos,
        mib: 1300,
        reflinks: false,
        sides: &[
            side("bootkey", &["sh", "-c", "exec BOOTKEY -q build IN/*.iso -o OUT"]),
            side("bootkey plan", &["sh", "-c", "exec BOOTKEY -q plan IN/*.iso"]),
            // Into a directory that stays until all rounds are over: removing it is no part of this.
            side("cp", &["sh", "-c", "mkdir OUT.$$ && exec cp IN/*.iso OUT.$$"]),
        ],
    },
    Case {
        name: "the classic key of 32 MiB, from an installed GRUB",
        fill: |_| Ok(()),
        mib: 40,
        reflinks: false,
        sides: &[
            // Nothing is fetched where there is no home.
            side(
                "bootkey",
                &[
                    "env",
                    "-u",
                    "XDG_CACHE_HOME",
                    "HOME=/nonexistent",
                    "BOOTKEY",
                    "-q",
                    "build",
                    "ROOT/images/classic.toml",
                    "-o",
                    "OUT",
                ],
            ),
            side(
                "bootkey plan",
                &[
                    "env",
                    "-u",
                    "XDG_CACHE_HOME",
                    "HOME=/nonexistent",
                    "BOOTKEY",
                    "-q",
                    "plan",
                    "ROOT/images/classic.toml",
                ],
            ),
            side("bootkey --version", &["bootkey", "--version"]),
            side("script", &["sh", "-c", script!("/sbin/mke2fs -q -t ext3 -L isos isos.img 15M")]),
        ],
    },
    Case {
        name: "a key with 128 MiB of ISO, compressed (gzip -6, zstd -3)",
        fill: |dir| compressible(dir, 128),
        mib: 150,
        reflinks: false,
        sides: &[
            side(
                "bootkey, zst",
                &["bootkey", "-q", "build", "IN/a.iso", "-o", "OUT", "--format", "zst"],
            ),
            side("zstd -T2", &["sh", "-c", "zstd -q -3 -T2 -c IN/key.img > OUT"]),
            side(
                "bootkey, gz",
                &["bootkey", "-q", "build", "IN/a.iso", "-o", "OUT", "--format", "gz"],
            ),
            side("pigz", &["sh", "-c", "pigz -6 -p 2 -c IN/key.img > OUT"]),
            side("gzip", &["sh", "-c", "gzip -6 -c IN/key.img > OUT"]),
        ],
    },
    Case {
        name: "a key with 32 MiB of ISO, compressed (xz -6)",
        fill: |dir| compressible(dir, 32),
        mib: 40,
        reflinks: false,
        sides: &[
            side(
                "bootkey, xz",
                &["bootkey", "-q", "build", "IN/a.iso", "-o", "OUT", "--format", "xz"],
            ),
            side("xz -T2", &["sh", "-c", "xz -6 -T2 -c IN/key.img > OUT"]),
            side(
                "xz -T2, our blocks",
                &["sh", "-c", "xz -6 -T2 --block-size=4MiB -c IN/key.img > OUT"],
            ),
        ],
    },
    Case {
        name: "a key with 512 MiB of ISO as a virtual disk",
        fill: |dir| iso(dir, 512).and_then(|()| raw(dir)),
        mib: 600,
        reflinks: false,
        sides: &[
            side(
                "bootkey, qcow2",
                &["bootkey", "-q", "build", "IN/a.iso", "-o", "OUT", "--format", "qcow2"],
            ),
            side("qemu-img, qcow2", &["qemu-img", "convert", "-O", "qcow2", "IN/key.img", "OUT"]),
            side(
                "bootkey, vmdk",
                &["bootkey", "-q", "build", "IN/a.iso", "-o", "OUT", "--format", "vmdk"],
            ),
            side("qemu-img, vmdk", &["qemu-img", "convert", "-O", "vmdk", "IN/key.img", "OUT"]),
            side(
                "bootkey, vhd",
                &["bootkey", "-q", "build", "IN/a.iso", "-o", "OUT", "--format", "vhd"],
            ),
            side("qemu-img, vhd", &["qemu-img", "convert", "-O", "vpc", "IN/key.img", "OUT"]),
        ],
    },
    Case {
        name: "a key with 1 GiB of ISOs, on XFS",
        fill: |dir| iso(dir, 1024),
        mib: 0,
        reflinks: true,
        sides: &[
            side("bootkey", &["bootkey", "-q", "build", "IN/a.iso", "-o", "OUT"]),
            side("cp --reflink", &["cp", "--reflink=always", "IN/a.iso", "OUT"]),
        ],
    },
    Case {
        name: "a key with 2 GiB of ISOs, on XFS",
        fill: |dir| iso(dir, 2048),
        mib: 0,
        reflinks: true,
        sides: &[
            side("bootkey", &["bootkey", "-q", "build", "IN/a.iso", "-o", "OUT"]),
            side("cp --reflink", &["cp", "--reflink=always", "IN/a.iso", "OUT"]),
        ],
    },
    // `cp` copies the old key alone: that is what sharing its blocks costs.
    Case {
        name: "a key with 9 GiB of ISOs and one more of 1 GiB, on XFS",
        fill: key_and_iso,
        mib: 0,
        reflinks: true,
        sides: &[
            side("bootkey add", &["bootkey", "-q", "add", "IN/key.img", "IN/a.iso", "-o", "OUT"]),
            side("cp --reflink", &["cp", "--reflink=always", "IN/key.img", "OUT"]),
            side("bootkey inspect", &["bootkey", "-q", "inspect", "IN/key.img"]),
        ],
    },
];

/// Measures, and writes docs/benchmarks.md if nothing was left out.
pub(super) fn run(options: &Options) -> Result<(), Error> {
    sh::run(cargo().args(["build", "--locked", "--release", "-p", "bootkey"]))?;
    let tables = each(CASES, options, false)?;
    if !options.case.is_empty() {
        return Ok(());
    }
    let more = [super::download::tables(options)?, super::write::tables(options)?];
    let tables = [tables, more.concat()].concat();
    let breakdown = breakdown(options.rounds)?;
    let path = sh::root().join("docs/benchmarks.md");
    let mut out = std::fs::File::create(&path).map_err(Error::io(&path))?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let text = format!(
        "# Benchmarks\n\n\
         Made by `cargo xtask bench key` on a machine with {processors} processors, \
         which others used at the same time:\n\
         sides are run in turn, so that this hits all of them, and `wall from to` shows how much it did. \
         CPU is user and\nsystem time. Every run writes a new file; no program was made to wait for the disk,\n\
         but where it writes a stick.\n\n\
         {}\n\n\
         Not all make the same: `script` a key as ours, on ext4; genimage one without a boot loader; \
         systemd-repart as well, as\nroot, with a loop device that the kernel fills; grub-mkrescue a bootable \
         ISO with the other in it. Where an ISO is added, `cp` copies the old key alone.\n\n\
         ```text\n{}```\n\n\
         ## Where the time of the classic key goes\n\n\
         `bootkey -v build images/classic.toml`, the median run:\n\n```text\n{breakdown}\n```\n\n\
         *reading* is the spec, GRUB's files, the records of which package they are from, and what is decided of \
         them;\n*writing* is the image's data, and its name, while GRUB's core image is compressed, which \
         (`cargo xtask bench\ngrub-image`) takes most of it. Nothing of it grows with the size of the image: \
         only data is laid out and written.\n",
        memory(),
        tables.join("\n")
    );
    out.write_all(text.as_bytes()).map_err(Error::io(&path))
}

/// Whether a host takes free memory back, which decides what large files cost.
fn memory() -> &'static str {
    let order =
        std::fs::read_to_string("/sys/module/page_reporting/parameters/page_reporting_order");
    // Pages of more than 2^10 there are none.
    match order.ok().and_then(|order| order.trim().parse::<u32>().ok()) {
        Some(..=10) => {
            "The host of this virtual machine takes free memory back after two seconds, and a run that \
             writes 2 GiB after that\nis slower by the time to get it again: compare `wall from to` before the medians, or \
             turn it off (`echo 11 >\n/sys/module/page_reporting/parameters/page_reporting_order`)."
        }
        Some(_) => {
            "This is a virtual machine whose host takes free memory back. That was turned off \
             (free page reporting, order 11):\nwith it, runs longer than two seconds are slower, \
             because memory that the host took back is needed again."
        }
        None => "Free memory stays with this machine (no free page reporting).",
    }
}

/// The breakdown of its time that the median run of the classic key prints.
fn breakdown(rounds: u32) -> Result<String, Error> {
    let root = sh::root();
    let dir = root.join("target/bench");
    std::fs::create_dir_all(&dir).map_err(Error::io(&dir))?;
    let mut runs = Vec::new();
    for _ in 0..rounds {
        let mut command = std::process::Command::new(root.join("target/release/bootkey"));
        command.args(["-v", "build", "images/classic.toml", "-o"]).arg(dir.join("key.img"));
        // The installed GRUB, not a fetched one.
        command.env_remove("XDG_CACHE_HOME").env("HOME", "/nonexistent");
        let said = testbench::run(command.current_dir(&root));
        let line = said.stderr.lines().find(|l| l.starts_with("time: ")).unwrap_or_default();
        let ms = line.split(' ').filter_map(|word| word.parse::<u64>().ok());
        runs.push((ms.sum::<u64>(), line.to_owned()));
    }
    std::fs::remove_dir_all(&dir).map_err(Error::io(&dir))?;
    runs.sort();
    Ok(runs.swap_remove(runs.len() / 2).1)
}

/// Makes an ISO, and what other programs want to know to make a disk of it.
fn iso(dir: &Path, mib: usize) -> io::Result<()> {
    installer(dir, mib)?;
    std::fs::write(dir.join("genimage.cfg"), GENIMAGE)?;
    std::fs::create_dir(dir.join("repart"))?;
    let partition = format!(
        "[Partition]\nType=linux-generic\nLabel=isos\nFormat=ext4\nCopyFiles={}:/a.iso\n",
        dir.join("a.iso").display()
    );
    std::fs::write(dir.join("repart/isos.conf"), partition)
}

/// Makes an ISO of 1 GiB, and a key with nine copies of it, which share its blocks. The key is as large
/// as they need: one of a given size would have no room for another.
fn key_and_iso(dir: &Path) -> io::Result<()> {
    iso(dir, 1024)?;
    let copies: Vec<_> = (1..10).map(|n| dir.join(format!("{n}.iso"))).collect();
    for copy in &copies {
        std::fs::copy(dir.join("a.iso"), copy)?;
    }
    build(&copies, &dir.join("key.img"))
}

/// Makes 200 small ISOs, all with different names and contents.
fn many_isos(dir: &Path) -> io::Result<()> {
    let piece = noise((6 << 20) + 200);
    for n in 0..200 {
        Iso::new(&format!("INSTALLER {n}"))
            .file("isolinux/vmlinuz", "kernel")
            .file("isolinux/initrd.img", "initrd")
            .file("filler", &piece[n..n + (6 << 20)])
            .write(&dir.join(format!("{n:03}.iso")))
            .map_err(io::Error::other)?;
    }
    Ok(())
}

/// Takes the ISO of Debian's live system, with noise behind it up to 220 MiB, as such ISOs have them that bring
/// drivers for every machine; `Unsupported` if it was not made.
fn live(dir: &Path) -> io::Result<()> {
    let iso = sh::root().join("target/isos/debian-12-live.iso");
    let missing = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => {
            io::Error::new(io::ErrorKind::Unsupported, "`cargo xtask isos --live` makes the ISO")
        }
        _ => e,
    };
    let copy = dir.join("a.iso");
    let len = std::fs::copy(iso, &copy).map_err(missing)?;
    let more = (220u64 << 20).saturating_sub(len);
    std::fs::OpenOptions::new().append(true).open(copy)?.write_all(&noise(more as usize))
}

/// Makes an ISO half of which are text and programs of this machine, and the key made of it.
fn compressible(dir: &Path, mib: usize) -> io::Result<()> {
    let filler = dir.join("filler");
    let mut file = std::fs::File::create(&filler)?;
    file.write_all(&noise(mib << 19))?;
    let mut left = (mib << 19) as u64;
    let mut libraries: Vec<_> = std::fs::read_dir("/usr/lib/x86_64-linux-gnu")?
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.is_file())
        .collect();
    libraries.sort();
    for library in libraries {
        left -= io::copy(&mut io::Read::take(std::fs::File::open(library)?, left), &mut file)?;
    }
    with_filler(dir, &filler)?;
    raw(dir)
}

/// Makes the raw image, for the programs that convert it.
fn raw(dir: &Path) -> io::Result<()> {
    build(&[dir.join("a.iso")], &dir.join("key.img"))
}

/// Builds a key of ISOs.
fn build(isos: &[PathBuf], key: &Path) -> io::Result<()> {
    let program = sh::root().join("target/release/bootkey");
    let mut command = std::process::Command::new(program);
    command.args(["-q", "build"]).args(isos).arg("-o").arg(key);
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("bootkey failed")) }
}
