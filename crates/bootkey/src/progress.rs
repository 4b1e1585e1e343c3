//! The progress of the writing: a bar for a terminal, now and then a line for a log, events for a
//! program.

use crate::say::Say;
use bootkey::Progress;
use clap::ValueEnum;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Serialize;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

/// A way to show progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Style {
    /// A bar on a terminal, lines elsewhere.
    #[default]
    Auto,
    /// A line every few seconds.
    Plain,
    /// A line of JSON for each event.
    Json,
    /// No progress at all.
    None,
}

/// Time between two lines of a log.
pub(crate) const LINES: Duration = Duration::from_secs(5);
/// Time between two events.
pub(crate) const EVENTS: Duration = Duration::from_millis(100);

pub(crate) struct Meter<'a> {
    say: &'a Say,
    show: Show,
    /// The device that is written, where there are several.
    device: Option<String>,
    started: Instant,
    told: Option<Instant>,
    /// The phases, each with its start.
    phases: Vec<(&'static str, Instant)>,
}

/// The name of the phase in which a device forgets: it is told to, and gets no bytes.
pub(crate) const ERASING: &str = "erasing";

/// The line of a phase whose length is not known yet, and of one that is.
const OF_WORDS: &str = "{prefix}{msg} …";
const OF_BYTES: &str = "{prefix}{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} left";
/// The line of a phase that is measured in bytes which nobody sends.
const OF_SHARES: &str = "{prefix}{msg} {wide_bar} {percent} %";

enum Show {
    Bar(ProgressBar),
    Lines,
    Events,
    Nothing,
}

/// A line of `--progress json`. `schema` changes when a field changes its meaning.
#[derive(Debug, Serialize)]
pub(crate) struct Event<'a> {
    schema: &'static str,
    event: &'static str,
    phase: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    /// Milliseconds since the build began.
    ms: u128,
}

impl<'a> Event<'a> {
    pub(crate) fn new(
        event: &'static str,
        phase: &'static str,
        region: Option<&'a str>,
        done: Option<u64>,
        total: Option<u64>,
        started: Instant,
    ) -> Self {
        let ms = started.elapsed().as_millis();
        let schema = "bootkey.progress/1";
        Self { schema, event, phase, device: None, region, done, total, ms }
    }

    pub(crate) fn print(&self, say: &Say) {
        if let Ok(line) = serde_json::to_string(self) {
            say.raw(&crate::print::plain(&line));
        }
    }
}

impl<'a> Meter<'a> {
    pub(crate) fn new(style: Style, say: &'a Say) -> Self {
        let show = match style {
            _ if say.is_quiet() => Show::Nothing,
            Style::None => Show::Nothing,
            Style::Json => Show::Events,
            Style::Auto if bars_fit() => Show::Bar(bar()),
            Style::Auto | Style::Plain => Show::Lines,
        };
        Self { say, show, device: None, started: Instant::now(), told: None, phases: Vec::new() }
    }

    /// One of several, each of which is about a device: their bars stand below each other.
    pub(crate) fn of_device(mut self, device: String, bars: &MultiProgress) -> Self {
        if let Show::Bar(bar) = self.show {
            bar.set_prefix(format!("{device} "));
            self.show = Show::Bar(bars.add(bar));
        }
        Self { device: Some(device), ..self }
    }

    /// Shows what is being done now.
    pub(crate) fn phase(&mut self, phase: &'static str) {
        self.phases.push((phase, Instant::now()));
        match &self.show {
            Show::Bar(bar) => {
                bar.reset();
                bar.set_length(0);
                bar.set_style(style(OF_WORDS));
                bar.set_message(phase);
                bar.tick();
            }
            Show::Events => self.event("phase", phase, None),
            Show::Lines | Show::Nothing => {}
        }
    }

    /// Shows that more of the image was written.
    pub(crate) fn writing(&mut self, progress: &Progress<'_>) {
        let every = match &self.show {
            Show::Bar(bar) => {
                if bar.length() != Some(progress.total) {
                    let is_erasing = self.phases.last().is_some_and(|(name, _)| *name == ERASING);
                    bar.set_style(style(if is_erasing { OF_SHARES } else { OF_BYTES }));
                    bar.set_length(progress.total);
                }
                bar.set_position(progress.done);
                return;
            }
            Show::Nothing => return,
            Show::Lines => LINES,
            Show::Events => EVENTS,
        };
        let now = Instant::now();
        let (phase, since) = self.phases.last().copied().unwrap_or(("writing", self.started));
        let last = self.told.unwrap_or(self.started);
        if now - last < every && progress.done < progress.total {
            return;
        }
        if let Show::Events = self.show {
            self.told = Some(now);
            self.event("progress", phase, Some(progress));
        } else if now - last >= every {
            self.told = Some(now);
            self.line(phase, progress, now - since);
        }
    }

    fn line(&self, phase: &str, progress: &Progress<'_>, elapsed: Duration) {
        let mib = |bytes: u64| bytes >> 20;
        let Progress { region, done, total } = *progress;
        let percent = u128::from(done) * 100 / u128::from(total.max(1));
        let device = self.device.as_ref().map(|device| format!("{device}: ")).unwrap_or_default();
        let region = if region.is_empty() { String::new() } else { format!(" ({region})") };
        let rate = done as f64 / elapsed.as_secs_f64().max(0.001);
        let mut pace = String::new();
        // Before the first byte nobody knows how fast it is, and what the first moments were busy with
        // says nothing about the rest.
        if done > 0 {
            pace += &format!(", {:.0} MiB/s", rate / f64::from(1 << 20));
        }
        if percent > 0 {
            pace += &format!(", {:.0} s left", (total - done) as f64 / rate);
        }
        self.say.note(&format!(
            "{device}{phase}: {percent}%, {} of {} MiB{pace}{region}",
            mib(done),
            mib(total),
        ));
    }

    fn event(&self, event: &'static str, phase: &'static str, progress: Option<&Progress<'_>>) {
        let (done, total) = (progress.map(|p| p.done), progress.map(|p| p.total));
        let region = progress.map(|p| p.region).filter(|region| !region.is_empty());
        let event = Event::new(event, phase, region, done, total, self.started);
        Event { device: self.device.as_deref(), ..event }.print(self.say);
    }

    /// Ends the display of the work itself, not of what prepares it, and tells programs if it is done.
    pub(crate) fn end(self, succeeded: bool) {
        if let Show::Events = self.show
            && succeeded
        {
            self.event("done", "writing", None);
        }
        self.finish();
    }

    /// Ends the display, and tells as a detail how long each phase took.
    pub(crate) fn finish(self) {
        let ends = self.phases.iter().skip(1).map(|(_, start)| *start).chain([Instant::now()]);
        let took = self.phases.iter().zip(ends).map(|((phase, start), end)| {
            format!("{phase} {:.0} ms", (end - *start).as_secs_f64() * 1000.0)
        });
        let took = took.collect::<Vec<_>>().join(", ");
        if let Show::Bar(bar) = &self.show {
            bar.finish_and_clear();
        }
        self.say.detail(&format!("time: {took}"));
    }
}

/// Whether standard error is a terminal on which a line can be drawn again.
pub(crate) fn bars_fit() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

pub(crate) fn bar() -> ProgressBar {
    ProgressBar::new(0).with_style(style(OF_BYTES))
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}
