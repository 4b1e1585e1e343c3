//! The answers for an installer, put onto the key where the installer looks for them. Its ISO is
//! not changed.
//!
//! | recipe says | the file lies |
//! |---|---|
//! | `initrd:/preseed.cfg` | in a cpio archive on GRUB's partition, loaded as one more initrd |
//! | `isos:ks.cfg` | on the partition of the ISOs, in a directory for each ISO |
//! | `cidata` | as `user-data` on a small FAT partition labelled `CIDATA`, beside `meta-data` |

use crate::error::Error;
use crate::tree;
use boot_recipes::{Answers, Arg, Recognised};
use cpio::newc;
use file_tree::{Directory, FileContent, Timestamp};
use grub_config::Id;
use image_layout::Content;
use key_inventory::{Asset, Iso};
use key_spec::Iso as Asked;
use std::io::Write as _;
use std::sync::Arc;

/// The directory of the archives on GRUB's partition.
const DIRECTORY: &str = "/boot/autoinstall";
/// The label of the file system that cloud-init looks for.
pub(crate) const CIDATA: &str = "CIDATA";
/// The mode, as in stat(2), of a regular file that everybody may read.
const REGULAR_FILE: u32 = 0o100_644;

/// The files for installers, by the partition that they go to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files {
    /// The paths and contents of files for GRUB's partition.
    pub(crate) boot: Vec<(String, FileContent)>,
    /// The paths and contents of files for the partition of the ISOs.
    pub(crate) isos: Vec<(String, FileContent)>,
    /// The answers for the partition that cloud-init reads.
    pub(crate) cidata: Option<UserData>,
}

/// The answers for cloud-init.
#[derive(Debug, Clone)]
pub(crate) struct UserData {
    pub(crate) bytes: Arc<[u8]>,
    /// The name of the ISO that the answers are for, for messages.
    pub(crate) iso: String,
}

/// The way in which an installer is told where its answers are: kernel parameters, and perhaps one
/// more initrd.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) args: Vec<Arg>,
    /// The path of one more initrd, on GRUB's partition.
    pub(crate) initrd: Option<String>,
}

impl Files {
    /// Adds the answers that `asked` names, for the installer that `found` describes, and tells how
    /// it finds them; `None` if `asked` names none.
    pub(crate) fn add(
        &mut self,
        asked: &Asked,
        iso: &Iso,
        found: &Recognised,
        id: &Id,
        time: Timestamp,
    ) -> Result<Option<Told>, Error> {
        let (Some(_), Some(Asset { bytes, .. })) = (&asked.autoinstall, &iso.answers) else {
            return Ok(None);
        };
        let refuse = |why: String| Error::NoAutoinstall { iso: iso.shown.clone(), why };
        let row = found.autoinstall.as_ref().ok_or_else(|| {
            let recipe = &found.recipe;
            refuse(format!("the recipe `{recipe}` knows no way in which it installs by itself"))
        })?;
        let mut initrd = None;
        match &row.put {
            None => {
                let what = format!("bootkey cannot prepare what it needs: {}", row.answers);
                return Err(refuse(what));
            }
            Some(Answers::Initrd(name)) => {
                let path = format!("{DIRECTORY}/{id}.cpio");
                let archive = archive(name, bytes, time);
                let archive = archive.map_err(|e| refuse(format!("the file is too long: {e}")))?;
                self.boot.push((path.clone(), archive));
                initrd = Some(path);
            }
            Some(Answers::Isos(path)) => {
                let bytes = Content::Bytes(bytes.clone());
                self.isos.push((path.clone(), bytes.into()));
            }
            Some(Answers::Cidata) => {
                if let Some(first) = &self.cidata {
                    let (first, second) = (first.iso.clone(), iso.shown.clone());
                    return Err(Error::SameLabel { label: CIDATA.to_owned(), first, second });
                }
                self.cidata = Some(UserData { bytes: bytes.clone(), iso: iso.shown.clone() });
            }
        }
        Ok(Some(Told { args: row.args.clone(), initrd }))
    }
}

