//! Tests of which sources are asked.

use super::*;
use std::fs;

/// The sources, as `mirror suite components keys`.
fn found(wishes: &Wishes, root: &Path) -> Vec<String> {
    let line = |s: Source| {
        let keys = s.keys.certificates().len();
        format!("{} {} {} {keys}", s.mirrors.join(","), s.suite, s.components.join(","))
    };
    sources(wishes, root).unwrap().into_iter().map(line).collect()
}

fn suite(suite: &str) -> Wishes {
    Wishes { suite: Some(suite.to_owned()), ..Wishes::default() }
}

fn machine(os: &str, list: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("etc/apt/trusted.gpg.d")).unwrap();
    fs::write(dir.path().join("etc/os-release"), os).unwrap();
    fs::write(dir.path().join("etc/apt/sources.list"), list).unwrap();
    dir
}

/// A key of nobody's.
const OTHER: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n\
    mDMEaVW5ABYJKwYBBAHaRw8BAQdA33HzWVJc3jt8RR+Tx/qFcGLGRLWgVzk+3Uwv\n\
    4w9XD5y0C3RoaXJkIHBhcnR5iJAEExYIADgWIQQ9sahgX7XugBjJqvxRs1A/wqwd\n\
    EQUCaVW5AAIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAKCRBRs1A/wqwdEaqb\n\
    AQDtK5aM6wtB80hKAc4WwbBzvjUfGx8S6TsjLaQMrpn0swEAsIMNxyqhI8NR8WqS\n\
    3/GVJ2eCenHfMBIFZTkI/2TXYA0=\n=md54\n-----END PGP PUBLIC KEY BLOCK-----\n";

const BOOKWORM: &str = "ID=debian\nVERSION_CODENAME=bookworm\n";

#[test]
fn a_machine_without_sources_asks_debians_mirrors() {
    let default = |codename: &str| {
        [
            "http://ftp.debian.org/debian CODENAME main 9",
            "http://ftp.debian.org/debian CODENAME-updates main 9",
            "http://security.debian.org/debian-security CODENAME-security main 9",
        ]
        .map(|line| line.replace("CODENAME", codename))
    };
    let fedora = machine("ID=fedora\nVERSION_CODENAME=\"\"\n", "");
    assert_eq!(found(&Wishes::default(), fedora.path()), default("trixie"));
    assert_eq!(found(&suite("bookworm"), fedora.path()), default("bookworm"));
    assert_eq!(found(&suite("sid"), fedora.path()), default("sid")[..1]);
    let third_party = machine(BOOKWORM, "deb http://x nodistro main\ndeb http://y ./\n");
    assert_eq!(found(&Wishes::default(), third_party.path()), default("trixie"));
}

#[test]
fn a_machines_own_sources_are_those_of_its_release() {
    let list = "deb http://a/debian/ bookworm main contrib\ndeb http://a/debian bookworm-backports main\n\
                deb http://s bookworm-security main\ndeb cdrom:[x]/ bookworm main\n\
                deb http://third nodistro main\ndeb http://t cloud-sdk-bookworm main\n";
    let dir = machine(BOOKWORM, list);
    let own = [
        "http://a/debian bookworm main,contrib 9",
        "http://a/debian bookworm-backports main 9",
        "http://s bookworm-security main 9",
    ];
    assert_eq!(found(&Wishes::default(), dir.path()), own);
    assert_eq!(found(&suite("bookworm"), dir.path()), own);
    let other = ["http://a/debian trixie main,contrib 9", "http://s trixie-security main 9"];
    assert_eq!(found(&suite("trixie"), dir.path()), other);
    let ubuntu =
        machine("ID=ubuntu\nVERSION_CODENAME=noble\n", "deb http://u noble-updates main\n");
    assert_eq!(found(&Wishes::default(), ubuntu.path()), ["http://u noble-updates main 0"]);
    assert!(found(&suite("trixie"), ubuntu.path())[0].starts_with("http://ftp.debian.org"));
    let moving = machine("ID=debian\n", "deb http://a testing main\n");
    assert_eq!(found(&Wishes::default(), moving.path()), ["http://a testing main 9"]);
}

