//! A compressed image that can only be read from its start, as most programs compress: raw disks,
//! and whatever else is in a stream.
//!
//! ```text
//! file ─► decoder, in a thread ─► pieces ─► read_exact_at, in order
//!                                           an earlier byte: another decoder, from the start
//! ```
//!
//! Nothing is unpacked to the disk, and no more than some MiB to memory.

use crate::Error;
use image_layout::{Positioned, ReadAt};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use unpack::{Budget, Compression, Streams};

/// Bytes of a piece that was unpacked.
const PIECE: usize = 1 << 20;
/// What a decoder has unpacked: a piece, `None` when that was all. A channel that is closed before that
/// is of a decoder that has failed.
type Unpacked = io::Result<Option<Vec<u8>>>;
/// Pieces that may wait to be read.
const WAITING: usize = 4;

/// A compressed image that can only be read from its start.
#[derive(Debug)]
pub struct StreamedImage {
    file: Packed,
    compression: Compression,
    len: u64,
    /// The first piece, which is wanted again and again.
    head: Vec<u8>,
    decoding: Mutex<Option<Decoding>>,
}

/// A listener that hears how much of the compressed file was read, and how long it is: for a bar.
pub type OnUnpacked<'a> = dyn FnMut(u64, u64) + 'a;

impl StreamedImage {
    /// Opens a compressed file, if it is one, and unpacks it once: to see that it is whole, and how
    /// long the image is.
    ///
    /// # Errors
    /// [`Error::Open`]; [`Error::Compressed`] if it is damaged or cut off; [`Error::LongerThan`] if the
    /// image has more than `most` bytes.
    pub fn open(
        path: &Path,
        most: u64,
        progress: &mut OnUnpacked<'_>,
    ) -> Result<Option<Self>, Error> {
        let fail = |source| Error::Open { path: path.to_owned(), source };
        let (file, metadata) =
            input_file::open_regular(path).map_err(|e| fail(io::Error::other(e)))?;
        let mut magic = Vec::new();
        (&file).take(6).read_to_end(&mut magic).map_err(fail)?;
        let Some(compression) = Compression::recognise(&magic) else { return Ok(None) };
        let file = Packed { file: Arc::new(file), len: metadata.len(), read: Arc::default() };
        let mut image =
            Self { file, compression, len: 0, head: Vec::new(), decoding: Mutex::default() };
        let damaged = |source| Error::Compressed { path: path.to_owned(), source };
        if compression == Compression::Lz4 {
            return Err(damaged(io::Error::other(
                "a stream of lz4 does not say where it ends, so nobody knows whether it is whole",
            )));
        }
        let decoding = image.decode();
        while let Some(piece) = decoding.next().map_err(damaged)? {
            image.len += piece.len() as u64;
            if image.len > most {
                return Err(Error::LongerThan { path: path.to_owned(), most });
            }
            if image.head.is_empty() {
                image.head = piece;
            }
            progress(image.file.read.load(Ordering::Relaxed).min(image.file.len), image.file.len);
        }
        Ok(Some(image))
    }

    /// Starts to unpack it. The thread ends when nobody takes its pieces any more.
    fn decode(&self) -> Decoding {
        let (sender, pieces) = sync_channel(WAITING);
        let (file, compression) = (self.file.clone(), self.compression);
        file.read.store(0, Ordering::Relaxed);
        std::thread::spawn(move || decode(file, compression, &sender));
        Decoding { at: 0, piece: Vec::new(), pieces }
    }
}

/// Unpacks a file into pieces, each full but the last.
fn decode(file: Packed, compression: Compression, pieces: &SyncSender<Unpacked>) {
    // Whoever reads says how much is enough.
    let budget = Budget::new(u64::MAX, u64::MAX);
    let input = BufReader::with_capacity(PIECE, Positioned::new(file));
    let mut reader = compression.reader(input, Streams::All, &budget);
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let read = reader.by_ref().take(PIECE as u64).read_to_end(&mut piece);
        let is_last = read.is_err() || piece.is_empty();
        let piece = read.map(|_| (!piece.is_empty()).then_some(piece));
        if pieces.send(piece).is_err() || is_last {
            return;
        }
    }
}

/// An image while it is unpacked.
#[derive(Debug)]
struct Decoding {
    /// The byte of the image at which `piece` starts.
    at: u64,
    piece: Vec<u8>,
    pieces: Receiver<Unpacked>,
}

