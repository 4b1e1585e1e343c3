//! Tests of fetching: from an archive that the test makes and signs, which needs no network, and from
//! the one this machine uses, as the user who runs the tests and as `nobody`.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::{Archive, Package, Repo, environment, grub_common, grub_pc_bin};
use downloads::{Pace, Settings};
use key_inputs::{
    Environment, Error, MEMDISK_PACKAGE, Platform, Request, Wishes, cached_member, fetch_packages,
    grub_requests, locate_memdisk,
};
use key_inventory::GrubBuild;
use key_spec::ErrorFamily;
use packages::Deb;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use testbench::http::{Answer, Server};
use testbench::{missing, oracle, run};

const ISO: &str = "usr/lib/memtest86+/memtest86+x64.iso";

/// A machine whose /etc/apt names one archive, in a directory.
struct Machine {
    dir: tempfile::TempDir,
    env: Environment,
    repo: Repo,
    said: Vec<String>,
}

impl Machine {
    /// `None` means: skip the test.
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join("cache with spaces");
        let mut env = environment(dir.path());
        (env.home, env.xdg_cache_home) = (None, Some(cache));
        let repo = Repo::new(&env.root, &dir.path().join("repo"))?;
        Some(Self { dir, env, repo, said: Vec::new() })
    }

    fn publish(&self, packages: &[Package]) {
        self.repo.publish(packages);
    }

    fn fetch(&mut self, requests: &[Request]) -> Result<Vec<key_inputs::Fetched>, Error> {
        let said = &mut self.said;
        let say = &mut |line: &str| said.push(line.to_owned());
        fetch_packages(requests, &Wishes::default(), &self.env, say)
    }

    /// The paths, relative to the cache, of all files in it but the lists.
    fn cached(&self) -> Vec<String> {
        let cache = self.dir.path().join("cache with spaces/bootkey");
        let mut found = Vec::new();
        let mut dirs = vec![cache.clone()];
        while let Some(dir) = dirs.pop() {
            for path in fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
                let name = path.strip_prefix(&cache).unwrap().display().to_string();
                if path.is_dir() && !path.is_symlink() {
                    dirs.extend((name != "lists").then_some(path));
                } else {
                    found.push(name);
                }
            }
        }
        found.sort();
        found
    }
}

fn request(package: &str, members: &[&str]) -> Request {
    let members = members.iter().map(|m| (*m).to_owned()).collect();
    Request { members, ..Request::package(package) }
}

fn grub() -> Vec<Request> {
    grub_requests(&[Platform::I386Pc], false)
}

fn locate(env: &Environment) -> Result<GrubBuild, Error> {
    key_inputs::locate(&[Platform::I386Pc], &[], env)
}

fn version(env: &Environment) -> Option<String> {
    locate(env).unwrap().platforms[0].origin.version.clone()
}

#[test]
fn fetched_packages_are_used_and_replaced_as_a_whole() {
    let Some(mut m) = Machine::new() else { return };
    m.publish(&[
        grub_pc_bin("2.06-13"),
        grub_common("2.06-13"),
        Package::new("memtest86+", "1:6.10-4").file(ISO, "the iso"),
    ]);
    let mut requests = grub();
    requests.push(request("memtest86+", &[ISO]));
    let fetched = m.fetch(&requests).unwrap();
    let versions: Vec<_> = fetched.iter().map(|f| (&f.package[..], &f.version[..])).collect();
    let expected =
        [("grub-pc-bin", "2.06-13"), ("grub-common", "2.06-13"), ("memtest86+", "1:6.10-4")];
    assert_eq!(versions, expected);
    assert!(
        m.said.iter().any(|l| l.starts_with("getting file:") && l.contains("memtest86+")),
        "{:?}",
        m.said
    );
    for f in &fetched {
        assert_eq!(Deb::open(&f.deb).unwrap().sha256().unwrap(), f.sha256);
        assert!(!f.deb.is_symlink());
    }
    assert!(fetched[2].deb.ends_with("memtest86+_1%3a6.10-4_all.deb"), "{:?}", fetched[2].deb);
    assert_eq!(cached_member(&m.env, "memtest86+", ISO).unwrap().path, fetched[2].members[0]);
    assert_eq!(fs::read(&fetched[2].members[0]).unwrap(), b"the iso");

    // The layout is the one that `grub.rs` builds by hand and `cache.rs` documents.
    let found = locate(&m.env).unwrap();
    assert_eq!(version(&m.env).as_deref(), Some("2.06-13"));
    assert_eq!(&found.font.unwrap().bytes[..], b"font of 2.06-13");
    let before = m.cached();
    // File, record, place and link each, kept, a member and its record, lock.
    assert_eq!(before.len(), 3 * 4 + 2 + 2 + 1, "{before:#?}");

    // A new version takes the place of the old one, and only that.
    m.publish(&[grub_pc_bin("2.12-9"), grub_common("2.12-9")]);
    m.fetch(&grub()).unwrap();
    assert_eq!(version(&m.env).as_deref(), Some("2.12-9"));
    fs::remove_dir_all(m.dir.path().join("repo")).unwrap();
    assert_eq!(version(&m.env).as_deref(), Some("2.12-9"));
    let after = m.cached();
    assert_eq!(after.len(), before.len(), "{after:#?}");
    assert!(!after.iter().any(|f| f.contains("2.06-13")), "{after:#?}");
    assert!(cached_member(&m.env, "memtest86+", ISO).is_ok());
}

