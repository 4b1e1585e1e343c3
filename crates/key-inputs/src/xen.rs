//! The files that the menu entries of Xen name.

use crate::error::shown;
use crate::fetched::cached_member;
use crate::iso::content;
use crate::payload::open_payload;
use crate::{Environment, Error, FileSources};
use image_layout::Content;
use iso_probe::FilePlaces;
use key_inventory::{BootFile, InitrdSize, Iso, XenFiles};
use key_spec::{BootFile as Asked, Spec, XenEntry};
use std::path::Path;

/// Opens the files that the spec's `[[entry]]` tables name. `isos` are the spec's ISOs, and
/// `places` the places of their files.
pub(crate) fn files(
    spec: &Spec,
    isos: &[Iso],
    places: &[FilePlaces],
    files: &mut FileSources,
    env: &Environment,
) -> Result<Vec<XenFiles>, Error> {
    let mut found = Vec::new();
    for entry in &spec.entry {
        let xen = &entry.xen;
        let title = entry.title.as_str();
        let mut open = |asked: &Asked| match asked {
            Asked::Path(path) => carried(path, None, files),
            Asked::Package { package, member } => {
                let path = cached_member(env, package.as_str(), member.as_str())?;
                carried(&path, Some(format!("{member} in the package {package}")), files)
            }
            Asked::InIso(path) => in_iso(title, xen, path, isos, places),
        };
        let hypervisor = open(&xen.hypervisor)?;
        let kernel = open(&xen.kernel)?;
        let initrd = xen.initrd.as_ref().map(&mut open).transpose()?;
        let initrd_size = initrd.as_ref().and_then(|file| size(file, files));
        found.push(XenFiles { hypervisor, kernel, initrd, initrd_size });
    }
    Ok(found)
}

/// The size of an initrd, packed and unpacked as far as its first and last bytes tell it.
fn size(file: &BootFile, files: &FileSources) -> Option<InitrdSize> {
    let pieces = match file {
        BootFile::Carried { content, .. } => std::slice::from_ref(content),
        BootFile::InIso { content, .. } => content.pieces(),
    };
    let len = pieces.iter().map(Content::len).sum();
    let (mut first, mut last) = ([0; 18], [0; 4]);
    if len >= first.len() as u64 {
        let [Content::Source { id, offset: head, .. }, ..] = *pieces else { return None };
        let [.., Content::Source { offset, len, .. }] = *pieces else { return None };
        let payload = files.get(id)?;
        payload.read_exact_at(head, &mut first).ok()?;
        let end = offset.checked_add(len)?;
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

/// The file at `path` in an ISO of the key.
fn in_iso(
    title: &str,
    entry: &XenEntry,
    path: &str,
    isos: &[Iso],
    places: &[FilePlaces],
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
    let lies = places.get(number).and_then(|places| places.locate(&path));
    let content = lies.and_then(|file| content(iso.source, &file)).ok_or_else(|| Error::Read {
        path: iso.shown.clone().into(),
        source: std::io::Error::other(format!(
            "{path} in it lies in more pieces than are read; give it as a file of its own"
        )),
    })?;
    Ok(BootFile::InIso { iso: number, path, content })
}
