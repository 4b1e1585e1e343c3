//! The ranges of a key that is laid out again from its record.

use super::range::{Kind, Range, Source};
use crate::error::Error;
use crate::verify::{laid_out, layout_name};
use image_layout::Content;
use key_inputs::OldKey;
use std::collections::BTreeMap;

/// The ranges that have an owner.
pub(super) fn ranges(old: &OldKey) -> Result<Vec<Range>, Error> {
    let (_, layout, _) = laid_out(old)?;
    let sources = sources(old);
    let isos = iso_pieces(old)?;
    let mut all = Vec::new();
    for region in layout.regions() {
        let source = sources.get(region.name);
        let kind = match (&region.content, source) {
            (Content::Zero { .. }, _) => Kind::Zeros,
            (Content::Source { .. }, _) | (_, Some(_)) => Kind::Copied,
            _ => Kind::Made,
        };
        let mut source = source.cloned().filter(|_| kind == Kind::Copied);
        if let (Content::Source { offset, .. }, Some(source)) = (&region.content, &mut source) {
            let piece = isos.range(..=*offset).next_back();
            source.offset = piece.map(|(at, in_file)| in_file + (offset - at));
        }
        let (offset, len, owner) = (region.at, region.content.len(), region.name.to_owned());
        all.push(Range { offset, len, owner, kind, source });
    }
    Ok(all)
}

/// The first byte of each piece of an ISO on the key, and that byte's place in the ISO.
fn iso_pieces(old: &OldKey) -> Result<BTreeMap<u64, u64>, Error> {
    let mut all = BTreeMap::new();
    for number in 0..old.record().inputs.isos.len() {
        for (in_file, piece) in old.iso_content(number)?.placed() {
            if let Content::Source { offset, .. } = piece {
                all.insert(*offset, in_file);
            }
        }
    }
    Ok(all)
}

/// The sources of what was copied, by the owner's name in the layout.
fn sources(old: &OldKey) -> BTreeMap<String, Source> {
    let inputs = &old.record().inputs;
    let plain =
        |name: String, sha256: Option<String>| Source { name, offset: None, version: None, sha256 };
    let mut all = BTreeMap::new();
    for iso in &inputs.isos {
        let name = iso.at.path.trim_start_matches('/').to_owned();
        all.insert(layout_name(old, &iso.at.to_string()), plain(name, iso.sha256.clone()));
    }
    for file in &inputs.files {
        let name =
            file.name.clone().unwrap_or_else(|| format!("{:?}", file.purpose).to_lowercase());
        all.insert(layout_name(old, &file.at.to_string()), plain(name, file.sha256.clone()));
    }
    for grub in &inputs.grub {
        for (name, sha256) in &grub.files {
            let at = format!("boot:/boot/grub/{}/{name}", grub.platform);
            let name = format!("{name} of GRUB for {}", grub.platform);
            let source =
                Source { version: grub.version.clone(), ..plain(name, Some(sha256.clone())) };
            all.insert(layout_name(old, &at), source);
        }
    }
    for tree in inputs.trees.iter().chain(&inputs.theme) {
        let sums = tree.sums();
        for path in tree.nodes.keys() {
            let at = format!("{}/{path}", tree.at.to_string().trim_end_matches('/'));
            let sha256 = sums.get(path).cloned();
            all.insert(layout_name(old, &at), plain(path.clone(), sha256));
        }
    }
    all
}
