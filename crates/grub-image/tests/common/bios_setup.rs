//! The real `grub-bios-setup`, and what is compared with it.
//!
//! The tool takes a plain file for the disk, as `(hd0)` of its device map, but insists on finding
//! the file system that holds boot.img and core.img on a disk of the map. So these two lie in an
//! ext2 image, mounted on a loop device inside a mount namespace of the test's own: both vanish
//! with the process. That takes root; without it the tests are skipped.

use super::{DIRECTORY, assert_same};
use grub_image::{
    CoreImage, EmbeddingArea, Error, Installed, PlatformFiles, Redundancy, bios_setup,
};
use image_layout::{Content, Layout};
use std::path::PathBuf;
use testbench::{Oracle, Ran};

/// The tool and what it takes to run it.
pub struct BiosSetup {
    unshare: Oracle,
    mke2fs: Oracle,
    program: PathBuf,
}

impl BiosSetup {
    #[track_caller]
    pub fn find() -> Option<Self> {
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
    pub fn install(&self, case: &Case<'_>, disk: &[u8]) -> (Ran, Vec<u8>) {
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

pub struct Case<'a> {
    pub files: &'a PlatformFiles,
    pub core: &'a CoreImage,
    pub redundancy: Redundancy,
}

impl Case<'_> {
    /// Finds the area on the disk and installs there.
    pub fn ours(&self, disk: &[u8]) -> Result<Installed, Error> {
        let sector = |lba: u64| disk.chunks_exact(512).nth(lba as usize)?.try_into().ok();
        let area = EmbeddingArea::find(sector)?;
        let sector0 = disk[..512].try_into().unwrap();
        bios_setup::install(self.files, self.core, sector0, &area, self.redundancy)
    }

    /// Both must succeed and give the same disk, which is returned, or both refuse.
    pub fn agree(&self, tool: &BiosSetup, before: &[u8], what: &str) -> Result<Installed, Error> {
        let (ran, theirs) = tool.install(self, before);
        let ours = self.ours(before);
        match &ours {
            Ok(installed) => {
                ran.expect_success(what);
                assert_same(&installed.boot_sector, &theirs[..512], what);
                let layout = installed.lay_out(before.len() as u64).unwrap();
                assert_same(&written(before, &layout), &theirs, what);
            }
            Err(e) => {
                let what = format!("{what}: we say {e}");
                let words = match e {
                    Error::TooManyRuns { .. } => "the sectors of the core file are too fragmented",
                    _ => "embedding is not possible",
                };
                let said = ran.expect_objection(1, words, &what).stderr;
                println!("{what}\n    the tool says {}", said.trim());
                assert_same(before, &theirs, &what);
            }
        }
        ours
    }
}

/// The disk with the layout's claims written over it.
pub fn written(disk: &[u8], layout: &Layout) -> Vec<u8> {
    let mut disk = disk.to_vec();
    for region in layout.regions() {
        let range = region.at as usize..region.end() as usize;
        match &region.content {
            Content::Bytes(b) => disk[range].copy_from_slice(b),
            Content::Zero { .. } => disk[range].fill(0),
            Content::Source { .. } | Content::Condensed(_) | Content::Counting { .. } => {
                unreachable!("GRUB's parts are in memory")
            }
        }
    }
    disk
}
