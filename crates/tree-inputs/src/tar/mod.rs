//! Reading a tar archive as a tree: ustar, GNU's own format, pax.

mod acl;
mod budget;
mod input;
mod number;
mod pax;
mod place;
mod sparse;

use crate::Error;
use crate::error::shown;
use crate::format::gnu::{DUMPDIR, LONGLINK, LONGNAME, SPARSE, VOLHDR};
use crate::format::ustar::{self, BLOCK, CHKSUM, Ustar};
use budget::ArchiveBudget;
use file_tree::{
    DeviceNumber, Directory, File, Meta, MetadataPolicy, Node, NodeType, Special, SpecialKind,
    Symlink, Timestamp, XattrName, XattrPolicy, Xattrs,
};
use image_layout::{Content, SourceId, Sources};
use input::Input;
use input_file::{FileChange, FileStamp};
use number::number;
use pax::Pax;
use sparse::Map;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

/// Longest name or link target in a member of its own. Linux' longest path has 4095 bytes.
const LONG_NAME: u64 = 64 << 10;

/// Reads an archive from a file; contents stay in it, and are source `id`.
///
/// Of two members of one name the last counts, as when tar unpacks them. Directories without a
/// member of their own belong to root, with mode 0755 and a time of 1970. Owners and groups are
/// taken by their numbers, not their names. Nothing behind the archive's end is read.
///
/// # Errors
/// See [`Error`]: a file that cannot be read or is truncated, headers and maps that cannot be,
/// names that would leave the tree or go through symbolic links.
pub fn from_tar(
    file: std::fs::File,
    policy: &MetadataPolicy,
    id: SourceId,
) -> Result<(Directory, TarSources), Error> {
    let stamp = stamp(&file)?;
    let (tree, file) = Archive::new(Input::of_file(file, stamp.len()), policy, id).read()?;
    Ok((tree, TarSources { file, id, stamp }))
}

/// Reads an archive from a stream; contents are copied to `spool` (a file of its own, such as an
/// unnamed temporary one, empty and open for reading and writing), and are source `id`.
///
/// # Errors
/// As [`from_tar`], and when the spool file cannot be written.
pub fn from_tar_stream(
    reader: impl Read,
    spool: std::fs::File,
    policy: &MetadataPolicy,
    id: SourceId,
) -> Result<(Directory, TarSources), Error> {
    let input = Input::of_stream(io::BufReader::with_capacity(1 << 16, reader), spool);
    let (tree, file) = Archive::new(input, policy, id).read()?;
    let stamp = stamp(&file)?;
    Ok((tree, TarSources { file, id, stamp }))
}

fn stamp(file: &std::fs::File) -> Result<FileStamp, Error> {
    let metadata = file.metadata().map_err(Error::io("the archive", "cannot be examined"))?;
    Ok(FileStamp::from(&metadata))
}

/// The file that holds the contents of an archive's members.
#[derive(Debug)]
pub struct TarSources {
    file: std::fs::File,
    id: SourceId,
    stamp: FileStamp,
}

impl TarSources {
    /// The open file, to be read by offset or to copy ranges of. Its position is of no use.
    pub fn file(&self) -> &std::fs::File {
        &self.file
    }

    /// Checks that the file has not changed. Call it when everything has been read.
    ///
    /// # Errors
    /// [`Error::Changed`] when it has.
    pub fn check_unchanged(&self) -> Result<(), Error> {
        let changed = |what: FileChange| Error::Changed {
            path: "the archive".into(),
            what: what.to_string(),
        };
        self.stamp.compare(stamp(&self.file)?).map_err(changed)
    }
}

impl Sources for TarSources {
    fn read_exact_at(&self, id: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        if id != self.id {
            let text = format!("source {} is not this archive", id.0);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        self.file.read_exact_at(buf, offset)
    }
}

struct Archive<'a, R> {
    input: Input<R>,
    policy: &'a MetadataPolicy,
    id: SourceId,
    tree: Directory,
    /// pax records about all members that follow.
    global: pax::Global,
    budget: ArchiveBudget,
}

