//! Looking at a machine: what it has printed, what can be read on its screen, and the picture.

use super::watcher::Seen;
use std::time::Instant;
use virtual_machine::{Error, Glyphs, Guest, Picture};

/// The size of the picture of a PC's text mode: 80 by 25 characters.
const TEXT_MODE: (usize, usize) = (720, 400);

/// The eyes on one guest.
#[derive(Debug)]
pub(super) struct Look<'a> {
    fonts: &'a [Glyphs],
    is_pc: bool,
    /// Bytes of the transcript that were taken.
    taken: usize,
    picture: Option<Picture>,
    lines: Vec<String>,
    number: u64,
    since: Instant,
}

impl<'a> Look<'a> {
    pub(super) fn new(fonts: &'a [Glyphs], is_pc: bool) -> Self {
        let since = Instant::now();
        Self { fonts, is_pc, taken: 0, picture: None, lines: Vec::new(), number: 0, since }
    }

    /// Times count from now on.
    pub(super) fn begin(&mut self) {
        self.since = Instant::now();
    }

    /// The lines that could be read on the screen last.
    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Whether the last picture was drawn, and is not a PC's text mode.
    pub(super) fn is_drawn(&self) -> bool {
        let size = self.picture.as_ref().map(|picture| (picture.width(), picture.height()));
        size.is_some_and(|size| size != TEXT_MODE)
    }

    /// Whether there is something on the last picture that was drawn, and nothing that can be read.
    pub(super) fn is_drawing(&self) -> bool {
        self.is_drawn() && !self.is_blank() && self.lines.iter().all(|line| line.is_empty())
    }

    /// Whether nothing is on the last picture: all of it has one colour.
    pub(super) fn is_blank(&self) -> bool {
        let pixels = self.picture.as_ref().map(Picture::pixels).unwrap_or_default();
        pixels.iter().all(|pixel| Some(pixel) == pixels.first())
    }

    /// The number of the last picture: another one is another picture.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The last picture.
    pub(super) fn picture(&self) -> Option<&Picture> {
        self.picture.as_ref()
    }

    /// What is to be seen now.
    pub(super) fn look(&mut self, guest: &mut Guest) -> Result<Seen, Error> {
        let is_over = guest.has_ended()?;
        let (serial, taken) = guest.said_since(self.taken);
        self.taken = taken;
        let mut bytes_read = 0;
        if !is_over {
            // OK to ignore: QEMU may end at any moment, which the next look tells.
            let _ = self.screen(guest);
            bytes_read = guest.reads().map_or(0, |(_, bytes)| bytes);
        }
        Ok(Seen {
            at: self.since.elapsed(),
            serial,
            screen: self.lines.clone(),
            picture: self.number,
            bytes_read,
            worked: guest.processor_time(),
            ending: guest.ending(),
            is_over,
        })
    }

    fn screen(&mut self, guest: &Guest) -> Result<(), Error> {
        let picture = guest.picture()?;
        if self.picture.as_ref() == Some(&picture) {
            return Ok(());
        }
        let size = (picture.width(), picture.height());
        let lines = match size == TEXT_MODE && self.is_pc {
            true => guest.text_screen()?,
            false => picture.read(self.fonts),
        };
        // What QEMU shows before the guest does.
        let is_qemus =
            lines.iter().any(|line| line.contains("Guest has not initialized the display"));
        let lines = if is_qemus { Vec::new() } else { lines };
        self.lines = lines.iter().map(|line| line.trim_end().to_owned()).collect();
        self.number += 1;
        self.picture = Some(picture);
        Ok(())
    }
}
