//! The PE image: headers, sections, where the signatures are.

use crate::Error;
use crate::format::certificate_table::{ALIGNMENT, WIN_CERT_TYPE_PKCS_SIGNED_DATA, WinCertificate};
use crate::format::pe::{
    CERTIFICATE_TABLE, CHECK_SUM, CoffHeader, DataDirectory, E_LFANEW, MAGIC_PE32, MAGIC_PE32_PLUS,
    MZ, OptionalHeader, SIGNATURE, SectionHeader,
};
use crate::hash::Hash;
use crate::source::Source;
use std::cell::RefCell;
use std::ops::Range;

/// Most sections an image may have; Windows' own limit. Real programs have about ten.
const MAX_SECTIONS: u16 = 96;
/// Most signatures of one image that are looked at. shim has two.
const MAX_SIGNATURES: usize = 16;
/// Longest table of signatures, in bytes, and longest section that is looked into.
const MAX_TABLE: usize = 4 << 20;
const MAX_SECTION: usize = 1 << 20;

/// An image whose parts lie within the file.
#[derive(Debug)]
pub(crate) struct Image<'a> {
    pub bytes: &'a Source<'a>,
    pub coff: CoffHeader,
    pub optional: OptionalHeader,
    /// The place of `CheckSum`.
    pub check_sum: Range<usize>,
    /// The place of the certificate table's data directory, if there are that many.
    pub directory: Option<Range<usize>>,
    /// The end of the headers.
    pub headers: usize,
    pub sections: Vec<Section>,
    /// The place of the certificate table; empty if there is none.
    pub certificates: Range<usize>,
    /// The image's digests that were computed so far: a program may have many signatures.
    pub digests: RefCell<Vec<(Hash, Vec<u8>)>>,
}

/// A section, with its name resolved.
#[derive(Debug)]
pub(crate) struct Section {
    pub name: String,
    /// The bytes in the file.
    pub raw: Range<usize>,
    /// Bytes in memory, which may be fewer than in the file.
    pub virtual_size: usize,
}

impl<'a> Image<'a> {
    pub(crate) fn read(bytes: &'a Source<'a>) -> Result<Self, Error> {
        let coff_at = coff_header_at(bytes)?;
        let coff = CoffHeader::from_bytes(&array(bytes, coff_at, "the COFF header")?);
        let optional_at = coff_at + size_of_val(&coff.to_bytes());
        let optional_len = usize::from(coff.size_of_optional_header.get());
        let optional = array(bytes, optional_at, "the optional header")?;
        let optional = OptionalHeader::from_bytes(&optional);
        // Where the data directories start; before them is how many there are.
        let directories_at = match optional.magic.get() {
            MAGIC_PE32 => 96,
            MAGIC_PE32_PLUS => 112,
            other => return Err(malformed(format!("its optional header is of kind {other:#x}"))),
        };
        if optional_len < directories_at {
            return Err(malformed(format!("its optional header is of {optional_len} bytes")));
        }
        let directories = u32_at(bytes, optional_at + directories_at - 4).unwrap_or(0) as usize;
        let directory_len = DataDirectory::zeroed().to_bytes().len();
        let directory_at = optional_at + directories_at + CERTIFICATE_TABLE * directory_len;
        let sections_at = optional_at + optional_len;
        let directory = (directories > CERTIFICATE_TABLE)
            .then_some(directory_at..directory_at + directory_len)
            .filter(|d| d.end <= sections_at);
        let headers = optional.size_of_headers.get() as usize;
        part(bytes, headers, 0, "the headers")?;
        let check_sum = optional_at + CHECK_SUM;
        let mut image = Self {
            bytes,
            coff,
            optional,
            check_sum: check_sum..check_sum + 4,
            directory,
            headers,
            sections: Vec::new(),
            certificates: 0..0,
            digests: RefCell::default(),
        };
        image.sections = image.read_sections(sections_at)?;
        if headers < sections_at {
            return Err(malformed(format!("its headers end at byte {headers}, inside themselves")));
        }
        if let Some(directory) = image.directory.clone() {
            // The only directory whose place is an offset in the file, and no address.
            let offset = u32_at(bytes, directory.start).unwrap_or(0) as usize;
            let len = u32_at(bytes, directory.start + 4).unwrap_or(0) as usize;
            if len > 0 {
                image.certificates = part(bytes, len, offset, "the certificate table")?;
            }
        }
        Ok(image)
    }

