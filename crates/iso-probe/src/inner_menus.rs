//! The menus in an ISO's EFI images. Their entries count where they start kernels that lie in the
//! image itself; those that start kernels of the ISO count only if the ISO has no menu of its own.

use crate::configs::{self, Found, Volume};
use crate::contents::Contents;
use crate::efi_image::EfiImage;
use crate::{facts, unified};
use std::collections::BTreeMap;

/// The beginnings of the names of kernels that no menu names.
const KERNELS: [&str; 3] = ["vmlinuz", "bzimage", "kernel"];

/// Adds the entries of the menus in EFI images to `found`, behind the ISO's own, and the programs
/// there that may be unified kernel images to `programs`. Returns, by name, the images with files
/// that these entries start or, where they start none, with files that look like kernels. Such
/// menus usually search for the ISO first, so a label that they ask for is taken for that of the
/// ISO's `volume`.
pub(crate) fn read(
    contents: &mut Contents<'_>,
    images: Vec<EfiImage>,
    volume: &Volume,
    found: &mut Found,
    programs: &mut Vec<String>,
) -> BTreeMap<String, facts::EfiImage> {
    let mut used = BTreeMap::new();
    // Most menus in EFI images only lead on to the ISO's own menu, so they may see the ISO's files
    // only if nothing was found there.
    let alone = found.entries.is_empty();
    for image in images {
        let inside = contents
            .with_files(image.files.clone(), alone, |inside| configs::read_all(inside, volume));
        let mut files = BTreeMap::new();
        let find = |path: &str| Some(image.find(path)?.to_owned());
        for path in unified::programs(find, image.names(unified::DIRECTORY)) {
            let file = image.files.get(&path).cloned().unwrap_or_default();
            contents.add_inner([(image.named(&path), file)]);
            programs.push(image.named(&path));
        }
        found.programs.extend(inside.programs.iter().map(|path| image.named(path)));
        for mut entry in inside.entries {
            for path in core::iter::once(&mut entry.kernel).chain(&mut entry.initrds) {
                let named = image.named(path);
                if let Some(file) = image.files.get(path) {
                    files.insert(named.clone(), file.len);
                    contents.add_inner([(named.clone(), file.clone())]);
                } else if contents.files().find(path).is_some() {
                    continue;
                }
                *path = named;
            }
            if image.has(&entry.config) {
                entry.config = image.named(&entry.config);
            }
            found.entries.push(entry);
        }
        if files.is_empty() {
            files.extend(unnamed_kernels(&image));
        }
        let own = inside.configs.into_iter();
        let own = own.filter(|(path, config)| config.entries > 0 && image.has(path));
        found.configs.extend(own.map(|(path, config)| (image.named(&path), config)));
        if !files.is_empty() {
            let is_file = contents.files().find(&image.name).is_some();
            let EfiImage { name, start, len, .. } = image;
            used.insert(name, facts::EfiImage { is_file, start, len, files });
        }
    }
    used
}

/// The files of an image that look like kernels by their names.
fn unnamed_kernels(image: &EfiImage) -> impl Iterator<Item = (String, u64)> + '_ {
    let is_kernel = |path: &str| {
        let path = path.to_ascii_lowercase();
        let name = path.rsplit('/').next().unwrap_or_default();
        KERNELS.iter().any(|start| name.starts_with(start)) || unified::is_listed(&path)
    };
    let kernels = image.files.iter().filter(move |(path, _)| is_kernel(path)).take(4);
    kernels.map(|(path, file)| (image.named(path), file.len))
}
