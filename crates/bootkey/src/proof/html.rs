//! The report as one page: styles and pictures are in it, and nothing is fetched or run.

use super::json::{Report, TrialDone};
use super::outcome::{Outcome, Verdict};
use super::table::summary;
use crate::utc;
use askama::Template;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use key_page::filters;

#[derive(Template)]
#[template(path = "proof.html")]
struct Page<'a> {
    report: &'a Report,
    /// The page's style: light and dark, wide and narrow.
    style: &'static str,
    summary: String,
    date: String,
    time: String,
    version: &'static str,
}

/// The page.
pub(super) fn page(report: &Report) -> String {
    let (date, time) = utc::date_and_time(i64::try_from(report.time).unwrap_or(0));
    let style = include_str!("proof.css");
    let (summary, version) = (summary(report), env!("CARGO_PKG_VERSION"));
    let page = Page { report, style, summary, date, time, version };
    // OK to fall back: writing to a String does not fail.
    page.render().unwrap_or_default()
}

impl Page<'_> {
    /// The style of the worst verdict.
    fn worst(&self) -> &'static str {
        let rank = |verdict: &Verdict| Verdict::ALL.iter().position(|v| v == verdict);
        let verdicts = self.report.outcomes().map(|outcome| outcome.verdict);
        verdicts.max_by_key(rank).map_or("none", |worst| self.class(&worst))
    }

    /// The style of a verdict.
    fn class(&self, verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::System | Verdict::Menu => "good",
            Verdict::Kernel => "half",
            Verdict::NotProven => "none",
            Verdict::Failed => "bad",
        }
    }

    fn seconds(&self, ms: &u64) -> String {
        format!("{:.1}", *ms as f64 / 1000.0)
    }

    /// A reason as a sentence begins.
    fn sentence(&self, why: &str) -> String {
        let mut chars = why.chars();
        chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
    }

    /// The pictures of a trial in base64, with their captions.
    fn shots(&self, trial: &TrialDone, outcome: &Outcome) -> Vec<(String, String)> {
        let menu =
            outcome.menu_ms.map(|ms| format!("The menu, {} s after power on", self.seconds(&ms)));
        let end = format!("{} s after the choice", self.seconds(&outcome.ms));
        let shots = [(&trial.menu_png, menu.unwrap_or_default()), (&trial.end_png, end)];
        let shot = |(png, caption): (&Option<Vec<u8>>, _)| {
            Some((BASE64_STANDARD.encode(png.as_ref()?), caption))
        };
        shots.into_iter().filter_map(shot).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::tests::{platform, report, trial};
    use super::super::outcome::Rung;
    use super::*;

    /// Text from a guest is no markup, and turns nothing around.
    #[test]
    fn hostile_text_is_text() {
        let hostile = "<script>\"x\"</script>&'\u{202e}\u{1b}[2J\nnext";
        let text = || Some(hostile.to_owned());
        let outcome = Outcome {
            verdict: Verdict::Failed,
            reached: Rung::Kernel,
            why: hostile.to_owned(),
            seen: text(),
            last_lines: vec![hostile.to_owned()],
            menu_ms: Some(1234),
            ms: 5678,
        };
        let tried = TrialDone {
            outcome: Some(outcome),
            iso: text(),
            iso_sha256: text(),
            recipe: text(),
            menu_png: Some(b"picture".to_vec()),
            ..trial(hostile, None, "bios")
        };
        let elsewhere = TrialDone { not_here: Some("no \"BIOS\""), ..trial("b", None, "uefi") };
        let mut report = report(vec![platform("bios"), platform("uefi")], vec![tried, elsewhere]);
        report.key.name = hostile.to_owned();
        report.platforms[0].file = text();
        report.platforms[0].sha256 = text();
        let page = page(&report);
        assert!(!page.contains(['\u{202e}', '\u{1b}']) && !page.contains("<script"), "{page}");
        assert!(page.matches("&#60;script&#62;").count() >= 9, "{page}");
        for part in [
            "0 of 1 proven, 1 failed",
            "<a href=\"#t0\"><span class=\"v bad\">failed</span></a> <small>5.7 s</small>",
            "<td class=\"not\" title=\"no &#34;BIOS&#34;\">–</td>",
            "The menu, 1.2 s after power on\" src=\"data:image/png;base64,cGljdHVyZQ==\"",
            "next</pre>",
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
    }
}
