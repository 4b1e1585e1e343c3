//! Downloading a file of which the SHA-256 is known: from mirrors in turn, on from where it broke.

use crate::client::Client;
use crate::error::{Error, Failure, Fault};
use crate::exchange::{Answer, Request, Rest, exchange, text};
use crate::hashing::Hashing;
use crate::room;
use crate::store::{Putting, Store, Stored, write_error};
use http_url::Url;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use ureq::http::header::{CONTENT_RANGE, ETAG, LAST_MODIFIED};

/// A connection that brings less than this is not worth a second one to the same server.
const WORTH: u64 = 64 << 10;
/// Longest entity tag or date that is kept, in bytes; those that servers make have some dozens. A
/// server that cannot take a longer one back would refuse each request.
const MAX_TAG: usize = 1024;

/// The conditions that a file must meet.
#[derive(Debug, Clone)]
pub struct Expect {
    /// Its SHA-256: 64 hex digits, in small letters.
    pub sha256: String,
    /// Most bytes that are taken.
    pub max_len: u64,
}

/// An event while a file is downloaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Another process downloads the same file, and is waited for.
    Waiting,
    /// A server sends: from where, where that led, and how many bytes the file has if it says so.
    Begins {
        /// The address that was asked.
        url: &'a Url,
        /// The addresses that it led to.
        redirects: &'a [Url],
        /// Bytes that are there already.
        from: u64,
        /// Bytes in all.
        len: Option<u64>,
    },
    /// So many bytes are there now.
    Came(u64),
    /// A server failed. The next one is asked, or the same one for the rest.
    Failed(&'a Failure),
}

/// Downloads a file into the store, unless it is there. Mirrors are asked in order.
///
/// # Errors
/// [`Error::Download`] with what each mirror did; [`Error::Cache`] and [`Error::Write`].
pub fn download(
    client: &Client,
    mirrors: &[Url],
    expect: &Expect,
    store: &Store,
    progress: &mut dyn FnMut(Event<'_>),
) -> Result<Stored, Error> {
    if let Some(stored) = store.get(&expect.sha256)? {
        return Ok(stored);
    }
    let putting = store.put(&expect.sha256, &mut || progress(Event::Waiting))?;
    // Another process may have put it there meanwhile.
    if let Some(stored) = store.get(&expect.sha256)? {
        return Ok(stored);
    }
    let mut failures = Vec::new();
    for url in mirrors {
        let mut job = Job { client, url, expect, putting: &putting, progress };
        match job.run()? {
            None => {
                let stored = store.get(&expect.sha256)?;
                return stored.ok_or_else(|| {
                    write_error(&putting.part(), std::io::Error::other("it changed at once"))
                });
            }
            Some(failure) => failures.push(*failure),
        }
    }
    let kept = std::fs::metadata(putting.part()).map_or(0, |m| m.len());
    Err(Error::Download { failures, kept })
}

/// The download of a file from one mirror.
struct Job<'a> {
    client: &'a Client,
    url: &'a Url,
    expect: &'a Expect,
    putting: &'a Putting,
    progress: &'a mut dyn FnMut(Event<'_>),
}

/// The result of one connection.
enum Came {
    /// The whole file, of so many bytes.
    File(u64),
    /// The whole file came, with another digest: the part that was there before may be of another
    /// version.
    Mixed,
    /// The server does not send the rest behind the part that is there.
    NoRest,
    /// A failure, with so many bytes there.
    Failed(Box<Failure>, u64),
}

