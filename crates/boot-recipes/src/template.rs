//! Placeholders, `{name}`, in the texts of recipes. Loading a recipe fails if a text has one that
//! is not known there.

/// The pieces of `text`: for each `{name}` the text before it and the name, and at last the text
/// behind all of them, without a name.
pub(crate) fn pieces(text: &str) -> Result<Vec<(&str, Option<&str>)>, String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) =
            after.split_once('}').ok_or_else(|| format!("`{{` is left open in `{text}`"))?;
        out.push((before, Some(name)));
        rest = after;
    }
    out.push((rest, None));
    Ok(out)
}

/// `text` with each `{name}` replaced by what `value` gives for it.
///
/// # Errors
/// The first placeholder without a value, or what is wrong with the braces.
pub(crate) fn expand(text: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::new();
    for (before, name) in pieces(text)? {
        out.push_str(before);
        if let Some(name) = name {
            let value = value(name);
            out.push_str(
                &value.ok_or_else(|| format!("no placeholder is called `{{{name}}}` here"))?,
            );
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_once() {
        let value = |name: &str| (name == "stem").then(|| "{stem}$1".to_owned());
        assert_eq!(expand("a {stem} b{stem}", value).unwrap(), "a {stem}$1 b{stem}$1");
        assert!(expand("{other}", value).unwrap_err().contains("`{other}`"));
        assert!(expand("{stem", value).is_err());
        assert_eq!(expand("no } harm", value).unwrap(), "no } harm");
    }
}
