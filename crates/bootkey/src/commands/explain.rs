//! `bootkey explain`: where each byte of a key comes from.

use crate::cli::Explain;
use crate::failure::Failure;
use crate::print::{json, print};
use bootkey::explain::{Explanation, Kind, Range, explain};
use core::fmt::Write as _;
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    key: String,
    #[serde(flatten)]
    explanation: &'a Explanation,
}

pub(crate) fn run(args: &Explain, verbose: bool) -> Result<(), Failure> {
    let wanted = args.range.as_deref().map(range).transpose();
    let wanted = wanted.map_err(|message| Failure::Option { option: "RANGE", message })?;
    let mut explanation = explain(&args.key)?;
    if let Some((start, end)) = wanted {
        if start >= explanation.len {
            let message = format!("the image ends at byte {}", explanation.len);
            return Err(Failure::Option { option: "RANGE", message });
        }
        explanation.ranges.retain(|r| r.offset < end && r.offset + r.len > start);
    }
    let key = args.key.to_string_lossy().into_owned();
    print(&match args.json {
        true => json(&Document { schema: "bootkey.explain/1", key, explanation: &explanation })?,
        false => text(&explanation, verbose),
    })
}

/// The bytes that `1048576`, `0x100000`, `0x100000..0x200000` or `1048576+512` means.
fn range(text: &str) -> Result<(u64, u64), String> {
    let number = |text: &str| {
        let parsed = match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => text.parse(),
        };
        parsed.map_err(|_| format!("{text:?} is no offset; write one such as 4096 or 0x1000"))
    };
    let (start, end) = match (text.split_once(".."), text.split_once('+')) {
        (Some((start, end)), _) => (number(start)?, number(end)?),
        (None, Some((start, len))) => {
            let start = number(start)?;
            (start, start.saturating_add(number(len)?))
        }
        (None, None) => {
            let start = number(text)?;
            (start, start.saturating_add(1))
        }
    };
    match start < end {
        true => Ok((start, end)),
        false => Err(format!("{text:?} is no range: it ends before it begins")),
    }
}

fn text(explanation: &Explanation, verbose: bool) -> String {
    let mut out = String::new();
    // OK to ignore, here and below: writing to a String does not fail.
    let _ = match (&explanation.made_by, &explanation.no_record) {
        (Some(version), _) => writeln!(out, "by its record, made by bootkey {version}"),
        (None, Some(why)) => writeln!(out, "by its structure only: {why}"),
        (None, None) => Ok(()),
    };
    let _ =
        writeln!(out, "{:>12} {:>13}  {:<7}  whose  = where from", "offset (hex)", "bytes", "what");
    for range in &explanation.ranges {
        line(&mut out, range, verbose);
    }
    out
}

fn line(out: &mut String, range: &Range, verbose: bool) {
    let Range { offset, len, owner, kind, source, sha256 } = range;
    let kind = match kind {
        Kind::Made => "made",
        Kind::Copied => "copied",
        Kind::Patched => "patched",
        Kind::Built => "built",
        Kind::Zeros => "zeros",
        Kind::Slack => "slack",
        Kind::Unclaimed => "-",
        Kind::Unknown => "?",
    };
    let owner = match (owner.is_empty(), kind) {
        (false, _) => owner,
        (true, "-") => "nobody's",
        (true, _) => "not known",
    };
    let _ = write!(out, "{offset:012x} {len:>13}  {kind:<7}  {owner}");
    if let Some(source) = source {
        let _ = write!(out, "  = {}", source.name);
        let _ = match (&source.package, &source.version) {
            (Some(package), version) => {
                let version = version.as_deref().unwrap_or("of unknown version");
                write!(out, " of the package {package} {version}")
            }
            (None, Some(version)) => write!(out, " {version}"),
            (None, None) => Ok(()),
        };
        if let Some(offset) = source.offset {
            let _ = write!(out, ", from byte {offset}");
        }
        if let Some(sha256) = &source.sha256 {
            let _ = write!(out, ", sha256 {sha256}");
        }
    }
    if let Some(sha256) = sha256.as_ref().filter(|_| verbose) {
        let _ = write!(out, "  (these bytes: sha256 {sha256})");
    }
    let trimmed = out.trim_end().len();
    out.truncate(trimmed);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_offsets_or_pairs_of_them() {
        assert_eq!(range("512"), Ok((512, 513)));
        assert_eq!(range("0x200..0x400"), Ok((512, 1024)));
        assert_eq!(range("512+8"), Ok((512, 520)));
        for bad in ["", "x", "4..4", "5..4", "1+0", "0x", "-1"] {
            assert!(range(bad).is_err(), "{bad}");
        }
    }
}
