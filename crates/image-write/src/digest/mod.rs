//! Digests of the bytes that go to a sink: each kind in a thread of its own, as far as there are
//! processors. Digesters only see bytes that pass by; they read no file.

mod digester;
mod inputs;
mod pieces;
mod selection;

pub use digester::Sha256Digest;
pub(crate) use pieces::BLOCK;
pub use pieces::PieceDigests;
pub(crate) use selection::DigestSelection;

use crate::chunk::Chunk;
use crate::sink::Sink;
use crate::virtual_disk::Run;
use digester::{Digester, Whole};
use image_layout::Layout;
use inputs::Cut;
use pieces::Pieces;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};

/// The number of pieces that may wait for a thread.
const QUEUE: usize = 2;

/// A digester in a thread.
struct Lane<'scope, D: Digester> {
    chunks: SyncSender<(u64, Chunk)>,
    thread: ScopedJoinHandle<'scope, D>,
}

impl<'scope, D: Digester + 'scope> Lane<'scope, D> {
    fn start(scope: &'scope Scope<'scope, '_>, mut digester: D) -> io::Result<Self> {
        let (chunks, taken) = sync_channel::<(u64, Chunk)>(QUEUE);
        let digest = move || {
            for (at, chunk) in taken {
                digester.bytes(at, &chunk);
            }
            digester
        };
        let thread = thread::Builder::new().spawn_scoped(scope, digest)?;
        Ok(Self { chunks, thread })
    }

    fn bytes(&self, at: u64, chunk: &Chunk) {
        // The thread takes bytes until it is asked for the digest, unless it has panicked; that
        // comes to light then.
        let _ = self.chunks.send((at, chunk.clone()));
    }

    fn finish(self, len: u64) -> D::Digest {
        drop(self.chunks);
        match self.thread.join() {
            Ok(digester) => digester.finish(len),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// The digests that were asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Digested {
    pub image: Option<Sha256Digest>,
    pub file: Option<Sha256Digest>,
    pub pieces: Option<PieceDigests>,
}

/// A sink that lets digesters see what goes into another.
pub(crate) struct Digesting<'scope, 'a, S> {
    sink: S,
    image: Option<Lane<'scope, Whole>>,
    file: Option<Lane<'scope, Whole>>,
    pieces: Option<Lane<'scope, Pieces<'a>>>,
    inputs: Option<Lane<'scope, Cut<'a>>>,
    layout: &'a Layout,
    /// The runs in which the image lies in the file, if that is a virtual disk.
    runs: Option<&'a [Run]>,
}

impl<'scope, 'a: 'scope, S> Digesting<'scope, 'a, S> {
    /// Starts a thread for each digest, or fewer where there are so few `processors`.
    pub(crate) fn start(
        scope: &'scope Scope<'scope, '_>,
        sink: S,
        wanted: DigestSelection,
        image: &'a Layout,
        runs: Option<&'a [Run]>,
        processors: usize,
    ) -> io::Result<Self> {
        let cut = wanted.regions.then(|| Cut::new(image)).flatten();
        let pieces = wanted.regions || wanted.ranges;
        let lanes = [wanted.image, wanted.file, pieces, cut.is_some()];
        let lanes = lanes.into_iter().filter(|lane| *lane).count();
        // Two hashes in one thread take less of a processor, but longer than each in its own.
        let together = pieces && lanes > processors;
        let of_pieces = DigestSelection { image: wanted.image && together, ..wanted };
        let whole = |wanted: bool| wanted.then(|| Lane::start(scope, Whole::default()));
        let pieces = pieces.then(|| Lane::start(scope, Pieces::new(image, of_pieces)));
        Ok(Self {
            sink,
            image: whole(wanted.image && !together).transpose()?,
            file: whole(wanted.file).transpose()?,
            pieces: pieces.transpose()?,
            inputs: cut.map(|cut| Lane::start(scope, cut)).transpose()?,
            layout: image,
            runs,
        })
    }

    /// The sink, and the digests of an image and a file of so many bytes.
    pub(crate) fn finish(self, image: u64, file: u64) -> (S, Digested) {
        let mut digested = Digested {
            image: self.image.map(|lane| lane.finish(image)),
            file: self.file.map(|lane| lane.finish(file)),
            pieces: None,
        };
        let cut = self.inputs.map(|lane| lane.finish(image)).unwrap_or_default();
        if let Some((mut pieces, whole)) = self.pieces.map(|lane| lane.finish(image)) {
            pieces.sources = inputs::digests(self.layout, &pieces.regions, &cut);
            digested.image = digested.image.or(whole);
            digested.pieces = Some(pieces);
        }
        (self.sink, digested)
    }

    fn image_bytes(&self, at: u64, chunk: &Chunk) {
        if let Some(lane) = &self.image {
            lane.bytes(at, chunk);
        }
        if let Some(lane) = &self.pieces {
            lane.bytes(at, chunk);
        }
        if let Some(lane) = &self.inputs {
            lane.bytes(at, chunk);
        }
    }

    /// Shows bytes of the file to its digester, and those of the image among them to the others.
    fn seen(&self, at: u64, chunk: &Chunk) {
        if let Some(lane) = &self.file {
            lane.bytes(at, chunk);
        }
        let Some(runs) = self.runs else { return self.image_bytes(at, chunk) };
        let end = at + chunk.len() as u64;
        let first = runs.partition_point(|run| run.end() <= at);
        for run in runs[first..].iter().take_while(|run| run.at < end) {
            let (from, to) = (run.at.max(at), run.end().min(end));
            // OK to cast: within the chunk.
            let part = chunk.slice((from - at) as usize, (to - at) as usize);
            self.image_bytes(run.image + (from - run.at), &part);
        }
    }
}

