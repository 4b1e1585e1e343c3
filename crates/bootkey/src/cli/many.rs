//! The arguments for many keys of one spec.

use super::word;
use bootkey::each::{Engine, Shard};
use clap::{Args, ValueHint};
use std::num::NonZero;
use std::path::PathBuf;

/// The keys of a list, of which `build` makes all or some.
#[derive(Debug, Args)]
pub(crate) struct Many {
    /// Make a key for each [[key]] in LIST.toml: of the spec that LIST names (or that is given), with the
    /// key's own values. The output is a pattern, such as 'out/{name}.img'. Keys that are there, made of
    /// the same inputs, are not made again.
    #[arg(long, value_name = "LIST.toml", value_hint = ValueHint::FilePath, conflicts_with = "locked")]
    pub(crate) each: Option<PathBuf>,
    /// With --each: only the keys of this part of the list, e.g. 1/4. A key's part derives from its name.
    #[arg(long, value_name = "I/N", requires = "each")]
    pub(crate) shard: Option<Shard>,
    /// With --each: how many keys are made at once [default: the processors, at most 2].
    #[arg(long, value_name = "N", requires = "each")]
    pub(crate) jobs: Option<NonZero<usize>>,
}

/// The keys of a list, and the jobs that make them.
#[derive(Debug, Args)]
pub(crate) struct Jobs {
    /// Show what would be made of each [[key]] in LIST.toml.
    #[arg(long, value_name = "LIST.toml", value_hint = ValueHint::FilePath)]
    #[arg(conflicts_with_all = ["locked", "layout"])]
    pub(crate) each: Option<PathBuf>,
    /// With --each: print jobs that make the keys in shards: github (JSON for a matrix), gitlab (a child
    /// pipeline), slurm (a batch script with an array) or make (a makefile).
    #[arg(long, value_name = "ENGINE", requires = "each", requires = "output")]
    #[arg(value_parser = word::engine(), hide_possible_values = true)]
    #[arg(conflicts_with = "json")]
    pub(crate) matrix: Option<Engine>,
    /// With --matrix: the number of shards [default: one for 16 keys, as many as the engine takes].
    #[arg(long, value_name = "N", requires = "matrix")]
    pub(crate) shards: Option<NonZero<u32>>,
    /// With --matrix: the pattern of the images' paths, e.g. 'out/{name}.img'.
    #[arg(short, long, value_name = "FILE", requires = "matrix", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The list to write. What it has already is joined with the others.
    #[arg(value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub(crate) out: PathBuf,
    /// The lists to join: SHA256SUMS of builds.
    #[arg(value_name = "SUMS", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) lists: Vec<PathBuf>,
}
