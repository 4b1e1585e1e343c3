//! Tests of fetching packages over HTTP from a mirror whose server, or whoever sits before it, does what
//! it should not: with the list, with an index, and with a package.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::{Package, Repo, environment};
use key_inputs::{Request, Wishes, fetch_packages};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use testbench::http::{Answer, Request as Asked, Server};

/// What a server does with a file, given the request and the file; and a part of the message then.
type Wrong = (&'static str, fn(&Asked, &[u8]) -> Answer, &'static str);

const WRONG: [Wrong; 10] = [
    ("ends early", |_, b| Answer::ok(b).cut_body_at(b.len() / 2), "the connection ended after"),
    ("ends in the head", |_, b| Answer::ok(b).cut_at(20), "the connection ended after"),
    (
        "announces too much",
        |_, b| Answer::head("200 OK", &["Content-Length: 99999999999"]).then(b),
        "it is larger than",
    ),
    ("does not end", |_, b| Answer::head("200 OK", &[]).endless(b), "it is larger than"),
    ("speaks no HTTP/1", |_, b| Answer::raw(b), "does not speak HTTP/1"),
    (
        "sends a head without end",
        |_, _| Answer::raw("HTTP/1.1 200 OK\r\nX: ").endless("y".repeat(1000)),
        "the head of the answer does not end",
    ),
    (
        "leads to itself",
        |asked, _| Answer::redirect("301 Moved Permanently", &asked.target),
        "in a circle",
    ),
    (
        "leads on and on",
        |asked, _| Answer::redirect("302 Found", &format!("{}x", asked.target)),
        "from address to address",
    ),
    (
        "has a page to log in",
        |_, _| Answer::new("200 OK", &["Content-Type: text/html"], b"<html>log in</html>"),
        "a page of HTML came",
    ),
    (
        "compresses it",
        |_, b| Answer::new("200 OK", &["Content-Encoding: br"], b),
        "the server sends it compressed",
    ),
];

/// The names of all files in a directory and below, but for the lists' own.
fn files(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut all = Vec::new();
    for path in entries.map(|e| e.unwrap().path()) {
        match path.is_dir() {
            true if path.ends_with("lists") => {}
            true => all.extend(files(&path)),
            false => all.push(path.file_name().unwrap().to_string_lossy().into_owned()),
        }
    }
    all
}

#[test]
fn whatever_a_mirrors_server_does_nothing_gets_into_the_cache() {
    let dir = tempfile::tempdir().unwrap();
    let mut env = environment(dir.path());
    (env.home, env.xdg_cache_home) = (None, Some(dir.path().join("cache")));
    let Some(repo) = Repo::new(&env.root, &dir.path().join("repo")) else { return };
    // Noise, which does not get shorter by packing.
    let mut state = 1_u32;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    let iso: Vec<u8> = (0..300_000).map(|_| noise()).collect();
    repo.publish(&[Package::new("rescue", "1.0").file("usr/x.iso", iso)]);
    let root = repo.dir.clone();
    let read = move |target: &str| fs::read(root.join(&target[1..])).ok();
    // What is done with the files in whose paths the text is; nothing at first.
    type Attack = Box<dyn Fn(&Asked, &[u8]) -> Answer + Send + Sync>;
    let attack: Arc<Mutex<Option<(String, Attack)>>> = Arc::default();
    let attacked = attack.clone();
    let server = Server::start(move |asked| {
        let attacked = attacked.lock().unwrap();
        let bytes = read(asked.target.trim_end_matches('x'));
        match (&*attacked, bytes) {
            (Some((on, how)), Some(bytes)) if asked.target.contains(on) => how(asked, &bytes),
            (_, Some(bytes)) => Answer::ok(&bytes),
            (_, None) => Answer::new("404 Not Found", &[], b""),
        }
    });
    let list = format!("deb [signed-by=/etc/keys.gpg] {} test main\n", server.url(""));
    fs::write(env.root.join("etc/apt/sources.list"), list).unwrap();
    let request = Request { members: vec!["usr/x.iso".to_owned()], ..Request::package("rescue") };
    let fetch =
        || fetch_packages(std::slice::from_ref(&request), &Wishes::default(), &env, &mut |_| ());
    let cache = dir.path().join("cache/bootkey");
    let refused = |on: &str, what: &str, how: Attack, says: &str| {
        *attack.lock().unwrap() = Some((on.to_owned(), how));
        // An index that is there is not got again.
        let _ = fs::remove_dir_all(cache.join("lists"));
        let e = fetch().expect_err(what).to_string();
        assert!(e.contains(says) && e.contains(&server.url("/")), "{on} {what}: {e}");
        assert_eq!(files(&cache), ["lock"], "{on} {what}");
    };
    for on in ["InRelease", "binary-amd64", ".deb"] {
        for (what, how, says) in WRONG {
            refused(on, what, Box::new(how), says);
        }
    }
    let changed = |_: &Asked, bytes: &[u8]| {
        let (mut bytes, middle) = (bytes.to_vec(), bytes.len() / 2);
        bytes[middle] ^= 1;
        Answer::ok(&bytes)
    };
    refused("InRelease", "changes it", Box::new(changed), "signature");
    for on in ["binary-amd64", ".deb"] {
        refused(on, "changes it", Box::new(changed), "is not what the archive's signed list says");
    }
    for at in (0..300_000).step_by(64 << 10) {
        let cut = move |_: &Asked, bytes: &[u8]| Answer::ok(bytes).cut_body_at(at);
        refused(".deb", "ends early", Box::new(cut), &format!("ended after {at} bytes of"));
    }
    assert!(server.sent() < 64 << 20, "{} bytes for what is smaller than one", server.sent());

    // Indexes that are not there by their digests are taken by their names, and then all is there.
    let gone = |_: &Asked, _: &[u8]| Answer::new("404 Not Found", &[], b"");
    *attack.lock().unwrap() = Some(("by-hash".to_owned(), Box::new(gone)));
    let _ = fs::remove_dir_all(cache.join("lists"));
    let fetched = fetch().unwrap();
    assert_eq!(fetched[0].version, "1.0");
    assert!(files(&cache).contains(&"x.iso".to_owned()));
}
