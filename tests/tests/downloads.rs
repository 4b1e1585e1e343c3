//! ISOs that have an address: downloaded, checked, and never on a key if they are another file.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use testbench::deb_packages::Package;
use testbench::debian_archive::{Archive, Suite};
use testbench::http::{Answer, Server};
use testbench::{Gpg, Ran, oracle, run};
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
    refused(&room.run(["plan", "key.toml"]), IO, &[&url, "`bootkey fetch` of the spec"]);
    let offline = room.run(["build", "key.toml", "-o", "key.img", "--offline"]);
    refused(&offline, IO, &[&url, "`bootkey fetch` of the spec"]);
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

/// The same files by `sha256`, by a signed list, and from this machine make the same key, of which the
/// record verifies; and the files beside it say where they came from.
#[test]
fn trees_and_files_of_xen_come_by_a_digest_or_a_signed_list() {
    let Some(room) = Room::new() else { return };
    let Some(gpg) = Gpg::new() else { return };
    // Valid from before until long after this machine's clock.
    let key = gpg.key("20200101T000000", "publisher", "ed25519", "never");
    fs::write(room.path("key.gpg"), gpg.export(&[&key])).unwrap();
    fs::create_dir(room.path("files")).unwrap();
    fs::write(room.path("files/note"), "n").unwrap();
    let tar = oracle("tar").unwrap();
    let mut tar = tar.command();
    run(tar.current_dir(room.path("")).args(["-cf", "files.tar", "-C", "files", "note"]))
        .expect_success("tar");
    let xen = |name: &str| {
        let mut bytes = name.as_bytes().to_vec();
        bytes.resize(3000, 7);
        fs::write(room.path(name), &bytes).unwrap();
    };
    ["xen.gz", "vm linuz", "initrd"].into_iter().for_each(xen);
    let names = ["files.tar", "xen.gz", "vm linuz", "initrd"];
    let digests = names.map(|name| sha256(&room.path(name)));
    let list: String = names.iter().zip(&digests).map(|(n, d)| format!("{d}  {n}\n")).collect();
    let signed = gpg.sign("20200102T000000", &[&key], &["--clearsign"], list.as_bytes());
    let served: Vec<_> = names.iter().map(|name| fs::read(room.path(name)).unwrap()).collect();
    let server = Server::start(move |request| match &*request.target {
        "/SUMS" => Answer::ok(&signed),
        "/files.tar" => Answer::ok(&served[0]),
        "/xen.gz" => Answer::ok(&served[1]),
        "/vm%20linuz" => Answer::ok(&served[2]),
        "/initrd" => Answer::ok(&served[3]),
        _ => Answer::new("404 Not Found", &[], b""),
    });
    let spec = |of: &dyn Fn(usize) -> String, tree: &str| {
        let [hypervisor, kernel, initrd] = [1, 2, 3].map(of);
        format!(
            "[[tree]]\n{tree}\nto = \"isos:/files\"\n[[entry]]\ntitle = \"Xen\"\n\
             xen.hypervisor = {hypervisor}\nxen.kernel = {kernel}\nxen.initrd = {initrd}\n"
        )
    };
    let urls = ["/files.tar", "/xen.gz", "/vm%20linuz", "/initrd"].map(|path| server.url(path));
    let sums = format!("sums = {{ url = \"{}\", key = \"key.gpg\" }}", server.url("/SUMS"));
    let by_list = |n: usize| format!("{{ url = \"{}\", {sums} }}", urls[n]);
    let by_digest = |n: usize| format!("{{ url = \"{}\", sha256 = \"{}\" }}", urls[n], digests[n]);
    let by_path = |n: usize| format!("\"{}\"", names[n]);
    let tree = |check: &str| format!("url = \"{}\"\n{check}", urls[0]);
    room.text("list.toml", &spec(&by_list, &tree(&sums)));
    room.text("digest.toml", &spec(&by_digest, &tree(&format!("sha256 = \"{}\"", digests[0]))));
    room.text("path.toml", &spec(&by_path, "from = \"files.tar\""));

    refused(
        &room.run(["plan", "list.toml"]),
        IO,
        &[&server.url("/SUMS"), "`bootkey fetch` of the spec"],
    );
    refused(&room.run(["fetch", "list.toml", "--offline"]), IO, &[&server.url("/SUMS")]);
    let built = room.run(["build", "list.toml", "-o", "list.img", "--manifest", "--sbom"]);
    let built = built.expect_success("by the list");
    assert!(built.stderr.contains(&format!("/SUMS: signed by {key}")), "{}", built.stderr);
    let asked = server.requests().len();
    room.run(["fetch", "list.toml", "--offline"]).expect_success("all is there");
    room.run(["build", "digest.toml", "-o", "digest.img"]).expect_success("by digests");
    room.run(["build", "list.toml", "-o", "again.img"]).expect_success("again");
    room.run(["build", "path.toml", "-o", "path.img"]).expect_success("of files");
    assert_eq!(server.requests().len(), asked, "all of it was there");
    let image = |name| fs::read(room.path(name)).unwrap();
    for other in ["digest.img", "again.img", "path.img"] {
        assert!(image("list.img") == image(other), "{other}");
    }
    room.run(["verify", "list.img"]).expect_success("verify");
    for beside in ["list.img.manifest.json", "list.img.spdx.json"] {
        let text = fs::read_to_string(room.path(beside)).unwrap();
        urls.iter().for_each(|url| assert!(text.contains(url), "{url} in {beside}:\n{text}"));
    }
    let kept = room.run(["cache", "prune", "--keep", "list.toml"]).expect_success("prune");
    assert!(kept.stderr.contains("removed 0 files"), "{}", kept.stderr);
}

