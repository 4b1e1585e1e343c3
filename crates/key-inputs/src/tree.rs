//! Files for the key besides ISOs: directories, archives, a theme.

use crate::digests;
use crate::environment::Environment;
use crate::error::{Error, shown};
use crate::needed_downloads::Downloaded;
use crate::payload::{Payload, open_payload};
use crate::sources::FileSources;
use file_tree::{
    Directory, MetadataPolicy, Modes, Node, Owners, Times, Timestamp, View, XattrPolicy,
};
use key_inventory::{Theme, Tree};
use key_spec::{Time, TreeSource};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The metadata of all files: owner root, plain modes, the key's time. So the key does not depend
/// on who makes it, when, and with which umask.
fn policy(time: Time) -> MetadataPolicy {
    MetadataPolicy {
        owners: Owners::Pinned { uid: 0, gid: 0 },
        modes: Modes::Normalized,
        times: Times::Pinned(Timestamp { seconds: time.seconds(), nanoseconds: 0 }),
        xattrs: XattrPolicy::Dropped,
    }
}

/// Reads a directory or a tar archive. All its files get the time `time`. `sums` asks for their
/// digests, however many bytes they are.
pub(crate) fn tree(
    from: &TreeSource,
    time: Time,
    sums: bool,
    files: &mut FileSources,
    env: &Environment,
) -> Result<Tree, Error> {
    let (shown, tree, path) = match from {
        TreeSource::Path(path) if path.is_dir() => {
            (shown(path).to_string(), directory(path, time, files)?, path.clone())
        }
        TreeSource::Path(path) => {
            let tree = archive(open_payload(path)?, path, time, files)?;
            (shown(path).to_string(), tree, path.clone())
        }
        TreeSource::Download(download) => {
            let found = Downloaded::find(download, env)?;
            let payload = found.open()?;
            let path = PathBuf::from(&found.shown);
            (found.shown, archive(payload, &path, time, files)?, path)
        }
    };
    let sums = digests::of_tree(&tree, files, sums, &path)?;
    Ok(Tree { shown, tree, sums })
}

/// Reads a tar archive. Messages name `path`.
fn archive(
    payload: Payload,
    path: &Path,
    time: Time,
    files: &mut FileSources,
) -> Result<Directory, Error> {
    let file = payload.opened().try_clone();
    let file = file.map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
    let (tree, _) = tree_inputs::from_tar(file, &policy(time), files.next())
        .map_err(|source| Error::Archive { path: path.to_path_buf(), source })?;
    files.push(payload);
    Ok(tree)
}

pub(crate) fn directory(
    path: &Path,
    time: Time,
    files: &mut FileSources,
) -> Result<Directory, Error> {
    let (tree, sources) = tree_inputs::from_directory(path, &policy(time), files.next())?;
    files.push_directory(sources);
    Ok(tree)
}

/// Reads a theme's directory, which must have a `theme.txt`. `sums` as for a tree.
pub(crate) fn theme(
    path: &Path,
    time: Time,
    sums: bool,
    files: &mut FileSources,
) -> Result<Theme, Error> {
    let tree = directory(path, time, files)?;
    let sums = digests::of_tree(&tree, files, sums, path)?;
    theme_of(tree, sums, path)
}

/// The theme that consists of these files.
pub(crate) fn theme_of(
    tree: Directory,
    sums: BTreeMap<String, String>,
    path: &Path,
) -> Result<Theme, Error> {
    if !matches!(tree.get(b"theme.txt").map(Node::view), Some(View::File(_))) {
        return Err(Error::NoTheme { path: path.to_path_buf() });
    }
    let fonts = tree.walk().into_iter().map(|(path, _)| path).filter(|p| p.ends_with(".pf2"));
    let fonts = fonts.map(|p| format!("/{}", p.trim_start_matches('/'))).collect();
    Ok(Theme { shown: shown(path).to_string(), tree, sums, fonts })
}
