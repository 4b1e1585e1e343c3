//! The menu entry "Check the ISOs", by which GRUB reads the ISOs and compares their SHA-256 sums.
//!
//! The sums that the plan knows (see `docs/discovery.md`) lie on GRUB's partition, so that they are
//! not lost when the partition of the ISOs is made again. Each is a file of its own in
//! `sha256sum`'s format, so that the script can say which ISO is bad. Lists called SHA256SUMS
//! beside ISOs are checked, too.

use super::variables::{is_signed, isos_device, on_usbboot};
use crate::paths::PREFIX;
use grub_config::{
    Command, Config, Error, Ident, If, Statement, Title, Word, bare, glob, ident, is_file, is_set,
    name, pause, say,
};
use key_inventory::Iso;

/// The file name of the script.
pub(crate) const CHECK: &str = "check.cfg";

/// An ISO to check.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checked<'a> {
    /// The ISO's name on the key.
    pub(crate) file: &'a str,
    /// The ISO's SHA-256 in hex, if that is known.
    pub(crate) sha256: Option<&'a str>,
}

/// The path of the list with the sum of the ISO `number`.
fn list(number: usize) -> String {
    format!("{PREFIX}/sha256/{number}")
}

/// The files with the sums: their paths on GRUB's partition, and texts.
pub(crate) fn lists(isos: &[Checked<'_>]) -> Vec<(String, String)> {
    let line = |(n, iso): (usize, &Checked<'_>)| {
        Some((list(n), format!("{}  {}\n", iso.sha256?, iso.file)))
    };
    isos.iter().enumerate().filter_map(line).collect()
}

/// The text of the script.
pub(crate) fn script(isos: &[Checked<'_>], signed: bool) -> Result<String, Error> {
    let mut config = Config::new();
    config.push(Statement::Comment("Compares the ISOs with their SHA-256 sums.".to_owned()));
    let check = all(isos)?;
    if signed {
        // The signed GRUB lacks the command that compares sums, and may load no module with it.
        let sorry = say(
            "The signed GRUB that started this machine cannot compute SHA-256 sums. Start the key \
             on a machine without Secure Boot, or check the files on a running system: \
             sha256sum FILE.iso",
        )?;
        config.push(If::new(is_signed(), sorry).otherwise(check));
    } else {
        config.extend(check);
    }
    config.extend(pause());
    Ok(config.render())
}

fn hashsum(list: Word, directory: Word) -> Command {
    Command::new(name!("hashsum"))
        .arg(bare!("--hash=sha256"))
        .arg(bare!("--keep-going"))
        .arg(Word::from(bare!("--check=")).and(list))
        .arg(Word::from(bare!("--prefix=")).and(directory))
}

fn all(isos: &[Checked<'_>]) -> Result<Vec<Statement>, Error> {
    let bad = |n: usize| Ident::new(&format!("bad{n}"));
    let mut out = vec![
        // This module shows percentage and speed while a file is read.
        Statement::insmod(name!("progress")),
        Statement::set(ident!("enable_progress_indicator"), Word::number(1)),
        Statement::clear(ident!("bad")),
    ];
    let known = isos.iter().filter(|iso| iso.sha256.is_some()).count();
    let mut number = 0;
    for (n, iso) in isos.iter().enumerate().filter(|(_, iso)| iso.sha256.is_some()) {
        number += 1;
        let name = Title::new(iso.file);
        let file = isos_device().and(Word::literal(&format!("/{}", iso.file))?);
        let there = is_file(file);
        let sum = on_usbboot(&list(n))?;
        let damaged = |what: &str| -> Result<Vec<Statement>, Error> {
            Ok(vec![
                Statement::set(bad(n)?, Word::literal(what)?),
                Statement::set(ident!("bad"), bare!("y")),
            ])
        };
        out.push(Statement::clear(bad(n)?));
        out.extend(say(&format!("ISO {number} of {known}: {name}"))?);
        let fine = If::new(hashsum(sum, isos_device()), Vec::new());
        let fine = fine.otherwise(damaged("is damaged")?);
        out.push(If::new(there, vec![fine.into()]).otherwise(damaged("is not there")?).into());
    }
    out.extend(lists_beside_isos()?);
    out.push(Statement::echo(Word::empty()));
    for iso in isos.iter().filter(|iso| iso.sha256.is_none()) {
        let name = Title::new(iso.file);
        out.extend(say(&format!("{name}: its sum is not on the key (`isos.checksums = true`)"))?);
    }
    for (n, iso) in isos.iter().enumerate().filter(|(_, iso)| iso.sha256.is_some()) {
        let named = Word::literal(&format!("BAD: {} ", Title::new(iso.file)))?.and(bad(n)?);
        out.push(If::new(is_set(bad(n)?), vec![Statement::echo(named)]).into());
    }
    let whole = say(
        "Something is not as it should be: see above, where a line says HASH MISMATCH, READ ERROR, \
         or that a file was not found.",
    )?;
    let mut fine = say("All that was checked is as it should be.")?;
    if known == 0 {
        let nothing =
            say("There was nothing to compare with. Put a file SHA256SUMS beside the ISOs, as \
             `sha256sum *.iso > SHA256SUMS` makes it.")?;
        fine = vec![If::new(is_set(ident!("found_list")), fine).otherwise(nothing).into()];
    }
    out.push(If::new(is_set(ident!("bad")), whole).otherwise(fine).into());
    // Only 0 switches the indicator off; an empty value would not.
    out.push(Statement::set(ident!("enable_progress_indicator"), Word::number(0)));
    Ok(out)
}

/// The statements that check the lists beside ISOs, in the directories where the menu looks for
/// ISOs.
fn lists_beside_isos() -> Result<Vec<Statement>, Error> {
    let file = || Word::from(ident!("file"));
    let directory = Command::new(name!("regexp")).arg(bare!("--set=1:directory"));
    let directory = directory.literals(["^(.*)/[^/]*$"])?.arg(file());
    let bad = vec![Statement::set(ident!("bad"), bare!("y"))];
    let compare = hashsum(file(), ident!("directory").into());
    let body = vec![
        Statement::set(ident!("found_list"), bare!("y")),
        Statement::echo(Word::literal("By the list ")?.and(file())),
        directory.into(),
        If::new(compare, Vec::new()).otherwise(bad).into(),
    ];
    let there = is_file(file());
    Ok(vec![
        Statement::clear(ident!("found_list")),
        Statement::For {
            variable: ident!("file"),
            words: vec![
                isos_device().and(Word::literal("/SHA256SUMS")?),
                // `SUM?` instead of `SUMS` avoids an error of GRUB: see `in_loop` of boot-recipes.
                isos_device().and(glob!("/*/SHA256SUM?")),
            ],
            body: vec![If::new(there, body).into()],
        },
    ])
}

/// The ISOs to check: all that the key is built with, whether they have an entry or not.
pub(crate) fn checked(isos: &[Iso]) -> Vec<Checked<'_>> {
    isos.iter().map(|iso| Checked { file: &iso.file_name, sha256: iso.sha256.as_deref() }).collect()
}
