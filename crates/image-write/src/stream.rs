//! To a stream, or to nothing but a digest.

use crate::sink::{Hash, Stream};
use crate::walk::{Progress, walk};
use crate::{Error, Options, Payloads, Written};
use image_layout::Layout;
use std::io::Write;
use std::ops::ControlFlow;

/// Writes the image to `out`, every byte of it in order, and flushes.
///
/// # Errors
/// [`Error`]; part of the image may be written then.
pub fn to_stream(
    layout: &Layout,
    sources: &impl Payloads,
    out: &mut impl Write,
    options: Options,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Written, Error> {
    let failed = |source| Error::Stream { source };
    let fault = |f| Error::from_fault(f, sources, failed);
    let mut stream = Stream(&mut *out);
    let (data, sha256) = if options.sha256 {
        let mut both = (stream, Hash::default());
        let data = walk(layout, sources, &mut both, progress).map_err(fault)?;
        (data, Some(both.1.finish()))
    } else {
        (walk(layout, sources, &mut stream, progress).map_err(fault)?, None)
    };
    out.flush().map_err(failed)?;
    Ok(Written { len: layout.len(), data, sha256 })
}

/// SHA-256 of the image, without writing it.
///
/// # Errors
/// [`Error`] when an input cannot be read.
pub fn digest(layout: &Layout, sources: &impl Payloads) -> Result<[u8; 32], Error> {
    let mut hash = Hash::default();
    let go_on = &mut |_: Progress<'_>| ControlFlow::Continue(());
    walk(layout, sources, &mut hash, go_on)
        .map_err(|f| Error::from_fault(f, sources, |source| Error::Stream { source }))?;
    Ok(hash.finish())
}
