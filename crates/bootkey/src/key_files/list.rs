//! What lies at a place of a key.

use super::place::Place;
use crate::error::Error;
use crate::utc::date_and_time;
use core::fmt::Write as _;
use key_read::{Disk, FileSystem, FileType, Node};
use serde::Serialize;
use shown_text::Shown;

/// The list of the files at a place.
#[derive(Debug)]
pub struct Listing {
    /// The place.
    pub place: Place,
    /// The names there, in their order; of a file, its own.
    pub entries: Vec<Listed>,
}

/// A name at a place, with what is known about it.
#[derive(Debug)]
pub struct Listed {
    /// The path below the place.
    pub path: Vec<u8>,
    /// The thing itself, or why it cannot be read.
    pub node: Result<Node, key_read::Error>,
    /// The target, if it is a symbolic link.
    pub target: Option<Vec<u8>>,
}

/// Lists a directory, or a file; `deep`: and all directories in it.
///
/// # Errors
/// If the place is not there, or cannot be read. What is damaged inside of it is no error.
pub fn list(disk: &Disk<'_>, place: &Place, deep: bool) -> Result<Listing, Error> {
    let files = place.file_system(disk)?;
    let node = files.lookup(&place.path)?;
    let found: Vec<(Vec<u8>, Result<Node, key_read::Error>)> = if node.kind() != FileType::Directory
    {
        let name = place.path.rsplit(|b| *b == b'/').next().unwrap_or_default();
        vec![(name.to_vec(), Ok(node))]
    } else if deep {
        files.walk_below(&node).map(|visited| (visited.path, visited.node)).collect()
    } else {
        let mut entries = files.entries(&node)?;
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries.into_iter().map(|e| (e.name.clone(), files.node(&e))).collect()
    };
    let entries = found.into_iter().map(|(path, node)| listed(&files, path, node)).collect();
    Ok(Listing { place: place.clone(), entries })
}

fn listed(files: &FileSystem<'_>, path: Vec<u8>, node: Result<Node, key_read::Error>) -> Listed {
    let link = node.as_ref().ok().filter(|node| node.kind() == FileType::Symlink);
    let target = link.and_then(|link| files.target(link).ok());
    Listed { path, node, target }
}

/// The listing for people: a name a line; `long`: as `ls -l` has it.
pub fn text(listing: &Listing, long: bool) -> String {
    let width = |e: &Listed| e.node.as_ref().map_or(0, |n| n.len().to_string().len());
    let width = listing.entries.iter().map(width).max().unwrap_or(0);
    let mut out = String::new();
    for entry in &listing.entries {
        let name = Shown(&entry.path);
        // OK to ignore, here and below: writing to a String does not fail.
        let _ = match &entry.node {
            _ if !long => writeln!(out, "{name}"),
            Err(e) => writeln!(out, "?????????? {name}: {e}"),
            Ok(node) => write_long(&mut out, node, &name, entry.target.as_deref(), width),
        };
    }
    out
}

fn write_long(
    out: &mut String,
    node: &Node,
    name: &Shown<'_>,
    target: Option<&[u8]>,
    width: usize,
) -> core::fmt::Result {
    let owner = node.owner().map(|(uid, gid)| format!(" {uid:>5} {gid:>5}"));
    let time = node.modified().map(|(seconds, _)| date_and_time(seconds));
    let time = time.map_or_else(|| "-".into(), |(date, time)| format!("{date} {time}"));
    write!(
        out,
        "{}{}{} {:>width$} {time:<19} {name}",
        node.kind().letter(),
        permissions(node.permissions()),
        owner.unwrap_or_default(),
        node.len()
    )?;
    match target {
        Some(target) => writeln!(out, " -> {}", Shown(target)),
        None => writeln!(out),
    }
}

/// `rwxr-xr-x`; nothing is known in FAT.
fn permissions(mode: Option<u16>) -> String {
    let Some(mode) = mode else { return String::new() };
    let letters = (0..9).rev().zip("rwxrwxrwx".chars());
    letters.map(|(bit, letter)| if mode >> bit & 1 == 1 { letter } else { '-' }).collect()
}

/// The document that `bootkey ls --json` prints. `schema` changes when a field changes its meaning.
#[derive(Debug, Serialize)]
struct Document {
    schema: &'static str,
    partition: String,
    path: String,
    entries: Vec<Record>,
}

#[derive(Debug, Serialize)]
struct Record {
    path: String,
    /// The bytes of the path in hex, where they are no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
    #[serde(flatten)]
    what: Option<Known>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Known {
    kind: &'static str,
    bytes: u64,
    modified: Option<i64>,
    mode: Option<String>,
    uid: Option<u32>,
    gid: Option<u32>,
    target: Option<String>,
}

/// A value that serialises to the document of `bootkey ls --json`.
pub fn json(listing: &Listing) -> impl Serialize + use<> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let known = |node: &Node, target: Option<&[u8]>| Known {
        kind: kind(node.kind()),
        bytes: node.len(),
        modified: node.modified().map(|(seconds, _)| seconds),
        mode: node.permissions().map(|mode| format!("{mode:04o}")),
        uid: node.owner().map(|(uid, _)| uid),
        gid: node.owner().map(|(_, gid)| gid),
        target: target.map(text),
    };
    let record = |e: &Listed| Record {
        path: text(&e.path),
        path_hex: std::str::from_utf8(&e.path)
            .is_err()
            .then(|| base16ct::lower::encode_string(&e.path)),
        what: e.node.as_ref().ok().map(|node| known(node, e.target.as_deref())),
        error: e.node.as_ref().err().map(key_read::Error::to_string),
    };
    Document {
        schema: "bootkey.ls/1",
        partition: listing.place.partition.clone(),
        path: text(&listing.place.path),
        entries: listing.entries.iter().map(record).collect(),
    }
}

fn kind(kind: FileType) -> &'static str {
    match kind {
        FileType::File => "file",
        FileType::Directory => "directory",
        FileType::Symlink => "symlink",
        FileType::CharacterDevice => "character-device",
        FileType::BlockDevice => "block-device",
        FileType::Fifo => "fifo",
        FileType::Socket => "socket",
    }
}