/// The kept files are those of the package; if they are damaged, the package is read instead.
/// The font is in another package than it was, and the one that had it is empty or gone.
#[test]
fn the_font_is_fetched_from_whichever_package_has_it() {
    let font = |name| Package::new(name, "2.14-2").file("usr/share/grub/unicode.pf2", "PFF2");
    let empty = |name| Package::new(name, "2.14-2").file("usr/share/doc/x", "moved");
    for (packages, from) in [
        (vec![empty("grub-common"), font("grub2-common")], "grub2-common"),
        (vec![font("grub2-common")], "grub2-common"),
        (vec![font("grub-common"), empty("grub2-common")], "grub-common"),
        (vec![font("grub-common")], "grub-common"),
    ] {
        let Some(mut m) = Machine::new() else { return };
        let all: Vec<Package> = packages.into_iter().chain([grub_pc_bin("2.14-2")]).collect();
        m.publish(&all);
        let fetched = m.fetch(&grub()).unwrap();
        assert!(fetched.iter().any(|f| f.package == from), "{fetched:?}");
        let font = locate(&m.env).unwrap().font.unwrap();
        assert_eq!(font.origin.package.as_deref(), Some(from));
    }
}

#[test]
fn a_fetch_without_the_font_says_so() {
    let empty = |name| Package::new(name, "2.14-2").file("usr/share/doc/x", "moved");
    for packages in
        [vec![], vec![empty("grub-common")], vec![empty("grub-common"), empty("grub2-common")]]
    {
        let Some(mut m) = Machine::new() else { return };
        let all: Vec<Package> = packages.into_iter().chain([grub_pc_bin("2.14-2")]).collect();
        m.publish(&all);
        let e = m.fetch(&grub()).unwrap_err();
        assert_eq!(e.family(), ErrorFamily::Io);
        assert!(e.to_string().contains("neither in grub-common nor grub2-common"), "{e}");
        // What the message says of the rest is so.
        assert!(locate(&m.env).unwrap().font.is_none());
    }
}

