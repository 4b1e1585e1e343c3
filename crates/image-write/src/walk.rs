//! One pass over a layout, into a sink: what [`crate::read_ahead`] brings is written here.

use crate::chunk::Chunk;
use crate::fault::Fault;
use crate::read_ahead::{self, Ahead, BUFFER, COPY, Copying, Gaps, Piece, Step};
use crate::sink::Sink;
use crate::source_files::{SourceFiles, Watch};
use image_layout::{Content, Layout};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// The progress of the writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The region being written, e.g. `isos/file /debian.iso`; of several small ones the last.
    pub region: &'a str,
    /// Bytes of metadata and payload done.
    pub done: u64,
    /// Bytes of metadata and payload in all.
    pub total: u64,
}

/// Called after each piece; [`ControlFlow::Break`] stops the writing.
pub(crate) type OnProgress<'a> = &'a mut dyn FnMut(Progress<'_>) -> ControlFlow<()>;

/// Feeds an image to `sink`; returns the number of bytes that were not zeros.
pub(crate) fn walk<'a, P: SourceFiles, S: Sink>(
    layout: &'a Layout,
    sources: &'a P,
    gaps: Gaps,
    sink: &mut S,
    progress: OnProgress<'_>,
) -> Result<u64, Fault> {
    let total = payload(layout);
    let watch = Watch::start(layout, sources).map_err(|(id, error)| Fault::Read {
        id,
        offset: 0,
        error,
    })?;
    let copying = Arc::new(Copying::new(sink.copies()));
    let data = std::thread::scope(|threads| {
        // If this function ends early, its ends of the channels are dropped, and so the threads
        // end.
        let ahead = read_ahead::start(threads, layout, sources, gaps, copying.clone());
        let Ahead { steps, back } = ahead.map_err(Fault::Thread)?;
        let mut walk = Walk { sink, progress, back, copying, shown: channel(), done: 0, total };
        let mut data = 0;
        for step in steps {
            data += walk.step(step?)?;
        }
        Ok(data)
    })?;
    if let Some(id) = watch.changed(sources) {
        return Err(Fault::Changed(id));
    }
    sources.check_unchanged().map_err(Fault::Inputs)?;
    Ok(data)
}

/// The number of bytes of metadata and payload in a layout.
pub(crate) fn payload(layout: &Layout) -> u64 {
    let payload = |content: Content| match content {
        Content::Zero { .. } => 0,
        Content::Bytes(_)
        | Content::Condensed(_)
        | Content::Counting { .. }
        | Content::Source { .. } => content.len(),
    };
    layout.regions().map(|r| payload(r.content)).sum()
}

struct Walk<'w, S> {
    sink: &'w mut S,
    progress: OnProgress<'w>,
    /// The way on which written buffers go back to be filled again.
    back: Sender<Vec<u8>>,
    /// The choice of what is still copied from file to file.
    copying: Arc<Copying>,
    /// The channel on which buffers come back that were shown to digesters; there are as many as
    /// these let wait.
    shown: (Sender<Vec<u8>>, Receiver<Vec<u8>>),
    done: u64,
    total: u64,
}

impl<'a, S: Sink> Walk<'_, S> {
    /// Writes what comes next; returns how many bytes of it are data.
    fn step(&mut self, step: Step<'a>) -> Result<u64, Fault> {
        match step {
            Step::Bytes { at, bytes, used, data, payload, region } => {
                // OK to unwrap: a filler answers unless it panics, and then so may this.
                let bytes = bytes.recv().expect("the thread that reads")?;
                let chunk = Chunk::read(bytes, used, Some(self.back.clone()));
                self.sink.bytes(at, &chunk).map_err(Fault::Write)?;
                self.advance(region, payload)?;
                Ok(data)
            }
            Step::Held { at, bytes, region } => {
                let len = bytes.len() as u64;
                self.sink.bytes(at, &Chunk::held(bytes)).map_err(Fault::Write)?;
                self.advance(region, len)?;
                Ok(len)
            }
            Step::Zeros { len, payload, region } => {
                self.sink.zeros(len).map_err(Fault::Write)?;
                self.advance(region, payload)?;
                Ok(0)
            }
            Step::Copy(mut piece) => {
                let len = piece.len;
                let mut refused = false;
                while piece.len > 0 {
                    let copied = if refused { None } else { self.sink_copies(&piece) };
                    let copied = match copied {
                        Some(copied) => {
                            self.show(&piece, copied)?;
                            copied
                        }
                        None => {
                            // The sink is not asked again for this piece: a failing disk may take
                            // long to say so.
                            refused = true;
                            self.copy_by_hand(&piece)?
                        }
                    };
                    self.advance(piece.region, copied)?;
                    piece.at += copied;
                    piece.offset += copied;
                    piece.len -= copied;
                }
                Ok(len)
            }
        }
    }

    /// Has the sink copy from the start of `piece`; returns how much it did, if it can.
    fn sink_copies(&mut self, piece: &Piece<'_>) -> Option<u64> {
        let Piece { at, offset, len, .. } = *piece;
        let copied = self.sink.copy(at, &piece.file, offset, len.min(COPY));
        if copied.is_none() {
            self.copying.refused(piece.device);
        }
        copied
    }

    /// Reads the first `copied` bytes of `piece`, which the sink has copied or shared, and shows
    /// them to the digesters. If somebody writes to the file in between, that is noticed in the
    /// end.
    fn show(&mut self, piece: &Piece<'_>, copied: u64) -> Result<(), Fault> {
        if !self.sink.sees_copies() {
            return Ok(());
        }
        let mut done = 0;
        while done < copied {
            let n = (copied - done).min(BUFFER as u64);
            let buffer = self.shown.1.try_recv().unwrap_or_else(|_| vec![0; BUFFER]);
            let chunk = read(piece, done, n, buffer, Some(self.shown.0.clone()))?;
            self.sink.copied(piece.at + done, &chunk);
            done += n;
        }
        Ok(())
    }

    fn copy_by_hand(&mut self, piece: &Piece<'_>) -> Result<u64, Fault> {
        let n = piece.len.min(BUFFER as u64);
        let chunk = read(piece, 0, n, vec![0; BUFFER], None)?;
        self.sink.bytes(piece.at, &chunk).map_err(Fault::Write)?;
        Ok(n)
    }

    fn advance(&mut self, region: &str, by: u64) -> Result<(), Fault> {
        if by == 0 {
            return Ok(());
        }
        self.done += by;
        let told = (self.progress)(Progress { region, done: self.done, total: self.total });
        if told.is_break() { Err(Fault::Stopped) } else { Ok(()) }
    }
}

/// Reads `n` bytes of `piece`, from its byte `from` on.
fn read(
    piece: &Piece<'_>,
    from: u64,
    n: u64,
    mut buffer: Vec<u8>,
    back: Option<Sender<Vec<u8>>>,
) -> Result<Chunk, Fault> {
    let (id, offset) = (piece.id, piece.offset + from);
    // OK to cast: a buffer's size at most.
    let n = n as usize;
    let read = piece.file.read_exact_at(&mut buffer[..n], offset);
    read.map_err(|error| Fault::Read { id, offset, error })?;
    Ok(Chunk::read(buffer, n, back))
}
