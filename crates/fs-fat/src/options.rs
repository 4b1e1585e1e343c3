//! The options that a caller may choose.

use file_tree::Timestamp;
use hadris_fat::VolumeLabel;
use hadris_fs::DateTime;
use image_layout::SectorSize;
use shown_text::Shown;

use crate::{Error, FatType};

/// The text in the boot sector of a volume without a name.
const NO_LABEL: &str = "NO NAME";

/// The volume's name: 1 to 11 ASCII characters, kept in upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label(pub(crate) VolumeLabel);

impl Label {
    /// Checks a label and turns it to upper case.
    ///
    /// # Errors
    /// [`Error::Label`]; [`Error::NoLabel`] for the text that stands for no label.
    pub fn new(label: &str) -> Result<Self, Error> {
        let shown = || Shown(label.as_bytes()).to_string();
        if label.eq_ignore_ascii_case(NO_LABEL) {
            return Err(Error::NoLabel { shown: shown() });
        }
        VolumeLabel::new(label).map(Self).map_err(|_| Error::Label { shown: shown() })
    }

    /// The label as it is kept, in upper case.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// The options of a file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The volume's number, what Linux calls its UUID: `1234-ABCD`.
    pub volume_id: u32,
    /// The volume's name, if it has one.
    pub label: Option<Label>,
    /// The time when the file system was made.
    pub time: Timestamp,
    /// The disk's sectors.
    pub sector_size: SectorSize,
    /// Sectors of the disk before the file system: where its partition starts. Boot loaders and
    /// some firmware read it.
    pub hidden_sectors: u32,
    /// The FAT type; `None`: FAT12 below 16 MiB, FAT16 below 512 MiB, else FAT32.
    pub kind: Option<FatType>,
    /// The name of its maker. Some old systems recognise a FAT by this; the default, `MSWIN4.1`, is
    /// what the specification recommends for that reason.
    pub oem_name: [u8; 8],
}

impl Options {
    /// No label, sectors of 512 bytes, none before, the kind by the size.
    pub fn new(volume_id: u32, time: Timestamp) -> Self {
        Self {
            volume_id,
            label: None,
            time,
            sector_size: SectorSize::Bytes512,
            hidden_sectors: 0,
            kind: None,
            oem_name: *b"MSWIN4.1",
        }
    }
}

/// 1980-01-01T00:00:00 and 2107-12-31T23:59:58, in seconds since 1970.
const FAT_TIMES: (i64, i64) = (315_532_800, 4_354_819_198);

/// The time as FAT can hold it: within its years, in steps of two seconds.
pub(crate) fn fat_time(time: Timestamp) -> DateTime {
    let seconds = time.seconds.clamp(FAT_TIMES.0, FAT_TIMES.1) / 2 * 2;
    // OK to unwrap: years 1980 to 2107 are within its range.
    DateTime::new(seconds, 0).expect("a year it knows")
}
