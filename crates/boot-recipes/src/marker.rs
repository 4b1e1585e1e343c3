//! Markers: conditions on the facts about an ISO, which tell one kind from another.

use crate::payload::{is_self_contained, looked_for};
use iso_probe::{Initrd, IsoFacts, Machine};
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

/// A marker: a condition that an ISO meets or not. As text:
///
/// - `/isolinux/vmlinuz`: there is such a file;
/// - `/casper/`: there is such a directory, with a file somewhere in it;
/// - `label:MT86PLUS_*`: the volume id matches this;
/// - `disk:Ubuntu*`: the first line of `/.disk/info` matches this;
/// - `token:boot=casper`: an entry of the ISO's own menus has such a kernel parameter;
/// - `initrd:hooks/archiso_loop_mnt`: an initrd has such a file; `usr/` in front is left out, and
///   `**/` in front stands for any directories;
/// - `machine:arm64`: the ISO has a kernel or an EFI program for such a processor;
/// - `loopback.cfg:sane`: the ISO has a `loopback.cfg`, a menu made for booting from the ISO file,
///   without a known flaw;
/// - `payload:none`: the ISO's menus start something, and besides that there is nothing in it that
///   looks like a system or packages;
/// - `payload:some`: there is something like a system or packages besides what the menus start, or
///   an entry has a parameter by which what it starts would look for its medium.
///
/// `*` stands for any characters, `?` for one; neither for a `/` in paths. ASCII case does not
/// matter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Marker {
    text: String,
    kind: MarkerKind,
}

/// The kind of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkerKind {
    File,
    Directory,
    Label,
    Disk,
    Token,
    Initrd,
    Machine,
    SaneLoopbackCfg,
    NoPayload,
    Payload,
}

/// Whether a marker holds for an ISO, as far as the facts tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holds<'f> {
    /// The marker is there: this file, label, parameter or the like.
    Yes(Cow<'f, str>),
    /// The marker is not there.
    No,
    /// The answer depends on an initrd that was not unpacked.
    Unread,
}

/// The question by which GRUB can find out at boot whether a marker holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtBoot<'m> {
    /// Whether the ISO has such a file.
    File(&'m str),
    /// Whether the ISO has such a directory; the path ends in `/`.
    Directory(&'m str),
    /// Whether the volume id matches this.
    Label(&'m str),
    /// Whether the ISO has a `loopback.cfg`, with a flaw or without.
    LoopbackCfg,
    /// None: GRUB would have to understand what files hold.
    Unknowable,
}

/// The words that markers begin with, each with the words for it in sentences for people.
const KINDS: &[(&str, MarkerKind, &str)] = &[
    ("label:", MarkerKind::Label, "volume id"),
    ("disk:", MarkerKind::Disk, "/.disk/info"),
    ("token:", MarkerKind::Token, "boot parameter"),
    ("initrd:", MarkerKind::Initrd, "initrd with"),
    ("machine:", MarkerKind::Machine, "programs for"),
    ("loopback.cfg:", MarkerKind::SaneLoopbackCfg, "a sane"),
    (
        "payload:",
        MarkerKind::NoPayload,
        "nothing besides the kernels and initrds that its menu starts",
    ),
];

impl TryFrom<String> for Marker {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let word = KINDS.iter().find_map(|k| Some((k.1, text.strip_prefix(k.0)?)));
        let kind = match word {
            Some((MarkerKind::SaneLoopbackCfg, "sane")) => MarkerKind::SaneLoopbackCfg,
            Some((MarkerKind::NoPayload, "none")) => MarkerKind::NoPayload,
            Some((MarkerKind::NoPayload, "some")) => MarkerKind::Payload,
            Some((MarkerKind::SaneLoopbackCfg | MarkerKind::NoPayload, _)) => {
                return Err(wrong(&text));
            }
            Some((MarkerKind::Initrd, path)) if !telling(path) => {
                return Err(format!(
                    "`{text}`: facts don't keep such a name of an initrd (iso_probe::is_telling)"
                ));
            }
            Some((kind, rest)) if !rest.is_empty() => kind,
            None if text.starts_with('/') && text.len() > 1 && !text.contains("//") => {
                if text.ends_with('/') { MarkerKind::Directory } else { MarkerKind::File }
            }
            _ => return Err(wrong(&text)),
        };
        Ok(Self { text, kind })
    }
}

fn wrong(text: &str) -> String {
    format!("`{text}` is no marker: `/FILE`, `/DIRECTORY/`, `label:VOLUME-ID`, `token:PARAMETER`…")
}

/// Whether the facts about an initrd can hold a name that matches this pattern.
fn telling(pattern: &str) -> bool {
    let pattern = pattern.replacen("**/", "lib/", 1);
    iso_probe::is_telling(&pattern.replace(['*', '?'], "x"))
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            MarkerKind::File | MarkerKind::Directory => f.write_str(&self.text),
            MarkerKind::Label => write!(f, "a volume id like {}", self.glob()),
            MarkerKind::SaneLoopbackCfg => f.write_str("a sane loopback.cfg"),
            MarkerKind::NoPayload => f.write_str(self.what()),
            MarkerKind::Payload => {
                f.write_str("a system or packages that its kernel would look for")
            }
            _ => write!(f, "{} {}", self.what(), self.glob()),
        }
    }
}

