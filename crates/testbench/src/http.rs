//! A server of HTTP for tests, on loopback, which misbehaves as it is told.
//!
//! It answers one request per connection. What it answers is decided by the test, per request, and
//! is sent as it is: an [`Answer`] is a list of what happens on the connection.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method, such as `GET`.
    pub method: String,
    /// The thing asked for: a path, or a whole address where this server is taken for a proxy.
    pub target: String,
    /// The headers.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The first byte that is asked for, if only the rest of a file is.
    pub fn range_from(&self) -> Option<usize> {
        self.header("Range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

#[derive(Debug, Clone)]
enum Step {
    Send(Vec<u8>),
    /// The bytes, so many at a time, with a pause before each piece.
    Drip(Vec<u8>, usize, Duration),
    /// The same bytes again and again, until the client closes the connection.
    Endless(Vec<u8>),
    /// Sends nothing, and keeps the connection open until the client closes it.
    Hang,
}

/// The steps that happen on the connection; then it is closed.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    steps: Vec<Step>,
}

impl Answer {
    /// An answer of these bytes, which need not be HTTP.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::default().then(bytes)
    }

    /// An answer with that status line, headers (a line each) and body, of the right length.
    pub fn new(status: &str, headers: &[&str], body: &[u8]) -> Self {
        let length = format!("Content-Length: {}", body.len());
        let headers: Vec<_> = headers.iter().copied().chain([length.as_str()]).collect();
        Self::head(status, &headers).then(body)
    }

    /// An answer of the file `body`.
    pub fn ok(body: &[u8]) -> Self {
        Self::new("200 OK", &["Content-Type: application/octet-stream"], body)
    }

    /// An answer that leads to another address.
    pub fn redirect(status: &str, to: &str) -> Self {
        Self::new(status, &[&format!("Location: {to}")], b"")
    }

    /// The head of an answer, and nothing else yet. Nothing says how long the body is.
    pub fn head(status: &str, headers: &[&str]) -> Self {
        let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
        headers.iter().for_each(|line| head.extend([line, "\r\n"]));
        Self::raw(head + "\r\n")
    }

    /// An answer with the file `body`, or the rest of it if that was asked for and the file is
    /// still `tag`, an entity tag.
    pub fn file(request: &Request, body: &[u8], tag: &str) -> Self {
        let tag_line = format!("ETag: {tag}");
        let from = request.range_from().filter(|_| request.header("If-Range") == Some(tag));
        let Some(from) = from else {
            return Self::new("200 OK", &[&tag_line, "Accept-Ranges: bytes"], body);
        };
        let len = body.len();
        let Some(rest) = body.get(from..).filter(|rest| !rest.is_empty()) else {
            let range = format!("Content-Range: bytes */{len}");
            return Self::new("416 Range Not Satisfiable", &[&tag_line, &range], b"");
        };
        let range = format!("Content-Range: bytes {from}-{}/{len}", len - 1);
        Self::new("206 Partial Content", &[&tag_line, &range], rest)
    }

    /// Adds bytes that are sent after what the answer has so far.
    #[must_use]
    pub fn then(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.steps.push(Step::Send(bytes.into()));
        self
    }

    /// Adds bytes that are sent `at_once` at a time, with a pause before each piece.
    #[must_use]
    pub fn drip(mut self, bytes: impl Into<Vec<u8>>, at_once: usize, pause: Duration) -> Self {
        self.steps.push(Step::Drip(bytes.into(), at_once, pause));
        self
    }

    /// Adds bytes that are sent again and again, until the client closes the connection.
    #[must_use]
    pub fn endless(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.steps.push(Step::Endless(bytes.into()));
        self
    }

    /// Adds all that another answer sends.
    #[must_use]
    pub fn and(mut self, answer: Self) -> Self {
        self.steps.extend(answer.steps);
        self
    }

    /// Adds a wait in which nothing is sent, until the client closes the connection.
    #[must_use]
    pub fn hang(mut self) -> Self {
        self.steps.push(Step::Hang);
        self
    }

    /// The same answer, cut off: the connection ends after the first `len` bytes.
    #[must_use]
    pub fn cut_at(self, len: usize) -> Self {
        let all = self.steps.into_iter().filter_map(|step| match step {
            Step::Send(bytes) => Some(bytes),
            _ => None,
        });
        let mut all: Vec<u8> = all.flatten().collect();
        all.truncate(len);
        Self::raw(all)
    }

    /// The same answer, cut off: the connection ends after the whole head and the first `len` bytes
    /// of the body.
    #[must_use]
    pub fn cut_body_at(self, len: usize) -> Self {
        let head = match self.steps.first() {
            Some(Step::Send(head)) => head.len(),
            _ => 0,
        };
        self.cut_at(head + len)
    }
}

type Answers = dyn Fn(&Request) -> Answer + Send + Sync;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    sent: Arc<AtomicU64>,
    ended: Arc<AtomicBool>,
}

impl Server {
    /// Starts a server that answers as `answers` says.
    ///
    /// # Panics
    /// When loopback has no port.
    pub fn start(answers: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, sent) = (Arc::default(), Arc::default());
        let ended = Arc::new(AtomicBool::new(false));
        let server = Self { address, requests, sent, ended };
        let (requests, sent, ended) =
            (server.requests.clone(), server.sent.clone(), server.ended.clone());
        let answers: Arc<Answers> = Arc::new(answers);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let (answers, requests, sent, ended) =
                    (answers.clone(), requests.clone(), sent.clone(), ended.clone());
                // OK to ignore its result: whoever asked has gone, which tests do on purpose.
                thread::spawn(move || serve(stream, &*answers, &requests, &sent, &ended));
            }
        });
        server
    }

    /// The address of `path`, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The bytes that were sent so far, heads included.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for the next connection. OK to ignore an error: then it does
        // not wait.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(
    mut stream: TcpStream,
    answers: &Answers,
    requests: &Mutex<Vec<Request>>,
    sent: &AtomicU64,
    ended: &AtomicBool,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut words = first.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let request = Request { method, target, headers };
    requests.lock().unwrap().push(request.clone());
    let mut send = |bytes: &[u8]| {
        // In small pieces, so that the count is near to what has left.
        for piece in bytes.chunks(64 << 10) {
            stream.write_all(piece)?;
            sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
        }
        Ok::<_, std::io::Error>(())
    };
    for step in answers(&request).steps {
        match step {
            Step::Send(bytes) => send(&bytes)?,
            Step::Drip(bytes, at_once, pause) => {
                for piece in bytes.chunks(at_once.max(1)) {
                    thread::sleep(pause);
                    send(piece)?;
                }
            }
            Step::Endless(bytes) => {
                while !ended.load(Ordering::Relaxed) {
                    send(&bytes)?;
                }
            }
            Step::Hang => {
                // Until the other side closes.
                stream.read_to_end(&mut Vec::new())?;
                return Ok(());
            }
        }
    }
    // First the other side reads everything: closing with unread bytes would reset the connection.
    stream.shutdown(std::net::Shutdown::Write)
}
