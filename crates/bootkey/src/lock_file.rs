//! The file of a lock: how it is read, and compared with what there is now.

use crate::drift::Drift;
use crate::error::Error;
use crate::read_spec::read_spec;
use base16ct::lower::encode_string as hex;
use image_write::Written;
use input_file::open_regular;
use key_inputs::{Environment, LocalInputs, NeededDownload, local_inputs, needed_downloads};
use key_lock::{Contents, LocalInput, Lock};
use key_spec::{Check, Overrides, Sha256, Spec, Time};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A lock, and where it lies.
#[derive(Debug, Clone)]
pub struct LockFile {
    /// The path of the file.
    pub path: PathBuf,
    /// The lock.
    pub lock: Lock,
}

/// The image that a lock says a key becomes.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    lock: PathBuf,
    image: Contents,
    text: String,
}

impl Expected {
    /// The lock's file, and its text.
    pub(crate) fn lock(&self) -> (&Path, &str) {
        (&self.lock, &self.text)
    }

    /// Checks that this is the image.
    pub(crate) fn check(&self, written: &Written) -> Result<(), Error> {
        let found = written.sha256.map(|digest| hex(&digest)).unwrap_or_default();
        if found == self.image.sha256 {
            return Ok(());
        }
        let drift = vec![Drift::Image { locked: self.image.sha256.clone(), found }];
        Err(Error::Drifted { lock: self.lock.clone(), drift })
    }
}

/// The text of a spec as a lock holds it: in a canonical form, and without anything of the machine.
pub(crate) fn canonical(spec: &Spec, isos: &[PathBuf], overrides: &Overrides) -> String {
    spec.clone().complete("".as_ref(), isos, overrides, None).underived().to_toml()
}

impl LockFile {
    /// Whether a file is taken for a lock, by its name.
    pub fn is_one(path: &Path) -> bool {
        path.extension().is_some_and(|e| e.eq_ignore_ascii_case("lock"))
    }

    /// The path of the lock beside a spec.
    pub fn beside(spec: &Path) -> PathBuf {
        spec.with_file_name(key_lock::FILE_NAME)
    }

