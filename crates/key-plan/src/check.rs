//! The check for parts of a spec that exclude each other.

use crate::error::Error;
use image_layout::SectorSize;
use key_spec::{Filesystem, Firmware, Spec};

/// Refuses a spec whose parts exclude each other.
pub(crate) fn check(spec: &Spec) -> Result<(), Error> {
    let has = |f| spec.key.firmware.contains(&f);
    if spec.key.sector_size == SectorSize::Bytes4096 && has(Firmware::Bios) {
        return Err(Error::BiosSectors);
    }
    if spec.boot.filesystem == Filesystem::Fat32 {
        return Err(Error::BootOnFat);
    }
    if spec.key.secure_boot {
        if !has(Firmware::UefiX64) {
            return Err(Error::SecureBootWithout);
        }
        for firmware in [Firmware::UefiIa32, Firmware::UefiArm64] {
            if has(firmware) {
                return Err(Error::NoSignedGrub { firmware });
            }
        }
    }
    if spec.menu.extra.as_ref().is_some_and(|e| e.contains('\0')) {
        return Err(Error::NulInExtra);
    }
    Ok(())
}
