//! Minisign's signatures. <https://jedisct1.github.io/minisign/>

use crate::error::Error;

/// Longest signature, in bytes: two lines of comments, and two of base64.
const MAX_SIGNATURE: usize = 64 << 10;

/// A public key of minisign, which a caller trusts.
#[derive(Debug, Clone)]
pub struct PublicKey(minisign_verify::PublicKey);

impl PublicKey {
    /// Reads a public key: the file that `minisign -G` writes, or the one line of base64 in it. The
    /// error says what is wrong.
    ///
    /// # Errors
    /// A text that says what is wrong.
    pub fn read(text: &str) -> Result<Self, String> {
        let line = text.trim().lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        minisign_verify::PublicKey::from_base64(line.trim())
            .map(Self)
            .map_err(|e| format!("is no public key of minisign: {e}"))
    }

    /// Verifies the signature over `signed`, and returns its trusted comment, which is signed too.
    /// Only signatures of the text's hash count, the only form that minisign has made since 2021.
    ///
    /// # Errors
    /// [`Error::NotASignature`]; [`Error::NoGoodSignature`] if it was not made with this key over that.
    pub fn verify(&self, signed: &[u8], signature: &str) -> Result<String, Error> {
        let unreadable = |why: String| Error::NotASignature { why };
        if signature.len() > MAX_SIGNATURE {
            return Err(unreadable(format!("it is longer than {MAX_SIGNATURE} bytes")));
        }
        let parsed =
            minisign_verify::Signature::decode(signature).map_err(|e| unreadable(e.to_string()))?;
        match self.0.verify(signed, &parsed, false) {
            Ok(()) => Ok(parsed.trusted_comment().to_owned()),
            Err(_) => Err(Error::NoGoodSignature { rejected: Vec::new() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the crate `minisign-verify`: of the text `test`.
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    const SIGNATURE: &str = "untrusted comment: signature from minisign secret key\n\
        RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=\n\
        trusted comment: timestamp:1633700835\tfile:test\tprehashed\n\
        wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==\n";

    #[test]
    fn a_signature_holds_for_its_text_key_and_comment_alone() {
        let key = PublicKey::read(KEY).unwrap();
        let comment = key.verify(b"test", SIGNATURE).unwrap();
        assert_eq!(comment, "timestamp:1633700835\tfile:test\tprehashed");
        let file = format!("untrusted comment: minisign public key\n{KEY}\n");
        assert!(PublicKey::read(&file).unwrap().verify(b"test", SIGNATURE).is_ok());

        let none = Error::NoGoodSignature { rejected: Vec::new() };
        assert_eq!(key.verify(b"tesu", SIGNATURE), Err(none));
        let other = SIGNATURE.replace("file:test", "file:evil");
        assert!(matches!(key.verify(b"test", &other), Err(Error::NoGoodSignature { .. })));
        let other = SIGNATURE.replace("RUQf6LRCGA9i559r", "RUQf6LRCGA9i559s");
        assert!(matches!(key.verify(b"test", &other), Err(Error::NoGoodSignature { .. })));
        for bad in ["", "untrusted comment: x\n", &"x".repeat(MAX_SIGNATURE + 1)] {
            assert!(matches!(key.verify(b"test", bad), Err(Error::NotASignature { .. })));
        }
        for bad in ["", "RWQf", "untrusted comment: x\n"] {
            assert!(PublicKey::read(bad).is_err());
        }
    }
}
