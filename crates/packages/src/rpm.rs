//! RPM packages (.rpm), read without rpm.
//!
//! ```text
//! grub2-pc-modules-2.12-28.fc42.noarch.rpm
//! ├─ lead, 96 bytes                       only its first 8 mean anything today
//! ├─ signature header      rpm/header.rs  SHA-256 of the header, sizes
//! ├─ header                rpm/header.rs  name, version, list of files, digest of the payload
//! └─ payload               unpack         .gz .xz .zst .bz2 .lzma
//!    └─ cpio               rpm/cpio.rs    names judged before they are used
//! ```
//! <https://rpm-software-management.github.io/rpm/manual/format_v4.html>
//!
//! The digests in the package are verified: the header's when it is opened, the payload's whenever
//! something is read from it. Its signature is not: an RPM file, like a `.deb` that somebody
//! downloaded, is trusted as it is, and its SHA-256 is recorded.

mod cpio;
mod files;
mod header;
mod tags;

use crate::archive::{self, Archive, Limits, MAX_UNPACKED, Members, SLACK};
use crate::error::Error;
use crate::member::{Member, Visit};
use crate::section::Section;
use files::FileList;
use header::{Header, PREAMBLE};
use input_file::{DigestWriter, open_regular, sha256_of};
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use unpack::Compression;

/// The bytes that a package begins with.
pub(crate) const MAGIC: &[u8; 4] = b"\xed\xab\xee\xdb";
/// Length of the lead, in bytes.
const LEAD: u64 = 96;
/// Longest signature header, in bytes.
const MAX_SIGNATURE: u64 = 4 << 20;
/// Longest header, in bytes; one of 30,000 files has 5 MB.
const MAX_HEADER: u64 = 32 << 20;

/// The fields of a package's header that are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RpmHeader {
    /// Name of the package: `grub2-pc-modules`.
    pub name: String,
    /// Version and release, with the epoch if there is one: `1:2.12-28.fc42`.
    pub version: String,
    /// Architecture: `x86_64` or `noarch`.
    pub architecture: String,
    /// Size of its files when installed, in bytes, as the header declares it.
    pub installed_size: Option<u64>,
}

/// An open RPM package whose headers have been read and are whole.
#[derive(Debug)]
pub struct Rpm {
    path: PathBuf,
    file: File,
    len: u64,
    header: RpmHeader,
    files: FileList,
    /// Offset of the payload, which ends with the file.
    payload: u64,
    compression: Compression,
    /// SHA-256 of the compressed payload, if the header has it.
    payload_sha256: Option<String>,
}

