//! The `bootkey` command: what a person types, and what they get.
#![allow(clippy::disallowed_methods)] // the program itself looks at its environment

mod cli;
mod commands;
mod failure;
mod print;
mod progress;
mod say;
mod summary;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let say = say::Say::new(cli.quiet, cli.verbose);
    match commands::run(&cli, &say) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say.error(&failure);
            if let Some(more) = failure.details() {
                say.detail(&more);
            }
            ExitCode::from(failure.exit_status())
        }
    }
}