impl Decoding {
    /// The next piece; `None` at the end.
    fn next(&self) -> Unpacked {
        self.pieces.recv().unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into()))
    }

    /// Goes to the piece that holds a byte, which does not lie before this one.
    fn seek(&mut self, offset: u64) -> io::Result<()> {
        while offset >= self.at + self.piece.len() as u64 {
            self.at += self.piece.len() as u64;
            // There was more when it was opened.
            self.piece = self.next()?.ok_or(io::ErrorKind::UnexpectedEof)?;
        }
        Ok(())
    }

    fn read_exact_at(&mut self, mut offset: u64, mut buf: &mut [u8]) -> io::Result<()> {
        while !buf.is_empty() {
            self.seek(offset)?;
            // OK to cast: within the piece.
            let rest = &self.piece[(offset - self.at) as usize..];
            let (now, later) = buf.split_at_mut(rest.len().min(buf.len()));
            now.copy_from_slice(&rest[..now.len()]);
            offset += now.len() as u64;
            buf = later;
        }
        Ok(())
    }
}

impl ReadAt for StreamedImage {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let end = offset.checked_add(buf.len() as u64).filter(|end| *end <= self.len);
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        if end <= self.head.len() as u64 {
            return self.head.as_slice().read_exact_at(offset, buf);
        }
        let mut decoding = self.decoding.lock().unwrap_or_else(PoisonError::into_inner);
        let there = decoding.take().filter(|there| there.at <= offset);
        let mut now = there.unwrap_or_else(|| self.decode());
        now.read_exact_at(offset, buf)?;
        *decoding = Some(now);
        Ok(())
    }
}

/// The compressed file, with the place up to which it was read.
#[derive(Debug, Clone)]
struct Packed {
    file: Arc<File>,
    len: u64,
    read: Arc<AtomicU64>,
}

impl ReadAt for Packed {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.read.store(offset + buf.len() as u64, Ordering::Relaxed);
        std::os::unix::fs::FileExt::read_exact_at(&*self.file, buf, offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// Bytes that do not compress to nothing, and of which no two pieces are the same.
    fn image() -> Vec<u8> {
        (0..3 * PIECE as u32 / 4 + 77)
            .flat_map(|n| (n.wrapping_mul(2_654_435_761)).to_le_bytes())
            .collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(bytes).unwrap();
        gz.finish().unwrap()
    }

    fn open(bytes: &[u8], most: u64) -> Result<Option<StreamedImage>, Error> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let (mut told, mut last) = (0, 0);
        let image = StreamedImage::open(file.path(), most, &mut |done, total| {
            assert!(done <= total);
            (told, last) = (told + 1, done);
        });
        if image.as_ref().is_ok_and(Option::is_some) {
            assert!(told > 1 && last == bytes.len() as u64, "{told} {last}");
        }
        image
    }

    #[test]
    fn it_is_read_in_order_and_again() {
        let image = image();
        let streamed = open(&gzip(&image), u64::MAX).unwrap().unwrap();
        assert_eq!(streamed.len(), image.len() as u64);
        let end = image.len() - 5;
        let places = [4096, 5000, PIECE - 1, PIECE + 9, 2 * PIECE, end, 0, 17, 8192, 4096, end, 3];
        for at in places {
            let read = streamed.read_vec(at as u64, 5).unwrap();
            assert_eq!(read, image[at..at + 5], "{at}");
        }
        let all = streamed.read_vec(1, image.len() - 1).unwrap();
        assert!(all == image[1..]);
        for (at, len) in [(image.len() as u64, 1), (u64::MAX, 2)] {
            let error = streamed.read_exact_at(at, &mut vec![0; len]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[test]
    fn a_decoder_that_fails_is_no_end() {
        let (sender, pieces) = sync_channel(WAITING);
        let decoding = Decoding { at: 0, piece: Vec::new(), pieces };
        sender.send(Ok(Some(vec![1]))).unwrap();
        // As when it panics.
        drop(sender);
        assert_eq!(decoding.next().unwrap(), Some(vec![1]));
        assert_eq!(decoding.next().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn what_is_not_whole_or_too_long_is_refused() {
        let (image, gz) = (image(), gzip(&image()));
        assert!(open(&image, u64::MAX).unwrap().is_none());
        assert!(open(b"", u64::MAX).unwrap().is_none());
        let mut flipped = gz.clone();
        let last = flipped.len() - 5;
        flipped[last] ^= 1;
        for bytes in [&gz[..gz.len() - 9], &gz[..100], &flipped, &[&gz[..], b"more"].concat()] {
            let error = open(bytes, u64::MAX).unwrap_err();
            assert!(matches!(error, Error::Compressed { .. }), "{error}");
        }
        let lz4 = [&[0x02, 0x21, 0x4c, 0x18, 4, 0, 0, 0][..], b"\x30abc"].concat();
        let said = open(&lz4, u64::MAX).unwrap_err().to_string();
        assert!(said.contains("nobody knows whether it is whole"), "{said}");
        let error = open(&gz, image.len() as u64 - 1).unwrap_err();
        assert!(matches!(error, Error::LongerThan { .. }), "{error}");
        open(&gz, image.len() as u64).unwrap().unwrap();
    }
}
