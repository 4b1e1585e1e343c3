//! Whether an image can fit, asked before anything is written.

use crate::fault::Fault;
use crate::file_system::FileSystem;
use crate::source_files::SourceFiles;
use crate::target::Target;
use crate::{Error, segment};
use image_layout::{Content, Layout, SourceId};
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;

/// Refuses an image that certainly does not fit where `file` is. Whatever may be shared instead
/// of copied counts as nothing, so a full disk can still be met later.
pub(crate) fn check(
    layout: &Layout,
    sources: &impl SourceFiles,
    target: &Target,
    file: &File,
) -> Result<(), Error> {
    let failed = |e: io::Error| Error::write(&target.path, layout.len(), e);
    let stat = rustix::fs::fstatvfs(file).map_err(|e| failed(e.into()))?;
    if stat.f_blocks == 0 {
        return Ok(()); // a file system that does not know
    }
    let root = rustix::process::geteuid().is_root();
    let free = if root { stat.f_bfree } else { stat.f_bavail };
    let available = free.saturating_mul(stat.f_frsize);
    let most: u64 = layout.regions().map(|r| at_most(&r.content)).sum();
    if most <= available {
        return Ok(());
    }
    let sharing = (FileSystem::of(file) == FileSystem::Sharing)
        .then(|| file.metadata().map(|m| m.dev()))
        .transpose();
    let sharing = sharing.map_err(failed)?;
    let mut needed = 0u64;
    for region in layout.regions() {
        needed += match region.content {
            Content::Source { id, offset, len } => stored(sources, id, offset, len, sharing)
                .map_err(|error| {
                    let fault = Fault::Read { id, offset, error };
                    Error::from_fault(fault, sources, failed)
                })?,
            ref other => at_most(other),
        };
    }
    if needed > available {
        let (path, dir) = (target.path.clone(), target.dir.clone());
        return Err(Error::NoSpace { path, dir, needed, available });
    }
    Ok(())
}

/// Bytes of a region that take space if no hole is found in it and nothing is shared.
fn at_most(content: &Content) -> u64 {
    match content {
        Content::Zero { .. } => 0,
        Content::Bytes(_)
        | Content::Condensed(_)
        | Content::Counting { .. }
        | Content::Source { .. } => content.len(),
    }
}

/// Bytes of a source that will take space; `sharing` is the device whose files' blocks can be
/// shared.
fn stored(
    sources: &impl SourceFiles,
    id: SourceId,
    mut at: u64,
    len: u64,
    sharing: Option<u64>,
) -> io::Result<u64> {
    let there = |dev| sources.device_and_inode(id).is_some_and(|(on, _)| on == dev);
    if sharing.is_some_and(there) {
        return Ok(0);
    }
    let Some(file) = sources.file(id) else { return Ok(len) };
    let end = at.checked_add(len).ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut bytes = 0;
    while at < end {
        let segment = segment::next(file, at, end)?;
        if !segment.hole {
            bytes += segment.end - at;
        }
        at = segment.end;
    }
    Ok(bytes)
}
