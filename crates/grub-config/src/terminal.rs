//! The head of a menu: terminals, timeout, default entry.

use crate::{Command, GrubPlatform, Id, If, Name, Statement, Word, bare, ident, name, on_platform};

/// A serial port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Serial {
    /// The port's number: 0 is COM1, `ttyS0`.
    pub unit: u8,
    /// Bits a second; 8 data bits, no parity, 1 stop bit.
    pub speed: u32,
    /// Whether text is sent as UTF-8. GRUB sends ASCII otherwise, with a `?` for each other letter.
    pub utf8: bool,
}

/// The terminals on which the menu is shown and keys are read.
///
/// ```
/// use grub_config::{Config, Serial, Terminal, Word};
/// let terminal = Terminal {
///     serial: Some(Serial { unit: 0, speed: 115_200, utf8: false }),
///     font: Some(Word::literal("/boot/grub/fonts/unicode.pf2")?),
///     ..Terminal::default()
/// };
/// let config: Config = terminal.statements().into_iter().collect();
/// assert_eq!(config.render(), "\
/// if loadfont '/boot/grub/fonts/unicode.pf2'; then
///     insmod all_video
///     insmod gfxterm
///     set gfxmode=auto
///     terminal_output gfxterm
/// fi
/// if serial --unit=0 --speed=115200; then
///     terminal_input --append serial
///     terminal_output --append serial
/// fi
/// ");
/// # Ok::<(), grub_config::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terminal {
    /// Serial port beside keyboard and screen; ignored by GRUB when the machine has none.
    pub serial: Option<Serial>,
    /// A PFF2 font file: the menu is drawn, with every glyph of the font. Without one, or when
    /// it does not load, the firmware's text screen stays.
    pub font: Option<Word>,
    /// A command that succeeds if GRUB is an image that must not load modules or fonts from a disk
    /// and has both built in, as distributions' signed ones. It is run only if there is a font.
    pub built_in: Option<Command>,
    /// The theme of the drawn menu.
    pub theme: Option<Theme>,
    /// The name of the keymap `$prefix/layouts/NAME.gkb`, for a PC BIOS: there GRUB then reads the
    /// keyboard by its own driver, because keymaps are that driver's.
    pub keymap: Option<Name>,
}

/// A theme: <https://www.gnu.org/software/grub/manual/grub/grub.html#Theme-file-format>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// The path of its `theme.txt`.
    pub file: Word,
    /// The paths of the PFF2 fonts that it names.
    pub fonts: Vec<Word>,
    /// The path of one more font, which it can do without. It is loaded first, because GRUB takes
    /// the font that was loaded last wherever no font is named; and not at all by an image that
    /// loads none from a disk.
    pub large_font: Option<Word>,
    /// The modules that read its images: `png`, `jpeg`, `tga`.
    pub images: Vec<Name>,
}

impl Terminal {
    /// The statements, for the head of the file.
    pub fn statements(&self) -> Vec<Statement> {
        let mut out = Vec::new();
        if let Some(font) = &self.font {
            let load = |font: &Word| Command::new(name!("loadfont")).arg(font.clone());
            let large_font = self.theme.as_ref().and_then(|theme| theme.large_font.as_ref());
            let modules = || {
                let names = [name!("all_video"), name!("gfxterm")];
                names.into_iter().map(Statement::insmod)
            };
            let first = || large_font.map(|f| load(f).into());
            let mut graphics = Vec::new();
            let loaded = match &self.built_in {
                None => {
                    out.extend(first());
                    graphics.extend(modules());
                    load(font)
                }
                Some(condition) => {
                    let mut from_disk: Vec<_> = modules().chain(first()).collect();
                    from_disk.push(Statement::set(ident!("font"), font.clone()));
                    let brought = vec![Statement::set(ident!("font"), bare!("unicode"))];
                    out.push(If::new(condition.clone(), brought).otherwise(from_disk).into());
                    load(&ident!("font").into())
                }
            };
            graphics.push(Statement::set(ident!("gfxmode"), name!("auto")));
            graphics.push(Command::new(name!("terminal_output")).arg(bare!("gfxterm")).into());
            if let Some(theme) = &self.theme {
                graphics.extend(theme.fonts.iter().map(|f| load(f).into()));
                graphics.extend(theme.images.iter().cloned().map(Statement::insmod));
                graphics.push(Statement::set(ident!("theme"), theme.file.clone()));
                graphics.push(Statement::export(ident!("theme")));
            }
            out.push(If::new(loaded, graphics).into());
        }
        if let Some(name) = &self.keymap {
            let driver = Command::new(name!("terminal_input")).arg(bare!("at_keyboard"));
            let load = Command::new(name!("keymap")).arg(name.clone()).into();
            let keyboard = If::new(driver, vec![load]).into();
            out.push(If::new(on_platform(GrubPlatform::Pc), vec![keyboard]).into());
        }
        if let Some(Serial { unit, speed, utf8 }) = self.serial {
            let append =
                |command| Command::new(command).arg(bare!("--append")).arg(bare!("serial")).into();
            let open = Command::new(name!("serial"))
                .arg(Word::from(bare!("--unit=")).and(Word::number(unit.into())))
                .arg(Word::from(bare!("--speed=")).and(Word::number(speed.into())));
            let mut both = vec![append(name!("terminal_input")), append(name!("terminal_output"))];
            let encoding = Command::new(name!("terminfo")).arg(bare!("-u")).arg(bare!("serial"));
            both.extend(utf8.then(|| encoding.into()));
            out.push(If::new(open, both).into());
        }
        out
    }
}

