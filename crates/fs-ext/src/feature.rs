//! Features by the names that `mke2fs` gives them, and which of them go together.

use crate::format::feature::{compat, incompat, ro_compat};
use crate::{Error, Flavour, InodeSize};

/// A feature of the superblock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Feature {
    HasJournal,
    ExtAttr,
    ResizeInode,
    DirIndex,
    Filetype,
    Extent,
    Bit64,
    FlexBg,
    LargeDir,
    SparseSuper,
    LargeFile,
    HugeFile,
    UninitBg,
    DirNlink,
    ExtraIsize,
    MetadataCsum,
}

use Feature::{
    Bit64, DirIndex, DirNlink, ExtAttr, Extent, ExtraIsize, Filetype, FlexBg, HasJournal, HugeFile,
    LargeDir, LargeFile, MetadataCsum, ResizeInode, SparseSuper, UninitBg,
};

/// The word of the superblock that holds a feature's bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Compat(u32),
    Incompat(u32),
    RoCompat(u32),
}

/// A feature's name, its bit, and the flavours that have it unless told otherwise: ext2, 3, 4.
struct Row(Feature, &'static str, Word, [bool; 3]);

const ALL: [bool; 3] = [true; 3];
const EXT4: [bool; 3] = [false, false, true];
const NONE: [bool; 3] = [false; 3];

/// All features that this crate can make.
const TABLE: [Row; 16] = [
    Row(HasJournal, "has_journal", Word::Compat(compat::HAS_JOURNAL), [false, true, true]),
    Row(ExtAttr, "ext_attr", Word::Compat(compat::EXT_ATTR), ALL),
    Row(ResizeInode, "resize_inode", Word::Compat(compat::RESIZE_INODE), ALL),
    Row(DirIndex, "dir_index", Word::Compat(compat::DIR_INDEX), ALL),
    Row(Filetype, "filetype", Word::Incompat(incompat::FILETYPE), ALL),
    Row(Extent, "extent", Word::Incompat(incompat::EXTENTS), EXT4),
    Row(Bit64, "64bit", Word::Incompat(incompat::BIT64), NONE),
    Row(FlexBg, "flex_bg", Word::Incompat(incompat::FLEX_BG), EXT4),
    Row(LargeDir, "large_dir", Word::Incompat(incompat::LARGEDIR), NONE),
    Row(SparseSuper, "sparse_super", Word::RoCompat(ro_compat::SPARSE_SUPER), ALL),
    Row(LargeFile, "large_file", Word::RoCompat(ro_compat::LARGE_FILE), ALL),
    Row(HugeFile, "huge_file", Word::RoCompat(ro_compat::HUGE_FILE), EXT4),
    Row(UninitBg, "uninit_bg", Word::RoCompat(ro_compat::GDT_CSUM), NONE),
    Row(DirNlink, "dir_nlink", Word::RoCompat(ro_compat::DIR_NLINK), EXT4),
    Row(ExtraIsize, "extra_isize", Word::RoCompat(ro_compat::EXTRA_ISIZE), EXT4),
    Row(MetadataCsum, "metadata_csum", Word::RoCompat(ro_compat::METADATA_CSUM), EXT4),
];

/// Changes to a flavour's features; [`Options::with_feature`](crate::Options::with_feature) makes
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Features {
    /// Bit n: the feature of row n was chosen, and bit n of `on` says how.
    chosen: u16,
    on: u16,
}

impl Feature {
    fn row(self) -> &'static Row {
        // OK to index: the table has a row for every variant, in order (a test says so).
        &TABLE[self as usize]
    }

    /// The name that `mke2fs` has for it.
    pub fn name(self) -> &'static str {
        self.row().1
    }
}

impl Features {
    /// Turns the feature of a name on or off.
    pub(crate) fn choose(&mut self, name: &str, on: bool) -> Result<(), Error> {
        let name = if name == "extents" { "extent" } else { name };
        let Some(row) = TABLE.iter().find(|row| row.1 == name) else {
            let known = TABLE.iter().map(|row| row.1).collect::<Vec<_>>().join(", ");
            return Err(Error::UnknownFeature { name: name.into(), known });
        };
        let bit = 1 << row.0 as u16;
        self.chosen |= bit;
        self.on = self.on & !bit | if on { bit } else { 0 };
        Ok(())
    }

    /// The choice that was made, if one was.
    pub(crate) fn chosen(self, feature: Feature) -> Option<bool> {
        let bit = 1 << feature as u16;
        (self.chosen & bit != 0).then_some(self.on & bit != 0)
    }

    /// Whether a file system of this flavour has a feature.
    pub(crate) fn has(self, flavour: Flavour, feature: Feature) -> bool {
        self.chosen(feature).unwrap_or(feature.row().3[flavour as usize])
    }