    /// Reads a lock.
    ///
    /// # Errors
    /// [`Error::Inputs`] when the file cannot be read, [`Error::Lock`] when it is no lock.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let lock = Lock::read(&read_bytes(path)?);
        let lock = lock.map_err(|source| Error::Lock { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), lock })
    }

    /// The lock's spec.
    pub(crate) fn spec(&self) -> Result<Spec, Error> {
        Ok(Spec::parse(&format!("{} (its spec)", self.path.display()), &self.lock.spec)?)
    }

    /// The spec with the digests that signed lists had when it was locked.
    pub(crate) fn pinned(&self, spec: Spec) -> Result<Spec, Error> {
        let mut listed = self.lock.listed.iter();
        spec.pinned(|name, _| {
            let sha256 = listed.next().and_then(|digest| Sha256::try_from(digest.clone()).ok());
            sha256.map(Some).ok_or_else(|| {
                let why = "the lock has no digest of it".to_owned();
                let drift = vec![Drift::Input { name: name.to_owned(), why }];
                Error::Drifted { lock: self.path.clone(), drift }
            })
        })
    }

    /// The lock's spec, completed as it was when it was locked.
    pub(crate) fn completed(&self) -> Result<Spec, Error> {
        let time = time(self.lock.source_date_epoch)?;
        self.pinned(self.spec()?.complete(&self.base(), &[], &Overrides::default(), time))
    }

    /// The digests that signed lists had when it was locked, by the addresses of the lists and the names
    /// of the files.
    pub(crate) fn listed(&self) -> Result<BTreeMap<(String, String), Sha256>, Error> {
        let downloads = self.spec()?.downloads();
        let of_lists = downloads.iter().filter_map(|download| match &download.check {
            Check::Sums(sums) => Some((sums.url.to_string(), download.file_name()?)),
            Check::Sha256(_) => None,
        });
        let digest =
            |(key, digest): (_, &String)| Some((key, Sha256::try_from(digest.clone()).ok()?));
        Ok(of_lists.zip(&self.lock.listed).filter_map(digest).collect())
    }

    /// The directory that relative paths in the spec start from.
    pub(crate) fn base(&self) -> PathBuf {
        self.path.parent().map(Path::to_owned).unwrap_or_default()
    }

    pub(crate) fn expected(&self) -> Expected {
        let (lock, image) = (self.path.clone(), self.lock.image.clone());
        Expected { lock, image, text: self.lock.to_text() }
    }

    /// Checks that this is the lock of the spec at `path`, or of what that was before it was changed: two
    /// specs in a directory may not take turns with one lock. Their keys' names tell them apart, or
    /// else the name of a lock that is not the usual one.
    pub(crate) fn check_is_of(&self, spec: &Spec, path: &Path) -> Result<(), Error> {
        let name = |spec: &Spec| spec.key.name.as_ref().map(ToString::to_string);
        let (own, asked) = (self.spec()?, name(spec));
        let locked = name(&own);
        if locked != asked {
            return Err(Error::LockOfAnother { lock: self.path.clone(), locked, name: asked });
        }
        let canonical = |spec: &Spec| canonical(spec, &[], &Overrides::default());
        if self.path != Self::beside(path) || self.lock.spec == canonical(spec) {
            return Ok(());
        }
        let namesake =
            |other: &PathBuf| read_spec(other).is_ok_and(|(spec, _)| name(&spec) == asked);
        match specs_beside(path).into_iter().find(namesake) {
            Some(other) => Err(Error::LockOfWhich { lock: self.path.clone(), other, name: asked }),
            None => Ok(()),
        }
    }

    /// The drift of the lock from this program and from what is asked for: its version, its layout
    /// rules and its spec.
    pub(crate) fn spec_drift(
        &self,
        spec: &Spec,
        isos: &[PathBuf],
        overrides: &Overrides,
    ) -> Vec<Drift> {
        let Lock { bootkey, layout, spec: locked, .. } = &self.lock;
        let mut drift = Vec::new();
        if bootkey != env!("CARGO_PKG_VERSION") {
            drift.push(Drift::Version { locked: bootkey.clone() });
        }
        if *layout != key_record::LAYOUT {
            drift.push(Drift::Layout { locked: *layout });
        }
        drift.extend(Drift::of_specs(&canonical(spec, isos, overrides), locked));
        drift
    }

    /// Checks that [`Self::spec_drift`] finds nothing.
    pub(crate) fn check_spec(
        &self,
        spec: &Spec,
        isos: &[PathBuf],
        overrides: &Overrides,
    ) -> Result<(), Error> {
        self.check(self.spec_drift(spec, isos, overrides))
    }

    /// The drift of the files and directories of this machine from those that were locked.
    pub(crate) fn local_drift(&self) -> Result<Vec<Drift>, Error> {
        let spec = self.spec()?;
        // Before the others are hashed.
        let missing = self.missing();
        if !missing.is_empty() {
            return Ok(missing);
        }
        let found = match local_inputs(&spec, &self.base()) {
            Ok(found) => found,
            Err(e) => {
                let (name, why) = ("an input of this machine".to_owned(), e.to_string());
                return Ok(vec![Drift::Input { name, why }]);
            }
        };
        let LocalInputs { files, directories } = found;
        let mut drift = differing(&self.lock.files, &files, "SHA-256");
        drift.extend(differing(&self.lock.directories, &directories, "list's SHA-256"));
        Ok(drift)
    }

    /// The files and directories of the spec that do not lie where they must.
    fn missing(&self) -> Vec<Drift> {
        let is_there =
            |input: &&LocalInput| self.base().join(&input.path).try_exists().unwrap_or(true);
        let missing = self.lock.local().filter(|input| !is_there(input)).cloned();
        missing
            .map(|LocalInput { path, size, sha256 }| Drift::Missing { path, size, sha256 })
            .collect()
    }

    /// Checks that the files and directories of this machine are those that were locked.
    pub(crate) fn check_local(&self) -> Result<(), Error> {
        self.check(self.local_drift()?)
    }

    fn check(&self, drift: Vec<Drift>) -> Result<(), Error> {
        match drift.is_empty() {
            true => Ok(()),
            false => Err(Error::Drifted { lock: self.path.clone(), drift }),
        }
    }

    /// The files of its spec that are not in the cache, each with its length: no more is taken.
    pub(crate) fn missing_downloads(
        &self,
        spec: &Spec,
        environment: &Environment,
    ) -> Result<Vec<NeededDownload>, Error> {
        let mut missing = key_inputs::missing_downloads(spec, environment)?;
        let needed = needed_downloads(spec);
        for (needed, locked) in needed.iter().zip(&self.lock.downloads) {
            let same = missing.iter_mut().find(|missing| missing.sha256 == needed.sha256);
            if let Some(missing) = same {
                missing.max_len = locked.size.min(missing.max_len);
            }
        }
        Ok(missing)
    }

    /// Checks that the files that were downloaded are as long as the lock says. Their digests are
    /// right: the cache has them by these.
    pub(crate) fn check_lengths(
        &self,
        spec: &Spec,
        environment: &Environment,
    ) -> Result<(), Error> {
        let mut drift = Vec::new();
        let needed = needed_downloads(spec);
        if needed.len() != self.lock.downloads.len() {
            let (name, found) = ("downloads".to_owned(), self.lock.downloads.len());
            let why = format!("the spec needs {}, and {found} were locked", needed.len());
            drift.push(Drift::Input { name, why });
        }
        for (needed, locked) in needed.iter().zip(&self.lock.downloads) {
            let store = environment.store()?;
            let there = store.get(&needed.sha256).map_err(key_inputs::Error::from)?;
            if let Some(len) = there.map(|there| there.stamp.len()).filter(|l| *l != locked.size) {
                let why = format!("it has {len} bytes, and had {}", locked.size);
                drift.push(Drift::Input { name: needed.url().to_owned(), why });
            }
        }
        self.check(drift)
    }
}

