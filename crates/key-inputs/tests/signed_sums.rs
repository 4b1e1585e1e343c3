//! Signed lists of digests: what their publisher has signed decides, and nothing else does.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::environment;
use key_inputs::{Environment, ListsFrom, pin};
use key_spec::{Check, Overrides, Spec};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use testbench::Gpg;
use testbench::http::{Answer, Server};

/// The time when the keys of the tests are made, a day later, and a year after that.
const MADE: &str = "20260101T000000";
const NOW: &str = "20260102T000000";
const NOW_SECONDS: u64 = 1_767_312_000;
const YEAR: u64 = 365 * 86_400;

/// A publisher, what its server has, and who asks it.
struct Publisher {
    gpg: Gpg,
    key: String,
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    server: Server,
    room: tempfile::TempDir,
    env: Environment,
}

impl Publisher {
    fn new() -> Option<Self> {
        let gpg = Gpg::new()?;
        let key = gpg.key(MADE, "publisher", "ed25519", "1y");
        let files: Arc<Mutex<BTreeMap<String, Vec<u8>>>> = Arc::default();
        let served = files.clone();
        let server =
            Server::start(move |request| match served.lock().unwrap().get(&request.target) {
                Some(bytes) => Answer::ok(bytes),
                None => Answer::new("404 Not Found", &[], b""),
            });
        let room = tempfile::tempdir().unwrap();
        std::fs::write(room.path().join("key.gpg"), gpg.export(&[&key])).unwrap();
        let mut env = environment(room.path());
        env.now = NOW_SECONDS;
        env.network = Some(Default::default());
        Some(Self { gpg, key, files, server, room, env })
    }

    fn put(&self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.files.lock().unwrap().insert(name.to_owned(), bytes.into());
    }

    fn sign(&self, time: &str, how: &[&str], text: &str) -> Vec<u8> {
        self.gpg.sign(time, &[&self.key], how, text.as_bytes())
    }

    /// Publishes a list with its signature beside it, made at that time.
    fn publish(&self, time: &str, list: &str) {
        self.put("/SUMS", list);
        self.put("/SUMS.sig", self.sign(time, &["--armor", "--detach-sign"], list));
    }

    fn spec(&self, sums: &str) -> Spec {
        let text = format!(
            "[[iso]]\nurl = \"{}\"\nsums = {{ url = \"{}\", {sums} }}\n",
            self.server.url("/a/x.iso"),
            self.server.url("/SUMS"),
        );
        let spec = Spec::parse("key.toml", &text).unwrap();
        spec.complete(self.room.path(), &[], &Overrides::default(), None)
    }

    fn beside(&self) -> Spec {
        self.spec(&format!("signature = \"{}\", key = \"key.gpg\"", self.server.url("/SUMS.sig")))
    }

    fn within(&self) -> Spec {
        self.spec("key = \"key.gpg\"")
    }

    fn pin(&self, spec: Spec, from: ListsFrom) -> Result<String, String> {
        let pinned = pin(spec, &self.env, from, &mut |_| ()).map_err(|e| e.to_string())?;
        match &pinned.downloads()[0].check {
            Check::Sha256(sha256) => Ok(sha256.to_string()),
            Check::Sums(_) => panic!("no digest came of it"),
        }
    }

    fn refused(&self, spec: Spec, says: &[&str]) {
        let e = self.pin(spec, ListsFrom::Publisher).unwrap_err();
        for text in says {
            assert!(e.contains(text), "{text:?} is not in: {e}");
        }
    }

    fn cached(&self) -> Vec<PathBuf> {
        let dir = self.env.cache().unwrap().dir().join("sums");
        std::fs::read_dir(dir).into_iter().flatten().map(|e| e.unwrap().path()).collect()
    }
}

fn digest(c: char) -> String {
    c.to_string().repeat(64)
}

fn list(c: char) -> String {
    format!("{}  other.iso\n{} *x.iso\n", digest('0'), digest(c))
}

