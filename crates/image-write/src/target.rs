//! The thing under the output's name now, and whether an image may replace it: an input may not be
//! replaced.

use crate::Error;
use crate::source_files::SourceFiles;
use image_layout::SourceId;
use input_file::device_and_inode;
use std::ffi::OsString;
use std::fs::{self, FileType, Metadata, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

/// A place for an image.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The path as the user calls it.
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
                // The file is opened only to find out now whether it may be written to.
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

    /// Whether two paths lead to the same file, or would.
    fn is(&self, other: &Self) -> bool {
        match (&self.replaces, &other.replaces) {
            (Some(a), Some(b)) => device_and_inode(a) == device_and_inode(b),
            (None, None) => {
                let real = |t: &Self| t.dir.canonicalize().unwrap_or_else(|_| t.dir.clone());
                self.name == other.name && real(self) == real(other)
            }
            _ => false,
        }
    }

    /// Refuses to replace a file that the image is made from: one of `used`, or any that was read.
    pub(crate) fn refuse_inputs(
        &self,
        used: impl IntoIterator<Item = SourceId>,
        sources: &impl SourceFiles,
    ) -> Result<(), Error> {
        let Some(replaced) = &self.replaces else { return Ok(()) };
        let replaced = device_and_inode(replaced);
        if let Some(input) = sources.find(&self.dir.join(&self.name), replaced) {
            return Err(Error::IsInput { path: self.path.clone(), input });
        }
        for id in used {
            let input = sources.path(id);
            let named = || fs::metadata(input).ok().as_ref().map(device_and_inode);
            if sources.device_and_inode(id).or_else(named) == Some(replaced) {
                return Err(Error::IsInput { path: self.path.clone(), input: input.to_owned() });
            }
        }
        Ok(())
    }
}

/// Checks, before anything is written, that files may be written to these paths: each is free or a
/// file that may be replaced, none is an input, and no two are the same file.
///
/// # Errors
/// [`Error`] says which may not.
pub fn check_outputs<'a>(
    paths: impl IntoIterator<Item = &'a Path>,
    sources: &impl SourceFiles,
) -> Result<(), Error> {
    let mut seen: Vec<Target> = Vec::new();
    for path in paths {
        let target = Target::resolve(path)?;
        target.refuse_inputs([], sources)?;
        if let Some(other) = seen.iter().find(|other| other.is(&target)) {
            return Err(Error::Twice { path: path.to_owned(), other: other.path.clone() });
        }
        seen.push(target);
    }
    Ok(())
}

/// Checks, long before an image is written, that it may be written to this path: it is free or a
/// file that may be replaced, and none of the inputs.
///
/// # Errors
/// [`Error`] says why it may not.
pub fn check_output<'a>(
    path: &Path,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Error> {
    let target = Target::resolve(path)?;
    let Some(replaced) = target.replaces.as_ref().map(device_and_inode) else { return Ok(()) };
    let is_it = |input: &&Path| fs::metadata(input).is_ok_and(|m| device_and_inode(&m) == replaced);
    match inputs.into_iter().find(is_it) {
        Some(input) => Err(Error::IsInput { path: target.path, input: input.to_owned() }),
        None => Ok(()),
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
