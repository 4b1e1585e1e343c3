//! Downloads from servers that behave, and from those that do not: what is in the store in the end.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // and panic

use downloads::{
    Client, Error, Event, Expect, Fault, Pace, Settings, Store, Stored, Url, download,
};
use input_file::sha256_hex;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use testbench::http::{Answer, Request, Server};

const LEN: usize = 1 << 20;

/// The bytes of a file, no two parts of which are alike.
fn body(seed: u32) -> Vec<u8> {
    (0..LEN as u32 / 4).flat_map(|i| (i ^ seed).wrapping_mul(0x9E37_79B9).to_le_bytes()).collect()
}

struct Room {
    dir: tempfile::TempDir,
    store: Store,
    expect: Expect,
    told: Vec<String>,
}

impl Room {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(dir.path().join("cache"));
        let expect = Expect { sha256: sha256_hex(&body(0)), max_len: 2 << 20 };
        Self { dir, store, expect, told: Vec::new() }
    }

    fn get(&mut self, urls: &[String]) -> Result<Stored, Error> {
        let patience = Duration::from_secs(60);
        let pace = Pace { patience, window: patience, least: 1 };
        self.get_with(urls, pace)
    }

    fn get_with(&mut self, urls: &[String], pace: Pace) -> Result<Stored, Error> {
        let client = Client::new(Settings { pace, ..Settings::default() }).unwrap();
        let mirrors: Vec<Url> = urls.iter().map(|url| url.parse().unwrap()).collect();
        let told = &mut self.told;
        let mut tell = |event: Event<'_>| match event {
            Event::Begins { from, .. } => told.push(format!("from {from}")),
            Event::Failed(failure) => told.push(failure.to_string()),
            _ => {}
        };
        download(&client, &mirrors, &self.expect, &self.store, &mut tell)
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("cache/by-sha256").join(&self.expect.sha256)
    }

    /// Whatever a server did, a file has the final name only if it is the right one.
    fn nothing_is_there(&self) {
        assert!(!self.path().exists());
        assert!(self.store.get(&self.expect.sha256).unwrap().is_none());
    }

    fn all_is_there(&self, stored: Stored) {
        assert_eq!(stored.path, self.path());
        assert_eq!(fs::read(&stored.path).unwrap(), body(0));
        let all = self.store.list().unwrap();
        assert_eq!(all.len(), 1, "nothing else is left: {all:?}");
        assert!(!all[0].partial);
    }
}

fn faults(error: Error) -> (Vec<Fault>, String) {
    let text = error.to_string();
    match error {
        Error::Download { failures, .. } => (failures.into_iter().map(|f| f.fault).collect(), text),
        other => panic!("{other}"),
    }
}

