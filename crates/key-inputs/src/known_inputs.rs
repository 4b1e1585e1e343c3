//! What surveys of one process have read already, so that an input of several keys is read once.

use crate::Error;
use file_tree::FileContent;
use image_layout::Content;
use input_file::FileStamp;
use iso_probe::FilePlaces;
use key_inventory::{Asset, GrubBuild, Iso};
use key_spec::{Iso as AskedIso, Spec};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The findings of earlier surveys, for keys that are made in one process. Files are known again by
/// their [stamps](FileStamp): one that was written to since is read again. Several threads may share
/// it; what one of them is reading, the others wait for.
#[derive(Debug, Default)]
pub struct KnownInputs {
    /// GRUB's files, by what was looked for: platforms, whether signed, the given paths.
    pub(crate) grub: Memo<(Vec<grub_image::Platform>, bool, Vec<PathBuf>), GrubBuild>,
    /// memdisk, by the given paths.
    pub(crate) memdisk: Memo<Vec<PathBuf>, Option<Asset>>,
    /// ISOs, as far as was asked.
    pub(crate) isos: Memo<(FileStamp, IsoQuestions), (Iso, Arc<FilePlaces>)>,
    /// The SHA-256 of files and of ranges of them.
    pub(crate) digests: KnownDigests,
}

/// What is asked about an ISO, on which the answers depend besides its bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct IsoQuestions {
    pub(crate) digest: bool,
    pub(crate) filesystem: &'static str,
    recipe: Option<String>,
    pub(crate) secure_boot: bool,
    pub(crate) uefi: bool,
}

impl IsoQuestions {
    pub(crate) fn of(asked: &AskedIso, spec: &Spec) -> Self {
        let mut firmware = spec.key.firmware.iter().copied();
        Self {
            digest: asked.sha256.is_some() || spec.isos.checksums,
            filesystem: spec.isos.filesystem.recipes_name(),
            recipe: asked.recipe.as_ref().map(|recipe| format!("{recipe:?}")),
            secure_boot: spec.key.secure_boot,
            uefi: firmware.any(|f| key_inventory::platform(f).boot_file().is_some()),
        }
    }
}

/// Digests in hex, by the ranges of files that they are of.
pub(crate) type KnownDigests = Arc<Memo<Vec<DigestedRange>, String>>;

/// A range of a file, or a hole.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DigestedRange {
    /// The file and the offset in it; `None`: zeros.
    from: Option<(FileStamp, u64)>,
    len: u64,
}

impl DigestedRange {
    /// A whole file.
    pub(crate) fn whole(stamp: FileStamp) -> Vec<Self> {
        vec![Self { from: Some((stamp, 0)), len: stamp.len() }]
    }

    /// The ranges that a content consists of; `None` if it has other bytes than files' and zeros.
    pub(crate) fn of_content(
        content: &FileContent,
        stamp: impl Fn(image_layout::SourceId) -> Option<FileStamp>,
    ) -> Option<Vec<Self>> {
        let range = |piece: &Content| match piece {
            Content::Source { id, offset, len } => {
                Some(Self { from: Some((stamp(*id)?, *offset)), len: *len })
            }
            Content::Zero { len } => Some(Self { from: None, len: *len }),
            _ => None,
        };
        content.pieces().iter().map(range).collect()
    }
}

/// Values that are made once for each key. An error is not kept: the next who asks tries again.
#[derive(Debug)]
pub(crate) struct Memo<K, V>(Mutex<BTreeMap<K, Slot<V>>>);

type Slot<V> = Arc<Mutex<Option<V>>>;

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord, V: Clone> Memo<K, V> {
    /// The value for `key`, which `make` makes if nobody has yet.
    pub(crate) fn get(&self, key: K, make: impl FnOnce() -> Result<V, Error>) -> Result<V, Error> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry(key).or_default().clone();
        drop(slots);
        let mut value = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = &*value {
            return Ok(value.clone());
        }
        let made = make()?;
        *value = Some(made.clone());
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn many_threads_make_a_value_once() {
        let memo = Memo::<u8, usize>::default();
        let made = AtomicUsize::new(0);
        let make = || Ok(made.fetch_add(1, Ordering::Relaxed));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(memo.get(7, make).unwrap(), 0));
            }
        });
        assert_eq!(memo.get(8, make).unwrap(), 1);
    }

    #[test]
    fn a_failure_is_not_kept() {
        let memo = Memo::<u8, u8>::default();
        memo.get(1, || Err(Error::NoCache)).unwrap_err();
        assert_eq!(memo.get(1, || Ok(3)).unwrap(), 3);
    }
}
