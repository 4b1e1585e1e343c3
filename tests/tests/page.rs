//! Tests of a key's page in a real browser, Chromium, with files to check and hostile names; axe-core says
//! whether people can use it who see little or nothing.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use testbench::{Oracle, axe_core, oracle, run};
use tests::Room;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node/browser.mjs");
const HOSTILE: &str = "\"><script>attacked = 1</script><img src=x onerror='attacked = 1'>";

/// The browser, what drives it, and what checks pages in it.
struct Browser {
    node: Oracle,
    chromium: Oracle,
    axe: PathBuf,
}

impl Browser {
    #[track_caller]
    fn new() -> Option<Self> {
        Some(Self { node: oracle("node")?, chromium: oracle("chromium")?, axe: axe_core()? })
    }

    /// Opens the page, gives it the files one after the other, and returns what it then knows.
    fn open(&self, page: &Path, files: &[&Path]) -> Value {
        let profile = tempfile::tempdir().unwrap();
        let mut node = self.node.command();
        node.arg(SCRIPT).args([self.chromium.path(), profile.path(), page, &self.axe]).args(files);
        let found = run(&mut node).expect_success("Chromium");
        serde_json::from_str(&found.stdout).unwrap()
    }
}

/// A room with `key.img`, and `key.html` in that language.
fn built(language: &str) -> Option<Room> {
    let room = Room::with_handmade_grub(4000)?;
    room.iso("a.iso");
    room.text("key.toml", &format!("[[iso]]\npath = \"a.iso\"\ntitle = '''{HOSTILE}'''\n"));
    let page = format!("--page={language}");
    let args = ["build", "key.toml", "--grub", "grub", "-o", "key.img", &page];
    room.run(args).expect_success("bootkey build");
    Some(room)
}

fn list(found: &Value, name: &str) -> Vec<String> {
    let all = found[name].as_array().unwrap().iter();
    all.map(|each| each.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_page_tells_the_right_file_from_wrong_ones_and_can_be_used_by_everybody() {
    let Some(browser) = Browser::new() else { return };
    for language in ["en", "de"] {
        let Some(room) = built(language) else { return };
        let image = room.path("key.img");
        let mut bytes = fs::read(&image).unwrap();
        let (wrong, short) = (room.path("wrong.img"), room.path("short.img"));
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&wrong, &bytes).unwrap();
        fs::write(&short, &bytes[..bytes.len() - 1]).unwrap();

        let found = browser.open(&room.path("key.html"), &[&image, &wrong, &short]);
        let verdicts: Vec<&str> = found["verdicts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|verdict| verdict["className"].as_str().unwrap())
            .collect();
        assert_eq!(verdicts, ["good", "bad", "bad"], "{found}");
        assert_eq!(found["page"]["lang"], language);
        assert!(found["page"]["text"].as_str().unwrap().contains(HOSTILE), "{found}");
        assert_eq!(found["page"]["attacked"], false);
        assert_eq!(found["page"]["handlers"], 0);
        assert_eq!(list(&found, "complaints"), [""; 0]);
        assert_eq!(list(&found, "violations"), [""; 0]);
        // The page itself, and the worker that it makes.
        let elsewhere = |url: &String| !url.starts_with("file:///") && !url.starts_with("blob:");
        assert!(!list(&found, "requests").iter().any(elsewhere), "{found}");
    }
}

#[test]
fn the_browser_and_the_checker_object() {
    let Some(browser) = Browser::new() else { return };
    let Some(room) = built("en") else { return };
    let page = room.path("key.html");
    let text = fs::read_to_string(&page).unwrap();
    let image = room.path("key.img");
    let with = |part: &str| {
        fs::write(&page, text.replace("</main>", &format!("{part}</main>"))).unwrap();
        browser.open(&page, &[&image])
    };
    assert!(text.contains("</main>"));
    let says = |found: &Value, name: &str, words: &str| {
        assert!(list(found, name).iter().any(|each| each.contains(words)), "{words}: {found}");
    };
    // A script that got in is not run, and a picture is not fetched.
    let found = with("<script>attacked = 1</script><img src=\"http://127.0.0.1:9/x.png\">");
    says(&found, "complaints", "Content Security Policy");
    assert_eq!(found["page"]["attacked"], false);
    // A picture and a link without words.
    says(&found, "violations", "image-alt");
    let found = with("<a href=\"#check\"></a>");
    says(&found, "violations", "link-name");

    // A page for another image calls this one wrong.
    let digest = tests::sha256(&image);
    fs::write(&page, text.replace(&digest, &digest.chars().rev().collect::<String>())).unwrap();
    let found = browser.open(&page, &[&image]);
    assert_eq!(found["verdicts"][0]["className"], "bad", "{found}");
}
