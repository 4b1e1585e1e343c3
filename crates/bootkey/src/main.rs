//! The `bootkey` command: what a person types, and what they get.
#![allow(clippy::disallowed_methods)] // the program itself looks at its environment

mod cli;
mod colour;
mod commands;
mod download_progress;
mod failure;
mod print;
mod progress;
mod say;
mod summary;

use clap::{CommandFactory as _, FromArgMatches as _};
use signal_hook::consts::SIGXFSZ;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    // With a handler, exceeding `ulimit -f` is an error of `write` with a message; without one, SIGXFSZ
    // kills the program, which says nothing. OK to ignore: then it is so.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    let args: Vec<_> = std::env::args_os().collect();
    let colours = colour::asked(&args);
    colour::choose(colours);
    let command = cli::Cli::command().color(colours);
    let read = command.try_get_matches_from(args);
    let cli = match read.and_then(|read| cli::Cli::from_arg_matches(&read)) {
        Ok(cli) => cli,
        Err(asked) if !asked.use_stderr() => return help(&asked),
        Err(wrong) => wrong.exit(),
    };
    let say = say::Say::new(cli.quiet, cli.verbose);
    match failure::Failure::beforehand().and_then(|()| commands::run(&cli, &say)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say.error(&format!("{failure}{}", failure.next_step()));
            if let Some(more) = failure.details() {
                say.detail(&more);
            }
            ExitCode::from(failure.exit_status())
        }
    }
}

/// The help, or the version, that somebody asked for.
fn help(asked: &clap::Error) -> ExitCode {
    let text = asked.render();
    let printed = match colour::wanted(&std::io::stdout()) {
        true => print::Output::open().and_then(|mut out| {
            use std::io::Write as _;
            write!(out, "{}", text.ansi()).map_err(failure::Failure::Output)
        }),
        false => print::print_exactly(&text.to_string()),
    };
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say::Say::new(false, false).error(&failure);
            ExitCode::from(failure.exit_status())
        }
    }
}
