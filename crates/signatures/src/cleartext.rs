//! Cleartext-signed documents, such as Debian's `InRelease`.
//! <https://www.rfc-editor.org/rfc/rfc9580.html#name-cleartext-signature-framewo>
//!
//! ```text
//! -----BEGIN PGP SIGNED MESSAGE-----
//! Hash: SHA256
//!                                        an empty line ends the headers
//! Origin: Debian                         the text: a line that begins with `-` has `- ` before it
//! - -----BEGIN …
//! -----BEGIN PGP SIGNATURE-----
//! …
//! -----END PGP SIGNATURE-----
//! ```
//!
//! What rPGP reads here leniently is read strictly: whatever a reader of the text might see, and the
//! signature does not cover, is an error.

use crate::error::Error;

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
const END: &str = "-----END PGP SIGNATURE-----";

/// Longest document, in bytes: a hundred times Debian's longest.
const MAX_LEN: usize = 16 << 20;

/// A cleartext-signed document, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Document<'a> {
    /// The lines of the text without their ends, and without the white space that is not signed.
    lines: Vec<&'a str>,
    /// The armoured signatures.
    pub signatures: &'a str,
}

impl<'a> Document<'a> {
    /// Takes a document apart.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let not_signed = |why: String| Error::NotSigned { why };
        if bytes.len() > MAX_LEN {
            return Err(not_signed(format!("it is longer than {MAX_LEN} bytes")));
        }
        let text = str::from_utf8(bytes).map_err(|e| not_signed(format!("it is no text: {e}")))?;
        let mut rest = text;
        let mut next = || {
            let (line, others) = rest.split_once('\n')?;
            let here = rest;
            rest = others;
            // Within a line, a carriage return would be hashed as the end of a line, while a reader
            // of the text would see no end there.
            Some((line.strip_suffix('\r').unwrap_or(line), here))
        };
        let ended = || not_signed("it ends before its signature".to_owned());
        match next() {
            Some((line, _)) if line.trim_ascii_end() == BEGIN => {}
            _ => return Err(not_signed(format!("its first line is not `{BEGIN}`"))),
        }
        loop {
            match next().ok_or_else(ended)?.0.trim_ascii_end() {
                "" => break,
                header if header.starts_with("Hash:") => {}
                _ => return Err(not_signed("it has a header that is not `Hash:`".to_owned())),
            }
        }
        let mut lines = Vec::new();
        let signatures = loop {
            let (line, here) = next().ok_or_else(ended)?;
            if line.trim_ascii_end() == SIGNATURE {
                break here;
            }
            let plain = match line.strip_prefix("- ") {
                Some(escaped) => escaped,
                None if line.starts_with('-') => {
                    let why = "a line of its text begins with `-` and is not escaped";
                    return Err(not_signed(why.to_owned()));
                }
                None => line,
            };
            if plain.contains('\r') {
                let why = "a line of its text has a carriage return in it";
                return Err(not_signed(why.to_owned()));
            }
            lines.push(plain.trim_end_matches([' ', '\t']));
        };
        let (_, after) = signatures.split_once(END).ok_or_else(ended)?;
        if !after.trim_ascii().is_empty() {
            return Err(not_signed("something follows its signature".to_owned()));
        }
        Ok(Self { lines, signatures })
    }

    /// The bytes that are signed.
    pub(crate) fn signed(&self) -> String {
        self.lines.join("\r\n")
    }

    /// The signed text for those who have verified it, with the line ends of Unix.
    pub(crate) fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> String {
        format!("{BEGIN}\nHash: SHA256\n\n{text}{SIGNATURE}\n\nabcd\n{END}\n")
    }

    fn refused(bytes: &[u8]) -> String {
        Document::parse(bytes).unwrap_err().to_string()
    }

    #[test]
    fn the_text_is_what_is_signed() {
        for (written, signed, read) in [
            ("a\nb\n", "a\r\nb", "a\nb\n"),
            ("a \t\nb\r\n", "a\r\nb", "a\nb\n"),
            ("- -----BEGIN x\n- - y\n", "-----BEGIN x\r\n- y", "-----BEGIN x\n- y\n"),
            ("\n", "", "\n"),
            ("\n\na\n\n", "\r\n\r\na\r\n", "\n\na\n\n"),
        ] {
            let whole = document(written);
            let parsed = Document::parse(whole.as_bytes()).unwrap();
            assert_eq!((&*parsed.signed(), &*parsed.text()), (signed, read), "{written:?}");
            assert!(parsed.signatures.starts_with(SIGNATURE));
            let windows = whole.replace('\n', "\r\n").replace("\r\r\n", "\r\n");
            assert_eq!(Document::parse(windows.as_bytes()).unwrap().signed(), signed);
        }
    }

    #[test]
    fn whatever_is_not_covered_by_the_signature_is_refused() {
        let good = document("a\n");
        let says = |bytes: &str, why: &str| assert!(refused(bytes.as_bytes()).contains(why));
        says(&format!("Origin: evil\n{good}"), "its first line is not");
        says(&format!("\n{good}"), "its first line is not");
        says(&format!("{good}Origin: evil\n"), "something follows its signature");
        says(&format!("{good}{good}"), "something follows its signature");
        says(&good.replace("Hash: SHA256", "Origin: evil"), "a header that is not `Hash:`");
        says(&document("-evil\n"), "not escaped");
        says(&document(&format!("{BEGIN}\n")), "not escaped");
        says(&document("a\rOrigin: evil\n"), "carriage return");
        for cut in [0, 10, BEGIN.len() + 1, good.len() - 10] {
            let e = refused(&good.as_bytes()[..cut]);
            assert!(e.contains("it ends before") || e.contains("its first line"), "{e}");
        }
        assert!(refused(b"\xff\n").contains("it is no text"));
        assert!(refused(&vec![b'\n'; MAX_LEN + 1]).contains("it is longer than"));
        assert!(Document::parse(format!("{good}\n \n").as_bytes()).is_ok());
    }
}
