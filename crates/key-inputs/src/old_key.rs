//! A key that exists, as the source of another: its record, and what it was made of.
//!
//! ```text
//! key.img ─► partitions ─► boot:/boot/bootkey/ ─► the spec, and where each input lies
//!                          isos:/*.iso         ─► ranges of the image, which are never copied here
//!                          boot:/boot/grub/…   ─► GRUB's files, checked by their digests
//! ```

use crate::digests;
use crate::error::{Error, shown};
use crate::grub::digest;
use crate::payload::Payload;
use crate::reader::{Medium, PayloadReader};
use file_tree::{Directory, FileContent, Linked, Meta, Name, Node, Symlink, Timestamp};
use grub_image::{Platform, PlatformFiles};
use image_layout::{Content, ReadAt as _, SourceId};
use input_file::FileStamp;
use key_inventory::{Asset, Grub, GrubBuild, Origin, SignedProgram, SignedPrograms};
use key_read::{DirectoryEntry, Disk, DiskImage, FileSystem, FileType, Part, Volume};
use key_record::{DIRECTORY, INPUTS, InputFile, Node as Recorded, Place, Record, SPEC, Use};
use key_record::{path_text, sha256_hex};
use key_spec::Spec;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The id of the key itself among the sources of what is made of it.
pub(crate) const KEY: SourceId = SourceId(0);
/// Longest text of a record, in bytes.
const MAX_TEXT: u64 = 64 << 20;
/// Longest file that is read into memory.
const MAX_FILE: u64 = 64 << 20;
/// What the first byte of every partition of a key is a multiple of.
const ALIGNMENT: u64 = 1 << 20;
/// The number of bytes in which a partition is looked for that the partition table does not have.
const MOST_SEARCHED: u64 = 8 << 30;
/// The directory of GRUB's files.
const GRUB: &str = "/boot/grub";

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

/// The moment at which files that a key carries are compared with their digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestCheck {
    /// When they are met: nothing else reads them before they are copied.
    Now,
    /// Not here, of what is not read anyway: the caller reads the whole key, and has
    /// [`OldKey::vouched`] for it, or does not want to know.
    Later,
}

/// A content on a key that has a digest in its record.
#[derive(Debug, Clone)]
pub struct Vouched {
    /// The place on the key: `isos:/a.iso`.
    pub at: String,
    /// The bytes, as ranges of the key.
    pub content: FileContent,
    /// Their SHA-256, by the record.
    pub sha256: String,
}

/// Something on a key that is not as its record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The place on the key: `boot:/boot/grub/i386-pc/normal.mod`.
    pub at: String,
    /// What is wrong with it.
    pub what: String,
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

    /// The contents that have a digest in the record, but for those that are read whenever the key
    /// is surveyed; and which of them are not there as they were.
    ///
    /// # Errors
    /// Only if the key cannot be read.
    pub fn vouched(&self) -> Result<(Vec<Vouched>, Vec<Damage>), Error> {
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
        Ok((files.vouched.into_inner(), missing))
    }

    /// What does not have its digest, of all that has one but the ISOs.
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

    /// The file systems on the key, opened.
    pub(crate) fn files(&self, check: DigestCheck) -> Result<KeyFiles<'_>, Error> {
        let disk = Disk::read(&*self.image)?;
        let mut systems = BTreeMap::new();
        let isos = self.spec.isos.label.as_str();
        let esp = disk.efi_system_partition().map(|v| v.number);
        for volume in disk.volumes() {
            let name = if volume.part.start() == self.boot {
                "boot"
            } else if Some(volume.number) == esp {
                "esp"
            } else {
                let files = match volume.file_system() {
                    Err(e) if e.is_damaged_block() => return Err(e.into()),
                    files => files,
                };
                // A file system that cannot be read is missed where it is needed.
                let Ok(Some(files)) = files else { continue };
                let label = files.label().ok().flatten().unwrap_or_default();
                match &label {
                    label if label.eq_ignore_ascii_case(isos.as_bytes()) => "isos",
                    label if label.eq_ignore_ascii_case(b"cidata") => "cidata",
                    _ => continue,
                }
            };
            if let Ok(Some(files)) = volume.file_system() {
                systems.entry(name).or_insert(files);
            }
        }
        self.find_without_table(&disk, &mut systems);
        let (damage, vouched) = (RefCell::default(), RefCell::default());
        Ok(KeyFiles { key: self, systems, check, damage, vouched })
    }

    /// Adds file systems that the partition table does not tell of: it may be damaged.
    fn find_without_table<'a>(
        &self,
        disk: &Disk<'a>,
        systems: &mut BTreeMap<&'static str, FileSystem<'a>>,
    ) {
        let has_esp = self.spec.key.firmware.iter();
        let has_esp = has_esp.clone().any(|f| key_inventory::platform(*f).boot_file().is_some());
        let isos = self.spec.isos.label.as_str().as_bytes();
        let wanted = [("boot", true, &b""[..]), ("isos", true, isos), ("esp", has_esp, b"ESP")];
        let missing = |systems: &BTreeMap<_, _>| {
            wanted.iter().any(|(name, wanted, _)| *wanted && !systems.contains_key(name))
        };
        let end = disk.whole().len().min(MOST_SEARCHED);
        for at in (ALIGNMENT..end).step_by(ALIGNMENT as usize) {
            if !missing(systems) {
                return;
            }
            let volume = Volume { number: 0, part: behind(disk, at) };
            let Ok(Some(files)) = volume.file_system() else { continue };
            let label = files.label().ok().flatten().unwrap_or_default();
            let named = wanted.iter().find(|(name, _, l)| match *name {
                "boot" => at == self.boot,
                _ => label.eq_ignore_ascii_case(l),
            });
            if let Some((name, ..)) = named {
                systems.entry(name).or_insert(files);
            }
        }
    }
}

