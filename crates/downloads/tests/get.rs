//! `get` against servers that behave, and against those that do not.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)] // tests measure, and panic

mod common;

use common::fault;
use downloads::{Client, Error, Fault, Limits, Pace, Proxies, Settings, Url};
use std::time::{Duration, Instant};
use testbench::http::{Answer, Request, Server};

/// Patience that is short enough for a test, and long enough for a slow machine where nothing is
/// to be given up.
fn patience(seconds: f32) -> Settings {
    let patience = Duration::from_secs_f32(seconds);
    let pace = Pace { patience, window: patience, least: 1 << 10 };
    Settings { pace, ..Settings::default() }
}

fn client() -> Client {
    Client::new(patience(60.0)).unwrap()
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn get(answer: Answer) -> Result<Vec<u8>, Error> {
    let server = Server::start(move |_| answer.clone());
    client().get(&url(&server.url("/file")), Limits::at_most(1 << 20))
}

#[test]
fn a_document_comes_whole() {
    let body = vec![7; 300_000];
    assert_eq!(get(Answer::ok(&body)).unwrap(), body);
    assert_eq!(get(Answer::ok(b"")).unwrap(), b"");
    let chunked = Answer::head("200 OK", &["Transfer-Encoding: chunked"]);
    assert_eq!(get(chunked.then("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")).unwrap(), b"abcde");
    // Without a length, the end of the connection is the end of the file.
    assert_eq!(get(Answer::head("200 OK", &[]).then("abc")).unwrap(), b"abc");
    assert_eq!(get(Answer::raw("HTTP/1.0 200 OK\r\n\r\nabc")).unwrap(), b"abc");
    // What comes beyond the length is no part of it.
    assert_eq!(get(Answer::ok(b"abc").then("def")).unwrap(), b"abc");
}

#[test]
fn a_request_says_who_asks_and_asks_for_the_bytes_as_they_are() {
    let server = Server::start(|_| Answer::ok(b""));
    client().get(&url(&server.url("/a%20b?c=d")), Limits::at_most(0)).unwrap();
    let [request] = &server.requests()[..] else { panic!() };
    assert_eq!((&*request.method, &*request.target), ("GET", "/a%20b?c=d"));
    assert_eq!(request.header("Accept-Encoding"), Some("identity"));
    assert!(request.header("User-Agent").unwrap().starts_with("bootkey/"));
    assert_eq!(request.header("Host").unwrap(), server.address().to_string());
}

#[test]
fn what_is_larger_than_allowed_is_not_read() {
    let (fault_, text) = fault(get(Answer::ok(&vec![0; (1 << 20) + 1])));
    assert!(matches!(fault_, Fault::TooLong { max: 0x10_0000 }), "{text}");
    assert!(get(Answer::ok(&vec![0; 1 << 20])).is_ok());

    // One that says no length, and does not end.
    let endless = Answer::head("200 OK", &[]).endless(vec![0; 64 << 10]);
    let server = Server::start(move |_| endless.clone());
    let got = client().get(&url(&server.url("/")), Limits::at_most(1 << 20));
    assert!(matches!(fault(got).0, Fault::TooLong { .. }));
    // Beside what was read, what lies in buffers of the connection on both sides.
    assert!(server.sent() < 16 << 20, "{}", server.sent());
}

/// A writer that tells of each piece that it gets.
struct Told(std::sync::mpsc::Sender<usize>);

impl std::io::Write for Told {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.send(bytes.len()).map_err(std::io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_large_document_is_written_as_it_comes() {
    let limits = Limits::at_most(8 << 20);
    let (to_test, came) = std::sync::mpsc::channel();
    // The server never sends the second half.
    let half = 1 << 20;
    let server = Server::start(move |_| {
        Answer::new("200 OK", &[], &vec![0; 2 * half]).cut_body_at(half).hang()
    });
    let getting = std::thread::spawn({
        let url = url(&server.url("/"));
        move || Client::new(patience(1.0)).unwrap().copy(&url, limits, &mut Told(to_test))
    });
    let mut there = 0;
    while there < half {
        let len = came.recv_timeout(Duration::from_secs(60));
        let len = len.expect("what was sent is written, though more is to come");
        assert!(len <= 256 << 10, "{len} bytes at once");
        there += len;
    }
    assert!(matches!(fault(getting.join().unwrap()).0, Fault::Slow { .. }));
    // Whoever cannot write says so; no server is to blame.
    let server = Server::start(|_| Answer::ok(b"abc"));
    let gone = std::sync::mpsc::channel().0;
    let got = client().copy(&url(&server.url("/")), limits, &mut Told(gone));
    assert!(matches!(got, Err(Error::Out(_))), "{got:?}");
}

#[test]
fn a_connection_that_ends_early_is_told_wherever_it_ends() {
    let body: Vec<u8> = (0..1 << 20).map(|i| (i / 3) as u8).collect();
    let whole = Answer::ok(&body);
    assert_eq!(get(whole.clone()).unwrap(), body, "the server does send it");
    for at in (0..body.len()).step_by(64 << 10) {
        let (fault, text) = fault(get(whole.clone().cut_body_at(at)));
        let Fault::Ended { came, len: Some(len) } = fault else { panic!("{at}: {text}") };
        assert_eq!((came, len), (at as u64, 1 << 20));
        assert!(text.contains(&format!("ended after {at} bytes of 1048576")), "{text}");
    }
    for at in 0..60 {
        let (fault, text) = fault(get(whole.clone().cut_at(at)));
        assert!(matches!(fault, Fault::Ended { came: 0, .. }), "{at}: {text}");
    }
    // A chunk that is announced and does not come.
    let chunked = Answer::head("200 OK", &["Transfer-Encoding: chunked"]).then("5\r\nabc");
    assert!(matches!(fault(get(chunked)).0, Fault::Ended { came: 3, len: None }));
}

#[test]
fn a_length_that_is_none_is_no_length() {
    for wrong in ["x", "-1", "99999999999999999999999", "1, 2", "3\r\nContent-Length: 4"] {
        let answer = Answer::head("200 OK", &[&format!("Content-Length: {wrong}")]).then("abc");
        // Never more than came, and never a panic.
        if let Ok(got) = get(answer) {
            assert!(b"abc".starts_with(&got), "{wrong}: {got:?}");
        }
    }
    let (fault, _) = fault(get(Answer::head("200 OK", &["Content-Length: 4"]).then("abc")));
    assert!(matches!(fault, Fault::Ended { came: 3, len: Some(4) }));
}

#[test]
fn what_does_not_speak_http_1_is_told() {
    for other in [
        "<html>the year is 1991</html>",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/0.9 200 OK\r\n\r\n",
        "HTTP/1.1 2000000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
    ] {
        let (fault, text) = fault(get(Answer::raw(other)));
        assert!(matches!(fault, Fault::NotHttp(_)), "{other}: {text}");
        assert!(text.contains("does not speak HTTP/1"), "{text}");
    }
}

#[test]
fn a_head_without_end_is_given_up() {
    for line in ["X-A: b\r\n", "a"] {
        let endless = Answer::raw("HTTP/1.1 200 OK\r\nX: ").endless(line.repeat(1000));
        let server = Server::start(move |_| endless.clone());
        let (fault, text) = fault(client().get(&url(&server.url("/")), Limits::at_most(1 << 20)));
        assert!(matches!(fault, Fault::LongHead { .. } | Fault::NotHttp(_)), "{text}");
        assert!(server.sent() < 16 << 20, "{}", server.sent());
    }
    // One that comes drop by drop ends in time, however many drops there are.
    let head = "HTTP/1.1 200 OK\r\nX: ".to_owned() + &"y".repeat(10_000);
    let drip = Answer::default().drip(head, 1, Duration::from_millis(20));
    let server = Server::start(move |_| drip.clone());
    let client = Client::new(patience(0.3)).unwrap();
    let began = Instant::now();
    let (fault, text) = fault(client.get(&url(&server.url("/")), Limits::at_most(1 << 20)));
    assert!(matches!(fault, Fault::NoAnswer(_)), "{text}");
    assert!(began.elapsed() < Duration::from_secs(100), "the drops alone take 200 s");
}

#[test]
fn a_slow_drip_is_given_up_and_a_pause_is_not() {
    // 50 bytes a second, and 1024 in 0.3 s are asked for.
    let drip = Answer::head("200 OK", &[]).drip(vec![0; 10_000], 1, Duration::from_millis(20));
    let server = Server::start(move |_| drip.clone());
    let client = Client::new(patience(0.3)).unwrap();
    let (slow, text) = fault(client.get(&url(&server.url("/")), Limits::at_most(1 << 20)));
    assert!(matches!(slow, Fault::Slow { came: 1.., .. }), "{text}");
    assert!(text.contains("too slow"), "{text}");

    let hang = Answer::head("200 OK", &["Content-Length: 9"]).then("abc").hang();
    let server = Server::start(move |_| hang.clone());
    let (slow, text) = fault(client.get(&url(&server.url("/")), Limits::at_most(1 << 20)));
    assert!(matches!(slow, Fault::Slow { .. }), "{text}");

    let pause = Duration::from_millis(200);
    let (few, many) = (vec![1; 10], vec![2; 100_000]);
    let pauses = Answer::head("200 OK", &["Content-Length: 100010"]);
    let pauses = pauses.drip(few, 10, pause).drip(many, 50_000, pause);
    let server = Server::start(move |_| pauses.clone());
    let client = Client::new(patience(5.0)).unwrap();
    let got = client.get(&url(&server.url("/")), Limits::at_most(1 << 20)).unwrap();
    assert_eq!(got.len(), 100_010);
}

#[test]
fn what_is_compressed_unasked_is_refused_but_for_files_that_are_so() {
    let gzip = Answer::new("200 OK", &["Content-Encoding: gzip"], b"\x1f\x8b");
    let (fault, text) = fault(get(gzip.clone()));
    assert!(matches!(&fault, Fault::Encoded(e) if e == "gzip"), "{text}");
    let server = Server::start(move |_| gzip.clone());
    let limits = Limits::at_most(100);
    assert_eq!(client().get(&url(&server.url("/x.tar.gz")), limits).unwrap(), b"\x1f\x8b");
    assert!(client().get(&url(&server.url("/x.xz")), limits).is_err());
}

#[test]
fn a_page_to_log_in_is_no_document() {
    let page = Answer::new("200 OK", &["Content-Type: text/html; charset=utf-8"], b"<html>");
    let (fault, text) = fault(get(page));
    assert!(matches!(fault, Fault::Page), "{text}");
    assert!(text.contains("page to log in"), "{text}");
}

#[test]
fn a_no_is_told_with_what_to_do() {
    for (status, word) in [
        ("404 Not Found", "404 Not Found; next: look on the server"),
        ("403 Forbidden", "403 Forbidden; next: use an address that is open"),
        ("503 Whatever", "503 Service Unavailable; next: try again"),
        ("407 Proxy", "407 Proxy Authentication Required; next: look at http_proxy"),
        ("204 No Content", "204 No Content"),
        ("206 Partial Content", "206 Partial Content"),
    ] {
        let (_, text) = fault(get(Answer::new(status, &[], b"a part")));
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn redirects_are_followed_and_told() {
    let server = Server::start(|request| match &*request.target {
        "/a" => Answer::redirect("301 Moved Permanently", "b/c?d#e"),
        "/b/c?d" => Answer::redirect("307 Temporary Redirect", "../end"),
        "/end" => Answer::new("404 Not Found", &[], b""),
        "/ok" => Answer::redirect("302 Found", "/there"),
        _ => Answer::ok(b"there"),
    });
    let get = |path| client().get(&url(&server.url(path)), Limits::at_most(100));
    assert_eq!(get("/ok").unwrap(), b"there");
    let (_, text) = fault(get("/a"));
    let (first, second) = (server.url("/b/c?d"), server.url("/end"));
    assert!(text.contains(&format!("404 Not Found; it led to {first}, then {second}")), "{text}");
}

#[test]
fn redirects_without_end_are_given_up() {
    let server = Server::start(|request| match &*request.target {
        "/circle" => Answer::redirect("301 Moved Permanently", "/back"),
        "/back" => Answer::redirect("301 Moved Permanently", "/circle"),
        "/self" => Answer::redirect("301 Moved Permanently", "/self"),
        "/nowhere" => Answer::redirect("301 Moved Permanently", "file:///etc/passwd"),
        "/silent" => Answer::new("301 Moved Permanently", &[], b""),
        longer => Answer::redirect("302 Found", &format!("{longer}x")),
    });
    let get = |path| fault(client().get(&url(&server.url(path)), Limits::at_most(100)));
    assert!(matches!(get("/circle").0, Fault::Redirects { circle: true }));
    assert!(matches!(get("/self").0, Fault::Redirects { circle: true }));
    let before = server.requests().len();
    assert!(matches!(get("/x").0, Fault::Redirects { circle: false }));
    assert_eq!(server.requests().len() - before, 11);
    assert!(matches!(get("/nowhere").0, Fault::BadRedirect(_)));
    assert!(get("/nowhere").1.contains("file:///etc/passwd"));
    assert!(matches!(get("/silent").0, Fault::BadRedirect(_)));
}

fn through(variables: &[(&str, String)]) -> Client {
    let value =
        |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone());
    let proxies = Proxies::from_variables(value).unwrap();
    Client::new(Settings { proxies, ..patience(60.0) }).unwrap()
}

#[test]
fn a_proxy_is_asked_for_the_whole_address_and_for_tunnels_for_https_alone() {
    let proxy = Server::start(|request: &Request| match &*request.method {
        "GET" => Answer::ok(request.target.as_bytes()),
        _ => Answer::new("403 Forbidden", &[], b""),
    });
    let named = format!("http://me:secret@{}", proxy.address());
    let client = through(&[("http_proxy", named.clone()), ("https_proxy", named)]);
    let limits = Limits::at_most(100);
    let address = "http://archive.invalid:81/a%20b?c";
    assert_eq!(client.get(&url(address), limits).unwrap(), address.as_bytes());
    let (_, text) = fault(client.get(&url("https://archive.invalid/x"), limits));
    let requests = proxy.requests();
    let [plain, tunnel] = &requests[..] else { panic!("{requests:?}") };
    // printf me:secret | base64
    assert_eq!(plain.header("Proxy-Authorization"), Some("Basic bWU6c2VjcmV0"));
    assert_eq!(plain.header("Host"), Some("archive.invalid:81"));
    assert_eq!((&*tunnel.method, &*tunnel.target), ("CONNECT", "archive.invalid:443"));
    assert_eq!(tunnel.header("Proxy-Authorization"), Some("Basic bWU6c2VjcmV0"));
    assert!(text.contains("the proxy makes no connection"), "{text}");
    assert!(text.contains(&format!("through the proxy {}", proxy.address())), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn hosts_of_no_proxy_are_asked_themselves_and_never_get_the_password() {
    let server = Server::start(|_| Answer::ok(b"the server"));
    let proxy = Server::start(|_| Answer::ok(b"the proxy"));
    let named = ("http_proxy", format!("http://me:secret@{}", proxy.address()));
    let here = url(&server.url("/"));
    let limits = Limits::at_most(100);
    let none = ("no_proxy", "127.0.0.0/8".to_owned());
    assert_eq!(through(std::slice::from_ref(&named)).get(&here, limits).unwrap(), b"the proxy");
    assert_eq!(through(&[named, none]).get(&here, limits).unwrap(), b"the server");
    assert_eq!(server.requests()[0].header("Proxy-Authorization"), None);
}

#[test]
fn hosts_that_are_not_there_are_told() {
    let (fault_, text) = fault(client().get(&url("http://nothing.invalid/"), Limits::at_most(1)));
    assert!(matches!(fault_, Fault::HostNotFound | Fault::Io(_)), "{text}");
    assert!(text.contains("next: look whether the address is right"), "{text}");
    let gone = Server::start(|_| Answer::ok(b"")).url("/");
    std::thread::sleep(Duration::from_millis(50));
    let (fault, text) = fault(client().get(&url(&gone), Limits::at_most(1)));
    assert!(matches!(fault, Fault::Connect(_) | Fault::Io(_)), "{text}");
}
