//! Names: short ones, the parts of long ones, and labels.

use crate::format::dir_entry::{KANJI_E5, LAST_LONG_ENTRY, LongDirEntry};
use crate::read::checksum;

/// The bits of `LDIR_Ord` that are the part's number.
const NUMBER: u8 = 0x1F;

/// Whether these bytes can be a short name. Lower case is accepted.
pub(super) fn is_good(name: &[u8; 11]) -> bool {
    let control =
        |(n, byte): (usize, &u8)| matches!(byte, 0..0x20 | 0x7F) && !(n == 0 && *byte == KANJI_E5);
    name[0] != b' '
        && !name.iter().enumerate().any(control)
        && !name.iter().any(|byte| b"*?<>|\"\\/:.".contains(byte))
}

/// Whether these bytes can be a label. Lower case is accepted.
pub(super) fn is_good_label(label: &[u8; 11]) -> bool {
    label[0] != b' ' && !label.iter().any(|b| *b < 0x20 || b"\"*+,./:;<=>?[\\]|".contains(b))
}

/// The long name whose parts are being met, if there is one.
#[derive(Debug, Default)]
pub(super) struct LongName(Option<Parts>);

/// The parts of a long name that are still to come.
#[derive(Debug)]
struct Parts {
    /// The number of the one that comes next; 0: all were there.
    next: u8,
    checksum: u8,
}

impl LongName {
    /// Adds a part. Returns what is wrong with the long name.
    pub(super) fn add(&mut self, part: &LongDirEntry) -> Option<&'static str> {
        let number = part.LDIR_Ord & NUMBER;
        let starts = part.LDIR_Ord & LAST_LONG_ENTRY != 0 && number != 0;
        let mut wrong = None;
        match &self.0 {
            Some(Parts { next: 0, .. }) => {
                *self = Self(None);
                wrong = Some("belongs to no file");
            }
            Some(_) if starts => wrong = Some("starts within another"),
            Some(parts) if parts.next != number => wrong = Some("has a part out of turn"),
            Some(parts) if parts.checksum != part.LDIR_Chksum => {
                wrong = Some("has parts with different checksums");
            }
            _ => {}
        }
        if starts {
            self.0 = Some(Parts { next: number, checksum: part.LDIR_Chksum });
        }
        match &mut self.0 {
            Some(parts) if number != 0 && parts.next == number => parts.next -= 1,
            _ => {
                *self = Self(None);
                return wrong.or(Some("has no start"));
            }
        }
        let reserved = part.LDIR_Type != 0 || part.LDIR_FstClusLO.get() != 0;
        wrong.or(reserved.then_some("has fields that are not 0"))
    }

    /// Ends the long name at the entry of a file, which has this short name. Returns what is wrong
    /// with the long name.
    pub(super) fn finish(&mut self, short: &[u8; 11]) -> Option<&'static str> {
        match self.0.take()? {
            Parts { next: 0, checksum: sum } if sum == checksum(short) => None,
            Parts { next: 0, .. } => Some("is not that of its short name, by its checksum"),
            Parts { .. } => Some("is not complete"),
        }
    }

    /// Ends the long name at a free entry, or at the end of the directory. Returns what is wrong
    /// with it.
    pub(super) fn drop(&mut self) -> Option<&'static str> {
        self.0.take().map(|_| "belongs to no file")
    }
}
