//! Rendering: the text of a configuration.

use crate::{Command, Config, If, Statement};
use std::fmt;

const INDENT: &str = "    ";

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for arg in &self.args {
            write!(f, " {arg}")?;
        }
        f.write_str(self.end)
    }
}

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        statements(f, &self.statements, 0)
    }
}

fn line(f: &mut fmt::Formatter<'_>, depth: usize, text: impl fmt::Display) -> fmt::Result {
    for _ in 0..depth {
        f.write_str(INDENT)?;
    }
    writeln!(f, "{text}")
}

fn statements(f: &mut fmt::Formatter<'_>, list: &[Statement], depth: usize) -> fmt::Result {
    list.iter().try_for_each(|s| statement(f, s, depth))
}

/// Writes the statements in a block. GRUB's grammar requires a command in it, and comments do not
/// count as one.
fn body(f: &mut fmt::Formatter<'_>, list: &[Statement], depth: usize) -> fmt::Result {
    statements(f, list, depth)?;
    let empty =
        |s: &Statement| matches!(s, Statement::Comment(_) | Statement::Blank | Statement::Raw(_));
    if list.iter().all(empty) {
        line(f, depth, "true")?;
    }
    Ok(())
}

fn statement(f: &mut fmt::Formatter<'_>, s: &Statement, depth: usize) -> fmt::Result {
    match s {
        Statement::Command(command) => line(f, depth, command),
        Statement::Set { name, value } => line(f, depth, format_args!("set {name}={value}")),
        Statement::If(block) => conditional(f, block, depth),
        Statement::Function { name, body: inner } => {
            line(f, depth, format_args!("function {name} {{"))?;
            body(f, inner, depth + 1)?;
            line(f, depth, "}")
        }
        Statement::For { variable, words, body: inner } => {
            line(f, depth, Many { variable, words })?;
            body(f, inner, depth + 1)?;
            line(f, depth, "done")
        }
        Statement::While { condition, body: inner } => {
            line(f, depth, format_args!("while {condition}; do"))?;
            body(f, inner, depth + 1)?;
            line(f, depth, "done")
        }
        Statement::MenuEntry(entry) | Statement::Submenu(entry) => {
            let keyword = if matches!(s, Statement::Submenu(_)) { "submenu" } else { "menuentry" };
            line(f, depth, format_args!("{} {{", entry.head(keyword)))?;
            body(f, &entry.body, depth + 1)?;
            line(f, depth, "}")
        }
        Statement::Comment(text) => {
            for l in text.lines() {
                let clean: String = l.chars().filter(|c| !c.is_control()).collect();
                line(f, depth, format_args!("# {clean}").to_string().trim_end())?;
            }
            Ok(())
        }
        Statement::Blank => writeln!(f),
        Statement::Raw(text) => text.lines().try_for_each(|l| writeln!(f, "{l}")),
    }
}

/// The head of a loop over words.
struct Many<'a> {
    variable: &'a crate::Ident,
    words: &'a [crate::Word],
}

impl fmt::Display for Many<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "for {} in", self.variable)?;
        self.words.iter().try_for_each(|word| write!(f, " {word}"))?;
        f.write_str("; do")
    }
}

fn conditional(f: &mut fmt::Formatter<'_>, block: &If, depth: usize) -> fmt::Result {
    for (n, (condition, then)) in block.branches.iter().enumerate() {
        let keyword = if n == 0 { "if" } else { "elif" };
        line(f, depth, format_args!("{keyword} {condition}; then"))?;
        body(f, then, depth + 1)?;
    }
    if !block.otherwise.is_empty() {
        line(f, depth, "else")?;
        body(f, &block.otherwise, depth + 1)?;
    }
    line(f, depth, "fi")
}

#[cfg(test)]
mod tests {
    use crate::{Command, Config, If, MenuEntry, Statement, Word, bare, glob, ident, name};

    #[test]
    fn loops_and_entries_that_are_made_at_boot() {
        let file = || Word::from(ident!("file"));
        let say = Command::new(name!("echo")).arg(Word::positional(2));
        let entry = MenuEntry::titled(file(), vec![say.into()]).class(ident!("class"));
        let there = Command::test([bare!("-f").into(), file()]);
        let cut = Command::new(name!("regexp")).arg(bare!("--set=1:file"));
        let cut = cut.literals(["^(.*)x$"]).unwrap().arg(file());
        let mut config = Config::new();
        config.push(Statement::For {
            variable: ident!("file"),
            words: vec![Word::literal("(loop)").unwrap().and(glob!("/*.iso")), Word::positionals()],
            body: vec![If::new(there, vec![Statement::MenuEntry(entry.argument(file()))]).into()],
        });
        config.push(Statement::While { condition: cut, body: vec![] });
        insta::assert_snapshot!(config, @r#"
        for file in '(loop)'/*.iso "${@}"; do
            if [ -f "${file}" ]; then
                menuentry --class "${class}" -- "${file}" "${file}" {
                    echo "${2}"
                }
            fi
        done
        while regexp --set=1:file '^(.*)x$' "${file}"; do
            true
        done
        "#);
        let Some(check) = testbench::oracle("grub-script-check") else { return };
        let dir = tempfile::tempdir().unwrap();
        #[allow(clippy::disallowed_methods)] // a test touches the outside
        let accepts = |text: &str| {
            std::fs::write(dir.path().join("x.cfg"), text).unwrap();
            check.run([dir.path().join("x.cfg")]).status == Some(0)
        };
        let text = config.render();
        assert!(accepts(&text));
        assert!(!accepts(&text.replacen("done", "", 1)));
    }
}
