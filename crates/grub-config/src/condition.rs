//! Conditions: commands that succeed or fail, for [`If`](crate::If) and
//! [`Statement::While`](crate::Statement::While).

use crate::{Command, Error, Ident, Word, bare, name};

/// `[ -n "${variable}" ]`: the variable has a value that is not empty.
pub fn is_set(variable: Ident) -> Command {
    Command::test([bare!("-n").into(), variable.into()])
}

/// `[ -z "${variable}" ]`: the variable is empty or not set.
pub fn is_empty(variable: Ident) -> Command {
    Command::test([bare!("-z").into(), variable.into()])
}

/// `[ one = other ]`: both are equal. Neither may begin with a minus or be `(`, `)` or `!`, which
/// GRUB takes for operators: where a value comes from outside, put the same letter before both.
pub fn equals(one: impl Into<Word>, other: impl Into<Word>) -> Command {
    Command::test([one.into(), bare!("=").into(), other.into()])
}

/// `[ one != other ]`: they differ. The rules of [`equals`] hold.
pub fn differs(one: impl Into<Word>, other: impl Into<Word>) -> Command {
    Command::test([one.into(), bare!("!=").into(), other.into()])
}

/// `[ -f path ]`: there is a file, not a directory, at the path.
pub fn is_file(path: impl Into<Word>) -> Command {
    Command::test([bare!("-f").into(), path.into()])
}

/// `[ -d path ]`: there is a directory at the path. For a device's `/` this means that the device
/// has a file system which GRUB can read.
pub fn is_directory(path: impl Into<Word>) -> Command {
    Command::test([bare!("-d").into(), path.into()])
}

/// `regexp`: a part of `text` matches a POSIX extended regular expression. The text may look like
/// an option.
///
/// # Errors
/// [`Error::ControlCharacter`] of the expression.
pub fn matches(expression: &str, text: impl Into<Word>) -> Result<Command, Error> {
    Ok(Command::new(name!("regexp")).arg(bare!("--")).literals([expression])?.arg(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, If, Statement, ident};

    #[test]
    fn texts() {
        let path = || Word::device(ident!("isos")).and(Word::literal("/it's").unwrap());
        let config: Config = [
            is_set(ident!("isos")),
            is_empty(ident!("isos")),
            equals(ident!("device"), Word::device(ident!("isos"))),
            differs(Word::positional(1), bare!("x")),
            is_file(path()),
            is_directory(path()),
            matches(r"\.[iI][sS][oO]$", ident!("file")).unwrap(),
        ]
        .into_iter()
        .map(|command| If::new(command, vec![Statement::returns(0)]).into())
        .collect();
        insta::assert_snapshot!(config, @r#"
        if [ -n "${isos}" ]; then
            return 0
        fi
        if [ -z "${isos}" ]; then
            return 0
        fi
        if [ "${device}" = "(${isos})" ]; then
            return 0
        fi
        if [ "${1}" != x ]; then
            return 0
        fi
        if [ -f "(${isos})/it's" ]; then
            return 0
        fi
        if [ -d "(${isos})/it's" ]; then
            return 0
        fi
        if regexp -- '\.[iI][sS][oO]$' "${file}"; then
            return 0
        fi
        "#);
    }
}
