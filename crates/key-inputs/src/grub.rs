//! Where GRUB's own files come from.
//!
//! ```text
//! given       --grub PATH…                        if any is given, nothing else is looked at
//!   │ none given
//! fetched     the cache: grub-pc-bin, grub-common if `bootkey grub fetch` put them there
//!   │ nothing fetched
//! installed   /usr/lib/grub, /usr/share/grub2, …  the first that is complete
//!   │ none
//! error       with the next command
//! ```
//!
//! The most deliberate act wins. Somebody who gives a path means it, so neither the cache nor the
//! system completes it. Somebody who fetched wants what they fetched: the cache changes only when
//! they fetch again, while an installation changes under every system upgrade. A place that was
//! chosen on purpose and is damaged is therefore an error and never a reason to look elsewhere.
//! All parts come from one build, because modules of one do not load into the core of another.

mod candidates;
mod directory;
mod memdisk;
mod package;

pub use candidates::{Candidate, PlaceKind, candidates};
pub use memdisk::{MEMDISK_PACKAGE, locate_memdisk};

use crate::cache::Cache;
use crate::digest::sha256_hex;
use crate::environment::Environment;
use crate::error::Error;
use crate::files::open_regular;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// GRUB's name for a PC with a BIOS.
pub const GRUB_PLATFORM: &str = "i386-pc";

/// The Debian packages that hold what is needed: modules and boot images, and the font.
pub const GRUB_PACKAGES: [&str; 2] = ["grub-pc-bin", "grub-common"];

/// Where distributions install GRUB's platform directories, below the root.
const INSTALLED: [&str; 4] =
    ["usr/lib/grub", "usr/share/grub2", "usr/share/grub", "usr/local/lib/grub"];

/// What no installation can do without: it is looked for before anything is built.
const REQUIRED: [&str; 8] = [
    "boot.img",
    "diskboot.img",
    "lzma_decompress.img",
    "kernel.img",
    "moddep.lst",
    "command.lst",
    "fs.lst",
    "normal.mod",
];

/// Longest file of GRUB's, in bytes; the largest is the font, 2.4 MB.
const MAX_FILE: u64 = 16 << 20;
/// Most bytes of all of them together.
const MAX_FILES: u64 = 128 << 20;

/// One build of GRUB for one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrubFiles {
    /// `i386-pc`.
    pub platform: String,
    /// `*.mod`, `*.lst`, `*.img` and `modinfo.sh`, by file name.
    pub files: BTreeMap<String, Arc<[u8]>>,
    /// The font for graphical menus, `unicode.pf2`.
    pub font: Option<Asset>,
    /// Where they come from.
    pub origin: GrubOrigin,
}

/// Where a build of GRUB comes from. Only `version` and `digest` say what it is; `how` is for
/// people, names places on this machine, and must not reach an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrubOrigin {
    /// For people: `installed in /usr/lib/grub/i386-pc`.
    pub how: String,
    /// The package it belongs to, if known: `grub-pc-bin`.
    pub package: Option<String>,
    /// Its version: the package's if known (`2.06-13+deb12u2`), else what `modinfo.sh` says.
    pub version: Option<String>,
    /// SHA-256, in hex, of the lines `<sha256 of the file>  <file name>` sorted by name: in the
    /// directory, `LC_ALL=C; sha256sum *.img *.lst *.mod modinfo.sh | sort -k2 | sha256sum`.
    pub digest: String,
}

/// A single file and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// File name: `unicode.pf2`.
    pub name: String,
    /// Its contents.
    pub bytes: Arc<[u8]>,
    /// SHA-256 of the contents, in hex.
    pub sha256: String,
    /// For people: the path it was read from.
    pub how: String,
    /// The package it belongs to, if known.
    pub package: Option<String>,
    /// That package's version, if known.
    pub version: Option<String>,
}

/// What one place has of GRUB.
#[derive(Debug, Default)]
struct Part {
    how: String,
    /// From a package file or dpkg's records.
    package: Option<String>,
    version: Option<String>,
    /// Whether it is a package file: packages must agree on their version.
    is_package: bool,
    files: BTreeMap<String, Arc<[u8]>>,
    font: Option<Asset>,
}

/// Finds GRUB's files; see the module's drawing for where.
///
/// # Errors
/// [`Error::NoGrub`] with the next command when there is none; [`Error::NotGrub`] when a place
/// that was given holds none, [`Error::MixedGrub`] and [`Error::TwiceGrub`] when those given do
/// not belong together; whatever reading a package or a file can meet.
pub fn locate(explicit: &[PathBuf], env: &Environment) -> Result<GrubFiles, Error> {
    if !explicit.is_empty() {
        return given(explicit, env);
    }
    let mut looked_at = Vec::new();
    if let Ok(cache) = Cache::of(env) {
        if let Some(files) = fetched(&cache)? {
            return Ok(files);
        }
        looked_at.push(cache.dir().display().to_string());
    }
    for dir in INSTALLED.map(|dir| env.below_root(dir)) {
        match installed(&dir, env) {
            Ok(Some(files)) => return Ok(files),
            Ok(None) => looked_at.push(dir.display().to_string()),
            Err(e) => looked_at.push(format!("{} ({e})", dir.display())),
        }
    }
    Err(Error::NoGrub { platform: GRUB_PLATFORM.into(), looked_at })
}