#[test]
fn what_is_kept_is_the_package() {
    let Some(mut m) = Machine::new() else { return };
    m.publish(&[grub_pc_bin("2.06-13"), grub_common("2.06-13")]);
    let fetched = m.fetch(&grub()).unwrap();
    let digests = |env: &Environment| {
        let GrubBuild { platforms, font, packages, .. } = locate(env).unwrap();
        let origins: Vec<_> = platforms.into_iter().map(|p| p.origin).collect();
        (origins, font.map(|f| f.origin), packages)
    };
    let kept = digests(&m.env);
    for deb in fetched.iter().map(|f| &f.deb) {
        let path = deb.with_file_name("kept");
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    assert_eq!(digests(&m.env), kept, "from the packages, as what is kept is damaged");
    // Fetching again mends them, and the packages need not be read any more.
    m.fetch(&grub()).unwrap();
    for deb in fetched.iter().map(|f| &f.deb) {
        fs::write(deb, "").unwrap();
    }
    assert_eq!(digests(&m.env), kept, "from what is kept alone");
}

/// After that, builds need not compute digests any more.
#[test]
fn fetching_renews_the_records_of_a_cache_that_was_copied() {
    let Some(mut m) = Machine::new() else { return };
    m.publish(&[Package::new("memtest86+", "1:6.10-4").file(ISO, "the iso")]);
    let requests = [request("memtest86+", &[ISO])];
    let fetched = m.fetch(&requests).unwrap();
    for path in [&fetched[0].deb, &fetched[0].members[0]] {
        let record = || fs::read_to_string(format!("{}.sum", path.display())).unwrap();
        let before = record();
        fs::copy(path, path.with_extension("copy")).unwrap();
        fs::rename(path.with_extension("copy"), path).unwrap();
        cached_member(&m.env, "memtest86+", ISO).unwrap();
        m.fetch(&requests).unwrap();
        let after = record();
        assert_ne!(after, before, "the stamp is the new file's");
        assert_eq!(after.split(' ').next(), before.split(' ').next(), "the digest is the same");
        m.fetch(&requests).unwrap();
        assert_eq!(record(), after);
    }
}

/// Writes to a file without changing its length, and sets its time back.
fn flip_a_byte(path: &Path) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
    fs::File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
}

fn truncate(path: &Path) {
    let len = fs::metadata(path).unwrap().len();
    fs::File::options().write(true).open(path).unwrap().set_len(len / 2).unwrap();
}

/// A member or a package that is no longer what was fetched is not used, and fetching mends it.
#[test]
fn what_was_damaged_in_the_cache_is_noticed_and_mended() {
    let Some(mut m) = Machine::new() else { return };
    let iso = "the iso".repeat(1000);
    m.publish(&[
        grub_pc_bin("2.06-13"),
        grub_common("2.06-13"),
        Package::new("memtest86+", "1:6.10-4").file(ISO, iso.as_str()),
    ]);
    let wanted = [request("memtest86+", &[ISO])];
    let member = m.fetch(&wanted).unwrap()[0].members[0].clone();
    let found = |m: &Machine| cached_member(&m.env, "memtest86+", ISO).map(|cached| cached.path);
    for damage in [flip_a_byte, truncate] {
        damage(&member);
        let e = found(&m).unwrap_err();
        assert!(matches!(&e, Error::Package(packages::Error::DamagedCache { .. })), "{e}");
        assert!(e.to_string().contains("is not what was fetched"), "{e}");
        m.fetch(&wanted).unwrap();
        assert_eq!(fs::read(found(&m).unwrap()).unwrap(), iso.as_bytes());
    }
    // Without its record nothing is known of it.
    fs::remove_file(member.with_extension("iso.sum")).unwrap();
    let e = found(&m).unwrap_err();
    assert!(matches!(&e, Error::Package(packages::Error::MemberNotFetched { .. })), "{e}");
    m.fetch(&wanted).unwrap();
    // Written to, but with the same bytes; and a copy of the whole cache.
    fs::write(&member, &iso).unwrap();
    assert_eq!(found(&m).unwrap(), member);

    // The package file, when what was kept of it is gone.
    let debs: Vec<PathBuf> = m.fetch(&grub()).unwrap().into_iter().map(|f| f.deb).collect();
    for damage in [flip_a_byte, truncate] {
        for deb in &debs {
            fs::remove_file(deb.with_file_name("kept")).unwrap();
            damage(deb);
        }
        let e = locate(&m.env).unwrap_err();
        assert!(matches!(&e, Error::Package(packages::Error::DamagedCache { .. })), "{e}");
        m.fetch(&grub()).unwrap();
        assert_eq!(version(&m.env).as_deref(), Some("2.06-13"));
        debs.iter().for_each(|deb| fs::remove_file(deb.with_file_name("kept")).unwrap());
        assert_eq!(version(&m.env).as_deref(), Some("2.06-13"), "from the packages");
        m.fetch(&grub()).unwrap();
    }
}

