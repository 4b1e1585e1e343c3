//! The JSON Schema of specs and the reader of specs agree, judged by somebody else's validator: about every
//! spec in this repository and its documentation, about which keys there are, and about what each may hold.
#![allow(clippy::disallowed_methods)] // tests touch the outside
#![allow(clippy::unwrap_used)]

use key_spec::{Spec, json_schema};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use testbench::{Oracle, missing, oracle, run};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn schema() -> Value {
    serde_json::from_str(&json_schema()).unwrap()
}

/// Python's validator of JSON Schema, with the schema of specs.
struct Validator {
    python: Oracle,
    room: TempDir,
}

/// Says of each document in `documents` what is wrong with it.
const JUDGE: &str = "
import json, jsonschema, sys
load = lambda name: json.load(open(name))
schema = load('schema')
jsonschema.Draft7Validator.check_schema(schema)
judge = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
json.dump([[e.message for e in judge.iter_errors(d)] for d in load('documents')], sys.stdout)
";

impl Validator {
    /// The validator. `None` means: skip the test, it is not installed.
    #[track_caller]
    fn new() -> Option<Self> {
        // Debian's own, which Debian's packages are for: another may come first in PATH.
        let python = oracle("/usr/bin/python3")?;
        if run(python.command().args(["-c", "import jsonschema"])).status != Some(0) {
            missing("Python's `jsonschema` (package `python3-jsonschema`)");
            return None;
        }
        let room = TempDir::new().unwrap();
        std::fs::write(room.path().join("schema"), json_schema()).unwrap();
        Some(Self { python, room })
    }

    /// The errors in each document.
    fn errors(&self, documents: &[Value]) -> Vec<Vec<String>> {
        let text = serde_json::to_string(documents).unwrap();
        std::fs::write(self.room.path().join("documents"), text).unwrap();
        let mut judge = self.python.command();
        let ran = run(judge.args(["-c", JUDGE]).current_dir(self.room.path()));
        serde_json::from_str(&ran.expect_success("jsonschema").stdout).unwrap()
    }

    /// Whether each document is valid.
    fn valid(&self, documents: &[Value]) -> Vec<bool> {
        self.errors(documents).iter().map(Vec::is_empty).collect()
    }
}

/// A TOML document as validators see it.
fn as_json(text: &str) -> Option<Value> {
    fn json(value: &toml::Value) -> Value {
        match value {
            toml::Value::Datetime(time) => time.to_string().into(),
            toml::Value::Array(all) => all.iter().map(json).collect(),
            toml::Value::Table(table) => {
                Value::Object(table.iter().map(|(k, v)| (k.clone(), json(v))).collect())
            }
            other => serde_json::to_value(other).unwrap(),
        }
    }
    toml::from_str(text).ok().map(|table: toml::Table| json(&toml::Value::Table(table)))
}

/// The files below a directory of this crate or the repository that end so.
fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().ends_with(ending))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{}", directory.display());
    found
}

