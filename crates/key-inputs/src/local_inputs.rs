//! Files and directories of this machine that a spec names: their lengths and digests.
//!
//! ```text
//! a file         its bytes
//! a directory    a list with a line for each path below it, in the order of the paths:
//!                  directory MODE PATH
//!                  file MODE LENGTH SHA-256 PATH
//!                  link TARGET PATH
//!                  other PATH
//! ```
//!
//! Modes are those that the key has (in octal, 0644 or 0755), and no owner or time is in it: neither
//! reaches a key. In paths, `%` and every byte that is no UTF-8 is `%` and two hexadecimal digits.

use crate::error::Error;
use crate::{FileSources, digests, tree};
use core::fmt::Write as _;
use file_tree::{Directory, Node, View};
use input_file::{open_regular, sha256_hex, sha256_of};
use key_lock::LocalInput;
use key_record::path_text;
use key_spec::{Spec, Time};
use std::collections::BTreeMap;
use std::path::Path;

/// The inputs of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalInputs {
    /// The files.
    pub files: Vec<LocalInput>,
    /// The directories.
    pub directories: Vec<LocalInput>,
}

/// Reads the files and directories that a spec names by paths relative to `base`, and takes the
/// length and digest of each. The result has the paths as the spec writes them.
///
/// # Errors
/// [`Error`] names the one that is not there or cannot be read.
pub fn local_inputs(spec: &Spec, base: &Path) -> Result<LocalInputs, Error> {
    let mut found = LocalInputs::default();
    for named in spec.input_paths() {
        let path = base.join(&named);
        let named = named.display().to_string();
        if path.is_dir() {
            let (size, sha256) = directory(&path, spec.time())?;
            found.directories.push(LocalInput { path: named, sha256, size });
        } else {
            let (file, metadata) = open_regular(&path)?;
            let read = |source| Error::Read { path: path.clone(), source };
            let sha256 = sha256_of(file).map_err(read)?;
            found.files.push(LocalInput { path: named, sha256, size: metadata.len() });
        }
    }
    Ok(found)
}

/// The bytes in a directory's files, and the digest of the list of what is in it.
fn directory(path: &Path, time: Time) -> Result<(u64, String), Error> {
    let mut files = FileSources::new();
    let tree = tree::directory(path, time, &mut files)?;
    let sums = digests::of_tree(&tree, &files, true, path)?;
    Ok((digests::tree_len(&tree), sha256_hex(list(&tree, &sums).as_bytes())))
}

fn list(tree: &Directory, sums: &BTreeMap<String, String>) -> String {
    let mut lines = BTreeMap::new();
    let mut below = vec![(Vec::new(), tree)];
    while let Some((at, directory)) = below.pop() {
        for (name, node) in directory.entries() {
            let here = [&at[..], name.as_bytes()].concat();
            let path = path_text(&here);
            let mode = node.meta().mode;
            let line = match node.view() {
                View::Directory(_) => format!("directory {mode:04o}"),
                View::File(file) => {
                    let sum = sums.get(&path).map_or("", String::as_str);
                    format!("file {mode:04o} {} {sum}", file.content.len())
                }
                View::Symlink(link) => format!("link {}", path_text(link.target())),
                View::Special(_) => "other".to_owned(),
            };
            lines.insert(path, line);
            if let Node::Directory(directory) = node {
                below.push(([&here[..], b"/"].concat(), directory));
            }
        }
    }
    let mut out = String::new();
    for (path, line) in lines {
        // OK to ignore: writing to a String does not fail.
        let _ = writeln!(out, "{line} {path}");
    }
    out
}