/// The error for an ISO that starts no Linux kernel, so that no parameters can tell an installer
/// where its answers are.
pub(crate) fn own_menu(iso: &str) -> Error {
    let why = "no Linux kernel is started that could be told".to_owned();
    Error::NoAutoinstall { iso: iso.to_owned(), why }
}

/// Puts files into a tree.
pub(crate) fn put(
    tree: &mut Directory,
    files: &[(String, FileContent)],
    time: Timestamp,
) -> Result<(), Error> {
    for (path, content) in files {
        tree::put(tree, path, content.clone(), time)?;
    }
    Ok(())
}

/// The files of the partition for cloud-init. `instance` is the id by which cloud-init tells this
/// installation from others.
pub(crate) fn cidata(
    user_data: &UserData,
    instance: &str,
    time: Timestamp,
) -> Result<Directory, Error> {
    let mut tree = tree::empty(time);
    let meta_data = format!("instance-id: {instance}\n");
    let files = [
        ("user-data".to_owned(), Content::Bytes(user_data.bytes.clone()).into()),
        ("meta-data".to_owned(), meta_data.as_bytes().into()),
    ];
    put(&mut tree, &files, time)?;
    Ok(tree)
}

/// An initrd with one file, which the kernel unpacks after the ISO's own:
/// <https://docs.kernel.org/driver-api/early-userspace/buffer-format.html>.
fn archive(path: &str, bytes: &Arc<[u8]>, time: Timestamp) -> std::io::Result<FileContent> {
    let len = u32::try_from(bytes.len()).map_err(std::io::Error::other)?;
    let name = path.trim_start_matches('/');
    let entry = newc::Builder::new(name).mode(REGULAR_FILE).nlink(1);
    let entry = entry.mtime(u32::try_from(time.seconds).unwrap_or(0));
    let mut writer = entry.write(Vec::new(), len);
    writer.write_all(bytes)?;
    let archive = newc::trailer(writer.finish()?)?;
    // The answers stay a piece of their own in the archive's content, because the key's record
    // looks for that piece.
    let (header, rest) = archive.split_at(header_len(name));
    let rest = rest.get(bytes.len()..).unwrap_or_default();
    let pieces = [header.into(), Content::Bytes(bytes.clone()), rest.into()];
    FileContent::from_pieces(pieces).map_err(std::io::Error::other)
}

/// The length of the header of a file with this name, in bytes: 110, the name, its NUL, and what
/// aligns the file to 4.
fn header_len(name: &str) -> usize {
    (110 + name.len() + 1).next_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_holds_one_file_that_everybody_may_read() {
        let time = Timestamp { seconds: 7, nanoseconds: 0 };
        let answers: Arc<[u8]> = b"d-i x y z\n".as_slice().into();
        let content = archive("/preseed.cfg", &answers, time).unwrap();
        let [header, piece, rest] = content.pieces() else { panic!("{content:?}") };
        assert!(matches!(piece, Content::Bytes(bytes) if Arc::ptr_eq(bytes, &answers)));
        let mut archive = vec![0; content.len() as usize];
        let (first, behind) = archive.split_at_mut(header.len() as usize);
        let (second, third) = behind.split_at_mut(piece.len() as usize);
        for (piece, bytes) in [(header, first), (piece, second), (rest, third)] {
            assert!(piece.read_at(0, bytes));
        }
        let reader = newc::Reader::new(&archive[..]).unwrap();
        let entry = reader.entry();
        assert_eq!((entry.name(), entry.mode(), entry.mtime()), ("preseed.cfg", 0o100_644, 7));
        assert_eq!((entry.file_size(), entry.nlink(), entry.uid()), (10, 1, 0));
        let mut held = Vec::new();
        let rest = reader.to_writer(&mut held).unwrap();
        assert_eq!(held, b"d-i x y z\n");
        assert!(newc::Reader::new(rest).unwrap().entry().is_trailer());
        // The kernel's own condition on every name: it ends with a NUL, which is counted.
        assert_eq!(&archive[94..102], b"0000000c");
        assert_eq!(&archive[110..122], b"preseed.cfg\0");
    }
}