/// Nothing is opened through a link, and a cache that others may write to is not used.
#[test]
fn a_cache_that_is_not_ours_alone_is_refused() {
    use packages::Error as E;
    let Some(mut m) = Machine::new() else { return };
    m.publish(&[Package::new("memtest86+", "1:6.10-4").file(ISO, "the iso")]);
    let wanted = [request("memtest86+", &[ISO])];
    let member = m.fetch(&wanted).unwrap()[0].members[0].clone();
    let cache = m.dir.path().join("cache with spaces/bootkey");
    let found = |m: &Machine| cached_member(&m.env, "memtest86+", ISO).map(|cached| cached.path);
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    for dir in [&*cache, &cache.join("packages"), member.parent().unwrap()] {
        for open in [0o777, 0o1777, 0o720, 0o702] {
            mode(dir, open);
            let e = found(&m).unwrap_err();
            assert!(matches!(&e, Error::Package(E::OpenCache { .. })), "{e}");
            assert!(e.to_string().contains(&format!("its mode is {open:04o}")), "{e}");
            assert!(matches!(m.fetch(&wanted), Err(Error::Package(E::OpenCache { .. }))));
        }
        mode(dir, 0o700);
        found(&m).unwrap();
    }

    // The same bytes elsewhere, and a link to them.
    let refused = |m: &mut Machine, what: &str| {
        for e in [found(m).unwrap_err(), m.fetch(&wanted).unwrap_err()] {
            assert!(matches!(&e, Error::Package(E::UntrustedCache { .. })), "{what}: {e}");
        }
    };
    let elsewhere = m.dir.path().join("elsewhere");
    for path in [&*member, member.parent().unwrap(), &cache.join("packages")] {
        fs::rename(path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, path).unwrap();
        refused(&mut m, &path.display().to_string());
        fs::remove_file(path).unwrap();
        fs::rename(&elsewhere, path).unwrap();
        found(&m).unwrap();
    }
    // The lock is no way to empty another file.
    fs::write(&elsewhere, "precious").unwrap();
    fs::remove_file(cache.join("lock")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, cache.join("lock")).unwrap();
    assert!(matches!(m.fetch(&wanted), Err(Error::Package(E::Write { .. }))));
    assert_eq!(fs::read(&elsewhere).unwrap(), b"precious");
    fs::remove_file(cache.join("lock")).unwrap();

    // A directory that cannot be listed is not an empty one.
    let dir = member.ancestors().nth(3).unwrap().to_path_buf();
    let kept = m.dir.path().join("kept");
    fs::rename(&dir, &kept).unwrap();
    fs::write(&dir, "").unwrap();
    refused(&mut m, "a file in place of a directory");
    fs::remove_file(&dir).unwrap();
    fs::rename(&kept, &dir).unwrap();
    found(&m).unwrap();
}

#[test]
fn what_cannot_be_fetched_leaves_the_cache_as_it_was() {
    let Some(mut m) = Machine::new() else { return };
    m.publish(&[grub_pc_bin("2.06-13"), grub_common("2.06-13")]);
    m.fetch(&grub()).unwrap();
    let before = m.cached();
    let unchanged = |m: &Machine| assert_eq!(m.cached(), before);

    let e = m.fetch(&[request("grub-pc-bin", &[]), request("no-such-thing", &[])]).unwrap_err();
    assert!(e.to_string().contains("no package `no-such-thing` for"), "{e}");
    assert!(e.to_string().contains("repo test"), "{e}");
    assert_eq!(e.family(), ErrorFamily::Usage);
    unchanged(&m);

    // The file is not the one that the index promises.
    m.publish(&[grub_pc_bin("2.12-9"), grub_common("2.12-9")]);
    let path = m.repo.dir.join("pool/grub-pc-bin_2.12-9_all.deb");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let e = m.fetch(&grub()).unwrap_err();
    assert_eq!(e.family(), ErrorFamily::Io, "{e}");
    assert!(e.to_string().contains("is not what the archive's signed list says"), "{e}");
    unchanged(&m);

    // The file is gone.
    fs::remove_file(&path).unwrap();
    let e = m.fetch(&grub()).unwrap_err();
    assert!(e.to_string().contains("the server has nothing there"), "{e}");
    unchanged(&m);

    // The index has the right hash of a file that is no sound package.
    let sound = grub_pc_bin("2.13-1");
    let mut tar = sound.data_tar();
    tar.truncate(tar.len() / 2 + 700); // inside a member
    let broken = sound.with_data_tar(&tar);
    fs::write(&path, &broken).unwrap();
    let sha256 = Deb::open(&path).unwrap().sha256().unwrap();
    let index = format!(
        "{}Filename: pool/grub-pc-bin_2.12-9_all.deb\nSize: {}\nSHA256: {sha256}\n",
        sound.control,
        broken.len()
    );
    let mut archive = Archive::default();
    let lines = archive.index("test", "amd64", &index);
    m.repo.sign(archive, &lines);
    let e = m.fetch(&[request("grub-pc-bin", &[]).on("amd64")]).unwrap_err();
    assert!(matches!(e, Error::Package(packages::Error::DamagedPackage { .. })), "{e}");
    unchanged(&m);

    // The repository is gone: the error must not say that the package does not exist.
    fs::remove_dir_all(m.dir.path().join("repo")).unwrap();
    let e = m.fetch(&[request("no-such-thing", &[])]).unwrap_err();
    assert!(e.to_string().contains("no mirror could be reached for no-such-thing"), "{e}");
    unchanged(&m);
    assert_eq!(version(&m.env).as_deref(), Some("2.06-13"));
}