impl Rpm {
    /// Opens a package and reads its headers.
    ///
    /// # Errors
    /// [`Error::NotAnRpm`] when it is no RPM package; [`Error::DamagedPackage`] when it is cut off
    /// or its digests fail; [`Error::UnsupportedPackage`] for source packages, other formats and
    /// compressions.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (file, metadata) = open_regular(path)?;
        let opening = Opening { path, file: &file, len: metadata.len() };
        let lead: [u8; 8] = opening.array(0, "lead")?;
        let [magic @ .., major, _, kind_high, kind_low] = lead;
        if magic != *MAGIC {
            return Err(Error::NotAnRpm {
                path: path.to_path_buf(),
                why: "it does not begin with ed ab ee db".to_owned(),
            });
        }
        if !(3..=4).contains(&major) {
            return Err(opening.unsupported(format!("is an RPM package of format {major}")));
        }
        let (signature, _, end) = opening.header(LEAD, MAX_SIGNATURE, "signature header")?;
        let at = end.next_multiple_of(8);
        let (header, sha256, payload) = opening.header(at, MAX_HEADER, "header")?;
        if let Some(expected) = signature.string(tags::SIG_SHA256)
            && expected != sha256
        {
            let why = format!("its SHA-256 is {sha256}, but the package says {expected}");
            return Err(opening.damaged("header", why));
        }
        let declared =
            signature.number(tags::SIG_LONGSIZE).or_else(|| signature.number(tags::SIG_SIZE));
        let found = opening.len - at;
        if let Some(declared) = declared.filter(|d| *d != found) {
            let why = format!("{found} bytes of header and payload where {declared} belong");
            return Err(opening.damaged("package", why));
        }
        let is_source = (kind_high, kind_low) != (0, 0) || header.string(tags::SOURCERPM).is_none();
        if is_source {
            let why =
                "is a source package, which holds no programs; give the packages built from it";
            return Err(opening.unsupported(why));
        }
        let payload_sha256 = header
            .string(tags::PAYLOADSHA256)
            .filter(|_| header.number(tags::PAYLOADSHA256ALGO).is_none_or(|a| a == tags::SHA256));
        Ok(Self {
            compression: opening.compression(&header)?,
            header: RpmHeader::read(&header).map_err(|why| opening.damaged("header", why))?,
            files: FileList::new(&header),
            payload,
            payload_sha256,
            path: path.to_path_buf(),
            len: opening.len,
            file,
        })
    }

    /// The header's fields: name, version, architecture, installed size.
    pub fn header(&self) -> &RpmHeader {
        &self.header
    }

    /// The path of the package file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// SHA-256 of the package file, in lower-case hex.
    ///
    /// # Errors
    /// [`Error::Read`] when the file cannot be read.
    pub fn sha256(&self) -> Result<String, Error> {
        self.sha256_from(0)
    }

    /// The members, in the order of the package. This reads all of the package and so verifies that
    /// it is whole.
    ///
    /// # Errors
    /// As [`Rpm::open`]; [`Error::UnsafeMember`], [`Error::DuplicateMember`],
    /// [`Error::PackageTooBig`] when it is hostile.
    pub fn members(&self) -> Result<Vec<Member>, Error> {
        archive::members(self)
    }

    /// Reads the regular files for whose names `wanted` says yes, at most `limit` bytes
    /// together. Symbolic links and directories are passed over.
    ///
    /// # Errors
    /// As [`Rpm::members`], and [`Error::MemberTooBig`].
    pub fn read_members(
        &self,
        limit: u64,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Members, Error> {
        archive::read_members(self, limit, wanted)
    }

    /// Copies the contents of one regular file into `out` and returns their length in bytes.
    /// When this fails, what `out` holds must not be used.
    ///
    /// # Errors
    /// As [`Rpm::members`]; [`Error::NoSuchMember`], [`Error::MemberNotAFile`]; [`Error::Write`]
    /// when writing to `out` fails.
    pub fn copy_member(&self, name: &str, out: &mut dyn Write) -> Result<u64, Error> {
        archive::copy_member(self, name, out)
    }

    fn sha256_from(&self, at: u64) -> Result<String, Error> {
        sha256_of(Section::new(&self.file, at, self.len.saturating_sub(at)))
            .map_err(|source| Error::Read { path: self.path.clone(), source })
    }
}

impl Archive for Rpm {
    fn path(&self) -> &Path {
        &self.path
    }

    fn walk(&self, visit: &mut Visit<'_>) -> Result<(), Error> {
        if let Some(expected) = &self.payload_sha256 {
            let found = self.sha256_from(self.payload)?;
            if found != *expected {
                let why = format!("its SHA-256 is {found}, but the package says {expected}");
                let (path, member) = (self.path.clone(), "payload".to_owned());
                return Err(Error::DamagedPackage { path, member, why });
            }
        }
        let unpacked = match self.header.installed_size {
            Some(size) => size.saturating_mul(2).saturating_add(SLACK).min(MAX_UNPACKED),
            None => MAX_UNPACKED,
        };
        let section = Section::new(&self.file, self.payload, self.len.saturating_sub(self.payload));
        let limits = Limits { path: &self.path, len: self.len, member: "payload", unpacked };
        let mut read = |input: &mut dyn std::io::Read| cpio::walk(input, &self.files, visit);
        archive::walk(section, self.compression, &limits, &mut read)
    }
}

