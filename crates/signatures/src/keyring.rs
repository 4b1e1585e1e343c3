//! Keyrings: the keys that a caller trusts, and what they have signed.

use crate::certificate::{Certificate, SigningKey};
use crate::cleartext::Document;
use crate::error::{Error, KeyringError, Rejected};
use crate::policy;
use pgp::armor::Dearmor;
use pgp::composed::SignedPublicKeyParser;
use pgp::packet::{Packet, PacketParser, Signature, SignatureType};
use std::io::{BufReader, Read as _};

/// Longest keyring, in bytes; Debian's of all its keys ever has 130 kB.
const MAX_KEYRING: usize = 4 << 20;
/// Longest block of signatures, in bytes.
const MAX_SIGNATURES: usize = 64 << 10;
/// Most signatures of a document that are looked at; Debian's have four.
const MAX_COUNT: usize = 16;

const KEY_BLOCK: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// The keys that a caller trusts.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    certificates: Vec<Certificate>,
}

/// A signed text whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The text that was signed, and nothing else.
    pub text: String,
    /// The signer.
    pub signer: Signer,
}

/// A trusted key by which something was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The fingerprint of the certificate's primary key, in upper-case hex.
    pub certificate: String,
    /// The fingerprint of the key that signed, which may be a subkey, in upper-case hex.
    pub key: String,
    /// The time when the signature was made, in seconds since 1970.
    pub made: u64,
}

impl Keyring {
    /// Reads a keyring: binary, or armoured, perhaps in several blocks. Keys that may not sign, or are
    /// of a kind that is not read, are left out.
    ///
    /// # Errors
    /// [`KeyringError`] if that leaves none.
    pub fn read(bytes: &[u8]) -> Result<Self, KeyringError> {
        if bytes.len() > MAX_KEYRING {
            return Err(KeyringError::TooLong { limit: MAX_KEYRING });
        }
        let mut certificates = Vec::new();
        let mut refused = Vec::new();
        for block in blocks(bytes)? {
            let packets = PacketParser::new(&*block).peekable();
            for parsed in SignedPublicKeyParser::from_packets(packets) {
                let checked = parsed.map_err(|e| e.to_string());
                match checked.and_then(|parsed| Certificate::check(&parsed)) {
                    Ok(certificate) => add(&mut certificates, certificate),
                    Err(why) if refused.len() < 4 => refused.push(why),
                    Err(_) => {}
                }
            }
        }
        match certificates.is_empty() {
            true => Err(KeyringError::NoKey { refused }),
            false => Ok(Self { certificates }),
        }
    }

    /// The certificates in it.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The keyring of these certificates and those of the other. Two of the same key become one, in
    /// which the stricter of both counts: a revocation, or an earlier end.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        other.certificates.into_iter().for_each(|c| add(&mut self.certificates, c));
        self
    }

    /// The keyring of those certificates for which `keep` says yes.
    #[must_use]
    pub fn filter(mut self, keep: impl Fn(&Certificate) -> bool) -> Self {
        self.certificates.retain(keep);
        self
    }

    /// Verifies a cleartext-signed document, at the time `at` in seconds since 1970, and returns the
    /// text that was signed.
    ///
    /// # Errors
    /// [`Error::NotSigned`] for anything else, and for one with anything that its signature does not
    /// cover; [`Error::NotASignature`]; [`Error::NoGoodSignature`] if none by a key of the keyring counts.
    pub fn verify_cleartext(&self, document: &[u8], at: u64) -> Result<Verified, Error> {
        let document = Document::parse(document)?;
        let signatures = signatures(document.signatures.as_bytes())?;
        let signed = document.signed();
        let signer = self.signer(&signatures, SignatureType::Text, signed.as_bytes(), at)?;
        Ok(Verified { text: document.text(), signer })
    }

    /// Verifies a detached signature over `signed`, armoured or binary, at the time `at` in seconds
    /// since 1970.
    ///
    /// # Errors
    /// [`Error::NotASignature`]; [`Error::NoGoodSignature`] if none by a key of the keyring counts.
    pub fn verify_detached(
        &self,
        signed: &[u8],
        signature: &[u8],
        at: u64,
    ) -> Result<Signer, Error> {
        self.signer(&signatures(signature)?, SignatureType::Binary, signed, at)
    }

    /// The maker of the first signature that counts.
    fn signer(
        &self,
        signatures: &[Signature],
        typ: SignatureType,
        signed: &[u8],
        at: u64,
    ) -> Result<Signer, Error> {
        let mut rejected = Vec::new();
        for signature in signatures {
            match self.check(signature, typ, signed, at) {
                Ok(signer) => return Ok(signer),
                Err(why) => rejected.push(Rejected { by: issuer(signature), why }),
            }
        }
        Err(Error::NoGoodSignature { rejected })
    }

    /// The maker of a signature, or why it does not count.
    fn check(
        &self,
        signature: &Signature,
        typ: SignatureType,
        signed: &[u8],
        at: u64,
    ) -> Result<Signer, String> {
        if let Some(why) = policy::refuse(signature) {
            return Err(why);
        }
        if let Some(other) = signature.typ().filter(|found| *found != typ) {
            return Err(format!("it is of the type {other:?}, not {typ:?}"));
        }
        if let Some(why) = policy::refuse_at(signature, at) {
            return Err(why);
        }
        let mut why = "the key is none of those that are trusted".to_owned();
        for certificate in &self.certificates {
            for key in certificate.keys.iter().filter(|k| k.is_claimed_by(signature)) {
                match by(key, signature, signed, at) {
                    Ok(made) => {
                        let certificate = certificate.fingerprint().to_owned();
                        return Ok(Signer { certificate, key: key.fingerprint(), made });
                    }
                    Err(e) => why = e,
                }
            }
        }
        Err(why)
    }
}