#[test]
fn what_the_publisher_has_signed_decides() {
    let Some(publisher) = Publisher::new() else { return };
    let [cache, either, anew] =
        [ListsFrom::Cache, ListsFrom::CacheOrPublisher, ListsFrom::Publisher];
    publisher.publish(NOW, &list('a'));
    let e = publisher.pin(publisher.beside(), cache).unwrap_err();
    assert!(e.contains("/SUMS has not been downloaded yet"), "{e}");
    assert_eq!(publisher.server.requests().len(), 0);
    assert_eq!(publisher.pin(publisher.beside(), either).unwrap(), digest('a'));
    let asked = publisher.server.requests().len();
    assert_eq!(publisher.pin(publisher.beside(), cache).unwrap(), digest('a'));
    assert_eq!(publisher.server.requests().len(), asked);
    // The file is not in the cache: the list may have changed, and is asked for again.
    publisher.publish(NOW, &list('b'));
    assert_eq!(publisher.pin(publisher.beside(), either).unwrap(), digest('b'));

    // One that is signed within itself, in the form of BSD.
    let text = format!("# x.iso: 9 bytes\nSHA256 (x.iso) = {}\n", digest('c'));
    publisher.put("/SUMS", publisher.sign(NOW, &["--clearsign"], &text));
    assert_eq!(publisher.pin(publisher.within(), anew).unwrap(), digest('c'));
    // A signature that is not armoured.
    publisher.put("/SUMS", list('d'));
    publisher.put("/SUMS.sig", publisher.sign(NOW, &["--detach-sign"], &list('d')));
    assert_eq!(publisher.pin(publisher.beside(), anew).unwrap(), digest('d'));
}

#[test]
fn what_the_publisher_has_not_signed_decides_nothing() {
    let Some(publisher) = Publisher::new() else { return };
    publisher.publish(NOW, &list('a'));
    let good = publisher.files.lock().unwrap().clone();
    // Tampered with: the list, and the signature.
    publisher.put("/SUMS", list('b'));
    let not_of_this = [&*publisher.key, "it is not a signature of this text", "belong together"];
    publisher.refused(publisher.beside(), &not_of_this);
    publisher.put("/SUMS", format!("{}{}  y.iso\n", list('a'), digest('b')));
    publisher.refused(publisher.beside(), &not_of_this);
    publisher.put("/SUMS", good["/SUMS"].clone());
    let mut signature = publisher.sign(NOW, &["--detach-sign"], &list('a'));
    let last = signature.len() - 1;
    signature[last] ^= 1;
    publisher.put("/SUMS.sig", signature);
    publisher.refused(publisher.beside(), &["/SUMS: ", "it is not a signature of this text"]);
    publisher.put("/SUMS.sig", "<p>no signature");
    publisher.refused(publisher.beside(), &["/SUMS: ", "signature cannot be read"]);
    publisher.files.lock().unwrap().remove("/SUMS.sig");
    publisher.refused(publisher.beside(), &["/SUMS.sig: ", "404"]);
    // Not by that key.
    let other = publisher.gpg.key(MADE, "other", "ed25519", "1y");
    let by_other = publisher.gpg.sign(NOW, &[&other], &["--detach-sign"], list('a').as_bytes());
    publisher.put("/SUMS.sig", by_other);
    publisher.refused(publisher.beside(), &[&other, "none of those that are trusted"]);
    // Not signed within itself; something before what is.
    publisher.refused(publisher.within(), &["no cleartext-signed document", "add `signature`"]);
    let within = publisher.sign(NOW, &["--clearsign"], &list('a'));
    publisher.put("/SUMS", [list('b').into_bytes(), within].concat());
    publisher.refused(publisher.within(), &["no cleartext-signed document"]);
    // With a hash that others can forge.
    let weak = publisher.gpg.key(MADE, "weak", "rsa2048", "1y");
    let how = ["--digest-algo", "SHA1", "--detach-sign"];
    publisher.put("/SUMS", list('a'));
    publisher.put("/SUMS.sig", publisher.gpg.sign(NOW, &[&weak], &how, list('a').as_bytes()));
    let keys = publisher.gpg.export(&[&weak]);
    std::fs::write(publisher.room.path().join("key.gpg"), keys).unwrap();
    publisher.refused(publisher.beside(), &[&weak, "SHA1, is too weak"]);
    assert_eq!(publisher.cached(), [""; 0].map(PathBuf::from), "nothing of it is kept");
}