impl RpmHeader {
    /// Takes the fields out of a header. The error says what is wrong with it.
    fn read(header: &Header) -> Result<Self, String> {
        let need = |tag, what| {
            let text = header.string(tag).ok_or_else(|| format!("it has no {what}"))?;
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"._+-~^".contains(&b);
            let fine = !text.is_empty() && text.len() <= 256 && text.bytes().all(plain);
            if fine { Ok(text) } else { Err(format!("{text:?} is no {what}")) }
        };
        let version =
            format!("{}-{}", need(tags::VERSION, "version")?, need(tags::RELEASE, "release")?);
        Ok(Self {
            name: need(tags::NAME, "name")?,
            version: match header.number(tags::EPOCH) {
                Some(epoch) if epoch > 0 => format!("{epoch}:{version}"),
                _ => version,
            },
            architecture: need(tags::ARCH, "architecture")?,
            installed_size: header.number(tags::LONGSIZE).or_else(|| header.number(tags::SIZE)),
        })
    }
}

/// The compression by rpm's name for it; versions of rpm have written all of these.
fn compression(name: &str) -> Option<Compression> {
    match name {
        "gzip" => Some(Compression::Gzip),
        "xz" => Some(Compression::Xz),
        "zstd" => Some(Compression::Zstd),
        "bzip2" => Some(Compression::Bzip2),
        "lzma" => Some(Compression::Lzma),
        _ => None,
    }
}

/// A package that is being opened.
struct Opening<'a> {
    path: &'a Path,
    file: &'a File,
    len: u64,
}

impl Opening<'_> {
    fn damaged(&self, member: &str, why: impl Into<String>) -> Error {
        let (path, member) = (self.path.to_path_buf(), member.to_owned());
        Error::DamagedPackage { path, member, why: why.into() }
    }

    fn unsupported(&self, why: impl Into<String>) -> Error {
        Error::UnsupportedPackage { path: self.path.to_path_buf(), why: why.into() }
    }

    /// Reads `len` bytes from offset `at`, all of which must be there.
    fn bytes(&self, at: u64, len: u64, what: &str) -> Result<Vec<u8>, Error> {
        if at.checked_add(len).is_none_or(|end| end > self.len) {
            let why =
                format!("{len} bytes at byte {at}, but the file has {}; it is cut off", self.len);
            return Err(self.damaged(what, why));
        }
        // `len` is within the limits of the callers, so the memory is too.
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
        self.file
            .read_exact_at(&mut bytes, at)
            .map_err(|source| Error::Read { path: self.path.to_path_buf(), source })?;
        Ok(bytes)
    }

    fn array<const N: usize>(&self, at: u64, what: &str) -> Result<[u8; N], Error> {
        let bytes = self.bytes(at, N as u64, what)?;
        bytes.try_into().map_err(|_| self.damaged(what, "it is cut off"))
    }

    /// Reads the header at offset `at`. Returns it, its SHA-256, and the offset of its end.
    fn header(&self, at: u64, limit: u64, what: &str) -> Result<(Header, String, u64), Error> {
        let preamble: [u8; PREAMBLE as usize] = self.array(at, what)?;
        let (index, values) = header::sizes(&preamble).map_err(|why| self.damaged(what, why))?;
        let len = index + values;
        if len > limit {
            return Err(self.damaged(what, format!("{len} bytes; at most {limit} are read")));
        }
        let bytes = self.bytes(at + PREAMBLE, len, what)?;
        let mut sha256 = DigestWriter::new(io::sink());
        // OK to ignore, twice: nothing is written anywhere.
        let _ = sha256.write_all(&preamble);
        let _ = sha256.write_all(&bytes);
        let sha256 = sha256.finish();
        // OK to cast: not more than `limit`.
        Ok((Header::new(bytes, index as usize), sha256, at + PREAMBLE + len))
    }

    fn compression(&self, header: &Header) -> Result<Compression, Error> {
        let format = header.string(tags::PAYLOADFORMAT).unwrap_or_else(|| "cpio".to_owned());
        if format != "cpio" {
            let why = format!("has its files in the format {format:?}, which is not read");
            return Err(self.unsupported(why));
        }
        let name = header.string(tags::PAYLOADCOMPRESSOR).unwrap_or_else(|| "gzip".to_owned());
        compression(&name).ok_or_else(|| {
            let why = format!("is compressed with {name:?}, which is not read");
            let next = "unpack it (`rpm2cpio FILE | cpio -id`) and give the directory";
            self.unsupported(format!("{why}; {next}"))
        })
    }
}