#[test]
fn the_published_schema_is_that_of_the_code() {
    let path = repository().join("docs/bootkey.schema.json");
    if std::env::var_os("BOOTKEY_WRITE_BOOK").is_some_and(|v| v == "1") {
        std::fs::write(&path, json_schema()).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap();
    assert!(
        published == json_schema(),
        "BOOTKEY_WRITE_BOOK=1 cargo test -p key-spec --test schema"
    );
}

/// Every spec that is accepted is valid.
#[test]
fn good_specs_are_valid() {
    let Some(validator) = Validator::new() else { return };
    let mut specs = files(&repository().join("images"), ".toml");
    specs.extend(files(&repository().join("crates/key-spec/tests/specs/good"), ".toml"));
    specs.push(repository().join("crates/key-spec/tests/specs/examples.toml"));
    let mut documents = Vec::new();
    for path in &specs {
        let text = std::fs::read_to_string(path).unwrap();
        Spec::parse("x", &text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        documents.push(as_json(&text).unwrap());
    }
    for (path, errors) in specs.iter().zip(validator.errors(&documents)) {
        assert_eq!(errors, [""; 0], "{}", path.display());
    }
}

/// An editor finds the schema by the first line of each ready-made spec.
#[test]
fn the_images_name_their_schema() {
    for path in files(&repository().join("images"), ".toml") {
        let text = std::fs::read_to_string(&path).unwrap();
        let schema = text.lines().next().unwrap().strip_prefix("#:schema ");
        let schema = schema.unwrap_or_else(|| panic!("{} names no schema", path.display()));
        assert!(path.parent().unwrap().join(schema).is_file(), "{}: {schema}", path.display());
    }
}

/// What a schema cannot say, or not in a way that an editor could show: what follows from two keys, how long a text
/// is in bytes, digits behind digits.
const ONLY_THE_CODE_KNOWS: [&str; 19] = [
    "iso-args-newline",
    "iso-member-climbs",
    "iso-name-dots",
    "iso-sums-and-sha256",
    "iso-sums-of-a-path",
    "iso-url-nameless",
    "iso-url-password",
    "iso-url-unpinned",
    "label-long-utf8",
    "labels-equal",
    "name-control",
    "size-overflow",
    "size-sectors",
    "size-zero",
    "tree-climbs",
    "tree-path-sha256",
    "tree-url-unpinned",
    "unknown-iso-key",
    "xen-iso-relative",
];

/// Every spec that is refused for what one key holds is invalid.
#[test]
fn bad_specs_are_invalid() {
    let Some(validator) = Validator::new() else { return };
    let (mut names, mut documents) = (Vec::new(), Vec::new());
    for path in files(&repository().join("crates/key-spec/tests/specs/bad"), ".toml") {
        // What is no TOML never comes to a validator.
        if let Some(document) = as_json(&std::fs::read_to_string(&path).unwrap()) {
            names.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
            documents.push(document);
        }
    }
    let valid = validator.valid(&documents);
    let accepted: Vec<String> =
        names.into_iter().zip(valid).filter(|(_, valid)| *valid).map(|(name, _)| name).collect();
    assert_eq!(accepted, ONLY_THE_CODE_KNOWS);
}

/// The tables of a schema: each with its place, the keys on the way, `0` for the first of a list.
fn tables(schema: &Value, place: &[&str], found: &mut Vec<(Vec<String>, Value)>) {
    if schema["properties"].is_object() {
        found.push((place.iter().map(ToString::to_string).collect(), schema.clone()));
    }
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        tables(property, &[place, &[key]].concat(), found);
        tables(&property["items"], &[place, &[key, "0"]].concat(), found);
        for choice in property["anyOf"].as_array().into_iter().flatten() {
            tables(choice, &[place, &[key]].concat(), found);
        }
    }
}

/// A document with `value` at a place, and nothing else but the tables on the way there.
fn document(place: &[String], value: toml::Value) -> String {
    let whole = place.iter().rev().fold(value, |inner, step| match step.as_str() {
        "0" => toml::Value::Array(vec![inner]),
        key => toml::Value::Table([(key.to_owned(), inner)].into_iter().collect()),
    });
    toml::to_string(&whole).unwrap()
}

/// The keys that the reader says it knows at a place, in its complaint about an unknown one.
fn known(place: &[String]) -> BTreeSet<String> {
    let unknown = toml::Table::from_iter([("no-such-key".to_owned(), toml::Value::Integer(1))]);
    let text = document(place, toml::Value::Table(unknown));
    let error = Spec::parse("x", &text).unwrap_err().to_string();
    let (_, list) = error
        .lines()
        .next()
        .unwrap()
        .split_once("unknown key `no-such-key`, expected ")
        .unwrap_or_else(|| panic!("{place:?}: {error}\n{text}"));
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn schema_and_code_know_the_same_keys() {
    let mut all = Vec::new();
    tables(&schema(), &[], &mut all);
    assert!(all.len() > 15, "{}", all.len());
    let mut documents = Vec::new();
    for (place, table) in all {
        let keys: BTreeSet<String> =
            table["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, known(&place), "{place:?}");
        let unknown = toml::Table::from_iter([("no-such-key".to_owned(), toml::Value::Integer(1))]);
        let text = document(&place, toml::Value::Table(unknown));
        documents.push(as_json(&text).unwrap());
        assert_eq!(table["additionalProperties"], json!(false), "{place:?}");
    }
    let Some(validator) = Validator::new() else { return };
    for (document, valid) in documents.iter().zip(validator.valid(&documents)) {
        assert!(!valid, "{document}");
    }
}

/// Each key of the spec that has every key, given a value of each type that it does not have there: what one
/// refuses, the other does, too.
#[test]
fn schema_and_code_refuse_the_same_types() {
    let Some(validator) = Validator::new() else { return };
    let everything = include_str!("specs/good/everything.toml");
    let everything: toml::Table = toml::from_str(everything).unwrap();
    let mut places = Vec::new();
    leaves(&toml::Value::Table(everything.clone()), &mut Vec::new(), &mut places);
    let (mut cases, mut accepted, mut documents) = (Vec::new(), Vec::new(), Vec::new());
    for place in &places {
        for value in ["true", "-7", "1.5", "[]", "[1]", "{ no-such-key = 1 }", "\"\""] {
            let table: toml::Table = toml::from_str(&format!("x = {value}")).unwrap();
            let mut changed = toml::Value::Table(everything.clone());
            *at(&mut changed, place) = table["x"].clone();
            let text = toml::to_string(&changed).unwrap();
            cases.push(format!("{} = {value}", place.join(".")));
            accepted.push(Spec::parse("x", &text).is_ok());
            documents.push(as_json(&text).unwrap());
        }
    }
    let valid = validator.valid(&documents);
    let differ = cases.iter().zip(accepted.iter().zip(&valid)).filter(|(_, (a, v))| a != v);
    assert_eq!(differ.collect::<Vec<_>>(), []);
    let refused = accepted.iter().filter(|accepted| !**accepted).count();
    assert!(refused > 300 && refused + 5 < cases.len(), "{refused} of {}", cases.len());
}

fn leaves(value: &toml::Value, way: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let mut below = |step: String, value: &toml::Value| {
        way.push(step);
        leaves(value, way, found);
        way.pop();
    };
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(key, value)| below(key.clone(), value));
        }
        toml::Value::Array(all) if all.iter().any(toml::Value::is_table) => {
            all.iter().enumerate().for_each(|(n, value)| below(n.to_string(), value));
        }
        _ => found.push(way.clone()),
    }
}

