//! The progress over many keys.

use crate::progress::{Event, LINES, Style, bars_fit};
use crate::say::Say;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Shows how many keys are done.
pub(super) struct KeysMeter<'a> {
    say: &'a Say,
    show: Show,
    started: Instant,
    all: usize,
    /// The number of keys that are done, and when a line told it last.
    done: Mutex<(usize, Instant)>,
}

enum Show {
    Bar(ProgressBar),
    Lines,
    Events,
    Nothing,
}

impl<'a> KeysMeter<'a> {
    pub(super) fn new(style: Style, all: usize, say: &'a Say) -> Self {
        let show = match style {
            _ if say.is_quiet() => Show::Nothing,
            Style::None => Show::Nothing,
            Style::Json => Show::Events,
            Style::Auto if bars_fit() => Show::Bar(bar(all)),
            Style::Auto | Style::Plain => Show::Lines,
        };
        let started = Instant::now();
        Self { say, show, started, all, done: Mutex::new((0, started)) }
    }

    /// Counts a key that is done.
    pub(super) fn done(&self, name: &str) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.0 += 1;
        match &self.show {
            Show::Bar(bar) => {
                bar.set_message(shown_text::shown(name));
                bar.inc(1);
            }
            Show::Lines if done.1.elapsed() >= LINES => {
                done.1 = Instant::now();
                self.say.note(&format!("{} of {} keys", done.0, self.all));
            }
            Show::Events => {
                let (count, all) = (Some(done.0 as u64), Some(self.all as u64));
                Event::new("key", "keys", Some(name), count, all, self.started).print(self.say);
            }
            Show::Lines | Show::Nothing => {}
        }
    }

    /// Says something that stays above the bar.
    pub(super) fn above(&self, say: impl FnOnce()) {
        match &self.show {
            Show::Bar(bar) => bar.suspend(say),
            Show::Lines | Show::Events | Show::Nothing => say(),
        }
    }

    /// Ends the display.
    pub(super) fn end(&self) {
        if let Show::Bar(bar) = &self.show {
            bar.finish_and_clear();
        }
    }
}

fn bar(all: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{pos}/{len} keys {wide_bar} {msg} {eta} left");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ");
    ProgressBar::new(all as u64).with_style(style)
}
