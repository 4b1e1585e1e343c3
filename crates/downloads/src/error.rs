//! Errors: which address failed, what was tried, and what to do next.

use crate::limits::Pace;
use crate::tls;
use http_url::{InvalidUrl, Url};
use input_file::{CacheError, shown as shown_path};
use shown_text::shown;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;
use ureq::Timeout;

/// The error of a download.
#[derive(Debug, Error)]
pub enum Error {
    /// A text is not the address of a file on a server.
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    /// A setting names no proxy that can be used.
    #[error("{variable}: {why}; set it to http://HOST:PORT, or unset it")]
    Proxy {
        /// The name of the environment variable.
        variable: String,
        /// What is wrong with its value, which may hold a password and so is not shown.
        why: &'static str,
    },
    /// The certificates of the authorities that servers are checked by cannot be read.
    #[error("the certificates of trusted authorities cannot be used: {why}")]
    Roots {
        /// The reason.
        why: String,
    },
    /// No mirror has the file.
    #[error("{}{}", each(failures), kept_note(*kept))]
    Download {
        /// What each mirror did, in order.
        failures: Vec<Failure>,
        /// Bytes that are kept, to go on from.
        kept: u64,
    },
    /// The cache cannot be used.
    #[error(
        "{0}; nothing in the cache of downloads is used then; next: mend that, or have XDG_CACHE_HOME \
             name a directory of your own"
    )]
    Cache(#[from] CacheError),
    /// A file in the cache could not be written.
    #[error("{}: cannot be written: {source}", shown_path(path))]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// What came could not be written where it was to go.
    #[error("what came cannot be written: {0}")]
    Out(io::Error),
    /// A file could not be had.
    #[error("{0}; next: {next}", next = .0.fault.next_step())]
    Failed(Box<Failure>),
}

impl Error {
    /// Whether at least one server answered and does not have the file, or has another in its
    /// place.
    pub fn is_gone(&self) -> bool {
        let Self::Download { failures, .. } = self else { return false };
        failures.iter().any(|failure| {
            matches!(
                failure.fault,
                Fault::Status { status: 404 | 410 }
                    | Fault::WrongFile { .. }
                    | Fault::TooLong { .. }
            )
        })
    }
}

/// All failures, and the next step after the last.
fn each(failures: &[Failure]) -> String {
    let mut all: Vec<String> = failures.iter().map(ToString::to_string).collect();
    match failures.last() {
        Some(last) => all.push(format!("next: {}", last.fault.next_step())),
        None => all.push("there is no address to download it from".to_owned()),
    }
    all.join("; ")
}

fn kept_note(kept: u64) -> String {
    match kept {
        0 => String::new(),
        _ => format!(". The {kept} bytes that came are kept: the next run goes on from there"),
    }
}

/// The failure of one address.
#[derive(Debug)]
pub struct Failure {
    /// The address that was asked for.
    pub url: Url,
    /// The addresses that it led to, in order.
    pub redirects: Vec<Url>,
    /// The proxy in between, as `host:port`.
    pub proxy: Option<String>,
    /// The cause.
    pub fault: Fault,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.url, self.fault)?;
        for (at, redirect) in self.redirects.iter().enumerate() {
            write!(f, "{} {redirect}", if at == 0 { "; it led to" } else { ", then" })?;
        }
        match &self.proxy {
            Some(proxy) => write!(f, "; asked through the proxy {}", shown(proxy)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

/// The cause of a failure between a server and us.
#[derive(Debug, Error)]
#[allow(missing_docs)] // the message says what each field is
pub enum Fault {
    /// The name of the host, or that of the proxy, has no address.
    #[error("its host is not known here: the name has no address")]
    HostNotFound,
    /// No connection came about.
    #[error("no connection: {0}")]
    Connect(io::Error),
    /// The server, or the proxy, could not be reached when something else was to come from it.
    #[error("not asked again: {0}")]
    NotReached(String),
    /// The proxy did not make the connection.
    #[error("the proxy makes no connection: {}", shown(.0))]
    Proxy(String),
    /// TLS failed.
    #[error("no safe connection: {0}")]
    Tls(String),
    /// The server did not answer in time.
    #[error("no answer within {} s", .0.as_secs_f32())]
    NoAnswer(Duration),
    /// The server sends next to nothing.
    #[error("too slow: {came} bytes came within {} s", within.as_secs_f32().round())]
    Slow { came: u64, within: Duration },
    /// The server says no.
    #[error("the server answers {status}{}", reason(*status))]
    Status { status: u16 },
    /// The answer is not one of HTTP/1.
    #[error("what answers does not speak HTTP/1: {}", shown(.0))]
    NotHttp(String),
    /// The server is asked too often, or has too much to do.
    #[error(
        "the server answers {status}{}{}",
        reason(*status),
        retry_after.map(|s| format!(", and wants to be asked again in {s} s")).unwrap_or_default()
    )]
    Busy { status: u16, retry_after: Option<u64> },
    /// The head of the answer is longer than any.
    #[error("the head of the answer does not end within {limit} bytes")]
    LongHead { limit: usize },
    /// Redirects go on, or in a circle.
    #[error("it leads from address to address{}", if *circle { ", in a circle" } else { " without end" })]
    Redirects { circle: bool },
    /// A redirect leads nowhere.
    #[error("it leads to what is no address: {}", shown(.0))]
    BadRedirect(String),
    /// A redirect leads from `https` to `http`.
    #[error("it leads from https to http, where anybody in between can change it: {0}")]
    LeavesHttps(Url),
    /// The connection ended early.
    #[error("the connection ended after {came} bytes{}", of(*len))]
    Ended { came: u64, len: Option<u64> },
    /// The file is larger than allowed.
    #[error("it is larger than {max} bytes, the most that is taken here")]
    TooLong { max: u64 },
    /// The file system has no room for the file, or for more of one whose length is not known.
    #[error("{}", no_room(*len, *free, *came))]
    NoRoom { len: Option<u64>, free: u64, came: u64 },
    /// The server compresses what should come as it is.
    #[error("the server sends it compressed ({}), though it was asked not to", shown(.0))]
    Encoded(String),
    /// A page came in place of a file.
    #[error("a page of HTML came, not the file")]
    Page,
    /// The file is another than the one that is wanted.
    #[error("it is another file: the SHA-256 of its {len} bytes is {found}, not {expected}")]
    WrongFile { expected: String, found: String, len: u64 },
    /// The server answers requests for the rest of a file with something else.
    #[error("the rest of the file does not come, or does not fit")]
    Ranges,
    /// Reading or writing failed on the way.
    #[error("{0}")]
    Io(io::Error),
}

