//! One pass over a layout, into a sink.

use crate::payloads::{Payloads, Watch};
use crate::segment;
use crate::sink::Sink;
use image_layout::{Content, Layout, Region, SourceId};
use std::fs::File;
use std::io;
use std::ops::ControlFlow;

/// Largest piece copied in one call: small enough for a lively progress bar, large enough that
/// sharing blocks costs nothing.
const COPY: u64 = 64 << 20;

/// Largest piece read into memory.
const BUFFER: usize = 1 << 20;

/// How far the writing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The region being written, e.g. `isos/file /debian.iso`.
    pub region: &'a str,
    /// Bytes of metadata and payload done.
    pub done: u64,
    /// Bytes of metadata and payload in all.
    pub total: u64,
}

/// Called after each piece; [`ControlFlow::Break`] stops the writing.
pub(crate) type OnProgress<'a> = &'a mut dyn FnMut(Progress<'_>) -> ControlFlow<()>;

/// Why a walk ended early. The caller knows the names.
#[derive(Debug)]
pub(crate) enum Fault {
    Read { id: SourceId, offset: u64, error: io::Error },
    Changed(SourceId),
    Write(io::Error),
    Stopped,
}

/// Feeds the whole image to `sink`; returns the number of bytes that were not zeros.
pub(crate) fn walk(
    layout: &Layout,
    sources: &impl Payloads,
    sink: &mut impl Sink,
    progress: OnProgress<'_>,
) -> Result<u64, Fault> {
    let total = layout.regions().map(|r| payload(&r.content)).sum();
    let watch = Watch::start(layout, sources).map_err(|(id, error)| Fault::Read {
        id,
        offset: 0,
        error,
    })?;
    let mut walk = Walk { sources, sink, progress, buffer: Vec::new(), done: 0, data: 0, total };
    let mut at = 0;
    for region in layout.regions() {
        walk.zeros(region.at - at)?;
        match &region.content {
            Content::Zero { len } => walk.zeros(*len)?,
            Content::Bytes(bytes) => walk.bytes(&region.name, region.at, bytes)?,
            Content::Counting { .. } => walk.computed(region)?,
            Content::Source { id, offset, len } => {
                let piece = Piece { region: &region.name, id: *id, offset: *offset, at: region.at };
                walk.source(piece, *len)?;
            }
        }
        at = region.end();
    }
    walk.zeros(layout.len() - at)?;
    let data = walk.data;
    watch.changed(sources).map_or(Ok(data), |id| Err(Fault::Changed(id)))
}

fn payload(content: &Content) -> u64 {
    match content {
        Content::Zero { .. } => 0,
        Content::Bytes(_) | Content::Counting { .. } | Content::Source { .. } => content.len(),
    }
}

struct Walk<'a, P, S> {
    sources: &'a P,
    sink: &'a mut S,
    progress: OnProgress<'a>,
    buffer: Vec<u8>,
    done: u64,
    data: u64,
    total: u64,
}

/// Where in a source the walk is, and where in the image.
#[derive(Clone, Copy)]
struct Piece<'a> {
    region: &'a str,
    id: SourceId,
    offset: u64,
    at: u64,
}

impl Piece<'_> {
    fn advance(&mut self, by: u64) {
        self.offset += by;
        self.at += by;
    }

    fn unread(self, error: io::Error) -> Fault {
        Fault::Read { id: self.id, offset: self.offset, error }
    }
}

impl<P: Payloads, S: Sink> Walk<'_, P, S> {
    fn zeros(&mut self, len: u64) -> Result<(), Fault> {
        self.sink.zeros(len).map_err(Fault::Write)
    }

    fn bytes(&mut self, region: &str, at: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.sink.bytes(at, bytes).map_err(Fault::Write)?;
        self.data += bytes.len() as u64;
        self.advance(region, bytes.len() as u64)
    }

    /// Content that is made on the way.
    fn computed(&mut self, region: &Region) -> Result<(), Fault> {
        let mut buffer =
            vec![0; BUFFER.min(usize::try_from(region.content.len()).unwrap_or(BUFFER))];
        let mut at = 0;
        while at < region.content.len() {
            let left = usize::try_from(region.content.len() - at).unwrap_or(usize::MAX);
            let part = &mut buffer[..left.min(BUFFER)];
            region.content.read_at(at, part);
            self.bytes(&region.name, region.at + at, part)?;
            at += part.len() as u64;
        }
        Ok(())
    }

    fn advance(&mut self, region: &str, by: u64) -> Result<(), Fault> {
        self.done += by;
        let told = (self.progress)(Progress { region, done: self.done, total: self.total });
        if told.is_break() { Err(Fault::Stopped) } else { Ok(()) }
    }

    fn source(&mut self, mut piece: Piece<'_>, len: u64) -> Result<(), Fault> {
        let sources = self.sources;
        let Some(end) = piece.offset.checked_add(len) else {
            return Err(piece.unread(io::ErrorKind::UnexpectedEof.into()));
        };
        let Some(file) = sources.file(piece.id) else { return self.read(piece, len) };
        while piece.offset < end {
            let segment = segment::next(file, piece.offset, end).map_err(|e| piece.unread(e))?;
            let len = segment.end - piece.offset;
            if segment.hole {
                self.zeros(len)?;
                self.advance(piece.region, len)?;
            } else {
                self.data(file, piece, len)?;
            }
            piece.advance(len);
        }
        Ok(())
    }

    /// Data of a file: by the kernel if the sink can, else through memory.
    fn data(&mut self, file: &File, mut piece: Piece<'_>, mut left: u64) -> Result<(), Fault> {
        while left > 0 {
            let n = left.min(COPY);
            let copied = self.sink.copy(piece.at, file, piece.offset, n).map_err(Fault::Write)?;
            match copied {
                Some(n) => {
                    self.data += n;
                    self.advance(piece.region, n)?;
                }
                None => self.read(piece, n)?,
            }
            let n = copied.unwrap_or(n);
            piece.advance(n);
            left -= n;
        }
        Ok(())
    }

    fn read(&mut self, mut piece: Piece<'_>, mut left: u64) -> Result<(), Fault> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(BUFFER, 0);
        while left > 0 {
            let n = usize::try_from(left).unwrap_or(usize::MAX).min(BUFFER);
            let part = &mut buffer[..n];
            self.sources
                .read_exact_at(piece.id, piece.offset, part)
                .map_err(|e| piece.unread(e))?;
            self.bytes(piece.region, piece.at, part)?;
            piece.advance(n as u64);
            left -= n as u64;
        }
        self.buffer = buffer;
        Ok(())
    }
}