#[test]
fn a_third_party_with_a_suite_of_the_same_name_is_not_asked() {
    let debian = include_str!("../../../data/debian-archive-keys.asc");
    let dir = machine(BOOKWORM, "");
    let root = dir.path();
    let sign = |file: &str, text: &str| fs::write(root.join("etc").join(file), text).unwrap();
    let own = "deb [signed-by=/etc/own.asc] http://own bookworm main\n";
    let third = "deb [signed-by=/etc/third.asc] http://docker bookworm stable\n\
                 deb [signed-by=/etc/third.asc] http://pgdg bookworm-pgdg main\n\
                 deb [signed-by=/etc/weak.asc] http://chrome stable main\n\
                 deb [signed-by=/etc/none.asc] http://gone bookworm main\n";
    fs::write(root.join("etc/apt/sources.list"), [third, own].concat()).unwrap();
    sign("own.asc", debian);
    sign("third.asc", OTHER);
    sign("weak.asc", "x");
    assert_eq!(found(&Wishes::default(), root), ["http://own bookworm main 9"]);
    assert_eq!(found(&suite("trixie"), root), ["http://own trixie main 9"]);
    // One that names no keys may be anybody's: its signature tells.
    fs::write(root.join("etc/apt/sources.list"), "deb http://x bookworm main\n").unwrap();
    fs::write(root.join("etc/apt/trusted.gpg.d/third.asc"), OTHER).unwrap();
    let source = &sources(&Wishes::default(), root).unwrap()[0];
    assert_eq!((source.keys.certificates().len(), source.others.certificates().len()), (9, 1));
    assert_eq!(source.origin.as_deref(), Some("debian"));

    // Of other distributions, the keys are those that its package of keys has.
    fs::write(root.join("etc/apt/sources.list"), third.replace("bookworm", "noble")).unwrap();
    fs::write(root.join("etc/os-release"), "ID=ubuntu\nVERSION_CODENAME=noble\n").unwrap();
    let hosts = ["http://docker noble stable 1", "http://pgdg noble-pgdg main 1"];
    assert_eq!(found(&Wishes::default(), root), hosts, "nobody knows; `Origin` decides");
    let keys = root.join("usr/share/keyrings/ubuntu-archive-keyring.gpg");
    fs::create_dir_all(keys.parent().unwrap()).unwrap();
    fs::write(keys, debian).unwrap();
    // Nor is Debian's taken there because nothing can be read.
    assert!(sources(&Wishes::default(), root).unwrap_err().to_string().contains("weak.asc"));
    sign("weak.asc", OTHER);
    sign("none.asc", OTHER);
    assert!(found(&Wishes::default(), root)[0].starts_with("http://ftp.debian.org"));
}

#[test]
fn nobodys_password_is_in_an_url() {
    let dir = machine(BOOKWORM, "deb http://me:se@cret@a/debian@x bookworm main\n");
    let own = ["http://***@a/debian@x bookworm main 9"];
    assert_eq!(found(&Wishes::default(), dir.path()), own);
    for bad in ["http://me:secret@m", "ftp://me:secret@m"] {
        let wishes = Wishes { mirrors: vec![bad.into()], ..Wishes::default() };
        let said = format!("{:?}", sources(&wishes, dir.path()));
        assert!(said.contains("***@m") && !said.contains("secret"), "{said}");
    }
}

#[test]
fn a_file_that_is_known_may_come_from_any_mirror() {
    let list = "deb http://a bookworm main\ndeb http://s bookworm-security main\n";
    let dir = machine(BOOKWORM, list);
    let of = |wishes: &Wishes, suite| mirrors(wishes, dir.path(), suite).unwrap();
    let official = ["http://ftp.debian.org/debian", "http://security.debian.org/debian-security"];
    let none = Wishes::default();
    assert_eq!(of(&none, "bookworm"), ["http://a", "http://s", official[0], official[1]]);
    let security = of(&none, "bookworm-security");
    assert_eq!(security, ["http://s", "http://a", official[1], official[0]]);
    assert_eq!(of(&none, "trixie-security"), security);
    // No file of keys matters, nor one that is not there.
    let keyring = Some("/none".into());
    let named = Wishes { mirrors: vec!["http://m/".into()], suite: None, keyring };
    assert_eq!(of(&named, "bookworm"), ["http://m"]);
    // What was mistyped is not passed over for others.
    let named = Wishes { mirrors: vec!["htp://me:secret@m".into()], ..named };
    let said = mirrors(&named, dir.path(), "bookworm").unwrap_err().to_string();
    assert!(said.contains("is no URL of a mirror") && !said.contains("secret"), "{said}");
}

#[test]
fn a_mirror_that_was_named_is_asked_alone() {
    let dir = machine(BOOKWORM, "deb http://a bookworm main\n");
    let mirrors = vec!["http://m/debian/".to_owned(), "https://n".to_owned()];
    let wishes = Wishes { mirrors, ..Wishes::default() };
    assert_eq!(found(&wishes, dir.path()), ["http://m/debian,https://n bookworm main 9"]);
    let wishes = Wishes { suite: Some("trixie".into()), ..wishes };
    assert_eq!(found(&wishes, dir.path())[0], "http://m/debian,https://n trixie main 9");
    let ubuntu = machine("ID=ubuntu\nVERSION_CODENAME=noble\n", "");
    let wishes = Wishes { suite: None, ..wishes };
    assert_eq!(found(&wishes, ubuntu.path())[0], "http://m/debian,https://n trixie main 9");

    let keyring = dir.path().join("keys.asc");
    fs::write(&keyring, "x").unwrap();
    let wishes = Wishes { keyring: Some(keyring), ..wishes };
    assert!(sources(&wishes, dir.path()).unwrap_err().to_string().contains("keys.asc"));
    for bad in ["ftp://x", "http://", "http://x y", "http://x?y", "x"] {
        let wishes = Wishes { mirrors: vec![bad.into()], ..Wishes::default() };
        let e = sources(&wishes, dir.path()).unwrap_err().to_string();
        assert!(e.contains("is no URL of a mirror"), "{e}");
    }
    for bad in ["", "..", "a/../b", "a b", "a?"] {
        let e = sources(&suite(bad), dir.path()).unwrap_err().to_string();
        assert!(e.contains("is no suite"), "{e}");
    }
}
