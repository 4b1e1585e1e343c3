//! The FAT type of the EFI system partition.
//!
//! ```text
//! esp.filesystem is given    that one
//! esp.size is given          FAT32 if it fits, else what the size asks for
//! neither                    FAT32 on a large key, else the smallest
//! ```

use crate::error::Error;
use crate::premises::Premises;
use crate::sizes::round_up;
use file_tree::Directory;
use fs_fat::FatType;
use image_layout::SectorSize;
use key_spec::{AutoSize, EspFilesystem};

/// The length of a key, with sectors of 512 bytes, from which on its EFI system partition is FAT32.
/// There is firmware that reads nothing else, and on such a key the 33 MiB that FAT32 needs are not
/// missed.
const LARGE: u64 = 512 << 20;

/// The FAT type of the EFI system partition; `None` if the partition's size decides. `others` is
/// the number of bytes before and behind that partition on a key of automatic size.
pub(crate) fn esp_fat_type(
    premises: &Premises<'_>,
    tree: &Directory,
    options: &fs_fat::Options,
    others: u64,
) -> Result<Option<FatType>, Error> {
    let asked = &premises.spec.esp;
    Ok(match (asked.filesystem, asked.size) {
        (Some(EspFilesystem::Fat12), _) => Some(FatType::Fat12),
        (Some(EspFilesystem::Fat16), _) => Some(FatType::Fat16),
        (Some(EspFilesystem::Fat32), _) => Some(FatType::Fat32),
        (None, AutoSize::Fixed(size)) => {
            let fat32 = fs_fat::Options { kind: Some(FatType::Fat32), ..options.clone() };
            let fits = fs_fat::smallest(tree, &fat32, 0)? <= round_up(size.0);
            fits.then_some(FatType::Fat32)
        }
        (None, AutoSize::Auto) => {
            let large = large(premises);
            let key = match premises.spec.key.size {
                AutoSize::Fixed(size) => size.0,
                // The smallest FAT32 takes about 33 MiB, a little less than a fifteenth of
                // [`LARGE`].
                AutoSize::Auto => others.saturating_add(large / 15),
            };
            (key >= large).then_some(FatType::Fat32)
        }
    })
}

/// [`LARGE`] for this key's sectors: the smallest FAT32 has a certain number of clusters, so its
/// bytes grow with the size of a sector.
fn large(premises: &Premises<'_>) -> u64 {
    LARGE / SectorSize::Bytes512.bytes() * premises.sector_size.bytes()
}
