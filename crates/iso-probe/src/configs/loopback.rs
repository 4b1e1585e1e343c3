//! `loopback.cfg`, and whether it would work: several that were shipped don't.

use super::{Texts, directory, join};
use crate::LoopbackCfg;
use std::io::{Read, Seek};

const PLACES: [&str; 3] =
    ["/boot/grub/loopback.cfg", "/boot/grub2/loopback.cfg", "/grub/loopback.cfg"];
/// Files that one may lead to.
const MAX_FILES: usize = 16;

pub(super) fn find<R: Read + Seek>(texts: &mut Texts<'_, R>) -> Option<LoopbackCfg> {
    let path = PLACES.iter().find_map(|p| texts.find(p).map(str::to_owned))?;
    let flaw = flaw(texts, &path);
    Some(LoopbackCfg { path, flaw })
}

/// What keeps it from working, if anything does.
fn flaw<R: Read + Seek>(texts: &mut Texts<'_, R>, path: &str) -> Option<String> {
    let mut open = vec![path.to_owned()];
    let mut read: Vec<String> = Vec::new();
    let (mut linux, mut iso_path) = (false, false);
    while let Some(path) = open.pop() {
        if read.contains(&path) {
            continue;
        }
        if read.len() == MAX_FILES {
            return Some("it leads to more files than were looked at".into());
        }
        let Some(text) = texts.read(&path) else {
            return Some(format!("it needs {path}, which is not there"));
        };
        let sets_prefix = text.lines().any(|l| l.trim().starts_with("set prefix="));
        // Statements; the braces of a variable are those of no block.
        let mut pieces = text.split("${");
        let first = pieces.next().unwrap_or_default().to_owned();
        let text = pieces.fold(first, |text, piece| text + "$" + &piece.replacen('}', "", 1));
        for line in text.split(['\n', ';', '{']).map(str::trim).filter(|l| !l.starts_with('#')) {
            iso_path |= line.contains("iso_path") || line.contains("isofile");
            let mut words = line.split_whitespace();
            let (Some(command), Some(target)) = (words.next(), words.next()) else { continue };
            match command {
                "linux" | "linux16" | "linuxefi" => {
                    linux = true;
                    if let Some(why) = missing(texts, target) {
                        return Some(why);
                    }
                }
                "initrd" | "initrd16" | "initrdefi" => {
                    let all = std::iter::once(target).chain(words).filter(|t| *t != "}");
                    if let Some(why) = all.filter_map(|t| missing(texts, t)).next() {
                        return Some(why);
                    }
                }
                "source" | "configfile" | "." => {
                    let target = target.trim_matches(['"', '\'']);
                    if target.contains("prefix") && !sets_prefix {
                        return Some(format!(
                            "it reads {target}, which is another menu's when a key's GRUB runs it"
                        ));
                    }
                    let target = plain(target, directory(&path));
                    if !target.contains('$') {
                        open.push(target);
                    }
                }
                _ => {}
            }
        }
        read.push(path);
    }
    if linux && !iso_path {
        return Some("it does not hand on where the ISO file lies".into());
    }
    None
}

/// A path as a configuration writes it, without the device.
fn plain(target: &str, here: &str) -> String {
    let target = target.trim_matches(['"', '\'']);
    let target = target.strip_prefix('(').and_then(|t| t.split_once(')')).map_or(target, |t| t.1);
    join(here, target)
}

/// Says so when a file is not in the image. What has a variable or a pattern in it may be.
fn missing<R: Read + Seek>(texts: &Texts<'_, R>, target: &str) -> Option<String> {
    let path = plain(target, "");
    let unknown = path.contains(['$', '*', '?']);
    (!unknown && texts.find(&path).is_none())
        .then(|| format!("it starts {path}, which is not there"))
}
