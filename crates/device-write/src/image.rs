//! The image that is written, in the pieces in which it is.

use crate::aligned::Aligned;
use crate::units::{CHUNK, PAGE};
use crate::{Error, State};
use image_layout::ReadAt;
use std::fmt;
use std::ops::Range;
use std::sync::mpsc;
use std::thread;

/// An image, and which of its bytes have an owner.
#[derive(Clone, Copy)]
pub struct Image<'a> {
    /// Its bytes.
    pub bytes: &'a (dyn ReadAt + Sync),
    /// The ranges that are written, in order; what lies between them means nothing.
    pub owned: &'a [Range<u64>],
}

impl fmt::Debug for Image<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image").field("owned", &self.owned).finish_non_exhaustive()
    }
}

/// A piece of an image: whole pages.
#[derive(Debug)]
pub(crate) struct Piece {
    pub offset: u64,
    buffer: Aligned,
}

impl Piece {
    pub fn bytes(&self) -> &[u8] {
        self.buffer.bytes()
    }
}

impl Image<'_> {
    /// The ranges of pages with owned bytes, within a range, and of at most [`CHUNK`] bytes.
    pub(crate) fn pieces(&self, within: Range<u64>) -> Vec<Range<u64>> {
        let mut pieces: Vec<Range<u64>> = Vec::new();
        for owned in self.owned {
            let mut start = (owned.start / PAGE * PAGE).max(within.start);
            if let Some(last) = pieces.last() {
                start = start.max(last.end);
            }
            let end = owned.end.next_multiple_of(PAGE).min(within.end);
            while start < end {
                match pieces.last_mut().filter(|last| last.end == start) {
                    Some(last) if last.end - last.start < CHUNK => {
                        start = end.min(last.start + CHUNK);
                        last.end = start;
                    }
                    _ => {
                        let next = end.min(start + CHUNK);
                        pieces.push(start..next);
                        start = next;
                    }
                }
            }
        }
        pieces
    }

    /// A piece; behind the end of the image are zeros.
    pub(crate) fn read(&self, range: &Range<u64>) -> std::io::Result<Piece> {
        // OK to cast: at most `CHUNK`.
        let mut buffer = Aligned::zeros((range.end - range.start) as usize);
        let there = self.bytes.len().min(range.end).saturating_sub(range.start) as usize;
        self.bytes.read_exact_at(range.start, &mut buffer.bytes_mut()[..there])?;
        Ok(Piece { offset: range.start, buffer })
    }

    /// Hands each piece to `each`. While that one is written or compared, the next ones are read,
    /// and unpacked, beside it.
    pub(crate) fn for_each(
        &self,
        pieces: &[Range<u64>],
        state: State,
        mut each: impl FnMut(&Piece) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let read = |range: &Range<u64>| {
            self.read(range).map_err(|source| Error::Image { at: range.start, source, state })
        };
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel(2);
            let ahead = move || {
                for range in pieces {
                    // Nobody takes it any more: something went wrong there.
                    if sender.send(read(range)).is_err() {
                        break;
                    }
                }
            };
            if thread::Builder::new().spawn_scoped(scope, ahead).is_err() {
                return pieces.iter().try_for_each(|range| each(&read(range)?));
            }
            let result = receiver.iter().try_for_each(|piece| each(&piece?));
            // Ends the thread.
            drop(receiver);
            result
        })
    }
}