#[test]
fn a_server_that_drips_is_given_up_and_leaves_nothing() {
    let Some(mut m) = Machine::new() else { return };
    m.publish(&[grub_pc_bin("2.06-13"), grub_common("2.06-13")]);
    let window = Duration::from_secs(2);
    let pace = Pace { patience: Duration::from_secs(60), window, least: 1 << 10 };
    m.env.network = Some(Settings { pace, ..Settings::default() });
    let (dir, drips) = (m.repo.dir.clone(), Arc::new(AtomicBool::new(true)));
    let dripping = drips.clone();
    let server = Server::start(move |request| {
        let Ok(bytes) = fs::read(dir.join(&request.target[1..])) else {
            return Answer::new("404 Not Found", &[], b"");
        };
        match request.target.ends_with(".deb") && dripping.load(Ordering::Relaxed) {
            true => {
                let head = Answer::head("200 OK", &[&format!("Content-Length: {}", bytes.len())]);
                head.drip(bytes, 1, Duration::from_millis(50))
            }
            false => Answer::ok(&bytes),
        }
    });
    let list = format!("deb [signed-by=/etc/keys.gpg] {} test main\n", server.url(""));
    fs::write(m.env.root.join("etc/apt/sources.list"), list).unwrap();
    let e = m.fetch(&grub()).unwrap_err();
    assert_eq!(e.family(), ErrorFamily::Io, "{e}");
    assert!(e.to_string().contains(".deb: too slow"), "{e}");
    assert_eq!(m.cached(), ["lock"]);
    drips.store(false, Ordering::Relaxed);
    m.fetch(&grub()).unwrap();
}

#[test]
fn nothing_is_fetched_without_a_place_for_it() {
    let Some(mut m) = Machine::new() else { return };
    m.env.xdg_cache_home = None;
    assert!(matches!(m.fetch(&grub()), Err(Error::NoCache)));
    assert!(!m.dir.path().join("cache with spaces").exists() && m.said.is_empty());
}

/// Fetches from the repositories this machine uses, and locates GRUB in what was fetched. The two
/// tests below run it: as this user, and as another.
fn fetch_for_real(home: &Path) {
    let env = Environment {
        home: Some(home.to_path_buf()),
        xdg_cache_home: None,
        ..Environment::from_process().unwrap()
    };
    let mut requests = grub();
    requests.push(Request::package(MEMDISK_PACKAGE));
    requests.push(request("memtest86+", &[ISO]));
    let mut said = Vec::new();
    let say = &mut |line: &str| said.push(line.to_owned());
    let fetched =
        fetch_packages(&requests, &env.wishes(&Default::default(), Wishes::default()), &env, say);
    let fetched = fetched.unwrap_or_else(|e| panic!("{e}\n{said:#?}"));
    assert_eq!(fetched.len(), 4);

    let found = locate(&env).unwrap();
    assert_eq!(version(&env).as_deref(), Some(&fetched[0].version[..]));
    assert!(
        found.platforms[0].files.names().count() > 200
            && found.font.unwrap().bytes.len() > 1_000_000
    );
    assert!(locate_memdisk(&[], &env).unwrap().unwrap().bytes.len() > 10_000);
    let iso = cached_member(&env, "memtest86+", ISO).unwrap().path;
    let bytes = fs::read(&iso).unwrap();
    assert_eq!(bytes.get(0x8001..0x8006), Some(&b"CD001"[..]), "{}", iso.display());
}

