//! The files that an image is made from, as the writer sees them.

use image_layout::{Layout, SourceId, Sources};
use input_file::FileStamp;
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Sources that may be files, which the kernel can copy by itself and whose holes it knows.
///
/// A file is either kept open all the time ([`Self::file`]) or opened when its turn comes
/// ([`Self::open`]), because there may be more files than a process may have open. This crate notices
/// changes of files that are kept open; those of the others, the implementation of [`Self::open`] does.
///
/// A thread of its own reads ahead of the one that writes: hence `Sync`.
pub trait SourceFiles: Sources + Sync {
    /// The open file whose bytes, from its first on, are source `id`'s bytes; `None` if the
    /// source is something else (the member of an archive, or a file that is not kept open).
    fn file(&self, id: SourceId) -> Option<&File>;

    /// The name of source `id` in messages.
    fn path(&self, id: SourceId) -> &Path;

    /// Opens the file whose bytes, from its first on, are source `id`'s bytes; `None` if there is
    /// no such file. Asked only about sources without a [`Self::file`], in the order of the
    /// image.
    ///
    /// # Errors
    /// When it cannot be opened, or is not what it was.
    fn open(&self, _id: SourceId) -> io::Result<Option<Arc<File>>> {
        Ok(None)
    }

    /// Device and inode of source `id`, if it is a file.
    fn device_and_inode(&self, id: SourceId) -> Option<(u64, u64)> {
        self.file(id)?.metadata().ok().as_ref().map(input_file::device_and_inode)
    }

    /// The input that is this file, by its real path or its device and inode: any file that was
    /// read to decide what is written, not only those whose bytes are.
    fn find(&self, _real: &Path, _device_and_inode: (u64, u64)) -> Option<PathBuf> {
        None
    }

    /// The check that all that is not kept open still is what it was: asked when everything has
    /// been read, and before the image gets its name.
    ///
    /// # Errors
    /// What is not, by name.
    fn check_unchanged(&self) -> io::Result<()> {
        Ok(())
    }
}

/// An open input.
#[derive(Clone)]
pub(crate) enum Input<'a> {
    Kept(&'a File),
    Opened(Arc<File>),
}

impl<'a> Input<'a> {
    /// Source `id`, if it is a file.
    pub(crate) fn of(sources: &'a impl SourceFiles, id: SourceId) -> io::Result<Option<Self>> {
        match sources.file(id) {
            Some(file) => Ok(Some(Self::Kept(file))),
            None => Ok(sources.open(id)?.map(Self::Opened)),
        }
    }
}

impl Deref for Input<'_> {
    type Target = File;

    fn deref(&self) -> &File {
        match self {
            Self::Kept(file) => file,
            Self::Opened(file) => file,
        }
    }
}

/// The sources that `layout` refers to.
pub(crate) fn used(layout: &Layout) -> BTreeSet<SourceId> {
    let id = |c: &image_layout::Content| match c {
        image_layout::Content::Source { id, .. } => Some(*id),
        _ => None,
    };
    layout.regions().filter_map(|r| id(&r.content)).collect()
}

/// The stamps of the inputs that are kept open, made when the walk began, to notice that somebody
/// writes to one meanwhile.
pub(crate) struct Watch(Vec<(SourceId, FileStamp)>);

impl Watch {
    /// Looks at every open file that `layout` refers to.
    pub(crate) fn start(
        layout: &Layout,
        sources: &impl SourceFiles,
    ) -> Result<Self, (SourceId, io::Error)> {
        let look = |id| Some((id, sources.file(id)?.metadata().map(|m| FileStamp::from(&m))));
        let looks = used(layout).into_iter().filter_map(look);
        looks
            .map(|(id, l)| l.map(|l| (id, l)).map_err(|e| (id, e)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The first source that looks different now.
    pub(crate) fn changed(&self, sources: &impl SourceFiles) -> Option<SourceId> {
        let same = |id, stamp: &FileStamp| {
            let now = sources.file(id).map(File::metadata);
            now.is_some_and(|now| now.is_ok_and(|m| stamp.compare(&m).is_ok()))
        };
        self.0.iter().find(|(id, stamp)| !same(*id, stamp)).map(|(id, _)| *id)
    }
}
