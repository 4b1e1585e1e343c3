//! Placeholders in recipes' texts. A closed set: any other is an error when recipes are loaded.

/// `text` with each `{name}` replaced by what `value` gives for it.
///
/// # Errors
/// The first placeholder without a value, or what is wrong with the braces.
pub(crate) fn expand<'v>(
    text: &str,
    value: impl Fn(&str) -> Option<&'v str>,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) =
            after.split_once('}').ok_or_else(|| format!("`{{` is left open in `{text}`"))?;
        out.push_str(before);
        out.push_str(
            value(name).ok_or_else(|| format!("no placeholder is called `{{{name}}}` here"))?,
        );
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_once() {
        let value = |name: &str| (name == "stem").then_some("{stem}$1");
        assert_eq!(expand("a {stem} b{stem}", value).unwrap(), "a {stem}$1 b{stem}$1");
        assert!(expand("{other}", value).unwrap_err().contains("`{other}`"));
        assert!(expand("{stem", value).is_err());
        assert_eq!(expand("no } harm", value).unwrap(), "no } harm");
    }
}
