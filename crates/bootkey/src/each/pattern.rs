//! The pattern by which the images of a list get their names.

use std::path::{Path, PathBuf};

/// The path of a key's image, with `{name}` where its name is: `out/{name}.img`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputPattern(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Name,
}

impl OutputPattern {
    /// Reads a pattern. Braces of the path itself are doubled.
    ///
    /// # Errors
    /// A message that says what can be written instead.
    pub fn parse(pattern: &Path) -> Result<Self, String> {
        const EXAMPLE: &str = "write one such as 'out/{name}.img'";
        let pattern = pattern.to_str().ok_or_else(|| format!("it is not UTF-8; {EXAMPLE}"))?;
        let mut parts = vec![Part::Text(String::new())];
        let mut rest = pattern;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            push(&mut parts, before);
            if let Some(behind) = ["{{", "}}"].iter().find_map(|twice| brace.strip_prefix(twice)) {
                push(&mut parts, &brace[..1]);
                rest = behind;
                continue;
            }
            let placeholder = brace.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            match placeholder {
                Some(("name", behind)) => {
                    parts.push(Part::Name);
                    rest = behind;
                }
                Some((other, _)) => {
                    return Err(format!(
                        "there is no {{{other}}}, only {{name}}; braces of the path itself are doubled: {{{{"
                    ));
                }
                None => {
                    return Err(format!(
                        "a brace is alone; one of the path itself is doubled: {{{{; else {EXAMPLE}"
                    ));
                }
            }
        }
        push(&mut parts, rest);
        let behind = pattern.split("{name}").skip(1);
        if behind.flat_map(|text| text.split('/')).any(|part| part == "..") {
            return Err(format!("`..` leads out of the key's own directory; {EXAMPLE}"));
        }
        if !parts.contains(&Part::Name) {
            return Err(format!("it has no {{name}}, so all keys would have one path; {EXAMPLE}"));
        }
        Ok(Self(parts))
    }

    /// The path of the key `name`.
    pub fn path(&self, name: &str) -> PathBuf {
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Name => name.to_owned(),
        };
        self.0.iter().map(text).collect::<String>().into()
    }
}

fn push(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(last)) => last.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_takes_its_place() {
        let path = |pattern: &str| {
            OutputPattern::parse(pattern.as_ref()).unwrap().path("north").display().to_string()
        };
        assert_eq!(path("out/{name}.img"), "out/north.img");
        assert_eq!(path("{name}/{name}.img.zst"), "north/north.img.zst");
        assert_eq!(path("{{x}}/{{{name}}}"), "{x}/{north}");
    }

    #[test]
    fn what_is_no_placeholder_is_said() {
        let error = |pattern: &str| OutputPattern::parse(pattern.as_ref()).unwrap_err();
        assert!(error("out/key.img").contains("no {name}"));
        assert!(error("out/{nmae}.img").contains("there is no {nmae}, only {name}"));
        assert!(error("out/{name.img").contains("a brace is alone"));
        assert!(error("out/{name}}.img").contains("a brace is alone"));
        assert!(error("{{name}}").contains("no {name}"));
        assert!(error("{name}/../key.img").contains("`..`"));
    }
}
