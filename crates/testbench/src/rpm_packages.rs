//! RPM packages made byte by byte, sound and hostile; `rpmbuild`'s are in `rpm_oracle.rs`.

use crate::deb_packages::compress;
use hex_digest::sha256_hex;
use std::fs;
use std::path::{Path, PathBuf};

/// A value in a header.
#[derive(Debug, Clone)]
pub enum Value {
    Text(String),
    Texts(Vec<String>),
    Short(Vec<u16>),
    Number(Vec<u32>),
}

/// A member of the archive, as its header says.
#[derive(Debug, Clone)]
pub struct Entry {
    pub name: String,
    pub mode: u32,
    pub bytes: Vec<u8>,
    pub inode: u32,
    pub links: u32,
}

/// A package that is being made.
#[derive(Debug, Clone)]
pub struct RpmPackage {
    pub tags: Vec<(u32, Value)>,
    pub entries: Vec<Entry>,
    /// The payload's compression: the ending that `compress` knows it by, and rpm's name.
    pub compressor: (&'static str, &'static str),
    /// Whether the archive is stripped, that is, without what the header has.
    pub stripped: bool,
}

pub const FILE: u32 = 0o100_644;

impl RpmPackage {
    pub fn new(name: &str, version: &str, release: &str) -> Self {
        let text = |t: &str| Value::Text(t.into());
        let tags = vec![
            (1000, text(name)),
            (1001, text(version)),
            (1002, text(release)),
            (1009, Value::Number(vec![1 << 20])),
            (1022, text("noarch")),
            (1044, text("grub2.src.rpm")),
            (1124, text("cpio")),
        ];
        Self { tags, entries: Vec::new(), compressor: (".zst", "zstd"), stripped: false }
    }

    pub fn compressor(self, ending: &'static str, name: &'static str) -> Self {
        Self { compressor: (ending, name), ..self }
    }

    pub fn file(self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let inode = self.entries.len() as u32 + 1;
        self.entry(Entry { name: name.into(), mode: FILE, bytes: bytes.into(), inode, links: 1 })
    }

    pub fn entry(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }

    /// Sets a tag, or removes it.
    pub fn tag(mut self, tag: u32, value: Option<Value>) -> Self {
        self.tags.retain(|t| t.0 != tag);
        self.tags.extend(value.map(|v| (tag, v)));
        self
    }

    pub fn cpio(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (index, e) in self.entries.iter().enumerate() {
            if self.stripped {
                out.extend(format!("07070X{index:08x}").bytes());
            } else {
                out.extend(newc(&e.name, e.mode, e.bytes.len(), e.inode, e.links));
            }
            pad(&mut out);
            out.extend(&e.bytes);
            pad(&mut out);
        }
        out.extend(newc("TRAILER!!!", 0, 0, 0, 1));
        pad(&mut out);
        out
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.with_cpio(&self.cpio())
    }

    /// The package's bytes, with this archive instead of one of its entries, and fitting digests.
    pub fn with_cpio(&self, cpio: &[u8]) -> Vec<u8> {
        self.with_payload(&compress(self.compressor.0, cpio))
    }

    pub fn with_payload(&self, payload: &[u8]) -> Vec<u8> {
        let mut tags = self.tags.clone();
        let numbers = |of: fn(&Entry) -> u32| Value::Number(self.entries.iter().map(of).collect());
        if self.stripped {
            let split = |e: &Entry| {
                let (dir, base) = e.name.rsplit_once('/').unwrap();
                (format!("/{dir}/"), base.to_owned())
            };
            let (dirs, bases) = self.entries.iter().map(split).unzip();
            tags.push((1028, numbers(|e| e.bytes.len() as u32)));
            tags.push((1030, Value::Short(self.entries.iter().map(|e| e.mode as u16).collect())));
            tags.push((1095, numbers(|_| 1)));
            tags.push((1096, numbers(|e| e.inode)));
            tags.push((1116, Value::Number((0..self.entries.len() as u32).collect())));
            tags.push((1117, Value::Texts(bases)));
            tags.push((1118, Value::Texts(dirs)));
        }
        let mut add = |tag: u32, value: Value| {
            if !tags.iter().any(|t| t.0 == tag) {
                tags.push((tag, value));
            }
        };
        add(1125, Value::Text(self.compressor.1.into()));
        add(5092, Value::Texts(vec![sha256_hex(payload)]));
        add(5093, Value::Number(vec![8]));
        let main = header(&tags);
        let signature = header(&[
            (273, Value::Text(sha256_hex(&main))),
            (1000, Value::Number(vec![(main.len() + payload.len()) as u32])),
        ]);
        let mut out = lead();
        out.extend(signature);
        out.resize(out.len().next_multiple_of(8), 0);
        out.extend(main);
        out.extend(payload);
        out
    }

    pub fn write(&self, path: &Path) -> PathBuf {
        fs::write(path, self.bytes()).unwrap();
        path.to_path_buf()
    }
}

fn lead() -> Vec<u8> {
    let mut lead = b"\xed\xab\xee\xdb\x03\0\0\0".to_vec();
    lead.resize(96, 0);
    lead
}

pub fn header(tags: &[(u32, Value)]) -> Vec<u8> {
    let (mut index, mut values) = (Vec::new(), Vec::new());
    for (tag, value) in tags {
        let align = match value {
            Value::Number(_) => 4,
            Value::Short(_) => 2,
            _ => 1,
        };
        values.resize(values.len().next_multiple_of(align), 0);
        let at = values.len() as u32;
        let (kind, count) = match value {
            Value::Text(text) => {
                values.extend(text.bytes().chain([0]));
                (6, 1)
            }
            Value::Texts(texts) => {
                texts.iter().for_each(|t| values.extend(t.bytes().chain([0])));
                (8, texts.len())
            }
            Value::Short(numbers) => {
                numbers.iter().for_each(|n| values.extend(n.to_be_bytes()));
                (3, numbers.len())
            }
            Value::Number(numbers) => {
                numbers.iter().for_each(|n| values.extend(n.to_be_bytes()));
                (4, numbers.len())
            }
        };
        index.extend([*tag, kind, at, count as u32].into_iter().flat_map(u32::to_be_bytes));
    }
    let mut out = b"\x8e\xad\xe8\x01\0\0\0\0".to_vec();
    out.extend((tags.len() as u32).to_be_bytes());
    out.extend((values.len() as u32).to_be_bytes());
    [out, index, values].concat()
}

/// A header of the archive and the name, not padded.
pub fn newc(name: &str, mode: u32, len: usize, inode: u32, links: u32) -> Vec<u8> {
    let fields = [inode, mode, 0, 0, links, 0, len as u32, 8, 1, 0, 0, name.len() as u32 + 1, 0];
    let digits: String = fields.iter().map(|f| format!("{f:08x}")).collect();
    [b"070701", digits.as_bytes(), name.as_bytes(), b"\0"].concat()
}

pub fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}
