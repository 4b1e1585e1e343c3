//! Lists a directory or a tar archive as a tree: `list PATH`, or `list -` for an archive on
//! standard input. The last line says how much there is.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // a program

use file_tree::{Directory, MetadataPolicy, View};
use image_layout::SourceId;
use std::error::Error;
use std::path::Path;

fn read(what: &Path) -> Result<Directory, Box<dyn Error>> {
    let (policy, id) = (MetadataPolicy::KEEP, SourceId(0));
    if what == Path::new("-") {
        let spool = tempfile::tempfile()?;
        return Ok(tree_inputs::from_tar_stream(std::io::stdin(), spool, &policy, id)?.0);
    }
    if what.is_dir() {
        let (tree, sources) = tree_inputs::from_directory(what, &policy, id)?;
        sources.check_unchanged()?;
        return Ok(tree);
    }
    Ok(tree_inputs::from_tar(std::fs::File::open(what)?, &policy, id)?.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let [what, quiet @ ..] = &args[..] else { return Err("usage: list PATH [--quiet]".into()) };
    let tree = read(Path::new(what))?;
    let (mut bytes, mut data) = (0, 0);
    for node in tree.nodes() {
        if let View::File(f) = node.view() {
            bytes += f.content.len();
            let holes =
                |p: &&image_layout::Content| !matches!(p, image_layout::Content::Zero { .. });
            data += f.content.pieces().iter().filter(holes).map(|p| p.len()).sum::<u64>();
        }
    }
    if quiet.is_empty() {
        print!("{tree:?}");
    }
    println!("{} nodes, {bytes} bytes, {data} of them data", tree.nodes().count());
    Ok(())
}
