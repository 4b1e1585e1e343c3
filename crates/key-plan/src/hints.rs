//! Hints about a finished plan: things that are right as they are, but may surprise the user.

use crate::error::{ISOS_FILE_SYSTEM, KEY_SIZE};
use crate::file_system::FileSystem;
use crate::partition::Partition;
use key_inventory::Iso;

const GB: u64 = 1_000_000_000;
const GIB: u64 = 1 << 30;
/// The sizes, in GB, in which sticks are sold.
const SOLD: [u64; 10] = [4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];

/// The hint for an image that is a little longer than a stick that is named like it.
pub(crate) fn stick(image_len: u64) -> Option<String> {
    // A "1 TB" stick is one of 1000 GB.
    let holds = |size: u64| if size < 1024 { size * GB } else { size / 1024 * 1000 * GB };
    let size = SOLD.into_iter().find(|&size| holds(size) < image_len && image_len <= size * GIB)?;
    let (name, unit) = if size < 1024 { (size, "GB") } else { (size / 1024, "TB") };
    Some(format!(
        "the image is a little longer than a stick of \"{name} {unit}\" holds, which counts in units \
         of 1000: for such a stick give {KEY_SIZE} as \"{name}{unit}\", or less"
    ))
}

/// The hints for ISOs that are almost too long for the FAT that they lie on. The length of a file
/// has 32 bits there; one whose clusters together have more is cut to nothing by `fsck.fat -a`.
pub(crate) fn near_fats_limit(isos: &[Iso], partition: &Partition) -> Vec<String> {
    let Some(FileSystem::Fat(options)) = partition.file_system() else { return Vec::new() };
    let cluster = fs_fat::cluster_size(partition.len, options).unwrap_or(0);
    let limit = (1_u64 << 32).saturating_sub(cluster);
    let hint = |iso: &Iso| {
        format!(
            "{}: it has {} bytes, and a check of the FAT file system (`fsck.fat -a`) empties files \
             of almost 4 GiB; give {ISOS_FILE_SYSTEM} as \"ext4\"",
            iso.shown,
            iso.content.len()
        )
    };
    isos.iter().filter(|iso| iso.content.len() >= limit).map(hint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_just_above_a_stick_is_told() {
        for len in [4 * GIB, 8 * GIB, 8 * GB + 1, 64 * GIB, 1024 * GIB, 1000 * GB + 1] {
            assert!(stick(len).is_some(), "{len}");
        }
        for len in [0, 512 << 20, GIB, 2 * GIB, 4 * GB, 8 * GB, 8 * GIB + 1, 12 * GIB, 1000 * GB] {
            assert_eq!(stick(len), None, "{len}");
        }
        assert!(stick(8 * GIB).unwrap().contains("as \"8GB\", or less"));
        assert!(stick(1024 * GIB).unwrap().contains("of \"1 TB\" holds"));
    }
}
