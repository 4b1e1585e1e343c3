//! Tests of an archive that the tests make and sign, honest and attacked: what is not as it should be
//! is the right error, and nothing of it is in the cache.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use packages::repository::{Fetching, Get, GetError, Source, fetch};
use packages::{ArchiveError, Cache, Error, Fetched, Keep, Request};
use signatures::Keyring;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use testbench::Gpg;
use testbench::deb_packages::{Package, compress};
use testbench::debian_archive::{Archive, Suite};

const MADE: &str = "20260101T000000";
const SIGNED: &str = "20260601T000000";
/// The second of June.
const NOW: u64 = 1_780_358_400;
const DAY: u64 = 86_400;
const MIRROR: &str = "http://mirror.example/debian";
const KEEP: Keep = Keep { wanted: |_| false, limit: 1 << 20 };

/// A web of servers, without a network.
#[derive(Default)]
struct Web {
    files: BTreeMap<String, Vec<u8>>,
    /// Hosts that do not answer.
    down: Vec<&'static str>,
    asked: RefCell<Vec<String>>,
}

impl Get for Web {
    fn get(&self, url: &str, max_len: u64, out: &mut dyn Write) -> Result<u64, GetError> {
        self.asked.borrow_mut().push(url.to_owned());
        if self.down.iter().any(|host| url.starts_with(host)) {
            return Err(GetError::Failed("no answer".to_owned()));
        }
        let bytes = self.files.get(url).ok_or(GetError::NotFound)?;
        if bytes.len() as u64 > max_len {
            return Err(GetError::Failed(format!("it is longer than {max_len} bytes")));
        }
        out.write_all(bytes).unwrap();
        Ok(bytes.len() as u64)
    }
}

/// An archive with one package in two versions, its signer, and a machine that asks it.
struct Bench {
    gpg: Gpg,
    key: String,
    archive: Archive,
    web: Web,
    sources: Vec<Source>,
    dir: tempfile::TempDir,
    now: u64,
}

const SUITE: Suite<'static> =
    Suite { suite: "stable", codename: "test", date: "Mon, 01 Jun 2026 00:00:00 UTC", more: "" };

fn package(version: &str) -> Package {
    Package::new("rescue", version).file("usr/rescue.iso", version)
}

impl Bench {
    fn new() -> Option<Self> {
        let gpg = Gpg::new()?;
        let key = gpg.key(MADE, "archive", "ed25519", "2y");
        let keys = Keyring::read(&gpg.export(&[&key])).unwrap();
        let (archive, web) = (Archive::default(), Web::default());
        let dir = tempfile::tempdir().unwrap();
        let mut bench = Self { gpg, key, archive, web, sources: Vec::new(), dir, now: NOW };
        bench.sources.push(bench.source(MIRROR, "test", &keys));
        bench.publish(&SUITE, &[package("1.0-2"), package("1.0-10")]);
        Some(bench)
    }

    fn source(&self, mirror: &str, suite: &str, keys: &Keyring) -> Source {
        let (mirrors, components) = (vec![mirror.to_owned()], vec!["main".to_owned()]);
        let (suite, keys, others) = (suite.to_owned(), keys.clone(), Keyring::default());
        Source { mirrors, suite, components, keys, others, origin: Some("test".to_owned()) }
    }

    fn publish(&mut self, suite: &Suite<'_>, packages: &[Package]) {
        let index = self.archive.pool(packages);
        let lines = self.archive.index(suite.codename, "amd64", &index);
        self.sign(suite.codename, &suite.list(&lines));
    }

    fn sign(&mut self, codename: &str, list: &str) {
        self.archive.sign(codename, list, &self.gpg, SIGNED, &[&self.key]);
        self.serve(MIRROR);
    }

    /// Puts the archive as it is now onto a mirror.
    fn serve(&mut self, mirror: &str) {
        let files = self.archive.files.iter();
        self.web
            .files
            .extend(files.map(|(path, bytes)| (format!("{mirror}/{path}"), bytes.clone())));
    }

    fn served(&mut self, ending: &str) -> &mut Vec<u8> {
        let mut found: Vec<_> =
            self.web.files.iter_mut().filter(|(url, _)| url.ends_with(ending)).collect();
        assert_eq!(found.len(), 1, "{ending}");
        found.pop().unwrap().1
    }

