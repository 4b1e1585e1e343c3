//! Tests of packages that are known by their digests: from whichever mirror has them, and from the
//! snapshot archive when none has them any more.
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use input_file::sha256_hex;
use packages::ArchiveError;
use packages::repository::{Fetching, Get, GetError, Pinned, Place, Snapshot, get_pinned};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

const DEB: &[u8] = b"the package";
const PATH: &str = "pool/g/grub_1.deb";
const SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
const FILES: &str = "http://snap/mr/binary/grub-pc-bin/1%3A2.06-13%2Bdeb12u1~x/binfiles";

type Answer = Result<&'static [u8], GetError>;

/// Servers that give answers in turn; the last one stays.
#[derive(Default)]
struct Web {
    answers: RefCell<BTreeMap<String, Vec<Answer>>>,
    asked: RefCell<Vec<String>>,
}

impl Web {
    fn at(self, url: impl Into<String>, answers: Vec<Answer>) -> Self {
        self.answers.borrow_mut().insert(url.into(), answers);
        self
    }
}

impl Get for Web {
    fn get(&self, url: &str, max_len: u64, out: &mut dyn Write) -> Result<u64, GetError> {
        self.asked.borrow_mut().push(url.to_owned());
        let mut all = self.answers.borrow_mut();
        let answers = all.get_mut(url).ok_or(GetError::NotFound)?;
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        let bytes = answer?;
        assert!(bytes.len() as u64 <= max_len || max_len == DEB.len() as u64);
        out.write_all(bytes).map_err(|e| GetError::NotKept(e.to_string()))?;
        Ok(bytes.len() as u64)
    }
}

fn busy(retry_after: Option<u64>) -> Answer {
    Err(GetError::Busy { why: "the server answers 429".to_owned(), retry_after })
}

/// What comes, and how long was waited before it.
fn get(web: &Web, mirrors: &[&str]) -> (Result<Vec<u8>, ArchiveError>, Vec<u64>) {
    let mut deb = b"what lay there".to_vec();
    let (got, waited) = get_into(web, mirrors, &mut deb);
    (got.map(|()| deb), waited)
}

fn get_into(
    web: &Web,
    mirrors: &[&str],
    place: &mut dyn Place,
) -> (Result<(), ArchiveError>, Vec<u64>) {
    let pinned = Pinned {
        package: "grub-pc-bin".into(),
        version: "1:2.06-13+deb12u1~x".into(),
        architecture: "amd64".into(),
        suite: "bookworm".into(),
        path: PATH.into(),
        len: DEB.len() as u64,
        sha256: sha256_hex(DEB),
    };
    let waited = RefCell::new(Vec::new());
    let wait = |pause: Duration| waited.borrow_mut().push(pause.as_secs());
    let snapshot = Snapshot { url: "http://snap".into(), wait: &wait };
    let mirrors: Vec<String> = mirrors.iter().map(|m| (*m).to_owned()).collect();
    let mut by = Fetching { client: web, now: 0, progress: &mut |_| () };
    let got = get_pinned(&pinned, &mirrors, Some(&snapshot), &mut by, place);
    (got, waited.into_inner())
}

fn snapshot(web: Web) -> Web {
    let files = br#"{"result": [{"architecture": "arm64", "hash": "x"},
        {"architecture": "amd64", "hash": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}]}"#;
    web.at(FILES, vec![Ok(files)]).at(format!("http://snap/file/{SHA1}"), vec![Ok(DEB)])
}

#[test]
fn the_first_mirror_that_has_the_very_file_is_enough() {
    let down = || Err(GetError::Failed("no answer".into()));
    let web = Web::default()
        .at(format!("http://a/{PATH}"), vec![down()])
        .at(format!("http://b/{PATH}"), vec![Ok(b"another of its len")])
        .at(format!("http://c/{PATH}"), vec![Ok(DEB)]);
    let (got, waited) = get(&snapshot(web), &["http://a", "http://b", "http://c", "http://d"]);
    assert_eq!((&*got.unwrap(), &*waited), (DEB, &[][..]));
}

