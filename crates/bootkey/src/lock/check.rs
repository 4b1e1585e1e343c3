//! The check whether a lock holds.

use super::make::image;
use super::told::Told;
use crate::drift::Drift;
use crate::error::Error;
use crate::lock_file::LockFile;
use key_inputs::{Environment, LockedMembers, Wishes};
use key_spec::{Overrides, Spec};

/// The drift of a lock: what of it does not hold any more. `spec` is the spec that it must be the
/// lock of; without one, the spec in the lock is taken.
///
/// What costs little is checked first. Only if all of it holds, the inputs that are not in the
/// cache are fetched (unless `offline`), and the image is made and digested; it is written nowhere.
///
/// # Errors
/// [`Error`] when it cannot be told: without a network, or where something cannot be read.
pub fn check(
    file: &LockFile,
    spec: Option<Spec>,
    wishes: Wishes,
    offline: bool,
    told: &mut Told<'_>,
) -> Result<Vec<Drift>, Error> {
    let own = file.spec()?;
    let mut drift = file.spec_drift(spec.as_ref().unwrap_or(&own), &[], &Overrides::default());
    drift.extend(file.local_drift()?);
    if !drift.is_empty() {
        return Ok(drift);
    }
    let whole = file.completed()?;
    let mut environment = Environment::from_process()?;
    environment.locked = Some(LockedMembers::of(&file.lock.packages));
    if !offline {
        let wishes = environment.wishes(&whole.packages, wishes);
        let missing = file.missing_downloads(&whole, &environment)?;
        let fetched =
            key_inputs::fetch_locked(&file.lock, &whole, &wishes, &environment, told.say).err();
        let downloaded = key_inputs::download_files(&missing, &environment, told.downloads).err();
        for error in fetched.into_iter().chain(downloaded) {
            drift.push(of_input(error)?);
        }
        if !drift.is_empty() {
            return Ok(drift);
        }
    }
    let found = image(file, &whole, environment, told)?;
    if found.sha256 != file.lock.image.sha256 {
        let locked = file.lock.image.sha256.clone();
        drift.push(Drift::Image { locked, found: found.sha256 });
    }
    Ok(drift)
}

/// The drift that `error` stands for, if an input cannot be had any more as it was. Any other error
/// is returned.
fn of_input(error: key_inputs::Error) -> Result<Drift, Error> {
    let name = match &error {
        key_inputs::Error::Package(e) if e.is_gone() => "a package",
        key_inputs::Error::Download(e) if e.is_gone() => "a download",
        _ => return Err(error.into()),
    };
    Ok(Drift::Input { name: name.to_owned(), why: error.to_string() })
}