/// A spec and a network are enough: what a package has to have comes when it is missing.
#[test]
fn a_build_fetches_the_packages_that_are_missing() {
    let Some(room) = Room::new() else { return };
    let Some(gpg) = Gpg::new() else { return };
    let key = gpg.key("20200101T000000", "archive", "ed25519", "never");
    fs::write(room.path("key.gpg"), gpg.export(&[&key])).unwrap();
    let iso = fs::read(room.iso("x.iso")).unwrap();
    let mut archive = Archive::default();
    let index = archive.pool(&[Package::new("rescue", "1.0").file("usr/x.iso", iso)]);
    let lines = ["amd64", "arm64"].map(|arch| archive.index("test", arch, &index)).concat();
    let date = "Thu, 02 Jan 2020 00:00:00 UTC";
    let suite = Suite { suite: "stable", codename: "test", date, more: "" };
    archive.sign("test", &suite.list(&lines), &gpg, "20200102T000000", &[&key]);
    let files = archive.files;
    let server = Server::start(move |request| {
        let path = request.target.strip_prefix("/debian/").unwrap_or_default();
        match files.get(path) {
            Some(bytes) => Answer::ok(bytes),
            None => Answer::new("404 Not Found", &[], b""),
        }
    });
    let spec = |mirror: &str| {
        format!(
            "[packages]\nmirror = \"{mirror}\"\nsuite = \"test\"\nkeyring = \"key.gpg\"\n\
             [[iso]]\npackage = \"rescue\"\nmember = \"usr/x.iso\"\n"
        )
    };
    let mirror = server.url("/debian");
    room.text("key.toml", &spec(&mirror));
    let offline = room.run(["build", "key.toml", "-o", "key.img", "--offline"]);
    refused(&offline, IO, &["rescue", "has not been fetched", "`bootkey fetch` of the spec"]);
    refused(&room.run(["fetch", "key.toml", "--offline"]), IO, &["rescue", "has not been fetched"]);
    refused(&room.run(["build", "key.toml", "-o", "missing/key.img"]), IO, &["missing"]);
    assert_eq!(server.requests().len(), 0);
    // Where the archive has it not, both are told: what it said, and what is missing.
    room.text("other.toml", &spec(&server.url("/other")));
    let says = [&*server.url("/other"), "rescue", "has not been fetched"];
    refused(&room.run(["build", "other.toml", "-o", "key.img"]), IO, &says);
    assert!(!room.path("key.img").exists());

    let build = ["build", "key.toml", "-o", "key.img", "--sbom", "--manifest"];
    let built = room.run(build).expect_success("build");
    assert!(built.stderr.contains(&format!("getting {mirror}")), "{}", built.stderr);
    let asked = server.requests().len();
    // The package's own address is in the lists of what is in the key.
    let deb = server.requests().into_iter().map(|request| request.target);
    let deb = server.url(&deb.clone().find(|target| target.ends_with(".deb")).unwrap());
    for beside in ["key.img.manifest.json", "key.img.spdx.json"] {
        let text = fs::read_to_string(room.path(beside)).unwrap();
        assert!(text.contains(&format!("\"{deb}\"")), "{deb} in {beside}:\n{text}");
    }
    room.run(["fetch", "key.toml", "--offline"]).expect_success("all is there");
    room.run(["build", "key.toml", "-o", "again.img"]).expect_success("again");
    assert_eq!(server.requests().len(), asked);
    assert!(fs::read(room.path("key.img")).unwrap() == fs::read(room.path("again.img")).unwrap());
}

/// Many keys of a spec with an ISO at that address.
fn many(room: &Room, url: &str) -> [&'static str; 5] {
    let digest = "0".repeat(64);
    room.text("key.toml", &format!("[[iso]]\nurl = \"{url}\"\nsha256 = \"{digest}\"\n"));
    room.text(
        "sites.toml",
        "spec = \"key.toml\"\n[[key]]\nname = \"a\"\n[[key]]\nname = \"b\"\n[[key]]\nname = \"c\"\n",
    );
    ["build", "--each", "sites.toml", "-o", "out/{name}.img"]
}

#[test]
fn many_keys_do_not_each_wait_for_a_server_that_is_not_there() {
    let Some(room) = Room::new() else { return };
    // Nobody listens there any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{gone}/x.iso");
    let ran = room.run(many(&room, &url));
    refused(&ran, IO, &["3 of 3 keys were not made"]);
    let errors =
        ran.stderr.lines().filter(|line| line.starts_with("error: ") && line.contains(&url));
    let (again, asked): (Vec<_>, Vec<_>) =
        errors.partition(|line| line.contains("not asked again"));
    assert_eq!((asked.len(), again.len()), (1, 2), "{}", ran.stderr);
}
