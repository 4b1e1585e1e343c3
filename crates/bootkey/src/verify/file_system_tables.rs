//! Whether a file system that was written to since is whole: its own tables fit each other.

use super::verification::{Finding, Verification};
use crate::error::Error;
use fs_ext::check::Checked;
use fs_ext::read::Error as ExtError;
use fs_fat::read::Error as FatError;
use image_layout::Findings;
use key_read::FileSystem;
use std::path::Path;

/// Checks the tables of a file system of the disk at `path`. What is wrong is added to `found`; the
/// result, or why there is none, is returned as the end of a sentence.
pub(super) fn check_tables(
    path: &Path,
    name: &str,
    files: &FileSystem<'_>,
    found: &mut Verification,
) -> Result<String, Error> {
    let mut wrong = |what: String| {
        found.wrong.push(Finding::about(format!("{name}/file system"), what));
    };
    let mut told = |findings: Findings, mends: &str| {
        if findings.is_empty() {
            return "the file system's own tables fit each other".to_owned();
        }
        findings.list.into_iter().for_each(&mut wrong);
        if findings.more > 0 {
            wrong(format!("and {} things more", findings.more));
        }
        format!("the file system's own tables are damaged, `{mends}` mends them")
    };
    let unreadable = match files {
        FileSystem::Ext(ext) => match fs_ext::check::check(ext) {
            Ok(Checked::Whole(findings)) => return Ok(told(findings, "e2fsck")),
            Ok(Checked::NeedsRecovery) => {
                return Ok("it was not unmounted, and its own tables can be checked when its \
                           journal was replayed: mount it once"
                    .into());
            }
            Err(ExtError::Io(source)) => Err(source),
            Err(e @ ExtError::Unsupported { .. }) => {
                return Ok(format!(
                    "the file system's own tables were not checked, `e2fsck -fn` does that ({e})"
                ));
            }
            Err(e) => Ok(e.to_string()),
        },
        FileSystem::Fat(fat) => match fs_fat::check::check(fat) {
            Ok(findings) => return Ok(told(findings, "fsck.fat")),
            Err(FatError::Io(source)) => Err(source),
            Err(e) => Ok(e.to_string()),
        },
    };
    let why =
        unreadable.map_err(|source| key_inputs::Error::Read { path: path.to_owned(), source })?;
    wrong(why);
    Ok("the file system's own tables cannot be read".into())
}
