//! One file a subcommand.

mod build;
mod fetch;
mod grub;
mod menu;
mod plan;
mod probe;

use crate::cli::{Cli, Command};
use crate::say::Say;
use bootkey::key_spec::{AutoSize, Line, Overrides, Size};
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
    let overrides = overrides(inputs)?;
    let request = Request { inputs: &inputs.inputs, grub: &inputs.grub, overrides };
    let key = Key::survey(&request)?;
    for warning in &key.plan().warnings {
        say.warning(warning);
    }
    Ok(key)
}

/// The options that win over the spec.
fn overrides(inputs: &crate::cli::Inputs) -> Result<Overrides, Error> {
    let wrong = |option, message: String| Error::Option { option, message };
    let size = |text: &str| match text {
        "auto" => Ok(AutoSize::Auto),
        size => size.parse::<Size>().map(AutoSize::Fixed),
    };
    let size = inputs.size.as_deref().map(size).transpose();
    let filesystem = inputs.filesystem.as_deref().map(str::parse).transpose();
    let seed = inputs.seed.clone().map(Line::try_from).transpose();
    Ok(Overrides {
        size: size.map_err(|e| wrong("--size", e.to_string()))?,
        firmware: inputs.firmware.clone(),
        table: inputs.table,
        secure_boot: inputs.secure_boot,
        filesystem: filesystem.map_err(|e| wrong("--filesystem", e))?,
        seed: seed.map_err(|e| wrong("--seed", e))?,
    })
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
