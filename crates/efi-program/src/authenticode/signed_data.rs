//! A signature: PKCS #7 `SignedData` over `SpcIndirectDataContent`.
//! <https://www.rfc-editor.org/rfc/rfc2315#section-9>

use super::certificate::{Certificate, MicrosoftCa};
use super::der_walk::{Walk, context};
use super::digest::image_digest;
use crate::hash::Hash;
use crate::image::Image;
use der::Tag;
use serde::Serialize;

/// `signedData`, 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// `SPC_INDIRECT_DATA_OBJID`, 1.3.6.1.4.1.311.2.1.4.
const SPC_INDIRECT_DATA: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x04];
/// `messageDigest`, 1.2.840.113549.1.9.4.
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];

/// Longest signature that is looked at, in bytes. Microsoft's, with time stamps, have 10,000.
const MAX_LEN: usize = 128 << 10;
/// Most certificates that a signature may have; one with more is not read.
const MAX_CERTIFICATES: usize = 32;
/// Most signers that a signature may have; one with more is not read. Authenticode knows one.
const MAX_SIGNERS: usize = 4;

/// A signature, and whether the image still is what was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// The certificate of the signer.
    pub signer: Certificate,
    /// The certificates above it that the signature carries, from its issuer upwards.
    pub chain: Vec<Certificate>,
    /// Whether the image is what was signed.
    pub integrity: Integrity,
}

/// Whether an image is what was signed. That the signature itself was made by the signer's key
/// is not verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Integrity {
    /// The digest in the signature is the image's, and the signer's attributes are about it.
    Intact,
    /// The image, or the signature, was changed after signing; no firmware starts it.
    Altered,
    /// Signed with a digest algorithm that is not computed here, such as SHA-1.
    Unknown,
}

impl Signature {
    /// Reads one signature of `image`; the error is what is wrong with it.
    pub(crate) fn read(blob: &[u8], image: &Image<'_>) -> Result<Vec<Self>, String> {
        if blob.len() > MAX_LEN {
            return Err(format!("it has {} bytes; at most {MAX_LEN} are read", blob.len()));
        }
        let parts = Parts::read(blob).ok_or("it is no PKCS #7 SignedData")?;
        let Some((content_hash, digest, content)) = indirect_data(parts.content) else {
            return Err("it does not sign an EFI program".to_owned());
        };
        let certificates = parts.certificates()?;
        let hash = content_hash;
        let same = match hash {
            Some(hash) => Some(image_digest(image, hash).map_err(|e| e.to_string())? == digest),
            None => None,
        };
        let mut signatures = Vec::new();
        let mut signers = parts.signers;
        while let Some(info) = signers.sequence() {
            if signatures.len() == MAX_SIGNERS {
                return Err(format!("it has more than {MAX_SIGNERS} signers"));
            }
            let info = SignerInfo::read(info).ok_or("what it says of its signer is no DER")?;
            let signer = certificates.iter().find(|c| info.is_by(c));
            let signer = signer.ok_or("it does not carry its signer's certificate")?;
            let integrity = match (same, info.is_about(content)) {
                (Some(true), Some(true)) => Integrity::Intact,
                (Some(false), _) | (_, Some(false)) => Integrity::Altered,
                _ => Integrity::Unknown,
            };
            let chain = chain(signer, &certificates);
            signatures.push(Self { signer: signer.clone(), chain, integrity });
        }
        if signatures.is_empty() {
            return Err("nobody has signed it".to_owned());
        }
        Ok(signatures)
    }

    /// The authority of Microsoft's in whose name it was signed, if it was.
    pub fn microsoft_ca(&self) -> Option<MicrosoftCa> {
        self.certificates().find_map(Certificate::microsoft_ca)
    }

    /// The signer's certificate, then those above it.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.signer).chain(&self.chain)
    }
}

/// The parts of a `SignedData` that are looked at.
struct Parts<'a> {
    content: &'a [u8],
    certificates: &'a [u8],
    signers: Walk<'a>,
}

