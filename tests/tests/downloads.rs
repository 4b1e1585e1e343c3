//! ISOs that have an address: downloaded, checked, and never on a key if they are another file.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use testbench::http::{Answer, Server};
use testbench::{Ran, run};
use tests::{Room, sha256};

const IO: i32 = 5;

/// A room with an ISO that a server has, and a spec that wants it.
fn room(path: &'static str) -> Option<(Room, Server, String)> {
    let room = Room::new()?;
    let iso = room.iso("x.iso");
    let bytes = fs::read(&iso).unwrap();

    let digest = sha256(&iso);
    fs::remove_file(iso).unwrap();
    let server = Server::start(move |request| match request.target == path {
        true => Answer::file(request, &bytes, "\"tag\""),
        false => Answer::new("200 OK", &["Content-Type: text/html"], b"<html>log in"),
    });
    let text = format!("[[iso]]\nurl = \"{}\"\nsha256 = \"{digest}\"\n", server.url("/y/x.iso"));
    room.text("key.toml", &text);
    Some((room, server, digest))
}

fn refused(ran: &Ran, status: i32, says: &[&str]) {
    assert_eq!(ran.status, Some(status), "{}", ran.stderr);
    for text in says {
        assert!(ran.stderr.contains(text), "{text:?} is not in: {}", ran.stderr);
    }
}

#[test]
fn an_iso_is_downloaded_once_and_makes_the_key_that_the_file_makes() {
    let Some((room, server, digest)) = room("/y/x.iso") else { return };
    // Without it, nothing is decided, and nothing downloaded.
    let url = server.url("/y/x.iso");
    refused(&room.run(["plan", "key.toml"]), IO, &[&url, "bootkey fetch SPEC"]);
    let offline = room.run(["build", "key.toml", "-o", "key.img", "--offline"]);
    refused(&offline, IO, &[&url, "bootkey fetch SPEC"]);
    assert_eq!(server.requests().len(), 0);

    let built = room.run(["build", "key.toml", "-o", "key.img"]).expect_success("build");
    assert!(built.stderr.contains(&format!("downloading {url}")), "{}", built.stderr);
    room.run(["build", "key.toml", "-o", "again.img", "--offline"]).expect_success("offline");
    assert_eq!(server.requests().len(), 1);
    let listed = room.run(["cache", "list"]).expect_success("cache list");
    assert!(listed.stdout.starts_with(&digest), "{}", listed.stdout);

    // The same file from this machine makes the same key: no address is on it.
    let iso = room.iso("x.iso");
    room.text("file.toml", &format!("[[iso]]\npath = \"x.iso\"\nsha256 = \"{digest}\"\n"));
    room.run(["build", "file.toml", "-o", "file.img"]).expect_success("of a file");
    let image = fs::read(room.path("key.img")).unwrap();
    assert!(image == fs::read(room.path("file.img")).unwrap());
    assert!(image == fs::read(room.path("again.img")).unwrap());
    let address = server.address().to_string();
    assert!(!image.windows(address.len()).any(|bytes| bytes == address.as_bytes()));
    drop(iso);

    let pruned = room.run(["cache", "prune", "--keep", "key.toml"]).expect_success("prune");
    assert!(pruned.stderr.contains("removed 0 files"), "{}", pruned.stderr);
    room.run(["cache", "prune", "--all"]).expect_success("prune");
    refused(&room.run(["plan", "key.toml"]), IO, &[&url]);
}

#[test]
fn an_iso_comes_although_no_archive_has_the_packages() {
    let Some((room, server, digest)) = room("/y/x.iso") else { return };
    let mirror = server.url("/debian");
    let ran = room.run(["fetch", "key.toml", "--mirror", &mirror, "--suite", "trixie"]);
    refused(&ran, IO, &[&mirror]);
    let listed = room.run(["cache", "list"]).expect_success("cache list");
    assert!(listed.stdout.starts_with(&digest), "{}\n{}", listed.stdout, ran.stderr);
}

#[test]
fn nothing_is_downloaded_for_a_key_that_may_not_be_written() {
    let Some((room, server, _)) = room("/y/x.iso") else { return };
    let spec = room.path("key.toml");
    fs::set_permissions(&spec, fs::Permissions::from_mode(0o666)).unwrap();
    for (output, status, says) in
        [("missing/key.img", IO, "missing"), ("key.toml", 2, "key.toml"), (".", 2, ".")]
    {
        refused(&room.run(["build", "key.toml", "-o", output]), status, &[says]);
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_page_to_log_in_never_gets_onto_a_key() {
    let Some((room, server, _)) = room("/elsewhere") else { return };
    let ran = room.run(["build", "key.toml", "-o", "key.img"]);
    refused(&ran, IO, &[&server.url("/y/x.iso"), "a page of HTML", "log in"]);
    assert!(!room.path("key.img").exists());
    assert_eq!(room.run(["cache", "list"]).expect_success("list").stdout, "");
}

#[test]
fn a_file_that_was_changed_in_the_cache_never_gets_onto_a_key() {
    let Some((room, server, digest)) = room("/y/x.iso") else { return };
    room.run(["build", "key.toml", "-o", "key.img"]).expect_success("build");
    let cached = room.path(".cache/bootkey/by-sha256").join(&digest);
    let mut bytes = fs::read(&cached).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&cached, &bytes).unwrap();
    let offline = room.run(["build", "key.toml", "-o", "other.img", "--offline"]);
    refused(&offline, IO, &["has not been downloaded"]);
    room.run(["build", "key.toml", "-o", "other.img"]).expect_success("it is downloaded again");
    let image = |name| fs::read(room.path(name)).unwrap();
    assert!(image("key.img") == image("other.img"));
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn proxies_are_those_of_the_environment() {
    let Some((room, server, _)) = room("/y/x.iso") else { return };
    let proxy = Server::start(|_| Answer::new("403 Forbidden", &[], b""));
    let named = format!("http://{}", proxy.address());
    let mut build = room.bootkey(["build", "key.toml", "-o", "key.img"]);
    let ran = run(build.env("http_proxy", &named));
    refused(&ran, IO, &["403 Forbidden", &format!("through the proxy {}", proxy.address())]);
    assert_eq!(proxy.requests()[0].target, server.url("/y/x.iso"));
    let mut build = room.bootkey(["build", "key.toml", "-o", "key.img"]);
    run(build.env("http_proxy", &named).env("no_proxy", "127.0.0.1")).expect_success("build");
    // What is in the cache needs no proxy.
    room.run(["cache", "prune", "--all"]).expect_success("prune");
    let mut build = room.bootkey(["build", "key.toml", "-o", "key.img"]);
    refused(&run(build.env("http_proxy", "socks5://h:1")), 2, &["http_proxy", "unset it"]);
}
