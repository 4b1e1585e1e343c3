//! Attacks on what is downloaded, by servers that lie, break off or send without end, between the command
//! and an archive that the test has made and signed. Each is the right error, within bounded time and
//! memory, and leaves nothing behind; without it, the same command succeeds.
//!
//! A server that drips is in `key-inputs/tests/fetch.rs`, where patience can be shorter than half a minute.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use testbench::deb_packages::{Package, compress};
use testbench::debian_archive::{Archive, Suite};
use testbench::http::{Answer, Request, Server};
use testbench::{Dice, Gpg, Ran, as_nobody, handmade_grub, oracle, run};
use tests::{Room, sha256};

const IO: i32 = 5;
const SIGNED: &str = "20240103T000000";
const TODAY: &str = "Wed, 03 Jan 2024 00:00:00 UTC";
/// Bytes of the ISO in a package, which do not pack.
const LEN: usize = 200 << 10;

/// Far more than any attack takes, far less than a person would wait.
const PATIENCE: Duration = Duration::from_secs(120);
/// What the command may take of memory, in KiB.
const MEMORY: u64 = 64 << 10;

type Answers = Arc<dyn Fn(&Request, &[u8]) -> Answer + Send + Sync>;

/// What the server has, by path; and which path is attacked how.
#[derive(Default)]
struct Site {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    attack: Mutex<Option<(String, Answers)>>,
}

impl Site {
    fn answer(&self, request: &Request) -> Answer {
        let files = self.files.lock().unwrap();
        let bytes = files.get(&request.target);
        let attack = self.attack.lock().unwrap().clone();
        match (attack, bytes) {
            (Some((path, answers)), bytes) if request.target.contains(&path) => {
                answers(request, bytes.map_or(&[], Vec::as_slice))
            }
            (_, Some(bytes)) => Answer::file(request, bytes, "\"tag\""),
            (_, None) => Answer::new("404 Not Found", &[], b""),
        }
    }
}

struct Bench {
    room: Room,
    gpg: Gpg,
    keys: [String; 2],
    site: Arc<Site>,
    server: Server,
}

/// GRUB's packages, memdisk's, and one with an ISO.
fn packages(version: &str) -> Vec<Package> {
    let files = handmade_grub::directory("i386-pc", &handmade_grub::MODULES, 5000).into_iter();
    let grub = files.fold(Package::new("grub-pc-bin", version), |package, (name, bytes)| {
        package.file(&format!("usr/lib/grub/i386-pc/{name}"), bytes)
    });
    let named = |name: &str| Package::new(name, version);
    vec![
        grub,
        named("grub-common").file("usr/share/grub/unicode.pf2", "PFF2"),
        named("syslinux-common").file("usr/lib/syslinux/memdisk", "memdisk"),
        named("rescue").file("usr/rescue.iso", noise()),
    ]
}

/// Bytes that do not pack.
fn noise() -> Vec<u8> {
    let mut dice = Dice::new(7);
    (0..LEN).map(|_| dice.below(256) as u8).collect()
}

impl Bench {
    /// A spec of packages, and one of an ISO that has an address. `None` means: skip the test.
    fn new() -> Option<Self> {
        let (room, gpg) = (Room::new()?, Gpg::new()?);
        let keys =
            ["archive", "other"].map(|name| gpg.key("20240101T000000", name, "ed25519", "never"));
        let site = Arc::<Site>::default();
        let answers = site.clone();
        let server = Server::start(move |request| answers.answer(request));
        let bench = Self { room, gpg, keys, site, server };
        for (path, bytes) in bench.archive("1.0", bench.suite(), &bench.keys[..1]).files {
            bench.put(&format!("/debian/{path}"), bytes);
        }
        let room = &bench.room;
        fs::write(room.path("keys.gpg"), bench.gpg.export(&[&bench.keys[0]])).unwrap();
        let iso = room.iso("x.iso");
        let (digest, bytes) = (sha256(&iso), fs::read(&iso).unwrap());
        assert!(bytes.len() > 64 << 10, "too short to break off in");
        bench.put("/x.iso", bytes);
        fs::remove_file(iso).unwrap();
        let packages = format!(
            "[key]\nfirmware = [\"bios\"]\n\
             [packages]\nsuite = \"test\"\nmirror = \"{}\"\nkeyring = \"keys.gpg\"\n",
            bench.server.url("/debian"),
        );
        let member = "[[iso]]\npackage = \"rescue\"\nmember = \"usr/rescue.iso\"\n";
        let url = bench.server.url("/x.iso");
        let iso = format!("[[iso]]\nurl = \"{url}\"\nsha256 = \"{digest}\"\n");
        room.text("debs.toml", &format!("{packages}{member}"));
        room.text("iso.toml", &format!("{packages}{iso}"));
        Some(bench)
    }

