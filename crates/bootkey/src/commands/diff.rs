//! `bootkey diff`: what two keys differ in, by owner.

use crate::cli::Diff;
use crate::failure::Failure;
use crate::print::{json, print};
use bootkey::diff::{Difference, How, diff};
use core::fmt::Write as _;
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    first: String,
    second: String,
    differences: &'a [Difference],
}

pub(crate) fn run(args: &Diff) -> Result<(), Failure> {
    let differences = diff(&args.first, &args.second)?;
    let name = |path: &std::path::Path| path.to_string_lossy().into_owned();
    print(&match args.json {
        true => json(&Document {
            schema: "bootkey.diff/1",
            first: name(&args.first),
            second: name(&args.second),
            differences: &differences,
        })?,
        false => text(&differences),
    })?;
    match differences.is_empty() {
        true => Ok(()),
        false => Err(Failure::Differ { count: differences.len() }),
    }
}

fn text(differences: &[Difference]) -> String {
    let mut out = String::new();
    for Difference { owner, how } in differences {
        // OK to ignore: writing to a String does not fail.
        let _ = match how {
            How::OnlyInFirst => writeln!(out, "- {owner}"),
            How::OnlyInSecond => writeln!(out, "+ {owner}"),
            How::Length { first, second } => {
                writeln!(out, "~ {owner}: {first} bytes, and {second}")
            }
            How::Bytes { count, first } => {
                writeln!(out, "~ {owner}: {count} bytes differ, the first at its byte {first}")
            }
        };
    }
    out
}
