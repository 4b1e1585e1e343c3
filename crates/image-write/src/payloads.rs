//! The inputs, as the writer sees them.

use image_layout::{Layout, SourceId, Sources};
use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Sources that may be files, which the kernel can copy by itself and whose holes it knows.
pub trait Payloads: Sources {
    /// The file whose bytes, from its first on, are source `id`'s bytes; `None` if the source is
    /// something else (the member of an archive), which is then read through [`Sources`].
    fn file(&self, id: SourceId) -> Option<&File>;

    /// What messages call source `id`.
    fn path(&self, id: SourceId) -> &Path;
}

/// The sources that `layout` refers to.
pub(crate) fn used(layout: &Layout) -> BTreeSet<SourceId> {
    let id = |c: &image_layout::Content| match c {
        image_layout::Content::Source { id, .. } => Some(*id),
        _ => None,
    };
    layout.regions().filter_map(|r| id(&r.content)).collect()
}

/// How a file looked when the walk began, to notice that somebody writes to it meanwhile.
#[derive(PartialEq, Eq)]
struct Look {
    len: u64,
    mtime: (i64, i64),
}

impl From<Metadata> for Look {
    fn from(m: Metadata) -> Self {
        Self { len: m.len(), mtime: (m.mtime(), m.mtime_nsec()) }
    }
}

/// Notices inputs that change while they are read.
pub(crate) struct Watch(Vec<(SourceId, Look)>);

impl Watch {
    /// Looks at every file that `layout` refers to.
    pub(crate) fn start(
        layout: &Layout,
        sources: &impl Payloads,
    ) -> Result<Self, (SourceId, io::Error)> {
        let look = |id| Some((id, sources.file(id)?.metadata().map(Look::from)));
        let looks = used(layout).into_iter().filter_map(look);
        looks
            .map(|(id, l)| l.map(|l| (id, l)).map_err(|e| (id, e)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The first source that looks different now.
    pub(crate) fn changed(&self, sources: &impl Payloads) -> Option<SourceId> {
        let same = |id, look: &Look| {
            sources.file(id).is_some_and(|f| f.metadata().is_ok_and(|m| Look::from(m) == *look))
        };
        self.0.iter().find(|(id, look)| !same(*id, look)).map(|(id, _)| *id)
    }
}
