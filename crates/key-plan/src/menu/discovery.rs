//! The menu "ISOs found on this key": ISO files that were copied onto the key after it was made.
//!
//! ```text
//!  grub.cfg ─ chosen ─► discover.cfg   the partitions with ISOs; for each ISO its volume id: an entry
//!                           └─ chosen ─► recognise.cfg   which recipe fits; entries that start it
//! ```
//!
//! `recognise.cfg` is written by `boot_recipes` (its `at_boot/`), from what `Marker::at_boot` can ask.
//!
//! Only names and volume ids are read before the list is shown, so that it appears at once on a key
//! with many ISOs, too. A file's name may be anything. It goes from GRUB's expansion of a pattern
//! into variables and arguments, always in quotes, and never becomes part of a script's text.

use super::function_names::{ATTACH, CLEAN, HAS_ENTRY, NAME_BRAND, OFFER_ISO, OFFER_ISOS, SCAN};
use super::iso_entry::explain;
use super::variables::isos_device;
use crate::entry::IsoEntry;
use crate::paths::MEMDISK;
use boot_recipes::{Catalogue, OnKey};
use grub_config::{
    Command, Config, Error, Glob, Ident, If, MenuEntry, Name, Statement, Title, Word, bare,
    differs, equals, glob, ident, is_directory, is_empty, is_file, is_set, matches, name,
};

/// The script that makes the list.
pub(crate) const DISCOVER: &str = "discover.cfg";
/// The script that makes the menu of one ISO.
pub(crate) const RECOGNISE: &str = "recognise.cfg";

/// The directories in which ISOs are looked for on other partitions.
const DIRECTORIES: [&str; 2] = ["isos", "iso"];

/// The range of characters that is searched for those that reorder the text around them: see
/// [`grub_config::reorders_text`].
const REORDERING: core::ops::RangeInclusive<char> = '\u{200E}'..='\u{FEFF}';

/// The traits of a key that the scripts depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Discovery<'a> {
    /// The label of the partition that holds the ISOs.
    pub(crate) isos_label: &'a str,
    /// The ISOs that have an entry of their own already.
    pub(crate) entries: &'a [IsoEntry],
    /// The title of the entry that is shown where there is no ISO.
    pub(crate) no_iso: &'a str,
    /// Parameters for every Linux kernel.
    pub(crate) consoles: &'a [&'a str],
}

