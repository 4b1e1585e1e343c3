//! The default theme of GRUB's drawn menu, made by code: nothing here is a picture or a font that
//! somebody drew, and the same input gives the same bytes.
//!
//! ```text
//!  texts ───────────────► theme.txt          two layouts, of which the screen's height chooses one
//!  classes ──► Symbol ──► icons/CLASS.png    shapes, drawn by `raster`
//!  GRUB's own font ─────► large.pf2          its letters at twice the size
//! ```
//!
//! GRUB reads the files again for each screen it shows, and scales pictures by program. So there
//! is no background picture; boxes are slices of a few pixels, and each class that an entry may
//! have gets a file of its own, because GRUB looks for a missing icon again whenever it draws.
//!
//! ```
//! use menu_theme::{DefaultTheme, Texts};
//! let texts = Texts { title: "rescue", hint: "Enter: start", countdown: "%d s" };
//! let theme = DefaultTheme { texts, classes: &["debian", "reboot"], letters: "", font: None };
//! let files: Vec<String> = theme.files().into_iter().map(|(path, _)| path).collect();
//! assert!(files.contains(&"theme.txt".to_owned()));
//! assert!(files.contains(&"icons/debian.png".to_owned()));
//! ```

mod boxes;
mod description;
mod font;
mod large_font;
mod letters;
mod picture;
mod raster;
mod symbol;

pub use description::Texts;
pub use font::{Font, Glyph};
pub use large_font::{FILE as LARGE_FONT, NAME as LARGE_FONT_NAME};

/// The default theme of a key's menu.
#[derive(Debug, Clone, Copy)]
pub struct DefaultTheme<'a> {
    /// The words around the menu.
    pub texts: Texts<'a>,
    /// The classes of all entries that the menu may have: each gets an icon.
    pub classes: &'a [&'a str],
    /// The letters that the menu shows, besides those of Europe's alphabets.
    pub letters: &'a str,
    /// The menu's own font, of which the large one is made; without it, letters are small on
    /// large screens, too.
    pub font: Option<&'a Font<'a>>,
}

impl DefaultTheme<'_> {
    /// The theme's files: paths within its directory, and bytes. `theme.txt` comes first.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = vec![("theme.txt".to_owned(), description::text(self.texts).into_bytes())];
        files.extend(boxes::files());
        let icons = symbol::icons(self.classes).into_iter();
        files.extend(icons.map(|(class, png)| (format!("icons/{class}.png"), png)));
        let large = self
            .font
            .map(|font| large_font::of(font, &format!("{}{}", self.texts.title, self.letters)));
        files.extend(large.map(|bytes| (LARGE_FONT.to_owned(), bytes)));
        files
    }
}
