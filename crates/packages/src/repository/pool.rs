//! Mirrors' pools: getting a pinned package file, at any time.
//!
//! ```text
//! requests ─ resolve ─► Pinned ─ get_pinned ─► mirrors' pools in turn
//!                                                │ none has it any more
//!                                              the snapshot archive
//! ```

use super::ArchiveError;
use super::fetching::Fetching;
use super::get::{GetError, Place, get_into};
use super::pinned::Pinned;
use super::snapshot::{NotGot, Snapshot};
use super::suite::check;

/// Gets a package file: from the first of the mirrors whose pool has it, else from the snapshot
/// archive. A mirror with another file under that name is passed over, and `by` is told so. Whatever `place` holds after an
/// error must not be used.
///
/// # Errors
/// [`ArchiveError::Gone`] with what was tried; [`ArchiveError::Unreachable`] if no mirror answers;
/// [`ArchiveError::NotKept`].
pub fn get_pinned(
    pinned: &Pinned,
    mirrors: &[String],
    snapshot: Option<&Snapshot<'_>>,
    by: &mut Fetching<'_>,
    place: &mut dyn Place,
) -> Result<(), ArchiveError> {
    // `answered`: whether anybody answered that the file is not there (any more), so that it is
    // gone and not only out of reach.
    let (mut tried, mut answered) = (Vec::new(), false);
    for mirror in mirrors {
        let url = format!("{mirror}/{}", pinned.path);
        by.say(&format!("getting {url} ({} kB)", pinned.len.div_ceil(1000)));
        let failed = match get_into(by.client, &url, pinned.len, place) {
            Ok(got) => match checked(&url, &got, pinned) {
                Ok(()) => return Ok(()),
                Err(why) => {
                    answered = true;
                    why
                }
            },
            Err(GetError::NotKept(why)) => return Err(ArchiveError::NotKept { url, why }),
            Err(e) => {
                answered |= e == GetError::NotFound;
                format!("{url}: {e}")
            }
        };
        by.say(&format!("passed over: {failed}"));
        tried.push(failed);
    }
    if let Some(snapshot) = snapshot {
        match snapshot.get(pinned, by, place) {
            Ok((url, got)) => match checked(&url, &got, pinned) {
                Ok(()) => return Ok(()),
                Err(why) => tried.push(why),
            },
            Err(NotGot::NotThere(why)) => tried.push(why),
            Err(NotGot::NotKept { url, why }) => return Err(ArchiveError::NotKept { url, why }),
            Err(NotGot::Failed(why)) => {
                answered = false;
                tried.push(why);
            }
        }
    }
    let tried = tried.join("; ");
    if !answered {
        return Err(ArchiveError::Unreachable { packages: vec![pinned.package.clone()], tried });
    }
    Err(ArchiveError::Gone {
        package: pinned.package.clone(),
        version: pinned.version.clone(),
        sha256: pinned.sha256.clone(),
        tried,
    })
}

/// What is wrong with what came, of that length and digest, if it is not the package file.
fn checked(url: &str, (len, sha256): &(u64, String), pinned: &Pinned) -> Result<(), String> {
    check(url, *len, sha256, (pinned.len, &pinned.sha256)).map_err(|e| match e {
        ArchiveError::WrongBytes { url, why } => format!("{url}: is another file ({why})"),
        other => other.to_string(),
    })
}
