//! Against the installed `grub-bios-setup`, on whole disks.
//!
//! The tool takes a plain file for the disk, as `(hd0)` of its device map, but insists on finding
//! the file system that holds boot.img and core.img on a disk of the map. So these two lie in an
//! ext2 image, mounted on a loop device inside a mount namespace of the test's own: both vanish
//! with the process. That takes root; without it the tests are skipped.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests start programs
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::{DIRECTORY, assert_same, installed};
use grub_image::{
    CoreImage, EmbeddingArea, Error, ImageOptions, Installed, Payload, PlatformFiles, Redundancy,
    bios_setup, mkimage,
};
use image_layout::{Content, Layout};
use std::path::PathBuf;
use testbench::{Oracle, Ran};

const DISK_SECTORS: usize = 8192;

/// The tool and what it takes to run it.
struct BiosSetup {
    unshare: Oracle,
    mke2fs: Oracle,
    program: PathBuf,
}

impl BiosSetup {
    #[track_caller]
    fn find() -> Option<Self> {
        let beside = PathBuf::from(DIRECTORY).join("grub-bios-setup");
        let program = if beside.is_file() {
            beside
        } else {
            testbench::oracle("grub-bios-setup")?.path().to_owned()
        };
        let unshare = testbench::oracle("unshare")?;
        let mke2fs = testbench::oracle("mke2fs")?;
        let this = Self { unshare, mke2fs, program };
        // An empty script: only the mount.
        if this.mounted("true", &[]).0.status != Some(0) {
            testbench::missing("root with loop devices (the real grub-bios-setup wants a device)");
            return None;
        }
        Some(this)
    }

    /// Runs `script` with `./mnt` mounted and holding `files`, and `./disk` in place; gives the
    /// disk back.
    fn mounted(&self, script: &str, files: &[(&str, &[u8])]) -> (Ran, Vec<u8>) {
        let dir = tempfile::tempdir().unwrap();
        for d in ["mnt", "contents"] {
            std::fs::create_dir(dir.path().join(d)).unwrap();
        }
        std::fs::write(dir.path().join("disk"), []).unwrap();
        for (name, bytes) in files {
            std::fs::write(dir.path().join(name), bytes).unwrap();
        }
        let arguments = ["-q", "-F", "-t", "ext2", "-d", "contents", "boot.ext2", "4M"];
        testbench::run(self.mke2fs.command().current_dir(dir.path()).args(arguments))
            .expect_success("mke2fs");
        let script = format!(
            "mount -o loop,ro boot.ext2 mnt || exit 99\n\
             printf '(hd0) %s\\n(hd1) %s\\n' \"$PWD/disk\" \"$(findmnt -no SOURCE mnt)\" > map\n\
             {script}"
        );
        let ran = testbench::run(
            self.unshare.command().current_dir(dir.path()).args(["-m", "sh", "-c", &script]),
        );
        (ran, std::fs::read(dir.path().join("disk")).unwrap())
    }

    /// Installs onto `disk`.
    fn install(&self, case: &Case<'_>, disk: &[u8]) -> (Ran, Vec<u8>) {
        let no_rs = if case.redundancy == Redundancy::None { "--no-rs-codes" } else { "" };
        let script = format!(
            "exec {} {no_rs} --skip-fs-probe -d \"$PWD/mnt\" --device-map=map '(hd0)'",
            self.program.display()
        );
        let boot = case.files.get("boot.img").unwrap();
        let core = case.core.to_vec();
        self.mounted(
            &script,
            &[("contents/boot.img", boot), ("contents/core.img", &core), ("disk", disk)],
        )
    }
}

struct Case<'a> {
    files: &'a PlatformFiles,
    core: &'a CoreImage,
    redundancy: Redundancy,
}

impl Case<'_> {
    fn ours(&self, disk: &[u8], starts: &[u64]) -> Result<Installed, Error> {
        let sector0 = disk[..512].try_into().unwrap();
        let area = EmbeddingArea::mbr_gap(starts.iter().copied())?;
        bios_setup::install(self.files, self.core, sector0, &area, self.redundancy)
    }
}

