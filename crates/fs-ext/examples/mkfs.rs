//! Makes an image from a directory: `mkfs ext2|ext3|ext4 DIRECTORY IMAGE [SIZE IN MIB]`.
//!
//! Without a size, the image is the smallest that holds the directory. Everything is kept: owners,
//! modes, times, hard links, devices, attributes, holes.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // an example does I/O

use file_tree::MetadataPolicy;
use fs_ext::{Flavour, Options, lay_out, smallest};
use image_layout::{SourceId, Sources};
use image_write::SourceFiles;
use std::error::Error;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use tree_inputs::{DirectorySources, from_directory};

/// The files of the directory, as the writer wants them.
struct Files(DirectorySources);

impl Sources for Files {
    fn read_exact_at(&self, id: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(id, offset, buf)
    }
}

impl SourceFiles for Files {
    /// None is kept open: there may be more files than a process may have open.
    fn file(&self, _: SourceId) -> Option<&File> {
        None
    }

    fn open(&self, id: SourceId) -> io::Result<Option<Arc<File>>> {
        self.0.open(id).map_err(io::Error::other)
    }

    fn device_and_inode(&self, id: SourceId) -> Option<(u64, u64)> {
        self.0.device_and_inode(id)
    }

    fn check_unchanged(&self) -> io::Result<()> {
        self.0.check_unchanged().map_err(io::Error::other)
    }

    /// Errors name the file by themselves.
    fn path(&self, _: SourceId) -> &Path {
        self.0.root()
    }
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
    let (tree, sources) = from_directory(Path::new(source), &MetadataPolicy::KEEP, SourceId(0))?;
    // Identity and time are the caller's: the same input gives the same image.
    let options = Options::new(flavour, *b"an example UUID!", [0; 16], tree.meta.mtime);
    let size = match size.first().and_then(|s| s.to_str()) {
        Some(mib) => mib.parse::<u64>()? << 20,
        None => smallest(&tree, &options, 0)?,
    };
    let layout = lay_out(&tree, size, &options)?;
    let files = Files(sources);
    let go_on = &mut |_: image_write::Progress<'_>| ControlFlow::Continue(());
    image_write::to_file(&layout, &files, Path::new(image), Default::default(), go_on)?;
    println!("{size} bytes, {} regions", layout.regions().count());
    Ok(())
}
