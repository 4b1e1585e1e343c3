//! The entries of systemd-boot:
//! <https://uapi-group.org/specifications/specs/boot_loader_specification/>.

use super::files::{Files, join};
use super::menu::{Boots, Item, MAX_ARGS, Menu};

const DIRECTORY: &str = "/loader/entries";
/// The number of entries to look at.
const MAX: usize = 32;

/// The menu of the entries in `/loader/entries`, if there are any.
pub(super) fn menu(files: &mut dyn Files) -> Option<(&'static str, Menu)> {
    let config = files.text("/loader/loader.conf").ok().flatten().unwrap_or_default();
    let default = config.lines().find_map(|line| line.trim().strip_prefix("default"));
    let default = default.unwrap_or_default().trim().trim_end_matches(".conf");
    let default = default.trim_end_matches('*');
    let mut names = files.names(DIRECTORY).unwrap_or_default();
    names.retain(|name| name.ends_with(".conf"));
    names.sort();
    names.truncate(MAX);
    let mut menu = Menu::default();
    for name in names {
        let Ok(Some(text)) = files.text(&format!("{DIRECTORY}/{name}")) else { continue };
        let stem = name.trim_end_matches(".conf");
        let mut item = Item { id: stem.to_owned(), ..Item::default() };
        let mut boots = Boots::default();
        for line in text.lines() {
            let Some((key, value)) = line.trim().split_once([' ', '\t']) else { continue };
            let value = value.trim();
            match key {
                "title" => item.title = value.to_owned(),
                "linux" => boots.kernel = join("", value),
                // It may be a unified kernel image.
                "efi" | "uki" => {
                    boots.kernel = join("", value);
                    boots.is_program = true;
                }
                "initrd" => boots.initrds.push(join("", value)),
                // One more than may be is enough to know that there are too many.
                "options" => {
                    let room = (MAX_ARGS + 1).saturating_sub(boots.args.len());
                    let words = value.split_whitespace().map(str::to_owned);
                    boots.args.extend(words.take(room));
                }
                _ => {}
            }
        }
        if !default.is_empty() && stem.starts_with(default) {
            menu.default = menu.items.len();
        }
        if !boots.kernel.is_empty() {
            item.boots = Some(boots);
            menu.items.push(item);
        }
    }
    (!menu.items.is_empty()).then_some((DIRECTORY, menu))
}