/// A disk that is nowhere blank, with the given entries (slot, type, first sector).
fn disk(entries: &Entries) -> Vec<u8> {
    let mut disk: Vec<u8> = (0..DISK_SECTORS * 512).map(|i| (i / 512 + i * 7) as u8 | 1).collect();
    disk[446..510].fill(0);
    disk[510..512].copy_from_slice(&[0x55, 0xaa]);
    for (slot, kind, start) in entries {
        put_entry(&mut disk, 0, *slot, *kind, *start);
    }
    disk
}

fn put_entry(disk: &mut [u8], sector: usize, slot: usize, kind: u8, start: u32) {
    let at = sector * 512 + 446 + slot * 16;
    disk[at + 4] = kind;
    disk[at + 8..at + 12].copy_from_slice(&start.to_le_bytes());
    disk[at + 12..at + 16].copy_from_slice(&16u32.to_le_bytes());
}

/// The disk with the layout's claims written over it.
fn written(disk: &[u8], layout: &Layout) -> Vec<u8> {
    let mut disk = disk.to_vec();
    for region in layout.regions() {
        let range = region.at as usize..region.end() as usize;
        match &region.content {
            Content::Bytes(b) => disk[range].copy_from_slice(b),
            Content::Zero { .. } => disk[range].fill(0),
            Content::Source { .. } | Content::Counting { .. } => {
                unreachable!("GRUB's parts are in memory")
            }
        }
    }
    disk
}

/// A core image of modules.
fn core(files: &PlatformFiles, modules: &[&str]) -> CoreImage {
    let prefix = "(,msdos1)/boot/grub";
    mkimage::i386_pc(files, &ImageOptions { modules, prefix, ..ImageOptions::default() }).unwrap()
}

/// A core image of `len` bytes, which the tool does not look into.
fn core_of(files: &PlatformFiles, len: usize) -> CoreImage {
    let payload = Payload::i386_pc(files, &ImageOptions::default()).unwrap();
    let noise = len - 512 - files.get("lzma_decompress.img").unwrap().len();
    let noise = (0..noise).map(|i| (i * i / 3 + i / 251) as u8).collect();
    let core = CoreImage::assemble(files, &payload, noise).unwrap();
    assert_eq!(core.len(), len);
    core
}

/// Occupied partition entries: slot, type, first sector.
type Entries = [(usize, u8, u32)];

const SMALL: &[&str] = &["biosdisk", "part_msdos", "ext2"];
const BIG: &[&str] = &["biosdisk", "part_msdos", "ext2", "normal", "search"];

