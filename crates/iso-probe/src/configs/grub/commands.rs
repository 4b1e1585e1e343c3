//! GRUB's commands, as far as a menu's entries depend on them.

use super::condition::{test, unsigned};
use super::options::{self, Takes};
use super::path::{inside, is_here};
use super::regexp;
use super::run::{FAILED, FALSE, Halt, OnError, Pending, Run, Status, TRUE};
use super::source::Source;
use crate::configs::menu::{Boots, MAX_INITRDS};
use crate::facts::Hypervisor;
use std::ops::Range;

pub(super) const ENTRY: &options::Known = &[
    ("class", '\u{1}', Takes::Value),
    ("users", '\u{2}', Takes::Maybe),
    ("hotkey", '\u{3}', Takes::Value),
    ("source", '\u{4}', Takes::Value),
    ("id", '\0', Takes::Value),
    ("unrestricted", '\0', Takes::Nothing),
];

const SEARCH: &options::Known = &[
    ("file", 'f', Takes::Nothing),
    ("label", 'l', Takes::Nothing),
    ("fs-uuid", 'u', Takes::Nothing),
    ("set", 's', Takes::Maybe),
    ("no-floppy", 'n', Takes::Nothing),
    ("efidisk-only", '\0', Takes::Nothing),
    ("root-dev-only", 'r', Takes::Nothing),
    ("hint", 'h', Takes::Value),
    ("hint-ieee1275", '\0', Takes::Value),
    ("hint-bios", '\0', Takes::Value),
    ("hint-baremetal", '\0', Takes::Value),
    ("hint-efi", '\0', Takes::Value),
    ("hint-arc", '\0', Takes::Value),
];

const PROBE: &options::Known = &[
    ("set", 's', Takes::Value),
    ("driver", 'd', Takes::Nothing),
    ("partmap", 'p', Takes::Nothing),
    ("fs", 'f', Takes::Nothing),
    ("fs-uuid", 'u', Takes::Nothing),
    ("label", 'l', Takes::Nothing),
    ("part-uuid", '\0', Takes::Nothing),
];

/// The end of a note about a missing file.
pub(in super::super) const NOT_THERE: &str = ", which is not there";

/// The block behind a command's words.
type Body = Option<(Source, Range<usize>)>;

