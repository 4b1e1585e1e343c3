//! A publisher's inputs on a server on loopback, for tests of locks: an archive of packages, a snapshot archive,
//! ISOs, and a signed list.

use crate::{Room, sha256};
use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use testbench::deb_packages::Package;
use testbench::debian_archive::{Archive, Suite};
use testbench::http::{Answer, Request, Server};
use testbench::{Gpg, Ran, handmade_grub, run};

const SIGNED: &str = "20240102T000000";
/// The version of the packages in the archive at first.
pub const OLD: &str = "2.06-1+x";

/// What the server has, by path; and whether the snapshot archive has had enough.
#[derive(Debug, Default)]
pub struct Site {
    /// What it has, by path.
    pub files: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Whether the snapshot archive says that it is asked too often.
    pub busy: AtomicBool,
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

/// A room with a spec, and the server that its inputs come from.
#[derive(Debug)]
pub struct Bench {
    /// The room.
    pub room: Room,
    gpg: Gpg,
    key: String,
    /// What the server has.
    pub site: Arc<Site>,
    /// The server.
    pub server: Server,
}

/// Checks that it ended with that status, and said this.
pub fn refused(ran: &Ran, status: i32, says: &[&str]) {
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
    pub fn new() -> Option<Self> {
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

    /// Puts a file onto the server.
    pub fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.site.files.lock().unwrap().insert(path.to_owned(), bytes.into());
    }

    /// The archive has this version, and no other any more.
    pub fn publish(&self, version: &str) {
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
    pub fn list(&self, sha256: &str) {
        let list = format!("{sha256}  listed.iso\n");
        let signed = self.gpg.sign(SIGNED, &[&self.key], &["--clearsign"], list.as_bytes());
        self.put("/SUMS", signed);
    }

    /// The path of GRUB's package of that version.
    pub fn deb(version: &str) -> String {
        format!("/debian/pool/grub-pc-bin_{version}_all.deb")
    }

    /// Takes a file from the server.
    pub fn taken(&self, path: &str) -> Vec<u8> {
        self.site.files.lock().unwrap().remove(path).unwrap()
    }

    /// Runs `bootkey` with the cache in that directory.
    pub fn run(&self, cache: &str, words: &str) -> Ran {
        let mut command = self.room.bootkey(words.split(' '));
        command.env("XDG_CACHE_HOME", self.room.path(cache));
        command.env("BOOTKEY_SNAPSHOT", self.server.url("/snap"));
        run(&mut command)
    }

    /// The text of the lock.
    pub fn lock(&self) -> String {
        fs::read_to_string(self.room.path("bootkey.lock")).unwrap()
    }

    /// Builds an image, and checks that it is the one of the lock.
    pub fn builds(&self, cache: &str, words: &str) {
        let image = self.room.path("key.img");
        self.run(cache, &format!("build {words} -o key.img")).expect_success(words);
        assert!(self.lock().contains(&format!("sha256 = \"{}\"", sha256(&image))), "{words}");
        fs::remove_file(image).unwrap();
    }

    /// Builds nothing, and leaves nothing.
    pub fn builds_not(&self, cache: &str, words: &str, status: i32, says: &[&str]) {
        refused(&self.run(cache, &format!("build {words} -o key.img")), status, says);
        assert!(!self.room.path("key.img").exists(), "{words}");
    }
}
