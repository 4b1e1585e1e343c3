//! GRUB's own files: where they are looked for, and which are taken.
//!
//! ```text
//! given       --grub PATH…                        if any is given, nothing else is looked at
//!   │ none given
//! fetched     the cache: grub-pc-bin, grub-common … if `bootkey grub fetch` put them there
//!   │ nothing of what is wanted was fetched
//! installed   /usr/lib/grub, /usr/share/grub2, …  for each platform the first that is complete
//!   │ none
//! error       with the next command
//! ```
//!
//! The most deliberate act wins. Somebody who gives a path means it, so neither the cache nor the
//! system completes it. Somebody who fetched wants what they fetched: the cache changes only when
//! they fetch again, while an installation changes under every system upgrade. A place that was
//! chosen on purpose and is damaged is therefore an error and never a reason to look elsewhere.
//!
//! All parts come from one build. Within a platform, because modules of one do not load into the
//! core of another. Across platforms, because all of them read one `/boot/grub` of the key: one
//! `grub.cfg`, whose words must mean the same in each, one font. Files of one platform therefore
//! come from one directory or one package, and where a key has several platforms their packages'
//! versions, and the versions in their `modinfo.sh`, must be equal as far as they are known.
//! A rebuild of the same source (`+b1` at the end of a Debian version) counts as equal.
//!
//! A `/boot/grub` that `grub-install` has filled is no source: it has the modules, but neither
//! `kernel.img` nor `diskboot.img`.

mod candidates;
mod directory;
mod memdisk;
mod modinfo;
mod package;
mod platform;
mod same_build;
mod signed;

pub use candidates::{Candidate, PlaceKind, candidates};
pub use grub_image::Platform;
pub use memdisk::{MEMDISK_PACKAGE, locate_memdisk};
pub use signed::locate_signed;

use crate::environment::Environment;
use crate::error::Error;
use grub_image::PlatformFiles;
use input_file::{OpenError, open_regular, sha256_hex};
use key_inventory::{Asset, Grub, GrubBuild, Origin, PackageFile};
use packages::{Cache, Keep, Package, Request};
use same_build::check_one_build;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Debian's package with the font.
const FONT_PACKAGE: &str = "grub-common";

/// Where distributions install GRUB's platform directories, below the root: Debian, Fedora and
/// Arch; openSUSE; openSUSE before 15.1; by hand.
const INSTALLED: [&str; 5] =
    ["usr/lib/grub", "usr/share/grub2", "usr/lib/grub2", "usr/share/grub", "usr/local/lib/grub"];

/// Longest file of GRUB's, in bytes; the largest are the signed programs, 4 MB.
const MAX_FILE: u64 = 16 << 20;
/// Most bytes of all of them together.
const MAX_FILES: u64 = 128 << 20;

/// Files by bare name.
type FileMap = BTreeMap<String, Arc<[u8]>>;

/// What one place has of one platform.
#[derive(Debug, Clone)]
struct Part {
    platform: Platform,
    files: FileMap,
    /// For people.
    how: String,
    /// Name and version, from a package file or dpkg's records.
    package: Option<(String, String)>,
    /// Whether it comes from a package file itself.
    is_package: bool,
    /// The version of the build as `modinfo.sh` says it.
    build: Option<String>,
    sha256: String,
}

impl Part {
    fn new(
        platform: Platform,
        files: FileMap,
        how: String,
        package: Option<(String, String)>,
    ) -> Self {
        let build = modinfo::version(&files);
        let sha256 = digest(&files);
        Self { platform, files, how, package, is_package: false, build, sha256 }
    }
}

/// What a place, or several that belong together, have of GRUB.
#[derive(Debug, Clone, Default)]
struct Found {
    /// The platforms that are there, wanted or not.
    holds: Vec<Platform>,
    /// Those that were wanted.
    parts: Vec<Part>,
    /// The fonts, and whether each is from a package file.
    fonts: Vec<(Asset, bool)>,
    packages: Vec<PackageFile>,
}

impl Found {
    fn merge(&mut self, other: Self) {
        self.holds.extend(other.holds);
        self.parts.extend(other.parts);
        self.fonts.extend(other.fonts);
        self.packages.extend(other.packages);
    }
}

