//! Files in packages, as a lock names them: by their digests.

use crate::error::Error;
use ::downloads::Store;
use packages::CachedMember;
use std::collections::BTreeMap;

/// The files that a lock takes out of packages, and where the packages are to be had.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockedMembers {
    members: BTreeMap<(String, String), LockedMember>,
    /// The suites and the paths below a mirror of packages, by name and version.
    places: BTreeMap<(String, String), (String, String)>,
}

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
        let place = |package: &key_lock::Package| {
            let key_lock::Package { name, version, suite, path, .. } = package;
            ((name.clone(), version.clone()), (suite.clone(), path.clone()))
        };
        Self {
            members: packages.iter().flat_map(of_package).collect(),
            places: packages.iter().map(place).collect(),
        }
    }

    /// The suite of a package, and the path of its file below a mirror.
    pub(crate) fn place(&self, name: &str, version: &str) -> Option<(String, String)> {
        self.places.get(&(name.to_owned(), version.to_owned())).cloned()
    }

    /// The file `member` of a package as the lock names it, found in the cache by its digest.
    pub(crate) fn member(
        &self,
        store: &Store,
        package: &str,
        member: &str,
    ) -> Result<CachedMember, Error> {
        let (package, member) = (package.to_owned(), member.to_owned());
        let Some(locked) = self.members.get(&(package.clone(), member.clone())) else {
            return Err(Error::NotLocked { package, member });
        };
        let LockedMember { sha256, version } = locked;
        let there = store.get(sha256)?;
        let missing = || Error::NotThere { what: vec![format!("{member} of {package} {version}")] };
        let path = there.ok_or_else(missing)?.path;
        Ok(CachedMember { path, version: version.clone() })
    }
}