impl Run<'_> {
    /// Runs a command: one of GRUB's, or else a function, or else an assignment. One that is none
    /// of these counts as true, as in GRUB.
    pub(super) fn command(&mut self, words: &[String], body: Body) -> Result<Status, Halt> {
        let Some((name, rest)) = words.split_first() else { return Ok(TRUE) };
        if name == "!" {
            let Some((name, rest)) = rest.split_first() else { return Ok(FAILED) };
            let status = self.plain_command(name, rest, body)?;
            return Ok(if status == TRUE { FALSE } else { TRUE });
        }
        self.plain_command(name, rest, body)
    }

    fn plain_command(&mut self, name: &str, rest: &[String], body: Body) -> Result<Status, Halt> {
        let first = rest.first().map_or("", String::as_str);
        match name {
            "set" => match first.split_once('=') {
                Some((name, value)) => self.set(name, value).map(|()| TRUE),
                None if rest.is_empty() => Ok(TRUE),
                None => Ok(FAILED),
            },
            "unset" => {
                self.environment.unset(first);
                Ok(TRUE)
            }
            "export" => {
                for name in rest {
                    self.environment.export(name, self.files.budget())?;
                }
                Ok(TRUE)
            }
            "test" | "[" => Ok(if test(rest, self.files) { TRUE } else { FALSE }),
            "menuentry" | "submenu" => self.entry(name == "submenu", rest, body),
            "linux" | "linux16" | "linuxefi" => Ok(self.linux(rest)),
            "multiboot" | "multiboot2" => Ok(self.multiboot(rest)),
            "module" | "module2" => Ok(self.module(rest)),
            "initrd" | "initrd16" | "initrdefi" => Ok(self.initrd(rest)),
            "source" | "." => {
                self.source_file(first)?;
                Ok(TRUE)
            }
            "configfile" | "normal" => self.configfile(first),
            "eval" => {
                let text = rest.join(" ");
                self.files.budget().charge_bytes(text.len())?;
                let whole = 0..text.len();
                let source = self.text_here(text)?;
                self.source(&source, whole, OnError::Stop)
            }
            "regexp" => self.regexp(rest),
            "search" => self.search(rest),
            "search.file" | "search.fs_label" | "search.fs_uuid" => {
                let found = name != "search.file" || self.is_here(first);
                self.found(found, rest.get(1).map_or("", String::as_str))
            }
            "break" | "continue" => {
                let count = if rest.is_empty() { 1 } else { unsigned(first) };
                if count == 0 || rest.len() > 1 {
                    return Ok(FAILED);
                }
                self.leave_loops(usize::try_from(count).unwrap_or(usize::MAX), name == "continue");
                Ok(TRUE)
            }
            "return" => {
                if self.environment.scopes.is_empty() || rest.len() > 1 {
                    return Ok(FAILED);
                }
                let status = if rest.is_empty() { self.environment.get("?") } else { first };
                let status = unsigned(status);
                self.leave();
                Ok(Status::try_from(status).unwrap_or(FAILED))
            }
            "shift" => {
                let count = if rest.is_empty() { 1 } else { unsigned(first) };
                let Some(scope) = self.environment.scopes.last_mut() else { return Ok(TRUE) };
                match usize::try_from(count).ok().filter(|n| *n <= scope.len()) {
                    Some(count) => drop(scope.drain(..count)),
                    None => return Ok(FAILED),
                }
                Ok(TRUE)
            }
            "setparams" => {
                let Some(scope) = self.environment.scopes.last_mut() else { return Ok(FAILED) };
                *scope = rest.to_vec();
                Ok(TRUE)
            }
            "boot" => match self.open.last() {
                Some(open) if open.boots.is_some() => Err(Halt::Gone),
                _ => Ok(FAILED),
            },
            "exit" | "halt" | "reboot" | "fwsetup" => Err(Halt::Gone),
            // The machine has 64 bits.
            "cpuid" => Ok(if matches!(first, "-l" | "--long-mode") { TRUE } else { FALSE }),
            "probe" => self.probe(rest),
            "false" | "keystatus" | "smbios" | "loopback" => Ok(FALSE),
            _ => self.other(name, rest),
        }
    }

    /// Runs any other command: a function, an assignment, or one that is assumed to succeed
    /// (`insmod`, `loadfont`, `terminal_output`…).
    fn other(&mut self, name: &str, rest: &[String]) -> Result<Status, Halt> {
        if let Some(status) = self.call(name, rest)? {
            return Ok(status);
        }
        let digits = |name: &str| name.starts_with(|c: char| c.is_ascii_digit());
        match name.split_once('=') {
            Some((name, value)) if !name.is_empty() && !digits(name) => self.set(name, value)?,
            _ => {}
        }
        Ok(TRUE)
    }

    fn entry(&mut self, submenu: bool, rest: &[String], body: Body) -> Result<Status, Halt> {
        let Some(options) = options::parse(ENTRY, true, rest) else {
            self.note("its options are none that GRUB takes");
            return Ok(FAILED);
        };
        let (source, body) = match (options.value("source"), body) {
            (Some(text), None) => {
                let whole = 0..text.len();
                (self.text_here(text.to_owned())?, whole)
            }
            (None, Some(body)) => body,
            _ => {
                self.note("it has no block of commands, or no single one");
                return Ok(FAILED);
            }
        };
        let Some(title) = options.arguments.first().map(|title| (*title).to_owned()) else {
            self.note("it has no title");
            return Ok(FAILED);
        };
        let item = Pending {
            id: options.value("id").unwrap_or(&title).to_owned(),
            title,
            submenu,
            arguments: options.arguments.iter().map(|a| (*a).to_owned()).collect(),
            source,
            body,
        };
        self.files.budget().charge_bytes(256)?;
        if let Some(open) = self.open.last_mut() {
            open.items.push(item);
        }
        Ok(TRUE)
    }

    /// A text from a command's words that is to be run. Its line number is that of the command.
    fn text_here(&mut self, text: String) -> Result<Source, Halt> {
        let (here, at) = &self.here;
        // Finding the line number means counting line ends from the start of the text.
        self.files.budget().charge_bytes(*at)?;
        let (file, first_line) = (here.file.clone(), here.line(*at));
        Ok(Source { file, text: text.into(), first_line })
    }

    fn linux(&mut self, rest: &[String]) -> Status {
        let Some((kernel, args)) = rest.split_first() else { return FAILED };
        let kernel = inside(kernel).unwrap_or_default();
        if self.files.len(&kernel).is_none() {
            self.note(&format!("it starts {}{NOT_THERE}", rest[0]));
        }
        if let Some(open) = self.open.last_mut() {
            open.boots = Some(Boots { kernel, args: args.to_vec(), ..Boots::default() });
        }
        TRUE
    }

    /// `multiboot`: a kernel that is not Linux. Of Xen, the first module is a Linux kernel.
    fn multiboot(&mut self, rest: &[String]) -> Status {
        let mut words = rest.iter().skip_while(|word| word.starts_with("--"));
        let Some(path) = words.next() else { return FAILED };
        let path = inside(path).unwrap_or_default();
        let hypervisor = Some(Hypervisor { path, args: words.cloned().collect() });
        if let Some(open) = self.open.last_mut() {
            open.boots = Some(Boots { hypervisor, ..Boots::default() });
        }
        TRUE
    }

    fn module(&mut self, rest: &[String]) -> Status {
        let mut words = rest.iter().skip_while(|word| word.starts_with("--"));
        let boots = self.open.last_mut().and_then(|open| open.boots.as_mut());
        let (Some(file), Some(boots)) = (words.next(), boots) else { return FAILED };
        let file = inside(file).unwrap_or_default();
        if boots.hypervisor.is_none() {
            return FAILED;
        }
        if boots.kernel.is_empty() {
            boots.kernel = file;
            boots.args = words.cloned().collect();
        } else if boots.initrds.len() <= MAX_INITRDS {
            boots.initrds.push(file);
        }
        TRUE
    }

    fn initrd(&mut self, rest: &[String]) -> Status {
        let named = rest.iter().filter(|word| !word.starts_with("--"));
        // `newc:NAME:FILE` is a file under another name.
        let file = |word: &String| match word.strip_prefix("newc:") {
            Some(rest) => inside(rest.split_once(':').map_or(rest, |(_, file)| file)),
            None => inside(word),
        };
        let initrds: Vec<String> = named.map(|word| file(word).unwrap_or_default()).collect();
        if let Some(missing) = initrds.iter().position(|path| self.files.len(path).is_none()) {
            let name = rest.get(missing).cloned().unwrap_or_default();
            self.note(&format!("it starts {name}{NOT_THERE}"));
        }
        match self.open.last_mut().and_then(|open| open.boots.as_mut()) {
            Some(boots) => {
                boots.initrds = initrds;
                TRUE
            }
            // GRUB wants the kernel first.
            None => FAILED,
        }
    }

    fn source_file(&mut self, file: &str) -> Result<bool, Halt> {
        let found = match inside(file) {
            Some(path) => self.file(&path)?,
            None => false,
        };
        if !found {
            self.note(&format!("it reads {file}{NOT_THERE}"));
        }
        Ok(found)
    }

    /// Runs `configfile`, which puts another menu in the place of this one.
    fn configfile(&mut self, file: &str) -> Result<Status, Halt> {
        let Some(path) = inside(file).filter(|path| self.files.len(path).is_some()) else {
            self.note(&format!("it reads {file}{NOT_THERE}"));
            return Ok(TRUE);
        };
        let mark = self.environment.mark();
        self.environment.open(self.files.budget())?;
        let menu = self.menu_of(&path);
        self.environment.close(mark);
        match menu? {
            Some(menu) => {
                if let Some(open) = self.open.last_mut() {
                    open.leads_to = Some(menu);
                }
                Err(Halt::Gone)
            }
            None => Ok(TRUE),
        }
    }

    fn regexp(&mut self, rest: &[String]) -> Result<Status, Halt> {
        let known = [("set", 's', Takes::Value)];
        let Some(options) = options::parse(&known, false, rest) else { return Ok(FAILED) };
        let &[pattern, text] = options.arguments.as_slice() else { return Ok(FAILED) };
        self.files.budget().charge_bytes((pattern.len() + 64) * (text.len() + 64))?;
        let Some(groups) = regexp::groups(pattern, text) else { return Ok(FALSE) };
        for (_, name) in &options.given {
            let name = name.unwrap_or_default();
            let (number, name) = match name.split_once(':') {
                Some((number, name)) => (unsigned(number), name),
                None => (1, name),
            };
            let group = usize::try_from(number).ok().and_then(|n| groups.get(n)).copied().flatten();
            match group {
                Some(text) => self.set(name, text)?,
                None => self.environment.unset(name),
            }
        }
        Ok(TRUE)
    }

    /// Runs `probe`, as far as it asks what this image is.
    fn probe(&mut self, rest: &[String]) -> Result<Status, Halt> {
        let Some(options) = options::parse(PROBE, false, rest) else { return Ok(FAILED) };
        let &[device] = options.arguments.as_slice() else { return Ok(FAILED) };
        let device = device.strip_prefix('(').and_then(|d| d.strip_suffix(')')).unwrap_or(device);
        let volume = self.files.volume();
        let asked = ["driver", "partmap", "fs", "fs-uuid", "label"];
        let value = match asked.into_iter().find(|name| options.has(name)) {
            // The firmware decides how the image is presented as a disk, so these questions have no
            // answer here.
            Some("driver" | "partmap") => return Ok(FALSE),
            Some("fs") => Some("iso9660".to_owned()),
            Some("fs-uuid") => volume.uuid.clone(),
            Some("label") => Some(volume.label.clone()),
            _ => None,
        };
        let (Some(value), true) = (value, is_here(device)) else { return Ok(FAILED) };
        if let Some(name) = options.value("set") {
            self.set(name, &value)?;
        }
        Ok(TRUE)
    }

    fn search(&mut self, rest: &[String]) -> Result<Status, Halt> {
        let Some(options) = options::parse(SEARCH, true, rest) else { return Ok(FAILED) };
        let mut variable = match options.value("set") {
            Some(name) => name,
            None if options.has("set") => "root",
            None => "",
        };
        // `search` also looks on other volumes and makes the one that it finds the root, so from
        // here on the ISO's own files must be found, too.
        self.files.look_behind();
        let hint = |word: &&&str| !word.starts_with("--hint-");
        let wanted = match options.arguments.iter().find(hint) {
            Some(wanted) => wanted,
            None if variable.is_empty() => return Ok(FAILED),
            None => std::mem::replace(&mut variable, "root"),
        };
        // Any label or UUID that is looked for is assumed to be this image's.
        let found = options.has("label") || options.has("fs-uuid") || self.is_here(wanted);
        let variable = variable.to_owned();
        self.found(found, &variable)
    }

    fn found(&mut self, found: bool, variable: &str) -> Result<Status, Halt> {
        if !found {
            return Ok(FAILED);
        }
        if !variable.is_empty() {
            self.set(variable, "cd0")?;
        }
        Ok(TRUE)
    }

    /// Whether this image has the file that a `search` looks for.
    fn is_here(&self, file: &str) -> bool {
        inside(file).is_some_and(|path| self.files.len(&path).is_some())
    }
}
