//! Goes through an image's regions ahead of the thread that writes them, joins what is small, and
//! has two threads read it.
//!
//! ```text
//!  regions   ┌──┬─┬────┬─┬───────┬──────────────────────┬─┐
//!            └──┴─┴────┴─┴───────┴──────────────────────┴─┘
//!             └────┬────┘    │               │           │
//!  steps         Bytes     Zeros           Copy        Bytes
//!          up to 2 MiB, read   holes     from file to file
//! ```
//!
//! Steps come in the order of the image, whatever the threads do: the bytes are the same.

use crate::fault::Fault;
use crate::segment;
use crate::source_files::{Input, SourceFiles};
use image_layout::{Content, Layout, Region, SourceId};
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope};

/// Largest piece copied in one call: small enough for a lively progress bar, large enough that
/// sharing blocks costs nothing.
pub(crate) const COPY: u64 = 64 << 20;

/// The number of bytes that the kernel copies at a time: as many pages as a pipe has room for.
/// Where it starts at multiples of them in the image, each becomes one piece of the page cache (a
/// large folio), which takes two thirds of the time of many small ones.
const SPLICE: u64 = 64 << 10;

/// Size of a buffer, which is written in one call.
pub(crate) const BUFFER: usize = 2 << 20;

/// The number of buffers: for who reads, who writes and who hashes.
const BUFFERS: usize = 12;

/// The number of steps that may wait for the writer.
const AHEAD: usize = 4;

/// The number of threads that read files.
const FILLERS: usize = 2;

/// The length below which a piece is joined with its neighbours. Nobody asks the kernel for the
/// holes of so short ranges of files, or to copy them: nothing that shares blocks would gain from
/// so few.
const SMALL: u64 = 128 << 10;

/// The unit that a file system stores whole: zeros beside data in the same page cost nothing.
const PAGE: u64 = 4096;

/// The fate of the bytes that a layout does not claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gaps {
    /// Gaps become zeros, and are written with what is beside them in a page.
    Zeros,
    /// Gaps stay as they are: another layout of the same image was written before.
    Kept,
}

/// The next step of writing an image.
pub(crate) enum Step<'a> {
    Bytes {
        at: u64,
        /// A buffer, of which the first `used` bytes count, when somebody has filled it.
        bytes: Receiver<Result<Vec<u8>, Fault>>,
        used: usize,
        /// The number of them that are not the zeros of gaps.
        data: u64,
        /// The progress that this adds.
        payload: u64,
        region: &'a str,
    },
    /// Bytes in memory, enough of them to be written from there.
    Held {
        at: u64,
        bytes: Arc<[u8]>,
        region: &'a str,
    },
    Zeros {
        len: u64,
        payload: u64,
        region: &'a str,
    },
    Copy(Piece<'a>),
}

/// A range of a file, and where it lies in the image.
pub(crate) struct Piece<'a> {
    pub at: u64,
    pub file: Input<'a>,
    /// The device on which the file is.
    pub device: u64,
    pub id: SourceId,
    pub offset: u64,
    pub len: u64,
    pub region: &'a str,
}

/// The choice of the files from which the kernel copies: none, or all but those on devices from
/// which that has failed.
pub(crate) struct Copying {
    wanted: bool,
    refused: Mutex<BTreeSet<u64>>,
}

impl Copying {
    pub(crate) fn new(wanted: bool) -> Self {
        Self { wanted, refused: Mutex::new(BTreeSet::new()) }
    }

    /// Notes that copying from that device has failed, for instance because it has another file
    /// system than the target, and is not to be tried again.
    pub(crate) fn refused(&self, device: u64) {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(device);
    }

    fn from(&self, device: u64) -> bool {
        let refused = || self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        self.wanted && !refused().contains(&device)
    }

    /// The device of a file that the kernel may copy from.
    fn device(&self, file: &File) -> Option<u64> {
        let device = self.wanted.then(|| file.metadata().ok()).flatten()?.dev();
        self.from(device).then_some(device)
    }
}

/// The other thread is gone: it met an error, or was told to stop.
struct Gone;

/// The reason why the reading ends early.
enum End {
    Fault(Fault),
    Gone,
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

struct ReadAhead<'a, P> {
    layout: &'a Layout,
    sources: &'a P,
    gaps: Gaps,
    /// The choice of what the writer copies from file to file.
    copying: Arc<Copying>,
    steps: SyncSender<Result<Step<'a>, Fault>>,
    /// Buffers that have been written.
    back: Receiver<Vec<u8>>,
    /// The number of buffers by now.
    buffers: usize,
    /// The way to the threads that read files.
    fillers: Sender<Job>,
    /// The buffer that is being filled, and the place in the image at which it starts.
    filling: Option<(u64, Vec<u8>)>,
    /// The reads that fill it.
    reads: Vec<Read>,
    used: usize,
    data: u64,
    payload: u64,
    region: &'a str,
    /// The last region of which something is waiting to be sent.
    last: &'a str,
    /// Zeros that follow what is filled, and how far they take the progress.
    zeros: u64,
    zeros_payload: u64,
}

