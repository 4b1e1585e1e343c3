//! A cleartext-signed document, a keyring, a detached signature, or a minisign signature, by the
//! first byte.
#![no_main]

use fuzz::{Seeds, readable, tagged};
use signatures::{Keyring, minisign};
use std::sync::LazyLock;

const KEYS: &[u8] = include_bytes!("../../../../crates/packages/data/debian-archive-keys.asc");
const MINISIGN: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

static KEYRING: LazyLock<Keyring> = LazyLock::new(|| Keyring::read(KEYS).expect("keys"));

fn seeds() -> Seeds {
    let head = &KEYS[..KEYS.len() / 9];
    let mut seeds = vec![("keys".to_owned(), tagged(1, head))];
    let lists = std::fs::read_dir("/var/lib/apt/lists").into_iter().flatten().flatten();
    for list in lists.map(|e| e.path()).filter(|p| p.to_string_lossy().ends_with("InRelease")) {
        let Ok(bytes) = std::fs::read(&list) else { continue };
        let name = list.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = String::from_utf8_lossy(&bytes);
        let Some(at) = text.find("-----BEGIN PGP SIGNATURE") else { continue };
        let short = [text.get(..200).unwrap_or_default(), "\n", &text[at..]].concat();
        seeds.push((format!("{name}-signature"), tagged(2, text[at..].as_bytes())));
        seeds.push((name, tagged(0, short.as_bytes())));
    }
    seeds
}

fuzz::target!(seeds, |data| {
    let Some((mode, rest)) = data.split_first() else { return };
    let at = 1_780_000_000;
    match mode % 4 {
        0 => match KEYRING.verify_cleartext(rest, at) {
            Ok(verified) => assert!(verified.text.ends_with('\n')),
            Err(e) => readable(&e),
        },
        1 => match Keyring::read(rest) {
            Ok(keys) => assert!(!keys.certificates().is_empty()),
            Err(e) => readable(&e),
        },
        2 => {
            if let Err(e) = KEYRING.verify_detached(b"text", rest, at) {
                readable(&e);
            }
        }
        _ => {
            let key = minisign::PublicKey::read(MINISIGN).expect("a key");
            if let Err(e) = key.verify(b"text", &String::from_utf8_lossy(rest)) {
                readable(&e);
            }
        }
    }
});
