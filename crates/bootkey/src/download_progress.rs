//! The progress of downloads: a bar for each on a terminal, now and then a line for a log, events for
//! a program.

use crate::progress::{Event, LINES, Style, bar, bars_fit};
use crate::say::Say;
use bootkey::key_inputs::{DownloadEvent, NeededDownload};
use indicatif::{MultiProgress, ProgressBar};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shows how far downloads are. Several threads tell it.
pub(crate) struct DownloadProgress<'a> {
    say: &'a Say,
    show: Show,
    started: Instant,
    each: Mutex<BTreeMap<usize, One>>,
}

enum Show {
    Bars(MultiProgress),
    Lines,
    Events,
    Nothing,
}

/// A download.
struct One {
    began: Instant,
    /// Bytes that were there before.
    from: u64,
    len: Option<u64>,
    told: Instant,
    bar: Option<ProgressBar>,
}

impl<'a> DownloadProgress<'a> {
    pub(crate) fn new(style: Style, say: &'a Say) -> Self {
        let show = match style {
            _ if say.is_quiet() => Show::Nothing,
            Style::None => Show::Nothing,
            Style::Json => Show::Events,
            Style::Auto if bars_fit() => Show::Bars(MultiProgress::new()),
            Style::Auto | Style::Plain => Show::Lines,
        };
        Self { say, show, started: Instant::now(), each: Mutex::default() }
    }

    /// The listener to hand to downloads.
    pub(crate) fn listener(
        &self,
    ) -> impl Fn(usize, &NeededDownload, DownloadEvent<'_>) + Sync + use<'_, 'a> {
        |number, needed, event| self.tell(number, needed.url(), &event)
    }

    /// Shows what happens to the download of that number, from `url`.
    fn tell(&self, number: usize, url: &str, event: &DownloadEvent<'_>) {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            DownloadEvent::Waiting => {
                self.note(&format!("{url}: waiting for another bootkey, which downloads it"))
            }
            DownloadEvent::Failed(failure) => self.note(&failure.to_string()),
            DownloadEvent::Begins { url, redirects, from, len } => {
                self.note(&format!("downloading {url}{}{}", led_to(redirects), goes_on(*from)));
                let now = Instant::now();
                let before = each.remove(&number).and_then(|one| one.bar);
                let bar = match &self.show {
                    Show::Bars(bars) => Some(before.unwrap_or_else(|| bars.add(bar()))),
                    _ => None,
                };
                if let Some(bar) = &bar {
                    bar.set_message(url.path().rsplit('/').next().unwrap_or_default().to_owned());
                    bar.set_length(len.unwrap_or_default());
                    bar.set_position(*from);
                }
                let (from, len) = (*from, *len);
                each.insert(number, One { began: now, from, len, told: now, bar });
            }
            DownloadEvent::Came(bytes) => {
                let Some(one) = each.get_mut(&number) else { return };
                self.came(url, one, *bytes);
            }
            _ => {}
        }
    }

    fn came(&self, url: &str, one: &mut One, bytes: u64) {
        let all = one.len == Some(bytes);
        let now = Instant::now();
        let every = match self.show {
            Show::Bars(_) => {
                if let Some(bar) = &one.bar {
                    bar.set_position(bytes);
                    all.then(|| bar.finish_and_clear());
                }
                return;
            }
            Show::Nothing => return,
            Show::Lines => LINES,
            Show::Events => crate::progress::EVENTS,
        };
        let json = matches!(self.show, Show::Events);
        if now - one.told < every && !(json && all) {
            return;
        }
        one.told = now;
        if json {
            let (done, total) = (Some(bytes), one.len);
            Event::new("progress", "downloading", Some(url), done, total, self.started)
                .print(self.say);
        } else {
            self.say.note(&line(url, one, bytes, now - one.began));
        }
    }

    fn note(&self, text: &str) {
        match &self.show {
            // Between the bars a line of another's would be torn.
            Show::Bars(bars) => bars.suspend(|| self.say.note(text)),
            Show::Lines => self.say.note(text),
            Show::Events | Show::Nothing => {}
        }
    }
}

fn led_to(redirects: &[impl std::fmt::Display]) -> String {
    redirects.iter().map(|to| format!(" -> {to}")).collect()
}

fn goes_on(from: u64) -> String {
    match from {
        0 => String::new(),
        _ => format!(", from {} MiB on", from >> 20),
    }
}

fn line(url: &str, one: &One, bytes: u64, elapsed: Duration) -> String {
    let rate = (bytes.saturating_sub(one.from)) as f64 / elapsed.as_secs_f64().max(0.001);
    let mib = |bytes: u64| bytes >> 20;
    let how_far = match one.len {
        Some(len) => format!(
            "{}%, {} of {} MiB, {:.0} s left",
            u128::from(bytes) * 100 / u128::from(len.max(1)),
            mib(bytes),
            mib(len),
            len.saturating_sub(bytes) as f64 / rate.max(1.0),
        ),
        None => format!("{} MiB", mib(bytes)),
    };
    format!("downloading: {how_far}, {:.1} MiB/s ({url})", rate / f64::from(1 << 20))
}