/// A read of bytes of a source into a part of a buffer.
struct Read {
    skip: usize,
    len: usize,
    id: SourceId,
    offset: u64,
}

/// A buffer to be filled, and where it goes then.
struct Job {
    buffer: Vec<u8>,
    reads: Vec<Read>,
    filled: SyncSender<Result<Vec<u8>, Fault>>,
}

impl Job {
    fn run(mut self, sources: &impl SourceFiles) {
        let mut done = Ok(());
        for Read { skip, len, id, offset } in self.reads {
            let part = &mut self.buffer[skip..skip + len];
            if let Err(error) = sources.read_exact_at(id, offset, part) {
                done = Err(Fault::Read { id, offset, error });
                break;
            }
        }
        // Nobody may want to know any more.
        let _ = self.filled.send(done.map(|()| self.buffer));
    }
}

/// The source of a writer: the steps in order, and where their buffers are given back.
pub(crate) struct Ahead<'a> {
    pub steps: Receiver<Result<Step<'a>, Fault>>,
    pub back: Sender<Vec<u8>>,
}

/// Starts the threads. They end when everything is read, or what this returns is dropped.
pub(crate) fn start<'scope, 'a: 'scope, P: SourceFiles>(
    threads: &'scope Scope<'scope, '_>,
    layout: &'a Layout,
    sources: &'a P,
    gaps: Gaps,
    copying: Arc<Copying>,
) -> io::Result<Ahead<'a>> {
    let (steps, taken) = sync_channel(AHEAD);
    let (give, back) = channel();
    let (fillers, jobs) = channel::<Job>();
    let jobs = Arc::new(Mutex::new(jobs));
    let is_source = |r: Region<'_>| matches!(r.content, Content::Source { .. });
    let wanted = if layout.regions().any(is_source) { FILLERS } else { 0 };
    for n in 0..wanted {
        let jobs = jobs.clone();
        let filler = move || {
            loop {
                let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                match job {
                    Ok(job) => job.run(sources),
                    Err(_) => break,
                }
            }
        };
        match thread::Builder::new().spawn_scoped(threads, filler) {
            // One thread is enough.
            Err(_) if n > 0 => break,
            started => drop(started?),
        }
    }
    let (filling, reads, buffers, used, data, payload) = (None, Vec::new(), 0, 0, 0, 0);
    let (region, last, zeros, zeros_payload) = ("", "", 0, 0);
    let reader = ReadAhead {
        layout,
        sources,
        gaps,
        copying,
        steps,
        back,
        buffers,
        fillers,
        filling,
        reads,
        used,
        data,
        payload,
        region,
        last,
        zeros,
        zeros_payload,
    };
    thread::Builder::new().spawn_scoped(threads, move || reader.run())?;
    Ok(Ahead { steps: taken, back: give })
}

impl<'a, P: SourceFiles> ReadAhead<'a, P> {
    /// Goes through the whole layout. A fault is sent behind the steps before it.
    fn run(mut self) {
        if let Err(End::Fault(fault)) = self.all() {
            // Nobody may want to know any more.
            let _ = self.flush().map(|()| self.steps.send(Err(fault)));
        }
    }

    fn all(&mut self) -> Result<(), End> {
        let mut at = 0;
        for region in self.layout.regions() {
            self.zeros += region.at - at;
            at = region.end();
            self.region(region)?;
        }
        self.zeros += self.layout.len() - at;
        Ok(self.flush()?)
    }

    fn region(&mut self, region: Region<'a>) -> Result<(), End> {
        self.region = region.name;
        let mut at = region.at;
        match &region.content {
            Content::Zero { len } => self.zeros += len,
            Content::Source { id, offset, len } => self.source(*id, *offset, *len, at)?,
            Content::Bytes(bytes) if bytes.len() as u64 >= SMALL => {
                self.flush()?;
                let (bytes, region) = (bytes.clone(), region.name);
                self.send(Step::Held { at, bytes, region })?;
            }
            inner => {
                while at < region.end() {
                    let (buffer, part) = self.room(at, region.end() - at)?;
                    inner.read_at(at - region.at, &mut buffer[part.clone()]);
                    at += self.filled(part.len());
                }
            }
        }
        Ok(())
    }

    /// The buffer for bytes that lie at `at`, and the part of it that takes up to `len` of them, at
    /// least one. A buffer that they do not fit into is sent first.
    fn room(&mut self, at: u64, len: u64) -> Result<(&mut [u8], Range<usize>), Gone> {
        if let Some((start, _)) = self.filling {
            let end = start + self.used as u64;
            let near = match self.gaps {
                // Whether the zeros in between lie in pages that are stored anyway, and so cost
                // nothing.
                Gaps::Zeros => at / PAGE * PAGE <= end.next_multiple_of(PAGE),
                Gaps::Kept => at == end,
            };
            if !near || at >= limit(start) {
                self.flush()?;
            }
        }
        let (start, mut buffer) = match self.filling.take() {
            Some(filling) => filling,
            None => {
                self.flush()?; // zeros
                (at, self.buffer()?)
            }
        };
        // OK to cast: a buffer ends at its limit, and `at` lies before that.
        let (skip, room) = ((at - start) as usize, (limit(start) - at) as usize);
        buffer[self.used..skip].fill(0);
        self.payload += std::mem::take(&mut self.zeros_payload);
        (self.used, self.zeros) = (skip, 0);
        let n = usize::try_from(len).unwrap_or(usize::MAX).min(room);
        let (_, buffer) = self.filling.insert((start, buffer));
        Ok((buffer, skip..skip + n))
    }