/// The headers before a member that are about it.
#[derive(Default)]
struct Before {
    records: pax::Records,
    long_name: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
}

impl Before {
    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.long_name.is_none() && self.long_link.is_none()
    }
}

/// The bytes of a field before the first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|b| *b == 0).next().unwrap_or_default()
}

impl<'a, R: Read> Archive<'a, R> {
    fn new(input: Input<R>, policy: &'a MetadataPolicy, id: SourceId) -> Self {
        let tree = Directory::new(place::implicit(policy));
        Self {
            input,
            policy,
            id,
            tree,
            global: pax::Global::default(),
            budget: ArchiveBudget::default(),
        }
    }

    fn read(mut self) -> Result<(Directory, std::fs::File), Error> {
        let mut before = Before::default();
        loop {
            let at = self.input.at;
            let truncated = |what: &str| Error::Truncated { at, what: what.into() };
            let Some(block) = self.input.block("a header")? else {
                return Err(truncated("the archive's end, which is a block of zeros"));
            };
            if block == [0; BLOCK] {
                if !before.is_empty() {
                    return Err(truncated("what a pax or long-name header announces"));
                }
                return Ok((self.tree, self.input.into_file()));
            }
            let header = header(&block, at)?;
            match header.typeflag {
                ustar::XHDTYPE => before.records = self.records(&header, at)?,
                ustar::XGLTYPE => {
                    let records = self.records(&header, at)?;
                    self.global.add(records, at)?;
                }
                LONGNAME => before.long_name = Some(self.long(&header, at)?),
                LONGLINK => before.long_link = Some(self.long(&header, at)?),
                VOLHDR => {}
                _ => self.member(&header, &block, core::mem::take(&mut before), at)?,
            }
        }
    }

    /// Reads the contents of a header that is about the next one.
    fn about_next(
        &mut self,
        header: &Ustar,
        at: u64,
        what: &'static str,
        max: u64,
    ) -> Result<Vec<u8>, Error> {
        let len = size_of(header, at)?;
        if len > max {
            return Err(Error::TooLong { at, what, len, max });
        }
        // OK to cast: a few MiB at most.
        self.input.bytes(len as usize, what)
    }

    fn records(&mut self, header: &Ustar, at: u64) -> Result<pax::Records, Error> {
        let bytes = self.about_next(header, at, "pax records", pax::MAX)?;
        pax::parse(&bytes, at)
    }

    fn long(&mut self, header: &Ustar, at: u64) -> Result<Vec<u8>, Error> {
        let bytes = self.about_next(header, at, "a name", LONG_NAME)?;
        Ok(text(&bytes).to_vec())
    }