impl Discovery<'_> {
    /// The scripts: their file names and texts.
    pub(crate) fn scripts(
        &self,
        catalogue: &Catalogue,
    ) -> Result<Vec<(&'static str, String)>, Error> {
        let key = OnKey { memdisk: MEMDISK, consoles: self.consoles };
        let scripts = catalogue.scripts(&key)?;
        let mut list = Config::new();
        list.push(Statement::Comment("The list of ISOs that were copied onto the key.".to_owned()));
        list.push(scripts.name_brand);
        list.push(Statement::function(CLEAN, clean()?));
        list.push(Statement::function(HAS_ENTRY, self.has_entry()?));
        list.push(Statement::function(OFFER_ISO, offer_iso()?));
        list.push(Statement::function(OFFER_ISOS, offer_isos()?));
        list.push(Statement::function(SCAN, self.scan()?));
        list.extend(self.everywhere()?);
        Ok(vec![(DISCOVER, list.render()), (RECOGNISE, scripts.recognise.render())])
    }

    /// The body of `has_entry`, which succeeds if the ISO at the path $1 has an entry in the menu.
    fn has_entry(&self) -> Result<Vec<Statement>, Error> {
        let mut body = Vec::new();
        for some in self.entries.chunks(16) {
            let mut words: Vec<Word> = Vec::new();
            for entry in some {
                if !words.is_empty() {
                    words.push(bare!("-o").into());
                }
                // Both paths begin with a slash, so that `test` takes neither for an operator.
                let path = Word::literal(&format!("/{}", entry.file))?;
                words.extend([Word::positional(1), bare!("=").into(), path]);
            }
            body.push(If::new(Command::test(words), vec![Statement::returns(0)]).into());
        }
        // FAT and exFAT keep two names that differ in case for one, and GRUB shows short names there
        // in lower case, whatever they are called.
        let mut whatever_case = Vec::new();
        for some in self.entries.chunks(16) {
            let names: Vec<_> = some.iter().map(|e| any_case(&format!("/{}", e.file))).collect();
            let like = matches(&format!("^({})$", names.join("|")), Word::positional(1))?;
            whatever_case.push(If::new(like, vec![Statement::returns(0)]).into());
        }
        if !whatever_case.is_empty() {
            let no_case = matches("^(ex)?fat$", ident!("isos_fs"))?;
            body.push(If::new(no_case, whatever_case).into());
        }
        body.push(Statement::returns(1));
        Ok(body)
    }

    /// The body of `scan`, which offers the ISOs on the device $1: on a partition for ISOs all of
    /// them, on others those in [`DIRECTORIES`].
    fn scan(&self) -> Result<Vec<Statement>, Error> {
        let device = || Word::positional(1);
        let offer = |patterns: [Word; 2]| {
            let call = Command::call(OFFER_ISOS).arg(device());
            Statement::from(call.args(patterns))
        };
        let below =
            |pattern: &str| -> Result<Word, Error> { Ok(device().and(Glob::new(pattern)?)) };
        let whole = vec![
            offer([device().and(glob!("/*")), device().and(glob!("/*/*"))]),
            Statement::returns(0),
        ];
        // Many programs turn the label of a FAT file system into capitals.
        let label = format!("^{}$", any_case(self.isos_label));
        let labelled = matches(&label, ident!("device_label"))?;
        let readable = is_directory(device().and(Word::literal("/")?));
        let mut body = vec![
            // A partition without a file system is passed over in silence.
            If::new(readable, Vec::new()).otherwise(vec![Statement::returns(0)]).into(),
            probe(ident!("device_label"), bare!("--label"), device()),
            If::new(is_the_isos(device()), whole.clone()).elif(labelled, whole).into(),
        ];
        for directory in DIRECTORIES {
            let path = device().and(Word::literal(&format!("/{directory}"))?);
            let files = [below(&format!("/{directory}/*"))?, below(&format!("/{directory}/*/*"))?];
            body.push(If::new(is_directory(path), vec![offer(files)]).into());
        }
        Ok(body)
    }

    /// The statements that scan this key's own partition first, and then all others.
    fn everywhere(&self) -> Result<Vec<Statement>, Error> {
        let scan = |device: Word| Statement::from(Command::call(SCAN).arg(device));
        let has_own = is_set(ident!("isos"));
        let other = differs(ident!("device"), isos_device());
        let all = Word::literal("(")?.and(glob!("hd*,*")).and(Word::literal(")")?);
        let how = explain(&format!(
            "There is no ISO file on a partition labelled `{}`, nor in a directory /isos or /iso \
             of another one. Copy ISO files there; the partition may have ext2, ext3, ext4, FAT or \
             exFAT, and may be made again by hand. They then appear here: nothing has to be edited.",
            Title::new(self.isos_label)
        ))?;
        let nothing = MenuEntry::titled(Title::new(self.no_iso), how);
        let nothing = Statement::MenuEntry(nothing.class(name!("unknown")));
        let none = is_empty(ident!("found"));
        Ok(vec![
            Statement::clear(ident!("found")),
            If::new(
                has_own,
                vec![probe(ident!("isos_fs"), bare!("--fs"), isos_device()), scan(isos_device())],
            )
            .into(),
            Statement::For {
                variable: ident!("device"),
                words: vec![all],
                body: vec![If::new(other, vec![scan(ident!("device").into())]).into()],
            },
            If::new(none, vec![nothing]).into(),
        ])
    }
}

