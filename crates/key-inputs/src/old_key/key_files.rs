//! The files that a key's record names, read from the key.

use super::damage::{Damage, DigestCheck, Vouched, wrong_digest};
use super::partitions::Systems;
use crate::digests;
use crate::error::{Error, shown};
use crate::grub::digest;
use crate::reader::{Medium, PayloadReader};
use file_tree::FileContent;
use grub_image::{Platform, PlatformFiles};
use image_layout::{Content, ReadAt as _, SourceId};
use input_file::sha256_hex;
use key_inventory::{Asset, Grub, GrubBuild, Origin, SignedProgram, SignedPrograms};
use key_read::{DiskImage, FileSystem};
use key_record::{InputFile, Place, Record, Use};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The id of the old key itself among the sources of the new key: always the first.
pub(super) const KEY: SourceId = SourceId(0);
/// Longest file that is read into memory.
const MAX_FILE: u64 = 64 << 20;
/// The directory of GRUB's files.
const GRUB: &str = "/boot/grub";

/// A content of `len` zeros that are written as bytes, unlike a hole.
fn zeros(len: u64) -> Vec<Content> {
    const PIECE: u64 = 1 << 20;
    let piece: Arc<[u8]> = vec![0; len.min(PIECE) as usize].into();
    let mut pieces = vec![Content::Bytes(Arc::clone(&piece)); (len / PIECE) as usize];
    let rest = len % PIECE;
    if rest > 0 {
        pieces.push(Content::Bytes(piece).slice(0, rest));
    }
    pieces
}

/// What is wrong with a file of `len` bytes that had `recorded` of them.
pub(super) fn has_len(len: u64, recorded: u64) -> String {
    format!("it has {len} bytes, and had {recorded} when the key was made")
}

/// The files on a key, read by its record. What does not have its digest is collected as
/// [`Damage`], what may have it as [`Vouched`]; what cannot be read at all is an error.
#[derive(Debug)]
pub(crate) struct KeyFiles<'a> {
    path: &'a Path,
    image: &'a Arc<DiskImage>,
    record: &'a Record,
    systems: Systems<'a>,
    check: DigestCheck,
    damage: RefCell<Vec<Damage>>,
    vouched: RefCell<Vec<Vouched>>,
}

impl<'a> KeyFiles<'a> {
    /// The files on an image, in these file systems of it. Messages name `path`.
    pub(super) fn new(
        path: &'a Path,
        image: &'a Arc<DiskImage>,
        record: &'a Record,
        systems: Systems<'a>,
        check: DigestCheck,
    ) -> Self {
        let (damage, vouched) = (RefCell::default(), RefCell::default());
        Self { path, image, record, systems, check, damage, vouched }
    }

    /// The files that have a digest and were not compared with it.
    pub(super) fn into_vouched(self) -> Vec<Vouched> {
        self.vouched.into_inner()
    }

    /// The damage that was found so far.
    pub(crate) fn damage(&self) -> Vec<Damage> {
        self.damage.borrow().clone()
    }

    pub(super) fn fail(&self, at: &dyn core::fmt::Display, why: &dyn core::fmt::Display) -> Error {
        Error::OnKey { key: self.path.to_owned(), at: at.to_string(), why: why.to_string() }
    }