#[test]
fn a_file_comes_once_and_is_there_from_then_on() {
    let server = Server::start(|request| Answer::file(request, &body(0), "\"a\""));
    let mut room = Room::new();
    let stored = room.get(&[server.url("/x")]).unwrap();
    room.all_is_there(stored);
    let stored = room.get(&[server.url("/x")]).unwrap();
    room.all_is_there(stored);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_connection_that_breaks_every_64_kib_is_taken_up_again() {
    let server =
        Server::start(|request| Answer::file(request, &body(0), "\"a\"").cut_body_at(64 << 10));
    let mut room = Room::new();
    let stored = room.get(&[server.url("/x")]).unwrap();
    room.all_is_there(stored);
    let requests = server.requests();
    assert_eq!(requests.len(), 16);
    for (i, request) in requests.iter().enumerate().skip(1) {
        assert_eq!(request.range_from(), Some(i * (64 << 10)));
        assert_eq!(request.header("If-Range"), Some("\"a\""));
    }
}

#[test]
fn what_has_no_room_is_not_even_begun() {
    let length = format!("Content-Length: {}", 1u64 << 60);
    let server = Server::start(move |_| Answer::head("200 OK", &[&length]).then("x").endless("y"));
    let mut room = Room::new();
    room.expect.max_len = u64::MAX;
    let (faults, text) = faults(room.get(&[server.url("/x")]).unwrap_err());
    assert!(matches!(faults[..], [Fault::NoRoom { len: Some(_), came: 0, .. }]), "{text}");
    assert!(text.contains("file system has") && text.contains("bootkey cache prune"), "{text}");
    assert!(!text.contains("are kept"), "{text}");
    room.nothing_is_there();
}

#[test]
fn what_came_is_kept_for_the_next_run_and_for_the_next_mirror() {
    let dead = Server::start(|request| match request.range_from() {
        None => Answer::file(request, &body(0), "\"a\"").cut_body_at(100_000),
        Some(_) => Answer::new("503 Service Unavailable", &[], b""),
    });
    let mut room = Room::new();
    let (faults, text) = faults(room.get(&[dead.url("/x")]).unwrap_err());
    assert!(matches!(faults[..], [Fault::Busy { status: 503, retry_after: None }]), "{text}");
    assert!(text.contains("The 100000 bytes that came are kept"), "{text}");
    room.nothing_is_there();

    let alive = Server::start(|request| match request.range_from() {
        Some(from) => {
            let range = format!("Content-Range: bytes {from}-{}/{LEN}", LEN - 1);
            Answer::new("206 Partial Content", &[&range], &body(0)[from..])
        }
        None => Answer::ok(&body(0)),
    });
    let stored = room.get(&[dead.url("/x"), alive.url("/y")]).unwrap();
    room.all_is_there(stored);
    let asked = &alive.requests()[0];
    assert_eq!(asked.range_from(), Some(100_000));
    assert_eq!(asked.header("If-Range"), None, "the other server's tag says nothing here");
}

#[test]
fn a_server_without_ranges_sends_all_of_it_again() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => Answer::ok(&body(0)).cut_body_at(300_000),
        _ => Answer::ok(&body(0)),
    });
    let mut room = Room::new();
    let stored = room.get(&[server.url("/x")]).unwrap();
    room.all_is_there(stored);
    assert_eq!(room.told.last().unwrap(), "from 0");

    // And one that always breaks at the same place is given up.
    let server = Server::start(|_| Answer::ok(&body(0)).cut_body_at(300_000));
    let mut room = Room::new();
    let (faults, text) = faults(room.get(&[server.url("/x")]).unwrap_err());
    assert!(matches!(faults[..], [Fault::Ended { came: 300_000, .. }]), "{text}");
    assert_eq!(server.requests().len(), 2);
    room.nothing_is_there();
}

#[test]
fn a_file_that_changed_in_between_is_not_patched_together() {
    // First another file comes, and breaks; then the right one has that address.
    let answers = |request: &Request, first: bool| match first {
        true => Answer::file(request, &body(1), "\"old\"").cut_body_at(200_000),
        false => Answer::file(request, &body(0), "\"new\""),
    };
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |r| answers(r, asked.fetch_add(1, Ordering::Relaxed) == 0));
    let mut room = Room::new();
    let stored = room.get(&[server.url("/x")]).unwrap();
    room.all_is_there(stored);
    assert_eq!(server.requests()[1].header("If-Range"), Some("\"old\""));

    // A server that takes no notice of `If-Range`: the digest does.
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        let first = asked.fetch_add(1, Ordering::Relaxed) == 0;
        match request.range_from() {
            Some(from) => {
                let range = format!("Content-Range: bytes {from}-{}/{LEN}", LEN - 1);
                Answer::new("206 Partial Content", &[&range], &body(0)[from..])
            }
            None => answers(request, first),
        }
    });
    let mut room = Room::new();
    let stored = room.get(&[server.url("/x")]).unwrap();
    room.all_is_there(stored);
    assert_eq!(server.requests().len(), 3, "the beginning, the rest that did not fit, all of it");
}

#[test]
fn a_rest_that_begins_elsewhere_is_not_taken() {
    for range in ["bytes 1-1048575/1048576", "bytes */1048576", "x", ""] {
        let server = Server::start(move |request| match request.range_from() {
            None if request.target == "/cut" => Answer::ok(&body(0)).cut_body_at(100_000),
            None => Answer::ok(&body(0)),
            Some(_) => {
                let range = format!("Content-Range: {range}");
                Answer::new("206 Partial Content", &[&range], &body(0)[1..])
            }
        });
        let mut room = Room::new();
        let stored = room.get(&[server.url("/cut"), server.url("/x")]).unwrap();
        room.all_is_there(stored);
    }
}

