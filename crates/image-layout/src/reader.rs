//! The image before it exists: `Read + Seek` over a layout and its sources.

use crate::{Content, Layout, SourceId};
use std::io::{self, Read, Seek, SeekFrom};

/// Gives the bytes of the sources that a layout refers to.
pub trait Sources {
    /// Fills `buf` with the bytes of source `id` from `offset` on.
    ///
    /// # Errors
    /// An end of the source before `buf` is full is [`io::ErrorKind::UnexpectedEof`]: the input
    /// has changed since it was surveyed.
    fn read_exact_at(&self, id: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()>;
}

/// Reads a layout as if it were written already. Gaps read as zero.
#[derive(Debug)]
pub struct Reader<'a, S> {
    layout: &'a Layout,
    sources: &'a S,
    at: u64,
}

impl<'a, S: Sources> Reader<'a, S> {
    /// A reader at the image's first byte.
    pub fn new(layout: &'a Layout, sources: &'a S) -> Self {
        Self { layout, sources, at: 0 }
    }
}

impl<S: Sources> Read for Reader<'_, S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.layout.len().saturating_sub(self.at);
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        if n == 0 {
            return Ok(0);
        }
        let n = match self.layout.owner(self.at) {
            Some(r) => {
                let skip = self.at - r.at;
                let n = usize::try_from(r.content.len() - skip).unwrap_or(usize::MAX).min(n);
                match &r.content {
                    Content::Source { id, offset, .. } => {
                        self.sources.read_exact_at(*id, offset + skip, &mut buf[..n])?;
                    }
                    inner => _ = inner.read_at(skip, &mut buf[..n]),
                }
                n
            }
            None => {
                let next = self.layout.next_claim(self.at).unwrap_or(self.layout.len());
                let n = usize::try_from(next - self.at).unwrap_or(usize::MAX).min(n);
                buf[..n].fill(0);
                n
            }
        };
        self.at += n as u64;
        Ok(n)
    }
}

impl<S: Sources> Seek for Reader<'_, S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(d) => self.layout.len().checked_add_signed(d),
            SeekFrom::Current(d) => self.at.checked_add_signed(d),
        };
        self.at = target.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "seek before the start of the image")
        })?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;
    impl Sources for Counting {
        fn read_exact_at(&self, _: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()> {
            for (i, b) in buf.iter_mut().enumerate() {
                *b = (offset + i as u64) as u8;
            }
            Ok(())
        }
    }

    #[test]
    fn reads_bytes_sources_zeros_and_gaps() {
        let mut l = Layout::new(12);
        l.claim(1, "b", vec![9, 9]).unwrap();
        l.claim(4, "s", Content::Source { id: SourceId(0), offset: 40, len: 3 }).unwrap();
        l.claim(8, "z", Content::Zero { len: 2 }).unwrap();
        let mut r = Reader::new(&l, &Counting);
        let mut all = Vec::new();
        r.read_to_end(&mut all).unwrap();
        assert_eq!(all, [0, 9, 9, 0, 40, 41, 42, 0, 0, 0, 0, 0]);
        r.seek(SeekFrom::End(-7)).unwrap();
        let mut two = [0; 2];
        r.read_exact(&mut two).unwrap();
        assert_eq!(two, [41, 42]);
    }
}