    fn fetch(&self) -> Result<Vec<Fetched>, Error> {
        let members = vec!["usr/rescue.iso".to_owned()];
        let request = Request { members, ..Request::package("rescue").on("amd64") };
        self.fetch_all(&[request])
    }

    fn fetch_all(&self, requests: &[Request]) -> Result<Vec<Fetched>, Error> {
        let cache = Cache::at(self.dir.path().join("cache"));
        let by = Fetching { client: &self.web, now: self.now, progress: &mut |_| () };
        fetch(requests, &self.sources, &cache, KEEP, by)
    }

    /// The version that is fetched.
    fn version(&self) -> String {
        let fetched = self.fetch().unwrap_or_else(|e| panic!("{e}"));
        let iso = fs::read_to_string(&fetched[0].members[0]).unwrap();
        assert_eq!(iso, fetched[0].version);
        iso
    }

    /// The error of fetching, after which there is no package in the cache.
    fn error(&self) -> ArchiveError {
        let Err(Error::Archive(e)) = self.fetch() else { panic!("not refused") };
        assert!(e.to_string().contains("mirror.example"), "{e}");
        let packages = self.dir.path().join("cache/packages");
        assert!(!packages.exists() && !self.dir.path().join("cache/tmp").exists());
        e
    }
}

/// Makes another archive of the same kind wrong, and expects an error. Without the change there is
/// none.
macro_rules! attack {
    ($name:ident, $bench:ident => $change:block, $error:pat $(if $guard:expr)?) => {
        #[test]
        fn $name() {
            let Some(mut $bench) = Bench::new() else { return };
            $change
            let e = $bench.error();
            assert!(matches!(&e, $error $(if $guard)?), "{e:?}");
        }
    };
}

#[test]
fn the_highest_version_is_fetched_and_nothing_twice() {
    let Some(bench) = Bench::new() else { return };
    assert_eq!(bench.version(), "1.0-10");
    let first = bench.web.asked.take();
    assert_eq!(first.len(), 3, "{first:?}");
    assert!(first[1].contains("/by-hash/SHA256/") && first[2].ends_with("rescue_1.0-10_all.deb"));
    assert_eq!(bench.version(), "1.0-10");
    assert_eq!(bench.web.asked.take(), first[..1], "the rest is in the cache");
    // What was changed there is got again.
    let lists = fs::read_dir(bench.dir.path().join("cache/lists")).unwrap();
    for list in lists.map(|e| e.unwrap().path()).filter(|p| !p.ends_with("dates")) {
        let mut bytes = fs::read(&list).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&list, bytes).unwrap();
    }
    assert_eq!(bench.version(), "1.0-10");
    assert_eq!(bench.web.asked.take(), first[..2]);
}

attack!(without_a_signature, b => {
    let list = SUITE.list("").into_bytes();
    *b.served("InRelease") = list;
}, ArchiveError::Unsigned { .. });

attack!(a_page_in_place_of_the_list, b => {
    *b.served("InRelease") = b"<html>log in</html>\n".to_vec();
}, ArchiveError::Unsigned { why: signatures::Error::NotSigned { .. }, .. });

attack!(signed_by_somebody_else, b => {
    let other = b.gpg.key(MADE, "other", "ed25519", "2y");
    let list = SUITE.list("");
    b.archive.sign("test", &list, &b.gpg, SIGNED, &[&other]);
    b.serve(MIRROR);
}, ArchiveError::Unsigned { why: signatures::Error::NoGoodSignature { .. }, .. });

attack!(a_changed_list, b => {
    let list = b.served("InRelease");
    *list = String::from_utf8(list.clone()).unwrap().replace("Origin: Test", "Origin: Tesr").into_bytes();
}, ArchiveError::Unsigned { why: signatures::Error::NoGoodSignature { .. }, .. });

attack!(a_line_before_the_list, b => {
    let list = b.served("InRelease");
    *list = [b"Suite: test\n", &list[..]].concat();
}, ArchiveError::Unsigned { why: signatures::Error::NotSigned { .. }, .. });

