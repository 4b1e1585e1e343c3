//! "Check the ISOs": GRUB reads them and compares SHA-256 sums, before anybody starts one.
//!
//! The sums lie on GRUB's partition, one file in `sha256sum`'s format for each ISO, so that they
//! outlive a partition of the ISOs that is made again, and so that the script can say at the end
//! which ISO is bad. Lists that lie beside ISOs, called SHA256SUMS, are used besides. The digests
//! are those that the plan knows: see `docs/discovery.md`.

use super::boot::wait;
use super::is_signed;
use crate::boot_tree::PREFIX;
use grub_config::{
    Command, Config, Error, Ident, If, Statement, Title, Word, bare, glob, ident, name,
};

/// The script.
pub(crate) const CHECK: &str = "check.cfg";

/// An ISO of the key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checked<'a> {
    /// Its name on the key.
    pub(crate) file: &'a str,
    /// Its SHA-256 in hex, if that is known.
    pub(crate) sha256: Option<&'a str>,
}

/// Where the sum of the ISO `number` lies.
fn list(number: usize) -> String {
    format!("{PREFIX}/sha256/{number}")
}

/// The lists, by their paths on GRUB's partition.
pub(crate) fn lists(isos: &[Checked<'_>]) -> Vec<(String, String)> {
    let line = |(n, iso): (usize, &Checked<'_>)| {
        Some((list(n), format!("{}  {}\n", iso.sha256?, iso.file)))
    };
    isos.iter().enumerate().filter_map(line).collect()
}

/// The script's text.
pub(crate) fn script(isos: &[Checked<'_>], signed: bool) -> Result<String, Error> {
    let mut config = Config::new();
    config.push(Statement::Comment("Compares the ISOs with their SHA-256 sums.".to_owned()));
    let check = all(isos)?;
    if signed {
        // Its GRUB has no such command, and may load none.
        let mut sorry = Vec::new();
        for text in [
            "The signed GRUB that started this machine cannot compute SHA-256 sums.",
            "Start the key on a machine without Secure Boot, or check the files on a running",
            "system:  sha256sum FILE.iso",
        ] {
            sorry.push(say(text)?);
        }
        config.push(If::new(is_signed(), sorry).otherwise(check));
    } else {
        config.extend(check);
    }
    config.push(say("Press Escape to return to the menu.")?);
    config.push(wait());
    Ok(config.render())
}

fn say(text: &str) -> Result<Statement, Error> {
    Ok(Command::new(name!("echo")).literals([text])?.into())
}

/// Where the ISOs are.
fn isos_device() -> Result<Word, Error> {
    Ok(Word::literal("(")?.and(ident!("isos")).and(Word::literal(")")?))
}

fn hashsum(list: Word, directory: Word) -> Command {
    Command::new(name!("hashsum"))
        .arg(bare!("--hash=sha256"))
        .arg(bare!("--keep-going"))
        .arg(Word::from(bare!("--check=")).and(list))
        .arg(Word::from(bare!("--prefix=")).and(directory))
}

fn all(isos: &[Checked<'_>]) -> Result<Vec<Statement>, Error> {
    let empty =
        |variable| -> Result<Statement, Error> { Ok(Statement::set(variable, Word::literal("")?)) };
    let bad = |n: usize| Ident::new(&format!("bad{n}"));
    let mut out = vec![
        // Per cent and speed while a file is read.
        Statement::insmod(name!("progress")),
        Statement::set(ident!("enable_progress_indicator"), Word::number(1)),
        empty(ident!("bad"))?,
    ];
    let known = isos.iter().filter(|iso| iso.sha256.is_some()).count();
    let mut number = 0;
    for (n, iso) in isos.iter().enumerate().filter(|(_, iso)| iso.sha256.is_some()) {
        number += 1;
        let name = Title::new(iso.file);
        let file = isos_device()?.and(Word::literal(&format!("/{}", iso.file))?);
        let there = Command::test([bare!("-f").into(), file]);
        let sum = Word::literal("(")?.and(ident!("usbboot"));
        let sum = sum.and(Word::literal(&format!("){}", list(n)))?);
        let damaged = |what: &str| -> Result<Vec<Statement>, Error> {
            Ok(vec![
                Statement::set(bad(n)?, Word::literal(what)?),
                Statement::set(ident!("bad"), bare!("y")),
            ])
        };
        out.push(empty(bad(n)?)?);
        out.push(say(&format!("ISO {number} of {known}: {name}"))?);
        let fine = If::new(hashsum(sum, isos_device()?), Vec::new());
        let fine = fine.otherwise(damaged("is damaged")?);
        out.push(If::new(there, vec![fine.into()]).otherwise(damaged("is not there")?).into());
    }
    out.extend(lists_beside_isos()?);
    out.push(say("")?);
    for iso in isos.iter().filter(|iso| iso.sha256.is_none()) {
        let name = Title::new(iso.file);
        out.push(say(&format!("{name}: its sum is not on the key (`isos.checksums = true`)"))?);
    }
    for (n, iso) in isos.iter().enumerate().filter(|(_, iso)| iso.sha256.is_some()) {
        let named = Word::literal(&format!("BAD: {} ", Title::new(iso.file)))?.and(bad(n)?);
        let named = Command::new(name!("echo")).arg(named).into();
        out.push(If::new(is_set(bad(n)?), vec![named]).into());
    }
    let whole = vec![
        say("Something is not as it should be: see above, where a line says HASH MISMATCH,")?,
        say("READ ERROR, or that a file was not found.")?,
    ];
    let fine = If::new(
        is_set(ident!("found_list")),
        vec![say("All that was checked is as it should be.")?],
    );
    let fine = fine.otherwise(vec![
        say("There was nothing to compare with. Put a file SHA256SUMS beside the ISOs, as")?,
        say("`sha256sum *.iso > SHA256SUMS` makes it.")?,
    ]);
    let fine = if known > 0 {
        vec![say("All that was checked is as it should be.")?]
    } else {
        vec![fine.into()]
    };
    out.push(If::new(is_set(ident!("bad")), whole).otherwise(fine).into());
    // An empty value would leave it on.
    out.push(Statement::set(ident!("enable_progress_indicator"), Word::number(0)));
    Ok(out)
}

fn is_set(variable: Ident) -> Command {
    Command::test([bare!("-n").into(), variable.into()])
}

/// The lists that somebody put beside ISOs, in the directories where the menu looks for ISOs.
fn lists_beside_isos() -> Result<Vec<Statement>, Error> {
    let file = || Word::from(ident!("file"));
    let directory = Command::new(name!("regexp")).arg(bare!("--set=1:directory"));
    let directory = directory.literals(["^(.*)/[^/]*$"])?.arg(file());
    let bad = vec![Statement::set(ident!("bad"), bare!("y"))];
    let compare = hashsum(file(), ident!("directory").into());
    let body = vec![
        Statement::set(ident!("found_list"), bare!("y")),
        Command::new(name!("echo")).arg(Word::literal("By the list ")?.and(file())).into(),
        directory.into(),
        If::new(compare, Vec::new()).otherwise(bad).into(),
    ];
    let there = Command::test([bare!("-f").into(), file()]);
    Ok(vec![
        Statement::set(ident!("found_list"), Word::literal("")?),
        Statement::For {
            variable: ident!("file"),
            words: vec![
                isos_device()?.and(Word::literal("/SHA256SUMS")?),
                // The last character as GRUB likes it: see `in_loop` of boot-recipes.
                isos_device()?.and(glob!("/*/SHA256SUM?")),
            ],
            body: vec![If::new(there, body).into()],
        },
    ])
}

/// What is checked: every ISO that the key is built with, whether it has an entry or not.
pub(crate) fn checked(isos: &[crate::Iso]) -> Vec<Checked<'_>> {
    isos.iter().map(|iso| Checked { file: &iso.file_name, sha256: iso.sha256.as_deref() }).collect()
}
