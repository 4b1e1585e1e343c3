//! `bootkey diff`: what two keys differ in, by owner.

use crate::cli::Diff;
use crate::failure::Failure;
use crate::print::{json, print};
use bootkey::diff::{Difference, How, diff};
use core::fmt::Write as _;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    first: String,
    second: String,
    differences: &'a [Difference],
}

pub(crate) fn run(args: &Diff, verbose: bool) -> Result<(), Failure> {
    let differences = diff(&args.first, &args.second)?;
    let name = |path: &std::path::Path| path.to_string_lossy().into_owned();
    print(&match args.json {
        true => json(&Document {
            schema: "bootkey.diff/1",
            first: name(&args.first),
            second: name(&args.second),
            differences: &differences,
        })?,
        false => text(&differences, verbose),
    })?;
    match differences.is_empty() {
        true => Ok(()),
        false => Err(Failure::Differ { count: differences.len() }),
    }
}

fn text(differences: &[Difference], verbose: bool) -> String {
    if differences.is_empty() {
        return "no difference\n".to_owned();
    }
    let mut out = String::new();
    let mut tables: BTreeMap<&str, usize> = BTreeMap::new();
    for Difference { owner, how } in differences {
        if let Some(system) = system_of_table(owner).filter(|_| !verbose) {
            *tables.entry(system).or_default() += 1;
            continue;
        }
        // OK to ignore, here and below: writing to a String does not fail.
        let _ = match how {
            How::OnlyInFirst => writeln!(out, "- {owner}: only in the first"),
            How::OnlyInSecond => writeln!(out, "+ {owner}: only in the second"),
            How::Length { first, second } => {
                writeln!(out, "~ {owner}: {first} bytes in the first, {second} in the second")
            }
            How::Bytes { count: 1, first } => writeln!(out, "~ {owner}: its byte {first} differs"),
            How::Bytes { count, first } => {
                writeln!(out, "~ {owner}: {count} bytes differ, the first is its byte {first}")
            }
        };
    }
    for (system, count) in tables {
        let parts = if count == 1 { "1 part differs" } else { &format!("{count} parts differ") };
        let _ = writeln!(out, "~ {system}/tables of the file system: {parts} (-v names all)");
    }
    out
}

/// The file system whose tables an owner is a part of: they tell where its files lie, and differ
/// wherever these do.
fn system_of_table(owner: &str) -> Option<&str> {
    let (system, part) = owner.split_once('/')?;
    let is_system = !matches!(system, "grub" | "partition table") && !system.contains(": ");
    (is_system && !part.starts_with("file ")).then_some(system)
}
