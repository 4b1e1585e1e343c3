//! The summary at the end of a build: sizes, digest, and the exact next command.

use crate::say::Say;
use bootkey::{Built, Format};
use input_file::shown;
use shown_text::ShellWord;
use std::path::Path;

pub(crate) fn summary(output: &Path, format: Format, built: &Built, say: &Say) {
    let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    let name = shown(output);
    let image = &built.image;
    let of_which = format!("of which {} are data; the rest reads as zeros", mib(image.data));
    if format == Format::Raw {
        say.note(&format!("{name}: {}, {of_which}", mib(image.len)));
    } else {
        let (file, len) = (mib(image.file_len), mib(image.len));
        say.note(&format!("{name}: {file} of {format}; the image has {len}, {of_which}"));
    }
    if let Some(digest) = &image.file_sha256 {
        say.note(&format!("sha256: {}  {name}", base16ct::lower::encode_string(digest)));
    }
    if let Some(digest) = image.sha256.as_ref().filter(|_| format != Format::Raw) {
        say.note(&format!("sha256: {}  the image in it", base16ct::lower::encode_string(digest)));
    }
    for path in &built.sidecars {
        say.note(&shown(path).to_string());
    }
    for path in &built.outdated {
        say.grave_warning(&format!(
            "{} still speaks of the image that had this name before: remove that, or have it made anew",
            shown(path)
        ));
    }
    if let Some(why) = &built.unknown_packages {
        say.grave_warning(&format!(
            "what goes with the image does not name the packages that GRUB is from: {why}"
        ));
    }
    let file = ShellWord::of(output);
    say.note(&format!(
        "next: sudo bootkey write {file} /dev/sdX\n      (/dev/sdX is the whole stick: `bootkey devices` lists what there is)"
    ));
    if can_be_tried(format) {
        say.note(&format!("try:  bootkey try {file}"));
    }
}

/// Whether QEMU starts a machine from an image in this format.
fn can_be_tried(format: Format) -> bool {
    match format {
        Format::Raw | Format::Qcow2 | Format::Vmdk | Format::Vhd | Format::VhdFixed => true,
        Format::Gzip | Format::Xz | Format::Zstd => false,
    }
}