/// Notes what is wrong with the key; what else is wrong stays an error.
fn or_damage(result: Result<(), Error>, damage: &mut Vec<Damage>) -> Result<(), Error> {
    match result {
        Err(Error::OnKey { at, why, .. }) => damage.push(Damage { at, what: why }),
        other => other?,
    }
    Ok(())
}

/// All of a disk from a byte on.
fn behind<'a>(disk: &Disk<'a>, at: u64) -> Part<'a> {
    disk.whole().part(at, disk.whole().len().saturating_sub(at))
}

/// The start of the partition that holds a record, and its two texts.
fn record_texts(image: &DiskImage, path: &Path) -> Result<(u64, String, String), Error> {
    let disk = Disk::read(image)?;
    let mut unreadable = None;
    // Last where bootkey puts that partition, should the partition table be damaged.
    let usual = [1 << 20, 2 << 20].map(|at| Volume { number: 0, part: behind(&disk, at) });
    for volume in disk.volumes().into_iter().chain(usual) {
        let files = match volume.file_system() {
            Ok(Some(files)) => files,
            Ok(None) => continue,
            Err(e) => {
                unreadable.get_or_insert(e);
                continue;
            }
        };
        let text = |name: &str| {
            let file = files.open_file(format!("{DIRECTORY}/{name}").as_bytes())?;
            let bytes = file.read_all(MAX_TEXT)?;
            String::from_utf8(bytes).map_err(|_| {
                key_read::Error::Io(std::io::Error::other(format!("{name} is no UTF-8 text")))
            })
        };
        match text(INPUTS) {
            Ok(inputs) => return Ok((volume.part.start(), text(SPEC)?, inputs)),
            Err(key_read::Error::NotFound { .. }) => {}
            Err(e) => {
                unreadable.get_or_insert(e);
            }
        }
    }
    match unreadable {
        Some(e) => Err(e.into()),
        None => Err(Error::NoRecord { path: path.to_owned() }),
    }
}

/// Bytes that are zero, and no hole.
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

/// The files on a key, read by its record. What does not have its digest is collected as
/// [`Damage`], what may have it as [`Vouched`]; what cannot be read at all is an error.
#[derive(Debug)]
pub(crate) struct KeyFiles<'a> {
    key: &'a OldKey,
    systems: BTreeMap<&'static str, FileSystem<'a>>,
    check: DigestCheck,
    damage: RefCell<Vec<Damage>>,
    vouched: RefCell<Vec<Vouched>>,
}

impl<'a> KeyFiles<'a> {
    /// What was found damaged so far.
    pub(crate) fn damage(&self) -> Vec<Damage> {
        self.damage.borrow().clone()
    }

    fn fail(&self, at: &dyn core::fmt::Display, why: &dyn core::fmt::Display) -> Error {
        let (key, at) = (self.key.path.clone(), at.to_string());
        Error::OnKey { key, at, why: why.to_string() }
    }