#[test]
fn disks_equal_the_tools() {
    let Some(files) = installed() else { return };
    let Some(tool) = BiosSetup::find() else { return };
    let (small, big) = (core(&files, SMALL), core(&files, BIG));
    // Parity for all of it, cut off at 888 sectors, for the rest of the last sector, for none.
    let long = core_of(&files, 611 * 512 - 100);
    let longest = core_of(&files, 888 * 512 - 1);
    let full = core_of(&files, 888 * 512);
    let exact = |core: &CoreImage| core.sectors() as u32 + 1;
    let cases: &[(&CoreImage, &Entries)] = &[
        (&small, &[(0, 0x83, 2048)]),
        (&small, &[(0, 0x83, 4096), (3, 0x83, 63)]),
        (&small, &[(2, 0x0c, exact(&small))]),
        (&small, &[(0, 0x83, exact(&small) + 1)]),
        (&small, &[(0, 0x83, 2 * exact(&small) - 2)]),
        (&small, &[(0, 0x05, 4096), (1, 0x83, 2048)]),
        (&small, &[(0, 0x0f, 100), (1, 0x83, 2048)]),
        (&small, &[(0, 0x85, 300)]),
        (&big, &[(0, 0x83, 2048)]),
        (&big, &[(0, 0x83, exact(&big))]),
        (&big, &[(1, 0xef, 300), (0, 0x83, 2048)]),
        (&long, &[(0, 0x83, 2048)]),
        (&long, &[(0, 0x83, 700)]),
        (&longest, &[(0, 0x83, 889)]),
        (&full, &[(0, 0x83, 889)]),
        (&longest, &[(0, 0x83, 2048)]),
    ];
    for (core, entries) in cases {
        for redundancy in [Redundancy::None, Redundancy::ReedSolomon] {
            let what = format!("core of {} sectors, {entries:?}, {redundancy:?}", core.sectors());
            let mut before = disk(entries);
            for (_, kind, start) in entries.iter().filter(|(_, k, _)| [5, 0xf, 0x85].contains(k)) {
                // One logical partition, 8 sectors behind its boot record.
                let ebr = *start as usize;
                before[ebr * 512..ebr * 512 + 512].fill(0);
                before[ebr * 512 + 510..ebr * 512 + 512].copy_from_slice(&[0x55, 0xaa]);
                put_entry(&mut before, ebr, 0, 0x83, 8);
                assert_ne!(*kind, 0);
            }
            let case = Case { files: &files, core, redundancy };
            let (ran, theirs) = tool.install(&case, &before);
            ran.expect_success(&what);
            let starts: Vec<u64> = entries.iter().map(|(_, _, s)| u64::from(*s)).collect();
            let ours = case.ours(&before, &starts).unwrap();
            assert_same(&ours.boot_sector, &theirs[..512], &what);
            let layout = ours.lay_out(before.len() as u64).unwrap();
            let ours = written(&before, &layout);
            assert_same(&ours, &theirs, &what);
            // The tamper test: every part that is claimed is compared.
            for region in layout.regions() {
                let mut bad = ours.clone();
                bad[region.end() as usize - 1] ^= 1;
                assert!(
                    std::panic::catch_unwind(|| assert_same(&bad, &theirs, "tampered")).is_err(),
                    "{} may hold anything",
                    region.name
                );
            }
        }
    }
}

#[test]
fn both_refuse_the_same_disks() {
    let Some(files) = installed() else { return };
    let Some(tool) = BiosSetup::find() else { return };
    let small = core(&files, SMALL);
    let needed = small.sectors() as u32;
    let mut refused: Vec<(&str, Vec<u8>, Vec<u64>)> = vec![
        ("gap one sector too small", disk(&[(0, 0x83, needed)]), vec![needed.into()]),
        ("no gap", disk(&[(0, 0x83, 1)]), vec![1]),
        ("partition at 0", disk(&[(1, 0x83, 0)]), vec![0]),
        ("no partition", disk(&[]), vec![]),
    ];
    for slot in 0..4 {
        let mut flag = disk(&[(0, 0x83, 2048)]);
        flag[446 + 16 * slot] = 0x01;
        refused.push(("flag byte", flag, vec![2048]));
        let gpt = disk(&[((slot + 1) % 4, 0x83, 2048), (slot, 0xee, 4096)]);
        refused.push(("GPT", gpt, vec![2048]));
    }
    let mut unsigned = disk(&[(0, 0x83, 2048)]);
    unsigned[510] = 0;
    refused.push(("no 55 AA", unsigned, vec![2048]));
    for redundancy in [Redundancy::None, Redundancy::ReedSolomon] {
        let case = Case { files: &files, core: &small, redundancy };
        for (what, before, starts) in &refused {
            let (ran, after) = tool.install(&case, before);
            let said = ran.expect_objection(what).stderr;
            assert!(said.contains("embedding is not possible"), "{what}: {said}");
            assert_same(before, &after, what);
            assert!(case.ours(before, starts).is_err(), "{what}");
        }
    }

    // A core past 888 sectors fits no gap at all.
    let over = core_of(&files, 888 * 512 + 1);
    let case = Case { files: &files, core: &over, redundancy: Redundancy::None };
    let before = disk(&[(0, 0x83, 2048)]);
    let (ran, after) = tool.install(&case, &before);
    ran.expect_objection("889 sectors");
    assert_same(&before, &after, "889 sectors");
    let e = case.ours(&before, &[2048]).unwrap_err();
    assert_eq!(e, Error::TooManySectors { needed: 889, limit: 888 });
}
