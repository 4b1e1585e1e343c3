//! To a sparse file, which appears when it is complete.

use crate::pending::Pending;
use crate::sink::{Hash, SparseFile};
use crate::target::Target;
use crate::walk::{Fault, Progress, walk};
use crate::{Error, Options, Payloads, Written, space};
use image_layout::Layout;
use std::ops::ControlFlow;
use std::path::Path;

/// Writes the image to `path`, replacing a file that is there as a whole. `progress` is called
/// after each piece (at most 64 MiB) and can stop the writing.
///
/// Gaps, zeros and holes of the inputs become holes. A new file has the permissions that the
/// umask leaves of 0666; a replaced one passes its own on. A symbolic link is followed.
///
/// # Errors
/// [`Error`]; `path` is as it was then. One exception: the disk fails at the very end, when
/// the complete file has its name already and the directory is synced.
pub fn to_file(
    layout: &Layout,
    sources: &impl Payloads,
    path: &Path,
    options: Options,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Written, Error> {
    let failed = |e| Error::write(path, layout.len(), e);
    let fault = |f: Fault| Error::from_fault(f, sources, failed);
    let target = Target::resolve(path)?;
    target.refuse_inputs(layout, sources)?;
    let pending = Pending::create(&target).map_err(failed)?;
    space::check(layout, sources, &target, pending.file())?;
    pending.file().set_len(layout.len()).map_err(failed)?;
    let mut file = SparseFile(pending.file());
    let (data, sha256) = if options.sha256 {
        let mut both = (file, Hash::default());
        let data = walk(layout, sources, &mut both, progress).map_err(fault)?;
        (data, Some(both.1.finish()))
    } else {
        (walk(layout, sources, &mut file, progress).map_err(fault)?, None)
    };
    pending.commit(options.durability).map_err(failed)?;
    Ok(Written { len: layout.len(), data, sha256 })
}
