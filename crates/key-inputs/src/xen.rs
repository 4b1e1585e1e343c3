//! The files that the menu entries of Xen name.

use crate::error::shown;
use crate::fetched::cached_member;
use crate::payload::open_payload;
use crate::reader::PayloadReader;
use crate::{Environment, Error, FileSources};
use image_layout::Content;
use iso_probe::IsoImage;
use key_inventory::{BootFile, InitrdSize, Iso, XenFiles};
use key_spec::{BootFile as Asked, Spec, XenEntry};
use std::path::Path;
use std::sync::Arc;

/// Longest initrd in an ISO that something can be appended to, in bytes: it is held in memory.
const MAX_INITRD: u64 = 512 << 20;

/// Opens the files that the spec's `[[entry]]` tables name. `isos` are the spec's ISOs, and
/// `images` the same ones, open.
pub(crate) fn files(
    spec: &Spec,
    isos: &[Iso],
    images: &mut [IsoImage<PayloadReader>],
    files: &mut FileSources,
    env: &Environment,
) -> Result<Vec<XenFiles>, Error> {
    let mut found = Vec::new();
    for entry in &spec.entry {
        let xen = &entry.xen;
        let title = entry.title.as_str();
        let mut open = |asked: &Asked, keep| match asked {
            Asked::Path(path) => carried(path, None, files),
            Asked::Package { package, member } => {
                let path = cached_member(env, package.as_str(), member.as_str())?;
                carried(&path, Some(format!("{member} in the package {package}")), files)
            }
            Asked::InIso(path) => in_iso(title, xen, path, keep, isos, images),
        };
        let hypervisor = open(&xen.hypervisor, false)?;
        let kernel = open(&xen.kernel, false)?;
        let append = spec.xen.is_some();
        let initrd = xen.initrd.as_ref().map(|asked| open(asked, append)).transpose()?;
        let initrd_size = initrd.as_ref().and_then(|file| size(file, isos, images, files));
        found.push(XenFiles { hypervisor, kernel, initrd, initrd_size });
    }
    Ok(found)
}

/// The size of an initrd, packed and unpacked as far as its first and last bytes tell it.
fn size(
    file: &BootFile,
    isos: &[Iso],
    images: &[IsoImage<PayloadReader>],
    files: &FileSources,
) -> Option<InitrdSize> {
    let (source, len, head, end) = match file {
        BootFile::Carried { content: Content::Source { id, offset, len }, .. } => {
            (*id, *len, *offset, offset.checked_add(*len)?)
        }
        BootFile::Carried { .. } => return None,
        BootFile::InIso { iso, path, .. } => {
            let lies = images.get(*iso)?.locate(path)?;
            let (head, _) = *lies.extents.first()?;
            let (last, len) = *lies.extents.last()?;
            (isos.get(*iso)?.source, lies.len, head, last.checked_add(len)?)
        }
    };
    let payload = files.get(source)?;
    let (mut first, mut last) = ([0; 18], [0; 4]);
    if len >= first.len() as u64 {
        payload.read_exact_at(head, &mut first).ok()?;
        payload.read_exact_at(end.checked_sub(last.len() as u64)?, &mut last).ok()?;
    }
    Some(InitrdSize::of(len, &first, &last))
}

fn carried(path: &Path, name: Option<String>, files: &mut FileSources) -> Result<BootFile, Error> {
    let payload = open_payload(path)?;
    let shown = name.unwrap_or_else(|| shown(path).to_string());
    let len = payload.len();
    let content = Content::Source { id: files.push(payload), offset: 0, len };
    Ok(BootFile::Carried { shown, content })
}

/// The file at `path` in an ISO of the key; with its bytes if `keep`.
fn in_iso(
    title: &str,
    entry: &XenEntry,
    path: &str,
    keep: bool,
    isos: &[Iso],
    images: &mut [IsoImage<PayloadReader>],
) -> Result<BootFile, Error> {
    let named = entry.iso.as_ref().map(key_spec::FileName::as_str);
    let mut fitting =
        isos.iter().enumerate().filter(|(_, i)| named.is_none_or(|name| name == i.file_name));
    let (Some((number, iso)), None) = (fitting.next(), fitting.next()) else {
        let title = title.to_owned();
        let have = isos.iter().map(|i| i.file_name.clone()).collect();
        return Err(match named {
            Some(name) => Error::XenNoIso { title, name: name.to_owned(), have },
            None => Error::XenWhichIso { title, have },
        });
    };
    let missing = || Error::XenNotInIso {
        title: title.to_owned(),
        iso: iso.shown.clone(),
        path: path.to_owned(),
    };
    let path = iso.facts.find(path).ok_or_else(missing)?.to_owned();
    let bytes = if keep {
        let image = images.get_mut(number).ok_or_else(missing)?;
        let fail = |source| Error::Iso { path: iso.shown.clone().into(), source };
        let read = image.read(&path, MAX_INITRD).map_err(fail)?;
        let unread = || Error::Read {
            path: iso.shown.clone().into(),
            source: std::io::Error::other(format!(
                "{path} in it is longer than {MAX_INITRD} bytes, or lies in more pieces than are \
                 read, so nothing can be put behind it; give the initrd as a file of its own"
            )),
        };
        Some(Arc::from(read.ok_or_else(unread)?))
    } else {
        None
    };
    Ok(BootFile::InIso { iso: number, path, bytes })
}
