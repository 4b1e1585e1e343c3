//! The first sector, its backup, FSInfo, and what else is said in two places.

use super::name::is_good_label;
use super::state::Checking;
use crate::FatType;
use crate::format::boot_sector::{
    BOOT_SIG, DIRTY, Extended, Fat32, FsInfo, LEAD_SIG, STRUC_SIG, TRAIL_SIG,
};
use crate::read::Error;
use image_layout::read_array;

/// The label in the first sector of a file system without one.
const NO_NAME: [u8; 11] = *b"NO NAME    ";

/// The fields of the first sector that [`Fat`](crate::read::Fat) does not keep.
#[derive(Debug)]
pub(super) struct Boot {
    extended: Extended,
    /// FAT32's own fields.
    fat32: Option<Fat32>,
}

/// A structure of the on-disk format at an offset of a sector.
fn field<const N: usize, T>(sector: &[u8; 512], at: usize, read: fn(&[u8; N]) -> T) -> T {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&sector[at..at + N]);
    read(&bytes)
}

impl Checking<'_, '_> {
    /// Reads the first sector, and compares its backup.
    pub(super) fn boot_sector(&mut self) -> Result<Boot, Error> {
        let sector = self.sector(0, "the first sector")?;
        if self.fat.kind() != FatType::Fat32 {
            let extended = field(&sector, 36, Extended::from_bytes);
            return Ok(Boot { extended, fat32: None });
        }
        let extended = field(&sector, 64, Extended::from_bytes);
        let fat32 = field(&sector, 36, Fat32::from_bytes);
        match fat32.BPB_BkBootSec.get() {
            0 => self.found.push("the first sector has no backup"),
            number => {
                let backup = self.sector(number, "the backup of the first sector");
                if self.readable(backup)?.is_some_and(|backup| backup != sector) {
                    self.found.push("the first sector and its backup differ");
                }
            }
        }
        Ok(Boot { extended, fat32: Some(fat32) })
    }

    fn sector(&self, number: u16, what: &str) -> Result<[u8; 512], Error> {
        let at = u64::from(number) * self.fat.sector_size();
        read_array(&self.fat.source(), at).map_err(Error::reading(|| what.to_owned()))
    }

    /// Checks that FSInfo is there, and that the number of free clusters is right, if it says one.
    pub(super) fn fs_info(&mut self, boot: &Boot, free: u64) -> Result<(), Error> {
        let Some(number) = boot.fat32.as_ref().map(|fat32| fat32.BPB_FSInfo.get()) else {
            return Ok(());
        };
        if number == 0 {
            self.found.push("there is no FSInfo");
            return Ok(());
        }
        let sector = self.sector(number, "FSInfo");
        let Some(sector) = self.readable(sector)? else { return Ok(()) };
        let info = FsInfo::from_bytes(&sector);
        let signatures = [info.FSI_LeadSig, info.FSI_StrucSig, info.FSI_TrailSig];
        let said = info.FSI_Free_Count.get();
        if signatures.map(|signature| signature.get()) != [LEAD_SIG, STRUC_SIG, TRAIL_SIG] {
            self.found.push("FSInfo has not the signatures of one");
        } else if said != u32::MAX && u64::from(said) != free {
            self.found.push(format!("FSInfo says that {said} clusters are free, and {free} are"));
        }
        Ok(())
    }

    /// Checks that the first sector and the root directory have the same label.
    pub(super) fn label(&mut self, boot: &Boot) {
        let named = boot.extended.BS_BootSig == BOOT_SIG;
        let said = if named { boot.extended.BS_VolLab } else { [0; 11] };
        let root = self.root_label.unwrap_or(NO_NAME);
        if root != NO_NAME && !is_good_label(&root) {
            self.found.push("the label in the root directory cannot be one");
        } else if said != root {
            self.found.push("the labels in the first sector and in the root directory differ");
        }
    }

    /// Checks that the file system says that it was unmounted.
    pub(super) fn unmounted(&mut self, boot: &Boot) -> Result<(), Error> {
        if boot.extended.BS_Reserved1 & DIRTY != 0 || !self.table_is_clean()? {
            self.found.push("it was not unmounted: what was being written may be lost");
        }
        Ok(())
    }
}
