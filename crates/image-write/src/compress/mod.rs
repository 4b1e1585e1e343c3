//! Compressed streams: blocks of the image, each compressed by itself, by several threads.
//!
//! ```text
//! image   │ block 0 │ block 1 │ zeros   │ block 3 │ 4…
//!              │         │         │         │
//!           thread    thread   known already thread
//!              └────┬────┴────┬────┴─────────┘
//! file    head│ 0' │ 1'     │z│ 3'     │4'│ index
//! ```
//!
//! A block is cut where the format says, and its bytes depend on nothing but its own: the
//! number of threads reaches no byte. A block of zeros is compressed once; what a hole is, and
//! what was read as zeros, gives the same.

mod block;
mod gzip;
mod xz;
mod zstd;

use crate::chunk::Chunk;
use crate::fault::Fault;
use crate::sink::{Sink, in_zeros};
use block::{Block, Sums};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope};

/// The limit of what is kept in memory for all threads together, in bytes.
const MEMORY: usize = 192 << 20;

/// The codec by which a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Gzip,
    Xz,
    Zstd,
}

impl Codec {
    /// Bytes of a block.
    fn block(self) -> usize {
        match self {
            Self::Gzip => gzip::BLOCK,
            Self::Xz => xz::BLOCK,
            Self::Zstd => zstd::BLOCK,
        }
    }

    /// Bytes of memory that a thread takes, about.
    fn memory(self) -> usize {
        self.block() * 4
            + match self {
                Self::Gzip => gzip::MEMORY,
                Self::Xz => xz::MEMORY,
                Self::Zstd => zstd::MEMORY,
            }
    }

    fn head(self) -> &'static [u8] {
        match self {
            Self::Gzip => &gzip::HEAD,
            Self::Xz => &xz::HEAD,
            Self::Zstd => &[],
        }
    }

    fn compress(self, bytes: &[u8]) -> io::Result<Block> {
        match self {
            Self::Gzip => gzip::compress(bytes),
            Self::Xz => xz::compress(bytes),
            Self::Zstd => zstd::compress(bytes),
        }
    }

    fn tail(self, blocks: &[Sums]) -> Vec<u8> {
        match self {
            Self::Gzip => gzip::tail(blocks),
            Self::Xz => xz::tail(blocks),
            Self::Zstd => zstd::tail(blocks),
        }
    }
}

/// A block to be compressed, and where it goes then.
struct Job {
    bytes: Vec<u8>,
    done: SyncSender<Done>,
}

/// A compressed block, and the buffer that held its bytes, to be filled again.
type Done = io::Result<(Block, Vec<u8>)>;

/// A block that waits for its turn to be written.
enum Waiting {
    Job(Receiver<Done>),
    Zeros,
}

/// Compresses what it is given into `out`.
pub(crate) struct Compressed<W> {
    codec: Codec,
    out: W,
    jobs: Sender<Job>,
    /// The blocks that wait, in the order of the image.
    waiting: VecDeque<Waiting>,
    /// The number of blocks that may wait.
    most: usize,
    /// The block that is being filled.
    block: Vec<u8>,
    spare: Vec<Vec<u8>>,
    /// A block of nothing but zeros, once there was one.
    zeros: Option<Block>,
    sums: Vec<Sums>,
}

impl<W: Write> Compressed<W> {
    /// Starts as many threads as there are processors, or as `threads` says, and as fit into
    /// memory. They end when this is dropped.
    pub(crate) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        codec: Codec,
        mut out: W,
        threads: Option<NonZero<usize>>,
    ) -> Result<Self, Fault> {
        let wanted = threads.or_else(|| std::thread::available_parallelism().ok());
        let threads = wanted.map_or(1, NonZero::get).min(MEMORY / codec.memory()).max(1);
        let (jobs, taken) = channel::<Job>();
        let taken = Arc::new(Mutex::new(taken));
        for n in 0..threads {
            let taken = taken.clone();
            let worker = move || {
                loop {
                    let job = taken.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(Job { bytes, done }) = job else { break };
                    // Nobody may want to know any more.
                    let _ = done.send(codec.compress(&bytes).map(|block| (block, bytes)));
                }
            };
            match thread::Builder::new().spawn_scoped(scope, worker) {
                // One thread is enough.
                Err(_) if n > 0 => break,
                started => drop(started.map_err(Fault::Thread)?),
            }
        }
        out.write_all(codec.head()).map_err(Fault::Write)?;
        let (waiting, spare, sums) = (VecDeque::new(), Vec::new(), Vec::new());
        let block = Vec::with_capacity(codec.block());
        let zeros = None;
        Ok(Self { codec, out, jobs, waiting, most: threads + 1, block, spare, zeros, sums })
    }

    /// Writes what is left, and what the format wants at the end.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        if !self.block.is_empty() {
            self.send()?;
        }
        while let Some(next) = self.waiting.pop_front() {
            self.write(next)?;
        }
        self.out.write_all(&self.codec.tail(&self.sums))?;
        Ok(self.out)
    }

    fn room(&self) -> usize {
        self.codec.block() - self.block.len()
    }

    /// Sends the block that is filled to a thread that compresses it.
    fn send(&mut self) -> io::Result<()> {
        let empty = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(self.codec.block()));
        let bytes = std::mem::replace(&mut self.block, empty);
        let (done, receiver) = sync_channel(1);
        self.jobs.send(Job { bytes, done }).map_err(|_| gone())?;
        self.wait(Waiting::Job(receiver))
    }

    fn wait(&mut self, block: Waiting) -> io::Result<()> {
        self.waiting.push_back(block);
        while self.waiting.len() > self.most {
            if let Some(next) = self.waiting.pop_front() {
                self.write(next)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, next: Waiting) -> io::Result<()> {
        match next {
            Waiting::Job(receiver) => {
                let (block, mut buffer) = receiver.recv().map_err(|_| gone())??;
                buffer.clear();
                self.spare.push(buffer);
                self.sums.push(block.sums);
                self.out.write_all(&block.bytes)
            }
            Waiting::Zeros => {
                let block = match &mut self.zeros {
                    Some(block) => block,
                    none => none.insert(self.codec.compress(&vec![0; self.codec.block()])?),
                };
                self.sums.push(block.sums);
                self.out.write_all(&block.bytes)
            }
        }
    }
}

/// A thread ended, which it does only when it panicked.
fn gone() -> io::Error {
    io::Error::other("a thread that compresses has ended")
}

impl<W: Write> Sink for Compressed<W> {
    fn bytes(&mut self, _at: u64, chunk: &Chunk) -> io::Result<()> {
        let mut rest: &[u8] = chunk;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(self.room()));
            self.block.extend_from_slice(now);
            if self.room() == 0 {
                self.send()?;
            }
            rest = later;
        }
        Ok(())
    }

    fn zeros(&mut self, mut len: u64) -> io::Result<()> {
        while len > 0 {
            let block = self.codec.block() as u64;
            if self.block.is_empty() && len >= block {
                self.wait(Waiting::Zeros)?;
                len -= block;
                continue;
            }
            let now = len.min(self.room() as u64);
            in_zeros(now, |zeros| {
                self.block.extend_from_slice(zeros);
                io::Result::Ok(())
            })?;
            if self.room() == 0 {
                self.send()?;
            }
            len -= now;
        }
        Ok(())
    }
}
