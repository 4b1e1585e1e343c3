//! One exchange with servers: a request, the redirects that it meets, and the answer in the end.

use crate::client::Client;
use crate::deadline::within;
use crate::error::{Error, Failure, Fault};
use crate::paced::Paced;
use http_url::Url;
use std::time::{Duration, Instant};
use ureq::BodyReader;
use ureq::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, IF_RANGE, LOCATION,
    PROXY_AUTHORIZATION, RANGE, RETRY_AFTER, TRANSFER_ENCODING,
};

/// Most redirects that are followed.
const MAX_REDIRECTS: usize = 10;

/// Longest time that bytes of a slow server are held back until more of them fill a buffer.
const LINGER: Duration = Duration::from_millis(250);

/// A request for a file or the rest of one.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) url: &'a Url,
    pub(crate) may_leave_https: bool,
    /// The rest of a file whose beginning is there.
    pub(crate) range: Option<Rest<'a>>,
}

/// The rest of a file.
#[derive(Debug)]
pub(crate) struct Rest<'a> {
    /// Bytes that are there already.
    pub(crate) from: u64,
    /// The entity tag or date that the server gave the file then. If it has another now, the server
    /// sends the whole file.
    pub(crate) if_still: Option<&'a str>,
}

/// The answer of a server: its head, and its body as it comes.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The length of the body, if the server says it.
    pub(crate) len: Option<u64>,
    pub(crate) body: Paced<BodyReader<'static>>,
    /// Bytes of the body that were read.
    came: u64,
    way: Way,
}

/// The way that a request took.
#[derive(Debug)]
struct Way {
    url: Url,
    redirects: Vec<Url>,
    proxy: Option<String>,
}

impl Way {
    fn failure(&mut self, fault: Fault) -> Box<Failure> {
        let redirects = std::mem::take(&mut self.redirects);
        Box::new(Failure { url: self.url.clone(), redirects, proxy: self.proxy.take(), fault })
    }
}

/// Sends the request, and follows redirects.
pub(crate) fn exchange(client: &Client, request: &Request<'_>) -> Result<Answer, Box<Failure>> {
    let mut way = Way { url: request.url.clone(), redirects: Vec::new(), proxy: None };
    let mut at = request.url.clone();
    loop {
        let (answer, location) = match ask(client, request, &at, &mut way) {
            Ok(answer) => answer,
            Err(fault) => return Err(way.failure(fault)),
        };
        let Some(location) = location else {
            let (head, body) = answer.into_parts();
            let (status, headers) = (head.status.as_u16(), head.headers);
            let body = Paced::new(body.into_reader(), client.pace());
            return Ok(Answer { status, len: length(&headers), headers, body, came: 0, way });
        };
        match step(&at, &location, &way, request.may_leave_https) {
            Ok(next) => at = next,
            Err(fault) => return Err(way.failure(fault)),
        }
        way.redirects.push(at.clone());
    }
}

type Response = ureq::http::Response<ureq::Body>;

/// Sends the request to one server. Returns the response, and the address that it redirects to, if
/// it does.
fn ask(
    client: &Client,
    request: &Request<'_>,
    url: &Url,
    way: &mut Way,
) -> Result<(Response, Option<String>), Fault> {
    let (agent, proxy) = client.agent(url);
    way.proxy = proxy.map(|p| p.address());
    client.not_reached().check(url, proxy)?;
    let mut call = agent.get(url.as_str());
    if let Some(rest) = &request.range {
        call = call.header(RANGE, format!("bytes={}-", rest.from));
        if let Some(tag) = rest.if_still {
            call = call.header(IF_RANGE, tag);
        }
    }
    // For `https`, `ureq` itself gives the password when it asks for the tunnel; inside the tunnel
    // only the server is spoken to.
    if let Some(password) = proxy.filter(|_| !url.is_https()).and_then(|p| p.authorization()) {
        call = call.header(PROXY_AUTHORIZATION, password);
    }
    // Looking up the name, connecting, sending and receiving may take the time of `patience` each.
    let response = within(client.pace().patience.saturating_mul(4), || call.call());
    let response = response.map_err(|e| match e {
        ureq::Error::Io(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            Fault::Ended { came: 0, len: None }
        }
        e => {
            let reached = is_reached(&e);
            let fault = Fault::of(e, client.pace());
            if !reached {
                client.not_reached().add(url, proxy, &fault);
            }
            fault
        }
    })?;
    match response.status().as_u16() {
        301 | 302 | 303 | 307 | 308 => {
            let location = text(response.headers(), &LOCATION);
            let location = location.ok_or_else(|| Fault::BadRedirect("no Location".to_owned()))?;
            Ok((response, Some(location)))
        }
        200 => Ok((response, None)),
        206 | 416 if request.range.is_some() => Ok((response, None)),
        status @ (429 | 503) => {
            // The header may have a date in place of seconds; it is ignored, and the usual pause
            // holds.
            let seconds = text(response.headers(), &RETRY_AFTER);
            let retry_after = seconds.and_then(|seconds| seconds.trim().parse().ok());
            Err(Fault::Busy { status, retry_after })
        }
        status => Err(Fault::Status { status }),
    }
}

