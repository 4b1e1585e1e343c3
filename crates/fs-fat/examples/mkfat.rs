//! Makes an image from a directory: `mkfat fat12|fat16|fat32 DIRECTORY IMAGE [SIZE IN MIB]`.
//!
//! Without a size, the image is the smallest that holds the directory.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // an example does I/O

use file_tree::MetadataPolicy;
use fs_fat::{FatType, Options, lay_out, smallest};
use image_layout::{SourceId, Sources};
use image_write::SourceFiles;
use std::error::Error;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
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

    fn path(&self, _: SourceId) -> &Path {
        Path::new("a file of the directory")
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let [kind, source, image, size @ ..] = &args[..] else {
        return Err("usage: mkfat fat12|fat16|fat32 DIRECTORY IMAGE [SIZE IN MIB]".into());
    };
    let kind = match kind.to_str() {
        Some("fat12") => FatType::Fat12,
        Some("fat16") => FatType::Fat16,
        Some("fat32") => FatType::Fat32,
        _ => return Err("the first argument is fat12, fat16 or fat32".into()),
    };
    let (tree, sources) = from_directory(Path::new(source), &MetadataPolicy::KEEP, SourceId(0))?;
    // Identity and time are the caller's: the same input gives the same image.
    let mut options = Options::new(0x1234_ABCD, tree.meta.mtime);
    options.kind = Some(kind);
    let size = match size.first().and_then(|s| s.to_str()) {
        Some(mib) => mib.parse::<u64>()? << 20,
        None => smallest(&tree, &options, 0)?,
    };
    let layout = lay_out(&tree, size, &options)?;
    let files = Files(sources);
    let go_on = &mut |_: image_write::Progress<'_>| ControlFlow::Continue(());
    image_write::to_file(&layout, &files, Path::new(image), Default::default(), go_on)?;
    files.0.check_unchanged()?;
    println!("{size} bytes, {} regions", layout.regions().count());
    Ok(())
}
