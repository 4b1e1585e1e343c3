//! The table for people.

use super::json::Report;
use super::outcome::Verdict;
use std::fmt::Write as _;

/// The table: an entry a row, a firmware a column; below, why what is not proven is not.
pub(super) fn table(report: &Report) -> String {
    let firmware: Vec<&str> = report.platforms.iter().map(|p| p.firmware.as_str()).collect();
    let rows = report.rows();
    let width = rows.iter().map(|row| row.name().chars().count()).max().unwrap_or(0).max(5);
    let mut out = format!("{:width$}", "ENTRY");
    for firmware in &firmware {
        let _ = write!(out, "  {firmware:20}");
    }
    trim_end(&mut out);
    let mut below = String::new();
    for row in &rows {
        let name = row.name();
        let _ = write!(out, "{name:width$}");
        for (firmware, cell) in firmware.iter().zip(&row.cells) {
            let trial = cell.map(|(_, trial)| trial);
            let cell = match trial.map(|trial| &trial.outcome) {
                None => "".to_owned(),
                Some(None) => "-".to_owned(),
                Some(Some(outcome)) => {
                    format!("{} ({:.1} s)", outcome.verdict.word(), outcome.ms as f64 / 1000.0)
                }
            };
            let _ = write!(out, "  {cell:20}");
            let Some(trial) = trial else { continue };
            let why = match (&trial.outcome, &trial.not_here) {
                (Some(outcome), _) if !outcome.verdict.is_proven() => {
                    let seen = outcome.seen.as_ref().filter(|seen| !outcome.why.contains(*seen));
                    let seen = seen.map_or(String::new(), |seen| format!(" ({seen})"));
                    format!("{}: {}{seen}", outcome.verdict.word(), outcome.why)
                }
                (None, Some(not_here)) => format!("not tried: {not_here}"),
                _ => continue,
            };
            let _ = writeln!(below, "{name} ({firmware}) {why}");
        }
        trim_end(&mut out);
    }
    if !below.is_empty() {
        out.push('\n');
        out.push_str(&below);
    }
    out.push('\n');
    out.push_str(&summary(report));
    out.push('\n');
    out
}

fn trim_end(line: &mut String) {
    line.truncate(line.trim_end().len());
    line.push('\n');
}

/// How many trials have which verdict.
pub(super) fn summary(report: &Report) -> String {
    let of =
        |verdict: Verdict| report.outcomes().filter(|outcome| outcome.verdict == verdict).count();
    let proven: usize = Verdict::ALL.into_iter().filter(|v| v.is_proven()).map(of).sum();
    let mut parts = vec![format!("{proven} of {} proven", report.outcomes().count())];
    for (verdict, words) in [
        (Verdict::Kernel, "to the kernel only"),
        (Verdict::NotProven, "not proven"),
        (Verdict::Failed, "failed"),
    ] {
        let count = of(verdict);
        if count > 0 {
            parts.push(format!("{count} {words}"));
        }
    }
    parts.join(", ")
}
