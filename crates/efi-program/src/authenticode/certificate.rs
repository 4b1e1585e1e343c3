//! An X.509 certificate, as far as it says who is who.
//! <https://www.rfc-editor.org/rfc/rfc5280#section-4.1>

use super::der_walk::{Walk, context, context_primitive, text};
use der::Tag;
use hex_digest::sha256_hex;
use serde::Serialize;

/// `id-at-commonName`, 2.5.4.3.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// `id-at-organizationName`, 2.5.4.10.
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
/// `id-ce-subjectKeyIdentifier`, 2.5.29.14.
const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x0e];
/// `id-ce-authorityKeyIdentifier`, 2.5.29.35.
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x23];

/// A certificate. The serialised fields are for people; decisions compare the encoded names and
/// keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// The common name of its holder, or the organization if there is none: `Debian Secure Boot
    /// CA`.
    pub subject: String,
    /// The common name of its issuer, or the organization if there is none.
    pub issuer: String,
    /// Serial number, in hex.
    pub serial: String,
    /// SHA-256 of the certificate, in hex: what `openssl x509 -fingerprint -sha256` prints.
    pub sha256: String,
    /// The names as they are encoded.
    #[serde(skip)]
    pub(super) subject_name: Vec<u8>,
    #[serde(skip)]
    pub(super) issuer_name: Vec<u8>,
    #[serde(skip)]
    pub(super) serial_number: Vec<u8>,
    #[serde(skip)]
    subject_key: Option<Vec<u8>>,
    #[serde(skip)]
    authority_key: Option<Vec<u8>>,
}

/// An authority of Microsoft's that signs what firmware starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MicrosoftCa {
    /// `Microsoft Corporation UEFI CA 2011`: in nearly every PC, and expired on 27 June 2026.
    /// Firmware does not look at the date, but newer machines may no longer have it.
    UefiCa2011,
    /// `Microsoft UEFI CA 2023`: its successor, lacking in machines whose firmware is older and
    /// has not been updated.
    UefiCa2023,
}

impl MicrosoftCa {
    /// The authority with this common name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "Microsoft Corporation UEFI CA 2011" => Some(Self::UefiCa2011),
            "Microsoft UEFI CA 2023" => Some(Self::UefiCa2023),
            _ => None,
        }
    }
}

impl Certificate {
    /// Reads a DER certificate; `None` if it is none.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let mut tbs = Walk::new(der)?.sequence()?.sequence()?;
        tbs.take(context(0)); // version
        let serial_number = tbs.take(Tag::Integer)?.to_vec();
        tbs.sequence()?; // signature
        let issuer_name = tbs.next_whole()?.to_vec();
        tbs.sequence()?; // validity
        let subject_name = tbs.next_whole()?.to_vec();
        tbs.sequence()?; // subjectPublicKeyInfo
        let (mut subject_key, mut authority_key) = (None, None);
        while let Some(element) = tbs.next() {
            if der::Tagged::tag(&element) == context(3) {
                (subject_key, authority_key) = key_identifiers(element.value());
            }
        }
        Some(Self {
            subject: common_name(&subject_name)?,
            issuer: common_name(&issuer_name)?,
            serial: base16ct::lower::encode_string(
                serial_number.strip_prefix(&[0]).unwrap_or(&serial_number),
            ),
            sha256: sha256_hex(der),
            subject_name,
            issuer_name,
            serial_number,
            subject_key,
            authority_key,
        })
    }

    /// Whether this one says that `other` is its issuer: by name, and by the key's identifier
    /// where both give it.
    pub(crate) fn is_issued_by(&self, other: &Self) -> bool {
        let keys = self.authority_key.as_ref().zip(other.subject_key.as_ref());
        self.issuer_name == other.subject_name && keys.is_none_or(|(a, b)| a == b)
    }

    /// Whether it is its own issuer: the end of a chain.
    pub(crate) fn is_self_issued(&self) -> bool {
        self.is_issued_by(self)
    }

    /// The authority of Microsoft's that issued it, if one did.
    pub fn microsoft_ca(&self) -> Option<MicrosoftCa> {
        MicrosoftCa::from_name(&self.issuer)
    }
}

/// The identifiers of the certificate's own key and of its issuer's.
fn key_identifiers(extensions: &[u8]) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let (mut subject, mut authority) = (None, None);
    let all = Walk::new(extensions).and_then(|mut w| w.sequence());
    let Some(mut all) = all else { return (None, None) };
    while let Some(mut extension) = all.sequence() {
        let Some(oid) = extension.take(Tag::ObjectIdentifier) else { continue };
        extension.take(Tag::Boolean);
        let Some(value) = extension.take(Tag::OctetString).and_then(Walk::new) else { continue };
        let mut value = value;
        match oid {
            SUBJECT_KEY_IDENTIFIER => subject = value.take(Tag::OctetString).map(<[u8]>::to_vec),
            AUTHORITY_KEY_IDENTIFIER => {
                let id = value.sequence().and_then(|mut s| s.take(context_primitive(0)));
                authority = id.map(<[u8]>::to_vec);
            }
            _ => {}
        }
    }
    (subject, authority)
}

/// The common name in an encoded name, or the organization; `None` if it is no name.
fn common_name(name: &[u8]) -> Option<String> {
    let mut parts = Walk::new(name)?.sequence()?;
    let mut organization = String::new();
    while let Some(mut part) = parts.set() {
        while let Some(mut attribute) = part.sequence() {
            let oid = attribute.take(Tag::ObjectIdentifier)?;
            let value = attribute.next()?;
            match oid {
                COMMON_NAME => return Some(text(value)),
                ORGANIZATION => organization = text(value),
                _ => {}
            }
        }
    }
    Some(organization)
}
