//! The digests of what is carried besides ISOs, for the key's record.

use crate::error::Error;
use crate::known_inputs::DigestedRange;
use crate::sources::FileSources;
use file_tree::{Directory, FileContent, Node, View};
use image_layout::{Content, Sources as _};
use input_file::{DigestWriter, sha256_of};
use key_record::path_text;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;

/// The most bytes of one input that are hashed without being asked for: reading so few takes some
/// milliseconds.
const FEW: u64 = 8 << 20;

/// Whether an input of `len` bytes is hashed: always where its digests were `asked` for, else only
/// if it is short.
pub(crate) fn wanted(len: u64, asked: bool) -> bool {
    asked || len <= FEW
}

/// The number of bytes in the files of a tree.
pub(crate) fn tree_len(tree: &Directory) -> u64 {
    let len = |node: &Node| match node.view() {
        View::File(file) => file.content.len(),
        _ => 0,
    };
    tree.nodes().map(len).fold(0, u64::saturating_add)
}

/// The SHA-256, in hex, of every file in a tree, by the files' paths as text; none where the tree
/// is large and nobody `asked` for digests. Errors name `path`.
pub(crate) fn of_tree(
    tree: &Directory,
    files: &FileSources,
    asked: bool,
    path: &Path,
) -> Result<BTreeMap<String, String>, Error> {
    let mut sums = BTreeMap::new();
    if !wanted(tree_len(tree), asked) {
        return Ok(sums);
    }
    let mut below = vec![(Vec::new(), tree)];
    while let Some((at, directory)) = below.pop() {
        for (name, node) in directory.entries() {
            let here = [&at[..], name.as_bytes()].concat();
            if let Node::Directory(directory) = node {
                below.push(([&here[..], b"/"].concat(), directory));
            } else if let View::File(file) = node.view() {
                sums.insert(path_text(&here), of_content(&file.content, files, path)?);
            }
        }
    }
    Ok(sums)
}

/// The SHA-256, in hex, of all bytes that a reader gives. Errors name `path`.
pub(crate) fn of_reader(reader: impl io::Read, path: &Path) -> Result<String, Error> {
    sha256_of(reader).map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// The SHA-256, in hex, of a file's content. Errors name `path`.
pub(crate) fn of_content(
    content: &FileContent,
    files: &FileSources,
    path: &Path,
) -> Result<String, Error> {
    match DigestedRange::of_content(content, |id| files.stamp(id)) {
        Some(ranges) => files.digests.get(ranges, || read_and_digest(content, files, path)),
        None => read_and_digest(content, files, path),
    }
}

fn read_and_digest(
    content: &FileContent,
    files: &FileSources,
    path: &Path,
) -> Result<String, Error> {
    let mut digest = DigestWriter::new(io::sink());
    let mut buf = vec![0; 1 << 16];
    for piece in content.pieces() {
        let mut done = 0;
        while done < piece.len() {
            let len = (piece.len() - done).min(buf.len() as u64);
            // OK to cast: no more than the buffer's length.
            let buf = buf.get_mut(..len as usize).unwrap_or_default();
            let read = match piece {
                Content::Source { id, offset, .. } => files.read_exact_at(*id, offset + done, buf),
                other => {
                    other.read_at(done, buf);
                    Ok(())
                }
            };
            let read = read.and_then(|()| digest.write_all(buf));
            read.map_err(|source| Error::Read { path: path.to_owned(), source })?;
            done += len;
        }
    }
    Ok(digest.finish())
}
