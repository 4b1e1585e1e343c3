//! A key that exists, as the source of another: its record, and what it was made of.
//!
//! ```text
//! key.img ─► partitions ─► boot:/boot/bootkey/ ─► the spec, and where each input lies
//!                          isos:/*.iso         ─► ranges of the image, which are never copied here
//!                          boot:/boot/grub/…   ─► GRUB's files, checked by their digests
//! ```

mod damage;
mod key_files;
mod partitions;
mod trees;

use crate::error::Error;
use crate::payload::Payload;
use crate::reader::{Medium, PayloadReader};
use damage::or_damage;
use file_tree::{FileContent, Timestamp};
use grub_image::Platform;
use input_file::FileStamp;
use key_read::DiskImage;
use key_record::{Place, Record, Use};
use key_spec::Spec;
use partitions::{file_systems, record_texts};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use damage::{Damage, DigestCheck, RecordedContents, Vouched};
pub(crate) use key_files::KeyFiles;

/// A key that exists, with its record.
#[derive(Debug)]
pub struct OldKey {
    path: PathBuf,
    image: Arc<DiskImage>,
    /// The stamp of the image's file.
    stamp: FileStamp,
    record: Record,
    spec: Spec,
    /// The byte at which GRUB's partition starts.
    boot: u64,
}

/// The place that an ISO of a changed key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IsoFrom {
    /// Where its spec says.
    Spec,
    /// The old key: the ISO of that number in its record.
    Recorded(usize),
    /// The old key: a file that somebody has put there.
    Found(Place),
}

impl OldKey {
    /// Opens a key, an image file in whichever form or a device, and reads its record.
    ///
    /// # Errors
    /// [`Error::Key`] if it cannot be read, [`Error::NoRecord`] if it has none, [`Error::Record`]
    /// if that is damaged or of a later version.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::of_image(Arc::new(DiskImage::open(path)?), path)
    }

    /// As [`open`](Self::open), of an image that is open already. Messages name `path`.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn of_image(image: Arc<DiskImage>, path: &Path) -> Result<Self, Error> {
        let read = |source| Error::Read { path: path.to_owned(), source };
        let stamp = FileStamp::from(&image.file().metadata().map_err(read)?);
        let (boot, spec, inputs) = record_texts(&image, path)?;
        let record = Record::read(&spec, &inputs);
        let record = record.map_err(|source| Error::Record { path: path.to_owned(), source })?;
        let spec = Spec::parse("boot:/boot/bootkey/key.toml", &record.spec);
        let spec = spec.map_err(|source| Error::RecordedSpec {
            path: path.to_owned(),
            what: source.to_string(),
        })?;
        Ok(Self { path: path.to_owned(), image, stamp, record, spec, boot })
    }

    /// The key's record.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The spec that the key was made from.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The ISOs of that spec, each from the key.
    pub fn isos(&self) -> Vec<IsoFrom> {
        (0..self.spec.iso.len()).map(IsoFrom::Recorded).collect()
    }

    /// The key's bytes.
    pub fn image(&self) -> &DiskImage {
        &self.image
    }

    /// The path that the key was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses a key that other rules than this version's have laid out.
    ///
    /// # Errors
    /// [`Error::OtherLayout`].
    pub fn check_layout(&self) -> Result<(), Error> {
        let inputs = &self.record.inputs;
        if inputs.layout == key_record::LAYOUT {
            return Ok(());
        }
        Err(Error::OtherLayout {
            path: self.path.clone(),
            by: inputs.bootkey.clone(),
            theirs: inputs.layout,
            ours: key_record::LAYOUT,
        })
    }

    /// The key as a payload.
    pub(crate) fn payload(&self) -> Payload {
        Payload::of_image(Arc::clone(&self.image), &self.path, self.stamp)
    }

    /// The bytes of an ISO, by its number in the record, as ranges of the key.
    ///
    /// # Errors
    /// [`Error::OnKey`] if it is not there, or has another length.
    pub fn iso_content(&self, number: usize) -> Result<FileContent, Error> {
        let iso = self.record.inputs.isos.get(number);
        let iso = iso.ok_or_else(|| Error::NoRecord { path: self.path.clone() })?;
        self.files(DigestCheck::Later)?.whole(&iso.at, Some(iso.len))
    }

    /// The words of a message about a content whose bytes do not have their digest: that some of them
    /// could not be read, if so, else only that the digest differs.
    pub fn wrong_digest(&self, content: &FileContent) -> String {
        damage::wrong_digest(&self.image, content)
    }

    /// The contents with a digest in the record that a survey need not read: ISOs, the files that
    /// Xen entries start, the files of trees and of the theme. No digest is compared here.
    ///
    /// # Errors
    /// Only if the key cannot be read.
    pub fn vouched(&self) -> Result<RecordedContents, Error> {
        let files = self.files(DigestCheck::Later)?;
        let inputs = &self.record.inputs;
        let mut missing = Vec::new();
        let mut note = |result| or_damage(result, &mut missing);
        for iso in &inputs.isos {
            let Some(sha256) = &iso.sha256 else { continue };
            let content = files.whole(&iso.at, Some(iso.len));
            note(content.and_then(|content| files.check_content(&iso.at, &content, sha256)))?;
        }
        for file in &inputs.files {
            let is_carried = matches!(file.purpose, Use::Hypervisor | Use::Kernel | Use::Initrd);
            let Some(sha256) = file.sha256.as_ref().filter(|_| is_carried) else { continue };
            let content = files.part(&file.at, file.offset, file.len);
            note(content.and_then(|content| files.check_content(&file.at, &content, sha256)))?;
        }
        for tree in inputs.trees.iter().chain(&inputs.theme) {
            let time = Timestamp { seconds: 0, nanoseconds: 0 };
            note(files.tree(tree, time).map(drop))?;
        }
        let damaged = files.damage();
        Ok(RecordedContents { there: files.into_vouched(), damaged, missing })
    }

    /// The damage to GRUB's files and to the small files that lie outside the partition of the
    /// ISOs, such as the font and the signed programs. They are read and compared with their
    /// digests; the large contents are those of [`vouched`](Self::vouched).
    ///
    /// # Errors
    /// Only if the key cannot be read: what is missing is damage, too.
    pub fn damage(&self) -> Result<Vec<Damage>, Error> {
        let files = self.files(DigestCheck::Now)?;
        let inputs = &self.record.inputs;
        let mut damage = Vec::new();
        let mut note = |result| or_damage(result, &mut damage);
        for grub in &inputs.grub {
            let platform = grub.platform.parse::<Platform>().ok();
            note(platform.map_or(Ok(()), |p| files.platform(p, grub).map(drop)))?;
        }
        for file in &inputs.files {
            if file.sha256.is_some() && file.at.partition != "isos" {
                note(files.asset(file.purpose, file.of).map(drop))?;
            }
        }
        damage.extend(files.damage());
        Ok(damage)
    }

    /// A reader of a file on the key.
    pub fn reader(&self, content: FileContent) -> PayloadReader {
        PayloadReader::new(Medium::Image(Arc::clone(&self.image)), content)
    }

    /// The files on the key.
    pub(crate) fn files(&self, check: DigestCheck) -> Result<KeyFiles<'_>, Error> {
        let systems = file_systems(&self.image, &self.spec, self.boot)?;
        Ok(KeyFiles::new(&self.path, &self.image, &self.record, systems, check))
    }
}