fn given(paths: &[PathBuf], env: &Environment) -> Result<GrubFiles, Error> {
    let mut parts = Vec::new();
    for path in paths {
        let metadata =
            fs::metadata(path).map_err(|source| Error::Open { path: path.clone(), source })?;
        let how = format!("given: {}", path.display());
        if metadata.is_dir() {
            let dir = directory::resolve(path).ok_or_else(|| {
                not_grub(path, format!("neither it nor a {GRUB_PLATFORM} in it has boot.img"))
            })?;
            parts.push(directory::part(&dir, how, env)?);
        } else {
            let part = package::part(path, how)?;
            let nothing = part.files.is_empty() && part.font.is_none();
            if nothing && !package::has_memdisk(path)? {
                let why = "the package has none of its files, nor its font, nor memdisk";
                return Err(not_grub(path, why));
            }
            parts.push(part);
        }
    }
    let first = paths.first().cloned().unwrap_or_default();
    combine(parts, &first)
}

fn fetched(cache: &Cache) -> Result<Option<GrubFiles>, Error> {
    let mut parts = Vec::new();
    for name in GRUB_PACKAGES {
        if let Some(cached) = cache.package(name)? {
            parts.push(package::part(&cached.deb, format!("fetched: {}", cached.deb.display()))?);
        }
    }
    // The font alone, fetched for another reason, is not GRUB.
    if parts.iter().all(|p| p.files.is_empty()) {
        return Ok(None);
    }
    combine(parts, cache.dir()).map(Some)
}

fn installed(dir: &Path, env: &Environment) -> Result<Option<GrubFiles>, Error> {
    let Some(dir) = directory::resolve(dir) else { return Ok(None) };
    let how = format!("installed in {}", dir.display());
    combine(vec![directory::part(&dir, how, env)?], &dir).map(Some)
}

/// Makes one build of the parts, which must belong together.
fn combine(parts: Vec<Part>, place: &Path) -> Result<GrubFiles, Error> {
    let packages = || parts.iter().filter(|p| p.is_package && p.version.is_some());
    let name = |p: &Part| p.package.clone().unwrap_or_else(|| p.how.clone());
    let version = |p: &Part| p.version.clone().unwrap_or_default();
    let with_files = || parts.iter().filter(|p| !p.files.is_empty());
    // The part with the modules first, so that the message begins with what matters.
    let first = packages().max_by_key(|p| !p.files.is_empty());
    let grub = |p: &&Part| !p.files.is_empty() || p.font.is_some();
    if let Some(first) = first
        && let Some(other) = packages().filter(grub).find(|p| p.version != first.version)
    {
        return Err(Error::MixedGrub {
            first: name(first),
            first_version: version(first),
            second: name(other),
            second_version: version(other),
        });
    }
    if let (Some(first), Some(second)) = (with_files().next(), with_files().nth(1)) {
        let platform = GRUB_PLATFORM.into();
        let (first, second) = (first.how.clone(), second.how.clone());
        return Err(Error::TwiceGrub { platform, first, second });
    }
    let Some(main) = with_files().next() else {
        return Err(not_grub(place, "there are no modules; they are in the package grub-pc-bin"));
    };
    let missing: Vec<_> = REQUIRED.into_iter().filter(|f| !main.files.contains_key(*f)).collect();
    if !missing.is_empty() {
        let why = format!(
            "it lacks {}; a /boot/grub that grub-install has filled is not enough, give what it \
             copies from, such as /usr/lib/grub",
            missing.join(", ")
        );
        return Err(not_grub(place, why));
    }
    let origin = GrubOrigin {
        how: main.how.clone(),
        package: main.package.clone(),
        version: main.version.clone(),
        digest: digest(&main.files),
    };
    let font = main.font.clone().or_else(|| parts.iter().find_map(|p| p.font.clone()));
    Ok(GrubFiles { platform: GRUB_PLATFORM.into(), files: main.files.clone(), font, origin })
}

fn digest(files: &BTreeMap<String, Arc<[u8]>>) -> String {
    let lines: String =
        files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256_hex(bytes))).collect();
    sha256_hex(lines.as_bytes())
}

/// Whether a file in a platform directory belongs to the build.
fn is_grub_file(name: &str) -> bool {
    name == "modinfo.sh" || [".mod", ".lst", ".img"].iter().any(|e| name.ends_with(e))
}

fn not_grub(path: &Path, why: impl Into<String>) -> Error {
    Error::NotGrub { path: path.to_path_buf(), platform: GRUB_PLATFORM.into(), why: why.into() }
}

impl Asset {
    fn new(name: &str, bytes: Arc<[u8]>, how: String, package: Option<(String, String)>) -> Self {
        let (package, version) = package.unzip();
        Self { name: name.into(), sha256: sha256_hex(&bytes), bytes, how, package, version }
    }
}

/// Reads a regular file of GRUB's size.
fn read_file(path: &Path) -> Result<Arc<[u8]>, Error> {
    let (file, metadata) = open_regular(path)?;
    let too_big = |len| Error::GrubFileTooBig { path: path.to_path_buf(), len, limit: MAX_FILE };
    if metadata.len() > MAX_FILE {
        return Err(too_big(metadata.len()));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(too_big(bytes.len() as u64));
    }
    Ok(bytes.into())
}