/// The definition of the function [`ATTACH`].
pub(super) fn attach() -> Result<Statement, Error> {
    let readable = || Ok::<_, Error>(is_directory(Word::literal("(loop)/")?));
    let loopback = || Command::new(name!("loopback"));
    let detach = || Statement::from(loopback().arg(bare!("-d")).arg(name!("loop")));
    let opened = vec![If::new(readable()?, vec![Statement::returns(0)]).into(), detach()];
    let open = loopback().arg(name!("loop")).arg(Word::positional(1));
    let body = vec![
        If::new(readable()?, vec![detach()]).into(),
        If::new(open, opened).into(),
        Statement::returns(1),
    ];
    Ok(Statement::function(ATTACH, body))
}

/// The statement that loads a script from GRUB's directory.
pub(super) fn source(file: &str) -> Result<Statement, Error> {
    let path = Word::from(ident!("prefix")).and(Word::literal(&format!("/{file}"))?);
    Ok(Command::new(name!("source")).arg(path).into())
}

fn probe(into: Ident, what: grub_config::Bare, device: Word) -> Statement {
    let set = Word::from(bare!("--set=")).and(Word::name_of(&into));
    Command::new(name!("probe")).arg(set).arg(what).arg(device).into()
}

/// The command that succeeds if `device` is the partition of this key's ISOs.
fn is_the_isos(device: Word) -> Command {
    equals(device, isos_device())
}

/// A regular expression for `text` with letters of either case.
fn any_case(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            c if c.is_ascii_alphabetic() => {
                out.extend(['[', c.to_ascii_lowercase(), c.to_ascii_uppercase(), ']']);
            }
            c if c.is_ascii_punctuation() => out.extend(['[', c, ']']),
            c => out.push(c),
        }
    }
    // `^` and a backslash need other forms: they do not stand for themselves in brackets.
    out.replace("[^]", r"\^").replace(r"[\]", r"\\")
}

/// The body of `clean`, which makes $text fit to be shown: it removes control characters and those
/// that reorder the text around them, and the middle of a long text. (The end of a file's name
/// tells versions apart.)
fn clean() -> Result<Vec<Statement>, Error> {
    let mut bad = vec!["[[:cntrl:]]".to_owned()];
    bad.extend(REORDERING.filter(|c| grub_config::reorders_text(*c)).map(String::from));
    let cut = |pattern: &str, second: grub_config::Bare| -> Result<Command, Error> {
        let command = Command::new(name!("regexp")).arg(bare!("--set=1:head")).arg(second);
        let command = command.arg(bare!("--"));
        Ok(command.literals([pattern])?.arg(ident!("text")))
    };
    let joined = |middle: &str| -> Result<Vec<Statement>, Error> {
        let text = Word::from(ident!("head")).and(Word::literal(middle)?).and(ident!("rest"));
        Ok(vec![Statement::set(ident!("text"), text)])
    };
    let long = matches(".{61}", ident!("text"))?;
    // The text is cut at ASCII characters only, never in the middle of a longer one.
    let middle = cut("^(.{20,35}[!-~]).*([!-~].{19})$", bare!("--set=2:rest"))?;
    Ok(vec![
        Statement::While {
            condition: cut(&format!("^(.*)({})(.*)$", bad.join("|")), bare!("--set=3:rest"))?,
            body: joined("?")?,
        },
        If::new(long, vec![If::new(middle, joined("…")?).into()]).into(),
    ])
}

