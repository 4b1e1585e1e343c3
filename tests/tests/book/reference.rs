//! Every key of a spec and every option is in the book.

use crate::markdown::repository;
use crate::{commands_page, spec_page};
use serde_json::Value;
use std::fs;
use std::process::Command;
use testbench::{bootkey, run};

pub(crate) fn bootkey_prints(args: &[&str]) -> String {
    run(Command::new(bootkey()).env_clear().args(args)).expect_success("bootkey").stdout
}

fn page(name: &str) -> String {
    fs::read_to_string(repository().join("docs").join(name)).unwrap()
}

/// The keys in a schema, with those of the tables in them.
fn keys(schema: &Value, found: &mut Vec<String>) {
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        found.push(key.clone());
        keys(property, found);
        keys(&property["items"], found);
        property["anyOf"].as_array().into_iter().flatten().for_each(|choice| keys(choice, found));
    }
}

#[test]
fn every_key_of_a_spec_is_there() {
    let schema: Value = serde_json::from_str(&bootkey_prints(&["schema"])).unwrap();
    let page = page("spec.md");
    let mut all = Vec::new();
    for (table, inside) in schema["properties"].as_object().unwrap() {
        let heading = |form: &str| page.contains(&format!("\n## `{form}`\n"));
        assert!(heading(&format!("[{table}]")) || heading(&format!("[[{table}]]")), "{table}");
        keys(inside, &mut all);
        keys(&inside["items"], &mut all);
    }
    assert!(all.len() > 70, "{all:?}");
    let missing: Vec<_> =
        all.iter().filter(|key| !page.contains(&format!("\n| `{key}` | "))).collect();
    assert!(missing.is_empty(), "{missing:?} are not in docs/spec.md: BOOTKEY_WRITE_BOOK=1");
}

/// The pages that are made from the program are what it says today; with `BOOTKEY_WRITE_BOOK=1`, they become that.
#[test]
fn made_pages_are_up_to_date() {
    // Which is that of the code: a test of `key-spec` compares, and writes it.
    let schema = page("bootkey.schema.json");
    let pages =
        [("spec.md", spec_page::page(&schema).unwrap()), ("commands.md", commands_page::page())];
    let write = std::env::var_os("BOOTKEY_WRITE_BOOK").is_some_and(|v| v == "1");
    for (name, text) in pages {
        if write {
            fs::write(repository().join("docs").join(name), &text).unwrap();
        }
        assert!(
            page(name) == text,
            "docs/{name} is old: BOOTKEY_WRITE_BOOK=1 cargo test -p tests --test book"
        );
    }
    assert!(bootkey_prints(&["schema"]) == schema, "`bootkey schema` prints another");
}
