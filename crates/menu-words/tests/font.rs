//! GRUB's font has every letter of every language.

use menu_theme::Font;

/// The font of Debian's `grub-common`.
const FONT: &str = "/usr/share/grub/unicode.pf2";

#[test]
fn the_font_has_all_letters() {
    #[allow(clippy::disallowed_methods)] // a test reads a file
    let Ok(bytes) = std::fs::read(FONT) else { return testbench::missing(FONT) };
    let font = Font::parse(&bytes).unwrap();
    assert!(Font::parse(&bytes[4..]).is_none());
    assert!(font.glyph('\u{10ffff}').is_none(), "the font has everything: nothing is checked");
    for language in menu_words::languages() {
        let words = menu_words::of(language).unwrap();
        let texts = words.all().into_iter().chain(words.ways.values().map(String::as_str));
        for letter in texts.flat_map(str::chars) {
            let drawn = font.glyph(letter).is_some_and(|glyph| glyph.advance > 0);
            assert!(drawn, "{language}: {letter:?}");
        }
    }
}
