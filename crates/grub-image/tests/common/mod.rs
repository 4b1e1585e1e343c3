//! The installed GRUB, and its tools as oracles.
#![allow(dead_code)] // every test file uses its part

pub mod bios_setup;

use grub_image::{ImageOptions, Platform, PlatformFiles};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;
use testbench::handmade_grub::{self, A_AND_B, Machine};
use testbench::{GRUB_SUITES, GrubBuild, Oracle, Ran};

pub const DIRECTORY: &str = "/usr/lib/grub/i386-pc";

/// The installed platform directory; `None` skips the test.
#[track_caller]
pub fn installed() -> Option<PlatformFiles> {
    let files = directory(Path::new(DIRECTORY));
    if files.is_none() {
        testbench::missing(&format!("{DIRECTORY} (package grub-pc-bin)"));
    }
    files
}

/// The files in a directory; `None` without one.
pub fn directory(path: &Path) -> Option<PlatformFiles> {
    let entries = std::fs::read_dir(path).ok()?;
    let files = entries.map(Result::unwrap).filter(|e| e.file_type().unwrap().is_file());
    Some(PlatformFiles::new(
        files
            .map(|e| {
                let bytes = std::fs::read(e.path()).unwrap();
                (e.file_name().into_string().unwrap(), bytes.into())
            })
            .collect(),
    ))
}

/// The handmade files for a platform: those for a BIOS with the modules `a`, which needs `b`, and
/// `b`; those for EFI with none.
pub fn handmade(platform: Platform) -> PlatformFiles {
    let modules: &[_] = if platform == Platform::I386Pc { &A_AND_B } else { &[] };
    let files = handmade_grub::files(platform.name(), modules, 6);
    PlatformFiles::new(files.into_iter().map(|(name, bytes)| (name, bytes.into())).collect())
}

/// A module for a BIOS' GRUB.
pub fn module(name: &str, needs: &[&str]) -> Vec<u8> {
    handmade_grub::module(Machine::I386, name, needs, 4)
}

/// A GRUB with its own grub-mkimage: the installed one, or another release's.
pub enum Grub {
    Installed(Oracle),
    Fetched(&'static str, GrubBuild),
}

impl Grub {
    /// All of them; what is missing is noted as a skip.
    #[track_caller]
    pub fn all() -> Vec<Self> {
        let installed = testbench::oracle("grub-mkimage").map(Self::Installed);
        let mut all: Vec<_> = installed.into_iter().collect();
        for suite in GRUB_SUITES {
            all.extend(testbench::grub_build(suite).map(|build| Self::Fetched(suite, build)));
        }
        all
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Installed(_) => "installed",
            Self::Fetched(suite, _) => suite,
        }
    }

    pub fn directory(&self, platform: Platform) -> PathBuf {
        match self {
            Self::Installed(_) => Path::new("/usr/lib/grub").join(platform.name()),
            Self::Fetched(_, build) => build.directory(platform.name()),
        }
    }

    /// Its files for a platform; `None` for one that is not there.
    pub fn files(&self, platform: Platform) -> Option<PlatformFiles> {
        directory(&self.directory(platform))
    }

    pub fn mkimage(&self) -> Command {
        match self {
            Self::Installed(tool) => tool.command(),
            Self::Fetched(_, build) => build.program("usr/bin/grub-mkimage"),
        }
    }

    /// Runs its grub-mkimage.
    pub fn run(&self, platform: Platform, options: &ImageOptions<'_>, out: &Path) -> Ran {
        let mut command = self.mkimage();
        command.arg("-d").arg(self.directory(platform));
        testbench::run(command.args(mkimage_arguments(platform, options, out)))
    }

    /// The image that its grub-mkimage makes.
    pub fn image(&self, platform: Platform, options: &ImageOptions<'_>) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("image");
        self.run(platform, options, &out).expect_success("grub-mkimage");
        std::fs::read(out).unwrap()
    }
}

/// The files of a platform with one of them replaced.
pub fn with(files: &PlatformFiles, name: &str, bytes: &[u8]) -> PlatformFiles {
    let all = files.names().map(|n| (n.to_owned(), files.get(n).unwrap().clone()));
    let mut all: std::collections::BTreeMap<_, _> = all.collect();
    all.insert(name.to_owned(), bytes.into());
    PlatformFiles::new(all)
}

pub fn sha256(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(bytes))
}

/// The tool's arguments for a set of options; their files are written beside `out`.
pub fn mkimage_arguments(
    platform: Platform,
    options: &ImageOptions<'_>,
    out: &Path,
) -> Vec<String> {
    let mut args: Vec<String> = ["-O", platform.name(), "-o"].map(String::from).to_vec();
    args.push(out.to_str().unwrap().to_owned());
    for (flag, bytes) in [
        ("-m", options.memdisk),
        ("-c", options.config.map(str::as_bytes)),
        ("-s", options.sbat.map(str::as_bytes)),
    ] {
        if let Some(bytes) = bytes {
            let file = out.with_extension(flag.trim_start_matches('-'));
            std::fs::write(&file, bytes).unwrap();
            args.extend([flag.to_owned(), file.to_str().unwrap().to_owned()]);
        }
    }
    // Behind -m, which sets a prefix of its own.
    args.extend(["-p".to_owned(), options.prefix.to_owned()]);
    args.extend(options.modules.iter().map(|m| (*m).to_owned()));
    args
}

/// Unpacks a raw LZMA1 stream of a known length, which may end sooner than the decoder likes:
/// whatever lies behind it, the lowest or the highest, it must give the same.
pub fn unpack(stream: &[u8], len: usize) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let with = |behind| {
        let stream = stream.chain(std::io::repeat(behind));
        let mut reader = lzma_rust2::LzmaReader::new(stream, len as u64, 3, 0, 2, 1 << 24, None)?;
        let mut out = Vec::new();
        reader.read_to_end(&mut out)?;
        Ok(out)
    };
    let (low, high): (_, std::io::Result<_>) = (with(0)?, with(0xff));
    assert_same(&low, &high?, "what lies behind the stream counts");
    Ok(low)
}

/// Position and values of the first difference.
#[track_caller]
pub fn assert_same(ours: &[u8], theirs: &[u8], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}: lengths");
    if let Some(i) = ours.iter().zip(theirs).position(|(a, b)| a != b) {
        panic!("{what}: byte {i:#x} is {:#04x}, the tool's is {:#04x}", ours[i], theirs[i]);
    }
}