    /// Reads one member and puts it into the tree.
    fn member(
        &mut self,
        header: &Ustar,
        block: &[u8; BLOCK],
        before: Before,
        at: u64,
    ) -> Result<(), Error> {
        let pax = Pax::new(&self.global, before.records, at)?;
        let name = pax.get("GNU.sparse.name").or(pax.get("path")).map(<[u8]>::to_vec);
        let name = name.or(before.long_name).unwrap_or_else(|| header_name(header));
        let link = pax.get("linkpath").map(<[u8]>::to_vec).or(before.long_link);
        let link = link.unwrap_or_else(|| text(&header.linkname).to_vec());
        if let Some(long) = [&name, &link].into_iter().find(|n| n.len() as u64 > LONG_NAME) {
            let (what, len, max) = ("a name", long.len() as u64, LONG_NAME);
            return Err(Error::TooLong { at, what, len, max });
        }
        let path = place::components(&name)?;
        self.budget.levels(&name, path.len())?;
        self.budget.name(&name, self.input.at)?;
        self.budget.implied(place::missing(&self.tree, &path), self.input.at)?;
        // Old writers had no type for directories and mark them by a slash at the end.
        let old_directory = name.ends_with(b"/");
        let kind = match header.typeflag {
            ustar::AREGTYPE | ustar::REGTYPE if old_directory => ustar::DIRTYPE,
            kind => kind,
        };
        let mut size = match (kind, pax.number("size", at)?) {
            // Some writers put the file's size into a hard link's header, but no contents behind
            // it.
            (ustar::LNKTYPE, _) => 0,
            (_, Some(size)) => size,
            (_, None) => size_of(header, at)?,
        };
        let node_type = match kind {
            ustar::DIRTYPE | DUMPDIR => NodeType::Directory,
            ustar::SYMTYPE => NodeType::Symlink,
            ustar::CHRTYPE | ustar::BLKTYPE | ustar::FIFOTYPE => NodeType::Special,
            _ => NodeType::File,
        };
        let what = || format!("`{}`", shown(&name));
        let meta = self.policy.meta(meta(header, &pax, at)?, node_type);
        let xattrs = Self::xattrs(self.policy, &pax, &name)?;
        let bytes = xattrs.iter().map(|(name, value)| name.as_bytes().len() + value.len()).sum();
        self.budget.attributes(bytes, self.input.at)?;
        let node = match kind {
            ustar::LNKTYPE => {
                let target = place::components(&link)?;
                return place::link(&mut self.tree, &name, &path, &link, &target, self.policy);
            }
            ustar::AREGTYPE | ustar::REGTYPE | ustar::CONTTYPE | SPARSE => {
                let most = self.budget.pieces_left();
                let map = match kind {
                    SPARSE => Some(Map::old_gnu(block, &mut self.input, &name, most)?),
                    _ => Map::pax(&pax, &mut size, &mut self.input, &name, (at, most))?,
                };
                self.budget.pieces(map.as_ref().map_or(0, Map::pieces));
                let offset = self.input.content(size, &what())?;
                let content = match map {
                    Some(map) => map.content(self.id, offset, size, &name)?,
                    None => Content::Source { id: self.id, offset, len: size }.into(),
                };
                Node::File(File { meta, xattrs, content })
            }
            _ => {
                let node = match kind {
                    ustar::DIRTYPE | DUMPDIR => {
                        let mut directory = Directory::new(meta);
                        directory.xattrs = xattrs;
                        Node::Directory(directory)
                    }
                    ustar::SYMTYPE => {
                        let mut symlink = Symlink::new(meta, &link)
                            .map_err(|source| Error::Tree { path: shown(&name), source })?;
                        symlink.xattrs = xattrs;
                        Node::Symlink(symlink)
                    }
                    ustar::CHRTYPE | ustar::BLKTYPE | ustar::FIFOTYPE => {
                        Node::Special(Special { meta, xattrs, kind: special(header, kind, at)? })
                    }
                    other => {
                        let kind = [other].escape_ascii().to_string();
                        return Err(Error::Kind { path: shown(&name), kind });
                    }
                };
                // These types have no contents; if there are some all the same, they are skipped.
                self.input.content(size, &what())?;
                node
            }
        };
        place::put(&mut self.tree, &name, &path, node, self.policy)
    }

    /// The extended attributes that are kept, including ACLs in text form.
    fn xattrs(policy: &MetadataPolicy, pax: &Pax<'_>, name: &[u8]) -> Result<Xattrs, Error> {
        let mut all = Xattrs::new();
        if policy.xattrs == XattrPolicy::Dropped {
            return Ok(all);
        }
        let tree = |source| Error::Tree { path: shown(name), source };
        let words = [
            ("SCHILY.acl.access", file_tree::acl::ACCESS),
            ("SCHILY.acl.default", file_tree::acl::DEFAULT),
        ];
        for (key, attribute) in words {
            let Some(text) = pax.get(key).filter(|_| policy.keeps_xattr(attribute)) else {
                continue;
            };
            let value = acl::value(text);
            let value = value.map_err(|entry| Error::Acl { path: shown(name), entry })?;
            if let Some(value) = value {
                XattrName::new(attribute).and_then(|n| all.set(n, &value)).map_err(tree)?;
            }
        }
        for (attribute, value) in pax.xattrs() {
            if policy.keeps_xattr(attribute) {
                XattrName::new(attribute).and_then(|n| all.set(n, value)).map_err(tree)?;
            }
        }
        Ok(all)
    }
}