/// The other files in a spec's directory that may be specs, by their names, in the order of these.
fn specs_beside(path: &Path) -> Vec<PathBuf> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    // OK to ignore errors: what cannot be read is no spec that could be locked here.
    let entries = std::fs::read_dir(directory.unwrap_or(Path::new("."))).into_iter().flatten();
    let names = entries.filter_map(|entry| Some(path.with_file_name(entry.ok()?.file_name())));
    let is_spec = |other: &PathBuf| other.extension().is_some_and(|e| e == "toml") && other != path;
    let mut all: Vec<PathBuf> = names.filter(is_spec).collect();
    all.sort();
    all
}

/// The time of `SOURCE_DATE_EPOCH`, in seconds since 1970.
pub(crate) fn time(seconds: Option<i64>) -> Result<Option<Time>, Error> {
    seconds.map(Time::from_seconds).transpose().map_err(|what| Error::Time { what })
}

/// The bytes of what may be a lock.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let (file, _) = open_regular(path).map_err(key_inputs::Error::from)?;
    let mut bytes = Vec::new();
    let most = key_lock::MAX_LEN as u64 + 1;
    let read = |source| key_inputs::Error::Read { path: path.to_owned(), source };
    file.take(most).read_to_end(&mut bytes).map_err(read)?;
    Ok(bytes)
}

/// The inputs that are not as they were locked.
fn differing(locked: &[LocalInput], found: &[LocalInput], digest: &str) -> Vec<Drift> {
    let by_path = |all: &[LocalInput]| -> BTreeMap<String, LocalInput> {
        all.iter().map(|input| (input.path.clone(), input.clone())).collect()
    };
    let (locked, mut found) = (by_path(locked), by_path(found));
    let mut drift = Vec::new();
    for (name, locked) in locked {
        let why = match found.remove(&name) {
            None => "it is not what it was, a file or a directory".to_owned(),
            Some(now) if now.size != locked.size => {
                format!("it has {} bytes, and had {}", now.size, locked.size)
            }
            Some(now) if now.sha256 != locked.sha256 => {
                format!("its {digest} is {}, and was {}", now.sha256, locked.sha256)
            }
            Some(_) => continue,
        };
        drift.push(Drift::Input { name, why });
    }
    drift.extend(found.into_keys().map(|name| {
        let why = "it was not locked".to_owned();
        Drift::Input { name, why }
    }));
    drift
}
