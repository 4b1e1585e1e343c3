//! From the value to the text.

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

/// The inside of a block. GRUB's grammar wants a command in it; comments don't count.
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
