//! The files of a firmware for UEFI, and how they become the guest's flash memory.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::option::with_path;

/// The size of each of the two flash memories of QEMU's ARM machine. A PC's are as large as their files.
const ARM_FLASH: u64 = 64 << 20;

/// The files of a firmware for UEFI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmwareFiles {
    /// Its code.
    pub code: PathBuf,
    /// Its variables when nobody has set any. `None`: it makes them in an empty memory.
    pub variables: Option<PathBuf>,
    /// Whether it protects its variables, which needs system management mode.
    pub protected: bool,
}

impl FirmwareFiles {
    /// The same files, below a directory.
    pub(crate) fn below(&self, directory: &Path) -> Self {
        Self {
            code: directory.join(&self.code),
            variables: self.variables.as_ref().map(|path| directory.join(path)),
            protected: self.protected,
        }
    }

    /// Whether all are there.
    pub(crate) fn are_there(&self) -> bool {
        self.code.is_file() && self.variables.as_ref().is_none_or(|path| path.is_file())
    }

    /// QEMU's arguments for the flash memories of a PC or an ARM machine. What the guest writes to, or
    /// is too short, is copied to `dir`.
    pub(crate) fn flash(&self, is_pc: bool, dir: &Path) -> Result<Vec<OsString>, Error> {
        let own = dir.join("variables");
        match &self.variables {
            Some(variables) => copy(variables, &own)?,
            None => File::create(&own).map(drop).map_err(Error::file(&own))?,
        }
        let mut code = self.code.clone();
        if !is_pc {
            if code.metadata().map_err(Error::file(&code))?.len() < ARM_FLASH {
                code = dir.join("code");
                copy(&self.code, &code)?;
                lengthen(&code)?;
            }
            lengthen(&own)?;
        }
        let drive = |file: &Path, rest: &str| {
            let rest = format!(",if=pflash,format=raw,unit={rest}");
            ["-drive".into(), with_path("file=", file, &rest)]
        };
        Ok([drive(&code, "0,readonly=on"), drive(&own, "1")].concat())
    }
}

/// Copies a file that may be read-only to one that may be written.
fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let mut source = File::open(from).map_err(Error::file(from))?;
    let mut target = File::create(to).map_err(Error::file(to))?;
    std::io::copy(&mut source, &mut target).map(drop).map_err(Error::file(to))
}

/// Makes a file as long as an ARM machine's flash memory.
fn lengthen(file: &Path) -> Result<(), Error> {
    let longer = || File::options().write(true).open(file)?.set_len(ARM_FLASH);
    longer().map_err(Error::file(file))
}
