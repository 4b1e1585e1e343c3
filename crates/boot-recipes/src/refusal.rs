//! The message about an ISO that does not boot from a key, besides the recipe's own words.

use crate::payload::{any_locator, outside};
use iso_probe::{IsoFacts, Platform};

/// The number of names of a kind to list.
const MOST: usize = 3;

/// The description of an ISO by what was found in it, in words.
pub(crate) fn found(facts: &IsoFacts) -> String {
    let mut all = Vec::new();
    let list = |what: &str, names: Vec<&str>| {
        let shown = names.get(..MOST).unwrap_or(&names).join(", ");
        let more = names.len().saturating_sub(MOST);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!names.is_empty()).then(|| format!("{what} {shown}{more}"))
    };
    let files = facts.paths.len();
    all.push(format!("{files} file{}", if files == 1 { "" } else { "s" }));
    all.extend(facts.udf.then(|| "a UDF volume with others".to_owned()));
    all.extend(list("kernel", facts.kernels.keys().map(String::as_str).collect()));
    // One that was read in part is in both lists.
    let unread = facts.unread_initrds.iter().filter(|path| !facts.initrds.contains_key(*path));
    let initrds = facts.initrds.keys().chain(unread);
    all.extend(list("initrd", initrds.map(String::as_str).collect()));
    let menus = facts.configs.iter().filter(|(_, menu)| menu.entries > 0);
    all.extend(list("menu", menus.map(|(path, _)| path.as_str()).collect()));
    all.extend(list("EFI program", facts.efi_programs.keys().map(String::as_str).collect()));
    all.extend(outside(facts).map(|path| format!("its system or packages in {path}")));
    all.join(", ")
}

/// The reason why no recipe fits an ISO, by what was found in it; `None` if nothing tells more than
/// that.
pub(crate) fn reason(facts: &IsoFacts) -> Option<String> {
    let entry = facts.boot_entries.first();
    let trouble = facts.configs.iter().find_map(|(path, c)| Some((path, c.trouble.as_ref()?)));
    if let Some(entry) = entry {
        if let Some(path) = outside(facts) {
            return Some(format!(
                "its menu starts {}, which would look for its system or packages in {path}, and no \
                 recipe knows how it could find them in an ISO file",
                entry.kernel
            ));
        }
        return any_locator(facts).map(|arg| {
            format!(
                "its menu starts {} and has it look for its medium ({arg}), and no recipe knows how \
                 it could find it in an ISO file",
                entry.kernel
            )
        });
    }
    // Windows' media and others keep a readme in the tree that GRUB reads.
    if facts.udf && facts.kernels.is_empty() && facts.configs.is_empty() {
        return Some(
            "its files are in a UDF volume, which is not read, and the ISO 9660 volume beside it \
             holds no kernel and no menu"
                .to_owned(),
        );
    }
    if let Some((path, trouble)) = trouble {
        return Some(format!("no entry of its menu {path} was found to start Linux: {trouble}"));
    }
    let inner = facts.efi_images.values().flat_map(|image| image.files.keys()).next();
    if let Some(inner) = inner.filter(|_| facts.kernels.is_empty()) {
        return Some(format!(
            "its kernel lies in its EFI image only ({inner}), and no menu there says how GRUB could \
             start it"
        ));
    }
    if !facts.kernels.is_empty() {
        return Some(
            "it has a kernel, but neither a menu that says how to start it nor the files of a \
             system that a recipe knows"
                .to_owned(),
        );
    }
    if !facts.efi_programs.is_empty() {
        return Some(
            "it starts by an EFI program of its own, which looks for its files on the drive it was \
             started from, and an ISO file is none"
                .to_owned(),
        );
    }
    let boots = |platform| facts.el_torito.iter().any(|e| e.platform == platform && e.bootable);
    Some(if boots(Platform::Bios) || boots(Platform::Uefi) {
        "it boots as a CD only: there is no kernel in its files that GRUB could start".to_owned()
    } else {
        "it holds data: no kernel, no menu, and no boot catalog".to_owned()
    })
}