#[test]
fn keys_end_and_lists_do_not_come_back() {
    let Some(mut publisher) = Publisher::new() else { return };
    publisher.publish(NOW, &list('b'));
    assert_eq!(publisher.pin(publisher.beside(), ListsFrom::Publisher).unwrap(), digest('b'));
    publisher.publish(MADE, &list('a'));
    publisher.refused(publisher.beside(), &["signed before the list that came"]);
    assert_eq!(publisher.pin(publisher.beside(), ListsFrom::Cache).unwrap(), digest('b'));
    // A list in the cache that was changed is not believed.
    let cached = publisher.cached().remove(0);
    let was = std::fs::read(&cached).unwrap();
    let text = String::from_utf8(was.clone()).unwrap().replace(&digest('b'), &digest('e'));
    std::fs::write(&cached, text).unwrap();
    let e = publisher.pin(publisher.beside(), ListsFrom::Cache).unwrap_err();
    assert!(e.contains("it is not a signature of this text"), "{e}");
    std::fs::write(&cached, was).unwrap();
    publisher.env.now += YEAR;
    let e = publisher.pin(publisher.beside(), ListsFrom::Cache).unwrap_err();
    assert!(e.contains("the key has expired); look whether its publisher has a newer"), "{e}");
    publisher.refused(publisher.beside(), &["the key has expired"]);
}

#[test]
fn a_list_that_does_not_have_the_file_is_told_by_name() {
    let Some(publisher) = Publisher::new() else { return };
    for (list, says) in [
        (format!("{}  y.iso\n", digest('a')), "lists no file x.iso, but y.iso"),
        (format!("{}  x.iso\n{}  x.iso\n", digest('a'), digest('b')), "twice"),
        (format!("{}  x.iso\n", &digest('a')[..40]), "only SHA-1 of x.iso"),
    ] {
        publisher.publish(NOW, &list);
        publisher.refused(publisher.beside(), &["/SUMS: ", says]);
    }
    assert!(publisher.cached().is_empty());
}

/// The example of the crate `minisign-verify`: of the text `test`, which lists nothing.
#[test]
fn minisigns_signatures_count_too() {
    let Some(publisher) = Publisher::new() else { return };
    let key = "untrusted comment: minisign public key\n\
               RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n";
    let signature = "untrusted comment: signature from minisign secret key\n\
        RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=\n\
        trusted comment: timestamp:1633700835\tfile:test\tprehashed\n\
        wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==\n";
    std::fs::write(publisher.room.path().join("key.gpg"), key).unwrap();
    publisher.put("/SUMS", "test");
    publisher.put("/SUMS.sig", signature);
    publisher.refused(publisher.beside(), &["lists no file x.iso, nor any other"]);
    publisher.put("/SUMS", "tesu");
    publisher.refused(publisher.beside(), &["no valid signature by a trusted key"]);
    publisher.refused(publisher.within(), &["files of their own; add `signature`"]);
}

#[test]
fn keys_that_are_none_are_told() {
    let Some(publisher) = Publisher::new() else { return };
    publisher.publish(NOW, &list('a'));
    let key = |key: &str| {
        publisher.spec(&format!(
            "signature = \"{}\", key = \"{key}\"",
            publisher.server.url("/SUMS.sig")
        ))
    };
    publisher.refused(key("missing.asc"), &["missing.asc: cannot be opened", "public key"]);
    std::fs::write(publisher.room.path().join("page.html"), "<html>").unwrap();
    publisher.refused(key("page.html"), &["page.html: is no OpenPGP keyring"]);
    let unknown = "0".repeat(40);
    publisher.refused(key(&unknown), &[&unknown, "DF9B9C49EAA9298432589D76DA87E80D6294BE9B"]);
    // One that is carried has not signed this.
    publisher.refused(
        key("DF9B 9C49 EAA9 2984 3258  9D76 DA87 E80D 6294 BE9B"),
        &["none of those that are trusted"],
    );
}
