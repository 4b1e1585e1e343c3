//! The menu made from labels, with what their command lines start.

use super::read::{Config, Label, Type, read};
use crate::configs::files::{Files, join};
use crate::configs::menu::{Boots, Item, MAX_ARGS, MAX_INITRDS, Menu, Trouble};
use crate::facts::Hypervisor;

/// The number of menus or labels that may lead from one to the next.
const MAX_DEPTH: usize = 4;

/// The programs that show a menu, either of the files they are given or of the configuration.
const MENUS: [&str; 3] = ["menu.c32", "vesamenu.c32", "menu/menu.c32"];
/// The programs that choose one of several commands, which `--` separates. The first command is for
/// machines that have the feature asked for, such as a 64-bit processor.
const CHOICES: [&str; 3] = ["ifcpu64.c32", "ifcpu.c32", "ifplop.c32"];
/// The ends of names that mark a program as something else than Linux.
const OTHERS: [&str; 8] = [".c32", ".com", ".cbt", ".bss", ".bin", ".bs", ".0", ".img"];

/// The thing that a label leads to.
enum Meaning {
    Boots(Boots),
    Menu(Menu),
    Nothing,
}

struct Resolver<'f> {
    files: &'f mut dyn Files,
    config: Config,
    /// The command line that starts if nobody chooses: its first word, and the rest.
    by_itself: (String, String),
    here: &'f str,
    depth: usize,
    trouble: Option<Trouble>,
}

/// The menu of the file at `path`. Relative paths in it, and in files that it includes, start from
/// `here`.
pub(super) fn menu_from(files: &mut dyn Files, path: &str, here: &str, depth: usize) -> Menu {
    let (config, trouble) = read(files, &[path.to_owned()], here);
    menu(files, config, trouble, here, depth)
}

/// The menu that a configuration shows.
fn menu(
    files: &mut dyn Files,
    mut config: Config,
    mut trouble: Option<Trouble>,
    here: &str,
    depth: usize,
) -> Menu {
    let program = config.ui.clone().unwrap_or_else(|| config.default.clone());
    let (program, arguments) = command(&program);
    // A menu program that is given files reads those instead of this configuration.
    if is_one_of(&program, &MENUS) {
        let given = arguments.split_whitespace().filter(|a| *a != "~");
        let given: Vec<String> = given.map(|file| join(here, file)).collect();
        if !given.is_empty() {
            (config, trouble) = read(files, &given, here);
        }
    }
    let by_itself = by_itself(&config);
    let mut resolver = Resolver { files, config, by_itself, here, depth, trouble };
    let mut menu = resolver.submenu(0);
    menu.trouble = resolver.trouble;
    menu
}

/// The command line that starts if nobody chooses.
fn by_itself(config: &Config) -> (String, String) {
    // `ontimeout` may be a kernel's command line, too, as for those who cannot see a menu.
    let names_one = |line: &&str| {
        let (word, _) = command(line);
        config.labels.iter().any(|label| label.name == word)
    };
    let timeout = config.on_timeout.as_deref().filter(names_one);
    command(timeout.unwrap_or(&config.default))
}

/// The first word of a command line, and the rest.
fn command(line: &str) -> (String, String) {
    let line = line.trim();
    let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    (word.to_owned(), rest.trim().to_owned())
}

fn is_one_of(program: &str, programs: &[&str]) -> bool {
    let name = program.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let name = name.strip_suffix(".c32").unwrap_or(&name);
    programs.iter().any(|known| known.strip_suffix(".c32") == Some(name))
}

