//! The export of what a lock needs: into a cache that a machine without a network can use.

use super::digests::digests;
use super::told::Told;
use crate::error::Error;
use crate::lock_file::LockFile;

use key_inputs::{Environment, Expect, Wishes};
use key_spec::Overrides;
use std::fs::File;
use std::io;
use std::path::Path;

/// Gets all that a lock needs into the cache that `XDG_CACHE_HOME=directory` names. What this machine's
/// own cache has is copied.
///
/// # Errors
/// [`Error`] names what cannot be had or written; the rest of it is there then.
pub fn export(
    file: &LockFile,
    directory: &Path,
    wishes: Wishes,
    told: &mut Told<'_>,
) -> Result<(), Error> {
    let own = Environment::from_process()?;
    file.check_spec(&file.spec()?, &[], &Overrides::default())?;
    let whole = file.completed()?;
    let wishes = own.wishes(&whole.packages, wishes);
    let absolute = |source| key_inputs::Error::Read { path: directory.to_owned(), source };
    let directory = std::path::absolute(directory).map_err(absolute)?;
    let there = Environment { xdg_cache_home: Some(directory), ..own.clone() };
    let (from, to) = (own.store()?, there.store()?);
    for sha256 in digests(file)? {
        let Some(stored) = from.get(&sha256).map_err(key_inputs::Error::from)? else { continue };
        let expect = Expect { sha256, max_len: stored.stamp.len() };
        to.add::<key_inputs::Error>(&expect, |out| {
            let failed = |source| key_inputs::Error::Read { path: stored.path.clone(), source };
            io::copy(&mut File::open(&stored.path).map_err(failed)?, out).map_err(failed)?;
            Ok(())
        })?;
    }
    key_inputs::fetch_locked(&file.lock, &whole, &wishes, &there, told.say)?;
    let missing = file.missing_downloads(&whole, &there)?;
    Ok(key_inputs::download_files(&missing, &there, told.downloads)?)
}
