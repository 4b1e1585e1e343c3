//! The digest of an image: everything but what signing changes.
//!
//! ```text
//! ┌ headers ┬ CheckSum ┬ headers ┬ directory 4 ┬ headers ┬ sections ┬ rest ┬ certificates ┐
//! │ hashed  │    –     │ hashed  │      –      │ hashed  │ by offset│ hashed│      –      │
//! ```

use crate::Error;
use crate::hash::Hash;
use crate::image::{Image, malformed};

/// The image's digest. Each is computed once, however often it is asked for.
///
/// # Errors
/// [`Error::Malformed`] when sections overlap so that there would be more to hash than there is:
/// shim and firmware refuse such an image too.
pub(crate) fn image_digest(image: &Image<'_>, hash: Hash) -> Result<Vec<u8>, Error> {
    if let Some((_, known)) = image.digests.borrow().iter().find(|(h, _)| *h == hash) {
        return Ok(known.clone());
    }
    let (start, end) = match &image.directory {
        Some(directory) => (directory.start, directory.end),
        None => (image.check_sum.end, image.check_sum.end),
    };
    let headers = [0..image.check_sum.start, image.check_sum.end..start, end..image.headers];
    let mut sections: Vec<_> = image.sections.iter().map(|s| s.raw.clone()).collect();
    sections.retain(|s| !s.is_empty());
    sections.sort_by_key(|s| s.start);
    let hashed = sections.iter().fold(image.headers, |sum, s| sum.saturating_add(s.len()));
    let unsigned = image.bytes.len() - image.certificates.len();
    if hashed > unsigned {
        return Err(malformed(format!(
            "its sections have {hashed} bytes, but the file only {unsigned}: they overlap"
        )));
    }
    let parts = headers.into_iter().chain(sections).chain(std::iter::once(hashed..unsigned));
    let digest = hash.of(|take| {
        for part in parts {
            // OK to ignore: what cannot be read is an error of the whole, see `Facts::read`.
            let _ = image.bytes.each(part, take);
        }
    });
    image.digests.borrow_mut().push((hash, digest.clone()));
    Ok(digest)
}
