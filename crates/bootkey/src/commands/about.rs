//! `bootkey completions`, `man` and `schema`: bootkey's own interface, for shells, `man` and editors.

use crate::cli::{Cli, Completions, Man};
use crate::failure::Failure;
use crate::print::print_exactly;
use crate::say::Say;
use clap::{Command, CommandFactory as _};
use clap_mangen::roff::{Roff, roman};
use std::io::{self, Write as _};

pub(crate) fn completions(args: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "bootkey", &mut script);
    print_exactly(&String::from_utf8_lossy(&script))
}

pub(crate) fn man(args: &Man, say: &Say) -> Result<(), Failure> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let Some(directory) = &args.directory else {
        let first = page(command).map_err(Failure::Output)?;
        return print_exactly(&String::from_utf8_lossy(&first.text));
    };
    let mut commands = vec![command];
    let mut count = 0;
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands().filter(|c| !c.is_hide_set()).cloned());
        let page = page(command).map_err(Failure::Output)?;
        bootkey::write_bytes(&directory.join(page.name), &page.text)?;
        count += 1;
    }
    say.note(&format!("{count} pages; `man -M` wants them below a directory `man1`"));
    Ok(())
}

pub(crate) fn schema() -> Result<(), Failure> {
    print_exactly(&bootkey::key_spec::json_schema())
}

/// A page of the manual.
struct Page {
    name: String,
    text: Vec<u8>,
}

fn page(command: Command) -> io::Result<Page> {
    let notes = command.get_after_long_help().or(command.get_after_help());
    let notes = notes.map(ToString::to_string).unwrap_or_default();
    let has_subcommands = command.has_subcommands();
    let page = clap_mangen::Man::new(command).manual("bootkey");
    let mut text = Vec::new();
    let name = page.get_filename();
    // By hand: a page without a date is the same whenever it was made, and clap_mangen leaves an empty date out.
    let (title, version) = (name.trim_end_matches(".1"), env!("CARGO_PKG_VERSION"));
    writeln!(text, ".TH {title} 1 \"\" \"bootkey {version}\" bootkey")?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    if has_subcommands {
        page.render_subcommands_section(&mut text)?;
    }
    text.write_all(&sections(&notes))?;
    Ok(Page { name, text })
}

/// What stands behind the options in `--help`, as sections of a manual: examples keep their lines.
fn sections(notes: &str) -> Vec<u8> {
    let mut roff = Roff::default();
    let (before, examples) = notes.split_once("Examples:\n").unwrap_or((notes, ""));
    if !before.trim().is_empty() {
        roff.control("SH", ["NOTES"]);
        for line in before.trim().lines() {
            match line.trim() {
                "" => roff.control("PP", []),
                line => roff.text([roman(line)]),
            };
        }
    }
    if !examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
        roff.control("nf", []);
        for line in examples.lines() {
            roff.text([roman(line)]);
        }
        roff.control("fi", []);
    }
    roff.to_roff().into_bytes()
}