attack!(by_a_key_that_has_expired, b => {
    b.now += 730 * DAY;
}, ArchiveError::Unsigned { why, .. } if why.to_string().contains("the key has expired"));

attack!(from_the_future, b => {
    b.now -= 30 * DAY;
}, ArchiveError::Unsigned { why, .. } if why.to_string().contains("in the future"));

attack!(of_another_suite, b => {
    let other = Suite { suite: "oldstable", codename: "other", ..SUITE };
    b.publish(&other, &[package("2.0")]);
    let list = b.web.files[&format!("{MIRROR}/dists/other/InRelease")].clone();
    *b.served("test/InRelease") = list;
}, ArchiveError::WrongSuite { asked, found, .. } if asked == "test" && found == "oldstable (other)");

attack!(of_another_pocket, b => {
    // As Ubuntu's, which have the codename of the release.
    let updates = Suite { suite: "test-updates", ..SUITE };
    b.publish(&updates, &[package("2.0")]);
}, ArchiveError::WrongSuite { found, .. } if found == "test-updates (test)");

attack!(past_its_time, b => {
    let until = Suite { more: "Valid-Until: Mon, 08 Jun 2026 00:00:00 UTC\n", ..SUITE };
    b.publish(&until, &[package("2.0")]);
    assert_eq!(b.version(), "2.0");
    fs::remove_dir_all(b.dir.path().join("cache")).unwrap();
    b.now += 8 * DAY;
}, ArchiveError::Expired { days: 2, .. });

attack!(a_list_without_a_date, b => {
    let list = SUITE.list("").replace("Date: ", "Data: ");
    b.sign("test", &list);
}, ArchiveError::Malformed { .. });

attack!(a_changed_index, b => {
    b.served("Packages.xz")[20] ^= 1;
    b.web.files.retain(|url, _| !url.contains("by-hash"));
}, ArchiveError::WrongBytes { why, .. } if why.contains("SHA-256"));

attack!(an_index_cut_off, b => {
    b.served("Packages.xz").truncate(50);
    b.web.files.retain(|url, _| !url.contains("by-hash"));
}, ArchiveError::WrongBytes { why, .. } if why.contains("50 bytes of"));

attack!(a_longer_index, b => {
    b.served("Packages.xz").push(0);
    b.web.files.retain(|url, _| !url.contains("by-hash"));
}, ArchiveError::NotGot { why, .. } if why.contains("longer than"));

attack!(an_index_that_is_not_there, b => {
    b.web.files.retain(|url, _| !url.contains("binary-amd64"));
}, ArchiveError::NotGot { .. });

attack!(an_index_that_unpacks_without_end, b => {
    let bomb = compress(".xz", &vec![b'\n'; 64 << 20]);
    let lines = b.archive.packed_index("test", "amd64", "\n", bomb);
    b.sign("test", &SUITE.list(&lines));
}, ArchiveError::Bomb { limit: 1, .. });

attack!(an_index_in_gzip_that_unpacks_without_end, b => {
    let bomb = compress(".gz", &vec![b'\n'; 64 << 20]);
    let lines = b.archive.packed_index("test", "amd64", "\n", bomb);
    b.sign("test", &SUITE.list(&lines));
}, ArchiveError::Bomb { limit: 1, .. });

attack!(an_index_that_unpacks_to_something_else, b => {
    let lines = b.archive.packed_index("test", "amd64", "two", compress(".xz", b"one"));
    b.sign("test", &SUITE.list(&lines));
}, ArchiveError::WrongBytes { .. });

attack!(an_index_with_files_elsewhere, b => {
    let index = b.archive.pool(&[package("2.0")]).replace("pool/", "pool/../../");
    let lines = b.archive.index("test", "amd64", &index);
    b.sign("test", &SUITE.list(&lines));
}, ArchiveError::Malformed { why, .. } if why.contains("leads out of the mirror"));

attack!(a_package_in_place_of_another, b => {
    let old = b.served("rescue_1.0-2_all.deb").clone();
    *b.served("rescue_1.0-10_all.deb") = old;
}, ArchiveError::WrongBytes { .. } | ArchiveError::NotGot { .. });

