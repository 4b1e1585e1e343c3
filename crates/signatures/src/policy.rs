//! The policy: which signatures count at all, whoever made them.

use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureVersion, SubpacketData};

/// Seconds by which a signature may lie in the future, for clocks that differ.
const CLOCKS_DIFFER: u64 = 24 * 60 * 60;

/// The reason for which a signature does not count, whoever made it and whenever it is used.
pub(crate) fn refuse(signature: &Signature) -> Option<String> {
    let Some(config) = signature.config() else {
        return Some(format!("its version is {:?}, which is not read", signature.version()));
    };
    if !matches!(signature.version(), SignatureVersion::V4 | SignatureVersion::V6) {
        return Some(format!("its version is {:?}, which is not read", signature.version()));
    }
    use HashAlgorithm::{Sha3_256, Sha3_512, Sha256, Sha384, Sha512};
    if !matches!(config.hash_alg, Sha256 | Sha384 | Sha512 | Sha3_256 | Sha3_512) {
        return Some(format!("its hash, {}, is too weak", config.hash_alg));
    }
    if signature.created().is_none() {
        return Some("it does not say when it was made".to_owned());
    }
    let not_understood = |data: &SubpacketData| {
        matches!(
            data,
            SubpacketData::Other(..) | SubpacketData::Experimental(..) | SubpacketData::Notation(_)
        )
    };
    let mut critical = config.hashed_subpackets().filter(|p| p.is_critical);
    critical
        .any(|p| not_understood(&p.data))
        .then(|| "it has a critical condition that is not understood".to_owned())
}

/// The reason for which a signature does not count at the time `at`, in seconds since 1970.
pub(crate) fn refuse_at(signature: &Signature, at: u64) -> Option<String> {
    let made = u64::from(signature.created()?.as_secs());
    if made > at.saturating_add(CLOCKS_DIFFER) {
        let days = (made - at) / CLOCKS_DIFFER;
        return Some(format!(
            "it was made {days} days in the future by this machine's clock; is that right?"
        ));
    }
    let expires = signature.signature_expiration_time().map(|d| u64::from(d.as_secs()));
    match expires.filter(|after| *after != 0) {
        Some(after) if made.saturating_add(after) <= at => Some("it has expired".to_owned()),
        _ => None,
    }
}