    fn suite(&self) -> Suite<'static> {
        Suite { suite: "stable", codename: "test", date: TODAY, more: "" }
    }

    /// An archive with packages of that version, signed by these keys.
    fn archive(&self, version: &str, suite: Suite<'_>, keys: &[String]) -> Archive {
        let mut archive = Archive::default();
        let index = archive.pool(&packages(version));
        let lines = ["amd64", "arm64"].map(|arch| archive.index("test", arch, &index)).concat();
        self.sign(&mut archive, &suite.list(&lines), keys);
        archive
    }

    fn sign(&self, archive: &mut Archive, list: &str, keys: &[String]) {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        archive.sign("test", list, &self.gpg, SIGNED, &keys);
    }

    fn put(&self, path: &str, bytes: Vec<u8>) {
        self.site.files.lock().unwrap().insert(path.to_owned(), bytes);
    }

    /// Attacks what has that in its path.
    fn attack(
        &self,
        path: &str,
        answers: impl Fn(&Request, &[u8]) -> Answer + Send + Sync + 'static,
    ) {
        *self.site.attack.lock().unwrap() = Some((path.to_owned(), Arc::new(answers)));
    }

    /// Attacks an archive by files of another one.
    fn replace(&self, path: &str, other: &Archive) {
        let files = other.files.clone();
        self.attack(path, move |request, _| {
            let path = request.target.strip_prefix("/debian/").unwrap();
            match files.get(path) {
                Some(bytes) => Answer::ok(bytes),
                None => Answer::new("404 Not Found", &[], b""),
            }
        });
    }

    fn lift(&self) {
        *self.site.attack.lock().unwrap() = None;
    }

    fn cache(&self) -> PathBuf {
        self.room.path("cache")
    }

    /// Runs the command, and holds it to its time and memory.
    #[track_caller]
    fn run(&self, words: &str) -> Ran {
        let Some(time) = oracle("time") else { panic!("no `time`, which `Bench::new` has found") };
        let mut command = time.command();
        command.args(["-f", "%M"]).arg(self.room.path("bootkey")).args(words.split(' '));
        command.env_clear().env("XDG_CACHE_HOME", self.cache()).current_dir(self.room.path(""));
        as_nobody(&mut command);
        let started = Instant::now();
        let ran = run(&mut command);
        let peak: u64 = ran.stderr.trim_end().rsplit('\n').next().unwrap().parse().unwrap();
        assert!((1024..MEMORY).contains(&peak), "{words}: {peak} KiB");
        assert!(started.elapsed() < PATIENCE, "{words}: {:?}", started.elapsed());
        ran
    }

    /// Runs the command under the attack: it says so, and nothing that came is kept.
    #[track_caller]
    fn fails(&self, what: &str, words: &str, says: &[&str]) {
        let before = self.kept();
        let ran = self.run(words);
        assert_eq!(ran.status, Some(IO), "{what}: {}", ran.stderr);
        for text in says {
            assert!(ran.stderr.contains(text), "{what}: {text:?} is not in: {}", ran.stderr);
        }
        assert_eq!(self.kept(), before, "{what}");
        assert!(!self.room.path("key.img").exists(), "{what}");
    }

    /// The files in the cache that are not as the server has them, or the beginning of that.
    fn kept(&self) -> Vec<PathBuf> {
        let files = self.site.files.lock().unwrap();
        let mut found = Vec::new();
        let mut dirs = vec![self.cache()];
        while let Some(dir) = dirs.pop() {
            for path in fs::read_dir(dir).into_iter().flatten().map(|e| e.unwrap().path()) {
                if path.is_dir() && !path.is_symlink() {
                    dirs.push(path);
                    continue;
                }
                let name = path.file_name().unwrap().to_str().unwrap();
                let bytes = fs::read(&path).unwrap_or_default();
                let is_honest = match name.rsplit('.').next() {
                    Some("lock" | "from" | "sum" | "dates") => true,
                    Some("part") => files.values().any(|honest| honest.starts_with(&bytes)),
                    _ => files.values().any(|honest| *honest == bytes),
                };
                if !is_honest {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

fn remove(path: &Path) {
    if path.exists() {
        fs::remove_dir_all(path).unwrap();
    }
}

const DEBS: &str = "fetch debs.toml";
const LOCKED: &str = "build bootkey.lock -o key.img";
const ISO: &str = "build iso.toml -o key.img";

#[test]
fn what_is_signed_wrongly_or_is_another_file_is_refused() {
    let Some(_) = oracle("time") else { return };
    let Some(bench) = Bench::new() else { return };
    let list = "dists/test/InRelease";
    let suite = bench.suite();
    let of = |suite: Suite<'_>| bench.archive("2.0", suite, &bench.keys[..1]);

    bench.replace(list, &bench.archive("2.0", suite.clone(), &bench.keys[1..]));
    bench.fails("signed by another", DEBS, &["InRelease", "nothing of it is used"]);
    bench.attack(list, |_, honest| {
        let text = String::from_utf8(honest.to_vec()).unwrap();
        Answer::ok(text.replace("Codename: test", "Codename: tess").as_bytes())
    });
    bench.fails("changed behind the signature", DEBS, &["InRelease", "nothing of it is used"]);
    let more = "Valid-Until: Thu, 04 Jan 2024 00:00:00 UTC\n";
    bench.replace(list, &of(Suite { more, ..suite.clone() }));
    bench.fails("expired", DEBS, &["InRelease", "must not be used since"]);
    bench.replace(list, &of(Suite { suite: "stable", codename: "tess", ..suite.clone() }));
    bench.fails("of another suite", DEBS, &["InRelease", "not of test"]);

    let others = of(suite.clone());
    let index = others.files.iter().find(|(path, _)| path.contains("by-hash")).unwrap().1.clone();
    let of_others = index.clone();
    bench.attack("/binary-", move |_, honest| {
        let mut other = of_others.clone();
        other.resize(honest.len(), 0);
        Answer::ok(&other)
    });
    bench.fails("the index of another", DEBS, &["Packages.xz", "signed list says"]);
    bench.attack("/by-hash/", move |_, _| Answer::ok(&index));
    bench.run(DEBS).expect_success("by its name it is right");
    remove(&bench.cache());
    bench.attack("/binary-", |request, honest| match request.target.contains("/by-hash/") {
        true => Answer::new("404 Not Found", &[], b""),
        false => Answer::ok(&honest[1..]),
    });
    bench.fails("not there by its digest", DEBS, &["Packages.xz", "signed list says"]);
    let bytes = compress(".gz", &vec![b'\n'; 96 << 20]);
    let mut bomb = Archive::default();
    let lines = ["amd64", "arm64"]
        .map(|arch| bomb.packed_index("test", arch, "Package: x\n", bytes.clone()))
        .concat();
    bench.sign(&mut bomb, &suite.list(&lines), &bench.keys[..1]);
    bench.replace("dists/", &bomb);
    bench.fails("a bomb", DEBS, &["unpacks to more than the 11 bytes"]);

    let another = others.files["pool/rescue_2.0_all.deb"].clone();
    bench.attack("/rescue_1.0", move |_, honest| {
        let mut another = another.clone();
        another.resize(honest.len(), 0);
        Answer::ok(&another)
    });
    bench.fails("another package", DEBS, &["rescue_1.0_all.deb", "signed list says"]);
    bench.attack("/x.iso", |_, honest| Answer::ok(&[honest, b"."].concat()));
    bench.fails("another ISO", ISO, &["x.iso", "it is another file"]);

    bench.lift();
    bench.run(DEBS).expect_success("without an attack");
    let date = "Tue, 02 Jan 2024 00:00:00 UTC";
    bench.replace(list, &of(Suite { date, ..suite }));
    bench.fails("rolled back", DEBS, &["InRelease", "is 86400 seconds older"]);
    bench.lift();
    bench.run(DEBS).expect_success("today's list");
}

#[test]
fn what_breaks_off_lies_or_does_not_end_is_told_wherever_it_happens() {
    let Some(_) = oracle("time") else { return };
    let Some(bench) = Bench::new() else { return };
    for (path, words) in
        [("InRelease", DEBS), ("/binary-", DEBS), ("rescue_1.0", DEBS), ("/x.iso", ISO)]
    {
        // Whatever is sent beyond what may be there lies in buffers of the connection.
        let sent = bench.server.sent();
        let fails = |what: &str, says: &str| {
            bench.fails(&format!("{path}: {what}"), words, &[path.trim_matches('/'), says]);
        };
        bench.attack(path, |request, _| Answer::redirect("301 Moved", &request.target));
        fails("in a circle", "in a circle");
        bench.attack(path, |_, _| Answer::raw("hello\n"));
        fails("HTTP/0.9", "does not speak HTTP/1");
        bench.attack(path, |_, _| Answer::raw("HTTP/1.1 200 OK\r\n").endless("X: y\r\n"));
        fails("headers without end", "too many headers");
        let long = "x".repeat(4096);
        bench.attack(path, move |_, _| Answer::raw("HTTP/1.1 200 OK\r\nX: ").endless(&*long));
        fails("a header without end", "the head of the answer does not end");
        // Of an ISO, 1 TiB are taken where no lock says its length.
        if words == DEBS {
            bench.attack(path, |_, _| Answer::head("200 OK", &[]).endless(vec![b'x'; 64 << 10]));
            fails("without end", "it is larger than");
        }
        bench.attack(path, |_, honest| Answer::ok(honest).cut_body_at(honest.len() - 1));
        fails("too long a length", "the connection ended after");
        bench.attack(path, |_, honest| Answer::ok(&honest[..honest.len() / 2]).then(honest));
        fails("too short a length", "");
        assert!(bench.server.sent() - sent < 64 << 20, "{path}: {}", bench.server.sent() - sent);
    }
    for (path, words, len) in [("rescue_1.0", DEBS, LEN), ("/x.iso", ISO, 64 << 10)] {
        for at in (0..=len).step_by(64 << 10) {
            // The rest of the ISO is asked for, and breaks off at once.
            bench.attack(path, move |request, honest| match request.range_from() {
                None => Answer::ok(honest).cut_body_at(at),
                Some(_) => Answer::file(request, honest, "\"tag\"").cut_body_at(0),
            });
            let says = format!("ended after {at} bytes of");
            bench.fails(
                path,
                words,
                &[if at > 0 && path == "/x.iso" { "ended after" } else { &says }],
            );
        }
    }
    // A server that has no ranges, and one that sends another rest than was asked for.
    bench.attack("/x.iso", |request, honest| match request.range_from() {
        None => Answer::ok(honest).cut_body_at(1),
        Some(from) => {
            let range = format!("Content-Range: bytes {}-{}/{0}", from + 1, honest.len());
            Answer::new("206 Partial Content", &[&range], &honest[from + 1..])
        }
    });
    bench.fails("another rest", ISO, &["x.iso", "the connection ended after 1 bytes of"]);
    bench.attack("/x.iso", |_, honest| Answer::ok(honest));
    bench.run(ISO).expect_success("all of it anew");
    bench.lift();
    bench.run(DEBS).expect_success("without an attack");
}

#[test]
fn no_more_is_taken_than_was_locked() {
    let Some(_) = oracle("time") else { return };
    let Some(bench) = Bench::new() else { return };
    bench.run("lock iso.toml").expect_success("lock");
    remove(&bench.cache());
    for path in ["grub-pc-bin_1.0", "/x.iso"] {
        let sent = bench.server.sent();
        bench.attack(path, |_, honest| {
            Answer::head("200 OK", &[]).then(honest).endless(vec![b'x'; 64 << 10])
        });
        bench.fails(path, LOCKED, &[path.trim_matches('/'), "it is larger than"]);
        assert!(bench.server.sent() - sent < 16 << 20, "{path}: {}", bench.server.sent() - sent);
        bench.lift();
    }
    // Who says before what he has to send need not send it.
    bench.attack("/x.iso", |_, honest| Answer::ok(&[honest, &[0; 100]].concat()));
    bench.fails("longer", LOCKED, &["x.iso", "it is larger than"]);
    bench.lift();
    bench.run(LOCKED).expect_success("without an attack");
}
