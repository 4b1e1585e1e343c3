//! The parts that make a shim a shim: whom its vendor trusts.

use crate::format::shim_cert_table::{CertTable, SECTION};
use crate::format::signature_list::{
    EFI_CERT_SHA256_GUID, EFI_CERT_X509_GUID, EfiSignatureList, SIGNATURE_OWNER,
};
use crate::image::{Image, malformed};
use crate::sbat::{self, SbatLevels};
use crate::{Certificate, Error};
use serde::Serialize;

/// Most certificates and digests that are read; Debian's list of what is revoked has 180.
const MAX_SIGNATURES: usize = 4096;

/// The parts of a shim besides its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shim {
    /// The certificates and digests that its vendor trusts, besides those that the firmware and the
    /// machine's owner do.
    pub trusts: Trust,
    /// The certificates and digests that its vendor does not trust any more.
    pub revokes: Trust,
    /// The levels that it puts into force; shims before 15.7 do not say.
    pub sbat_levels: Option<SbatLevels>,
}

/// Certificates, and digests of single programs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Trust {
    /// The certificates. Each stands for the programs that it signed, and for those that were
    /// signed under certificates which it issued.
    pub certificates: Vec<Certificate>,
    /// SHA-256 digests of programs, in hex, as in [`Facts::digest`](crate::Facts::digest).
    pub digests: Vec<String>,
}

impl Shim {
    /// Reads the parts of a shim; `None` if the program is none.
    pub(crate) fn read(image: &Image<'_>) -> Result<Option<Self>, Error> {
        let Some(section) = image.section(SECTION)? else { return Ok(None) };
        let table = section.first_chunk().map(CertTable::from_bytes);
        let table = table.ok_or_else(|| malformed(format!("its {SECTION} is too short")))?;
        let part = |offset: ondisk::Le32, size: ondisk::Le32| {
            let start = offset.get() as usize;
            let bytes =
                start.checked_add(size.get() as usize).and_then(|end| section.get(start..end));
            bytes.ok_or_else(|| malformed(format!("its {SECTION} refers to what is outside of it")))
        };
        let trusted = part(table.vendor_authorized_offset, table.vendor_authorized_size)?;
        let revoked = part(table.vendor_deauthorized_offset, table.vendor_deauthorized_size)?;
        let levels = image.section(".sbatlevel")?;
        let levels = levels.map(|section| sbat::levels(&section)).transpose()?;
        Ok(Some(Self {
            trusts: Trust::read(trusted)?,
            revokes: Trust::read(revoked)?,
            sbat_levels: levels,
        }))
    }
}

impl Trust {
    /// Reads what `bytes` hold: signature lists, or a single certificate without a list.
    fn read(mut bytes: &[u8]) -> Result<Self, Error> {
        let mut found = Self::default();
        if let Some(certificate) = Certificate::from_der(bytes) {
            found.certificates.push(certificate);
            return Ok(found);
        }
        let bad = || malformed(format!("a list in its {SECTION} contradicts itself"));
        while !bytes.is_empty() {
            let list = bytes.first_chunk().map(EfiSignatureList::from_bytes).ok_or_else(bad)?;
            let header = EfiSignatureList::zeroed().to_bytes().len();
            let skip = header.checked_add(list.signature_header_size.get() as usize);
            let end = list.signature_list_size.get() as usize;
            let signatures = skip.and_then(|skip| bytes.get(skip..end)).ok_or_else(bad)?;
            let each = list.signature_size.get() as usize;
            if each <= SIGNATURE_OWNER || signatures.len() % each != 0 {
                return Err(bad());
            }
            for signature in signatures.chunks_exact(each) {
                if found.certificates.len() + found.digests.len() == MAX_SIGNATURES {
                    return Err(malformed(format!("its {SECTION} has more than {MAX_SIGNATURES}")));
                }
                let data = signature.get(SIGNATURE_OWNER..).unwrap_or_default();
                match list.signature_type {
                    EFI_CERT_X509_GUID => found.certificates.extend(Certificate::from_der(data)),
                    EFI_CERT_SHA256_GUID => {
                        found.digests.push(base16ct::lower::encode_string(data))
                    }
                    // shim does not know other kinds either.
                    _ => {}
                }
            }
            // `end` is not 0: it is behind the header.
            bytes = bytes.get(end..).unwrap_or_default();
        }
        Ok(found)
    }
}
