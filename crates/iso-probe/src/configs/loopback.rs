//! The image's `loopback.cfg`, and whether it would work: those of some distributions do not.

use super::files::{Files, directory};
use super::grub;
use super::menu::{Item, Menu};
use crate::LoopbackCfg;

const PLACES: [&str; 3] =
    ["/boot/grub/loopback.cfg", "/boot/grub2/loopback.cfg", "/grub/loopback.cfg"];
/// A made-up path of the ISO file, which a menu that works hands on to the kernel.
const ISO_PATH: &str = "/bootkey-looks-for-this.iso";

/// The image's `loopback.cfg`, if there is one.
pub(super) fn find(files: &mut dyn Files) -> Option<LoopbackCfg> {
    let path = PLACES.iter().find(|path| files.len(path).is_some())?;
    let flaw = flaw(files, path);
    Some(LoopbackCfg { path: (*path).to_owned(), flaw })
}

/// The flaw that keeps a `loopback.cfg` from working, if there is one. The menu is run as a key's
/// GRUB would run it, whose `prefix` does not lead into this image.
fn flaw(files: &mut dyn Files, path: &str) -> Option<String> {
    let prefix = format!("({}){}", grub::OUTSIDE, directory(path));
    let variables = [("prefix", prefix.as_str()), ("iso_path", ISO_PATH), ("isofile", ISO_PATH)];
    let menu = grub::menu_with(files, path, &variables);
    if let Some(trouble) = &menu.trouble {
        let what = trouble.what.replace(&prefix, "$prefix");
        return Some(match what.strip_suffix(grub::NOT_THERE) {
            Some(reads) if reads.contains("$prefix") => {
                format!("{reads}, which is another menu's when a key's GRUB runs it")
            }
            _ => what,
        });
    }
    let (linux, handed_on) = linux(&menu);
    (linux && !handed_on).then(|| "it does not hand on where the ISO file lies".to_owned())
}

/// Whether a menu starts Linux, and whether it hands on the path of the ISO file.
fn linux(menu: &Menu) -> (bool, bool) {
    let of_item = |item: &Item| {
        let own = item.boots.as_ref();
        let inner = item.menu.as_ref().map_or((false, false), linux);
        let handed_on = own.is_some_and(|b| b.args.iter().any(|arg| arg.contains(ISO_PATH)));
        (own.is_some() || inner.0, handed_on || inner.1)
    };
    menu.items.iter().map(of_item).fold((false, false), |all, one| (all.0 | one.0, all.1 | one.1))
}