fn reason(status: u16) -> String {
    let known = ureq::http::StatusCode::from_u16(status).ok();
    known.and_then(|s| s.canonical_reason()).map(|r| format!(" {r}")).unwrap_or_default()
}

fn of(len: Option<u64>) -> String {
    len.map(|len| format!(" of {len}")).unwrap_or_default()
}

fn no_room(len: Option<u64>, free: u64, came: u64) -> String {
    match len {
        Some(len) => {
            let needed = len.saturating_sub(came);
            format!("it needs {needed} bytes, and the cache's file system has {free} left")
        }
        None => format!(
            "the server does not say how long it is, and after {came} bytes the cache's file system has \
             only {free} left"
        ),
    }
}

impl Fault {
    /// The fault that `ureq` tells of.
    pub(crate) fn of(e: ureq::Error, pace: Pace) -> Self {
        match e {
            ureq::Error::HostNotFound => Self::HostNotFound,
            ureq::Error::ConnectionFailed => Self::Connect(io::ErrorKind::ConnectionRefused.into()),
            ureq::Error::ConnectProxyFailed(why) => Self::Proxy(why),
            ureq::Error::Timeout(Timeout::PerRead) => Self::Slow { came: 0, within: pace.window },
            ureq::Error::Timeout(_) => Self::NoAnswer(pace.patience),
            ureq::Error::Tls(why) => Self::Tls(why.to_owned()),
            ureq::Error::Rustls(e) => Self::Tls(tls::explained(&e)),
            ureq::Error::LargeResponseHeader(_, limit) => Self::LongHead { limit },
            ureq::Error::Protocol(e) => Self::NotHttp(e.to_string()),
            ureq::Error::Io(e) => match tls::cause(&e) {
                Some(cause) => Self::Tls(tls::explained(cause)),
                None => Self::Io(e),
            },
            other => Self::NotHttp(other.to_string()),
        }
    }

    /// Whether the server says that the request is wrong.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Status { status: 400..=499 })
    }

    /// Whether what came is not the file, or has no end in sight, so that none of it is kept.
    pub(crate) fn is_another_file(&self) -> bool {
        match self {
            Self::TooLong { .. } | Self::Page | Self::WrongFile { .. } => true,
            // A file of which nobody says the length need not ever end.
            Self::NoRoom { len, .. } => len.is_none(),
            _ => false,
        }
    }

    /// The next step of whoever reads the message.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::HostNotFound
            | Self::Connect(_)
            | Self::NotReached(_)
            | Self::NoAnswer(_)
            | Self::Io(_) => {
                "look whether the address is right and the network is there (http_proxy, \
                 https_proxy and no_proxy name a proxy), or name a mirror"
            }
            Self::Proxy(_) | Self::Status { status: 407 } => {
                "look at http_proxy, https_proxy and no_proxy"
            }
            Self::Tls(_) => {
                "look at this machine's clock; where your network opens TLS, have SSL_CERT_FILE \
                 name the file with its certificate"
            }
            Self::Slow { .. } | Self::Ended { .. } => "try again, or name a nearer mirror",
            Self::Status { status: 404 | 410 } => {
                "look on the server for the file's new address: old versions are often removed"
            }
            Self::Status { status: 401 | 403 } => {
                "use an address that is open to everybody, or download the file yourself"
            }
            Self::Status { .. } | Self::Busy { .. } => "try again later, or name a mirror",
            Self::Page => {
                "if this network has a page to log in, open it in a browser; else look at the \
                 address in one"
            }
            Self::LeavesHttps(_) => "name an https address, or a SHA-256 that the file must have",
            Self::NoRoom { .. } => {
                "make room (`bootkey cache prune --days 30` removes what came 30 days ago or earlier), or \
                 have XDG_CACHE_HOME name a directory on a larger file system"
            }
            Self::TooLong { .. } => "look whether the address is that of the right file",
            Self::WrongFile { .. } => {
                "look whether the file was replaced by a newer one, and what its publisher says that \
                 its SHA-256 is"
            }
            Self::Ranges
            | Self::NotHttp(_)
            | Self::LongHead { .. }
            | Self::Redirects { .. }
            | Self::BadRedirect(_)
            | Self::Encoded(_) => {
                "look at the address in a browser, or name another mirror: this server, or \
                 something before it, does not work as it should"
            }
        }
    }
}