/// Whether the machine's own repositories can be reached, judged by apt itself.
fn registry(dir: &Path) -> bool {
    let Some(apt) = oracle("apt-get") else { return false };
    let lists = dir.join("lists/partial");
    fs::create_dir_all(&lists).unwrap();
    let option = |name: &str, value: &Path| format!("-o{name}={}", value.display());
    let ran = apt.run([
        "-q".into(),
        option("Dir::State::lists", &dir.join("lists")),
        "-oAPT::Sandbox::User=root".into(),
        "--print-uris".into(),
        "update".into(),
    ]);
    let Some(uri) = ran.stdout.lines().find_map(|l| l.strip_prefix('\'')?.split('\'').next())
    else {
        missing("package registry");
        return false;
    };
    // apt's own download helper, so that proxies and the like are the same.
    let to = dir.join("InRelease");
    let helper = Command::new("/usr/lib/apt/apt-helper")
        .args(["-oAPT::Sandbox::User=root", "-oAcquire::Retries=0", "download-file", uri])
        .arg(&to)
        .output();
    if helper.is_ok_and(|o| o.status.success()) && to.is_file() {
        return true;
    }
    missing("package registry");
    false
}

#[test]
fn the_machines_own_repositories_give_grub_and_isos() {
    let dir = tempfile::tempdir().unwrap();
    if !registry(dir.path()) {
        return;
    }
    let system = system_state();
    fetch_for_real(&dir.path().join("home"));
    assert_eq!(system_state(), system, "fetching changed the system");
}

/// Runs `fetch_for_real` in this same program as `nobody`, with nothing but a home.
#[test]
fn nobody_can_fetch() {
    if let Some(home) = std::env::var_os("BOOTKEY_TEST_FETCH_HOME") {
        return fetch_for_real(Path::new(&home));
    }
    let is_root = run(Command::new("id").arg("-u")).stdout.trim() == "0";
    if !is_root {
        return missing("root, to become nobody");
    }
    let Some(setpriv) = oracle("setpriv") else { return };
    let dir = tempfile::tempdir().unwrap();
    if !registry(dir.path()) {
        return;
    }
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // A copy, because the user `nobody` may not be allowed to read the test program where it is.
    let program = dir.path().join("fetch");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let home = dir.path().join("home");
    fs::create_dir(&home).unwrap();
    std::os::unix::fs::chown(&home, Some(65534), Some(65534)).unwrap();
    run(setpriv
        .command()
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .args(["--exact", "nobody_can_fetch", "--nocapture"])
        .current_dir("/")
        .env("HOME", &home)
        .env("BOOTKEY_TEST_FETCH_HOME", &home))
    .expect_success("fetching as nobody");
    // The files belong to `nobody`, so it was that user who fetched them.
    let deb = home.join(".cache/bootkey/packages/grub-pc-bin_amd64/current");
    let owner = std::os::unix::fs::MetadataExt::uid(&fs::symlink_metadata(deb).unwrap());
    assert_eq!(owner, 65534);
}

/// The paths and times of the files that apt and dpkg keep for the system.
fn system_state() -> Vec<(PathBuf, std::time::SystemTime)> {
    let dirs = ["/var/lib/apt/lists", "/var/cache/apt", "/var/cache/apt/archives", "/var/lib/dpkg"];
    let of = |p: &Path| fs::metadata(p).and_then(|m| m.modified()).ok();
    let mut all: Vec<_> = dirs
        .iter()
        .filter_map(|d| fs::read_dir(d).ok())
        .flatten()
        .filter_map(|e| Some(e.ok()?.path()))
        .chain(dirs.iter().map(PathBuf::from))
        .filter_map(|p| Some((p.clone(), of(&p)?)))
        .collect();
    all.sort();
    all
}