impl<'a> Parts<'a> {
    fn read(blob: &'a [u8]) -> Option<Self> {
        let mut content_info = Walk::new(blob)?.sequence()?;
        if content_info.take(Tag::ObjectIdentifier)? != SIGNED_DATA {
            return None;
        }
        let mut data = Walk::new(content_info.take(context(0))?)?.sequence()?;
        data.take(Tag::Integer)?; // version
        data.take(Tag::Set)?; // digestAlgorithms
        let content = data.take(Tag::Sequence)?;
        let certificates = data.take(context(0)).unwrap_or_default();
        data.take(context(1)); // crls
        Some(Self { content, certificates, signers: data.set()? })
    }

    fn certificates(&self) -> Result<Vec<Certificate>, String> {
        let mut found = Vec::new();
        let Some(mut all) = Walk::new(self.certificates) else { return Ok(found) };
        while let Some(one) = all.next_whole() {
            if found.len() == MAX_CERTIFICATES {
                return Err(format!("it has more than {MAX_CERTIFICATES} certificates"));
            }
            // What is no certificate cannot be the signer's.
            found.extend(Certificate::from_der(one));
        }
        Ok(found)
    }
}

/// The content that `SpcIndirectDataContent` signs: the algorithm if it is known, the digest, and
/// the bytes that the signer's own digest is over.
fn indirect_data(content: &[u8]) -> Option<(Option<Hash>, &[u8], &[u8])> {
    let mut encapsulated = Walk::new(content)?;
    if encapsulated.take(Tag::ObjectIdentifier)? != SPC_INDIRECT_DATA {
        return None;
    }
    // PKCS #7 digests the contents of the element, without its tag and length.
    let content = Walk::new(encapsulated.take(context(0))?)?.take(Tag::Sequence)?;
    let mut indirect = Walk::new(content)?;
    indirect.sequence()?; // data: what kind of file it is
    let mut message_digest = indirect.sequence()?;
    let algorithm = message_digest.sequence()?.take(Tag::ObjectIdentifier)?;
    let digest = message_digest.take(Tag::OctetString)?;
    Some((Hash::from_oid(algorithm), digest, content))
}

/// The signer, and what was signed.
struct SignerInfo<'a> {
    issuer: &'a [u8],
    serial: &'a [u8],
    hash: Option<Hash>,
    /// The digest that the signature is over, if there are attributes.
    message_digest: Option<&'a [u8]>,
}

impl<'a> SignerInfo<'a> {
    fn read(mut info: Walk<'a>) -> Option<Self> {
        info.take(Tag::Integer)?; // version
        let mut who = info.sequence()?;
        let (issuer, serial) = (who.next_whole()?, who.take(Tag::Integer)?);
        let hash = Hash::from_oid(info.sequence()?.take(Tag::ObjectIdentifier)?);
        let mut message_digest = None;
        let mut attributes = Walk::new(info.take(context(0)).unwrap_or_default())?;
        while let Some(mut attribute) = attributes.sequence() {
            if attribute.take(Tag::ObjectIdentifier)? == MESSAGE_DIGEST {
                message_digest = Some(attribute.set()?.take(Tag::OctetString)?);
            }
        }
        Some(Self { issuer, serial, hash, message_digest })
    }

    fn is_by(&self, certificate: &Certificate) -> bool {
        certificate.issuer_name == self.issuer && certificate.serial_number == self.serial
    }

    /// Whether what is signed is about `content`; `None` where that cannot be told.
    fn is_about(&self, content: &[u8]) -> Option<bool> {
        let (hash, digest) = (self.hash?, self.message_digest?);
        Some(hash.of(|take| take(content)) == digest)
    }
}

/// The certificates above `signer`, as far as they are there.
fn chain(signer: &Certificate, all: &[Certificate]) -> Vec<Certificate> {
    let mut chain: Vec<Certificate> = Vec::new();
    let mut last = signer;
    while let Some(next) = all.iter().find(|c| !last.is_self_issued() && last.is_issued_by(c)) {
        if chain.contains(next) || next == signer {
            break;
        }
        chain.push(next.clone());
        last = next;
    }
    chain
}
