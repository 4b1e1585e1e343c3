//! From a layout to a file or a stream, in whatever form.

use crate::compress::Compressed;
use crate::digest::{Counted, DigestSelection, Digested, Digesting};
use crate::donor::Donor;
use crate::fault::Fault;
use crate::pending::Pending;
use crate::read_ahead::Gaps;
use crate::sink::{Nowhere, Sink, SparseFile, Stream};
use crate::source_files::used;
use crate::target::Target;
use crate::together::Ready;
use crate::virtual_disk::{self, Container};
use crate::walk::{OnProgress, Progress, payload, walk};
use crate::{Durability, Error, Format, Options, Sha256Digest, SourceFiles, Written, space};
use image_layout::Layout;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

/// Writes the image to `path`. An existing file is replaced only when the new one is complete.
/// `progress` is called after each piece (at most 64 MiB) and can stop the writing.
///
/// Gaps, zeros and holes of the inputs become holes. A new file has the permissions that the
/// umask leaves of 0666; a replaced one passes its own on. A symbolic link is followed.
///
/// # Errors
/// [`Error`]; `path` is unchanged then, except after what [`Ready::commit`] could not take back.
pub fn to_file(
    layout: &Layout,
    sources: &impl SourceFiles,
    path: &Path,
    options: Options,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Written, Error> {
    let (ready, written) = write_whole(layout, sources, path, options, None, progress)?;
    ready.commit()?;
    Ok(written)
}

/// Writes the image, as [`to_file`] does, to a file that has no name yet. `rest` gives what is missing
/// in `layout`, which is complete afterwards: it may be in the making still, in another thread, and is
/// not waited for before all else is written. Where bytes are needed in their order, for a digest or in a
/// compressed stream, or where others depend on them, in a virtual disk, it is waited for first.
///
/// Where blocks can be shared, those that `donor` has at the same place are shared with it.
///
/// # Errors
/// [`Error`], and what `rest` says; nothing has changed then.
pub fn write_unnamed<E: From<Error>>(
    layout: &mut Layout,
    rest: impl FnOnce() -> Result<Layout, E>,
    sources: &impl SourceFiles,
    path: &Path,
    options: Options,
    donor: Option<&Donor>,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<(Ready, Written), E> {
    if options.needs_order() {
        layout.merge(rest()?).map_err(Error::from)?;
        return Ok(write_whole(layout, sources, path, options, donor, progress)?);
    }
    let (ready, mut written) = write_whole(layout, sources, path, options, donor, progress)?;
    let rest = rest()?;
    let mut sink = SparseFile::new(ready.pending.file());
    let before = payload(layout);
    let total = before + payload(&rest);
    let mut further = |p: Progress<'_>| progress(Progress { done: before + p.done, total, ..p });
    let more = walk(&rest, sources, Gaps::Kept, &mut sink, &mut further);
    let failed = |e| Error::write(path, rest.len(), e);
    written.data += more.map_err(|f| Error::from_fault(f, sources, failed))?;
    layout.merge(rest).map_err(Error::from)?;
    Ok((ready, written))
}

/// Writes an image whose layout is complete to a file that has no name yet.
fn write_whole(
    layout: &Layout,
    sources: &impl SourceFiles,
    path: &Path,
    options: Options,
    donor: Option<&Donor>,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<(Ready, Written), Error> {
    let failed = |e| Error::write(path, layout.len(), e);
    let fault = |f: Fault| Error::from_fault(f, sources, failed);
    let target = Target::resolve(path)?;
    target.refuse_inputs(used(layout), sources)?;
    let container = virtual_disk::contain(options.format, layout, &options.identity)?;
    let pending = Pending::create(&target, is_input(sources)).map_err(failed)?;
    let written = match options.format.codec() {
        Some(_) => compressed(layout, sources, pending.file(), options, progress).map_err(fault)?,
        None => {
            let file = container.as_ref().map_or(layout, |c| &c.layout);
            space::check(file, sources, &target, pending.file())?;
            pending.file().set_len(file.len()).map_err(failed)?;
            let sink = SparseFile::new(pending.file()).like(donor);
            plain(layout, container.as_ref(), sources, sink, options, progress).map_err(fault)?
        }
    };
    let (path, len, durability) = (path.to_owned(), written.file_len, options.durability);
    Ok((Ready { pending, path, len, durability }, written))
}

/// Writes a small file that gets its name when it is committed.
///
/// # Errors
/// [`Error`]; nothing has changed then.
pub fn write_bytes_unnamed(
    path: &Path,
    bytes: &[u8],
    sources: &impl SourceFiles,
    durability: Durability,
) -> Result<Ready, Error> {
    let len = bytes.len() as u64;
    let failed = |e| Error::write(path, len, e);
    let target = Target::resolve(path)?;
    target.refuse_inputs([], sources)?;
    let pending = Pending::create(&target, is_input(sources)).map_err(failed)?;
    pending.file().write_all(bytes).map_err(failed)?;
    Ok(Ready { pending, path: path.to_owned(), len, durability })
}

/// Whether a file was read, by its path and its device and inode.
fn is_input(sources: &impl SourceFiles) -> impl Fn(&Path, (u64, u64)) -> bool {
    |path, found| sources.find(path, found).is_some()
}

/// Writes the image to `out`, every byte of it in order, and flushes.
///
/// # Errors
/// [`Error`]; part of the image may be written then.
pub fn to_stream(
    layout: &Layout,
    sources: &impl SourceFiles,
    out: &mut impl Write,
    options: Options,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Written, Error> {
    let failed = |source| Error::Stream { source };
    let fault = |f| Error::from_fault(f, sources, failed);
    let container = virtual_disk::contain(options.format, layout, &options.identity)?;
    let written = match options.format.codec() {
        Some(_) => compressed(layout, sources, &mut *out, options, progress).map_err(fault)?,
        None => {
            let sink = Stream(&mut *out);
            plain(layout, container.as_ref(), sources, sink, options, progress).map_err(fault)?
        }
    };
    out.flush().map_err(failed)?;
    Ok(written)
}

/// SHA-256 of the image, without writing it.
///
/// # Errors
/// [`Error`] when an input cannot be read.
pub fn digest(layout: &Layout, sources: &impl SourceFiles) -> Result<Sha256Digest, Error> {
    let wanted = DigestSelection { image: true, ..DigestSelection::default() };
    let go_on = &mut |_: Progress<'_>| ControlFlow::Continue(());
    let (_, _, digested) = pour(layout, None, sources, Nowhere, wanted, go_on)
        .map_err(|f| Error::from_fault(f, sources, |source| Error::Stream { source }))?;
    // OK to unwrap: it was wanted.
    Ok(digested.image.expect("a digest that was wanted"))
}

/// The image, or the virtual disk around it, as it is.
fn plain<'a>(
    image: &'a Layout,
    container: Option<&'a Container>,
    sources: &'a impl SourceFiles,
    sink: impl Sink,
    options: Options,
    progress: OnProgress<'_>,
) -> Result<Written, Fault> {
    let mut wanted = options.wanted();
    wanted.file = options.file_sha256 && container.is_some();
    wanted.image |= options.file_sha256 && container.is_none();
    let (_, data, digested) = pour(image, container, sources, sink, wanted, progress)?;
    let file_len = container.map_or(image.len(), |c| c.layout.len());
    let file_sha256 = if container.is_some() { digested.file } else { digested.image };
    Ok(written(image, data, file_len, file_sha256, digested))
}

fn compressed(
    image: &Layout,
    sources: &impl SourceFiles,
    out: impl Write,
    options: Options,
    progress: OnProgress<'_>,
) -> Result<Written, Fault> {
    let Some(codec) = options.format.codec() else { unreachable!("the caller asked") };
    let out = Counted::new(out, options.file_sha256);
    std::thread::scope(|scope| {
        let sink = Compressed::start(scope, codec, out, options.threads)?;
        let (sink, data, digested) = pour(image, None, sources, sink, options.wanted(), progress)?;
        let (file_len, sha256) = sink.finish().and_then(Counted::finish).map_err(Fault::Write)?;
        Ok(written(image, data, file_len, sha256, digested))
    })
}

fn written(
    image: &Layout,
    data: u64,
    file_len: u64,
    file_sha256: Option<Sha256Digest>,
    digested: Digested,
) -> Written {
    let sha256 = digested.image;
    Written { len: image.len(), data, sha256, file_len, file_sha256, pieces: digested.pieces }
}

/// Feeds everything to `sink`, and to digesters; returns the sink and how many bytes were data.
fn pour<'a, S: Sink>(
    image: &'a Layout,
    container: Option<&'a Container>,
    sources: &'a impl SourceFiles,
    sink: S,
    wanted: DigestSelection,
    progress: OnProgress<'_>,
) -> Result<(S, u64, Digested), Fault> {
    let file = container.map_or(image, |c| &c.layout);
    std::thread::scope(|scope| {
        let runs = container.map(|c| &c.runs[..]);
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let sink = Digesting::start(scope, sink, wanted, image, runs, processors);
        let mut sink = sink.map_err(Fault::Thread)?;
        let data = walk(file, sources, Gaps::Zeros, &mut sink, progress)?;
        let (sink, digested) = sink.finish(image.len(), file.len());
        Ok((sink, data, digested))
    })
}

impl Options {
    /// Whether the bytes of the image are needed in their order, or all at once.
    fn needs_order(&self) -> bool {
        self.format != Format::Raw
            || self.file_sha256
            || self.wanted() != DigestSelection::default()
    }

    /// The digests that are to be computed of the image, whatever it is put into.
    fn wanted(&self) -> DigestSelection {
        DigestSelection {
            image: self.sha256,
            file: false,
            regions: self.region_sha256,
            ranges: self.range_sha256,
        }
    }
}