impl<'scope, 'a: 'scope, S: Sink> Sink for Digesting<'scope, 'a, S> {
    /// Whether bytes are copied from file to file. Who hashes must see them: then copying from file
    /// to file gains nothing, but sharing does.
    fn copies(&self) -> bool {
        if self.sees_copies() { self.sink.shares() } else { self.sink.copies() }
    }

    fn shares(&self) -> bool {
        self.sink.shares()
    }

    fn sees_copies(&self) -> bool {
        self.image.is_some() || self.file.is_some() || self.pieces.is_some()
    }

    fn copied(&mut self, at: u64, chunk: &Chunk) {
        self.seen(at, chunk);
    }

    fn bytes(&mut self, at: u64, chunk: &Chunk) -> io::Result<()> {
        self.seen(at, chunk);
        self.sink.bytes(at, chunk)
    }

    fn zeros(&mut self, len: u64) -> io::Result<()> {
        self.sink.zeros(len)
    }

    fn copy(&mut self, at: u64, file: &File, offset: u64, len: u64) -> Option<u64> {
        match self.sees_copies() {
            true => self.sink.share(at, file, offset, len),
            false => self.sink.copy(at, file, offset, len),
        }
    }
}

/// A stream that is hashed, if so wished, and counted on its way.
pub(crate) struct Counted<W> {
    out: W,
    len: u64,
    hash: Option<Sha256>,
}

impl<W: Write> Counted<W> {
    pub(crate) fn new(out: W, hashed: bool) -> Self {
        Self { out, len: 0, hash: hashed.then(Sha256::default) }
    }

    /// Bytes written, and their digest.
    pub(crate) fn finish(mut self) -> io::Result<(u64, Option<Sha256Digest>)> {
        self.out.flush()?;
        Ok((self.len, self.hash.map(|hash| hash.finalize().into())))
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.len += n as u64;
        if let Some(hash) = &mut self.hash {
            hash.update(&bytes[..n]);
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::Nowhere;
    use image_layout::{Content, SourceId};

    #[test]
    fn few_processors_give_the_same_digests() {
        let mut image = Layout::new(3 << 20);
        let file = |offset, len| Content::Source { id: SourceId(0), offset, len };
        image.claim(0, "mbr", vec![1; 512]).unwrap();
        image.claim(4096, "file", file(0, 1 << 20)).unwrap();
        image.claim((1 << 20) + 8192, "file", file(1 << 20, (1 << 20) + 7)).unwrap();
        let bytes: Vec<u8> = (0..image.len()).map(|n| ((n * n) >> 7) as u8).collect();
        let wanted = DigestSelection { image: true, file: true, regions: true, ranges: true };
        let digested = |processors| {
            std::thread::scope(|scope| {
                let all = Digesting::start(scope, Nowhere, wanted, &image, None, processors);
                let mut all = all.unwrap();
                for (n, some) in bytes.chunks(100_000).enumerate() {
                    let chunk = Chunk::held(some.into());
                    all.bytes(n as u64 * 100_000, &chunk).unwrap();
                }
                all.finish(image.len(), image.len()).1
            })
        };
        let each_alone = digested(4);
        assert_eq!(each_alone.image, Some(Sha256::digest(&bytes).into()));
        assert_eq!(each_alone.file, each_alone.image);
        let pieces = each_alone.pieces.as_ref().unwrap();
        assert_eq!((pieces.regions.len(), pieces.sources.len()), (3, 1));
        for processors in 1..4 {
            assert_eq!(digested(processors), each_alone, "{processors}");
        }
    }
}
