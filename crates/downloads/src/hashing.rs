//! A digest, computed by a second thread while more comes.

use input_file::DigestWriter;
use std::io::Write as _;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// Bytes in a buffer, and buffers: enough that neither side waits for long, and no more than a processor's
/// cache has room for.
const BUFFER: usize = 256 << 10;
const BUFFERS: usize = 6;

/// The digest of what is added, buffer by buffer. The buffers go round, so that memory is bounded.
#[derive(Debug)]
pub(crate) struct Hashing {
    filled: SyncSender<(Vec<u8>, usize)>,
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<String>,
}

impl Hashing {
    pub(crate) fn start() -> Self {
        let (filled, to_hash) = sync_channel::<(Vec<u8>, usize)>(BUFFERS);
        let (done, empty) = sync_channel(BUFFERS);
        for _ in 0..BUFFERS {
            // OK to ignore: the other end is below.
            let _ = done.try_send(vec![0; BUFFER]);
        }
        let thread = thread::spawn(move || {
            let mut digest = DigestWriter::new(std::io::sink());
            for (buffer, len) in to_hash {
                // OK to ignore both: a sink takes everything, and nobody wants buffers at the end.
                let _ = digest.write_all(&buffer[..len]);
                let _ = done.try_send(buffer);
            }
            digest.finish()
        });
        Self { filled, empty, thread }
    }

    /// A buffer to fill.
    pub(crate) fn buffer(&self) -> Vec<u8> {
        // The thread gives each buffer back, and ends only in `finish`.
        self.empty.recv().unwrap_or_else(|_| vec![0; BUFFER])
    }

    /// Adds the first `len` bytes of a buffer.
    pub(crate) fn add(&mut self, buffer: Vec<u8>, len: usize) {
        // OK to ignore: as above.
        let _ = self.filled.send((buffer, len));
    }

    /// The SHA-256 of all that was added, in small hex digits.
    pub(crate) fn finish(self) -> String {
        drop(self.filled);
        // If the thread has panicked, the result is empty, which is no digest.
        self.thread.join().unwrap_or_default()
    }
}