/// The body of `offer_iso`, which makes an entry for the file $2 on the device $1.
fn offer_iso() -> Result<Vec<Statement>, Error> {
    let cut = |to: grub_config::Bare, pattern: &str, from: Word| -> Result<Statement, Error> {
        let command = Command::new(name!("regexp")).arg(to).arg(bare!("--"));
        Ok(command.literals([pattern])?.arg(from).into())
    };
    let shown = |of: Ident, to: Ident| {
        [
            Statement::set(ident!("text"), of),
            Command::call(CLEAN).into(),
            Statement::set(to, ident!("text")),
        ]
    };
    let title_with =
        |before: &str, what: Option<Ident>, behind: &str| -> Result<Statement, Error> {
            let mut title = Word::from(ident!("title")).and(Word::literal(before)?);
            if let Some(what) = what {
                title = title.and(what);
            }
            Ok(Statement::set(ident!("title"), title.and(Word::literal(behind)?)))
        };
    let has_entry = Command::call(HAS_ENTRY).arg(ident!("iso_path"));
    let has_entry = If::new(has_entry, vec![Statement::returns(0)]).into();

    let mut body = vec![
        cut(bare!("--set=1:iso_path"), r"^\([^)]*\)(/.*)$", Word::positional(2))?,
        If::new(is_the_isos(Word::positional(1)), vec![has_entry]).into(),
        cut(bare!("--set=1:iso_name"), "([^/]*)$", ident!("iso_path").into())?,
        Statement::set(ident!("found"), bare!("y")),
        Statement::clear(ident!("iso_label")),
        Statement::clear(ident!("brand")),
        Statement::set(ident!("class"), name!("iso")),
    ];
    body.extend(shown(ident!("iso_name"), ident!("shown")));
    body.push(Statement::set(ident!("name"), ident!("shown")));
    body.push(Statement::set(ident!("title"), ident!("shown")));

    let mut named = shown(ident!("iso_label"), ident!("name")).to_vec();
    named.push(Command::call(NAME_BRAND).into());
    named.push(title_with("  [", Some(ident!("name")), "]")?);
    let has_label = is_set(ident!("iso_label"));
    let ask = vec![
        probe(ident!("iso_label"), bare!("--label"), Word::literal("(loop)")?),
        If::new(has_label, named).into(),
    ];
    let attach = Command::call(ATTACH).arg(Word::positional(2));
    let not_an_iso = vec![
        Statement::set(ident!("class"), name!("unknown")),
        title_with("  (no ISO 9660 image)", None, "")?,
    ];
    body.push(If::new(attach, ask).otherwise(not_an_iso).into());
    let elsewhere = title_with("  ", None, "")?;
    let elsewhere = vec![
        elsewhere,
        Statement::set(ident!("title"), Word::from(ident!("title")).and(Word::positional(1))),
    ];
    body.push(If::new(is_the_isos(Word::positional(1)), Vec::new()).otherwise(elsewhere).into());

    // The entry's argument 1 is its title; these follow.
    let handed_on = [
        ident!("iso_path"),
        ident!("iso_name"),
        ident!("shown"),
        ident!("iso_label"),
        ident!("brand"),
        ident!("name"),
        ident!("class"),
    ];
    let mut open = vec![Statement::set(ident!("part"), Word::positional(2))];
    for (number, variable) in (3..).zip(&handed_on) {
        open.push(Statement::set(variable.clone(), Word::positional(number)));
    }
    open.push(source(RECOGNISE)?);
    let mut entry = MenuEntry::titled(ident!("title"), open).class(ident!("class"));
    entry = entry.argument(Word::positional(1));
    for variable in handed_on {
        entry = entry.argument(variable);
    }
    body.push(Statement::Submenu(entry));
    Ok(body)
}

/// The body of `offer_isos`, which offers those of the files $2… on the device $1 that are ISOs.
fn offer_isos() -> Result<Vec<Statement>, Error> {
    let file = || Word::from(ident!("file"));
    let named = matches(r"\.[iI][sS][oO]$", file())?;
    let there = is_file(file());
    let offer = Command::call(OFFER_ISO).arg(ident!("on")).arg(file());
    let offer = If::new(there, vec![offer.into()]);
    Ok(vec![
        Statement::set(ident!("on"), Word::positional(1)),
        Statement::For {
            variable: ident!("file"),
            words: vec![Word::positionals()],
            body: vec![If::new(named, vec![offer.into()]).into()],
        },
    ])
}

/// The class of the entry that opens the list.
pub(super) const CLASS: Name = Name::from_static("iso");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_either_case() {
        assert_eq!(any_case("isos"), "[iI][sS][oO][sS]");
        assert_eq!(any_case(r"a.^\]"), r"[aA][.]\^\\[]]");
    }
}
