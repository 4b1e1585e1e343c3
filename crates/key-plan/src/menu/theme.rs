//! The theme of the drawn menu: one of the user's, or the default one.

use super::fixed::Fixed;
use super::variants;
use crate::entry::Entries;
use crate::paths::THEME;
use crate::premises::Premises;
use crate::titles;
use grub_config::{Error, Theme, Title, Word, ident, name};
use key_spec::Theme as Wanted;
use menu_theme::{DefaultTheme, Font, LARGE_FONT, Texts};
use std::collections::BTreeSet;

/// Classes that the menu and its scripts give to entries which are neither of a recipe nor fixed.
const CLASSES: [&str; 5] = ["iso", "system", "unknown", "xen", variants::ID];

/// Whether the menu has the default theme: it is drawn, and the spec wants no other look.
pub(super) fn is_default(premises: &Premises<'_>) -> bool {
    premises.spec.menu.theme == Wanted::Default && premises.drawn_menu()
}

/// The files of the default theme, by their paths in grub.cfg's directory; none if the menu does not
/// have it.
pub(super) fn files(premises: &Premises<'_>, entries: &Entries) -> Vec<(String, Vec<u8>)> {
    if !is_default(premises) {
        return Vec::new();
    }
    let title = Title::new(premises.spec.name());
    let texts = Texts {
        title: title.as_str(),
        hint: &premises.words.hint,
        countdown: &premises.words.countdown,
    };
    // ISOs that are found at boot may have any class of the catalogue.
    let classes: BTreeSet<&str> = premises.catalogue.classes().chain(CLASSES).collect();
    let classes: BTreeSet<&str> =
        classes.into_iter().chain(Fixed::ALL.iter().map(|f| f.id())).collect();
    let classes: Vec<&str> = classes.into_iter().collect();
    let font = font(premises);
    let letters: String = titles::all(premises, entries).collect();
    let theme = DefaultTheme { texts, classes: &classes, font: font.as_ref(), letters: &letters };
    let at = THEME.trim_start_matches('/');
    theme.files().into_iter().map(|(path, bytes)| (format!("{at}/{path}"), bytes)).collect()
}

/// The font that the large one is made of.
fn font<'a>(premises: &Premises<'a>) -> Option<Font<'a>> {
    premises.inventory.grub.font.as_ref().and_then(|font| Font::parse(&font.bytes))
}

/// The statements by which GRUB loads the theme, if there is one.
pub(super) fn statements(premises: &Premises<'_>) -> Result<Option<Theme>, Error> {
    let file = |path: &str| -> Result<Word, Error> {
        Ok(Word::from(ident!("prefix")).and(Word::literal(&format!("{THEME}/{path}"))?))
    };
    if let Some(theme) = &premises.inventory.theme {
        return Ok(Some(Theme {
            file: file("theme.txt")?,
            fonts: theme.fonts.iter().map(|f| file(f)).collect::<Result<_, _>>()?,
            large_font: None,
            images: vec![name!("png"), name!("jpeg"), name!("tga")],
        }));
    }
    if !is_default(premises) {
        return Ok(None);
    }
    let large = font(premises).map(|_| file(LARGE_FONT));
    Ok(Some(Theme {
        file: file("theme.txt")?,
        fonts: Vec::new(),
        large_font: large.transpose()?,
        images: vec![name!("png")],
    }))
}
