//! The tasks that developers and CI run: see `cargo xtask help`.
//!
//! One file a subcommand. `setup` and `demo` are for a fresh machine, `test` for every day, `ci`
//! is what `.ci/run` calls, and `deps` and `isos` are steps of theirs that can be run alone.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // a developer's tool runs programs

mod bench;
mod book;
mod demo;
mod deps;
mod dist;
mod fai;
mod fuzz;
mod golden;
mod isos;
mod live;
mod live_build;
mod makers;
mod msrv;
mod prove;
mod recipes;
mod reproduce;
mod screenshots;
mod setup;
mod sh;
mod skips;
mod steps;
mod test;
mod test_jobs;

use clap::{Parser, Subcommand};

/// Builds, tests and tries bootkey.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", subcommand_required = true)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build a real rescue key, without root, and say how to try it and where to write it
    Demo,
    /// Install what the tests need, then run every check and every test
    Test(test::Options),
    /// As `test`, where a missing oracle fails and a C compiler in the build fails
    Ci,
    /// Install the programs and files that the tests hold bootkey against (needs root)
    Setup(setup::Options),
    /// Check the dependencies: no C, licences, Rust version, who may use whom
    Deps(deps::Options),
    /// Measure the file system writer, core images or whole keys beside other programs, in one go
    Bench(bench::Options),
    /// Build twice, the second time as somebody else on another day, and compare every byte
    Reproduce(reproduce::Options),
    /// Check the recipes against each other, the known ISOs and docs/isos.md
    Recipes(recipes::Options),
    /// Make the ISO files that specs in images/ name and no package carries
    Isos(isos::Options),
    /// Build the book of docs/ with mdBook, and check the links of its pages
    Book,
    /// Take the pictures in the documentation, of machines that boot a key
    Screenshots,
    /// Make a release's files: static programs, packages, an image for containers, with what is in them
    Dist(dist::Options),
    /// Run the fuzz targets of tests/fuzz: all, or one
    Fuzz(fuzz::Options),
    /// Compare small keys with their pinned digests, or pin them anew
    Golden(golden::Options),
}

fn main() -> std::process::ExitCode {
    let done = match Arguments::parse().command {
        Task::Demo => demo::run(),
        Task::Test(options) => test::run(&options),
        Task::Ci => test::ci(),
        Task::Setup(options) => setup::run(&options),
        Task::Deps(options) => deps::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Reproduce(options) => reproduce::run(&options),
        Task::Recipes(options) => recipes::run(&options),
        Task::Isos(options) => isos::all(&options),
        Task::Book => book::run(),
        Task::Screenshots => screenshots::run(),
        Task::Dist(options) => dist::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Golden(options) => golden::run(&options),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
