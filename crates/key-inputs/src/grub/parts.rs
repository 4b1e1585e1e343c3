//! Parts: the files of GRUB that a place has for one platform, and how they are read.

use super::platform::FileMap;
use super::{modinfo, platform};
use crate::environment::Environment;
use crate::error::Error;
use grub_image::Platform;
use input_file::{open_regular, sha256_hex};
use key_inventory::{Asset, Origin, PackageFile};
use packages::Package;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

/// Longest file of GRUB that is read, in bytes; the largest are the signed programs, 4 MB.
pub(super) const MAX_FILE: u64 = 16 << 20;
/// Most bytes of GRUB's files that are read from one package.
pub(super) const MAX_FILES: u64 = 128 << 20;

/// The files that one place has for one platform.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) platform: Platform,
    pub(super) files: FileMap,
    /// The name of the place in messages: `installed in /usr/lib/grub/i386-pc`.
    pub(super) how: String,
    /// Name and version of the package it belongs to, from the package file or dpkg's records.
    pub(super) package: Option<(String, String)>,
    /// Whether the files were read from a package file rather than a directory.
    pub(super) is_package: bool,
    /// The version of the build in `modinfo.sh`.
    pub(super) build: Option<String>,
    pub(super) sha256: String,
}

impl Part {
    pub(super) fn new(
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

/// The parts of GRUB that were found in a place, or in several that are used together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// The platforms that are there, wanted or not.
    pub(super) holds: Vec<Platform>,
    /// The parts of wanted platforms.
    pub(super) parts: Vec<Part>,
    /// The fonts, and whether each is from a package file.
    pub(crate) fonts: Vec<(Asset, bool)>,
    pub(super) packages: Vec<PackageFile>,
}

impl Found {
    pub(super) fn merge(&mut self, other: Self) {
        self.holds.extend(other.holds);
        self.parts.extend(other.parts);
        self.fonts.extend(other.fonts);
        self.packages.extend(other.packages);
    }
}

pub(super) fn digest(files: &FileMap) -> String {
    let lines: String =
        files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256_hex(bytes))).collect();
    sha256_hex(lines.as_bytes())
}

/// Whether a file in a platform directory belongs to the build.
pub(super) fn is_grub_file(name: &str) -> bool {
    name == "modinfo.sh" || [".mod", ".lst", ".img"].iter().any(|e| name.ends_with(e))
}

/// The description of a package file in a plan.
pub(super) fn package_file(package: &Package) -> Result<PackageFile, packages::Error> {
    Ok(PackageFile {
        name: package.name().to_owned(),
        version: package.version().to_owned(),
        architecture: package.architecture().to_owned(),
        sha256: package.sha256()?,
        path: package.path().to_path_buf(),
    })
}

pub(super) fn not_grub(path: &Path, wanted: &[Platform], why: impl Into<String>) -> Error {
    Error::NotGrub { path: path.to_path_buf(), platform: platform::names(wanted), why: why.into() }
}

pub(super) fn asset(bytes: Arc<[u8]>, from: String, package: Option<(String, String)>) -> Asset {
    let (package, version) = package.unzip();
    let sha256 = sha256_hex(&bytes);
    Asset { bytes, origin: Origin { from, package, version, sha256 } }
}

/// Opens a package file that was given.
pub(super) fn open_package(path: &Path, env: &Environment) -> Result<Package, Error> {
    let package = Package::open(path)?;
    env.opened.add_path(path);
    Ok(package)
}

/// Reads a regular file of at most [`MAX_FILE`] bytes.
pub(super) fn read_file(path: &Path, env: &Environment) -> Result<Arc<[u8]>, Error> {
    let (file, metadata) = open_regular(path)?;
    env.opened.add(path, &metadata);
    let too_big = |len| Error::GrubFileTooBig { path: path.to_path_buf(), len, limit: MAX_FILE };
    if metadata.len() > MAX_FILE {
        return Err(too_big(metadata.len()));
    }
    // Read into its final place: a `Vec` turned into an `Arc` would be copied once more, which
    // takes as long as reading. OK to cast: not more than the limit.
    let mut bytes: Arc<[u8]> = std::iter::repeat_n(0, metadata.len() as usize).collect();
    let read = |source| Error::Read { path: path.to_path_buf(), source };
    file.read_exact_at(Arc::make_mut(&mut bytes), 0).map_err(read)?;
    Ok(bytes)
}
