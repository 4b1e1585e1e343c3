//! The command line, as clap sees it.

mod about;
mod make;
mod many;
mod network;
mod stick;
mod word;

pub(crate) use self::about::{Completions, Man};
pub(crate) use self::make::{Add, Build, Form, Grow, Inputs, Old, Remove, Set, StrayFiles};
pub(crate) use self::many::{Jobs, Merge};
pub(crate) use self::network::{Cache, Fetch, FirmwareFetch, GrubFetch, Lock, Mirrors, Prune};
pub(crate) use self::stick::{Devices, DownloadedKey, Try, Write};
use crate::progress::Style;
use clap::{Args, ColorChoice, Parser, Subcommand, ValueHint};
use std::ffi::OsString;
use std::path::PathBuf;

/// Makes bootable USB key images from ISO files: no root, no loop devices, same inputs same bytes.
#[derive(Debug, Parser)]
#[command(name = "bootkey", version, max_term_width = 100, after_help = EXIT_STATUS)]
pub(crate) struct Cli {
    /// Say nothing but errors and results.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Colour messages and help: on terminals that show it, always or never.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true
    )]
    pub(crate) color: ColorChoice,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_STATUS: &str = "Examples:\n  \
bootkey build debian.iso -o key.img      a key with one ISO\n  \
bootkey try key.img                      does it start? in a virtual machine\n  \
sudo bootkey write key.img /dev/sdX      onto a stick; `bootkey devices` lists them\n\n\
Exit status: 0 done, 1 no (probe, verify, diff, merge, try --all, a lock that does not hold), 2 usage or spec, 3 does not fit, \
4 unsupported input, 5 input/output, 130 interrupted.\n\
Environment: SOURCE_DATE_EPOCH (every timestamp on the key, unless the spec has one), \
NO_COLOR and CLICOLOR_FORCE (see --color), XDG_CACHE_HOME; for downloads http_proxy, https_proxy, all_proxy, no_proxy, SSL_CERT_FILE, \
BOOTKEY_MIRROR (mirrors of Debian's archive), BOOTKEY_SNAPSHOT (the archive of what these had; empty: none).";

