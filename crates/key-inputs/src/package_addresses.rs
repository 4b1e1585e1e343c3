//! The addresses of the packages that a key is made of, for those who read of it.

use crate::environment::Environment;
use crate::locked_members::LockedMembers;
use key_spec::Spec;
use packages::Cache;
use packages::repository::address;

/// The addresses of packages that were fetched or locked. They are at the mirrors that the spec names,
/// else at Debian's official one, whichever one this machine has asked: they are published with the key.
#[derive(Debug, Default)]
pub struct PackageAddresses {
    mirrors: Vec<String>,
    locked: Option<LockedMembers>,
    /// The cache of fetched packages, if its archive is known.
    cache: Option<Cache>,
}

impl PackageAddresses {
    /// The addresses of the packages of a spec's key.
    pub fn of(spec: &Spec, env: &Environment) -> Self {
        let mirrors: Vec<_> = spec.packages.mirror.iter().map(|m| m.as_str().to_owned()).collect();
        // What other keys have signed is of somebody's own archive, which only a mirror tells.
        let unknown = spec.packages.keyring.is_some() && mirrors.is_empty();
        let (locked, cache) = match unknown {
            true => (None, None),
            false => (env.locked.clone(), env.cache().ok()),
        };
        Self { mirrors, locked, cache }
    }

    /// The address of a package's file, if it is known.
    pub fn get(&self, name: &str, version: &str) -> Option<String> {
        let place = match &self.locked {
            Some(locked) => locked.place(name, version),
            None => self.cache.as_ref()?.place(name, version),
        };
        let (suite, path) = place?;
        address(&self.mirrors, &suite, &path)
    }
}
