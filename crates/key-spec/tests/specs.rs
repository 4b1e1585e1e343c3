//! Every spec in `specs/good` is read as the snapshot beside it says; every one in `specs/bad`
//! is refused with the message beside it.
#![allow(clippy::disallowed_methods)] // tests touch the outside
#![allow(clippy::unwrap_used)]

use key_spec::Spec;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs").join(name)
}

/// The specs of a folder with what `show` makes of each, against the snapshots beside them.
fn each(name: &str, show: impl Fn(&str, &str) -> String) {
    let folder = folder(name);
    let mut specs: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    specs.sort();
    assert!(specs.len() > 3, "{specs:?}");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for path in specs {
        let text = std::fs::read_to_string(&path).unwrap();
        let file = path.file_name().unwrap().to_str().unwrap();
        let shown = show(file, &text);
        settings
            .bind(|| insta::assert_snapshot!(path.file_stem().unwrap().to_str().unwrap(), shown));
    }
}

#[test]
fn good_specs() {
    each("good", |file, text| match Spec::parse(file, text) {
        Ok(spec) => format!("{spec:#?}"),
        Err(e) => panic!("{e}"),
    });
}

#[test]
fn bad_specs() {
    each("bad", |file, text| match Spec::parse(file, text) {
        Ok(spec) => panic!("{file} was accepted: {spec:#?}"),
        Err(e) => e.to_string(),
    });
}

#[test]
fn an_empty_spec_is_the_default() {
    assert_eq!(Spec::parse("empty.toml", "").unwrap(), Spec::default());
    assert_eq!(Spec::default().seed(), key_spec::Seed::Contents);
    assert_eq!(Spec::default().name(), "key");
}

/// The text of `everything.toml`, a spec with every key.
fn everything() -> String {
    std::fs::read_to_string(folder("good").join("everything.toml")).unwrap()
}

/// The spec that the text of `spec` is read as, with the lines that its ISOs had.
fn written_and_read(spec: &Spec) -> Spec {
    let text = spec.to_toml();
    let mut read = Spec::parse("written.toml", &text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    for (iso, had) in read.iso.iter_mut().zip(&spec.iso) {
        iso.line = had.line;
    }
    read
}

#[test]
fn a_written_spec_is_read_as_it_was() {
    assert_eq!(Spec::default().to_toml(), "", "what is usual goes without saying");
    for entry in std::fs::read_dir(folder("good")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "toml") {
            let spec = Spec::parse("x", &std::fs::read_to_string(&path).unwrap()).unwrap();
            assert_eq!(written_and_read(&spec), spec, "{}", path.display());
        }
    }
}

proptest! {
    /// Specs that lack some of what a spec can say, with odd texts in places.
    #[test]
    fn any_spec_is_written_and_read_as_it_was(
        keep in prop::collection::vec(prop::bool::weighted(0.96), 120),
        odd in "[^\\x00-\\x1f\\x7f-\\x9f]{1,12}",
        extra in "\\PC{0,9}[\"'\\\\\n\r\t]{0,3}\\PC{0,3}",
    ) {
        let lines = everything();
        let text = lines.lines().zip(keep).filter(|(line, keep)| *keep || line.starts_with('['));
        let text: String = text.map(|(line, _)| format!("{line}\n")).collect();
        if let Ok(mut spec) = Spec::parse("x.toml", &text) {
            if let Ok(line) = key_spec::Line::try_from(odd) {
                spec.key.name = Some(line.clone());
                spec.menu.default = key_spec::DefaultEntry::Named(line.clone());
                for iso in &mut spec.iso {
                    iso.title = Some(line.clone());
                }
            }
            spec.menu.extra = Some(extra);
            if spec.menu.default != key_spec::DefaultEntry::Named(key_spec::Line::try_from("saved".to_owned()).unwrap()) {
                prop_assert_eq!(written_and_read(&spec), spec);
            }
        }
    }

    #[test]
    fn no_text_panics(text: String) {
        let _ = Spec::parse("x.toml", &text).map_err(|e| e.to_string());
    }

    /// Nor does a real spec with a piece of it replaced by something odd.
    #[test]
    fn no_damage_panics(
        at in any::<prop::sample::Index>(),
        len in 0..40usize,
        odd in "[\\[\\]{}=\"'\n\r\t #.,0-9a-z\u{0}\u{7f}é\u{10ffff}-]{0,6}",
    ) {
        let mut chars: Vec<char> = everything().chars().collect();
        let at = at.index(chars.len());
        let end = (at + len).min(chars.len());
        chars.splice(at..end, odd.chars());
        let text: String = chars.into_iter().collect();
        if let Err(e) = Spec::parse("x.toml", &text) {
            prop_assert!(e.to_string().starts_with("x.toml:"));
        }
    }
}

/// The values that a message proposes: TOML behind "use", "write", "such as" or "at least".
fn proposed(message: &str) -> Vec<&str> {
    let words = ["; use ", "such as ", "at least "];
    let Some(tail) = words.iter().find_map(|w| Some(message.split_once(w)?.1)) else {
        return Vec::new();
    };
    let is_value = |text: &&str| toml::from_str::<toml::Table>(&format!("x = {text}")).is_ok();
    let parts: Vec<&str> = match tail.starts_with('[') {
        true => vec![tail],
        false => tail.split(", ").flat_map(|part| part.split(" or ")).collect(),
    };
    parts.into_iter().filter(is_value).collect()
}

/// Whatever a message proposes in the place of what it underlines is taken.
#[test]
fn what_messages_propose_is_taken() {
    let mut applied = 0;
    for entry in std::fs::read_dir(folder("bad")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let message = Spec::parse("x.toml", &text).unwrap_err().to_string();
        let first = message.lines().next().unwrap();
        let mut place = first.split(':').skip(1).map_while(|n| n.parse::<usize>().ok());
        let (Some(line), Some(column)) = (place.next(), place.next()) else { continue };
        let marked = message.lines().last().unwrap().matches('^').count();
        let before: usize = text.lines().take(line - 1).map(|l| l.len() + 1).sum();
        let at = before + column - 1;
        for value in proposed(first) {
            let mended = format!("{}{value}{}", &text[..at], &text[at + marked..]);
            if let Err(e) = Spec::parse("x.toml", &mended) {
                panic!("{first}: {value}: {e}\n{mended}");
            }
            applied += 1;
        }
    }
    assert!(applied >= 30, "{applied}");
}