/// What to fetch for keys of these platforms, from Debian's packages; for Secure Boot, shim and
/// the signed GRUB as well.
pub fn grub_requests(platforms: &[Platform], secure_boot: bool) -> Vec<Request> {
    let mut all: Vec<Request> = platforms.iter().map(|p| platform::request(*p)).collect();
    all.push(Request::package(FONT_PACKAGE));
    if secure_boot {
        all.extend(platforms.iter().flat_map(|p| signed::requests(*p)));
    }
    all
}

/// Finds GRUB's files for the wanted platforms, all of one build; see the module's drawing for
/// where.
///
/// # Errors
/// [`Error::NoGrub`] with the next command when there is none; [`Error::NotGrub`] when a place
/// that was given holds none, [`Error::MixedGrub`] and [`Error::TwiceGrub`] when those given do
/// not belong together; whatever reading a package or a file can meet.
pub fn locate(
    wanted: &[Platform],
    explicit: &[PathBuf],
    env: &Environment,
) -> Result<GrubBuild, Error> {
    if let Some(first) = explicit.first() {
        return combine(&given(explicit, wanted, env)?, wanted, first);
    }
    let mut looked_at = Vec::new();
    if let Ok(cache) = env.cache() {
        let found = fetched(&cache, wanted)?;
        if !found.parts.is_empty() {
            return combine(&found, wanted, cache.dir());
        }
        looked_at.push(cache.dir().display().to_string());
    }
    let mut picked = Found::default();
    for dir in INSTALLED.map(|dir| env.below_root(dir)) {
        let lacking: Vec<_> = lacking(&picked, wanted).collect();
        match installed(&dir, &lacking, env) {
            Ok(found) if found.parts.is_empty() => looked_at.push(dir.display().to_string()),
            Ok(mut found) => {
                let unusable = |p: &Part| complete(p, Path::new(&dir)).err();
                let errors: Vec<_> = found.parts.iter().filter_map(unusable).collect();
                looked_at.extend(errors.iter().map(|e| format!("{} ({e})", dir.display())));
                found.parts.retain(|p| unusable(p).is_none());
                if !found.parts.is_empty() {
                    picked.merge(found);
                }
            }
            Err(e) => looked_at.push(format!("{} ({e})", dir.display())),
        }
    }
    let lacking: Vec<_> = lacking(&picked, wanted).collect();
    if !lacking.is_empty() {
        let packages = lacking.iter().map(|p| p.package()).collect();
        return Err(Error::NoGrub { platform: platform::names(&lacking), looked_at, packages });
    }
    combine(&picked, wanted, &env.root)
}

fn lacking(found: &Found, wanted: &[Platform]) -> impl Iterator<Item = Platform> {
    let has = |p: &Platform| found.parts.iter().any(|part| part.platform == *p);
    wanted.iter().copied().filter(move |p| !has(p))
}

fn given(paths: &[PathBuf], wanted: &[Platform], env: &Environment) -> Result<Found, Error> {
    let mut all = Found::default();
    for path in paths {
        let metadata =
            fs::metadata(path).map_err(|source| OpenError::Open { path: path.clone(), source })?;
        if metadata.is_dir() {
            let found = directory::found(path, wanted, "given:", env)?;
            if found.holds.is_empty() && !signed::is_in(path, env) {
                let names = platform::names(wanted);
                let why =
                    format!("neither it nor a directory {names} in it has boot.img or kernel.img");
                return Err(not_grub(path, wanted, why));
            }
            all.merge(found);
        } else {
            let package = package::found(&Package::open(path)?, wanted, "given:")?;
            if !package.of_use {
                let why = "the package has none of its files, nor its font, nor memdisk, nor shim";
                return Err(not_grub(path, wanted, why));
            }
            all.merge(package.found);
        }
    }
    Ok(all)
}

fn fetched(cache: &Cache, wanted: &[Platform]) -> Result<Found, Error> {
    let mut all = Found::default();
    for platform in wanted {
        let cached = cache.package(platform.package(), Some(platform::architecture(*platform)))?;
        if let Some(cached) = cached {
            all.merge(package::found(&cached.open()?, &[*platform], "fetched:")?.found);
        }
    }
    // The font alone, fetched for another reason, is not GRUB.
    if !all.parts.is_empty()
        && let Some(cached) = cache.package(FONT_PACKAGE, None)?
    {
        all.merge(package::found(&cached.open()?, &[], "fetched:")?.found);
    }
    Ok(all)
}

fn installed(dir: &Path, wanted: &[Platform], env: &Environment) -> Result<Found, Error> {
    directory::found(dir, wanted, "installed in", env)
}

