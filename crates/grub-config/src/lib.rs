//! The grub.cfg language as a value: nothing else in the project writes grub.cfg.
//!
//! ```text
//!  any text ──Title::new──► Title ─┐            (cleaned: it is only shown)
//!  any text ──IdSet::slug─► Id ────┤
//!  a path ──Word::literal─► Word ──┼─► Command ─► Statement ─► Config ─render─► grub.cfg
//!           or an Error            │              If, Function,
//!  ours ──bare! name! ident!───────┘              MenuEntry, Submenu
//! ```
//!
//! What the types rule out: a quote that ends early (every literal is single-quoted, `'` as
//! `'\''`; with variables in it, double-quoted and escaped), an unquoted variable (GRUB would
//! split it at blanks), a newline inside quotes (GRUB drops a physical line that starts with
//! `#`, even there), a title read as an option (`--` stands before it), an id read as an index
//! (ids start with a letter), a block without a command (GRUB's grammar has none).
//!
//! ```
//! use grub_config::*;
//!
//! // Attaches an ISO of the ISO partition as (loop).
//! let open_iso = Statement::Function {
//!     name: ident!("open_iso"),
//!     body: vec![
//!         If::new(
//!             Command::new(name!("search"))
//!                 .arg(bare!("--no-floppy")).arg(bare!("--set=isos"))
//!                 .arg(bare!("--fs-uuid")).arg(bare!("5f2c0f0e-9d55-4b5c-8f29-6d0a3f9d6a11")),
//!             vec![],
//!         )
//!         .elif(
//!             Command::new(name!("search"))
//!                 .arg(bare!("--no-floppy")).arg(bare!("--set=isos"))
//!                 .arg(bare!("--label")).arg(Word::literal("isos")?),
//!             vec![],
//!         )
//!         .into(),
//!         Command::new(name!("loopback")).arg(bare!("-d")).arg(bare!("loop")).into(),
//!         Command::new(name!("loopback")).arg(bare!("loop"))
//!             .arg(Word::device(ident!("isos")).and(Word::positional(1)))
//!             .into(),
//!     ],
//! };
//!
//! let iso = "/it's $here.iso"; // a hostile file name is just a file name
//! let mut ids = IdSet::new();
//! let boot = vec![
//!     Command::new(name!("linux")).literals(["(loop)/isolinux/vmlinuz", "console=ttyS0"])?.into(),
//!     Command::new(name!("initrd")).literals(["(loop)/isolinux/initrd.img"])?.into(),
//! ];
//! let entry = MenuEntry::new(
//!     ids.slug("debian"),
//!     Title::new("Debian installer"),
//!     vec![
//!         If::new(Command::call(ident!("open_iso")).arg(Word::literal(iso)?), boot)
//!             .otherwise(vec![
//!                 Statement::echo(Word::literal("The ISO is not there.")?),
//!             ])
//!             .into(),
//!     ],
//! )
//! .class(name!("installer"));
//!
//! let mut config = Config::new();
//! config.push(timeout(Some(5)));
//! config.push(open_iso);
//! config.push(Statement::MenuEntry(entry));
//! assert_eq!(config.render(), r#"set timeout=5
//! function open_iso {
//!     if search --no-floppy --set=isos --fs-uuid 5f2c0f0e-9d55-4b5c-8f29-6d0a3f9d6a11; then
//!         true
//!     elif search --no-floppy --set=isos --label 'isos'; then
//!         true
//!     fi
//!     loopback -d loop
//!     loopback loop "(${isos})${1}"
//! }
//! menuentry --class installer --id 'debian' -- 'Debian installer' {
//!     if open_iso '/it'\''s $here.iso'; then
//!         linux '(loop)/isolinux/vmlinuz' 'console=ttyS0'
//!         initrd '(loop)/isolinux/initrd.img'
//!     else
//!         echo 'The ISO is not there.'
//!     fi
//! }
//! "#);
//! # Ok::<(), Error>(())
//! ```

mod condition;
mod error;
mod grubenv;
mod id;
mod name;
mod password;
mod render;
mod screen;
mod statement;
mod stock;
mod terminal;
mod text;
mod word;

pub use condition::{differs, equals, is_directory, is_empty, is_file, is_set, matches};
pub use error::Error;
pub use grubenv::{GRUBENV_SIZE, grubenv};
pub use id::IdSet;
pub use name::{Bare, Glob, Id, Ident, Name};
pub use password::{PasswordHash, Superuser};
pub use screen::{pause, say};
pub use shown_text::{reorders_text, shown as spelled_out};
pub use statement::{Command, Config, Hotkey, If, MenuEntry, Statement};
pub use stock::{
    GrubPlatform, firmware_setup, forget_tpm, load_env, local_disk, on_platform, power_off, reboot,
    save_default,
};
pub use terminal::{DefaultEntry, Serial, Terminal, Theme, timeout};
pub use text::Title;
pub use word::Word;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
