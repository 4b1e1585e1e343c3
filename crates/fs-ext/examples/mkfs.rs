//! Makes an image from a directory: `mkfs ext2|ext3|ext4 DIRECTORY IMAGE [SIZE IN MIB]`.
//!
//! Without a size, the image is the smallest that holds the directory. Owners, modes and times
//! are those of the files; hard links become files of their own.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // an example does I/O

use file_tree::{Directory, File, Meta, Node, Symlink, Timestamp};
use fs_ext::{Flavour, Options, lay_out, smallest};
use image_layout::{Content, Reader, SourceId, Sources};
use std::error::Error;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The files, by source number.
struct Files(Vec<PathBuf>);

impl Sources for Files {
    fn read_exact_at(&self, id: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let path = self.0.get(id.0 as usize).ok_or(io::ErrorKind::NotFound)?;
        std::fs::File::open(path)?.read_exact_at(buf, offset)
    }
}

fn meta(m: &std::fs::Metadata) -> Meta {
    Meta {
        mode: (m.mode() & 0o7777) as u16,
        uid: m.uid(),
        gid: m.gid(),
        mtime: Timestamp { seconds: m.mtime(), nanoseconds: m.mtime_nsec() as u32 },
    }
}

fn read_directory(path: &Path, files: &mut Files) -> Result<Directory, Box<dyn Error>> {
    let mut directory = Directory::new(meta(&std::fs::metadata(path)?));
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let (path, m) = (entry.path(), entry.metadata()?);
        let meta = meta(&m);
        let node = if m.is_dir() {
            Node::Directory(read_directory(&path, files)?)
        } else if m.is_symlink() {
            let target = std::fs::read_link(&path)?;
            Node::Symlink(Symlink::new(meta, target.as_os_str().as_bytes())?)
        } else if m.is_file() {
            let id = SourceId(u32::try_from(files.0.len())?);
            files.0.push(path);
            Node::File(File::new(meta, Content::Source { id, offset: 0, len: m.len() }))
        } else {
            return Err(format!("{}: neither file, directory nor link", path.display()).into());
        };
        directory.insert(entry.file_name().as_bytes(), node)?;
    }
    Ok(directory)
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let [flavour, source, image, size @ ..] = &args[..] else {
        return Err("usage: mkfs ext2|ext3|ext4 DIRECTORY IMAGE [SIZE IN MIB]".into());
    };
    let flavour = match flavour.to_str() {
        Some("ext2") => Flavour::Ext2,
        Some("ext3") => Flavour::Ext3,
        Some("ext4") => Flavour::Ext4,
        _ => return Err("the first argument is ext2, ext3 or ext4".into()),
    };
    let mut files = Files(Vec::new());
    let tree = read_directory(Path::new(source), &mut files)?;
    // Identity and time are the caller's: the same input gives the same image.
    let options = Options::new(flavour, *b"an example UUID!", [0; 16], tree.meta.mtime);
    let size = match size.first().and_then(|s| s.to_str()) {
        Some(mib) => mib.parse::<u64>()? << 20,
        None => smallest(&tree, &options, 0)?,
    };
    let layout = lay_out(&tree, size, &options)?;
    let mut out = std::fs::File::create(image)?;
    out.set_len(layout.len())?; // reads as zero; only the other regions are written
    let mut reader = Reader::new(&layout, &files);
    let mut buf = vec![0; 1 << 20];
    for region in layout.regions().filter(|r| !matches!(r.content, Content::Zero { .. })) {
        reader.seek(SeekFrom::Start(region.at))?;
        out.seek(SeekFrom::Start(region.at))?;
        let mut left = reader.by_ref().take(region.content.len());
        loop {
            match left.read(&mut buf)? {
                0 => break,
                n => out.write_all(&buf[..n])?,
            }
        }
    }
    println!("{size} bytes, {} regions", layout.regions().count());
    Ok(())
}
