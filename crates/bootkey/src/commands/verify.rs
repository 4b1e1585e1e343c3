//! `bootkey verify`: whether a key is still what its record says.

use crate::cli::Verify;
use crate::failure::Failure;
use crate::print::{json, print};
use crate::progress::Meter;
use crate::say::Say;
use bootkey::verify::{Finding, Verdict, Verification, verify};
use bootkey::{Progress, key_inputs};
use core::fmt::Write as _;
use serde::Serialize;

/// Most findings that are printed for people.
const SHOWN: usize = 50;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    key: String,
    #[serde(flatten)]
    found: &'a Verification,
}

pub(crate) fn run(args: &Verify, say: &Say) -> Result<(), Failure> {
    let mut meter = Meter::new(args.progress, say);
    meter.phase("reading");
    let mut progress = |done, total| {
        meter.writing(&Progress { region: "reading", done, total });
    };
    let found = verify(&args.key, &mut progress);
    meter.end(found.is_ok());
    let found = found?;
    let key = args.key.to_string_lossy().into_owned();
    print(&match args.json {
        true => json(&Document { schema: "bootkey.verify/1", key, found: &found })?,
        false => text(&found),
    })?;
    match found.verdict {
        Verdict::Damaged => Err(Failure::NotSound { key: args.key.clone() }),
        Verdict::NoRecord => Err(key_inputs::Error::NoRecord { path: args.key.clone() }.into()),
        Verdict::NothingKnown => Err(Failure::NothingKnown { path: args.key.clone() }),
        Verdict::Sound | Verdict::Used => Ok(()),
    }
}

fn text(found: &Verification) -> String {
    let mut out = String::new();
    // OK to ignore, here and below: writing to a String does not fail.
    let _ = writeln!(
        out,
        "{}",
        match found.verdict {
            Verdict::Sound if found.not_vouched.is_empty() => {
                "sound: every byte that has an owner is as it was made"
            }
            Verdict::Sound => {
                "sound, as far as it is compared: every byte that has an owner is as it was made, but for the files \
                 below, which may have changed"
            }
            Verdict::Used => "used: it was changed since it was made, and nothing wrong was found",
            Verdict::Damaged => "not sound:",
            Verdict::NoRecord => {
                "no key that bootkey made, or without its record: only its structure was looked at"
            }
            Verdict::NothingKnown => "no key: nothing on it is known",
        }
    );
    for wrong in found.wrong.iter().take(SHOWN) {
        let Finding { owner, offset, bytes, what, is_bad_sector: _ } = wrong;
        let _ = write!(out, "  wrong    {owner}: {what}");
        if let (Some(offset), Some(bytes)) = (offset, bytes) {
            let _ = match bytes {
                1 => write!(out, " (the byte at {offset:#x})"),
                _ => write!(out, " ({bytes} bytes, the first at {offset:#x})"),
            };
        }
        out.push('\n');
    }
    if let Some(more @ 1..) = found.wrong.len().checked_sub(SHOWN) {
        let _ = writeln!(out, "  … and {more} more (--json lists all)");
    }
    for changed in &found.changed {
        let _ = writeln!(out, "  changed  {changed}");
    }
    for at in &found.not_vouched {
        let _ = writeln!(
            out,
            "  not compared: {at}: the record has no digest of it (`isos.checksums = true`, or the ISO's `sha256`, puts one there)"
        );
    }
    for note in &found.notes {
        let _ = writeln!(out, "  note     {note}");
    }
    out
}
