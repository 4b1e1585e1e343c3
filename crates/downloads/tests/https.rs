//! TLS against a server of somebody else's, OpenSSL's.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // and panic

mod common;

use common::fault;
use downloads::{Client, Error, Fault, Limits, Settings};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;
use testbench::http::{Answer, Server};
use testbench::{Oracle, oracle, run};

/// `openssl s_server`, which sends the files of its directory as they are.
struct TlsServer {
    child: Child,
    port: u16,
}

impl TlsServer {
    fn start(openssl: &Oracle, dir: &Path, options: &[&str]) -> Self {
        let mut command = openssl.command();
        command.current_dir(dir).stdin(Stdio::null()).stderr(Stdio::null()).stdout(Stdio::piped());
        let asked = "s_server -accept 127.0.0.1:0 -cert leaf.pem -key leaf.key -HTTP";
        let mut child = command.args(asked.split(' ')).args(options).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            line.strip_prefix("ACCEPT")?.rsplit(':').next()?.parse().ok()
        });
        // It goes on to print, and would end if nobody read.
        std::thread::spawn(move || lines.count());
        Self { child, port: port.unwrap() }
    }

    fn get(
        &self,
        client: &Client,
        host: &str,
        name: &str,
        limits: Limits,
    ) -> Result<String, Error> {
        let url = format!("https://{host}:{}/{name}", self.port).parse().unwrap();
        client.get(&url, limits).map(|bytes| String::from_utf8(bytes).unwrap())
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        // OK to ignore both: then it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes an authority and the certificate of a server called `localhost`, with keys of that kind.
fn certify(openssl: &Oracle, dir: &Path, key: &str) {
    fs::write(dir.join("ext"), "subjectAltName = DNS:localhost\n").unwrap();
    for line in [
        format!("req -x509 -newkey {key} -nodes -keyout root.key -out root.pem -subj /CN=ours"),
        format!("req -newkey {key} -nodes -keyout leaf.key -out leaf.csr -subj /CN=x"),
        "x509 -req -in leaf.csr -CA root.pem -CAkey root.key -out leaf.pem -extfile ext".to_owned(),
    ] {
        let mut command = openssl.command();
        run(command.args(line.split(' ')).current_dir(dir)).expect_success(&line);
    }
}

fn client(roots: Option<Vec<u8>>) -> Client {
    Client::new(Settings { roots, ..Settings::default() }).unwrap()
}

#[test]
fn servers_are_believed_by_their_certificates_alone() {
    let Some(openssl) = oracle("openssl") else { return };
    for (key, version) in [
        ("rsa:2048", "-tls1_3"),
        ("rsa:2048", "-tls1_2"),
        ("ec -pkeyopt ec_paramgen_curve:P-256", "-tls1_3"),
        ("ec -pkeyopt ec_paramgen_curve:P-384", "-tls1_2"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        certify(&openssl, dir.path(), key);
        fs::write(dir.path().join("x"), "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc").unwrap();
        let ours = client(Some(fs::read(dir.path().join("root.pem")).unwrap()));
        let limits = Limits::at_most(100);
        let server = TlsServer::start(&openssl, dir.path(), &[version]);
        assert_eq!(server.get(&ours, "localhost", "x", limits).unwrap(), "abc", "{key} {version}");

        let (_, text) = fault(server.get(&client(None), "localhost", "x", limits));
        assert!(text.contains("by no authority that is trusted here"), "{text}");
        assert!(text.contains("SSL_CERT_FILE"), "{text}");
        let (_, text) = fault(server.get(&ours, "127.0.0.1", "x", limits));
        assert!(text.contains("for another host"), "{text}");
    }
    // What is older is not spoken.
    let dir = tempfile::tempdir().unwrap();
    certify(&openssl, dir.path(), "rsa:2048");
    let ours = client(Some(fs::read(dir.path().join("root.pem")).unwrap()));
    let old = ["-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"];
    let server = TlsServer::start(&openssl, dir.path(), &old);
    let (fault, text) = fault(server.get(&ours, "localhost", "x", Limits::at_most(100)));
    assert!(matches!(fault, Fault::Tls(_)), "{text}");
}

#[test]
fn https_leads_to_http_only_where_the_bytes_are_checked() {
    let Some(openssl) = oracle("openssl") else { return };
    let dir = tempfile::tempdir().unwrap();
    certify(&openssl, dir.path(), "ec -pkeyopt ec_paramgen_curve:P-256");
    let plain = Server::start(|_| Answer::ok(b"who sent this?"));
    let redirect = format!("HTTP/1.0 302 Found\r\nLocation: {}\r\n\r\n", plain.url("/y"));
    fs::write(dir.path().join("x"), redirect).unwrap();
    let ours = client(Some(fs::read(dir.path().join("root.pem")).unwrap()));
    let server = TlsServer::start(&openssl, dir.path(), &[]);
    let limits = Limits::at_most(100);
    let (fault, text) = fault(server.get(&ours, "localhost", "x", limits));
    assert!(matches!(fault, Fault::LeavesHttps(_)), "{text}");
    assert!(text.contains(&plain.url("/y")), "{text}");
    assert_eq!(plain.requests().len(), 0, "not even asked");
    let limits = Limits { may_leave_https: true, ..limits };
    assert_eq!(server.get(&ours, "localhost", "x", limits).unwrap(), "who sent this?");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let no_tls = format!("https://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 100]).unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let error = ours.get(&no_tls, limits).unwrap_err().to_string();
    assert!(error.contains("does not speak TLS"), "{error}");
    server.join().unwrap();
}

/// A record of TLS that comes byte by byte, between the client and an honest server.
#[test]
fn a_record_that_is_dripped_is_not_waited_for() {
    let Some(openssl) = oracle("openssl") else { return };
    let dir = tempfile::tempdir().unwrap();
    certify(&openssl, dir.path(), "ec -pkeyopt ec_paramgen_curve:P-256");
    let body = "x".repeat(40_000);
    let head = format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    fs::write(dir.path().join("x"), head + &body).unwrap();
    let server = TlsServer::start(&openssl, dir.path(), &[]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, there) = (listener.local_addr().unwrap().port(), server.port);
    std::thread::spawn(move || drip_after(&listener.accept().unwrap().0, there, 25_000));

    let pace = downloads::Pace {
        patience: Duration::from_secs(2),
        window: Duration::from_secs(2),
        least: 1,
    };
    let roots = Some(fs::read(dir.path().join("root.pem")).unwrap());
    let ours = Client::new(Settings { roots, pace, ..Settings::default() }).unwrap();
    let url = format!("https://localhost:{port}/x").parse().unwrap();
    let got = ours.get(&url, Limits::at_most(50_000)).map(|b| String::from_utf8(b).unwrap());
    let (fault, text) = fault(got);
    assert!(matches!(fault, Fault::Slow { .. }), "{text}");
}

/// Hands on what both sides send; of the server's, what is behind `fast` bytes in drops.
fn drip_after(client: &TcpStream, port: u16, mut fast: usize) -> std::io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut from, &mut to));
    let (mut client, mut buffer) = (client, vec![0; 64 << 10]);
    // Not for ever, so that a client that waits fails and does not hang.
    for _ in 0..100 {
        let most = if fast > 0 { fast } else { 1 };
        let read = server.read(&mut buffer[..most])?;
        client.write_all(&buffer[..read])?;
        if fast == 0 {
            std::thread::sleep(Duration::from_millis(100));
        }
        fast -= fast.min(read);
    }
    client.shutdown(std::net::Shutdown::Both)
}

#[test]
fn certificates_that_are_none_are_refused() {
    for (pem, why) in [
        (&b""[..], "no certificate in PEM"),
        (b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", ""),
    ] {
        let settings = Settings { roots: Some(pem.to_vec()), ..Settings::default() };
        let error = Client::new(settings).unwrap_err();
        assert!(matches!(error, Error::Roots { .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}
