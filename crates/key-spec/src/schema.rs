//! The JSON Schema of specs, from which editors complete keys and mark mistakes. It is derived from the
//! types that specs are read into, so that neither can know a key that the other does not.

use crate::parse::RawSpec;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// Specs that have every key between them. Each key's first value in them is its example in the schema.
const EXAMPLES: [&str; 4] = [
    include_str!("../tests/specs/good/everything.toml"),
    include_str!("../tests/specs/good/downloads.toml"),
    include_str!("../tests/specs/good/packages.toml"),
    include_str!("../tests/specs/examples.toml"),
];

/// The JSON Schema of specs (draft 7, which editors know), with the meaning, an example and the default of
/// every key: a document that ends with its line.
///
/// # Panics
/// Never: the examples are compiled in, and a test reads them.
pub fn json_schema() -> String {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<RawSpec>().to_value();
    tidy(&mut schema);
    for text in EXAMPLES {
        let example: toml::Table = toml::from_str(text).expect("an example is TOML");
        exemplify(&mut schema, &toml::Value::Table(example));
    }
    format!("{schema:#}\n")
}

/// Takes out what has no meaning in TOML, which has no null; and defaults that only say "left out".
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(all) => all.iter_mut().for_each(tidy),
        Value::Object(schema) => {
            if let Some(Value::Array(kinds)) = schema.get_mut("type") {
                kinds.retain(|kind| kind != "null");
                if let [one] = kinds.as_slice() {
                    let one = one.clone();
                    schema.insert("type".into(), one);
                }
            }
            if let Some(Value::Array(words)) = schema.get_mut("enum") {
                words.retain(|word| !word.is_null());
            }
            if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
                choices.retain(|choice| choice.get("type") != Some(&json!("null")));
                if let [Value::Object(one)] = choices.as_slice() {
                    let one = one.clone();
                    schema.remove("anyOf");
                    for (key, value) in one {
                        schema.entry(key).or_insert(value);
                    }
                }
            }
            schema.retain(|key, value| key != "default" || says_something(value));
            // Lines of a source file are no lines of a text.
            if let Some(Value::String(text)) = schema.get_mut("description") {
                *text = text.replace("\n\n", "\0").replace('\n', " ").replace('\0', "\n\n");
            }
            for (key, value) in schema {
                match value {
                    // The names in it are a spec's, not the schema's.
                    Value::Object(properties) if key == "properties" => {
                        properties.values_mut().for_each(tidy);
                    }
                    value => tidy(value),
                }
            }
        }
        _ => {}
    }
}

fn says_something(default: &Value) -> bool {
    match default {
        Value::Null => false,
        Value::Array(all) => !all.is_empty(),
        Value::String(text) => !text.is_empty(),
        Value::Object(_) => false, // its keys have defaults of their own
        _ => true,
    }
}

/// Gives every key below `schema` the value that it has in `example`, unless it has an example already.
fn exemplify(schema: &mut Value, example: &toml::Value) {
    match example {
        toml::Value::Table(table) => {
            for (key, value) in table {
                for properties in tables(schema) {
                    if let Some(property) = properties.get_mut(key) {
                        exemplify(property, value);
                        add_example(property, value);
                    }
                }
            }
        }
        toml::Value::Array(all) => {
            for item in all {
                if let Some(items) = schema.get_mut("items") {
                    exemplify(items, item);
                }
            }
        }
        _ => {}
    }
}

/// The properties of a schema for a table, or of those among its alternatives that are for one.
fn tables(schema: &mut Value) -> Vec<&mut Map<String, Value>> {
    let Value::Object(schema) = schema else { return Vec::new() };
    let mut found = Vec::new();
    for (key, value) in schema {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => found.push(properties),
            ("anyOf", Value::Array(choices)) => {
                found.extend(choices.iter_mut().flat_map(|choice| tables(choice)));
            }
            _ => {}
        }
    }
    found
}

/// Adds an example to a key with a value: the tables of a spec have examples in their keys.
fn add_example(property: &mut Value, value: &toml::Value) {
    let is_table = |value: &toml::Value| value.is_table();
    let of_tables = is_table(value) || value.as_array().is_some_and(|all| all.iter().any(is_table));
    let Value::Object(property) = property else { return };
    let has_short_form = property.contains_key("anyOf");
    if !of_tables && !property.contains_key("examples") || of_tables && has_short_form {
        let example = as_json(value);
        let examples = property.entry("examples").or_insert_with(|| json!([]));
        if let Value::Array(examples) = examples
            && examples.len() < 2
            && !examples.contains(&example)
        {
            examples.push(example);
        }
    }
}

/// A value of TOML as JSON, which has no dates.
fn as_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(all) => all.iter().map(as_json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.clone(), as_json(value))).collect())
        }
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(yes) => (*yes).into(),
    }
}
