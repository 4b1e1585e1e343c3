//! The ISOs whose system may not be able to read the file system that the ISO lies on.

use crate::entry::IsoEntry;
use key_spec::Filesystem;

/// Warnings about entries whose system may not find its ISO on a file system of this kind.
pub(crate) fn warnings(entries: &[IsoEntry], filesystem: Filesystem) -> Vec<String> {
    let kind = filesystem.recipes_name();
    let mut warnings = Vec::new();
    for e in entries.iter().filter(|e| !e.filesystems.is_empty()) {
        if !e.filesystems.iter().any(|f| f == kind) {
            warnings.push(format!(
                "{}: it looks for its ISO itself, and is not known to read {kind}; it may need \
                 another `isos.filesystem` (recipe `{}`: {})",
                e.shown,
                e.recipe,
                e.filesystems.join(", ")
            ));
        } else if filesystem == Filesystem::Ext4 && !e.ext4_checksums {
            warnings.push(format!(
                "{}: it looks for its ISO itself, and cannot mount ext4 with checksums of its \
                 metadata (metadata_csum), for it does not load the driver for CRC-32C; take \
                 `isos.filesystem = \"ext3\"`",
                e.shown
            ));
        }
    }
    warnings
}
