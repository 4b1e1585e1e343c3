//! Whether a file system that was written to since is whole: its own tables fit each other.

use super::verification::{Finding, Verification};
use crate::error::Error;
use fs_ext::check::Checked;
use fs_ext::read::Error as ExtError;
use fs_fat::read::{Error as FatError, Fat};
use key_read::FileSystem;
use std::path::Path;

/// Looks at the tables of a file system of the disk at `path`. What is wrong is added; what there is to know about the
/// answer is returned, as the end of a sentence.
pub(super) fn check_tables(
    path: &Path,
    name: &str,
    files: &FileSystem<'_>,
    found: &mut Verification,
) -> Result<String, Error> {
    let mut wrong = |what: String| {
        found.wrong.push(Finding::about(format!("{name}/file system"), what));
    };
    let checked = match files {
        FileSystem::Ext(ext) => fs_ext::check::check(ext),
        FileSystem::Fat(fat) => return check_fat(path, fat, &mut wrong),
    };
    match checked {
        Ok(Checked::Whole(findings)) if findings.is_empty() => {
            Ok("the file system's own tables fit each other".into())
        }
        Ok(Checked::Whole(findings)) => {
            findings.list.into_iter().for_each(&mut wrong);
            if findings.more > 0 {
                wrong(format!("and {} things more", findings.more));
            }
            Ok("the file system's own tables are damaged, `e2fsck` mends them".into())
        }
        Ok(Checked::NeedsRecovery) => {
            Ok("it was not unmounted, and its own tables can be checked when \
            its journal was replayed: mount it once"
                .into())
        }
        Err(ExtError::Io(source)) => {
            Err(key_inputs::Error::Read { path: path.to_owned(), source }.into())
        }
        Err(e @ ExtError::Unsupported { .. }) => Ok(format!(
            "the file system's own tables were not checked, `e2fsck -fn` does that ({e})"
        )),
        Err(e) => {
            wrong(e.to_string());
            Ok("the file system's own tables cannot be read".into())
        }
    }
}

fn check_fat(path: &Path, fat: &Fat<'_>, wrong: &mut dyn FnMut(String)) -> Result<String, Error> {
    match fs_fat::check::check(fat) {
        Ok(findings) if findings.is_empty() => {
            Ok("the file system's own tables fit each other".into())
        }
        Ok(findings) => {
            findings.list.into_iter().for_each(&mut *wrong);
            if findings.more > 0 {
                wrong(format!("and {} things more", findings.more));
            }
            Ok("the file system's own tables are damaged, `fsck.fat` mends them".into())
        }
        Err(FatError::Io(source)) => {
            Err(key_inputs::Error::Read { path: path.to_owned(), source }.into())
        }
        Err(e) => {
            wrong(e.to_string());
            Ok("the file system's own tables cannot be read".into())
        }
    }
}
