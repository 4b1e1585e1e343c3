//! The key as its record says it is, and how its layout calls what is on it.

use super::verification::Finding;
use crate::error::Error;
use crate::key::Key;
use image_layout::Layout;
use key_inputs::{Damage, DigestCheck, OldKey};
use key_spec::Filesystem;

/// The key, planned and laid out again from its record, with the damage that was found on the way.
/// The digests of its contents are not checked here.
pub(crate) fn laid_out(old: &OldKey) -> Result<(Key, Layout, Vec<Damage>), Error> {
    let (key, damage) = Key::of_old(old, old.spec().clone(), &old.isos(), DigestCheck::Later)?;
    let layout = key.lay_out()?;
    Ok((key, layout, damage))
}

/// The layout of the key as its record says it is, but with the core image compressed as it is on the key.
pub(crate) fn laid_out_like(old: &OldKey) -> Result<Layout, Error> {
    let (key, _) = Key::of_old(old, old.spec().clone(), &old.isos(), DigestCheck::Later)?;
    key.batch().take_core_image(key.plan(), old.image());
    key.lay_out()
}

/// A place such as `isos:/a.iso` as layouts name it.
pub(crate) fn layout_name(old: &OldKey, at: &str) -> String {
    let (partition, path) = at.split_once(':').unwrap_or(("", at));
    let name = match partition {
        "boot" => old.spec().boot.label.to_string(),
        "isos" if old.spec().isos.filesystem == Filesystem::Fat32 => {
            old.spec().isos.label.as_str().to_ascii_uppercase()
        }
        "isos" => old.spec().isos.label.to_string(),
        "esp" => "EFI system".to_owned(),
        other => other.to_uppercase(),
    };
    format!("{name}/file {path}")
}

/// Damage as a finding.
pub(super) fn finding(old: &OldKey, damage: &Damage) -> Finding {
    Finding::about(layout_name(old, &damage.at), &*damage.what)
}
