//! Requests: which packages are wanted, and what of them.

use crate::cache::check_member_name;
use crate::deb::is_package_name;
use crate::error::Error;

/// A package to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The package's name: `memtest86+`.
    pub package: String,
    /// The architecture by Debian's name, such as `arm64`; `None`: this machine's.
    pub architecture: Option<String>,
    /// The members to extract into the cache as plain files.
    pub members: Vec<String>,
}

impl Request {
    /// A request for a package of this machine's architecture, no member of which is extracted.
    pub fn package(name: impl Into<String>) -> Self {
        Self { package: name.into(), architecture: None, members: Vec::new() }
    }

    /// The same request for a certain architecture.
    #[must_use]
    pub fn on(self, architecture: impl Into<String>) -> Self {
        Self { architecture: Some(architecture.into()), ..self }
    }

    /// Checks the names, which become parts of URLs and file names.
    pub(super) fn check(&self) -> Result<(), Error> {
        let words = [Some(&self.package), self.architecture.as_ref()];
        match words.into_iter().flatten().find(|name| !is_package_name(name)) {
            Some(bad) => Err(Error::BadPackageName { name: bad.clone() }),
            None => self.members.iter().try_for_each(|m| check_member_name(m).map(|_| ())),
        }
    }

    /// The architecture that is asked for.
    pub(super) fn architecture(&self) -> &str {
        self.architecture.as_deref().unwrap_or_else(|| this_machines())
    }
}

/// Debian's name of this machine's architecture.
fn this_machines() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "i386",
        "arm" => "armhf",
        "powerpc64" => "ppc64el",
        other => other,
    }
}
