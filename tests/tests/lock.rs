//! Locks: the same image comes of the same inputs, even where the archive and the files have moved;
//! and an input that differs from the lock is named.
//!
//! An archive and a snapshot archive that the test makes, and an ISO, are on a server on loopback.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use testbench::deb_packages::Package;
use testbench::debian_archive::{Archive, Suite};
use testbench::http::{Answer, Request, Server};
use testbench::{Gpg, Ran, handmade_grub, run};
use tests::{Room, sha256};

const NO: i32 = 1;
const USAGE: i32 = 2;
const IO: i32 = 5;

const SIGNED: &str = "20240102T000000";
const SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
const OLD: &str = "2.06-1+x";

/// What the server has, by path; and whether the snapshot archive has had enough.
#[derive(Default)]
struct Site {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    busy: AtomicBool,
}

impl Site {
    fn answer(&self, request: &Request) -> Answer {
        let path = request.target.as_str();
        if path.starts_with("/snap") && self.busy.swap(false, Ordering::Relaxed) {
            return Answer::new("429 Too Many Requests", &["Retry-After: 1"], b"");
        }
        match self.files.lock().unwrap().get(path) {
            Some(bytes) => Answer::ok(bytes),
            None => Answer::new("404 Not Found", &[], b""),
        }
    }
}

struct Bench {
    room: Room,
    gpg: Gpg,
    key: String,
    site: Arc<Site>,
    server: Server,
}

fn refused(ran: &Ran, status: i32, says: &[&str]) {
    assert_eq!(ran.status, Some(status), "{}\n{}", ran.stdout, ran.stderr);
    for text in says {
        let said = [&*ran.stdout, &*ran.stderr].concat();
        assert!(said.contains(text), "{text:?} is not in: {said}");
    }
}

/// GRUB's packages, memdisk's and one with an ISO. The ISO is the same in all versions.
fn packages(version: &str, iso: &[u8]) -> Vec<Package> {
    let files = handmade_grub::directory("i386-pc", &handmade_grub::MODULES, 5000).into_iter();
    let grub = files.fold(Package::new("grub-pc-bin", version), |package, (name, bytes)| {
        package.file(&format!("usr/lib/grub/i386-pc/{name}"), bytes)
    });
    let named = |name: &str| Package::new(name, version);
    vec![
        grub.file("usr/lib/grub/i386-pc/of.lst", version),
        named("grub-common").file("usr/share/doc/font", "is in grub2-common"),
        named("grub2-common").file("usr/share/grub/unicode.pf2", "PFF2"),
        named("syslinux-common").file("usr/lib/syslinux/memdisk", "memdisk"),
        named("rescue").file("usr/rescue.iso", iso),
    ]
}

impl Bench {
    /// A spec of all kinds of inputs. `None` means: skip the test.
    fn new() -> Option<Self> {
        let (room, gpg) = (Room::new()?, Gpg::new()?);
        let key = gpg.key("20240101T000000", "archive", "ed25519", "never");
        let site = Arc::<Site>::default();
        let answers = site.clone();
        let server = Server::start(move |request| answers.answer(request));
        let bench = Self { room, gpg, key, site, server };
        bench.publish(OLD);
        let (room, url) = (&bench.room, bench.server.url("/x.iso"));
        let iso = room.iso("x.iso");
        let text = format!(
            "[key]\nname = \"locked\"\nfirmware = [\"bios\"]\n\n\
             [packages]\nsuite = \"test\"\nmirror = [\"http://127.0.0.1:1\", \"{}\"]\n\
             keyring = \"keys.gpg\"\n\n[[iso]]\nurl = \"{url}\"\nsha256 = \"{}\"\n\n\
             [[iso]]\npackage = \"rescue\"\nmember = \"usr/rescue.iso\"\n\n\
             [[iso]]\nurl = \"{}\"\nsums = {{ url = \"{}\", key = \"keys.gpg\" }}\n\n\
             [[iso]]\npath = \"own.iso\"\n\n[[tree]]\nfrom = \"overlay\"\nto = \"boot:/\"\n",
            bench.server.url("/debian"),
            sha256(&iso),
            bench.server.url("/listed.iso"),
            bench.server.url("/SUMS"),
        );
        room.text("key.toml", &text);
        bench.put("/x.iso", fs::read(&iso).unwrap());
        fs::remove_file(iso).unwrap();
        let listed = room.iso("listed.iso");
        bench.put("/listed.iso", fs::read(&listed).unwrap());
        bench.list(&sha256(&listed));
        fs::remove_file(listed).unwrap();
        room.iso("own.iso");
        fs::create_dir(room.path("overlay")).unwrap();
        room.text("overlay/note", "a note");
        fs::write(room.path("keys.gpg"), bench.gpg.export(&[&bench.key])).unwrap();
        Some(bench)
    }

    fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.site.files.lock().unwrap().insert(path.to_owned(), bytes.into());
    }

    /// The archive has this version, and no other any more.
    fn publish(&self, version: &str) {
        let iso = self.room.iso("rescue.iso");
        let mut archive = Archive::default();
        let index = archive.pool(&packages(version, &fs::read(&iso).unwrap()));
        fs::remove_file(iso).unwrap();
        let lines = ["amd64", "arm64"].map(|arch| archive.index("test", arch, &index)).concat();
        let date = "Tue, 02 Jan 2024 00:00:00 UTC";
        let list = Suite { suite: "stable", codename: "test", date, more: "" }.list(&lines);
        archive.sign("test", &list, &self.gpg, SIGNED, &[&self.key]);
        self.site.files.lock().unwrap().retain(|path, _| !path.starts_with("/debian"));
        for (path, bytes) in archive.files {
            self.put(&format!("/debian/{path}"), bytes);
        }
    }

    /// The publisher's signed list has this digest.
    fn list(&self, sha256: &str) {
        let list = format!("{sha256}  listed.iso\n");
        let signed = self.gpg.sign(SIGNED, &[&self.key], &["--clearsign"], list.as_bytes());
        self.put("/SUMS", signed);
    }

    fn deb(version: &str) -> String {
        format!("/debian/pool/grub-pc-bin_{version}_all.deb")
    }

    fn taken(&self, path: &str) -> Vec<u8> {
        self.site.files.lock().unwrap().remove(path).unwrap()
    }

    /// Runs `bootkey` with the cache in that directory.
    fn run(&self, cache: &str, words: &str) -> Ran {
        let mut command = self.room.bootkey(words.split(' '));
        command.env("XDG_CACHE_HOME", self.room.path(cache));
        command.env("BOOTKEY_SNAPSHOT", self.server.url("/snap"));
        run(&mut command)
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.room.path("bootkey.lock")).unwrap()
    }

    /// Builds an image, and checks that it is the one of the lock.
    fn builds(&self, cache: &str, words: &str) {
        let image = self.room.path("key.img");
        self.run(cache, &format!("build {words} -o key.img")).expect_success(words);
        assert!(self.lock().contains(&format!("sha256 = \"{}\"", sha256(&image))), "{words}");
        fs::remove_file(image).unwrap();
    }

    /// Builds nothing, and leaves nothing.
    fn builds_not(&self, cache: &str, words: &str, status: i32, says: &[&str]) {
        refused(&self.run(cache, &format!("build {words} -o key.img")), status, says);
        assert!(!self.room.path("key.img").exists(), "{words}");
    }
}