impl Job<'_> {
    /// Downloads the file. Returns the failure if this mirror does not give it.
    fn run(&mut self) -> Result<Option<Box<Failure>>, Error> {
        // `most` is the greatest number of bytes that were there after a connection. A server
        // without ranges begins anew each time, and is asked again only if it gets further.
        let (mut whole, mut mixed, mut most) = (false, false, 0);
        loop {
            match self.connect(whole)? {
                Came::File(len) => {
                    self.putting.keep(&self.expect.sha256, len)?;
                    return Ok(None);
                }
                Came::Mixed if !mixed => {
                    // The part is dropped, and the whole file is downloaded, but only once.
                    mixed = true;
                    self.putting.forget()?;
                }
                // The whole file is downloaded beside the part that is there.
                Came::NoRest if !whole => whole = true,
                Came::Mixed | Came::NoRest => {
                    let (url, redirects) = (self.url.clone(), Vec::new());
                    let failure = Failure { url, redirects, proxy: None, fault: Fault::Ranges };
                    (self.progress)(Event::Failed(&failure));
                    return Ok(Some(Box::new(failure)));
                }
                Came::Failed(failure, there) => {
                    (self.progress)(Event::Failed(&failure));
                    let broke = matches!(failure.fault, Fault::Ended { .. } | Fault::Slow { .. });
                    if !broke || there < most + WORTH {
                        return Ok(Some(failure));
                    }
                    most = there;
                }
            }
        }
    }

    /// One connection, for what is missing or, if that was in vain, for the `whole` file.
    fn connect(&mut self, whole: bool) -> Result<Came, Error> {
        let part = self.putting.open_part()?;
        let path = self.putting.part();
        let failed = |e| write_error(&path, e);
        let kept = part.metadata().map_err(failed)?.len();
        let there = if kept > self.expect.max_len { 0 } else { kept };
        // From another mirror the rest is asked for as well: the digest decides whether they fit.
        let known = self.putting.from();
        let tag = known.filter(|(url, _)| url == self.url.as_str()).map(|(_, tag)| tag);
        let if_still = tag.as_deref().filter(|tag| !tag.is_empty() && is_validator(tag));
        let range = (there > 0 && !whole).then_some(Rest { from: there, if_still });
        let request = Request { url: self.url, may_leave_https: true, range };
        let mut answer = match exchange(self.client, &request) {
            Ok(answer) => answer,
            // The server may refuse only the request for the rest, not the file.
            Err(failure) if request.range.is_some() && failure.fault.is_refusal() => {
                return Ok(Came::NoRest);
            }
            Err(failure) => return Ok(Came::Failed(failure, 0)),
        };
        let (from, len) = match begins(&answer, there) {
            Ok(begins) => begins,
            // The server does not have what is there already.
            Err(()) => return Ok(Came::NoRest),
        };
        if let Err(fault) = self.fits(&answer, len).and_then(|()| room::check(&part, len, from)) {
            return Ok(Came::Failed(answer.failure(fault), 0));
        }
        (self.progress)(Event::Begins { url: self.url, redirects: answer.redirects(), from, len });
        if from < there {
            // The server sends the whole file. It is kept apart, because what it sends may be a
            // login page or another file, and the part that is there the better beginning. The
            // digest decides.
            let came = self.receive(&mut answer, self.putting.open_anew()?, 0, len)?;
            match came {
                Came::File(_) => self.putting.keep_anew()?,
                _ => self.putting.forget_anew()?,
            }
            return Ok(came);
        }
        if from < kept {
            // Only then: what was cut off at 0, ext4 writes to the disk when it is closed.
            part.set_len(from).map_err(failed)?;
        }
        let tag = text(&answer.headers, &ETAG).filter(|tag| tag.starts_with('"'));
        let tag = tag.or_else(|| text(&answer.headers, &LAST_MODIFIED)).unwrap_or_default();
        let tag = if is_validator(&tag) { tag } else { String::new() };
        self.putting.set_from(self.url.as_str(), &tag)?;
        let came = self.receive(&mut answer, part, from, len)?;
        if matches!(&came, Came::Failed(failure, _) if failure.fault.is_another_file()) {
            self.putting.forget()?;
        }
        Ok(came)
    }

    /// Whether the answer can be that of the file, by its head.
    fn fits(&self, answer: &Answer, len: Option<u64>) -> Result<(), Fault> {
        if let Some(encoding) = answer.encoding() {
            return Err(Fault::Encoded(encoding));
        }
        let max = self.expect.max_len;
        match len {
            Some(len) if len > max => Err(Fault::TooLong { max }),
            _ => Ok(()),
        }
    }

    /// Takes the body, behind the `from` bytes that are there of `len`, if that is known.
    fn receive(
        &mut self,
        answer: &mut Answer,
        part: File,
        from: u64,
        len: Option<u64>,
    ) -> Result<Came, Error> {
        let path = self.putting.part();
        let failed = |e| write_error(&path, e);
        let (mut part, max) = (part, self.expect.max_len);
        let mut hashing = Hashing::start();
        part.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut left = from;
        while left > 0 {
            let mut buffer = hashing.buffer();
            let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let read = part.read(&mut buffer[..most]).map_err(failed)?;
            if read == 0 {
                return Err(failed(std::io::Error::other("somebody else writes to it")));
            }
            left -= read as u64;
            hashing.add(buffer, read);
        }
        let (mut there, mut ask_at) = (from, from + room::ASK_EVERY);
        let (mut page, is_page) = (false, answer.is_page());
        loop {
            let mut buffer = hashing.buffer();
            // Whole buffers, at multiples of their length, are what file systems write fastest. One
            // byte more than may come shows that the file is too long.
            let aligned = buffer.len() as u64 - there % buffer.len() as u64;
            let most = aligned.min((max - there).saturating_add(1));
            let (read, more) = answer.fill(&mut buffer[..usize::try_from(most).unwrap_or(1)]);
            let bytes = &buffer[..read];
            if there == 0 {
                page = is_page || looks_like_page(bytes);
            }
            there += read as u64;
            if there > max {
                return Ok(Came::Failed(answer.failure(Fault::TooLong { max }), 0));
            }
            if there >= ask_at {
                if let Err(fault) = room::check(&part, len, there) {
                    return Ok(Came::Failed(answer.failure(fault), 0));
                }
                ask_at = there + room::ASK_EVERY;
            }
            part.write_all(bytes).map_err(failed)?;
            hashing.add(buffer, read);
            (self.progress)(Event::Came(there));
            match more {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => return Ok(Came::Failed(answer.failure(fault), there)),
            }
        }
        let found = hashing.finish();
        if found == self.expect.sha256 {
            return Ok(Came::File(there));
        }
        if from > 0 {
            return Ok(Came::Mixed);
        }
        let expected = self.expect.sha256.clone();
        let fault =
            if page { Fault::Page } else { Fault::WrongFile { expected, found, len: there } };
        Ok(Came::Failed(answer.failure(fault), 0))
    }
}

/// Whether `tag`, an entity tag or a date by which a server names a version of a file, can be sent
/// back as it is.
fn is_validator(tag: &str) -> bool {
    tag.len() <= MAX_TAG && tag.bytes().all(|b| (b' '..=b'~').contains(&b))
}

/// Where the body begins in the file, and how long the file is, by the head of the answer to a
/// request for what is behind `there` bytes. An error if neither the file nor that rest comes.
fn begins(answer: &Answer, there: u64) -> Result<(u64, Option<u64>), ()> {
    match answer.status {
        206 => {
            let range = text(&answer.headers, &CONTENT_RANGE).ok_or(())?;
            let (range, len) =
                range.strip_prefix("bytes ").and_then(|r| r.split_once('/')).ok_or(())?;
            let from = range.split_once('-').ok_or(())?.0.parse().map_err(|_| ())?;
            if from == there { Ok((from, len.parse().ok())) } else { Err(()) }
        }
        416 => Err(()),
        _ => Ok((0, answer.len)),
    }
}

/// Whether the first bytes are those of a page of HTML.
fn looks_like_page(bytes: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]).to_ascii_lowercase();
    let start = start.trim_start_matches('\u{feff}').trim_start();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}
