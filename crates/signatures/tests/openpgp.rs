//! Tests of OpenPGP signatures against gpg and gpgv: what they make is accepted, what they refuse is
//! refused, and what was tampered with is refused by both.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use signatures::{Error, Keyring};
use std::fs;
use std::path::PathBuf;
use testbench::{Gpg, flip, missing, oracle, run};

/// The time when the keys of the tests are made, and a day later.
const MADE: &str = "20260101T000000";
const NOW: &str = "20260102T000000";
const NOW_SECONDS: u64 = 1_767_312_000;
const YEAR: u64 = 365 * 86_400;

const TEXT: &str =
    "Origin: Test\n- a dash, and blanks at the end \t\nFrom here\n\n-----BEGIN\nend\n";
/// What of it is signed.
const SIGNED: &str =
    "Origin: Test\n- a dash, and blanks at the end\nFrom here\n\n-----BEGIN\nend\n";

fn why(result: Result<impl core::fmt::Debug, Error>) -> String {
    result.unwrap_err().to_string()
}

/// What gpg says of a signature at a time.
fn gpg_accepts(gpg: &Gpg, time: &str, document: &[u8]) -> bool {
    let file = gpg.home().join("document");
    fs::write(&file, document).unwrap();
    let ran = run(gpg.command(time).arg("--verify").arg(&file));
    let good = ran.stderr.contains("Good signature");
    good && ran.status == Some(0)
}

#[test]
fn what_gpg_signs_is_accepted_and_what_it_refuses_is_not() {
    let Some(gpg) = Gpg::new() else { return };
    for algorithm in ["ed25519", "rsa2048", "nistp256"] {
        let key = gpg.key(MADE, algorithm, algorithm, "2y");
        let keyring = Keyring::read(&gpg.export(&[&key])).unwrap();
        let certificate = &keyring.certificates()[0];
        assert_eq!(certificate.fingerprint(), key);
        assert_eq!(certificate.user_ids(), [format!("{algorithm} <{algorithm}@example.org>")]);
        assert!(!certificate.is_revoked());
        assert_eq!(certificate.expires(), Some(NOW_SECONDS - 86_400 + 2 * YEAR));

        let document = gpg.sign(NOW, &[&key], &["--clearsign"], TEXT.as_bytes());
        let verified = keyring.verify_cleartext(&document, NOW_SECONDS).unwrap();
        assert_eq!(verified.text, SIGNED);
        assert_eq!((&*verified.signer.key, verified.signer.made), (&*key, NOW_SECONDS));
        assert!(gpg_accepts(&gpg, NOW, &document));

        // Every change of the text or the signature is noticed, by gpg as well.
        let text = String::from_utf8(document.clone()).unwrap();
        let tampered = [
            text.replace("From here", "From hers"),
            text.replace("From here\n", "From here\nOrigin: evil\n"),
            text.replace("From here\n", ""),
        ];
        for tampered in tampered {
            assert_ne!(tampered, text);
            let e = why(keyring.verify_cleartext(tampered.as_bytes(), NOW_SECONDS));
            assert!(e.contains("it is not a signature of this text"), "{e}");
            assert!(!gpg_accepts(&gpg, NOW, tampered.as_bytes()));
        }

        for how in [&["--detach-sign"][..], &["--detach-sign", "--armor"]] {
            let signature = gpg.sign(NOW, &[&key], how, TEXT.as_bytes());
            let signer = keyring.verify_detached(TEXT.as_bytes(), &signature, NOW_SECONDS).unwrap();
            assert_eq!(signer.certificate, key);
            let e = why(keyring.verify_detached(SIGNED.as_bytes(), &signature, NOW_SECONDS));
            assert!(e.contains("it is not a signature of this text"), "{e}");
            for at in (0..signature.len()).step_by(7) {
                let mut broken = signature.clone();
                broken[at] ^= 4;
                // What is not covered by the signature, such as the armour's checksum, may change.
                if let Ok(signer) = keyring.verify_detached(TEXT.as_bytes(), &broken, NOW_SECONDS) {
                    assert_eq!(signer.key, key);
                }
                let _ = keyring.verify_detached(TEXT.as_bytes(), &signature[..at], NOW_SECONDS);
            }
        }
    }
}