/// The address that a redirect leads to, if it may.
fn step(at: &Url, location: &str, way: &Way, may_leave_https: bool) -> Result<Url, Fault> {
    let next = at.join(location);
    let next = next.map_err(|_| Fault::BadRedirect(location.chars().take(200).collect()))?;
    if next == way.url || way.redirects.contains(&next) {
        return Err(Fault::Redirects { circle: true });
    }
    if way.redirects.len() == MAX_REDIRECTS {
        return Err(Fault::Redirects { circle: false });
    }
    if at.is_https() && !next.is_https() && !may_leave_https {
        return Err(Fault::LeavesHttps(next));
    }
    Ok(next)
}

/// The value of a header, as text.
pub(crate) fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned())
}

/// The length of the body, by the head of the answer.
fn length(headers: &HeaderMap) -> Option<u64> {
    match headers.contains_key(TRANSFER_ENCODING) {
        true => None,
        false => text(headers, &CONTENT_LENGTH)?.trim().parse().ok(),
    }
}

impl Answer {
    /// The failure that comes of a fault of this answer.
    pub(crate) fn failure(&mut self, fault: Fault) -> Box<Failure> {
        self.way.failure(fault)
    }

    /// The addresses that the request led to.
    pub(crate) fn redirects(&self) -> &[Url] {
        &self.way.redirects
    }

    /// The address that answered.
    pub(crate) fn from(&self) -> &Url {
        self.way.redirects.last().unwrap_or(&self.way.url)
    }

    /// Whether a page of HTML is announced.
    pub(crate) fn is_page(&self) -> bool {
        let kind = text(&self.headers, &CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
        kind.starts_with("text/html") || kind.starts_with("application/xhtml")
    }

    /// The encoding, if the server has compressed on its own what was asked for as it is.
    ///
    /// Some servers say of a file such as `x.tar.gz` that its *encoding* is `gzip`, and send it as
    /// it is; that is the file.
    pub(crate) fn encoding(&self) -> Option<String> {
        let encoding = text(&self.headers, &CONTENT_ENCODING)?.trim().to_ascii_lowercase();
        let endings: &[&str] = match encoding.as_str() {
            "" | "identity" => return None,
            "gzip" | "x-gzip" => &[".gz", ".tgz"],
            "xz" | "x-xz" => &[".xz", ".txz"],
            "bzip2" | "x-bzip2" => &[".bz2", ".tbz"],
            "zstd" | "x-zstd" => &[".zst", ".tzst"],
            _ => &[],
        };
        let path = self.from().path();
        let own = |ending: &&str| path.ends_with(ending) || self.way.url.path().ends_with(ending);
        (!endings.iter().any(own)).then_some(encoding)
    }

    /// Reads some bytes of the body; none at its end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Fault> {
        let (came, len) = (self.came, self.len);
        match self.body.read(buffer) {
            Ok(read) => {
                self.came += read as u64;
                Ok(read)
            }
            Err(Fault::Io(e)) if is_end(&e) => Err(Fault::Ended { came, len }),
            Err(fault) => Err(fault),
        }
    }

    /// Reads until the buffer is full, the body ends, or the server lets others wait for what is there
    /// (`LINGER`). Returns the bytes that came, and whether there may be more, or what went wrong
    /// behind them.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> (usize, Result<bool, Fault>) {
        let (mut filled, began) = (0, Instant::now());
        while filled < buffer.len() && (filled == 0 || began.elapsed() < LINGER) {
            match self.read(&mut buffer[filled..]) {
                Ok(0) => return (filled, Ok(false)),
                Ok(read) => filled += read,
                Err(fault) => return (filled, Err(fault)),
            }
        }
        (filled, Ok(true))
    }

    /// Reads the body whole, at most `max` bytes, and has `write` write it as it comes. Returns its
    /// length.
    pub(crate) fn copy(
        &mut self,
        max: u64,
        write: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<u64, Error> {
        let head = match self.encoding() {
            Some(encoding) => Err(Fault::Encoded(encoding)),
            // Indexes, signatures and lists of digests are no HTML pages; a login page is one.
            None if self.is_page() => Err(Fault::Page),
            None if self.len.is_some_and(|len| len > max) => Err(Fault::TooLong { max }),
            None => Ok(()),
        };
        head.map_err(|fault| Error::Failed(self.failure(fault)))?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = match self.read(&mut buffer) {
                Ok(0) => return Ok(self.came),
                Ok(_) if self.came > max => Err(Fault::TooLong { max }),
                read => read,
            };
            let read = read.map_err(|fault| Error::Failed(self.failure(fault)))?;
            write(&buffer[..read])?;
        }
    }
}

/// Whether a connection came about before something failed.
fn is_reached(e: &ureq::Error) -> bool {
    use std::io::ErrorKind as Kind;
    use ureq::{Error, Timeout};
    match e {
        Error::HostNotFound | Error::ConnectionFailed => false,
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => false,
        Error::Io(e) => {
            let kinds = [Kind::ConnectionRefused, Kind::NetworkUnreachable, Kind::HostUnreachable];
            // The kind of an error of a resolver is not to be had from the standard library.
            let is_resolver = e.to_string().starts_with("failed to lookup address information");
            !is_resolver && !kinds.contains(&e.kind())
        }
        _ => true,
    }
}

/// Whether the other side has ended the connection.
fn is_end(e: &std::io::Error) -> bool {
    use std::io::ErrorKind as Kind;
    let kinds =
        [Kind::UnexpectedEof, Kind::ConnectionReset, Kind::ConnectionAborted, Kind::BrokenPipe];
    kinds.contains(&e.kind())
}