impl Marker {
    fn glob(&self) -> &str {
        let rest = KINDS.iter().find_map(|k| self.text.strip_prefix(k.0));
        rest.unwrap_or(&self.text)
    }

    /// The marker's kind.
    pub(crate) fn kind(&self) -> MarkerKind {
        self.kind
    }

    /// Whether the marker, which is about initrds, matches a name in this one.
    pub(crate) fn is_in(&self, initrd: &Initrd) -> bool {
        initrd.names.iter().any(|name| self.matches_name(name))
    }

    /// Whether the marker, which is about initrds, matches a name in one.
    pub(crate) fn matches_name(&self, name: &str) -> bool {
        match self.glob().strip_prefix("**/") {
            None => glob(self.glob(), name),
            Some(end) => {
                let slashes = name.match_indices('/').map(|(at, _)| at + 1);
                std::iter::once(0).chain(slashes).any(|at| glob(end, &name[at..]))
            }
        }
    }

    fn what(&self) -> &'static str {
        KINDS.iter().find(|k| k.1 == self.kind).map_or("", |k| k.2)
    }

    /// The question by which GRUB can find out at boot whether the marker holds.
    pub(crate) fn at_boot(&self) -> AtBoot<'_> {
        match self.kind {
            MarkerKind::File => AtBoot::File(&self.text),
            MarkerKind::Directory => AtBoot::Directory(&self.text),
            MarkerKind::Label => AtBoot::Label(self.glob()),
            MarkerKind::SaneLoopbackCfg => AtBoot::LoopbackCfg,
            MarkerKind::Disk
            | MarkerKind::Token
            | MarkerKind::Initrd
            | MarkerKind::Machine
            | MarkerKind::NoPayload
            | MarkerKind::Payload => AtBoot::Unknowable,
        }
    }

    /// The marker's text, which for a file or a directory is the path; a directory's ends in `/`.
    pub(crate) fn path(&self) -> &str {
        &self.text
    }

    /// Whether the marker names a file.
    pub(crate) fn is_file(&self) -> bool {
        self.kind == MarkerKind::File
    }

    fn is_glob(&self) -> bool {
        self.text.contains(['*', '?'])
    }

    /// The files of the ISO whose paths begin with the marker's text up to its first wildcard: no
    /// others can match. The marker must name files or directories.
    fn candidates<'f>(&self, facts: &'f IsoFacts) -> impl Iterator<Item = &'f str> {
        let wildcard = self.text.find(['*', '?']).unwrap_or(self.text.len());
        facts.paths.beginning(self.text.get(..wildcard).unwrap_or_default())
    }

    /// The files of the ISO whose paths begin with the marker's text up to its first wildcard and
    /// lie as deep as the marker's: no others can match. The marker must name files.
    fn files_as_deep<'f>(&self, facts: &'f IsoFacts) -> impl Iterator<Item = &'f str> {
        let wildcard = self.text.find(['*', '?']).unwrap_or(self.text.len());
        let depth = self.text.matches('/').count();
        facts.paths.beginning_at(depth, self.text.get(..wildcard).unwrap_or_default())
    }

    /// All files of the ISO that the marker, which names a file, matches.
    pub(crate) fn files<'f>(&'f self, facts: &'f IsoFacts) -> impl Iterator<Item = &'f str> {
        let mut found: Vec<&str> = match self.is_file() && self.is_glob() {
            true => self.files_as_deep(facts).filter(|path| glob(&self.text, path)).collect(),
            false => facts.find(&self.text).into_iter().collect(),
        };
        found.sort_unstable();
        found.into_iter()
    }

    /// The first thing in `facts` that the marker matches: a file, a directory (ending in `/`), the
    /// volume id…
    pub(crate) fn find<'f>(&self, facts: &'f IsoFacts) -> Option<Cow<'f, str>> {
        let pattern = self.glob();
        let like = |text: &'f str| Some(text).filter(|t| glob(pattern, t)).map(Cow::Borrowed);
        match self.kind {
            MarkerKind::Label => {
                like(&facts.volume_id).or_else(|| facts.joliet_volume_id.as_deref().and_then(like))
            }
            MarkerKind::Disk => like(facts.disk_info.as_deref()?),
            MarkerKind::File if !self.is_glob() => facts.find(&self.text).map(Cow::from),
            MarkerKind::File => {
                self.files_as_deep(facts).filter(|path| glob(pattern, path)).min().map(Cow::from)
            }
            MarkerKind::Directory => {
                let levels = self.text.matches('/').count();
                let directory = |path: &'f str| {
                    let (end, _) = path.match_indices('/').nth(levels - 1)?;
                    path.get(..=end).filter(|directory| glob(pattern, directory))
                };
                let found = self.candidates(facts).filter(|path| directory(path).is_some()).min();
                found.and_then(directory).map(Cow::from)
            }
            MarkerKind::Token => facts
                .boot_entries
                .iter()
                .flat_map(|e| &e.args)
                .find_map(|arg| token(pattern, arg).then_some(Cow::Borrowed(arg.as_str()))),
            MarkerKind::Initrd => {
                let mut names = facts.initrds.values().flat_map(|initrd| &initrd.names);
                names.find(|name| self.matches_name(name)).map(|name| Cow::from(name.as_str()))
            }
            MarkerKind::Machine => machines(facts).find(|m| glob(pattern, m)).map(Cow::Borrowed),
            MarkerKind::SaneLoopbackCfg => {
                let cfg = facts.loopback_cfg.as_ref().filter(|cfg| cfg.flaw.is_none())?;
                Some(Cow::Borrowed(cfg.path.as_str()))
            }
            MarkerKind::NoPayload => is_self_contained(facts).then_some(Cow::Borrowed("")),
            MarkerKind::Payload => looked_for(facts).map(Cow::Borrowed),
        }
    }

    /// Whether the marker holds for an ISO. As long as some initrds have not been unpacked, a
    /// marker about initrds may hold, but no miss is certain.
    pub(crate) fn holds<'f>(&self, facts: &'f IsoFacts) -> Holds<'f> {
        let unread = !facts.unread_initrds.is_empty();
        match (self.find(facts), self.kind) {
            (Some(found), _) => Holds::Yes(found),
            (None, MarkerKind::Initrd) if unread => Holds::Unread,
            (None, _) => Holds::No,
        }
    }

    /// The words for what [`find`](Self::find) found, to follow "has" in a sentence about the ISO.
    pub(crate) fn why(&self, found: &str) -> String {
        match self.kind {
            MarkerKind::File | MarkerKind::Directory => found.to_owned(),
            _ => format!("{} {found}", self.what()).trim_end().to_owned(),
        }
    }
}