attack!(a_changed_package, b => {
    b.served("rescue_1.0-10_all.deb")[100] ^= 1;
}, ArchiveError::WrongBytes { why, .. } if why.contains("SHA-256"));

attack!(a_package_cut_off, b => {
    b.served("rescue_1.0-10_all.deb").truncate(100);
}, ArchiveError::WrongBytes { why, .. } if why.contains("100 bytes of"));

attack!(a_package_under_another_name, b => {
    let index = b.archive.pool(&[Package::new("evil", "3.0")]).replace("Package: evil", "Package: rescue");
    let lines = b.archive.index("test", "amd64", &index);
    b.sign("test", &SUITE.list(&lines));
}, ArchiveError::WrongBytes { why, .. } if why.contains("it is evil 3.0 all"));

#[test]
fn a_list_is_never_older_than_before() {
    let Some(mut bench) = Bench::new() else { return };
    let newer = Suite { date: "Mon, 01 Jun 2026 06:00:00 UTC", ..SUITE };
    let old = bench.served("test/InRelease").clone();
    bench.publish(&newer, &[package("2.0")]);
    assert_eq!(bench.version(), "2.0");
    *bench.served("test/InRelease") = old;
    let e = bench.fetch().unwrap_err();
    assert!(matches!(&e, Error::Archive(ArchiveError::RolledBack { seconds: 21_600, .. })), "{e}");
    assert!(e.to_string().contains("lists/dates"), "{e}");
    // What was there is still there; and whoever knows better removes the date.
    let cached = Cache::at(bench.dir.path().join("cache")).package("rescue", Some("amd64"));
    assert!(cached.unwrap().is_some());
    fs::remove_file(bench.dir.path().join("cache/lists/dates")).unwrap();
    assert_eq!(bench.version(), "1.0-10");
}

#[test]
fn a_host_that_is_kept_from_us_brings_back_no_lower_version() {
    let Some(mut bench) = Bench::new() else { return };
    const SECURITY: &str = "http://security.mirror.example";
    let keys = bench.sources[0].keys.clone();
    bench.sources.push(bench.source(SECURITY, "test-security", &keys));
    let suite = Suite { suite: "test-security", codename: "test-security", ..SUITE };
    bench.publish(&suite, &[package("1.0-11")]);
    bench.serve(SECURITY);
    assert_eq!(bench.version(), "1.0-11");
    assert_eq!(bench.fetch().unwrap()[0].warning, None);

    bench.web.down.push(SECURITY);
    let fetched = bench.fetch().unwrap().remove(0);
    assert_eq!(fetched.version, "1.0-11");
    assert_eq!(fs::read(&fetched.members[0]).unwrap(), b"1.0-11");
    let warning = fetched.warning.unwrap();
    for word in ["rescue 1.0-11 stays", "1.0-10", SECURITY, "no answer"] {
        assert!(warning.contains(word), "{warning}");
    }
    // What is damaged is no reason to do without, and an archive that says so itself may go back.
    fs::write(&fetched.deb, "x").unwrap();
    assert_eq!(bench.version(), "1.0-10");
    bench.web.down.clear();
    assert_eq!(bench.version(), "1.0-11");
    bench.sources.pop();
    assert_eq!(bench.version(), "1.0-10");
}

#[test]
fn another_mirror_brings_back_no_older_list() {
    let Some(mut bench) = Bench::new() else { return };
    const OTHER: &str = "http://other.mirror.example";
    bench.serve(OTHER);
    let newer = Suite { date: "Mon, 01 Jun 2026 06:00:00 UTC", ..SUITE };
    bench.publish(&newer, &[package("2.0")]);
    assert_eq!(bench.version(), "2.0");
    bench.sources[0].mirrors = vec![OTHER.to_owned()];
    let e = bench.fetch().unwrap_err();
    assert!(matches!(&e, Error::Archive(ArchiveError::RolledBack { seconds: 21_600, .. })), "{e}");
}

#[test]
fn without_indexes_by_digest_those_by_name_are_checked_alike() {
    let Some(mut bench) = Bench::new() else { return };
    bench.web.files.retain(|url, _| !url.contains("by-hash"));
    assert_eq!(bench.version(), "1.0-10");
    assert_eq!(bench.web.asked.take().len(), 4);
}

