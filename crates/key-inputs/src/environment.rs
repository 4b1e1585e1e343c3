//! The environment: where things are on this machine. It is a value, so that a test can give its
//! own.

use crate::error::{Error, shown};
use crate::locked_members::LockedMembers;
use downloads::{NotReached, Proxies, Settings};
use input_file::OpenedFiles;
use key_spec::Packages;
use packages::Cache;
use packages::repository::Wishes;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The part of the environment that is asked for inputs: where files are looked for, how servers are
/// reached, and the time. Only the files found there and the time reach an image; the paths do not.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The value of `HOME`, if it is an absolute path.
    pub home: Option<PathBuf>,
    /// The value of `XDG_CACHE_HOME`, if it is an absolute path; the XDG specification says to
    /// ignore it otherwise.
    pub xdg_cache_home: Option<PathBuf>,
    /// The words of `BOOTKEY_MIRROR`: mirrors of Debian's archive.
    pub mirrors: Vec<String>,
    /// The value of `BOOTKEY_SNAPSHOT`: the address of the snapshot archive that is asked last for a
    /// package; empty or `None`: none is asked.
    pub snapshot: Option<String>,
    /// The files in packages that a lock names, which alone are used then; `None`: the files of the
    /// packages that were fetched last.
    pub locked: Option<LockedMembers>,
    /// The proxies and the trusted authorities for connections to servers; `None`: those that this
    /// process's environment variables name, which are read when they are needed.
    pub network: Option<Settings>,
    /// The servers that could not be reached, which are not asked again with this environment or clones
    /// of it.
    pub not_reached: NotReached,
    /// The time of this machine's clock, in seconds since 1970, by which signatures are judged.
    pub now: u64,
    /// The directory that `/usr/lib/grub`, `/var/lib/dpkg` and `/etc/apt` are below; `/` outside
    /// tests.
    pub root: PathBuf,
    /// The value of `SOURCE_DATE_EPOCH`, in seconds since 1970.
    /// <https://reproducible-builds.org/specs/source-date-epoch/>
    pub source_date_epoch: Option<i64>,
    /// The files that were opened with this environment.
    pub opened: OpenedFiles,
}

impl Environment {
    /// The environment of this process.
    ///
    /// # Errors
    /// [`Error::SourceDateEpoch`] when that variable is set to something that is no time.
    pub fn from_process() -> Result<Self, Error> {
        let dir = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let epoch = std::env::var_os("SOURCE_DATE_EPOCH");
        Ok(Self {
            home: dir("HOME"),
            xdg_cache_home: dir("XDG_CACHE_HOME"),
            mirrors: words(std::env::var_os("BOOTKEY_MIRROR").as_deref()),
            snapshot: std::env::var("BOOTKEY_SNAPSHOT").ok(),
            locked: None,
            network: None,
            not_reached: NotReached::default(),
            now: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            root: PathBuf::from("/"),
            source_date_epoch: epoch.as_deref().map_or(Ok(None), source_date_epoch)?,
            opened: OpenedFiles::default(),
        })
    }

    /// The cache of fetched packages.
    ///
    /// # Errors
    /// [`Error::NoCache`] when neither variable that says where it is has an absolute path.
    pub fn cache(&self) -> Result<Cache, Error> {
        let xdg = self.xdg_cache_home.clone();
        let base = xdg.or_else(|| Some(self.home.as_ref()?.join(".cache")));
        let dir = base.ok_or(Error::NoCache)?.join("bootkey");
        self.opened.add_directory(&dir);
        Ok(Cache::at(dir))
    }

    /// Where packages are fetched from: the command line's wishes win over the environment's, and
    /// these over the spec's.
    pub fn wishes(&self, spec: &Packages, asked: Wishes) -> Wishes {
        let text = |line: &key_spec::Line| line.as_str().to_owned();
        let spec_mirrors = spec.mirror.iter().map(text).collect();
        let mirrors = [asked.mirrors, self.mirrors.clone(), spec_mirrors];
        Wishes {
            mirrors: mirrors.into_iter().find(|m| !m.is_empty()).unwrap_or_default(),
            suite: asked.suite.or_else(|| spec.suite.as_ref().map(text)),
            keyring: asked.keyring.or_else(|| spec.keyring.clone()),
        }
    }

    /// How servers are reached.
    ///
    /// # Errors
    /// [`Error::Download`] and [`Error::Read`] when a variable names nothing that can be used.
    pub(crate) fn network(&self) -> Result<Settings, Error> {
        let settings = self.network.clone().map_or_else(network_of_process, Ok)?;
        Ok(Settings { not_reached: self.not_reached.clone(), ..settings })
    }

