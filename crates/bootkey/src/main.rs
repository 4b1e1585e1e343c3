//! The `bootkey` command: what a person types, and what they get.
#![allow(clippy::disallowed_methods)] // the program itself looks at its environment

mod cli;
mod commands;
mod download_progress;
mod failure;
mod print;
mod progress;
mod say;
mod summary;

use clap::Parser as _;
use signal_hook::consts::SIGXFSZ;
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    // With a handler, exceeding `ulimit -f` is an error of `write` with a message; without one, SIGXFSZ
    // kills the program, which says nothing. OK to ignore: then it is so.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    let cli = match cli::Cli::try_parse() {
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
    let colours = std::io::stdout().is_terminal() && say::colours_wanted();
    let printed = match colours {
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