#[test]
fn the_next_mirror_is_asked_when_one_is_down_or_broken() {
    let Some(mut bench) = Bench::new() else { return };
    const OTHER: &str = "http://other.example";
    bench.serve(OTHER);
    bench.sources[0].mirrors.push(OTHER.to_owned());
    bench.web.files.get_mut(&format!("{MIRROR}/pool/rescue_1.0-10_all.deb")).unwrap()[99] ^= 1;
    assert_eq!(bench.version(), "1.0-10");
    fs::remove_dir_all(bench.dir.path().join("cache")).unwrap();
    bench.web.down.push(MIRROR);
    assert_eq!(bench.version(), "1.0-10");
    fs::remove_dir_all(bench.dir.path().join("cache")).unwrap();
    bench.web.down.push(OTHER);
    let e = bench.error();
    assert!(matches!(e, ArchiveError::Unreachable { .. }), "{e}");
    assert!(e.to_string().contains("no answer") && e.to_string().contains("other.example"), "{e}");
}

#[test]
fn security_updates_count_backports_do_not_and_what_is_down_is_passed_over() {
    let Some(mut bench) = Bench::new() else { return };
    let keys = bench.sources[0].keys.clone();
    for suite in ["test-security", "test-backports", "test-gone"] {
        bench.sources.push(bench.source(MIRROR, suite, &keys));
    }
    let suite = |codename| Suite { suite: codename, codename, ..SUITE };
    bench.publish(&suite("test-security"), &[package("1.0-11")]);
    let backports = Suite { more: "NotAutomatic: yes\n", ..suite("test-backports") };
    let only_there = Package::new("extra", "1~bpo");
    bench.publish(&backports, &[package("9.0"), only_there]);
    assert_eq!(bench.version(), "1.0-11");
    let extra = bench.fetch_all(&[Request::package("extra").on("amd64")]).unwrap();
    assert_eq!(extra[0].version, "1~bpo");

    let e = bench.fetch_all(&[Request::package("no-such-thing").on("amd64")]).unwrap_err();
    let e = e.to_string();
    assert!(e.contains("no package `no-such-thing` for amd64"), "{e}");
    assert!(e.contains("not reached: ") && e.contains("test-gone"), "{e}");
    // One that answers, and is not what it should be, is no reason to go on.
    *bench.served("test-security/InRelease") = b"<html>".to_vec();
    assert!(matches!(bench.fetch(), Err(Error::Archive(ArchiveError::Unsigned { .. }))));
}

#[test]
fn a_suite_is_known_by_its_names() {
    let Some(mut bench) = Bench::new() else { return };
    for (asked, suite, codename, is) in [
        ("noble", "noble", "noble", true),
        ("noble", "noble-updates", "noble", false),
        ("noble-updates", "noble-updates", "noble", true),
        ("noble-updates", "noble", "noble", false),
        ("noble-updates", "noble-security", "noble", false),
        ("bookworm", "oldstable", "bookworm", true),
        ("oldstable", "oldstable", "bookworm", true),
        ("bookworm", "oldstable-updates", "bookworm-updates", false),
        ("bookworm-updates", "oldstable-updates", "bookworm-updates", true),
        ("bookworm-security", "stable-security", "bookworm-security", true),
        ("bookworm-proposed-updates", "proposed-updates", "bookworm-proposed-updates", true),
    ] {
        bench.sources[0].suite = asked.to_owned();
        let index = bench.archive.pool(&[package("2.0")]);
        let lines = bench.archive.index(asked, "amd64", &index);
        bench.sign(asked, &Suite { suite, codename, ..SUITE }.list(&lines));
        match bench.fetch() {
            Err(Error::Archive(ArchiveError::WrongSuite { .. })) => assert!(!is, "{asked} {suite}"),
            other => assert!(other.is_ok() && is, "{asked} {suite} {other:?}"),
        }
    }
}

