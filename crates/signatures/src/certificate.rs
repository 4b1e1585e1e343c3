//! Certificates: a primary key, who it belongs to, and its subkeys, with what the primary key says of
//! them.

use crate::policy;
use pgp::composed::{SignedPublicKey, SignedPublicSubKey};
use pgp::errors::Result as PgpResult;
use pgp::packet::{PublicKey, PublicSubkey, Signature, SignatureType};
use pgp::ser::Serialize as _;
use pgp::types::{KeyDetails, PublicParams, Tag};
use std::io::Read;

/// Shortest parameters of RSA, in bytes: a modulus of 2048 bits and an exponent of one byte, each with
/// two bytes of length.
const MIN_RSA: usize = 2048 / 8 + 2 + 1 + 2;

/// A certificate: a primary key, its owner's names, and the keys of it that may sign.
#[derive(Debug, Clone)]
pub struct Certificate {
    fingerprint: String,
    user_ids: Vec<String>,
    expires: Option<u64>,
    revoked: bool,
    pub(crate) keys: Vec<SigningKey>,
}

/// A key that may sign: the primary key of a certificate, or a subkey.
#[derive(Debug, Clone)]
pub(crate) struct SigningKey {
    material: Material,
    pub created: u64,
    pub expires: Option<u64>,
    pub revoked: bool,
}

#[derive(Debug, Clone)]
enum Material {
    Primary(PublicKey),
    Subkey(PublicSubkey),
}

impl Certificate {
    /// The primary key's fingerprint, in upper-case hex.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The names of its owner that the primary key has signed.
    pub fn user_ids(&self) -> &[String] {
        &self.user_ids
    }

    /// The time from which on it is not valid any more, in seconds since 1970.
    pub fn expires(&self) -> Option<u64> {
        self.expires
    }

    /// Whether its owner has revoked it.
    pub fn is_revoked(&self) -> bool {
        self.revoked
    }

    /// Merges another certificate of the same primary key into this one. A revocation in either
    /// counts, and the earlier expiry. Names and keys that only one of them has are kept.
    pub(crate) fn merge(&mut self, other: Self) {
        self.revoked |= other.revoked;
        self.expires = earlier(self.expires, other.expires);
        for user_id in other.user_ids {
            if !self.user_ids.contains(&user_id) {
                self.user_ids.push(user_id);
            }
        }
        for new in other.keys {
            match self.keys.iter_mut().find(|key| key.fingerprint() == new.fingerprint()) {
                Some(key) => {
                    key.revoked |= new.revoked;
                    key.expires = earlier(key.expires, new.expires);
                }
                None => self.keys.push(new),
            }
        }
        for key in &mut self.keys {
            key.revoked |= self.revoked;
            key.expires = earlier(key.expires, self.expires);
        }
    }

    /// The certificate made of one that rPGP has parsed but not verified. The error says why it
    /// cannot be used.
    pub(crate) fn check(parsed: &SignedPublicKey) -> Result<Self, String> {
        let primary = &parsed.primary_key;
        let fingerprint = fingerprint(primary);
        let refuse = |why: &str| Err(format!("{fingerprint}: {why}"));
        let by_itself = |s: &&Signature| claims(s, primary) && policy::refuse(s).is_none();
        let mut of_users: Vec<&Signature> = Vec::new();
        let mut user_ids = Vec::new();
        for user in &parsed.details.users {
            let certifies = |s: &&Signature| {
                is_certification(s)
                    && s.verify_certification(primary, Tag::UserId, &user.id).is_ok()
            };
            let before = of_users.len();
            of_users.extend(user.signatures.iter().filter(by_itself).filter(certifies));
            if of_users.len() > before {
                user_ids.push(String::from_utf8_lossy(user.id.id()).into_owned());
            }
        }
        // A signature of the key over itself, without a name, counts only if no name is certified:
        // Debian's keys use it only to name who may revoke them, and it does not say what they may
        // do.
        let direct =
            |s: &&Signature| s.typ() == Some(SignatureType::Key) && s.verify_key(primary).is_ok();
        let newest = of_users.into_iter().max_by_key(|s| s.created());
        let newest = newest.or_else(|| {
            let own = parsed.details.direct_signatures.iter().filter(by_itself).filter(direct);
            own.max_by_key(|s| s.created())
        });
        let Some(newest) = newest else {
            return refuse("it has no valid signature of its own");
        };
        let created = u64::from(primary.created_at().as_secs());
        let expires = expires(newest, created);
        // A revocation counts even if policy would refuse its signature: whoever made it holds the
        // key, so the key must not sign any more.
        let mut revocations = parsed.details.revocation_signatures.iter();
        let revoked = revocations.any(|s| s.verify_key(primary).is_ok());
        let mut keys = Vec::new();
        if newest.key_flags().sign() && is_strong(primary.public_params()) {
            let material = Material::Primary(primary.clone());
            keys.push(SigningKey { material, created, expires, revoked });
        }
        keys.extend(
            parsed.public_subkeys.iter().filter_map(|s| subkey(s, primary, expires, revoked)),
        );
        if keys.is_empty() {
            return refuse("none of its keys may sign, or they are too weak");
        }
        Ok(Self { fingerprint, user_ids, expires, revoked, keys })
    }
}