    fn read_sections(&self, at: usize) -> Result<Vec<Section>, Error> {
        let count = self.coff.number_of_sections.get();
        if count > MAX_SECTIONS {
            return Err(malformed(format!(
                "it has {count} sections; at most {MAX_SECTIONS} can be"
            )));
        }
        let row = |n| {
            let at = at + usize::from(n) * SectionHeader::zeroed().to_bytes().len();
            let header = SectionHeader::from_bytes(&array(self.bytes, at, "the section table")?);
            let len = header.size_of_raw_data.get() as usize;
            let offset = if len == 0 { 0 } else { header.pointer_to_raw_data.get() as usize };
            Ok(Section {
                name: self.section_name(&header.name),
                raw: part(self.bytes, len, offset, "a section")?,
                virtual_size: header.virtual_size.get() as usize,
            })
        };
        (0..count).map(row).collect()
    }

    /// A section's name. One of more than 8 bytes is `/` and its offset, in digits, behind the
    /// symbols.
    fn section_name(&self, name: &[u8; 8]) -> String {
        let text = |b: &[u8]| {
            let end = b.iter().position(|b| *b == 0).unwrap_or(b.len());
            String::from_utf8_lossy(b.get(..end).unwrap_or_default()).into_owned()
        };
        let short = text(name);
        let long = || {
            let offset: usize = short.strip_prefix('/')?.parse().ok()?;
            let symbols = (self.coff.number_of_symbols.get() as usize).checked_mul(18)?;
            let strings =
                (self.coff.pointer_to_symbol_table.get() as usize).checked_add(symbols)?;
            let at = strings.checked_add(offset)?;
            // No name that is looked for is longer.
            Some(text(&self.bytes.up_to(at, 64)?))
        };
        long().unwrap_or(short)
    }

    /// The contents of the first section of that name, as they are in memory.
    pub(crate) fn section(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(section) = self.sections.iter().find(|s| s.name == name) else { return Ok(None) };
        let len = section.raw.len().min(section.virtual_size);
        if len > MAX_SECTION {
            let most = format!("at most {MAX_SECTION} are read");
            return Err(malformed(format!("its {name} has {len} bytes; {most}")));
        }
        Ok(self.bytes.get(section.raw.start..section.raw.start + len))
    }

    /// The PKCS #7 blobs of the certificate table; the error is what is wrong with it.
    pub(crate) fn signatures(&self) -> Result<Vec<Vec<u8>>, String> {
        if self.certificates.len() > MAX_TABLE {
            let len = self.certificates.len();
            return Err(format!("a table of {len} bytes; at most {MAX_TABLE} are read"));
        }
        let table = self.bytes.get(self.certificates.clone()).unwrap_or_default();
        let mut rest = &table[..];
        let mut found = Vec::new();
        while let Some(header) = rest.first_chunk() {
            let header = WinCertificate::from_bytes(header);
            let len = header.dw_length.get() as usize;
            let entry = rest.get(size_of_val(&header.to_bytes())..len);
            let Some(entry) = entry else {
                return Err(format!("an entry of {len} bytes where {} are left", rest.len()));
            };
            if header.w_certificate_type.get() == WIN_CERT_TYPE_PKCS_SIGNED_DATA {
                found.push(entry.to_vec());
            }
            if found.len() > MAX_SIGNATURES {
                return Err(format!("more than {MAX_SIGNATURES} signatures"));
            }
            rest = rest.get(len.next_multiple_of(ALIGNMENT)..).unwrap_or_default();
        }
        Ok(found)
    }
}

/// The offset of the COFF header of a PE image, signature included.
///
/// # Errors
/// [`Error::NotEfi`] when there is none.
pub(crate) fn coff_header_at(bytes: &Source<'_>) -> Result<usize, Error> {
    if bytes.array(0) != Some(MZ) {
        return Err(Error::NotEfi { why: "it does not begin with `MZ`" });
    }
    let at = u32_at(bytes, E_LFANEW).ok_or(Error::NotEfi { why: "it is too short" })? as usize;
    if bytes.array(at) != Some(SIGNATURE) {
        return Err(Error::NotEfi { why: "it is a DOS program without a PE header" });
    }
    Ok(at)
}

fn u32_at(bytes: &Source<'_>, at: usize) -> Option<u32> {
    bytes.array(at).map(u32::from_le_bytes)
}

fn array<const N: usize>(
    bytes: &Source<'_>,
    at: usize,
    what: &'static str,
) -> Result<[u8; N], Error> {
    bytes.array(at).ok_or_else(|| truncated(bytes, what, at, N))
}

/// The range, if it lies within the file.
fn part(
    bytes: &Source<'_>,
    len: usize,
    at: usize,
    what: &'static str,
) -> Result<Range<usize>, Error> {
    let end = at.checked_add(len).filter(|end| *end <= bytes.len());
    end.map(|end| at..end).ok_or_else(|| truncated(bytes, what, at, len))
}

fn truncated(bytes: &Source<'_>, what: &'static str, offset: usize, len: usize) -> Error {
    Error::Truncated { what, offset: offset as u64, len: len as u64, file: bytes.len() as u64 }
}

pub(crate) fn malformed(what: impl Into<String>) -> Error {
    Error::Malformed { what: what.into() }
}
