//! The page with every key of a spec, from the JSON Schema.

use serde_json::Value;

const HEAD: &str = "\
# Every key of the spec

Made from the program's own types by a test (`BOOTKEY_WRITE_BOOK=1 cargo test -p tests --test book`); changes belong into the doc comments of the crate `key-spec`
(and `xen-host`, for `[xen]`).

A spec is a TOML file. Everything in it is optional, except that an ISO must say where it comes from. Relative paths are relative to the spec. An unknown
key is an error that lists the known ones.

Editors complete keys and mark mistakes, if they know TOML (taplo; Even Better TOML for VS Code) and the spec begins with a line that
says where the schema lies. `bootkey schema > bootkey.schema.json` writes it.

```toml
#:schema ./bootkey.schema.json

[key]
name = \"rescue\"
size = \"auto\"                     # or \"8GB\", as sticks are sold

[menu]
timeout = 20
locale = \"de\"                     # the language of the menu's own entries
keyboard = \"de\"                   # the keyboard, where a BIOS starts the key
serial = true                     # the menu on the serial port, too

[[iso]]
path = \"debian.iso\"
title = \"Debian\"
args = \"console=ttyS0\"            # what its kernel is told, besides what it must be

[[iso]]
path = \"isos/live.iso\"
persistence = { size = \"4GiB\", default = true } # it keeps its files

[[iso]]                           # downloaded, and used if it has the digest
url = \"https://cdimage.example.org/rescue.iso\"
sha256 = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"
```

On the command line, `bootkey set KEY menu.timeout=3 -o NEW` changes any of these keys of a key that exists.
";

/// The order in which people meet the tables; others come last.
const ORDER: [&str; 10] =
    ["key", "boot", "esp", "isos", "menu", "iso", "tree", "entry", "packages", "xen"];

/// The page. A key without a meaning or an example there is an error.
pub(crate) fn page(schema: &str) -> Result<String, String> {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let mut page = HEAD.to_owned();
    let place = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    let mut tables: Vec<_> = properties(&schema).collect();
    tables.sort_by_key(|(name, _)| place(name));
    for (name, table) in tables {
        section(&mut page, name, name, table)?;
    }
    Ok(page)
}

/// The section of a table, and those of the tables in it. `path` is the table's place for people, `name` its key.
fn section(page: &mut String, path: &str, name: &str, table: &Value) -> Result<(), String> {
    let of_list = table["items"]["properties"].is_object();
    let keys = if of_list { &table["items"] } else { with_keys(table) };
    let in_value = !of_list && !table["properties"].is_object();
    let title = match (of_list, in_value) {
        (true, _) if name == "disks" => format!("{path} = [{{ … }}]"),
        (true, _) => format!("[[{path}]]"),
        (_, true) => format!("{path} = {{ … }}"),
        _ => format!("[{path}]"),
    };
    page.push_str(&format!("\n## `{title}`\n\n"));
    if let Some(text) = keys["description"].as_str().or(table["description"].as_str()) {
        // The types' own descriptions begin with the title.
        let text =
            text.split_once("]`: ").or(text.split_once("}`: ")).map_or(text, |(_, text)| text);
        let text = text.strip_prefix("the ").map_or(text.to_owned(), |rest| format!("The {rest}"));
        page.push_str(&format!("{}\n\n", capitalised(&text)));
    }
    page.push_str("| key | meaning | default | example |\n|---|---|---|---|\n");
    let mut tables = Vec::new();
    for (key, property) in properties(keys) {
        let has_keys = with_keys(property)["properties"].is_object()
            || property["items"]["properties"].is_object();
        let below = format!("{path}.{key}");
        if has_keys {
            tables.push((below.clone(), key, property));
        }
        page.push_str(&row(&below, key, property, has_keys)?);
    }
    for (path, key, table) in tables {
        section(page, &path, key, table)?;
    }
    Ok(())
}

fn row(path: &str, key: &str, property: &Value, has_keys: bool) -> Result<String, String> {
    let missing = |what| format!("`{path}` has no {what} in the schema");
    let meaning = property["description"].as_str().ok_or_else(|| missing("meaning"))?;
    let words: Vec<String> = words(property).iter().map(|word| format!("`{word}`")).collect();
    let words = match words.is_empty() {
        true => String::new(),
        false => format!(" One of {}.", words.join(", ")),
    };
    let examples = property["examples"].as_array().map(Vec::as_slice).unwrap_or_default();
    let examples: Vec<String> = examples.iter().map(|e| code(&toml(property, e))).collect();
    if examples.is_empty() && !has_keys {
        return Err(missing("example (add one to everything.toml)"));
    }
    let example = match examples.is_empty() {
        true => "see below".to_owned(),
        false => examples.join(" or "),
    };
    let default = property.get("default").map(|value| code(&toml(property, value)));
    let default = default.unwrap_or_default();
    let meaning = meaning.replace("\n\n", " ").replace('|', "\\|");
    Ok(format!("| `{key}` | {meaning}{words} | {default} | {example} |\n"))
}

/// The words that a value can be one of, of a key or of the items of its list.
fn words(property: &Value) -> Vec<String> {
    let list = [property, &property["items"]].into_iter().find_map(|p| p["enum"].as_array());
    let choices = property["anyOf"].as_array().into_iter().flatten();
    let in_choices = choices.filter_map(|choice| choice["enum"].as_array());
    list.into_iter().chain(in_choices).flatten().map(|word| toml(property, word)).collect()
}

/// The schema among the alternatives of a value that has keys.
fn with_keys(property: &Value) -> &Value {
    let mut choices = property["anyOf"].as_array().into_iter().flatten();
    choices.find(|choice| choice["properties"].is_object()).unwrap_or(property)
}

fn properties(table: &Value) -> impl Iterator<Item = (&str, &Value)> {
    table["properties"].as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// A value as TOML writes it. JSON has no dates: where one can stand, a text that looks like one is one.
fn toml(property: &Value, value: &Value) -> String {
    let dates = property["anyOf"].as_array().into_iter().flatten();
    let has_dates = dates.into_iter().any(|choice| choice["format"] == "date-time");
    match value {
        Value::String(text) if has_dates => text.clone(),
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(|item| toml(property, item)).collect();
            format!("[{}]", all.join(", "))
        }
        Value::Object(table) => {
            let keys =
                table.iter().map(|(key, value)| format!("{key} = {}", toml(property, value)));
            format!("{{ {} }}", keys.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Text as code in a table.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[test]
fn a_key_without_an_example_or_a_meaning_is_told() {
    use serde_json::json;
    let page = |key: Value| {
        let schema = json!({ "properties": { "key": { "properties": { "x": key } } } });
        page(&schema.to_string())
    };
    assert!(page(json!({ "description": "X.", "examples": [1] })).is_ok());
    assert!(page(json!({ "examples": [1] })).unwrap_err().contains("`key.x` has no meaning"));
    assert!(page(json!({ "description": "X." })).unwrap_err().contains("no example"));
}
