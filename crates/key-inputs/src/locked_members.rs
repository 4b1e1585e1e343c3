//! Files in packages, as a lock names them: by their digests.

use crate::error::Error;
use ::downloads::Store;
use packages::CachedMember;
use std::collections::BTreeMap;

/// The files that a lock takes out of packages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockedMembers(BTreeMap<(String, String), LockedMember>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct LockedMember {
    sha256: String,
    /// The version of the package.
    version: String,
}

impl LockedMembers {
    /// The files that these packages of a lock have.
    pub fn of(packages: &[key_lock::Package]) -> Self {
        let of_package = |package: &key_lock::Package| {
            let (name, version) = (package.name.clone(), package.version.clone());
            let members = package.members.clone().into_iter();
            members.map(move |member| {
                let locked = LockedMember { sha256: member.sha256, version: version.clone() };
                ((name.clone(), member.path), locked)
            })
        };
        Self(packages.iter().flat_map(of_package).collect())
    }

    /// The file `member` of a package as the lock names it, found in the cache by its digest.
    pub(crate) fn member(
        &self,
        store: &Store,
        package: &str,
        member: &str,
    ) -> Result<CachedMember, Error> {
        let (package, member) = (package.to_owned(), member.to_owned());
        let Some(locked) = self.0.get(&(package.clone(), member.clone())) else {
            return Err(Error::NotLocked { package, member });
        };
        let LockedMember { sha256, version } = locked;
        let there = store.get(sha256)?;
        let missing = || Error::NotThere { what: vec![format!("{member} of {package} {version}")] };
        let path = there.ok_or_else(missing)?.path;
        Ok(CachedMember { path, version: version.clone() })
    }
}