#[test]
fn a_third_partys_higher_version_is_not_taken() {
    let Some(mut bench) = Bench::new() else { return };
    let third = bench.gpg.key(MADE, "third", "ed25519", "2y");
    let keys = bench.sources[0].keys.clone();
    let mut theirs = bench.source(MIRROR, "theirs", &keys);
    theirs.others = Keyring::read(&bench.gpg.export(&[&third])).unwrap();
    bench.sources.push(theirs);
    let suite = Suite { suite: "theirs", codename: "theirs", ..SUITE };
    bench.publish(&suite, &[package("9.0")]);
    assert_eq!(bench.version(), "9.0", "signed by the distribution's key");

    // By a third party's key that apt trusts too.
    fs::remove_dir_all(bench.dir.path().join("cache")).unwrap();
    let text = bench.served("theirs/InRelease").clone();
    let text = String::from_utf8(text).unwrap();
    let list = &text[text.find("Origin").unwrap()..text.find("-----BEGIN PGP SIGNATURE").unwrap()];
    let list = list.to_owned();
    bench.archive.sign("theirs", &list, &bench.gpg, SIGNED, &[&third]);
    bench.serve(MIRROR);
    assert_eq!(bench.version(), "1.0-10");
    // By the distribution's, and of somebody else by its own word.
    bench.sources[1].others = Keyring::default();
    bench.sign("theirs", &list.replace("Origin: Test", "Origin: Docker"));
    assert_eq!(bench.version(), "1.0-10");
    // By nobody who is known.
    bench.archive.sign("theirs", &list, &bench.gpg, SIGNED, &[&third]);
    bench.serve(MIRROR);
    assert!(matches!(bench.fetch(), Err(Error::Archive(ArchiveError::Unsigned { .. }))));
    // Nothing but third parties' is not nothing.
    bench.sources = vec![bench.source(MIRROR, "test", &keys)];
    bench.sources[0].origin = Some("ubuntu".to_owned());
    fs::remove_dir_all(bench.dir.path().join("cache")).unwrap();
    let e = bench.error().to_string();
    assert!(e.contains("is of `Test`, not of ubuntu"), "{e}");
}

#[test]
fn bad_requests_ask_nobody() {
    let Some(bench) = Bench::new() else { return };
    for bad in ["-o", "../x", "grub-pc-bin=2"] {
        let e = bench.fetch_all(&[Request::package(bad)]).unwrap_err();
        assert!(matches!(e, Error::BadPackageName { .. }), "{e}");
        let e = bench.fetch_all(&[Request::package("rescue").on(bad)]).unwrap_err();
        assert!(matches!(e, Error::BadPackageName { .. }), "{e}");
    }
    let members = vec!["/etc/passwd".to_owned()];
    let e = bench.fetch_all(&[Request { members, ..Request::package("rescue") }]).unwrap_err();
    assert!(matches!(e, Error::BadMemberName { .. }), "{e}");
    assert!(bench.fetch_all(&[]).unwrap().is_empty());
    assert!(bench.web.asked.take().is_empty() && !bench.dir.path().join("cache").exists());
}

#[test]
fn only_suites_of_debian_have_an_address_at_its_official_mirrors() {
    use packages::repository::address;
    let pool = "pool/main/g/grub2/grub-pc-bin_2.06-13+deb12u1_amd64.deb";
    let at = |suite: &str| address(&[], suite, pool);
    for suite in ["bookworm", "trixie", "trixie-updates", "stable", "sid"] {
        assert_eq!(at(suite).unwrap(), format!("http://ftp.debian.org/debian/{pool}"), "{suite}");
    }
    let security = format!("http://security.debian.org/debian-security/{pool}");
    assert_eq!(at("bookworm-security").unwrap(), security);
    for suite in ["noble", "noble-updates", "", "bookworms"] {
        assert_eq!(at(suite), None, "{suite}");
    }
    let secret = ["https://u:p@mirror.example/d".to_owned()];
    assert_eq!(address(&secret, "bookworm", pool), None);
    let named = ["https://mirror.example/d/".to_owned()];
    let there = address(&named, "noble", pool).unwrap();
    assert_eq!(there, format!("https://mirror.example/d/{pool}"));
    for hostile in ["", "/etc/x", "a/../x", "a b", "a\nb", "a?b", "a#b"] {
        assert_eq!(address(&named, "bookworm", hostile), None, "{hostile:?}");
    }
}