fn at<'a>(value: &'a mut toml::Value, place: &[String]) -> &'a mut toml::Value {
    place.iter().fold(value, |value, step| match step.parse::<usize>() {
        Ok(n) => &mut value[n],
        Err(_) => &mut value[step.as_str()],
    })
}

/// Whatever default the schema names is what the reader takes where the key is left out.
#[test]
fn defaults_are_those_of_the_code() {
    let mut all = Vec::new();
    tables(&schema(), &[], &mut all);
    let mut compared = 0;
    for (place, table) in all {
        // A table that is alone and empty can be written; others need keys besides.
        let [name] = place.as_slice() else { continue };
        if name == "xen" {
            continue;
        }
        for (key, property) in table["properties"].as_object().unwrap() {
            let Some(default) = property.get("default") else { continue };
            let text = format!("[{name}]\n{key} = {default}\n");
            assert_eq!(Spec::parse("x", &text).unwrap(), Spec::default(), "{text}");
            compared += 1;
        }
    }
    assert!(compared >= 15, "{compared}");
}

/// A validator that objects to nothing would not do.
#[test]
fn the_validator_objects() {
    let Some(validator) = Validator::new() else { return };
    let valid = |text: &str| validator.valid(&[as_json(text).unwrap()]) == [true];
    assert!(valid("[key]\nsize = \"32MiB\""));
    for text in [
        "[key]\nsize = true",
        "[menu]\ntimout = 3",
        "[[iso]]\ntitle = \"x\"",
        "[key]\ntable = \"apm\"",
    ] {
        assert!(!valid(text), "{text}");
    }
}

/// The TOML in the documentation that is no spec, by a line of it: recipes, and a list of many keys.
const NO_SPECS: [&str; 3] = ["id = \"live-boot\"", "id = \"examplelinux\"", "spec = \"key.toml\""];

/// Every spec in the documentation is accepted, and valid.
#[test]
fn specs_in_the_documentation_are_good() {
    let mut pages = files(&repository().join("docs"), ".md");
    pages.extend(files(&repository().join("docs/adr"), ".md"));
    pages.push(repository().join("README.md"));
    let mut specs = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for block in toml_blocks(&text) {
            if block.lines().any(|line| NO_SPECS.contains(&line)) {
                continue;
            }
            let name = page.display();
            Spec::parse("spec", &block).unwrap_or_else(|e| panic!("{name}: {e}\n{block}"));
            specs.push(as_json(&block).unwrap());
        }
    }
    assert!(specs.len() >= 10, "{}", specs.len());
    let Some(validator) = Validator::new() else { return };
    for (spec, errors) in specs.iter().zip(validator.errors(&specs)) {
        assert_eq!(errors, [""; 0], "{spec}");
    }
}

/// The code blocks of a page that say that they are TOML.
fn toml_blocks(page: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for event in Parser::new(page) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language)))
                if &*language == "toml" =>
            {
                open = Some(String::new());
            }
            Event::Text(text) => {
                if let Some(block) = &mut open {
                    block.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}