    /// Counts `n` bytes of the last room as filled, and returns `n`.
    fn filled(&mut self, n: usize) -> u64 {
        self.last = self.region;
        self.used += n;
        self.data += n as u64;
        self.payload += n as u64;
        n as u64
    }

    /// A buffer to be filled; waits for one if all are on their way.
    fn buffer(&mut self) -> Result<Vec<u8>, Gone> {
        if self.buffers < BUFFERS {
            if let Ok(buffer) = self.back.try_recv() {
                return Ok(buffer);
            }
            self.buffers += 1;
            return Ok(vec![0; BUFFER]);
        }
        self.back.recv().map_err(|_| Gone)
    }

    fn send(&mut self, step: Step<'a>) -> Result<(), Gone> {
        self.steps.send(Ok(step)).map_err(|_| Gone)
    }

    /// Sends what is filled, and the zeros behind it.
    fn flush(&mut self) -> Result<(), Gone> {
        let region = self.last;
        if let Some((at, buffer)) = self.filling.take() {
            let (filled, bytes) = sync_channel(1);
            let job = Job { buffer, reads: std::mem::take(&mut self.reads), filled };
            if job.reads.is_empty() {
                job.run(self.sources);
            } else {
                self.fillers.send(job).map_err(|_| Gone)?;
            }
            let used = std::mem::take(&mut self.used);
            let (data, payload) =
                (std::mem::take(&mut self.data), std::mem::take(&mut self.payload));
            self.send(Step::Bytes { at, bytes, used, data, payload, region })?;
        }
        let len = std::mem::take(&mut self.zeros);
        let payload = std::mem::take(&mut self.zeros_payload);
        if len > 0 {
            self.send(Step::Zeros { len, payload, region })?;
        }
        Ok(())
    }

    fn source(&mut self, id: SourceId, offset: u64, len: u64, at: u64) -> Result<(), End> {
        let unread = |offset, error| End::Fault(Fault::Read { id, offset, error });
        let Some(end) = offset.checked_add(len) else {
            return Err(unread(offset, std::io::ErrorKind::UnexpectedEof.into()));
        };
        if len < SMALL {
            return self.read(id, offset, len, at);
        }
        let file = Input::of(self.sources, id).map_err(|e| unread(offset, e))?;
        let Some(file) = file else { return self.read(id, offset, len, at) };
        let device = self.copying.device(&file);
        let mut from = offset;
        while from < end {
            let segment = segment::next(&file, from, end).map_err(|e| unread(from, e))?;
            let (len, at) = (segment.end - from, at + (from - offset));
            if segment.hole {
                self.zeros += len;
                self.zeros_payload += len;
                self.last = self.region;
            } else {
                match device.filter(|_| len >= SMALL) {
                    Some(device) => self.copy(&file, device, id, from, len, at)?,
                    None => self.read(id, from, len, at)?,
                }
            }
            from = segment.end;
        }
        Ok(())
    }

    fn copy(
        &mut self,
        file: &Input<'a>,
        device: u64,
        id: SourceId,
        offset: u64,
        len: u64,
        at: u64,
    ) -> Result<(), End> {
        self.flush()?;
        let mut done = 0;
        while done < len {
            if !self.copying.from(device) {
                return self.read(id, offset + done, len - done, at + done);
            }
            let (file, region) = (file.clone(), self.region);
            let (at, offset) = (at + done, offset + done);
            let most = if at.is_multiple_of(SPLICE) { COPY } else { SPLICE - at % SPLICE };
            let len = (len - done).min(most);
            self.send(Step::Copy(Piece { at, file, device, id, offset, len, region }))?;
            done += len;
        }
        Ok(())
    }

    /// Adds reads of a source's bytes to the buffers, which the fillers carry out.
    fn read(&mut self, id: SourceId, offset: u64, len: u64, at: u64) -> Result<(), End> {
        let mut done = 0;
        while done < len {
            let (_, part) = self.room(at + done, len - done)?;
            self.reads.push(Read { skip: part.start, len: part.len(), id, offset: offset + done });
            done += self.filled(part.len());
        }
        Ok(())
    }
}

/// The latest end of a buffer that starts at `start`: at a multiple of its size, so that
/// what is written starts and ends with whole pages.
fn limit(start: u64) -> u64 {
    let size = BUFFER as u64;
    (start / size + 1) * size
}