#[test]
fn time_is_the_callers() {
    let Some(gpg) = Gpg::new() else { return };
    let key = gpg.key(MADE, "a", "ed25519", "2y");
    let keyring = Keyring::read(&gpg.export(&[&key])).unwrap();
    let document = gpg.sign(NOW, &[&key], &["--clearsign"], TEXT.as_bytes());
    let at = |at: u64| keyring.verify_cleartext(&document, at);
    assert!(at(NOW_SECONDS - 86_400).is_ok() && at(NOW_SECONDS - 86_400 + 2 * YEAR - 1).is_ok());
    let e = why(at(NOW_SECONDS - 86_400 + 2 * YEAR));
    assert!(e.contains(&format!("by {key}: the key has expired")), "{e}");
    assert!(gpg.run("20280102T000000", &["--list-keys"]).stdout.contains("expired"));
    let e = why(at(NOW_SECONDS - 3 * 86_400));
    assert!(e.contains("3 days in the future by this machine's clock"), "{e}");

    let how = ["--default-sig-expire", "3d", "--clearsign"];
    let document = gpg.sign(NOW, &[&key], &how, TEXT.as_bytes());
    let at = |at: u64| keyring.verify_cleartext(&document, at);
    assert!(at(NOW_SECONDS + 3 * 86_400 - 1).is_ok());
    assert!(why(at(NOW_SECONDS + 3 * 86_400)).contains("it has expired"));
    assert!(gpg_accepts(&gpg, NOW, &document) && !gpg_accepts(&gpg, "20260201T000000", &document));
}

