//! The files that the menu entries of Xen name.

use crate::digests;
use crate::error::shown;
use crate::fetched::cached_member;
use crate::iso::part;
use crate::needed_downloads::Downloaded;
use crate::payload::open_payload;
use crate::{Environment, Error, FileSources};
use file_tree::FileContent;
use image_layout::Content;
use iso_probe::FilePlaces;
use key_inventory::{BootFile, InitrdSize, Iso, NamedPackage, XenFiles};
use key_spec::{BootFile as Asked, Entry, Spec, WebAddress};
use packages::CachedMember;
use std::sync::Arc;

/// Opens the files that the spec's `[[entry]]` tables name. `isos` are the spec's ISOs, and
/// `places` the places of their files.
pub(crate) fn files(
    spec: &Spec,
    isos: &[Iso],
    places: &[Arc<FilePlaces>],
    files: &mut FileSources,
    env: &Environment,
) -> Result<Vec<XenFiles>, Error> {
    let mut found = Vec::new();
    for entry in &spec.entry {
        let xen = &entry.xen;
        let mut open = |asked: &Asked| match asked {
            Asked::InIso(path) => in_iso(entry, path, isos, places),
            Asked::Path(_) | Asked::Package { .. } | Asked::Download(_) => {
                carried(asked, spec, files, env)
            }
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
pub(crate) fn size(file: &BootFile, files: &FileSources) -> Option<InitrdSize> {
    let (BootFile::Carried { content, .. } | BootFile::InIso { content, .. }) = file;
    let pieces = content.pieces();
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

/// A file that is carried onto the key.
pub(crate) fn carried(
    asked: &Asked,
    spec: &Spec,
    files: &mut FileSources,
    env: &Environment,
) -> Result<BootFile, Error> {
    let (payload, path, package) = match asked {
        Asked::Package { package, member } => {
            let CachedMember { path, version } =
                cached_member(env, package.as_str(), member.as_str())?;
            let package = NamedPackage { name: package.to_string(), version };
            (open_payload(&path)?, path, Some(package))
        }
        Asked::Download(download) => {
            let found = Downloaded::find(download, env)?;
            (found.open()?, found.path().to_path_buf(), None)
        }
        Asked::Path(path) => (open_payload(path)?, path.clone(), None),
        Asked::InIso(path) => (open_payload(path.as_ref())?, path.into(), None),
    };
    let len = payload.len();
    let content = FileContent::from(Content::Source { id: files.push(payload), offset: 0, len });
    let sum = digests::wanted(len, spec.isos.checksums);
    let sum = sum.then(|| digests::of_content(&content, files, &path)).transpose()?;
    Ok(BootFile::Carried { shown: name(asked), content, package, sha256: sum })
}

/// The name of a file, for messages.
pub(crate) fn name(asked: &Asked) -> String {
    match asked {
        Asked::Path(path) => shown(path).to_string(),
        Asked::Package { package, member } => format!("{member} in the package {package}"),
        Asked::InIso(path) => path.clone(),
        Asked::Download(download) => {
            let url = download.urls.first().map_or("", WebAddress::as_str);
            let (place, _) =
                url.split('?').next().and_then(|u| u.rsplit_once('/')).unwrap_or_default();
            // The name ends with the file's name, as the path of a local copy would, because
            // identities derive from that part.
            let name = download.file_name().unwrap_or_default();
            shown(format!("{place}/{name}").as_ref()).to_string()
        }
    }
}

/// The file at `path` in an ISO of the key.
pub(crate) fn in_iso(
    entry: &Entry,
    path: &str,
    isos: &[Iso],
    places: &[Arc<FilePlaces>],
) -> Result<BootFile, Error> {
    let title = entry.title.as_str();
    let named = entry.xen.iso.as_ref().map(key_spec::FileName::as_str);
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
    let content = lies.and_then(|file| part(&iso.content, &file)).ok_or_else(|| Error::Read {
        path: iso.shown.clone().into(),
        source: std::io::Error::other(format!(
            "{path} in it lies in more pieces than are read; give it as a file of its own"
        )),
    })?;
    Ok(BootFile::InIso { iso: number, path, content })
}