#[test]
fn another_file_is_refused_and_leaves_nothing() {
    let other = Server::start(|_| Answer::ok(&body(1)));
    let mut room = Room::new();
    let (faults_, text) = faults(room.get(&[other.url("/x")]).unwrap_err());
    let [Fault::WrongFile { expected, found, len }] = &faults_[..] else { panic!("{text}") };
    let (is, digest) = (sha256_hex(&body(1)), room.expect.sha256.clone());
    assert_eq!((expected, found, *len), (&digest, &is, LEN as u64));
    assert!(text.contains(&is) && text.contains("what its publisher says"), "{text}");
    room.nothing_is_there();
    assert_eq!(room.store.list().unwrap(), []);
    // The same bytes are the file where they are asked for: it is the digest that refused them.
    room.expect.sha256 = is;
    assert!(room.get(&[other.url("/x")]).is_ok());
}

#[test]
fn a_page_to_log_in_is_told_from_a_file() {
    let page = b"\n<!DOCTYPE html><title>Welcome to the hotel</title>";
    for answer in [
        Answer::new("200 OK", &["Content-Type: application/octet-stream"], page),
        Answer::new("200 OK", &["Content-Type: text/html"], b"hello"),
    ] {
        let portal = Server::start(move |_| answer.clone());
        let mut room = Room::new();
        let (faults, text) = faults(room.get(&[portal.url("/x.iso")]).unwrap_err());
        assert!(matches!(faults[..], [Fault::Page]), "{text}");
        assert!(text.contains("page to log in"), "{text}");
        room.nothing_is_there();
    }
    // What says that it is a page, and is the file, is the file.
    let odd = Server::start(|_| Answer::new("200 OK", &["Content-Type: text/html"], &body(0)));
    let mut room = Room::new();
    let stored = room.get(&[odd.url("/x.iso")]).unwrap();
    room.all_is_there(stored);
}

#[test]
fn what_came_survives_what_is_not_the_file() {
    let page = b"<!DOCTYPE html><title>Welcome to the hotel</title>";
    let typed = Answer::new("200 OK", &["Content-Type: text/html"], b"hello");
    let untyped = Answer::new("200 OK", &["Content-Type: application/octet-stream"], page);
    let broken = untyped.clone().cut_body_at(30);
    let endless = Answer::head("200 OK", &[]).endless(vec![0; 64 << 10]);
    for answer in [typed, untyped, broken, endless, Answer::ok(&body(1))] {
        let bad = Server::start(move |_| answer.clone());
        let mut room = Room::new();
        let once = AtomicUsize::new(0);
        let cut = Server::start(move |r| match once.fetch_add(1, Ordering::Relaxed) {
            0 => Answer::file(r, &body(0), "\"a\"").cut_body_at(700_000),
            _ => Answer::new("503 Service Unavailable", &[], b""),
        });
        assert!(room.get(&[cut.url("/x"), bad.url("/x")]).is_err());
        room.nothing_is_there();
        let part = fs::read(room.path().with_extension("part")).unwrap();
        assert!(part == body(0)[..700_000], "{} bytes are left", part.len());
        assert!(!room.path().with_extension("anew").exists());
        room.told.clear();
        let right = Server::start(|r| match r.range_from() {
            Some(from) => {
                let range = format!("Content-Range: bytes {from}-{}/{LEN}", LEN - 1);
                Answer::new("206 Partial Content", &[&range], &body(0)[from..])
            }
            None => Answer::ok(&body(0)),
        });
        let stored = room.get(&[right.url("/x")]).unwrap();
        room.all_is_there(stored);
        assert_eq!(room.told, ["from 700000"]);
    }
}

#[test]
fn a_name_that_a_server_cannot_take_back_is_not_kept() {
    let long = format!("\"{}\"", "x".repeat(2000));
    for tag in [long, "\"\u{e9}\"".to_owned()] {
        let server = Server::start(move |request| match request.header("If-Range") {
            Some(_) => Answer::new("400 Bad Request", &[], b""),
            None if request.range_from().is_none() => {
                Answer::file(request, &body(0), &tag).cut_body_at(100_000)
            }
            None => Answer::new("503 Service Unavailable", &[], b""),
        });
        let mut room = Room::new();
        assert!(room.get(&[server.url("/x")]).is_err());
        assert_eq!(server.requests()[1].header("If-Range"), None);
    }
}