impl Resolver<'_> {
    /// The menu with this number. Hidden labels follow those that are shown.
    fn submenu(&mut self, number: usize) -> Menu {
        let numbers = self.config.menus.get(number).map_or(&[][..], |menu| &menu.labels);
        let labels = numbers.iter().filter_map(|n| self.config.labels.get(*n));
        let mut labels: Vec<Label> = labels.filter(|label| !label.disabled).cloned().collect();
        labels.sort_by_key(|label| label.hidden);
        let mut menu = Menu::default();
        let mut marked = None;
        for label in labels {
            if self.files.budget().charge_bytes(256).is_err() {
                break;
            }
            let n = menu.items.len();
            let chosen = self.chosen(&label);
            if label.default || chosen.is_some() {
                marked = Some(n);
            }
            let mut item = Item {
                title: label.title.as_deref().unwrap_or(&label.name).replace('^', ""),
                id: label.name.clone(),
                ..Item::default()
            };
            let meaning = match label.submenu {
                Some(number) => Meaning::Menu(self.submenu(number)),
                None => self.meaning(&label, chosen.as_deref().unwrap_or_default(), 0),
            };
            match meaning {
                Meaning::Boots(boots) => item.boots = Some(boots),
                Meaning::Menu(inner) => item.menu = Some(inner),
                Meaning::Nothing => {}
            }
            menu.items.push(item);
        }
        let starts = |item: &Item| item.boots.is_some() || item.menu.is_some();
        menu.default = marked.or_else(|| menu.items.iter().position(starts)).unwrap_or(0);
        menu
    }

    /// The parameters that the command line which starts by itself gives a label, behind the label's
    /// own; `None` if it names another. The case of labels matters, unlike that of keywords.
    fn chosen(&self, label: &Label) -> Option<String> {
        let (word, more) = &self.by_itself;
        (!word.is_empty() && *word == label.name).then(|| more.clone())
    }

    /// The meaning of a label, with `more` parameters behind its own.
    fn meaning(&mut self, label: &Label, more: &str, depth: usize) -> Meaning {
        let own = label.append.as_deref().unwrap_or(&self.config.append);
        let own = if own == "-" { "" } else { own };
        let mut arguments = format!("{own} {more}");
        if let Some(initrd) = &label.initrd {
            arguments += &format!(" initrd={initrd}");
        }
        let (kernel, first) = command(&label.kernel);
        let arguments = format!("{first} {arguments}").trim().to_owned();
        match label.kind {
            Type::Linux => self.linux(&kernel, &arguments, label),
            Type::Kernel => self.kernel(&kernel, &arguments, label, depth),
            Type::Com32 => self.program(&kernel, &arguments, label, depth),
            Type::Config => self.config(&kernel, &arguments),
            Type::Other => Meaning::Nothing,
        }
    }

    fn kernel(&mut self, kernel: &str, arguments: &str, label: &Label, depth: usize) -> Meaning {
        let name = kernel.to_ascii_lowercase();
        let path = join(self.here, kernel);
        // `.c32` at the end of a program's name may be left out.
        let program =
            self.files.len(&path).is_none() && self.files.len(&format!("{path}.c32")).is_some();
        if name.ends_with(".c32") || program {
            self.program(kernel, arguments, label, depth)
        } else if OTHERS.iter().any(|end| name.ends_with(end)) {
            Meaning::Nothing
        } else {
            self.linux(kernel, arguments, label)
        }
    }

    /// The meaning of a label that starts one of syslinux's own programs.
    fn program(&mut self, program: &str, arguments: &str, label: &Label, depth: usize) -> Meaning {
        if depth >= MAX_DEPTH || self.depth >= MAX_DEPTH {
            return Meaning::Nothing;
        }
        if is_one_of(program, &["linux.c32"]) {
            let (kernel, arguments) = command(arguments.trim_start_matches("-dhcpinfo"));
            return self.linux(&kernel, &arguments, label);
        }
        if is_one_of(program, &CHOICES) {
            let first = arguments.split("--").next().unwrap_or_default();
            return self.line(first, label, depth + 1);
        }
        if is_one_of(program, &["mboot.c32"]) {
            return self.multiboot(arguments);
        }
        if is_one_of(program, &MENUS) {
            let given: Vec<String> = arguments
                .split_whitespace()
                .filter(|file| *file != "~")
                .map(|file| join(self.here, file))
                .collect();
            if !given.is_empty() {
                let (config, trouble) = read(self.files, &given, self.here);
                return Meaning::Menu(menu(self.files, config, trouble, self.here, self.depth + 1));
            }
        }
        Meaning::Nothing
    }

    /// The meaning of a command line, which names a label or a kernel.
    fn line(&mut self, line: &str, by: &Label, depth: usize) -> Meaning {
        let (word, rest) = command(line);
        if self.files.budget().charge(self.config.labels.len()).is_err() {
            return Meaning::Nothing;
        }
        let named = |l: &&Label| l.name == word && l.submenu.is_none();
        match self.config.labels.iter().find(named).cloned() {
            Some(label) => self.meaning(&label, &rest, depth),
            None if word.is_empty() => Meaning::Nothing,
            None => self.kernel(&word, &rest, by, depth),
        }
    }

    /// The meaning of `CONFIG`, which names another configuration, and the directory that its paths
    /// start from.
    fn config(&mut self, file: &str, arguments: &str) -> Meaning {
        let path = join(self.here, file);
        if self.depth >= MAX_DEPTH || self.files.len(&path).is_none() {
            return Meaning::Nothing;
        }
        let here = match arguments.split_whitespace().next() {
            Some(directory) => join(self.here, directory),
            None => self.here.to_owned(),
        };
        Meaning::Menu(menu_from(self.files, &path, &here, self.depth + 1))
    }

    /// The meaning of `mboot.c32`'s arguments: Xen and its modules, which `---` separates.
    fn multiboot(&mut self, arguments: &str) -> Meaning {
        if self.files.budget().charge_bytes(64 + 3 * arguments.len()).is_err() {
            return Meaning::Nothing;
        }
        let mut parts = arguments.split("---").map(|part| {
            let (file, args) = command(part);
            let args = args.split_whitespace().take(MAX_ARGS + 1).map(str::to_owned).collect();
            (join(self.here, &file), args)
        });
        let (Some((path, own)), Some((kernel, args))) = (parts.next(), parts.next()) else {
            return Meaning::Nothing;
        };
        let initrds = parts.take(MAX_INITRDS + 1).map(|(file, _)| file).collect();
        let hypervisor = Some(Hypervisor { path, args: own });
        Meaning::Boots(Boots { kernel, initrds, args, hypervisor, ..Boots::default() })
    }

    fn linux(&mut self, kernel: &str, arguments: &str, label: &Label) -> Meaning {
        if self.files.budget().charge_bytes(64 + 3 * arguments.len()).is_err() {
            return Meaning::Nothing;
        }
        let path = join(self.here, kernel);
        if self.files.len(&path).is_none() {
            let (file, line) = label.line.clone();
            let what = format!("it starts {kernel}, which is not there");
            self.trouble.get_or_insert(Trouble { file, line, what });
        }
        let mut initrds = None;
        let mut args = Vec::new();
        for word in arguments.split_whitespace() {
            match word.strip_prefix("initrd=") {
                // If `initrd=` is given several times, the first counts.
                Some(list) => {
                    initrds.get_or_insert(list);
                }
                // One more than may be is enough to know that there are too many.
                None if args.len() <= MAX_ARGS => args.push(word.to_owned()),
                None => {}
            }
        }
        let list = initrds.unwrap_or_default().split(',').filter(|file| !file.is_empty());
        let initrds = list.take(MAX_INITRDS + 1).map(|file| join(self.here, file)).collect();
        Meaning::Boots(Boots { kernel: path, initrds, args, ..Boots::default() })
    }
}
