//! The checks of texts in a lock that become parts of addresses, paths and messages.

use crate::error::Error;
use crate::lock::{LocalInput, Lock, Member, Package};

/// Longest package file, in bytes: ten times the longest that holds an ISO.
const MAX_PACKAGE: u64 = 4 << 30;
/// Longest name, version or path.
const MAX_TEXT: usize = 4096;

/// Checks everything in a lock but its spec.
pub(crate) fn check(lock: &Lock) -> Result<(), Error> {
    word("bootkey", &lock.bootkey, ".+-~")?;
    digest("image", &lock.image.sha256)?;
    lock.listed.iter().try_for_each(|listed| digest("listed", listed))?;
    lock.packages.iter().try_for_each(package)?;
    lock.files.iter().try_for_each(|file| local("file", file))?;
    lock.directories.iter().try_for_each(|directory| local("directory", directory))
}

fn package(package: &Package) -> Result<(), Error> {
    let Package { name, version, architecture, suite, path, sha256, size, members } = package;
    word("package.name", name, "+-.")?;
    word("package.version", version, "+-.~:")?;
    word("package.architecture", architecture, "-")?;
    suite.split('/').try_for_each(|part| word("package.suite", part, "._+~-"))?;
    below("package.path", path)?;
    if path.chars().any(|c| !(c.is_ascii_alphanumeric() || "/._~+:@=,-".contains(c))) {
        return wrong("package.path", path, "no path of a package in an archive");
    }
    digest("package", sha256)?;
    if *size > MAX_PACKAGE {
        return wrong("package.size", &size.to_string(), "more than any package has");
    }
    members.iter().try_for_each(|Member { path, sha256, size: _ }| {
        below("package.member.path", path)?;
        digest("package.member", sha256)
    })
}

fn local(what: &'static str, input: &LocalInput) -> Result<(), Error> {
    let path = &input.path;
    if path.is_empty() || path.len() > MAX_TEXT || path.contains('\0') {
        return wrong(what, path, "no path");
    }
    digest(what, &input.sha256)
}

/// A word of ASCII letters, digits and those signs, which begins with a letter or a digit.
fn word(what: &'static str, text: &str, signs: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || signs.contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins && text.len() <= 128 && text.chars().all(plain) {
        return Ok(());
    }
    wrong(what, text, "none")
}

/// Checks that a path stays below the directory that it starts from: relative, without empty parts,
/// `.` and `..`.
fn below(what: &'static str, path: &str) -> Result<(), Error> {
    let part = |p: &str| !matches!(p, "" | "." | "..") && !p.chars().any(char::is_control);
    if path.len() <= MAX_TEXT && path.split('/').all(part) {
        return Ok(());
    }
    wrong(what, path, "no path that stays below where it starts")
}

fn digest(what: &'static str, text: &str) -> Result<(), Error> {
    let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    if text.len() == 64 && text.bytes().all(hex) {
        return Ok(());
    }
    wrong(what, text, "no SHA-256 in small hexadecimal digits")
}

fn wrong(what: &'static str, text: &str, why: &'static str) -> Result<(), Error> {
    Err(Error::Value { what, text: text.chars().take(80).collect(), why })
}