    /// The superblock's three words: compatible, incompatible, read-only compatible.
    pub(crate) fn words(self, flavour: Flavour) -> (u32, u32, u32) {
        let mut words = (0, 0, 0);
        for row in TABLE.iter().filter(|row| self.has(flavour, row.0)) {
            match row.2 {
                Word::Compat(bit) => words.0 |= bit,
                Word::Incompat(bit) => words.1 |= bit,
                Word::RoCompat(bit) => words.2 |= bit,
            }
        }
        words
    }

    /// Refuses features that cannot be had, or not together.
    pub(crate) fn check(self, flavour: Flavour, inode_size: InodeSize) -> Result<(), Error> {
        let has = |feature| self.has(flavour, feature);
        let always = [ExtAttr, Filetype, SparseSuper, LargeFile];
        if let Some(feature) = always.into_iter().find(|f| !has(*f)) {
            let why = "every file system made here has it";
            return Err(Error::Feature { feature: feature.name(), why });
        }
        let (old, journal) = (flavour != Flavour::Ext4, has(HasJournal));
        for Row(feature, name, _, by_default) in &TABLE {
            if old && has(*feature) && !by_default[0] && *feature != HasJournal {
                return Err(Error::Feature { feature: name, why: "choose ext4 to have it" });
            }
        }
        let small_inodes = inode_size == InodeSize::Bytes128;
        let needs = [
            (flavour == Flavour::Ext2 && journal, HasJournal, "choose ext3 or ext4 to have it"),
            (flavour == Flavour::Ext3 && !journal, HasJournal, "choose ext2 to be without it"),
            (
                has(MetadataCsum) && has(UninitBg),
                UninitBg,
                "metadata_csum replaces it; have one of them",
            ),
            (has(Bit64) && !has(Extent), Bit64, "it needs extent: block maps have 32 bits"),
            (has(LargeDir) && !has(DirIndex), LargeDir, "it needs dir_index"),
            (
                self.chosen(ExtraIsize) == Some(true) && small_inodes,
                ExtraIsize,
                "it needs inodes of 256 bytes",
            ),
        ];
        match needs.into_iter().find(|(refused, ..)| *refused) {
            Some((_, feature, why)) => Err(Error::Feature { feature: feature.name(), why }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_its_row() {
        for (n, row) in TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, n);
        }
    }

    #[test]
    fn features_by_flavour() {
        assert_eq!(Features::default().words(Flavour::Ext2), (0x38, 0x2, 0x3));
        assert_eq!(Features::default().words(Flavour::Ext3), (0x3C, 0x2, 0x3));
        assert_eq!(Features::default().words(Flavour::Ext4), (0x3C, 0x242, 0x46B));
        for flavour in [Flavour::Ext2, Flavour::Ext3, Flavour::Ext4] {
            assert_eq!(Features::default().check(flavour, InodeSize::Bytes256), Ok(()));
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let with = |flavour, changes: &[(&str, bool)]| {
            let mut features = Features::default();
            for (name, on) in changes {
                features.choose(name, *on)?;
            }
            features.check(flavour, InodeSize::Bytes256)
        };
        let refused = [
            (Flavour::Ext4, &[("metadata_csum", true), ("uninit_bg", true)][..], "uninit_bg"),
            (Flavour::Ext4, &[("64bit", true), ("extents", false)], "64bit"),
            (Flavour::Ext4, &[("large_dir", true), ("dir_index", false)], "large_dir"),
            (Flavour::Ext4, &[("filetype", false)], "filetype"),
            (Flavour::Ext3, &[("extent", true)], "extent"),
            (Flavour::Ext3, &[("has_journal", false)], "has_journal"),
            (Flavour::Ext2, &[("has_journal", true)], "has_journal"),
        ];
        for (flavour, changes, name) in refused {
            let Err(Error::Feature { feature, .. }) = with(flavour, changes) else {
                panic!("{changes:?}")
            };
            assert_eq!(feature, name);
        }
        let accepted = [
            &[("has_journal", false), ("resize_inode", false)][..],
            &[("metadata_csum", false), ("uninit_bg", true)],
            &[("metadata_csum", true), ("metadata_csum", false)],
            &[("extent", false), ("flex_bg", false), ("64bit", false)],
        ];
        for changes in accepted {
            assert_eq!(with(Flavour::Ext4, changes), Ok(()));
        }
        let error = with(Flavour::Ext4, &[("casefold", true)]).unwrap_err().to_string();
        assert!(error.contains("`casefold`") && error.contains("flex_bg, large_dir"), "{error}");
    }
}
