//! What is under the output's name now, and whether an image may replace it.

use crate::Error;
use crate::payloads::{Payloads, used};
use image_layout::Layout;
use std::ffi::OsString;
use std::fs::{self, FileType, Metadata, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// A place for an image.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// As the user calls it.
    pub path: PathBuf,
    /// The directory that will hold the file, symbolic links followed.
    pub dir: PathBuf,
    /// The file's name there.
    pub name: OsString,
    /// The file that will be replaced.
    pub replaces: Option<Metadata>,
}

impl Target {
    /// Looks at `path`. An existing file must be regular and writable.
    pub(crate) fn resolve(path: &Path) -> Result<Self, Error> {
        let directory = || Error::Directory { path: path.to_owned() };
        let failed = |source| Error::Write { path: path.to_owned(), source };
        match fs::metadata(path) {
            Ok(m) if m.is_dir() => Err(directory()),
            Ok(m) if !m.is_file() => Err(refuse(path, m.file_type())),
            Ok(m) => {
                // Not because of the open file, but to hear about a read-only one.
                OpenOptions::new().write(true).open(path).map_err(failed)?;
                Self::split(path, &path.canonicalize().map_err(failed)?, Some(m))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                if let Ok(to) = fs::read_link(path) {
                    return Err(Error::DanglingLink { path: path.to_owned(), to });
                }
                if path.as_os_str().as_bytes().ends_with(b"/") {
                    return Err(directory());
                }
                let target = Self::split(path, path, None)?;
                if !target.dir.exists() {
                    return Err(Error::NoDirectory { dir: target.dir });
                }
                Ok(target)
            }
            Err(e) => Err(failed(e)),
        }
    }

    fn split(path: &Path, real: &Path, replaces: Option<Metadata>) -> Result<Self, Error> {
        let name = real.file_name().ok_or_else(|| Error::Directory { path: path.to_owned() })?;
        let dir = real.parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self { path: path.to_owned(), dir: dir.to_owned(), name: name.to_owned(), replaces })
    }

    /// Refuses to replace a file that the image is made from.
    pub(crate) fn refuse_inputs(
        &self,
        layout: &Layout,
        sources: &impl Payloads,
    ) -> Result<(), Error> {
        let Some(replaced) = &self.replaces else { return Ok(()) };
        let replaced = (replaced.dev(), replaced.ino());
        for id in used(layout) {
            let input = sources.path(id);
            let named = || fs::metadata(input).ok().map(|m| (m.dev(), m.ino()));
            if sources.device_and_inode(id).or_else(named) == Some(replaced) {
                return Err(Error::IsInput { path: self.path.clone(), input: input.to_owned() });
            }
        }
        Ok(())
    }
}

fn refuse(path: &Path, kind: FileType) -> Error {
    let path = path.to_owned();
    if kind.is_block_device() {
        return Error::BlockDevice { path };
    }
    let kind = match kind {
        k if k.is_char_device() => "character device",
        k if k.is_fifo() => "FIFO",
        k if k.is_socket() => "socket",
        _ => "special file",
    };
    Error::NotAFile { path, kind }
}
