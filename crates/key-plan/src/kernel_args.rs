//! Kernel parameters as people write them.

use crate::error::Error;
use key_spec::Line;

/// The parameters that the key `key` of a spec gives `entry`; none if it is left out.
pub(crate) fn given_args(
    text: Option<&Line>,
    entry: &str,
    key: &'static str,
) -> Result<Vec<String>, Error> {
    let Some(text) = text else { return Ok(Vec::new()) };
    split_args(text.as_str()).ok_or_else(|| Error::OpenQuote { entry: entry.to_owned(), key })
}

/// Splits kernel parameters as the kernel does: at blanks, but not inside double quotes, which are
/// then removed. GRUB quotes a parameter with a blank again. `None` if a quote is not closed.
fn split_args(text: &str) -> Option<Vec<String>> {
    let mut args = Vec::new();
    let mut arg: Option<String> = None;
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                arg.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => args.extend(arg.take()),
            c => arg.get_or_insert_default().push(c),
        }
    }
    args.extend(arg);
    (!quoted).then_some(args)
}

#[cfg(test)]
mod tests {
    use super::split_args;

    #[test]
    fn kernel_parameters() {
        let split = |text| split_args(text).map(|a| a.join("|"));
        assert_eq!(split("  quiet  splash ").as_deref(), Some("quiet|splash"));
        assert_eq!(split(r#"dyndbg="file x +p" a="#).as_deref(), Some("dyndbg=file x +p|a="));
        assert_eq!(split(r#"a="" """#).as_deref(), Some("a=|"));
        assert_eq!(split("").as_deref(), Some(""));
        assert_eq!(split(r#"a="b c"#), None);
    }
}
