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
        say.warning(&format!(
            "{} still speaks of the image that had this name before: remove that, or have it made anew",
            shown(path)
        ));
    }
    if let Some(why) = &built.unknown_packages {
        say.grave_warning(&format!(
            "what goes with the image does not name the packages that GRUB is from: {why}"
        ));
    }
    let bmap = built.sidecars.iter().any(|p| p.extension().is_some_and(|e| e == "bmap"));
    let next = next(output, format, bmap);
    say.note(&format!(
        "next: {next}\n      (/dev/sdX is the whole stick: `bootkey devices` lists what there is)"
    ));
    if let Some(driver) = driver(format) {
        let file = ShellWord::of(output).in_qemu_option();
        say.note(&format!(
            "try:  qemu-system-x86_64 -m 1024 -drive file={file},format={driver},if=virtio,snapshot=on"
        ));
    }
}

/// The command that brings the image onto a stick.
fn next(output: &Path, format: Format, bmap: bool) -> String {
    let file = ShellWord::of(output);
    let dd = "sudo dd of=/dev/sdX bs=4M iflag=fullblock conv=fsync status=progress";
    if bmap {
        return format!("sudo bmaptool copy {file} /dev/sdX");
    }
    match format {
        Format::Raw => format!("sudo dd if={file} of=/dev/sdX bs=4M conv=fsync status=progress"),
        Format::Gzip => format!("gzip -dc {file} | {dd}"),
        Format::Xz => format!("xz -dc {file} | {dd}"),
        Format::Zstd => format!("zstd -dc {file} | {dd}"),
        Format::Qcow2 | Format::Vmdk | Format::Vhd | Format::VhdFixed => {
            let driver = driver(format).unwrap_or("raw");
            format!("sudo qemu-img convert -n -f {driver} -O host_device {file} /dev/sdX")
        }
    }
}

/// QEMU's name of a format that it can start a machine from.
fn driver(format: Format) -> Option<&'static str> {
    match format {
        Format::Raw => Some("raw"),
        Format::Qcow2 => Some("qcow2"),
        Format::Vmdk => Some("vmdk"),
        Format::Vhd | Format::VhdFixed => Some("vpc"),
        Format::Gzip | Format::Xz | Format::Zstd => None,
    }
}