/// A place with room for so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.0.checked_sub(bytes.len()) {
            Some(left) => self.0 = left,
            None => return Err(std::io::ErrorKind::StorageFull.into()),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Place for Full {
    fn empty(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn nobody_else_is_asked_when_the_disk_is_full() {
    for room in [0, DEB.len()] {
        let web = snapshot(Web::default()).at(format!("http://a/{PATH}"), vec![Ok(DEB)]);
        let (got, _) = get_into(&web, &["http://a", "http://b"], &mut Full(room));
        assert_eq!(got.is_ok(), room > 0);
        if let Err(e) = got {
            assert!(matches!(e, ArchiveError::NotKept { .. }), "{e}");
            assert!(e.to_string().contains("XDG_CACHE_HOME"), "{e}");
        }
        assert_eq!(*web.asked.borrow(), [format!("http://a/{PATH}")]);
        // The snapshot archive's answer has no room either.
        let web = snapshot(Web::default());
        let (got, _) = get_into(&web, &[], &mut Full(room));
        assert_eq!(matches!(got, Err(ArchiveError::NotKept { .. })), room == 0);
    }
}

#[test]
fn the_snapshot_archive_is_asked_last_and_one_thing_at_a_time() {
    let web = snapshot(Web::default());
    let (got, waited) = get(&web, &["http://a"]);
    assert_eq!((&*got.unwrap(), &*waited), (DEB, &[][..]));
    let file = format!("http://snap/file/{SHA1}");
    assert_eq!(*web.asked.borrow(), [&*format!("http://a/{PATH}"), FILES, &file]);
}

#[test]
fn a_snapshot_archive_that_is_asked_too_often_is_left_alone_for_a_while() {
    let file = format!("http://snap/file/{SHA1}");
    let web =
        snapshot(Web::default()).at(&*file, vec![busy(Some(7)), busy(None), busy(None), Ok(DEB)]);
    let (got, waited) = get(&web, &[]);
    assert_eq!((&*got.unwrap(), &*waited), (DEB, &[7, 10, 20][..]));

    let (got, waited) = get(&snapshot(Web::default()).at(FILES, vec![busy(None)]), &["http://a"]);
    let e = got.unwrap_err().to_string();
    assert!(e.contains("429") && waited == [5, 10, 20, 40, 80], "{e} {waited:?}");
    let (got, _) = get(&snapshot(Web::default()).at(FILES, vec![busy(Some(601))]), &[]);
    assert!(matches!(got, Err(ArchiveError::Unreachable { .. })), "it may be there");
    // A page to log in says nothing of the file.
    let (got, _) = get(&snapshot(Web::default()).at(FILES, vec![Ok(b"<html>")]), &["http://a"]);
    let e = got.unwrap_err();
    assert!(matches!(e, ArchiveError::Unreachable { .. }), "{e}");
    assert!(e.to_string().contains("none of a snapshot archive"), "{e}");
    // Nobody waits for a day.
    let (got, waited) = get(&snapshot(Web::default()).at(FILES, vec![busy(Some(86_400))]), &[]);
    let e = got.unwrap_err().to_string();
    assert!(e.contains("try again later") && waited.is_empty(), "{e}");
}

#[test]
fn what_nobody_has_any_more_is_named_with_all_that_was_tried() {
    let (mirror, file) = (format!("http://a/{PATH}"), format!("http://snap/file/{SHA1}"));
    for (web, says) in [
        (Web::default(), &["the server has nothing there", &mirror, FILES][..]),
        (Web::default().at(&*mirror, vec![Ok(b"other bytes")]), &["is another file", &mirror]),
        (snapshot(Web::default()).at(&*file, vec![Ok(b"other bytes")]), &["is another", &file]),
        (
            snapshot(Web::default()).at(FILES, vec![Ok(br#"{"result": []}"#)]),
            &["names no file for amd64"],
        ),
        (
            snapshot(Web::default()).at(
                FILES,
                vec![Ok(br#"{"result": [{"architecture": "amd64", "hash": "../../x"}]}"#)],
            ),
            &["names no file for amd64"],
        ),
    ] {
        let e = get(&web, &["http://a"]).0.unwrap_err();
        assert!(matches!(e, ArchiveError::Gone { .. }));
        let text = e.to_string();
        let first =
            ["grub-pc-bin 1:2.06-13+deb12u1~x", "bootkey lock SPEC.toml --update grub-pc-bin"];
        for part in first.iter().chain(says) {
            assert!(text.contains(part), "{part:?} is not in {text}");
        }
    }
}
