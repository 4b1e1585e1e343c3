//! A record as text.
//!
//! `inputs.toml` holds the digest of `key.toml`, and ends with a comment that holds the digest of
//! all lines before it. So no change to a record goes unnoticed.

use crate::error::Error;
use crate::inputs::Inputs;
use hex_digest::sha256_hex;
use serde::{Deserialize, Serialize};

/// The format of records that this version writes. It grows when a program that reads records has
/// to know more than it did.
pub const FORMAT: u32 = 1;

/// The comment that begins `inputs.toml`.
pub const INPUTS_HEAD: &str =
    "# What this key was made of; key.toml beside it says how. See bootkey's docs/record.md.\n";
/// The beginning of the comment at the end of `inputs.toml`.
const SEAL: &str = "# sha256 of the lines above: ";

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The spec, as TOML.
    pub spec: String,
    /// The inputs.
    pub inputs: Inputs,
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    /// The SHA-256 of the spec.
    spec: String,
    #[serde(flatten)]
    inputs: &'a Inputs,
}

#[derive(Deserialize)]
struct Head {
    format: u32,
    bootkey: String,
    spec: String,
}

impl Record {
    /// The text of `inputs.toml`.
    pub fn inputs_text(&self) -> String {
        let spec = sha256_hex(self.spec.as_bytes());
        let written = Written { format: FORMAT, spec, inputs: &self.inputs };
        // OK to unwrap: the keys are texts, and the numbers are lengths of files that exist.
        #[allow(clippy::expect_used)]
        let text = toml::to_string(&written).expect("a record is TOML");
        let text = format!("{INPUTS_HEAD}{text}\n");
        let seal = sha256_hex(text.as_bytes());
        format!("{text}{SEAL}{seal}\n")
    }

    /// Reads a record from the texts of `key.toml` and `inputs.toml`.
    ///
    /// # Errors
    /// [`Error`] if one of them is not as it was written, or the format is one of a later version.
    pub fn read(spec: &str, inputs: &str) -> Result<Self, Error> {
        let damaged = |why: &str| Error::Damaged { why: why.to_owned() };
        let head: Option<Head> = toml::from_str(inputs).ok();
        if let Some(Head { format, bootkey: by, .. }) = head.as_ref().filter(|h| h.format > FORMAT)
        {
            return Err(Error::Newer { format: *format, known: FORMAT, by: by.clone() });
        }
        let sealed = inputs.rfind(SEAL).map(|at| inputs.split_at(at));
        let (text, seal) = sealed.ok_or_else(|| damaged("its last line is not its SHA-256"))?;
        if seal != format!("{SEAL}{}\n", sha256_hex(text.as_bytes())) {
            return Err(damaged("its SHA-256 is not the one in its last line"));
        }
        let parsed: Result<Inputs, _> = toml::from_str(inputs);
        let inputs = parsed.map_err(|e| damaged(e.message()))?;
        let head = head.ok_or_else(|| damaged("it lacks `format`, `bootkey` or `spec`"))?;
        if head.spec != sha256_hex(spec.as_bytes()) {
            return Err(Error::Spec);
        }
        Ok(Self { spec: spec.to_owned(), inputs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::{Grub, InputFile, Iso, Node, Tree, Use};

    fn record() -> Record {
        let place = |text: &str| text.to_owned().try_into().unwrap();
        let sha256 = Some(sha256_hex(b"x"));
        let file = |len, sha256| Node::File { len, sha256 };
        let nodes = [
            ("a", Node::Directory),
            ("a/%ff", file(1 << 40, sha256.clone())),
            ("b", file(0, None)),
            ("c", Node::Other),
        ];
        let nodes = nodes.into_iter().map(|(path, node)| (path.to_owned(), node)).collect();
        let files = [("kernel.img".to_owned(), sha256_hex(b"k"))].into();
        let grub = Grub { platform: "i386-pc".into(), version: None, files };
        let tree = Tree { at: place("isos:/x y"), nodes };
        let file = InputFile {
            purpose: Use::Answers,
            of: Some(0),
            name: None,
            package: None,
            version: None,
            at: place("boot:/boot/autoinstall/x.cpio"),
            offset: 124,
            len: 7,
            sha256: sha256.clone(),
        };
        let (package, version) = (Some("p+".to_owned()), Some("1:2~3".to_owned()));
        let iso = Iso { at: place("isos:/a \"b\".iso"), len: 1 << 40, package, version, sha256 };
        let inputs = Inputs {
            bootkey: "0.1.0".to_owned(),
            layout: 1,
            memdisk_known: true,
            isos: vec![iso.clone(), Iso { sha256: None, ..iso }],
            grub: vec![grub],
            files: vec![file],
            theme: Some(tree.clone()),
            trees: vec![tree],
        };
        Record { spec: "[key]\nname = \"x\"\n".to_owned(), inputs }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let record = record();
        let text = record.inputs_text();
        assert_eq!(Record::read(&record.spec, &text), Ok(record), "{text}");
    }

    #[test]
    fn no_byte_of_it_changes_unnoticed() {
        let record = record();
        let (spec, text) = (&record.spec, record.inputs_text());
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(flipped) = String::from_utf8(bytes) else { continue };
            assert!(Record::read(spec, &flipped).is_err(), "byte {at}");
        }
        assert_eq!(Record::read("[key]\nname = \"y\"\n", &text), Err(Error::Spec));
        assert!(matches!(Record::read(spec, ""), Err(Error::Damaged { .. })));
    }

    #[test]
    fn a_later_format_says_who_reads_it() {
        let text = "format = 2\nbootkey = \"3.1\"\nspec = \"\"\nsomething = \"new\"\n";
        let newer = Error::Newer { format: 2, known: 1, by: "3.1".to_owned() };
        assert_eq!(Record::read("", text), Err(newer));
    }
}
