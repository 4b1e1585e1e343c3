//! systemd-boot's entries: <https://uapi-group.org/specifications/specs/boot_loader_specification/>.

use super::{MAX_ARGS, MAX_INITRDS, Texts, join};
use crate::BootEntry;
use std::io::{Read, Seek};

const DIRECTORY: &str = "/loader/entries/";
const MAX: usize = 32;

/// The entries in `/loader/entries`, the default one marked.
pub(super) fn entries<R: Read + Seek>(texts: &mut Texts<'_, R>) -> Vec<BootEntry> {
    let wanted = texts.read("/loader/loader.conf").and_then(|text| {
        let line = text.lines().find_map(|l| l.trim().strip_prefix("default"))?.trim().to_owned();
        Some(line.trim_end_matches(".conf").trim_end_matches('*').to_owned())
    });
    let mut files: Vec<String> = texts
        .contents
        .paths()
        .filter(|p| p.starts_with(DIRECTORY) && p.ends_with(".conf"))
        .map(str::to_owned)
        .take(MAX)
        .collect();
    files.sort();
    let mut entries = Vec::new();
    for file in files {
        let Some(text) = texts.read(&file) else { continue };
        let mut entry = BootEntry {
            config: DIRECTORY.trim_end_matches('/').to_owned(),
            title: String::new(),
            default: false,
            kernel: String::new(),
            initrds: Vec::new(),
            args: Vec::new(),
        };
        for line in text.lines() {
            let Some((key, value)) = line.trim().split_once([' ', '\t']) else { continue };
            let value = value.trim();
            match key {
                "title" => entry.title = value.to_owned(),
                "linux" => entry.kernel = join("", value),
                "initrd" if entry.initrds.len() <= MAX_INITRDS => {
                    entry.initrds.push(join("", value));
                }
                "options" => {
                    // An entry with more is not kept.
                    let left = (MAX_ARGS + 1).saturating_sub(entry.args.len());
                    entry.args.extend(value.split_whitespace().take(left).map(str::to_owned));
                }
                _ => {}
            }
        }
        let stem = file[DIRECTORY.len()..].trim_end_matches(".conf");
        entry.default =
            wanted.as_ref().is_some_and(|w| !w.is_empty() && stem.starts_with(w.as_str()));
        if !entry.kernel.is_empty() {
            entries.push(entry);
        }
    }
    if !entries.iter().any(|e| e.default)
        && let Some(first) = entries.first_mut()
    {
        first.default = true;
    }
    entries
}