    /// The place of the relative `path` below [`root`](Self::root).
    pub(crate) fn below_root(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }
}

/// The files in which distributions keep the certificates of the authorities that they trust:
/// Debian and Arch, Fedora, openSUSE, Alpine.
const ROOTS: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// How servers are reached by this process's variables: through the proxies that `http_proxy`,
/// `https_proxy` and `no_proxy` name, with the authorities whose certificates are in the file that
/// `SSL_CERT_FILE` names, or else in the machine's own.
fn network_of_process() -> Result<Settings, Error> {
    let proxies = Proxies::from_variables(|name| std::env::var(name).ok())?;
    let roots = match std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) {
        Some(path) => {
            let path = PathBuf::from(path);
            let unreadable = |e| {
                let path = shown(&path);
                let why = format!(
                    "SSL_CERT_FILE names {path}, which cannot be read ({e}); mend it, or unset it"
                );
                downloads::Error::Roots { why }
            };
            Some(std::fs::read(&path).map_err(unreadable)?)
        }
        // Where the machine has no such file, the authorities that are compiled into the program
        // count.
        None => ROOTS.iter().find_map(|path| std::fs::read(path).ok()),
    };
    Ok(Settings { proxies, roots, ..Settings::default() })
}

/// The words in a variable's value, split at white space; none if the variable is not set.
fn words(value: Option<&OsStr>) -> Vec<String> {
    let text = value.unwrap_or_default().to_string_lossy().into_owned();
    text.split_whitespace().map(str::to_owned).collect()
}

/// The time in the value of `SOURCE_DATE_EPOCH`. An empty value counts as none, because shells and
/// CI systems unset an inherited variable by emptying it.
fn source_date_epoch(value: &OsStr) -> Result<Option<i64>, Error> {
    let text = value.to_string_lossy();
    match text.parse::<i64>() {
        _ if text.is_empty() => Ok(None),
        Ok(seconds) if seconds >= 0 => Ok(Some(seconds)),
        _ => Err(Error::SourceDateEpoch { value: text.into_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use key_spec::ErrorFamily;

    #[test]
    fn a_time_is_whole_seconds_since_1970() {
        let of = |value: &str| source_date_epoch(value.as_ref());
        assert_eq!(of("1700000000").unwrap(), Some(1_700_000_000));
        assert_eq!(of("0").unwrap(), Some(0));
        assert_eq!(of("").unwrap(), None);
        for bad in ["-1", "tomorrow", "1.5", " 1", "99999999999999999999"] {
            let e = of(bad).unwrap_err();
            assert!(e.to_string().contains(&format!("is `{bad}`")), "{e}");
            assert_eq!(e.family(), ErrorFamily::Usage);
        }
    }

    #[test]
    fn xdg_goes_before_home_and_one_is_needed() {
        let mut env = Environment {
            home: Some("/h".into()),
            xdg_cache_home: Some("/x".into()),
            mirrors: words(Some(" http://a  http://b".as_ref())),
            snapshot: None,
            locked: None,
            network: None,
            not_reached: NotReached::default(),
            now: 0,
            root: "/".into(),
            source_date_epoch: None,
            opened: OpenedFiles::default(),
        };
        assert_eq!(env.cache().unwrap().dir(), Path::new("/x/bootkey"));
        env.xdg_cache_home = None;
        assert_eq!(env.cache().unwrap().dir(), Path::new("/h/.cache/bootkey"));
        env.home = None;
        assert!(matches!(env.cache(), Err(Error::NoCache)));

        let text = "[packages]\nsuite = \"s\"\nmirror = \"http://c\"\nkeyring = \"k\"\n";
        let spec = key_spec::Spec::parse("x", text).unwrap().packages;
        let wishes = env.wishes(&spec, Wishes::default());
        assert_eq!(wishes.mirrors, ["http://a", "http://b"]);
        assert_eq!((wishes.suite.as_deref(), wishes.keyring), (Some("s"), Some("k".into())));
        env.mirrors = words(None);
        assert_eq!(env.wishes(&spec, Wishes::default()).mirrors, ["http://c"]);
        let asked =
            Wishes { mirrors: vec!["http://d".into()], suite: Some("t".into()), keyring: None };
        let wishes = env.wishes(&spec, asked);
        assert_eq!((&*wishes.mirrors[0], wishes.suite.as_deref()), ("http://d", Some("t")));
    }
}