#[test]
fn a_request_for_the_rest_that_is_refused_becomes_one_for_the_whole() {
    for refusal in
        ["400 Bad Request", "431 Request Header Fields Too Large", "416 Range Not Satisfiable"]
    {
        let asked = AtomicUsize::new(0);
        let server = Server::start(move |request| match request.range_from() {
            Some(_) => Answer::new(refusal, &[], b""),
            None => match asked.fetch_add(1, Ordering::Relaxed) {
                0 => Answer::file(request, &body(0), "\"a\"").cut_body_at(100_000),
                _ => Answer::ok(&body(0)),
            },
        });
        let mut room = Room::new();
        let stored = room.get(&[server.url("/x")]).unwrap();
        room.all_is_there(stored);
        let asked: Vec<_> = server.requests().iter().map(Request::range_from).collect();
        assert_eq!(asked, [None, Some(100_000), None]);
    }
    // Once: then the next mirror is asked.
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |request| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => Answer::file(request, &body(0), "\"a\"").cut_body_at(100_000),
        _ => Answer::new("404 Not Found", &[], b""),
    });
    let mut room = Room::new();
    let (faults, text) = faults(room.get(&[server.url("/x")]).unwrap_err());
    assert!(matches!(faults[..], [Fault::Status { status: 404 }]), "{text}");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn mirrors_are_asked_in_turn_and_each_is_told() {
    let none = Server::start(|_| Answer::new("404 Not Found", &[], b""));
    let other = Server::start(|_| Answer::ok(&body(1)));
    let broken = Server::start(|_| Answer::raw("?"));
    let right = Server::start(|request| Answer::file(request, &body(0), "\"a\""));
    let mut urls = vec![none.url("/a"), other.url("/b"), broken.url("/c")];
    let mut room = Room::new();
    let (faults, text) = faults(room.get(&urls).unwrap_err());
    let [Fault::Status { .. }, Fault::WrongFile { .. }, Fault::NotHttp(_)] = faults[..] else {
        panic!("{text}")
    };
    assert!(urls.iter().all(|url| text.contains(url.as_str())), "{text}");
    urls.push(right.url("/d"));
    let stored = room.get(&urls).unwrap();
    room.all_is_there(stored);
}

#[test]
fn a_slow_server_is_left_for_the_next() {
    let pace = Pace {
        patience: Duration::from_millis(300),
        window: Duration::from_millis(300),
        least: 10_000,
    };
    let drip = Answer::head("200 OK", &[]).drip(body(0), 10, Duration::from_millis(20));
    let slow = Server::start(move |_| drip.clone());
    let right = Server::start(|request| Answer::file(request, &body(0), "\"a\""));
    let mut room = Room::new();
    let stored = room.get_with(&[slow.url("/x"), right.url("/x")], pace).unwrap();
    room.all_is_there(stored);
    assert!(room.told.iter().any(|told| told.contains("too slow")), "{:?}", room.told);
}

/// What comes all the time, and brings nothing of the file.
#[test]
fn a_server_that_drips_what_is_no_file_is_left_too() {
    let short = Duration::from_millis(300);
    let pace = Pace { patience: short, window: short, least: 10_000 };
    let chunked = || Answer::head("200 OK", &["Transfer-Encoding: chunked"]);
    let pause = Duration::from_millis(50);
    let trailers = "X: y\r\n".repeat(60) + "\r\n";
    let length = "0".repeat(12) + "5\r\nhello\r\n0\r\n\r\n";
    for drip in [
        chunked().then("5\r\nhello\r\n0\r\n").drip(trailers, 6, pause),
        chunked().drip(length, 1, pause),
    ] {
        let slow = Server::start(move |_| drip.clone());
        let mut room = Room::new();
        let (faults, text) = faults(room.get_with(&[slow.url("/x")], pace).unwrap_err());
        assert!(matches!(faults[..], [Fault::Slow { .. }]), "{text}");
    }
}

#[test]
fn what_does_not_end_is_ended() {
    let endless = Answer::head("200 OK", &[]).endless(vec![0; 64 << 10]);
    let server = Server::start(move |_| endless.clone());
    let mut room = Room::new();
    let (faults, text) = faults(room.get(&[server.url("/x")]).unwrap_err());
    assert!(matches!(faults[..], [Fault::TooLong { .. }]), "{text}");
    room.nothing_is_there();
    assert_eq!(room.store.list().unwrap(), [], "two MiB of zeros are not kept");
}

