//! isolinux and its relatives: <https://wiki.syslinux.org/wiki/index.php?title=Config>.

use super::{MAX_ARGS, MAX_INITRDS, Texts, directory, join};
use crate::BootEntry;
use std::io::{Read, Seek};

const MAX_DEPTH: usize = 8;
const MAX_LABELS: usize = 256;

#[derive(Default)]
struct Label {
    name: String,
    title: String,
    default: bool,
    kernel: String,
    initrds: Vec<String>,
    append: Option<String>,
}

#[derive(Default)]
struct Menu {
    default: String,
    /// `append` outside of any label.
    append: String,
    labels: Vec<Label>,
}

/// The entries of `text` and of what it includes, the default one marked.
pub(super) fn entries<R: Read + Seek>(
    texts: &mut Texts<'_, R>,
    path: &str,
    text: &str,
) -> Vec<BootEntry> {
    let mut menu = Menu::default();
    // Relative paths start from the first file's directory, also in files that it includes.
    let here = directory(path).to_owned();
    read(texts, &here, text, 0, &mut menu);
    let marked = menu.labels.iter().position(|l| l.default);
    let named = || menu.labels.iter().position(|l| l.name.eq_ignore_ascii_case(&menu.default));
    // `default vesamenu.c32` names the menu, not an entry.
    let first = || menu.labels.iter().position(|l| is_linux(&l.kernel));
    let default = marked.or_else(named).or_else(first);
    let mut entries = Vec::new();
    for (n, label) in menu.labels.into_iter().enumerate() {
        if !is_linux(&label.kernel) {
            continue;
        }
        let append = match label.append.as_deref() {
            Some("-") => "",
            Some(own) => own,
            None => menu.append.as_str(),
        };
        let mut initrds = label.initrds;
        let mut args = Vec::new();
        for word in append.split_whitespace() {
            match word.strip_prefix("initrd=") {
                Some(list) if initrds.is_empty() => {
                    initrds = list.split(',').take(MAX_INITRDS + 1).map(str::to_owned).collect();
                }
                Some(_) => {}
                None => args.push(word.to_owned()),
            }
            // An entry with more is not kept.
            if args.len() > MAX_ARGS {
                break;
            }
        }
        entries.push(BootEntry {
            config: path.to_owned(),
            title: if label.title.is_empty() { label.name } else { label.title },
            default: Some(n) == default,
            kernel: join(&here, &label.kernel),
            initrds: initrds.iter().map(|i| join(&here, i)).collect(),
            args,
        });
    }
    entries
}

/// Not a program of syslinux' own, nor a boot sector.
fn is_linux(kernel: &str) -> bool {
    let name = kernel.to_ascii_lowercase();
    let other = [".c32", ".bin", ".bs", ".bss", ".0", ".com", ".img", ".efi"];
    !name.is_empty() && !other.iter().any(|end| name.ends_with(end))
}

fn read<R: Read + Seek>(
    texts: &mut Texts<'_, R>,
    here: &str,
    text: &str,
    depth: usize,
    menu: &mut Menu,
) {
    let mut help = false;
    for line in text.lines() {
        let line = line.trim();
        if help {
            help = !line.eq_ignore_ascii_case("endtext");
            continue;
        }
        let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let rest = rest.trim();
        let lower = word.to_ascii_lowercase();
        let (word, rest) = if lower == "menu" || lower == "text" {
            let (second, rest) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
            (format!("{lower} {}", second.to_ascii_lowercase()), rest.trim())
        } else {
            (lower, rest)
        };
        match (word.as_str(), menu.labels.last_mut()) {
            ("default", _) => menu.default = rest.to_owned(),
            ("text help", _) => help = true,
            ("label", _) => {
                if menu.labels.len() == MAX_LABELS {
                    return;
                }
                menu.labels.push(Label { name: rest.to_owned(), ..Label::default() });
            }
            ("include" | "menu include" | "config", _) => {
                let file = rest.split_whitespace().next().unwrap_or_default();
                let included = (depth < MAX_DEPTH).then(|| texts.read(&join(here, file))).flatten();
                if let Some(text) = included {
                    read(texts, here, &text, depth + 1, menu);
                }
            }
            ("append", None) => menu.append = rest.to_owned(),
            ("append", Some(label)) => label.append = Some(rest.to_owned()),
            ("kernel" | "linux", Some(label)) => label.kernel = rest.to_owned(),
            ("initrd", Some(label)) => {
                label.initrds = rest.split(',').take(MAX_INITRDS + 1).map(str::to_owned).collect();
            }
            ("menu label", Some(label)) => label.title = rest.replace('^', ""),
            ("menu default", Some(label)) => label.default = true,
            _ => {}
        }
    }
}