/// Adds a certificate, or merges it into the one of the same key.
fn add(certificates: &mut Vec<Certificate>, new: Certificate) {
    match certificates.iter_mut().find(|c| c.fingerprint() == new.fingerprint()) {
        Some(old) => old.merge(new),
        None => certificates.push(new),
    }
}

/// Checks that the key made this signature and not before it was made itself, and that it is
/// neither revoked nor expired at the time `at`. Returns the time of the signature, in seconds
/// since 1970.
fn by(key: &SigningKey, signature: &Signature, signed: &[u8], at: u64) -> Result<u64, String> {
    let made = u64::from(signature.created().map_or(0, |t| t.as_secs()));
    if key.revoked {
        return Err("the key has been revoked".to_owned());
    }
    if key.expires.is_some_and(|end| end <= at) {
        return Err("the key has expired".to_owned());
    }
    if made < key.created {
        return Err("it is older than its key".to_owned());
    }
    match key.verify(signature, signed) {
        Ok(()) => Ok(made),
        Err(_) => Err("it is not a signature of this text".to_owned()),
    }
}

/// The key that a signature says it was made with.
fn issuer(signature: &Signature) -> String {
    let fingerprint = signature.issuer_fingerprint().first().map(ToString::to_string);
    let id = || signature.issuer_key_id().first().map(ToString::to_string);
    fingerprint.or_else(id).map_or("an unnamed key".to_owned(), |by| by.to_uppercase())
}

/// The binary blocks of a keyring.
fn blocks(bytes: &[u8]) -> Result<Vec<Vec<u8>>, KeyringError> {
    let not_a_keyring = |why: String| KeyringError::NotAKeyring { why };
    // The first byte of a binary one has its highest bit set.
    if bytes.first().is_some_and(|b| b & 0x80 != 0) {
        return Ok(vec![bytes.to_vec()]);
    }
    let text = str::from_utf8(bytes).map_err(|e| not_a_keyring(e.to_string()))?;
    let mut blocks = Vec::new();
    let starts: Vec<usize> = text.match_indices(KEY_BLOCK).map(|(at, _)| at).collect();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(text.len());
        let block = text.get(*start..end).unwrap_or_default();
        blocks.push(dearmor(block.as_bytes()).map_err(not_a_keyring)?);
    }
    match blocks.is_empty() {
        true => Err(not_a_keyring(format!("it has no line `{KEY_BLOCK}`"))),
        false => Ok(blocks),
    }
}

/// The signatures in a block of them, armoured or binary.
fn signatures(block: &[u8]) -> Result<Vec<Signature>, Error> {
    let unreadable = |why: String| Error::NotASignature { why };
    if block.len() > MAX_SIGNATURES {
        return Err(unreadable(format!("it is longer than {MAX_SIGNATURES} bytes")));
    }
    let bytes = match block.first() {
        None => return Err(unreadable("it is empty".to_owned())),
        Some(b) if b & 0x80 != 0 => block.to_vec(),
        Some(_) => dearmor(block).map_err(unreadable)?,
    };
    let mut found = Vec::new();
    for packet in PacketParser::new(&*bytes) {
        match packet {
            Ok(Packet::Signature(signature)) => found.push(signature),
            Ok(_) => return Err(unreadable("it holds something else".to_owned())),
            Err(e) => return Err(unreadable(e.to_string())),
        }
        if found.len() > MAX_COUNT {
            return Err(unreadable(format!("it has more than {MAX_COUNT} signatures")));
        }
    }
    match found.is_empty() {
        true => Err(unreadable("there is none".to_owned())),
        false => Ok(found),
    }
}

/// The bytes in an armoured block.
fn dearmor(block: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut armour = Dearmor::new(BufReader::new(block));
    armour.read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    Ok(bytes)
}