#[test]
fn two_at_once_download_it_once() {
    let server = Server::start(|_| {
        // Long enough that the second one comes meanwhile.
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LEN}\r\n\r\n");
        Answer::default().drip(head, 8, Duration::from_millis(50)).then(body(0))
    });
    let room = Room::new();
    let get = || {
        let mut own = Room { store: room.store.clone(), ..Room::new() };
        own.get(&[server.url("/x")]).map(|stored| fs::read(stored.path).unwrap())
    };
    let (first, second) = std::thread::scope(|scope| {
        let threads = [scope.spawn(get), scope.spawn(get)];
        let [first, second] = threads.map(|thread| thread.join().unwrap().unwrap());
        (first, second)
    });
    assert!(first == body(0) && second == body(0));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_file_that_was_changed_in_the_store_is_downloaded_again() {
    let server = Server::start(|request| Answer::file(request, &body(0), "\"a\""));
    let mut room = Room::new();
    let stored = room.get(&[server.url("/x")]).unwrap();
    let before = fs::metadata(&stored.path).unwrap();
    // In place, of the same length, with the time set back.
    let mut changed = body(0);
    changed[500_000] ^= 1;
    loop {
        fs::write(&stored.path, &changed).unwrap();
        let file = fs::File::options().write(true).open(&stored.path).unwrap();
        file.set_modified(before.modified().unwrap()).unwrap();
        // The file system's clock may tick only every 10 ms.
        if stored.stamp.compare(&fs::metadata(&stored.path).unwrap()).is_err() {
            break;
        }
    }
    assert!(room.store.get(&room.expect.sha256).unwrap().is_none());
    let stored = room.get(&[server.url("/x")]).unwrap();
    room.all_is_there(stored);
    assert_eq!(server.requests().len(), 2);

    // A copy of the store has other stamps, and is read once; then it has a record of its own.
    let copy = room.dir.path().join("copy");
    fs::create_dir_all(copy.join("by-sha256")).unwrap();
    for entry in fs::read_dir(room.path().parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.join("by-sha256").join(entry.file_name())).unwrap();
    }
    let copy = Store::at(copy);
    assert!(copy.get(&room.expect.sha256).unwrap().is_some());
}

#[test]
fn a_store_that_others_may_write_to_is_not_used() {
    let server = Server::start(|request| Answer::file(request, &body(0), "\"a\""));
    let mut room = Room::new();
    room.get(&[server.url("/x")]).unwrap();
    let dir = room.path().parent().unwrap().to_path_buf();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).unwrap();
    let error = room.get(&[server.url("/x")]).unwrap_err();
    assert!(matches!(error, Error::Cache(_)), "{error}");
    assert!(error.to_string().contains("other users may write to it"), "{error}");
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(room.get(&[server.url("/x")]).is_ok());
}

#[test]
fn what_lies_where_the_store_puts_files_is_not_followed() {
    let server = Server::start(|request| Answer::file(request, &body(0), "\"a\""));
    for extension in ["part", "lock", "from"] {
        let mut room = Room::new();
        let victim = room.dir.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        fs::create_dir_all(room.path().parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&victim, room.path().with_extension(extension)).unwrap();
        let error = room.get(&[server.url("/x")]).unwrap_err();
        assert!(matches!(error, Error::Write { .. }), "{extension}: {error}");
        assert_eq!(fs::read(&victim).unwrap(), b"precious", "{extension}");
    }
}

#[test]
fn pruning_leaves_what_is_wanted() {
    let server = Server::start(|request| Answer::file(request, &body(0), "\"a\""));
    let mut room = Room::new();
    room.get(&[server.url("/x")]).unwrap();
    assert_eq!(room.store.prune(|_| false).unwrap(), []);
    let entries = room.store.list().unwrap();
    assert_eq!((entries.len(), entries[0].len), (1, LEN as u64));
    assert_eq!(room.store.prune(|e| e.sha256 == entries[0].sha256).unwrap(), entries);
    room.nothing_is_there();
    assert_eq!(room.store.list().unwrap(), []);
}