const PLACES: &str = "KEY is an image file or a block device that may be read.\n\
PLACE is PARTITION:/PATH. PARTITION is a number (0: a disk without a partition table), `boot` \
(it has GRUB's menu), `esp`, `isos`, a file system's label, or a name in the GPT.\n\n\
Examples:\n  \
bootkey ls key.img                          what there is to list\n  \
bootkey ls -l key.img isos:/\n  \
bootkey cat /dev/sdb boot:/boot/grub/grub.cfg\n  \
bootkey extract key.img isos:/debian.iso --to ~/isos";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build a key image, ready to be written to a USB stick.
    ///
    /// Needs no root and starts no other program. What is neither there nor in the cache comes from the
    /// network: files with an address, and packages. The image appears under its name only when it
    /// is complete; an existing file is replaced as a whole.
    #[command(after_help = "Examples:\n  \
        bootkey build debian.iso -o key.img          a key with one ISO\n  \
        bootkey build images/classic.toml -o key.img the 32 MiB key of 2009\n  \
        bootkey build key.toml -o key.img.zst        compressed\n  \
        bootkey build key.toml -o key.qcow2          for a virtual machine\n  \
        bootkey build key.toml -o - | ssh host dd of=/dev/sdX   to standard output\n  \
        bootkey build key.toml -o key.img --set menu.timeout=3   another value of the spec\n  \
        bootkey build --each sites.toml -o 'out/{name}.img'      many keys of one spec\n  \
        bootkey build key.toml -o key.img --locked   the very image of the lock beside the spec\n  \
        bootkey build bootkey.lock -o key.img        the same of a lock alone")]
    Build(Build),
    /// Make a new key of a key and more ISO files.
    ///
    /// The result is what `build` makes of the key's spec with these ISOs, byte for byte. All that
    /// the old key has comes from it, GRUB as well; none need be installed.
    #[command(after_help = "Examples:\n  \
        bootkey add key.img debian.iso -o new.img\n  \
        bootkey add key.img debian.iso --in-place\n  \
        bootkey add key.img.zst debian.iso -o new.img.zst\n  \
        bootkey add key.img *.iso -o - | ssh host dd of=/dev/sdX")]
    Add(Add),
    /// Make a new key of a key without some of its ISOs.
    #[command(after_help = "Examples:\n  \
        bootkey remove key.img debian.iso -o new.img\n  \
        bootkey remove key.img debian.iso --in-place")]
    Remove(Remove),
    /// Make a new key of a key with another size: that of a larger stick.
    #[command(after_help = "Examples:\n  \
        bootkey grow key.img 64GiB -o new.img")]
    Grow(Grow),
    /// Make a new key of a key with other values in its spec.
    #[command(after_help = "Examples:\n  \
        bootkey set key.img menu.timeout=3 -o new.img\n  \
        bootkey set key.img menu.default=\"Debian 12\" iso.0.args=quiet --in-place\n  \
        bootkey set key.img menu.timeout= -o new.img       back to the default\n\
        The spec of a key is boot:/boot/bootkey/key.toml on it.")]
    Set(Set),
    /// Say where each byte of a key comes from.
    ///
    /// Every range of the image has a line: its offset and length, whether its bytes were made by
    /// bootkey, copied, patched (a file of GRUB's with fields filled in) or built (of GRUB's kernel
    /// and modules), its owner, and where its bytes come from. Of an image without a record, its
    /// partition table, boot code and file systems say what is theirs. -v adds digests.
    #[command(after_help = "Examples:\n  \
        bootkey explain key.img                       all ranges\n  \
        bootkey explain key.img 0x100000              one byte\n  \
        bootkey explain key.img 0x7e00..0x10000 --json")]
    Explain(Explain),
    /// Say what two keys differ in, by owner: a file that lies elsewhere is the same file.
    ///
    /// The tables of a file system are one line; -v names each part of them. Exit status: 0 they
    /// are the same, 1 they differ.
    #[command(after_help = "Examples:\n  \
        bootkey diff old.img new.img\n  \
        bootkey diff key.img /dev/sdX --json")]
    Diff(Diff),
    /// Compare every byte of a key with what its record says.
    ///
    /// The key is laid out again from its record and compared, and the files that have a digest
    /// there (`sha256`, or `isos.checksums` in the spec) are digested, in one pass. A compressed key
    /// is not unpacked to the disk. Exit status: 0 sound, or used since and sound as far as was
    /// checked; 1 not.
    #[command(after_help = "Examples:\n  \
        bootkey verify key.img\n  \
        bootkey verify key.img.zst\n  \
        bootkey verify /dev/sdX --json")]
    Verify(Verify),
    /// Show what build would do, and why. Writes nothing.
    #[command(after_help = "Examples:\n  \
        bootkey plan --each sites.toml                 a line for each key\n  \
        bootkey plan key.toml\n  \
        bootkey plan debian.iso --size 4GiB             does it fit?\n  \
        bootkey plan key.toml --layout                  every byte range\n  \
        bootkey plan key.toml --json | jq .partitions\n  \
        bootkey plan --each sites.toml -o 'out/{name}.img' --matrix slurm | sbatch")]
    Plan(PlanCommand),
    /// Join lists of digests (SHA256SUMS) of several builds into one, sorted by name.
    ///
    /// Exit status: 0 they agree, 1 two have different digests of one file; OUT stays as it was then.
    #[command(after_help = "Examples:\n  \
        bootkey merge SHA256SUMS shards/*/SHA256SUMS")]
    Merge(Merge),
    /// Print the grub.cfg that build would put on the key, or that a key has.
    ///
    /// A single file that is no spec and no ISO, by its bytes, is a key: then the grub.cfg on it is
    /// printed, and options that say how to build one have no effect.
    #[command(after_help = "Examples:\n  \
        bootkey menu key.toml debian.iso    what build would put there\n  \
        bootkey menu key.img                what a key has")]
    Menu(Inputs),
    /// Say what ISO files are, how they will boot, or why they cannot.
    #[command(after_help = "Examples:\n  \
        bootkey probe debian.iso\n  \
        bootkey probe *.iso --json\n  \
        bootkey probe -v odd.iso            also what was looked for and not found\n  \
        bootkey probe --record new.iso      the facts, for a recipe that does not exist yet")]
    Probe(Probe),
    /// Say what is on a key, or any disk: partitions, file systems, what firmware would start and
    /// why, GRUB, the menu and whether its files are there, ISOs.
    ///
    /// Reads no contents of files but the boot loaders' and the menu's, so it is quick whatever the
    /// size. What is damaged is told; a disk on which nothing is known is an error (4).
    #[command(after_help = "Examples:\n  \
        bootkey inspect key.img\n  \
        bootkey inspect /dev/sdb            a stick, if it may be read\n  \
        bootkey inspect --json key.img | jq .uefi")]
    Inspect(Inspect),
    /// Start a key in a virtual machine (QEMU), without writing to it.
    ///
    /// In a window where there is a desktop, else in this terminal, which is then the machine's serial
    /// port: Ctrl-A X ends it. KVM makes it fast, if a guest runs in it here; else every instruction
    /// is emulated. What the guest writes is lost, or goes into another file (--keep).
    #[command(after_help = "Examples:\n  \
        bootkey try key.img                                as a USB stick, by the first firmware it is made for\n  \
        bootkey try key.img --firmware uefi-x64 --secure-boot   with Microsoft's keys\n  \
        bootkey try key.img --size 16G --keep used.qcow2   as on a larger stick; what is written stays\n  \
        bootkey try key.img --entry 'Debian>Text mode'     chosen in the menu, by pressing keys\n  \
        bootkey try key.img --terminal --disk virtio       over ssh\n  \
        bootkey try key.img --all --report proof           does every entry boot, on every firmware?\n  \
        sudo bootkey try /dev/sdX                          a stick, read only")]
    Try(Try),
    /// List the files on a key, without mounting it.
    #[command(after_help = PLACES)]
    Ls(Ls),
    /// Write files on a key to standard output, without mounting it.
    #[command(after_help = PLACES)]
    Cat(Cat),
    /// Take a file, or a directory with all that is in it, out of a key.
    ///
    /// Holes and times are kept. A file appears under its name when it is complete; one that is
    /// there is never overwritten without --force. Nothing comes to lie outside of the target.
    #[command(after_help = PLACES)]
    Extract(Extract),
    /// List the sticks that could be overwritten, and the other disks, each with the reason why not.
    ///
    /// Writes nothing, and needs no root. Sticks are USB disks, SD cards and other removable disks that the machine
    /// does not use: what is on them, and where it is mounted, is told beside.
    #[command(after_help = "Examples:\n  \
        bootkey devices\n  \
        bootkey devices --json | jq -r '.devices[] | select(.offered) | .path'")]
    Devices(Devices),
    /// Write a key onto a stick, and compare what is there with the key.
    ///
    /// Shows the device and asks for its name first. What the machine uses is refused, and nothing overrides
    /// that. What is mounted from the stick is unmounted. The partition table is written last, when all the
    /// rest has been compared: a stick that was not finished starts nothing. Needs root, for most devices.
    #[command(after_help = "Examples:\n  \
        sudo bootkey write key.img /dev/sdb\n  \
        sudo bootkey write key.img /dev/sdb --grow         as large as the stick\n  \
        sudo bootkey write key.toml /dev/sdb --grow        made on the stick, no image in between\n  \
        sudo bootkey write raspios.img.xz /dev/sdb         any image of a disk\n  \
        sudo bootkey write https://example.org/key.img.zst /dev/sdb --sha256 0123…\n  \
        sudo bootkey write key.img /dev/sdb /dev/sdc /dev/sdd      several at once\n  \
        sudo bootkey write key.img.zst /dev/disk/by-id/usb-SanDisk_Ultra_4C530001-0:0 --yes")]
    Write(Write),
    /// Get what a spec needs into the cache, without root: files that have an address, and Debian
    /// packages (GRUB, ISOs). `build` does it, too, as far as it is not there.
    ///
    /// A download that broke goes on from there. What does not have the `sha256` of the spec is not kept.
    #[command(after_help = "Examples:\n  \
        bootkey fetch key.toml\n  \
        https_proxy=http://proxy:3128 bootkey fetch key.toml\n  \
        bootkey build key.toml -o key.img --offline     on a machine without a network, afterwards")]
    Fetch(Fetch),
    /// Lock a spec: write down every input by its SHA-256, and that of the image.
    ///
    /// `bootkey.lock` lies beside the spec, and contains it: from the lock alone, `build` makes the same
    /// image on any machine, of the same packages and ISOs, wherever these are had by then. Packages of
    /// a lock that is there stay as they are, unless --update says otherwise. Exit status of --check: 0 it
    /// holds, 1 it does not.
    #[command(after_help = "Examples:\n  \
        bootkey lock key.toml                     bootkey.lock\n  \
        bootkey lock key.toml --check             whether it holds, and what not\n  \
        bootkey lock key.toml --update            the newest packages\n  \
        bootkey lock key.toml --update memtest86+ the newest of this one\n  \
        bootkey lock key.toml --export /media/me/stick\n  \
        XDG_CACHE_HOME=/media/me/stick bootkey build bootkey.lock -o key.img --offline")]
    Lock(Lock),
    /// The files that were downloaded: what is in the cache, and removing it.
    #[command(
        subcommand,
        after_help = "Examples:\n  \
        bootkey cache list\n  \
        bootkey cache prune --days 90"
    )]
    Cache(Cache),
    /// Where GRUB's own files come from.
    #[command(
        subcommand,
        after_help = "Examples:\n  \
        bootkey grub where\n  \
        bootkey grub fetch"
    )]
    Grub(Grub),
    /// Print a script by which a shell completes commands, options and their words.
    #[command(after_help = "Examples:\n  \
        bootkey completions bash > ~/.local/share/bash-completion/completions/bootkey\n  \
        bootkey completions zsh > ~/.zfunc/_bootkey       with `fpath+=~/.zfunc` before `compinit`\n  \
        bootkey completions fish > ~/.config/fish/completions/bootkey.fish")]
    Completions(Completions),
    /// Write the manual: a page for bootkey and one for each command.
    #[command(after_help = "Examples:\n  \
        bootkey man ~/.local/share/man/man1        then `man bootkey-build`\n  \
        bootkey man | man -l -                     the first page, here")]
    Man(Man),
    /// Print the JSON Schema of specs, from which editors complete keys and mark mistakes.
    ///
    /// Editors that know TOML (taplo, Even Better TOML) find it by a comment at the head of a spec:
    /// #:schema ./bootkey.schema.json
    #[command(after_help = "Examples:\n  \
        bootkey schema > bootkey.schema.json\n  \
        bootkey schema | jq '.properties | keys'")]
    Schema,
    /// Where the firmware of virtual machines comes from, by which `try` starts a key.
    #[command(
        subcommand,
        after_help = "Examples:\n  \
        bootkey firmware where\n  \
        bootkey firmware fetch"
    )]
    Firmware(Firmware),
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// A key: an image file in any form that `build` writes, or a device that may be read.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) first: PathBuf,
    /// Another key.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) second: PathBuf,
    /// One JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The key: an image file in any form that `build` writes, or a device that may be read.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// An offset, or a range: 4096, 0x1000, 0x1000..0x2000, 4096+512.
    #[arg(value_name = "OFFSET|RANGE")]
    pub(crate) range: Option<String>,
    /// One JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The key: an image file in any form that `build` writes, or a device that may be read.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// One JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
    /// How to show progress.
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub(crate) progress: Style,
}

#[derive(Debug, Args)]
#[command(mut_arg("inputs", |a| a.required(false).required_unless_present("each")))]
pub(crate) struct PlanCommand {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    /// One JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
    /// List every byte range of the image with its owner.
    #[arg(long, conflicts_with = "json")]
    pub(crate) layout: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Probe {
    /// ISO files.
    #[arg(required = true, value_name = "ISO", value_hint = ValueHint::FilePath)]
    pub(crate) isos: Vec<PathBuf>,
    /// One JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
    /// Only what was found in the ISO, as recipes are tested with it: its facts file.
    #[arg(long, conflicts_with = "json")]
    pub(crate) record: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// An image file, or a block device.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// One JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Ls {
    /// The key.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// The directory, or file: PARTITION:/PATH. Without it, the partitions are listed.
    #[arg(value_name = "PLACE")]
    pub(crate) place: Option<OsString>,
    /// Say more of each: kind, permissions, owner, length, time in UTC.
    #[arg(short, long, requires = "place")]
    pub(crate) long: bool,
    /// Also list what is in directories.
    #[arg(short = 'R', long, requires = "place")]
    pub(crate) recursive: bool,
    /// One JSON document instead of text.
    #[arg(long, conflicts_with = "long")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Cat {
    /// The key.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// The files, one behind the other: PARTITION:/PATH.
    #[arg(value_name = "PLACE", required = true)]
    pub(crate) places: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct Extract {
    /// The key.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// The file or directory: PARTITION:/PATH; isos:/ is all that is there.
    #[arg(value_name = "PLACE")]
    pub(crate) place: OsString,
    /// The directory to put it in, which is made if it is not there.
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) to: PathBuf,
    /// Replace files that are there.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Grub {
    /// List the places where GRUB is looked for, and which one is used.
    #[command(after_help = "Examples:\n  \
        bootkey grub where\n  \
        bootkey grub where --grub /usr/lib/grub")]
    Where {
        /// GRUB's files: a directory such as /usr/lib/grub, or .deb or .rpm files. Repeatable.
        #[arg(long, value_name = "PATH")]
        grub: Vec<PathBuf>,
    },
    /// Get GRUB's packages from Debian's archive into the cache: no root, no change to the system.
    #[command(after_help = "Examples:\n  \
        bootkey grub fetch\n  \
        bootkey grub fetch --secure-boot\n  \
        bootkey grub fetch --firmware uefi-arm64 --suite trixie")]
    Fetch(GrubFetch),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Firmware {
    /// List which firmware `try` uses, and from where.
    #[command(after_help = "Examples:\n  \
        bootkey firmware where")]
    Where,
    /// Get firmware for UEFI (OVMF, AAVMF) from Debian's archive into the cache: no root, no change to the
    /// system.
    #[command(after_help = "Examples:\n  \
        bootkey firmware fetch                                with and without Secure Boot\n  \
        bootkey firmware fetch --firmware uefi-ia32,uefi-arm64")]
    Fetch(FirmwareFetch),
}