    pub(super) fn system(&self, at: &Place) -> Result<&FileSystem<'a>, Error> {
        let system = self.systems.get(&*at.partition);
        system.ok_or_else(|| self.fail(at, &"there is no such partition that can be read"))
    }

    /// The bytes of a file, as ranges of the key.
    pub(super) fn ranges(&self, file: &key_read::File<'_>) -> Option<FileContent> {
        let extents = file.image_extents()?;
        let piece = |e: &key_read::FileExtent| match e.place {
            Some(offset) => Content::Source { id: KEY, offset, len: e.len },
            None => Content::Zero { len: e.len },
        };
        FileContent::from_pieces(extents.iter().map(piece)).ok()
    }

    /// The content of a file, as ranges of the key. One of another length than `len` is not the
    /// file that the key was made with.
    pub(crate) fn whole(&self, at: &Place, len: Option<u64>) -> Result<FileContent, Error> {
        let file = self.open(at)?;
        if let Some(len) = len.filter(|len| file.len() != *len) {
            return Err(self.fail(at, &has_len(file.len(), len)));
        }
        let content = self.ranges(&file);
        let content = content.ok_or_else(|| self.fail(at, &"it has no blocks of its own"))?;
        // Whoever copied the file onto the key may have left holes in it, where a build writes
        // zeros. Holes take no room, so a damaged file could claim any length: it must not exceed
        // the key's.
        if content.len() > self.image.len() {
            return Err(
                self.fail(at, &format!("its {} bytes are more than the key has", content.len()))
            );
        }
        let pieces = content.pieces().iter().flat_map(|piece| match piece {
            Content::Zero { len } => zeros(*len),
            other => vec![other.clone()],
        });
        FileContent::from_pieces(pieces).map_err(|e| self.fail(at, &e))
    }

    /// The `len` bytes of a file from `offset` on, as ranges of the key.
    pub(crate) fn part(&self, at: &Place, offset: u64, len: u64) -> Result<FileContent, Error> {
        // An empty file lies nowhere.
        if len == 0 {
            return Ok(FileContent::empty());
        }
        let content = self.ranges(&self.open(at)?);
        let content = content.ok_or_else(|| self.fail(at, &"it has no blocks of its own"))?;
        let part = FileContent::from_pieces(content.slice(offset, len));
        let part = part.map_err(|e| self.fail(at, &e))?;
        match part.len() == len {
            true => Ok(part),
            false => Err(self.fail(at, &"it is shorter than when the key was made")),
        }
    }

    fn open(&self, at: &Place) -> Result<key_read::File<'a>, Error> {
        self.system(at)?.open_file(at.path.as_bytes()).map_err(|e| self.fail(at, &e))
    }

    /// A small file in memory.
    pub(super) fn bytes(&self, at: &Place, file: &key_read::File<'_>) -> Result<Arc<[u8]>, Error> {
        Ok(file.read_all(MAX_FILE).map_err(|e| self.fail(at, &e))?.into())
    }

    fn reader(&self, content: FileContent) -> PayloadReader {
        PayloadReader::new(Medium::Image(Arc::clone(self.image)), content)
    }

    /// Notes a file that does not have its digest.
    fn check(
        &self,
        at: &dyn core::fmt::Display,
        content: &FileContent,
        bytes: &[u8],
        sha256: &str,
    ) {
        if sha256_hex(bytes) != sha256 {
            self.note_damage(at, wrong_digest(self.image, content));
        }
    }

    pub(super) fn note_damage(&self, at: &dyn core::fmt::Display, what: String) {
        self.damage.borrow_mut().push(Damage { at: at.to_string(), what });
    }

    /// The record's entry for the file with this purpose, and of this table of the spec (`of`).
    pub(crate) fn recorded(&self, purpose: Use, of: Option<usize>) -> Option<&InputFile> {
        let mut files = self.record.inputs.files.iter();
        files.find(|f| (f.purpose, f.of) == (purpose, of))
    }

    /// The small file for a purpose, with its origin.
    pub(crate) fn asset(&self, purpose: Use, of: Option<usize>) -> Result<Option<Asset>, Error> {
        let Some(recorded) = self.recorded(purpose, of) else { return Ok(None) };
        let content = self.part(&recorded.at, recorded.offset, recorded.len)?;
        let mut bytes = vec![0; usize::try_from(recorded.len.min(MAX_FILE)).unwrap_or(0)];
        let mut reader = self.reader(content.clone());
        std::io::Read::read_exact(&mut reader, &mut bytes)
            .map_err(|e| self.fail(&recorded.at, &e))?;
        let sha256 = recorded.sha256.clone().unwrap_or_default();
        self.check(&recorded.at, &content, &bytes, &sha256);
        let origin = Origin {
            from: format!("{} on {}", recorded.at, shown(self.path)),
            package: None,
            version: recorded.version.clone(),
            sha256,
        };
        Ok(Some(Asset { bytes: bytes.into(), origin }))
    }

    /// GRUB's files for the wanted platforms, and the signed programs if they are wanted.
    pub(crate) fn grub(&self, wanted: &[Platform], signed: bool) -> Result<GrubBuild, Error> {
        let mut platforms = Vec::new();
        for platform in wanted {
            let recorded = self.record.inputs.grub.iter();
            let recorded = recorded.clone().find(|g| g.platform == platform.name());
            let recorded = recorded.ok_or_else(|| self.lacks(platform.name()))?;
            platforms.push(self.platform(*platform, recorded)?);
        }
        let program = |purpose| {
            let asset = self.asset(purpose, None)?;
            let name = self.recorded(purpose, None).and_then(|f| f.name.clone());
            Ok::<_, Error>(asset.zip(name).map(|(asset, name)| SignedProgram { name, asset }))
        };
        let signed = match signed {
            true => Some(SignedPrograms {
                platform: Platform::X86_64Efi,
                shim: program(Use::Shim)?.ok_or_else(|| self.lacks("Secure Boot"))?,
                grub: program(Use::SignedGrub)?.ok_or_else(|| self.lacks("Secure Boot"))?,
                mok_manager: program(Use::MokManager)?,
                packages: Vec::new(),
            }),
            false => None,
        };
        let font = self.asset(Use::Font, None)?;
        Ok(GrubBuild { platforms, font, signed, packages: Vec::new() })
    }

    fn lacks(&self, what: &str) -> Error {
        Error::KeyLacksGrub { path: self.path.to_owned(), what: what.to_owned() }
    }

    pub(super) fn platform(
        &self,
        platform: Platform,
        recorded: &key_record::Grub,
    ) -> Result<Grub, Error> {
        let directory =
            Place { partition: "boot".to_owned(), path: format!("{GRUB}/{}", platform.name()) };
        let system = self.system(&directory)?;
        let node =
            system.lookup(directory.path.as_bytes()).map_err(|e| self.fail(&directory, &e))?;
        let entries = system.entries(&node).map_err(|e| self.fail(&directory, &e))?;
        let entries: BTreeMap<_, _> = entries.iter().map(|e| (&*e.name, e)).collect();
        let mut files = BTreeMap::new();
        for (name, sha256) in &recorded.files {
            let path = format!("{}/{name}", directory.path);
            let at = Place { partition: "boot".to_owned(), path };
            let entry = entries.get(name.as_bytes());
            let entry = entry.ok_or_else(|| self.fail(&at, &"it is not there any more"))?;
            let node = system.node(entry).map_err(|e| self.fail(&at, &e))?;
            let file = system.file(&node).map_err(|e| self.fail(&at, &e))?;
            let bytes = self.bytes(&at, &file)?;
            self.check(&at, &self.ranges(&file).unwrap_or_default(), &bytes, sha256);
            files.insert(name.clone(), bytes);
        }
        let origin = Origin {
            from: format!("{directory} on {}", shown(self.path)),
            package: None,
            version: recorded.version.clone(),
            sha256: digest(&recorded.files),
        };
        let files = PlatformFiles::new(files);
        Ok(Grub { platform, files, origin, sums: recorded.files.clone() })
    }

    /// Compares a content with its digest and notes the damage; or, if digests are compared
    /// [later](DigestCheck::Later), only notes what is to be compared.
    pub(crate) fn check_content(
        &self,
        at: &Place,
        content: &FileContent,
        sha256: &str,
    ) -> Result<(), Error> {
        if self.check == DigestCheck::Later {
            let (at, content, sha256) = (at.to_string(), content.clone(), sha256.to_owned());
            self.vouched.borrow_mut().push(Vouched { at, content, sha256 });
            return Ok(());
        }
        let found = digests::of_reader(self.reader(content.clone()), self.path)?;
        if found != sha256 {
            self.note_damage(at, wrong_digest(self.image, content));
        }
        Ok(())
    }
}