/// The entry that starts by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultEntry {
    /// The entry of this index, from 0.
    Index(u32),
    /// The entry with this id, found through the submenus before it: `[submenu, entry]`.
    Path(Vec<Id>),
    /// The entry that `savedefault` noted in grubenv; [`load_env`](crate::load_env) must come
    /// before.
    Saved,
}

impl DefaultEntry {
    /// `set default=…`.
    pub fn statement(&self) -> Statement {
        let value = match self {
            Self::Index(n) => Word::number(u64::from(*n)),
            Self::Saved => ident!("saved_entry").into(),
            Self::Path(ids) => {
                let mut path: Option<Word> = None;
                for id in ids {
                    path = Some(match path {
                        // `>` separates the levels; no id contains one.
                        Some(outer) => outer.and(Word::submenu_separator()).and(id.clone()),
                        None => id.clone().into(),
                    });
                }
                path.unwrap_or_else(|| Word::number(0))
            }
        };
        Statement::set(ident!("default"), value)
    }
}

/// `set timeout=…`: seconds before the default entry starts; `None` waits for a key.
pub fn timeout(seconds: Option<u32>) -> Statement {
    let value = match seconds {
        Some(s) => Word::number(u64::from(s)),
        None => bare!("-1").into(),
    };
    Statement::set(ident!("timeout"), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    #[test]
    fn signed_images_and_themes() {
        let terminal = Terminal {
            serial: None,
            font: Some(Word::literal("/f.pf2").unwrap()),
            built_in: Some(Command::test([
                ident!("signed").into(),
                bare!("=").into(),
                bare!("y").into(),
            ])),
            keymap: Some(name!("de")),
            theme: Some(Theme {
                file: Word::literal("/t/theme.txt").unwrap(),
                fonts: vec![Word::literal("/t/a.pf2").unwrap()],
                large_font: Some(Word::literal("/t/large.pf2").unwrap()),
                images: vec![name!("png")],
            }),
        };
        let config: Config = terminal.statements().into_iter().collect();
        insta::assert_snapshot!(config, @r#"
        if [ "${signed}" = y ]; then
            set font=unicode
        else
            insmod all_video
            insmod gfxterm
            loadfont '/t/large.pf2'
            set font='/f.pf2'
        fi
        if loadfont "${font}"; then
            set gfxmode=auto
            terminal_output gfxterm
            loadfont '/t/a.pf2'
            insmod png
            set theme='/t/theme.txt'
            export theme
        fi
        if [ "${grub_platform}" = pc ]; then
            if terminal_input at_keyboard; then
                keymap de
            fi
        fi
        "#);
    }

    #[test]
    fn defaults_and_timeouts() {
        let id = |s: &str| Id::new(s).unwrap();
        let config: Config = [
            DefaultEntry::Index(3).statement(),
            DefaultEntry::Path(vec![id("debian")]).statement(),
            DefaultEntry::Path(vec![id("tools"), id("memtest")]).statement(),
            DefaultEntry::Path(vec![]).statement(),
            DefaultEntry::Saved.statement(),
            timeout(Some(5)),
            timeout(None),
        ]
        .into_iter()
        .collect();
        insta::assert_snapshot!(config, @r#"
        set default=3
        set default='debian'
        set default='tools>memtest'
        set default=0
        set default="${saved_entry}"
        set timeout=5
        set timeout=-1
        "#);
    }
}
