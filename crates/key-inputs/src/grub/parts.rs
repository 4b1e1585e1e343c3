//! What a place has of GRUB, and how its files are read.

use super::platform::FileMap;
use super::{modinfo, platform};
use crate::error::Error;
use grub_image::Platform;
use input_file::{open_regular, sha256_hex};
use key_inventory::{Asset, Origin, PackageFile};
use packages::Package;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

/// Longest file of GRUB's, in bytes; the largest are the signed programs, 4 MB.
pub(super) const MAX_FILE: u64 = 16 << 20;
/// Most bytes of all of them together.
pub(super) const MAX_FILES: u64 = 128 << 20;

/// What one place has of one platform.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) platform: Platform,
    pub(super) files: FileMap,
    /// For people.
    pub(super) how: String,
    /// Name and version, from a package file or dpkg's records.
    pub(super) package: Option<(String, String)>,
    /// Whether it comes from a package file itself.
    pub(super) is_package: bool,
    /// The version of the build as `modinfo.sh` says it.
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

/// What a place, or several that belong together, have of GRUB.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// The platforms that are there, wanted or not.
    pub(super) holds: Vec<Platform>,
    /// Those that were wanted.
    pub(super) parts: Vec<Part>,
    /// The fonts, and whether each is from a package file.
    pub(super) fonts: Vec<(Asset, bool)>,
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

/// What a plan says of a package file.
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

/// Reads a regular file of GRUB's size.
pub(super) fn read_file(path: &Path) -> Result<Arc<[u8]>, Error> {
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
