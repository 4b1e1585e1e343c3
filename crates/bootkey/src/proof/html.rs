//! The report as one page: styles and pictures are in it, and nothing is fetched or run.

use super::json::{Report, TrialDone};
use super::outcome::Verdict;
use super::table::summary;
use crate::utc;
use base64ct::{Base64, Encoding as _};
use std::fmt::Write as _;

/// The page's style: light and dark, wide and narrow.
const STYLE: &str = include_str!("proof.css");

/// The page.
pub(super) fn page(report: &Report) -> String {
    let mut out = String::new();
    let name = escaped(&report.key.name);
    let (date, time) = utc::date_and_time(i64::try_from(report.time).unwrap_or(0));
    let _ = writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>{name}: proof of boot</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>{name}</h1>\n<p class=\"sum\">{}</p>\n\
         <p>{} chosen by pressing keys, in a virtual machine, on each firmware that it \
         is for. The key was not changed. {date} {time} UTC, bootkey {}.</p>\n</header>\n<main>",
        summary_with_colour(report),
        if report.complete {
            "Every entry of its menu was"
        } else {
            "Of its menu, each of these entries was"
        },
        escaped(env!("CARGO_PKG_VERSION")),
    );
    matrix(&mut out, report);
    legend(&mut out);
    for (number, trial) in report.trials.iter().enumerate() {
        details(&mut out, number, trial);
    }
    facts(&mut out, report);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn summary_with_colour(report: &Report) -> String {
    let class = match report.outcomes().map(|outcome| outcome.verdict).max_by_key(|v| rank(*v)) {
        None => "none",
        Some(worst) => class(worst),
    };
    format!("<span class=\"v {class}\">{}</span>", escaped(&summary(report)))
}

/// The place of a verdict, the best first.
fn rank(verdict: Verdict) -> Option<usize> {
    Verdict::ALL.iter().position(|v| *v == verdict)
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::System | Verdict::Menu => "good",
        Verdict::Kernel => "half",
        Verdict::NotProven => "none",
        Verdict::Failed => "bad",
    }
}

/// The table: an entry a row, a firmware a column.
fn matrix(out: &mut String, report: &Report) {
    out.push_str("<div class=\"scroll\">\n<table>\n<thead><tr><th scope=\"col\">Entry</th>");
    for platform in &report.platforms {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escaped(&platform.firmware));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in report.rows() {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", escaped(&row.name()));
        for cell in &row.cells {
            match cell {
                None => out.push_str("<td></td>"),
                Some((number, trial)) => match &trial.outcome {
                    None => {
                        let why = trial.not_here.unwrap_or_default();
                        let _ = write!(out, "<td class=\"not\" title=\"{}\">–</td>", escaped(why));
                    }
                    Some(outcome) => {
                        let _ = write!(
                            out,
                            "<td><a href=\"#t{number}\"><span class=\"v {}\">{}</span></a> \
                             <small>{:.1} s</small></td>",
                            class(outcome.verdict),
                            outcome.verdict.word(),
                            seconds(outcome.ms),
                        );
                    }
                },
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}

fn legend(out: &mut String) {
    out.push_str(
        "<p class=\"legend\"><span class=\"v good\">system</span> what the entry starts has come up: a system behind \
         its initrd, a program on its own screen. <span class=\"v good\">menu</span> the menu that it opens came. \
         <span class=\"v half\">kernel</span> a kernel started, and no more was seen in time. <span class=\"v none\">not \
         proven</span> nothing that was seen says what became of it. <span class=\"v bad\">failed</span> it failed, as was \
         seen. – the entry is not for this firmware. Times run from the choice to the verdict.</p>\n",
    );
}

fn details(out: &mut String, number: usize, trial: &TrialDone) {
    let Some(outcome) = &trial.outcome else { return };
    let _ = write!(
        out,
        "<section id=\"t{number}\">\n<h2>{} <small>{}</small> <span class=\"v {}\">{}</span></h2>\n<p>{}",
        escaped(&trial.name()),
        escaped(&trial.firmware),
        class(outcome.verdict),
        outcome.verdict.word(),
        escaped(&capitalised(&outcome.why)),
    );
    if let Some(seen) = &outcome.seen {
        let _ = write!(out, ": <code>{}</code>", escaped(seen));
    }
    out.push_str("</p>\n<div class=\"shots\">\n");
    let menu = outcome.menu_ms.map(|ms| format!("The menu, {:.1} s after power on", seconds(ms)));
    let end = format!("{:.1} s after the choice", seconds(outcome.ms));
    let shots = [(&trial.menu_png, menu.unwrap_or_default()), (&trial.end_png, end)];
    for (png, caption) in shots {
        if let Some(png) = png {
            let _ = writeln!(
                out,
                "<figure><img loading=\"lazy\" alt=\"{0}: {1}\" src=\"data:image/png;base64,{2}\">\
                 <figcaption>{1}</figcaption></figure>",
                escaped(&trial.name()),
                escaped(&caption),
                Base64::encode_string(png),
            );
        }
    }
    out.push_str("</div>\n");
    if let (Some(iso), Some(sha256)) = (&trial.iso, &trial.iso_sha256) {
        let recipe =
            trial.recipe.as_ref().map_or(String::new(), |r| format!(", by recipe {}", escaped(r)));
        let _ = writeln!(
            out,
            "<p class=\"fact\"><code>{}</code>{recipe}<br>SHA-256 <code>{sha256}</code></p>",
            escaped(iso),
        );
    }
    if !outcome.last_lines.is_empty() {
        let lines = outcome.last_lines.join("\n");
        let _ = writeln!(
            out,
            "<details><summary>The last lines that it printed</summary><pre>{}</pre></details>",
            escaped(&lines)
        );
    }
    out.push_str("</section>\n");
}

fn facts(out: &mut String, report: &Report) {
    let _ = writeln!(
        out,
        "<section>\n<h2>What was tried, on what</h2>\n<dl>\n<dt>Key</dt><dd><code>{}</code><br>SHA-256 \
         <code>{}</code></dd>\n<dt>Machine</dt><dd>{} MiB of memory, the key at {}, no network</dd>",
        escaped(&report.key.name),
        escaped(&report.key.sha256),
        report.key.memory_bytes >> 20,
        escaped(&report.key.bus),
    );
    for platform in &report.platforms {
        let secure = if platform.secure_boot { ", Secure Boot" } else { "" };
        let _ = write!(
            out,
            "<dt>{}{secure}</dt><dd>QEMU {} ({})",
            escaped(&platform.firmware),
            escaped(&platform.qemu),
            escaped(&platform.accelerator),
        );
        if let (Some(file), Some(sha256)) = (&platform.file, &platform.sha256) {
            let _ =
                write!(out, "<br><code>{}</code><br>SHA-256 <code>{sha256}</code>", escaped(file));
        }
        out.push_str("</dd>\n");
    }
    out.push_str(
        "</dl>\n<p>The same for programs is in <code>proof.json</code>.</p>\n</section>\n",
    );
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// Text from outside, for a page: nothing in it is markup, or acts on the text around it. Line ends stay.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in shown_text::shown_lines(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn text_from_a_guest_is_no_markup_and_turns_nothing_around() {
        let text = escaped("<script>\"x\"</script>&'\u{202e}\u{1b}[2J\nnext");
        assert!(!text.contains(['<', '>', '"', '\'', '\u{202e}', '\u{1b}']), "{text}");
        assert!(text.contains("&lt;script&gt;") && text.ends_with("\nnext"), "{text}");
    }
}