/// Whether the kernel parameter `arg` matches `pattern`, in which `*` may stand for slashes, too.
pub(crate) fn token(pattern: &str, arg: &str) -> bool {
    // With another character in place of each slash, the glob sees no separators.
    glob(&pattern.replace('/', "\0"), &arg.replace('/', "\0"))
}

/// The processors for which the ISO has a kernel or an EFI program.
fn machines(facts: &IsoFacts) -> impl Iterator<Item = &'static str> + '_ {
    // Only old kernels for the PC do not say what processor they are for.
    let kernels = facts.kernels.values().map(|k| k.machine.unwrap_or(Machine::X86));
    kernels.chain(facts.efi_programs.values().copied()).map(Machine::as_str)
}

/// Whether `text` matches `pattern`. The time is at most proportional to the product of their
/// lengths.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    like(pattern, text, Some(b'/'))
}

/// Whether `text` matches `pattern`, where `*` and `?` stand for any character but `separator`.
fn like(pattern: &str, text: &str, separator: Option<u8>) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to go on after a mismatch: in the pattern behind the last `*`, and in the text at the
    // place up to which that `*` has matched, which then moves one byte further.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (None, None) => return true,
            (Some(b'*'), _) => {
                retry = Some((p + 1, t));
                p += 1;
            }
            (Some(b'?'), Some(c)) if Some(*c) != separator => (p, t) = (p + 1, t + 1),
            (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) && *a != b'?' => {
                (p, t) = (p + 1, t + 1);
            }
            _ => match retry {
                Some((after, from)) if text.get(from).is_some_and(|c| Some(*c) != separator) => {
                    retry = Some((after, from + 1));
                    (p, t) = (after, from + 1);
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text) in [
            ("/a", "/A"),
            ("/*", "/abc"),
            ("/*.sfs", "/x.y.sfs"),
            ("/*/*.sfs", "/a/b.sfs"),
            ("MT86PLUS_*", "mt86plus_64"),
            ("a?c", "abc"),
            ("*", ""),
            ("**x", "aax"),
            ("/a*b*c", "/aXbbYc"),
            ("/live/", "/live/"),
            ("/v*z*", "/vmlinuz-6.1"),
        ] {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("/a", "/ab"),
            ("/*", "/a/b"),
            ("/*.sfs", "/a/b.sfs"),
            ("a?c", "a/c"),
            ("a?", "a"),
            ("x*", "ax"),
            ("/a*b", "/a/b"),
            ("", "a"),
            ("a", ""),
            ("/*/x", "/x"),
        ] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
        // No blow-up.
        assert!(!glob(&"*a".repeat(500), &"a".repeat(499)));
        assert!(glob(&"*a".repeat(499), &"a".repeat(499)));
    }

    #[test]
    fn tokens_are_no_paths() {
        assert!(token("root=live:*", "root=live:CDLABEL=a/b"));
        assert!(token("init=/nix/store/*", "init=/nix/store/x/init"));
        assert!(!token("boot=live", "boot=live2") && token("quiet", "QUIET"));
    }

    #[test]
    fn texts() {
        for bad in [
            "",
            "/",
            "isolinux/vmlinuz",
            "label:",
            "//",
            "/a//b",
            "Label:X",
            "token:",
            "loopback.cfg:bad",
            "payload:any",
            "initrd:lib/firmware/x",
        ] {
            assert!(Marker::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