#[test]
fn one_good_signature_suffices_and_no_other_counts() {
    let Some(gpg) = Gpg::new() else { return };
    let [a, b, weak] = [("a", "ed25519"), ("b", "ed25519"), ("weak", "rsa1024")]
        .map(|(name, algorithm)| gpg.key(MADE, name, algorithm, "2y"));
    let of = |keys: &[&str]| Keyring::read(&gpg.export(keys)).unwrap();
    let (only_a, only_b) = (of(&[&a]), of(&[&b]));
    let both = gpg.sign(NOW, &[&b, &a], &["--clearsign"], TEXT.as_bytes());
    assert_eq!(only_a.verify_cleartext(&both, NOW_SECONDS).unwrap().signer.key, a);
    assert_eq!(only_b.verify_cleartext(&both, NOW_SECONDS).unwrap().signer.key, b);
    let by_b = gpg.sign(NOW, &[&b], &["--clearsign"], TEXT.as_bytes());
    let e = why(only_a.verify_cleartext(&by_b, NOW_SECONDS));
    let expected = format!("by {b}: the key is none of those that are trusted");
    assert!(e.contains(&expected), "{e}");
    assert!(only_a.clone().and(only_b.clone()).verify_cleartext(&by_b, NOW_SECONDS).is_ok());
    assert!(
        of(&[&a, &b])
            .filter(|c| c.fingerprint() == a)
            .verify_cleartext(&by_b, NOW_SECONDS)
            .is_err()
    );
    assert!(Keyring::default().verify_cleartext(&by_b, NOW_SECONDS).is_err());

    let refused = |how: &[&str], words: &str| {
        let document = gpg.sign(NOW, &[&a], &[how, &["--clearsign"]].concat(), TEXT.as_bytes());
        let e = why(only_a.verify_cleartext(&document, NOW_SECONDS));
        assert!(e.contains(words), "{e}");
    };
    refused(&["--digest-algo", "SHA1"], "its hash, SHA1, is too weak");
    refused(&["--sig-notation", "!x@example.org=y"], "a critical condition that is not understood");
    let text_mode = gpg.sign(NOW, &[&a], &["--textmode", "--detach-sign"], TEXT.as_bytes());
    let e = why(only_a.verify_detached(TEXT.as_bytes(), &text_mode, NOW_SECONDS));
    assert!(e.contains("it is of the type Text, not Binary"), "{e}");
    let e = Keyring::read(&gpg.export(&[&weak])).unwrap_err().to_string();
    assert!(e.contains("too weak"), "{e}");

    // Revoked by its owner.
    let home = gpg.home();
    let revocation = home.join("openpgp-revocs.d").join(format!("{a}.rev"));
    let text = fs::read_to_string(revocation).unwrap().replace(":-----BEGIN", "-----BEGIN");
    fs::write(home.join("revocation"), text).unwrap();
    gpg.run(NOW, &["--import", home.join("revocation").to_str().unwrap()]);
    let revoked = of(&[&a]);
    assert!(revoked.certificates()[0].is_revoked());
    let document = gpg.sign(NOW, &[&b], &["--clearsign"], TEXT.as_bytes());
    assert!(of(&[&a, &b]).verify_cleartext(&document, NOW_SECONDS).is_ok());
    let e = why(revoked.verify_cleartext(&both, NOW_SECONDS));
    assert!(e.contains("the key has been revoked"), "{e}");

    // A keyring that has not heard of it yet does not make it good again.
    for merged in [only_a.clone().and(revoked.clone()), revoked.and(only_a)] {
        assert_eq!(merged.certificates().len(), 1);
        assert!(merged.certificates()[0].is_revoked());
        let e = why(merged.verify_cleartext(&both, NOW_SECONDS));
        assert!(e.contains("the key has been revoked"), "{e}");
    }
    let before = gpg.export(&[&b]);
    gpg.run(NOW, &["--quick-set-expire", &b, "1m"]);
    let both = [before, gpg.export(&[&b])].concat();
    let (merged, month) = (Keyring::read(&both).unwrap(), NOW_SECONDS + 31 * 86_400);
    assert_eq!(merged.certificates().len(), 1);
    assert!(merged.verify_cleartext(&document, NOW_SECONDS).is_ok());
    let e = why(merged.verify_cleartext(&document, month));
    assert!(e.contains("the key has expired"), "{e}");
    assert!(only_b.verify_cleartext(&document, month).is_ok());
}

/// A subkey signs for its certificate as long as that vouches for it.
#[test]
fn subkeys_sign_for_their_certificates() {
    let Some(gpg) = Gpg::new() else { return };
    let key = gpg.key(MADE, "a", "ed25519", "2y");
    gpg.run(MADE, &["--quick-add-key", &key, "ed25519", "sign", "1y"]);
    let keyring = Keyring::read(&gpg.export(&[&key])).unwrap();
    let document = gpg.sign(NOW, &[&key], &["--clearsign"], TEXT.as_bytes());
    let signer = keyring.verify_cleartext(&document, NOW_SECONDS).unwrap().signer;
    assert_eq!(signer.certificate, key);
    assert_ne!(signer.key, key);
    let e = why(keyring.verify_cleartext(&document, NOW_SECONDS + YEAR));
    assert!(e.contains("the key has expired"), "{e}");
    // Without what binds it to the certificate, and bound to another, it is nobody's.
    let other = gpg.key(MADE, "b", "ed25519", "2y");
    let (of_a, of_b) = (packets(&gpg.export(&[&key])), packets(&gpg.export(&[&other])));
    assert_eq!((of_a.len(), of_b.len()), (5, 3), "key, name, signature; subkey, signature");
    for keyring in [of_a[..4].concat(), [&of_b[..], &of_a[3..]].concat().concat()] {
        let keyring = Keyring::read(&keyring).unwrap();
        let e = why(keyring.verify_cleartext(&document, NOW_SECONDS));
        assert!(e.contains("the key is none of those that are trusted"), "{e}");
    }
}