/// Checks a header's checksum. Some old writers took the bytes as signed.
fn header(block: &[u8; BLOCK], at: u64) -> Result<Ustar, Error> {
    let header = Ustar::from_bytes(block);
    let said = number(&header.chksum);
    let byte = |(i, b): (usize, &u8)| if CHKSUM.contains(&i) { b' ' } else { *b };
    let unsigned: i64 = block.iter().enumerate().map(|b| i64::from(byte(b))).sum();
    let signed: i64 = block.iter().enumerate().map(|b| i64::from(byte(b).cast_signed())).sum();
    if said != Some(unsigned) && said != Some(signed) {
        let reason = match said {
            Some(said) => format!("its checksum is {unsigned}, but it says {said}"),
            None => "it has no checksum".into(),
        };
        return Err(Error::Header { at, reason });
    }
    Ok(header)
}

/// The value of a field that must be a number, not negative.
fn field(field: &[u8], name: &'static str, at: u64) -> Result<u64, Error> {
    let n = number(field).and_then(|n| u64::try_from(n).ok());
    n.ok_or_else(|| Error::Field { at, field: name, shown: field.escape_ascii().to_string() })
}

fn size_of(header: &Ustar, at: u64) -> Result<u64, Error> {
    field(&header.size, "size", at)
}

/// The name in the header itself.
fn header_name(header: &Ustar) -> Vec<u8> {
    let (prefix, name) = (text(&header.prefix), text(&header.name));
    match &header.magic == ustar::MAGIC && !prefix.is_empty() {
        true => [prefix, b"/", name].concat(),
        false => name.to_vec(),
    }
}

fn meta(header: &Ustar, pax: &Pax<'_>, at: u64) -> Result<Meta, Error> {
    let id = |name, own: &[u8]| -> Result<u32, Error> {
        let n = match pax.number(name, at)? {
            Some(n) => n,
            None => field(own, name, at)?,
        };
        u32::try_from(n).map_err(|_| Error::Field { at, field: name, shown: n.to_string() })
    };
    let wrong = |shown: &[u8]| {
        let shown = shown.escape_ascii().to_string();
        Error::Field { at, field: "mtime", shown }
    };
    let mtime = match pax.get("mtime") {
        Some(text) => number::time(text).ok_or_else(|| wrong(text))?,
        None => {
            let seconds = number(&header.mtime).ok_or_else(|| wrong(&header.mtime))?;
            Timestamp { seconds, nanoseconds: 0 }
        }
    };
    // OK to cast: 12 bits.
    let mode = (field(&header.mode, "mode", at)? & 0o7777) as u16;
    Ok(Meta { mode, uid: id("uid", &header.uid)?, gid: id("gid", &header.gid)?, mtime })
}

fn special(header: &Ustar, kind: u8, at: u64) -> Result<SpecialKind, Error> {
    if kind == ustar::FIFOTYPE {
        return Ok(SpecialKind::Fifo);
    }
    let (major, minor) =
        (field(&header.devmajor, "devmajor", at)?, field(&header.devminor, "devminor", at)?);
    let wrong = || Error::Field { at, field: "device", shown: format!("{major}:{minor}") };
    let number = u32::try_from(major).ok().zip(u32::try_from(minor).ok());
    let number = number.and_then(|(major, minor)| DeviceNumber::new(major, minor).ok());
    let number = number.ok_or_else(wrong)?;
    Ok(match kind {
        ustar::CHRTYPE => SpecialKind::Character(number),
        _ => SpecialKind::Block(number),
    })
}