impl SigningKey {
    /// Whether the signature says that it was made with this key.
    pub(crate) fn is_claimed_by(&self, signature: &Signature) -> bool {
        match &self.material {
            Material::Primary(key) => claims(signature, key),
            Material::Subkey(key) => claims(signature, key),
        }
    }

    /// Verifies that the signature was made with this key over those bytes.
    pub(crate) fn verify(&self, signature: &Signature, signed: impl Read) -> PgpResult<()> {
        match &self.material {
            Material::Primary(key) => signature.verify(key, signed),
            Material::Subkey(key) => signature.verify(key, signed),
        }
    }

    /// The fingerprint, in upper-case hex.
    pub(crate) fn fingerprint(&self) -> String {
        match &self.material {
            Material::Primary(key) => fingerprint(key),
            Material::Subkey(key) => fingerprint(key),
        }
    }
}

/// The subkey, if the primary key says that it may sign, and a signature by the subkey itself
/// confirms that it belongs to that primary key.
fn subkey(
    parsed: &SignedPublicSubKey,
    primary: &PublicKey,
    primary_expires: Option<u64>,
    revoked: bool,
) -> Option<SigningKey> {
    let key = &parsed.key;
    let valid =
        |s: &&Signature| claims(s, primary) && s.verify_subkey_binding(primary, key).is_ok();
    let of = |typ| parsed.signatures.iter().filter(move |s| s.typ() == Some(typ)).filter(valid);
    let bindings = of(SignatureType::SubkeyBinding).filter(|s| policy::refuse(s).is_none());
    let newest = bindings.max_by_key(|s| s.created())?;
    let back = newest.embedded_signature()?;
    let may_sign = newest.key_flags().sign()
        && policy::refuse(back).is_none()
        && back.verify_primary_key_binding(key, primary).is_ok()
        && is_strong(key.public_params());
    if !may_sign {
        return None;
    }
    let created = u64::from(key.created_at().as_secs());
    let own = expires(newest, created);
    let expires = earlier(own, primary_expires);
    let revoked = revoked || of(SignatureType::SubkeyRevocation).next().is_some();
    Some(SigningKey { material: Material::Subkey(key.clone()), created, expires, revoked })
}

/// The earlier of two times of expiry; `None` stands for a key that never expires.
fn earlier(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    [a, b].into_iter().flatten().min()
}

fn expires(signature: &Signature, created: u64) -> Option<u64> {
    let after = u64::from(signature.key_expiration_time()?.as_secs());
    (after != 0).then(|| created.saturating_add(after))
}

/// Whether a signature says that it was made with that key.
fn claims(signature: &Signature, key: &impl KeyDetails) -> bool {
    signature.issuer_fingerprint().contains(&&key.fingerprint())
        || signature.issuer_key_id().contains(&&key.legacy_key_id())
}

fn is_certification(signature: &Signature) -> bool {
    use SignatureType::{CertCasual, CertGeneric, CertPersona, CertPositive};
    let typ = signature.typ();
    [CertGeneric, CertPersona, CertCasual, CertPositive].into_iter().any(|t| typ == Some(t))
}

fn is_strong(params: &PublicParams) -> bool {
    match params {
        PublicParams::RSA(rsa) => rsa.write_len() >= MIN_RSA,
        PublicParams::ECDSA(_)
        | PublicParams::EdDSALegacy(_)
        | PublicParams::Ed25519(_)
        | PublicParams::Ed448(_) => true,
        _ => false,
    }
}

fn fingerprint(key: &impl KeyDetails) -> String {
    key.fingerprint().to_string().to_uppercase()
}
