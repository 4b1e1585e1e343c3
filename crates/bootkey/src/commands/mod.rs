//! One file a subcommand.

mod about;
mod build;
mod cache;
mod cat;
mod change;
mod devices;
mod diff;
mod each;
mod explain;
mod extract;
mod fetch;
mod firmware;
mod grub;
mod inspect;
mod lock;
mod ls;
mod menu;
mod merge;
mod plan;
mod probe;
mod request;
mod try_all;
mod try_key;
mod verify;
mod write;

use crate::cli::{Cli, Command};
use crate::failure::Failure;
use crate::say::Say;

pub(crate) fn run(cli: &Cli, say: &Say) -> Result<(), Failure> {
    match &cli.command {
        Command::Build(args) => match &args.many.each {
            Some(list) => each::run(list, args, say),
            None => build::run(args, say),
        },
        Command::Add(args) => change::add(args, say),
        Command::Remove(args) => change::remove(args, say),
        Command::Grow(args) => change::grow(args, say),
        Command::Set(args) => change::set(args, say),
        Command::Explain(args) => explain::run(args, cli.verbose),
        Command::Diff(args) => diff::run(args, cli.verbose),
        Command::Verify(args) => verify::run(args, say),
        Command::Plan(args) => plan::run(args, say),
        Command::Merge(args) => merge::run(args, say),
        Command::Menu(inputs) => menu::run(inputs, say),
        Command::Probe(args) => probe::run(args, cli.verbose, say),
        Command::Inspect(args) => inspect::run(args, cli.verbose),
        Command::Ls(args) => ls::run(args),
        Command::Cat(args) => cat::run(args),
        Command::Extract(args) => extract::run(args, say),
        Command::Devices(args) => devices::run(args),
        Command::Write(args) => write::run(args, say),
        Command::Fetch(args) => fetch::run(args, say),
        Command::Lock(args) => lock::run(args, say),
        Command::Try(args) => try_key::run(args, say),
        Command::Cache(args) => cache::run(args, say),
        Command::Grub(command) => grub::run(command, say),
        Command::Completions(args) => about::completions(args),
        Command::Man(args) => about::man(args, say),
        Command::Schema => about::schema(),
        Command::Firmware(command) => firmware::run(command, say),
    }
}
