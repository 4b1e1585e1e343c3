//! One file a subcommand.

mod build;
mod fetch;
mod grub;
mod menu;
mod plan;
mod probe;

use crate::cli::{Cli, Command};
use crate::say::Say;
use bootkey::{Error, Key, Request};

pub(crate) fn run(cli: &Cli, say: &Say) -> Result<(), Error> {
    match &cli.command {
        Command::Build(args) => build::run(args, say),
        Command::Plan(args) => plan::run(args, say),
        Command::Menu(inputs) => menu::run(inputs, say),
        Command::Probe(args) => probe::run(args),
        Command::Fetch(args) => fetch::run(args, say),
        Command::Grub(command) => grub::run(command, say),
    }
}

/// Surveys and plans what the command line asks for, and says what there is to know about it.
fn plan_key(inputs: &crate::cli::Inputs, say: &Say) -> Result<Key, Error> {
    let request = Request {
        inputs: &inputs.inputs,
        grub: &inputs.grub,
        size: inputs.size.as_deref(),
        firmware: &inputs.firmware,
        table: inputs.table,
        secure_boot: inputs.secure_boot,
        filesystem: inputs.filesystem.as_deref(),
        seed: inputs.seed.as_deref(),
    };
    let key = Key::survey(&request)?;
    for warning in &key.plan().warnings {
        say.warning(warning);
    }
    Ok(key)
}

/// Writes a result to standard output. A reader that has seen enough (`| head`) is no error.
fn print(text: &str) -> Result<(), Error> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::Output(e)),
        _ => Ok(()),
    }
}
