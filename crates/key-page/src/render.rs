//! The page as HTML.

use crate::commands::Commands;
use crate::filters;
use crate::page::{FileKind, KeyPage, MenuLine, ProofTable, ProofVerdict};
use crate::sizes::{bytes, size};
use crate::words::Words;
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("../assets/page.css");
const SCRIPT: &str = concat!(
    "\"use strict\";\n",
    include_str!("../assets/sha256.js"),
    include_str!("../assets/worker.js"),
    include_str!("../assets/check.js"),
);

/// What stands for itself in the path of a relative address.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[derive(Template)]
#[template(path = "page.html")]
struct Html<'a> {
    page: &'a KeyPage,
    words: &'static Words,
    commands: Commands,
    policy: String,
    style: &'static str,
    script: &'static str,
    /// The address of the image's file, which lies beside the page.
    link: String,
    menu: Vec<Line<'a>>,
    lock: Option<Lock<'a>>,
}

/// A line of the drawn menu, or the ends of menus inside it.
#[derive(Debug, PartialEq, Eq)]
struct Line<'a> {
    title: &'a str,
    /// Whether it is the first one, on which the menu begins.
    first: bool,
    opens: bool,
    /// The number of menus that end here; such a line has no title.
    closes: usize,
}

struct Lock<'a> {
    file: &'a str,
    text: &'a str,
    link: String,
    command: String,
}

impl KeyPage {
    /// The page as HTML.
    pub fn to_html(&self) -> String {
        let lock = self.lock.as_ref().map(|lock| Lock {
            file: &lock.file,
            text: &lock.text,
            link: format!("data:application/toml;base64,{}", BASE64.encode(&lock.text)),
            command: format!(
                "bootkey build {} -o key.img",
                shown_text::ShellWord::of(lock.file.as_ref())
            ),
        });
        let html = Html {
            page: self,
            words: self.language.words(),
            commands: Commands::of(self),
            policy: policy(),
            style: STYLE,
            script: SCRIPT,
            link: format!("./{}", utf8_percent_encode(&self.file, IN_PATH)),
            menu: drawn(&self.menu),
            lock,
        };
        // OK to unwrap: nothing that is put in fails to be written to a String.
        html.render().expect("a page of texts and numbers")
    }
}

/// The policy of the page: its own style and script, by their digests, the worker that the script makes,
/// and nothing from anywhere.
fn policy() -> String {
    let digest = |text: &str| BASE64.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; worker-src blob:; img-src data:; \
         base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    )
}

/// The lines of the menu with the ends of the menus inside it.
fn drawn(menu: &[MenuLine]) -> Vec<Line<'_>> {
    let (mut lines, mut open) = (Vec::new(), 0);
    let end = |closes| Line { title: "", first: false, opens: false, closes };
    for (number, line) in menu.iter().enumerate() {
        let depth = line.depth.min(open);
        if depth < open {
            lines.push(end(open - depth));
        }
        let opens = line.submenu;
        lines.push(Line { title: &line.title, first: number == 0, opens, closes: 0 });
        open = depth + usize::from(opens);
    }
    if open > 0 {
        lines.push(end(open));
    }
    lines
}

impl Html<'_> {
    fn form(&self) -> String {
        match self.page.kind {
            FileKind::Image => self.words.image.to_owned(),
            FileKind::Packed(program) => self.words.packed.replace("{program}", program),
            FileKind::VirtualDisk(format) => self.words.virtual_disk.replace("{format}", format),
        }
    }

    fn is_wrapped(&self) -> bool {
        self.page.kind != FileKind::Image
    }

    fn is_packed(&self) -> bool {
        matches!(self.page.kind, FileKind::Packed(_))
    }

    // The template gives references.
    fn size(&self, len: &u64) -> String {
        size(*len, self.words)
    }

    fn both(&self, len: &u64) -> String {
        let (rough, exact) = (size(*len, self.words), bytes(*len, self.words));
        if rough == exact { exact } else { format!("{rough} ({exact})") }
    }

    fn stick(&self) -> String {
        self.words.at_least.replace("{size}", &self.both(&self.page.image_len))
    }

    fn firmware(&self) -> String {
        let names = self.page.firmware.iter().map(|firmware| self.firmware_name(firmware));
        names.collect::<Vec<_>>().join(", ")
    }

    fn firmware_name<'t>(&self, firmware: &'t str) -> &'t str {
        match firmware {
            "bios" => self.words.bios,
            "uefi-x64" => self.words.uefi_x64,
            "uefi-ia32" => self.words.uefi_ia32,
            "uefi-arm64" => self.words.uefi_arm64,
            other => other,
        }
    }

    fn proof_what(&self, proof: &ProofTable) -> String {
        self.words.proof_what.replace("{date}", &proof.date)
    }

    fn verdict(&self, verdict: &Option<ProofVerdict>) -> &'static str {
        match verdict {
            Some(ProofVerdict::System) => self.words.proof_system,
            Some(ProofVerdict::Menu) => self.words.proof_menu,
            Some(ProofVerdict::Kernel) => self.words.proof_kernel,
            Some(ProofVerdict::NotProven) => self.words.not_proven,
            Some(ProofVerdict::Failed) => self.words.failed,
            None => self.words.not_tried,
        }
    }

    fn has_uefi(&self) -> bool {
        self.page.firmware.iter().any(|firmware| *firmware != "bios")
    }

    fn made_by(&self) -> String {
        self.words.made_by.replace("{version}", self.page.version)
    }
}
