//! A volume made by the driver: formatted, and every entry created with its clusters. What files
//! hold is left out; where it belongs is found out.

use crate::device::SparseDevice;
use crate::options::fat_time;
use crate::{Error, Options, names};
use file_tree::{Directory, FileContent, Meta, Timestamp, View};
use hadris_fat::sync::{FatFs, format};
use hadris_fat::{FatOptions, Geometry};
use hadris_fs::{ErrorKind, Extent, MountOptions, NodeId, SetAttr};
use std::collections::VecDeque;

/// A finished volume.
#[derive(Debug)]
pub(crate) struct Volume<'a> {
    pub device: SparseDevice,
    pub geometry: Geometry,
    /// The directories, the root first, with where they lie.
    pub directories: Vec<(String, Vec<Extent>)>,
    /// The files that hold anything, with where they lie.
    pub files: Vec<(String, Vec<Extent>, &'a FileContent)>,
}

/// The reason why there is no volume.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The size is too small, or too large for the FAT type.
    Size(ErrorKind),
    /// The tree does not fit.
    Full,
    /// Any size would fail.
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// The failure that the driver reports about `path`.
fn failure<E>(path: &str, error: &hadris_io::Error<E>) -> Failure
where
    hadris_io::Error<E>: core::fmt::Display,
{
    let path = || path.to_owned();
    match error.kind() {
        ErrorKind::NoSpace | ErrorKind::LimitExceeded => Failure::Full,
        // Names that differ in case only were refused before.
        ErrorKind::AlreadyExists => Error::ShortName { path: path() }.into(),
        _ => Error::Driver { path: path(), reason: error.to_string() }.into(),
    }
}

/// Formats `size` bytes and puts in the entries of the tree, which [`names::check`] has seen.
pub(crate) fn populate<'a>(
    tree: &'a Directory,
    size: u64,
    options: &Options,
) -> Result<Volume<'a>, Failure> {
    let sectors = size / options.sector_size.bytes();
    let mut device = SparseDevice::new(options.sector_size, sectors);
    format(&mut device, &fat_options(options)).map_err(|e| Failure::Size(e.kind()))?;
    let mounted = FatFs::mount(device, MountOptions::new());
    let fs = mounted.map_err(|e| failure("/", e.error()))?;
    let mut writer = Writer { fs, directories: Vec::new(), files: Vec::new() };
    let mut queue = VecDeque::from([(writer.fs.root(), String::new(), tree)]);
    while let Some((node, path, directory)) = queue.pop_front() {
        writer.directory(node, path, directory, &mut queue)?;
    }
    let Writer { fs, directories, files } = writer;
    let geometry = *fs.info();
    let device = fs.unmount().map_err(|e| failure("/", e.error()))?;
    Ok(Volume { device, geometry, directories, files })
}

fn fat_options(options: &Options) -> FatOptions {
    let hidden = u64::from(options.hidden_sectors) * options.sector_size.bytes();
    // OK to cast: 512 or 4096.
    let mut fat = FatOptions::new()
        .with_sector_size(options.sector_size.bytes() as u32)
        .with_serial(options.volume_id)
        .with_time(fat_time(options.time))
        .with_oem_name(options.oem_name)
        .with_partition_offset(hidden);
    if let Some(label) = options.label {
        fat = fat.with_label(label.0);
    }
    if let Some(kind) = options.kind {
        fat = fat.with_kind(kind.drivers());
    }
    fat
}

/// All three times of an entry are that of its last modification, the only one a tree has.
fn times(time: Timestamp) -> SetAttr {
    let time = fat_time(time);
    SetAttr::new().with_created(time).with_modified(time).with_accessed(time)
}

struct Writer<'a> {
    fs: FatFs<SparseDevice>,
    directories: Vec<(String, Vec<Extent>)>,
    files: Vec<(String, Vec<Extent>, &'a FileContent)>,
}

type Queue<'a> = VecDeque<(NodeId, String, &'a Directory)>;

impl<'a> Writer<'a> {
    /// All entries of a directory, then what its files hold: so each lies in one piece.
    fn directory(
        &mut self,
        node: NodeId,
        path: String,
        directory: &'a Directory,
        queue: &mut Queue<'a>,
    ) -> Result<(), Failure> {
        let mut files = Vec::new();
        let entries = || directory.entries();
        let short = entries().filter(|(name, _)| names::is_short(name));
        let long = entries().filter(|(name, _)| !names::is_short(name));
        for (name, entry) in short.chain(long) {
            let path = names::path(&path, name);
            let times = times(entry.meta().mtime);
            let name = hadris_fs::Name::new(name.as_bytes());
            match entry.view() {
                View::Directory(d) => {
                    let made = self.fs.mkdir(node, name, &times).map_err(|e| failure(&path, &e))?;
                    queue.push_back((made, path, d));
                }
                View::File(f) => {
                    let made =
                        self.fs.create(node, name, &times).map_err(|e| failure(&path, &e))?;
                    files.push((made, path, &f.content, f.meta));
                }
                // The tree was checked not to have any.
                View::Symlink(_) | View::Special(_) => {}
            }
        }
        for (node, path, content, meta) in files {
            self.file(node, path, content, meta)?;
        }
        let extents = self.extents(node, &path)?;
        self.fs.forget(node, 1);
        self.directories.push((path, extents));
        Ok(())
    }

    /// Gives a file its length and clusters. The driver is told that all of it is zeros.
    fn file(
        &mut self,
        node: NodeId,
        path: String,
        content: &'a FileContent,
        meta: Meta,
    ) -> Result<(), Failure> {
        let fs = &mut self.fs;
        let grown = fs.truncate(node, content.len()).and_then(|()| fs.close(node));
        let stamped = grown.and_then(|()| fs.setattr(node, &times(meta.mtime)));
        stamped.map_err(|e| failure(&path, &e))?;
        let extents = self.extents(node, &path)?;
        self.fs.forget(node, 1);
        if !content.is_empty() {
            self.files.push((path, extents, content));
        }
        Ok(())
    }

    fn extents(&mut self, node: NodeId, path: &str) -> Result<Vec<Extent>, Failure> {
        let mut all: Vec<Extent> = Vec::new();
        let mut some = [Extent::new(0, 0); 64];
        loop {
            let from = all.last().map_or(0, |e| e.file_offset() + e.len());
            let found = self.fs.extents(node, from, &mut some);
            let found = found.map_err(|e| failure(path, &e))?;
            if found == 0 {
                return Ok(all);
            }
            all.extend(some.iter().take(found));
        }
    }
}
