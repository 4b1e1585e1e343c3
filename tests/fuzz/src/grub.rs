//! GRUB's files: handmade ones, some replaced by the input, and those of the GRUBs at hand.

use grub_image::{Platform, PlatformFiles};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use testbench::handmade_grub::{self, A_AND_B, Files};

/// Sets of files by name, with some replaced by the input's bytes. Nothing else is copied.
pub fn with(files: &PlatformFiles, replaced: &[(&str, &[u8])]) -> PlatformFiles {
    let mut all: BTreeMap<_, _> = files.iter().map(|(n, b)| (n.to_owned(), b.clone())).collect();
    all.extend(replaced.iter().map(|(name, bytes)| ((*name).to_owned(), (*bytes).into())));
    PlatformFiles::new(all)
}

/// The handmade files of a platform: for a BIOS with two modules, for EFI with none.
pub fn handmade_files(platform: Platform) -> Files {
    let modules: &[_] = if platform == Platform::I386Pc { &A_AND_B } else { &[] };
    handmade_grub::files(platform.name(), modules, 6)
}

/// The handmade files of a platform, made once and kept.
pub fn handmade(platform: Platform) -> PlatformFiles {
    thread_local!(static FILES: [OnceCell<PlatformFiles>; 4] = const { [const { OnceCell::new() }; 4] });
    let make = || {
        let files = handmade_files(platform).into_iter();
        PlatformFiles::new(files.map(|(name, bytes)| (name, bytes.into())).collect())
    };
    // OK to cast: the number of a variant.
    FILES.with(|files| files[platform as usize].get_or_init(make).clone())
}

/// The directory of each platform of each GRUB at hand, with a name for it: the installed ones, and
/// those that `cargo xtask setup` has fetched.
pub fn real_directories() -> Vec<(String, Platform, PathBuf)> {
    let mut all = Vec::new();
    for platform in Platform::ALL {
        let mut put = |of: &str, dir: PathBuf| {
            if dir.is_dir() {
                all.push((format!("{of}-{platform}"), platform, dir));
            }
        };
        put("installed", Path::new("/usr/lib/grub").join(platform.name()));
        for suite in testbench::GRUB_SUITES {
            if let Some(build) = testbench::grub_build(suite) {
                put(suite, build.directory(platform.name()));
            }
        }
    }
    all
}

/// A file of a directory as an input; without the file an empty one.
pub fn real(dir: &Path, name: &str) -> Vec<u8> {
    std::fs::read(dir.join(name)).unwrap_or_default()
}