/// The packets of a binary keyring, which gpg writes with headers of the old form.
fn packets(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    while let [tag, rest @ ..] = bytes {
        let len = match tag & 3 {
            0 => 2 + usize::from(rest[0]),
            1 => 3 + usize::from(u16::from_be_bytes([rest[0], rest[1]])),
            other => panic!("a length of kind {other}"),
        };
        packets.push(bytes[..len].to_vec());
        bytes = &bytes[len..];
    }
    packets
}

#[test]
fn keyrings_are_binary_or_armoured_and_nothing_else() {
    let Some(gpg) = Gpg::new() else { return };
    let keys = ["a", "b"].map(|name| gpg.key(MADE, name, "ed25519", "never"));
    let count = |bytes: &[u8]| Keyring::read(bytes).map(|k| k.certificates().len());
    let binary = gpg.export(&[&keys[0], &keys[1]]);
    assert_eq!(count(&binary).unwrap(), 2);
    let armour = |key: &str| gpg.run(NOW, &["--armor", "--export", key]).stdout;
    let both = format!("a note\n{}\nanother\n{}", armour(&keys[0]), armour(&keys[1]));
    assert_eq!(count(both.as_bytes()).unwrap(), 2);
    assert_eq!(Keyring::read(&binary).unwrap().certificates()[0].expires(), None);
    let says = |bytes: &[u8], words: &str| {
        let e = count(bytes).unwrap_err().to_string();
        assert!(e.contains(words), "{e}");
    };
    says(b"", "it has no line `-----BEGIN PGP PUBLIC KEY BLOCK-----`");
    says(b"<html>", "is no OpenPGP keyring");
    says(b"\x80", "no key that may sign");
    says(&vec![0x80; (4 << 20) + 1], "longer than");
    let signature = gpg.sign(NOW, &[&keys[0]], &["--detach-sign"], b"x");
    says(&signature, "no key that may sign");
    for at in 0..binary.len() {
        // No damage makes it panic.
        let _ = count(&binary[..at]);
        let _ = count(&flipped(&binary, at));
    }
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 0x10;
    bytes
}

/// Debian's own lists, with this machine's copy of its keys, as gpgv sees them.
#[test]
fn gpgv_agrees_on_debians_lists() {
    let Some(gpgv) = oracle("gpgv") else { return };
    let keys = PathBuf::from("/usr/share/keyrings/debian-archive-keyring.gpg");
    let lists = fs::read_dir("/var/lib/apt/lists").into_iter().flatten().flatten();
    let lists: Vec<_> = lists
        .map(|e| e.path())
        .filter(|p| p.to_str().is_some_and(|p| p.contains("debian") && p.ends_with("InRelease")))
        .collect();
    if lists.is_empty() || !keys.is_file() {
        return missing("a list of Debian's among apt's");
    }
    let keyring = Keyring::read(&fs::read(&keys).unwrap()).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let dir = tempfile::tempdir().unwrap();
    for list in lists {
        let bytes = fs::read(&list).unwrap();
        let verified = keyring.verify_cleartext(&bytes, now).unwrap();
        let gpgv = |file: &std::path::Path| {
            let mut command = gpgv.command();
            command.arg("--keyring").arg(&keys).args(["--status-fd=1", "--output=-"]).arg(file);
            run(&mut command)
        };
        let said = gpgv(&list).expect_success("gpgv").stdout;
        let valid = format!("VALIDSIG {}", verified.signer.key);
        assert!(said.contains(&valid), "{said}");
        assert!(
            said.replace("\r\n", "\n").contains(verified.text.trim_end()),
            "{}",
            list.display()
        );

        let tampered = dir.path().join("InRelease");
        fs::write(&tampered, &bytes).unwrap();
        flip(&tampered, bytes.len() as u64 / 3, 1);
        gpgv(&tampered).expect_objection(1, "BADSIG", "a byte was flipped");
        let e = why(keyring.verify_cleartext(&fs::read(&tampered).unwrap(), now));
        assert!(e.contains("it is not a signature of this text"), "{e}");
    }
}
