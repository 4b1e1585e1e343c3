//! What became of a trial.

use serde::{Deserialize, Serialize};

/// The verdict about a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// What the entry starts has come up: a system behind its initrd, or a program on its own screen.
    #[serde(rename = "system")]
    System,
    /// A kernel started, and nothing of its system was seen in time.
    #[serde(rename = "kernel")]
    Kernel,
    /// The menu that the entry opens came.
    #[serde(rename = "menu")]
    Menu,
    /// It failed, for a reason that was seen.
    #[serde(rename = "failed")]
    Failed,
    /// It cannot be said.
    #[serde(rename = "not proven")]
    NotProven,
}

impl Verdict {
    /// All verdicts, the best first.
    pub const ALL: [Self; 5] =
        [Self::System, Self::Menu, Self::Kernel, Self::NotProven, Self::Failed];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Kernel => "kernel",
            Self::Menu => "menu",
            Self::Failed => "failed",
            Self::NotProven => "not proven",
        }
    }

    /// Whether the entry did all that it is for.
    pub fn is_proven(self) -> bool {
        matches!(self, Self::System | Self::Menu)
    }
}

/// How far a boot came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// The firmware, and no menu.
    Firmware,
    /// GRUB's menu.
    Menu,
    /// A kernel.
    Kernel,
    /// The system, or the program on its own screen.
    System,
}

/// A judgement, as the watcher gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) verdict: Verdict,
    pub(super) reached: Rung,
    /// What it rests on, for people.
    pub(super) why: String,
    /// The line that was seen, where there is one.
    pub(super) seen: Option<String>,
}

impl Judgement {
    /// The judgement about a system with a drawn screen, of which another console was looked at: it says so if it
    /// rests on a line that was seen there.
    pub(super) fn on_another_console(self) -> Self {
        match self.seen {
            Some(_) => {
                let why = format!("behind its drawn screen, on another console: {}", self.why);
                Self { why, ..self }
            }
            None => self,
        }
    }
}

/// The outcome of a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// How far it came.
    pub reached: Rung,
    /// The evidence of the verdict, in words.
    pub why: String,
    /// The line that was seen, where there is one: text from the guest.
    pub seen: Option<String>,
    /// The last lines on the serial port, or else on the screen.
    pub last_lines: Vec<String>,
    /// Milliseconds from the start of the machine to the menu.
    pub menu_ms: Option<u64>,
    /// Milliseconds from the choice to the verdict.
    pub ms: u64,
}
