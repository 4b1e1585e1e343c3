//! The digest that the page computes, by Node: NIST's vectors, and all lengths around the ends of blocks.
#![allow(clippy::disallowed_methods)] // tests touch the outside
#![allow(clippy::unwrap_used)] // and panic

use hex_digest::sha256_hex;
use testbench::{oracle, run};

const SOURCE: &str = include_str!("../assets/sha256.js");

/// Prints the digest of each of the texts in the arguments, which is added in pieces: `TEXT*TIMES/PIECE`.
const PRINT: &str = r#"
const Sha256 = eval(`(${sha256Source()})`);
for (const each of process.argv.slice(2)) {
  const [, text, times, piece] = each.match(/^(.*)\*(\d+)\/(\d+)$/);
  const bytes = new TextEncoder().encode(text.repeat(Number(times)));
  const digest = new Sha256();
  for (let at = 0; at < bytes.length; at += Number(piece)) digest.update(bytes.subarray(at, at + Number(piece)));
  console.log(digest.hex());
}
"#;

#[test]
fn the_pages_digests_are_those_of_sha_256() {
    let Some(node) = oracle("node") else { return };
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("print.js");
    std::fs::write(&script, [SOURCE, PRINT].concat()).unwrap();
    // FIPS 180-4's examples, and the long one of NIST's.
    let mut asked: Vec<(String, String)> = [
        ("*0/1", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc*1/64", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq*1/7",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        ("a*1000000/4096", "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ]
    .map(|(text, digest)| (text.to_owned(), digest.to_owned()))
    .to_vec();
    for len in 50..=135 {
        for piece in [1, 31, 64, 100] {
            let digest = sha256_hex("é".repeat(len).as_bytes());
            asked.push((format!("é*{len}/{piece}"), digest));
        }
    }
    let mut command = node.command();
    command.arg(&script).args(asked.iter().map(|(text, _)| text));
    let ran = run(&mut command).expect_success("node");
    let found: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(found.len(), asked.len());
    for ((text, digest), found) in asked.iter().zip(found) {
        assert_eq!(found, digest, "{text}");
    }
}