/// Makes one build of the parts, which must belong together.
fn combine(found: &Found, wanted: &[Platform], place: &Path) -> Result<GrubBuild, Error> {
    let mut chosen: Vec<&Part> = Vec::new();
    for platform in wanted {
        let mut parts = found.parts.iter().filter(|p| p.platform == *platform);
        let Some(first) = parts.next() else {
            return Err(none_there(found, *platform, place));
        };
        if let Some(second) = parts.next() {
            // Of two versions, that they are two versions matters more.
            check_one_build(&[first, second], &[])?;
            let (first, second) = (first.how.clone(), second.how.clone());
            return Err(Error::TwiceGrub { platform: platform.name().into(), first, second });
        }
        chosen.push(first);
    }
    check_one_build(&chosen, &found.fonts)?;
    for part in &chosen {
        complete(part, place)?;
    }
    let platforms = chosen.into_iter().map(|part| Grub {
        platform: part.platform,
        files: PlatformFiles::new(part.files.clone()),
        origin: Origin {
            from: part.how.clone(),
            package: part.package.clone().map(|p| p.0),
            version: part.package.clone().map(|p| p.1).or_else(|| part.build.clone()),
            sha256: part.sha256.clone(),
        },
    });
    Ok(GrubBuild {
        platforms: platforms.collect(),
        font: found.fonts.first().map(|f| f.0.clone()),
        signed: None,
        packages: found.packages.clone(),
    })
}

fn none_there(found: &Found, platform: Platform, place: &Path) -> Error {
    let there = match found.holds.as_slice() {
        [] => String::new(),
        holds => format!("; there are those for {}", platform::names(holds)),
    };
    let package = platform.package();
    let why = format!("there are no modules, which are in the package {package}{there}");
    not_grub(place, &[platform], why)
}

/// Whether nothing is missing that building needs.
fn complete(part: &Part, place: &Path) -> Result<(), Error> {
    let required = platform::required(part.platform).iter();
    let missing: Vec<_> = required.copied().filter(|f| !part.files.contains_key(*f)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let why = format!(
        "it lacks {}; a /boot/grub that grub-install has filled is not enough, give what it \
         copies from, such as /usr/lib/grub",
        missing.join(", ")
    );
    Err(not_grub(place, &[part.platform], why))
}

fn digest(files: &FileMap) -> String {
    let lines: String =
        files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256_hex(bytes))).collect();
    sha256_hex(lines.as_bytes())
}

/// Whether a file in a platform directory belongs to the build.
fn is_grub_file(name: &str) -> bool {
    name == "modinfo.sh" || [".mod", ".lst", ".img"].iter().any(|e| name.ends_with(e))
}

/// The files of packages that are read by any of this, and that the cache keeps unpacked.
pub(crate) const KEEP: Keep = Keep {
    wanted: |name| {
        package::is_grubs(name) || memdisk::IN_PACKAGES.contains(&name) || signed::is_signed(name)
    },
    limit: MAX_FILES,
};

/// A package file as the inventory has it.
fn package_file(file: packages::PackageFile) -> PackageFile {
    let packages::PackageFile { name, version, architecture, sha256, path } = file;
    PackageFile { name, version, architecture, sha256, path }
}

fn not_grub(path: &Path, wanted: &[Platform], why: impl Into<String>) -> Error {
    Error::NotGrub { path: path.to_path_buf(), platform: platform::names(wanted), why: why.into() }
}

fn asset(bytes: Arc<[u8]>, from: String, package: Option<(String, String)>) -> Asset {
    let (package, version) = package.unzip();
    let sha256 = sha256_hex(&bytes);
    Asset { bytes, origin: Origin { from, package, version, sha256 } }
}

/// Reads a regular file of GRUB's size.
fn read_file(path: &Path) -> Result<Arc<[u8]>, Error> {
    let (file, metadata) = open_regular(path)?;
    let too_big = |len| Error::GrubFileTooBig { path: path.to_path_buf(), len, limit: MAX_FILE };
    if metadata.len() > MAX_FILE {
        return Err(too_big(metadata.len()));
    }
    // Read where it stays: a copy would take as long again. OK to cast: not more than the limit.
    let mut bytes: Arc<[u8]> = std::iter::repeat_n(0, metadata.len() as usize).collect();
    let read = |source| Error::Read { path: path.to_path_buf(), source };
    file.read_exact_at(Arc::make_mut(&mut bytes), 0).map_err(read)?;
    Ok(bytes)
}
