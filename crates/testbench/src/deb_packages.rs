//! Debian packages that tests make, with other people's writers: the crates `ar` and `tar`,
//! `lzma-rust2` for xz, `ruzstd` for Zstandard and `flate2` for gzip.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A package that is being made.
#[derive(Debug, Clone)]
pub struct Package {
    pub control: String,
    pub files: Vec<(String, Vec<u8>)>,
    pub suffix: &'static str,
}

impl Package {
    pub fn new(name: &str, version: &str) -> Self {
        let control = format!(
            "Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: T <t@example.org>\n\
             Installed-Size: 64\nDescription: made by a test\n"
        );
        Self { control, files: Vec::new(), suffix: ".xz" }
    }

    pub fn file(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.push((name.into(), bytes.into()));
        self
    }

    pub fn suffix(mut self, suffix: &'static str) -> Self {
        self.suffix = suffix;
        self
    }

    pub fn data_tar(&self) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, bytes) in &self.files {
            tar.append_data(&mut header(bytes.len() as u64), format!("./{name}"), &bytes[..])
                .unwrap();
        }
        tar.into_inner().unwrap()
    }

    pub fn control_tar(&self) -> Vec<u8> {
        tar_of(&[("./control", self.control.as_bytes())])
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.with_data_tar(&self.data_tar())
    }

    /// The package's bytes, with this data archive instead of one of its files.
    pub fn with_data_tar(&self, data: &[u8]) -> Vec<u8> {
        archive(&[
            ("debian-binary", b"2.0\n"),
            (&format!("control.tar{}", self.suffix), &compress(self.suffix, &self.control_tar())),
            (&format!("data.tar{}", self.suffix), &compress(self.suffix, data)),
        ])
    }

    pub fn write(&self, path: &Path) -> PathBuf {
        fs::write(path, self.bytes()).unwrap();
        path.to_path_buf()
    }
}

pub fn header(size: u64) -> tar::Header {
    let mut h = tar::Header::new_gnu();
    h.set_size(size);
    h.set_mode(0o644);
    h.set_mtime(0);
    h.set_uid(0);
    h.set_gid(0);
    h.set_entry_type(tar::EntryType::Regular);
    h
}

pub fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        tar.append_data(&mut header(bytes.len() as u64), name, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

/// A tar archive of one entry, whose name is written into the header unchecked.
pub fn raw_entry(name: &[u8], kind: tar::EntryType, link: &str, bytes: &[u8]) -> Vec<u8> {
    let mut h = header(bytes.len() as u64);
    h.as_old_mut().name[..name.len()].copy_from_slice(name);
    h.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
    h.set_entry_type(kind);
    h.set_cksum();
    let mut out = h.as_bytes().to_vec();
    out.extend(bytes);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

pub fn end_of_tar() -> [u8; 1024] {
    [0; 1024]
}

pub fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = ar::Builder::new(Vec::new());
    for (name, bytes) in parts {
        let mut header = ar::Header::new(name.as_bytes().to_vec(), bytes.len() as u64);
        header.set_mode(0o100_644);
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

pub fn compress(suffix: &str, bytes: &[u8]) -> Vec<u8> {
    match suffix {
        ".gz" => {
            let mut w = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            w.write_all(bytes).unwrap();
            w.finish().unwrap()
        }
        ".xz" => {
            let options = lzma_rust2::XzOptions::with_preset(1);
            let mut w = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
            w.write_all(bytes).unwrap();
            w.finish().unwrap()
        }
        ".bz2" => {
            let mut w = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            w.write_all(bytes).unwrap();
            w.finish().unwrap()
        }
        ".lzma" => {
            let options = lzma_rust2::LzmaOptions::with_preset(1);
            let mut w = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
            w.write_all(bytes).unwrap();
            w.finish().unwrap()
        }
        ".zst" => {
            ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
        }
        _ => bytes.to_vec(),
    }
}