    fn system(&self, at: &Place) -> Result<&FileSystem<'a>, Error> {
        let system = self.systems.get(&*at.partition);
        system.ok_or_else(|| self.fail(at, &"there is no such partition that can be read"))
    }

    /// The bytes of a file, as ranges of the key.
    fn ranges(&self, file: &key_read::File<'_>) -> Option<FileContent> {
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
            let why = format!("it has {} bytes, and had {len} when the key was made", file.len());
            return Err(self.fail(at, &why));
        }
        let content = self.ranges(&file);
        let content = content.ok_or_else(|| self.fail(at, &"it has no blocks of its own"))?;
        // Whoever copied it may have left holes in it. A build has none in an ISO.
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
    fn bytes(&self, at: &Place, file: &key_read::File<'_>) -> Result<Arc<[u8]>, Error> {
        Ok(file.read_all(MAX_FILE).map_err(|e| self.fail(at, &e))?.into())
    }

    /// Notes a file that does not have its digest.
    fn check(&self, at: &dyn core::fmt::Display, bytes: &[u8], sha256: &str) {
        if sha256_hex(bytes) != sha256 {
            let what = "its SHA-256 is not the one in the record".to_owned();
            self.damage.borrow_mut().push(Damage { at: at.to_string(), what });
        }
    }

    /// The file that the record has for a purpose.
    pub(crate) fn recorded(&self, purpose: Use, of: Option<usize>) -> Option<&InputFile> {
        let mut files = self.key.record.inputs.files.iter();
        files.find(|f| (f.purpose, f.of) == (purpose, of))
    }

    /// The small file for a purpose, with its origin.
    pub(crate) fn asset(&self, purpose: Use, of: Option<usize>) -> Result<Option<Asset>, Error> {
        let Some(recorded) = self.recorded(purpose, of) else { return Ok(None) };
        let content = self.part(&recorded.at, recorded.offset, recorded.len)?;
        let mut bytes = vec![0; usize::try_from(recorded.len.min(MAX_FILE)).unwrap_or(0)];
        let mut reader = self.key.reader(content);
        std::io::Read::read_exact(&mut reader, &mut bytes)
            .map_err(|e| self.fail(&recorded.at, &e))?;
        let sha256 = recorded.sha256.clone().unwrap_or_default();
        self.check(&recorded.at, &bytes, &sha256);
        let origin = Origin {
            from: format!("{} on {}", recorded.at, shown(&self.key.path)),
            package: None,
            version: None,
            sha256,
        };
        Ok(Some(Asset { bytes: bytes.into(), origin }))
    }

    /// GRUB's files for the wanted platforms, and the signed programs if they are wanted.
    pub(crate) fn grub(&self, wanted: &[Platform], signed: bool) -> Result<GrubBuild, Error> {
        let mut platforms = Vec::new();
        for platform in wanted {
            let recorded = self.key.record.inputs.grub.iter();
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
        Error::KeyLacksGrub { path: self.key.path.clone(), what: what.to_owned() }
    }

    fn platform(&self, platform: Platform, recorded: &key_record::Grub) -> Result<Grub, Error> {
        let directory =
            Place { partition: "boot".to_owned(), path: format!("{GRUB}/{}", platform.name()) };
        let system = self.system(&directory)?;
        let node =
            system.lookup(directory.path.as_bytes()).map_err(|e| self.fail(&directory, &e))?;
        let entries = system.entries(&node).map_err(|e| self.fail(&directory, &e))?;
        let mut files = BTreeMap::new();
        for (name, sha256) in &recorded.files {
            let path = format!("{}/{name}", directory.path);
            let at = Place { partition: "boot".to_owned(), path };
            let entry = entries.iter().find(|e| e.name == name.as_bytes());
            let entry = entry.ok_or_else(|| self.fail(&at, &"it is not there any more"))?;
            let node = system.node(entry).map_err(|e| self.fail(&at, &e))?;
            let file = system.file(&node).map_err(|e| self.fail(&at, &e))?;
            let bytes = self.bytes(&at, &file)?;
            self.check(&at, &bytes, sha256);
            files.insert(name.clone(), bytes);
        }
        let origin = Origin {
            from: format!("{directory} on {}", shown(&self.key.path)),
            package: None,
            version: recorded.version.clone(),
            sha256: digest(&recorded.files),
        };
        let files = PlatformFiles::new(files);
        Ok(Grub { platform, files, origin, sums: recorded.files.clone() })
    }

    /// The files that a recorded tree had. All get the time `time`.
    pub(crate) fn tree(
        &self,
        recorded: &key_record::Tree,
        time: Timestamp,
    ) -> Result<Directory, Error> {
        let system = self.system(&recorded.at)?;
        let root = system.lookup(recorded.at.path.as_bytes());
        let root = root.map_err(|e| self.fail(&recorded.at, &e))?;
        let mut tree = Directory::new(Meta::root(0o755, time));
        // Files of several names, by their inodes.
        let mut linked: BTreeMap<u32, Linked> = BTreeMap::new();
        let mut left = recorded.nodes.len();
        let mut below = vec![(Vec::new(), root)];
        while let Some((path, directory)) = below.pop() {
            let entries = system.entries(&directory).map_err(|e| self.fail(&recorded.at, &e))?;
            for entry in entries {
                let path = [&path[..], &entry.name].concat();
                let Some(what) = recorded.nodes.get(&path_text(&path)) else { continue };
                left -= 1;
                let at = Place {
                    partition: recorded.at.partition.clone(),
                    path: format!("{}/{}", recorded.at.path, path_text(&path)),
                };
                let node = self.node(system, &entry, &at, what, time, &mut linked)?;
                if let Node::Directory(_) = node {
                    let directory = system.node(&entry).map_err(|e| self.fail(&at, &e))?;
                    below.push(([&path[..], b"/"].concat(), directory));
                }
                tree.insert(&path, node).map_err(|e| self.fail(&at, &e))?;
            }
        }
        if left > 0 {
            let what = format!("{left} of its files or directories are not there any more");
            return Err(self.fail(&recorded.at, &what));
        }
        Ok(tree)
    }

    fn node(
        &self,
        system: &FileSystem<'_>,
        entry: &DirectoryEntry,
        at: &Place,
        what: &Recorded,
        time: Timestamp,
        linked: &mut BTreeMap<u32, Linked>,
    ) -> Result<Node, Error> {
        let node = system.node(entry).map_err(|e| self.fail(at, &e))?;
        Name::new(&entry.name).map_err(|e| self.fail(at, &e))?;
        let kind = node.kind();
        let inode = node.inode().filter(|_| node.links().is_some_and(|n| n > 1));
        let inode = inode.map(|inode| inode.number).filter(|_| kind != FileType::Directory);
        if let Some(link) = inode.and_then(|number| linked.get(&number)) {
            return Ok(Node::Linked(link.clone()));
        }
        let made = match (kind, what) {
            (FileType::Directory, Recorded::Directory) => {
                Node::Directory(Directory::new(Meta::root(0o755, time)))
            }
            (FileType::File, Recorded::File | Recorded::Sha256(_)) => {
                let mode = node.permissions().filter(|mode| mode & 0o111 != 0);
                let meta = Meta::root(if mode.is_some() { 0o755 } else { 0o644 }, time);
                let file = system.file(&node).map_err(|e| self.fail(at, &e))?;
                let content = match self.ranges(&file) {
                    Some(content) => content,
                    None => Content::Bytes(self.bytes(at, &file)?).into(),
                };
                if let Recorded::Sha256(sha256) = what {
                    self.check_content(at, &content, sha256)?;
                }
                Node::File(file_tree::File::new(meta, content))
            }
            (FileType::Symlink, Recorded::Other) => {
                let target = system.target(&node).map_err(|e| self.fail(at, &e))?;
                let link = Symlink::new(Meta::root(0o777, time), &target);
                Node::Symlink(link.map_err(|e| self.fail(at, &e))?)
            }
            (kind, _) => return Err(self.fail(at, &format!("it is {kind}, which it was not"))),
        };
        match inode {
            Some(number) => {
                let link = Linked::new(made).map_err(|e| self.fail(at, &e))?;
                linked.insert(number, link.clone());
                Ok(Node::Linked(link))
            }
            None => Ok(made),
        }
    }

    /// Notes a file that does not have its digest; or what its digest is to be, if somebody else
    /// looks.
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
        let found = digests::of_reader(self.key.reader(content.clone()), &self.key.path)?;
        if found != sha256 {
            let what = "its SHA-256 is not the one in the record".to_owned();
            self.damage.borrow_mut().push(Damage { at: at.to_string(), what });
        }
        Ok(())
    }
}
