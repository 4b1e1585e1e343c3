//! The menus in EFI images that start kernels which lie there, too, and nowhere else that GRUB looks.

use crate::configs::{self, Found, Volume};
use crate::contents::Contents;
use crate::efi_image::EfiImage;
use crate::facts;
use std::collections::BTreeMap;
use std::io::{Read, Seek};

/// The beginnings of the names of kernels that no menu names, and the directory of unified kernel
/// images: <https://uapi-group.org/specifications/specs/unified_kernel_image/>.
const KERNELS: [&str; 3] = ["vmlinuz", "bzimage", "kernel"];
const UNIFIED: &str = "/efi/linux/";

/// Adds the menus of EFI images to `found`, behind the ISO's own. The images whose files they start
/// are returned, by name. GRUB's menus there search for the ISO first, so a label that they ask for is
/// that of the ISO's `volume`.
pub(crate) fn read<R: Read + Seek>(
    contents: &mut Contents<R>,
    images: Vec<EfiImage>,
    volume: &Volume,
    found: &mut Found,
) -> BTreeMap<String, facts::EfiImage> {
    let mut used = BTreeMap::new();
    for image in images {
        let inside =
            contents.with_files(image.files.clone(), |inside| configs::read_all(inside, volume));
        let mut files = BTreeMap::new();
        for mut entry in inside.entries {
            for path in core::iter::once(&mut entry.kernel).chain(&mut entry.initrds) {
                let named = image.named(path);
                if let Some(file) = image.files.get(path) {
                    files.insert(named.clone(), file.len);
                    contents.add_inner([(named.clone(), file.clone())]);
                }
                *path = named;
            }
            entry.config = image.named(&entry.config);
            found.entries.push(entry);
        }
        if files.is_empty() {
            files.extend(unnamed_kernels(&image));
        }
        // Most menus there only lead to those of the ISO.
        let own = inside.configs.into_iter().filter(|(_, config)| config.entries > 0);
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
        KERNELS.iter().any(|start| name.starts_with(start))
            || (path.starts_with(UNIFIED) && name.ends_with(".efi"))
    };
    let kernels = image.files.iter().filter(move |(path, _)| is_kernel(path)).take(4);
    kernels.map(|(path, file)| (image.named(path), file.len))
}