#[test]
fn a_lock_makes_the_same_image_when_the_archive_has_moved_on() {
    let Some(bench) = Bench::new() else { return };
    // The first mirror does not answer.
    bench.run("a", "lock key.toml").expect_success("lock");
    let lock = bench.lock();
    assert!(lock.contains(OLD) && lock.contains("grub2-common") && !lock.contains("grub-common_"));
    let here = [bench.room.path(""), bench.server.url("/snap").into()];
    assert!(here.iter().all(|here| !lock.contains(&here.display().to_string())), "{lock}");
    bench.run("b", "lock key.toml -o other.lock").expect_success("lock once more");
    assert_eq!(fs::read_to_string(bench.room.path("other.lock")).unwrap(), lock);
    bench.builds("a", "key.toml --locked");
    // It is the key that is made without a lock of the same packages.
    bench.run("a", "fetch key.toml").expect_success("fetch");
    bench.builds("a", "key.toml");
    // Of the lock alone, with nothing in the cache; GRUB of another version is installed here.
    bench.builds("c", "bootkey.lock");
    bench.builds("c", "bootkey.lock --offline");
    bench.builds_not("none", "bootkey.lock --offline", IO, &["grub-pc-bin 2.06-1+x", "not in the"]);
    bench.run("a", "lock key.toml --check --offline").expect_success("it holds");
    bench.run("a", "lock bootkey.lock --check --offline").expect_success("it holds");

    // A newer version is in the archive, and was fetched: the lock is still that of the older. So it
    // is when the signed list has another digest.
    bench.publish("2.06-2");
    bench.run("a", "fetch key.toml").expect_success("fetch");
    let list = bench.taken("/SUMS");
    bench.list(&"0".repeat(64));
    bench.builds("a", "key.toml --locked");
    bench.run("a", "lock key.toml").expect_success("what is locked stays");
    assert_eq!(bench.lock(), lock);
    // With nothing in the cache, it comes from the snapshot archive, which is asked too often once.
    bench.builds_not(
        "d",
        "key.toml --locked",
        IO,
        &["grub-pc-bin 2.06-1+x", "--update grub-pc-bin"],
    );
    for (number, name) in
        ["grub-pc-bin", "grub2-common", "syslinux-common", "rescue"].iter().enumerate()
    {
        let sha1 = format!("{}{number}", &SHA1[1..]);
        let answer = format!(r#"{{"result": [{{"architecture": "all", "hash": "{sha1}"}}]}}"#);
        bench.put(&format!("/snap/mr/binary/{name}/2.06-1%2Bx/binfiles"), answer);
        let cached = format!("a/bootkey/by-sha256/{}", digest_of(&lock, name));
        let bytes = fs::read(bench.room.path(cached)).unwrap();
        bench.put(&format!("/snap/file/{sha1}"), bytes);
    }
    bench.site.busy.store(true, Ordering::Relaxed);
    bench.builds("d", "key.toml --locked");
    assert!(!bench.site.busy.load(Ordering::Relaxed), "it was asked");
    // So does what the list said, on a machine that has never seen it.
    bench.run("f", "lock key.toml").expect_success("with nothing in the cache");
    assert_eq!(bench.lock(), lock);

    refused(&bench.run("a", "lock --update key.toml"), IO, &["/listed.iso", "another file"]);
    bench.put("/SUMS", list);
    refused(&bench.run("a", "lock key.toml --update none"), USAGE, &["\"none\"", "rescue"]);
    bench.run("a", "lock key.toml --update rescue").expect_success("one");
    assert_eq!(bench.lock().matches("\"2.06-2\"").count(), 1, "{}", bench.lock());
    bench.run("a", "lock --update key.toml").expect_success("all");
    assert!(!bench.lock().contains(OLD), "{}", bench.lock());
    bench.builds("a", "key.toml --locked");
}

/// The SHA-256 of a package in a lock.
fn digest_of(lock: &str, name: &str) -> String {
    let package = lock.split("[[package]]").find(|p| p.contains(&format!("name = \"{name}\"")));
    let line = package.unwrap().lines().find(|l| l.starts_with("sha256")).unwrap();
    line.trim_start_matches("sha256 = ").trim_matches('"').to_owned()
}

#[test]
fn what_is_not_as_it_was_locked_is_named() {
    let Some(bench) = Bench::new() else { return };
    bench.builds_not("a", "key.toml --locked", IO, &["bootkey.lock"]);
    bench.builds_not("a", "own.iso --locked", USAGE, &["belongs to a spec"]);
    let locked = bench.run("a", "lock key.toml").expect_success("lock").stderr;
    assert!(locked.contains("beside it, byte for byte: `own.iso`, `overlay`"), "{locked}");
    let (lock, spec) = (bench.lock(), fs::read_to_string(bench.room.path("key.toml")).unwrap());
    let differs = |says: &[&str]| {
        bench.builds_not("a", "key.toml --locked", NO, says);
        refused(&bench.run("a", "lock key.toml --check --offline"), NO, says);
    };

    // The spec, by its own words and by those of the command line; a comment is no change.
    bench.room.text("key.toml", &spec.replace("\"locked\"", "\"other\""));
    differs(&["the spec was changed", "- name = \"locked\"", "+ name = \"other\""]);
    let another = bench.run("a", "lock key.toml");
    refused(
        &another,
        USAGE,
        &["the lock of the key `locked`", "of the key `other`", "-o FILE.lock"],
    );
    bench.room.text("key.toml", &format!("# a comment\n{spec}"));
    // Another spec of the same name, whose lock this could be as well.
    bench.room.text("second.toml", &spec.replace("own.iso", "other.iso"));
    let second = bench.run("a", "lock second.toml");
    refused(&second, USAGE, &["may be that of `key.toml`", "`locked`, too", "-o FILE.lock"]);
    fs::remove_file(bench.room.path("second.toml")).unwrap();
    bench.builds("a", "key.toml --locked");
    bench.builds_not("a", "bootkey.lock --size 64MiB", NO, &["+ size = \"64MiB\""]);
    bench.builds_not("a", "bootkey.lock --grub grub", USAGE, &["--grub"]);

    // Files of this machine, before anything is got.
    bench.room.text("overlay/note", "a NOTE");
    differs(&["overlay: its list's SHA-256"]);
    let asked = bench.server.requests().len();
    bench.builds_not("none", "bootkey.lock", NO, &["overlay: its list's SHA-256"]);
    assert_eq!(bench.server.requests().len(), asked);
    bench.room.text("overlay/note", "a note");
    let own = fs::read(bench.room.path("own.iso")).unwrap();
    let own_len = own.len();
    fs::write(bench.room.path("own.iso"), [&own[..], b"."].concat()).unwrap();
    differs(&["own.iso", "bytes, and had"]);
    fs::write(bench.room.path("own.iso"), own).unwrap();
    // Whoever has the lock alone is told what else it takes.
    let (iso, away) = (bench.room.path("own.iso"), bench.room.path("away.iso"));
    let says = format!("own.iso is not there: {} bytes with the SHA-256 {}", own_len, sha256(&iso));
    fs::rename(&iso, &away).unwrap();
    bench.builds_not("a", "bootkey.lock", NO, &[&says, "get what is missing"]);
    fs::rename(&away, &iso).unwrap();

    // Who made it.
    for (from, to, says) in [
        ("layout = 1", "layout = 99", "revision 99"),
        ("bootkey = \"", "bootkey = \"9", "it is of bootkey 9"),
    ] {
        bench.room.text("bootkey.lock", &lock.replacen(from, to, 1));
        differs(&[says]);
    }
    // The image itself.
    let image = lock.split("[image]\nsha256 = \"").nth(1).unwrap().split('"').next().unwrap();
    bench.room.text("bootkey.lock", &lock.replace(image, &"0".repeat(64)));
    differs(&["the image has the SHA-256", image]);

    // What is no lock.
    for (text, says) in [
        (lock.replacen("layout", "extra = 1\nlayout", 1), "line 5: unknown field `extra`"),
        (lock.replacen("name = \"locked\"", "name = \"x\"", 1), "not edited by hand"),
        (lock.replacen("format = 1", "format = 7", 1), "it has format 7"),
        ("[key]\n".to_owned(), "missing field `format`"),
    ] {
        bench.room.text("bootkey.lock", &text);
        bench.builds_not("a", "bootkey.lock", USAGE, &["bootkey.lock", says, "SPEC.toml --update"]);
        let ran = bench.run("a", "lock key.toml");
        refused(&ran, USAGE, &["bootkey.lock"]);
        assert_eq!(bench.lock(), text, "nothing is written in its place");
    }
    // What a lock does not name is not taken from this machine.
    let packages = lock.find("[[package]]").unwrap();
    let files = lock.find("[[file]]").unwrap();
    bench.room.text("bootkey.lock", &[&lock[..packages], &lock[files..]].concat());
    bench.builds_not("a", "bootkey.lock", USAGE, &["the lock names no package"]);

    let inside = bench.run("a", "lock key.toml -o overlay/x.lock");
    refused(&inside, USAGE, &["overlay/x.lock", "which it locks"]);
    refused(&bench.run("a", "lock --update"), USAGE, &["name the spec"]);
    let suite = bench.run("a", "lock key.toml --check --suite sid");
    refused(&suite, USAGE, &["--suite"]);
}

#[test]
fn another_file_under_the_same_name_never_gets_onto_a_key() {
    let Some(bench) = Bench::new() else { return };
    bench.run("a", "lock key.toml").expect_success("lock");
    // The same version of the package, with other bytes.
    let path = Bench::deb(OLD);
    let mut bytes = bench.taken(&path);
    let right = bytes.clone();
    *bytes.last_mut().unwrap() ^= 1;
    bench.put(&path, bytes);
    let says = ["grub-pc-bin 2.06-1+x", "is another file", &path];
    bench.builds_not("b", "bootkey.lock", IO, &says);
    refused(&bench.run("b", "lock bootkey.lock --check"), NO, &says);
    bench.put(&path, right);

    let iso = bench.taken("/x.iso");
    let mut other = iso.clone();
    *other.last_mut().unwrap() ^= 1;
    bench.put("/x.iso", other);
    let url = bench.server.url("/x.iso");
    bench.builds_not("e", "bootkey.lock", IO, &[&url, "it is another file"]);
    refused(&bench.run("e", "lock key.toml --check"), NO, &[&url, "it is another file"]);
    bench.put("/x.iso", iso);
    bench.run("e", "lock key.toml --check").expect_success("it holds");
}

#[test]
fn what_was_exported_needs_no_network() {
    let Some(bench) = Bench::new() else { return };
    bench.run("a", "lock key.toml").expect_success("lock");
    let said = bench.run("b", "lock key.toml --export c").expect_success("export").stderr;
    assert!(said.contains("XDG_CACHE_HOME=") && said.contains("--offline"), "{said}");
    // What is in the own cache is copied, and not got once more.
    let asked = bench.server.requests().len();
    bench.run("a", "lock bootkey.lock --export d").expect_success("export");
    assert_eq!(bench.server.requests().len(), asked);
    let kept = bench.run("c", "cache prune --keep bootkey.lock").expect_success("prune");
    assert!(kept.stderr.contains("removed 0 files"), "{}", kept.stderr);
    fs::remove_file(bench.room.path("key.toml")).unwrap();
    bench.site.files.lock().unwrap().clear();
    for cache in ["c", "d"] {
        bench.builds(cache, "bootkey.lock --offline");
    }
    assert!(!Path::new(&bench.room.path("b/bootkey/by-sha256")).exists());
}
