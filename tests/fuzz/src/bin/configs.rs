//! The boot loaders' configurations: the first byte of each part says as which file it is read.
#![no_main]

use fuzz::{Seeds, isos, tagged};

/// The paths that are read, and those that the menus of the seeds and of many ISOs read from there.
const NAMES: [&str; 16] = [
    "boot/grub/grub.cfg",
    "boot/grub/kernels.cfg",
    "boot/grub/loopback.cfg",
    "boot/grub/config.cfg",
    "EFI/BOOT/grub.cfg",
    "isolinux/isolinux.cfg",
    "isolinux/live.cfg",
    "isolinux/menu.cfg",
    "syslinux/syslinux.cfg",
    "loader/loader.conf",
    "loader/entries/a.conf",
    "loader/entries/b.conf",
    ".disk/info",
    "x.cfg",
    "isolinux/x.cfg",
    "extlinux.conf",
];

/// The files that they start.
const FILES: [&str; 6] =
    ["live/vmlinuz", "live/initrd", "isolinux/vmlinuz", "isolinux/initrd", "vmlinuz", "initrd"];

/// Files by their numbers in the target, with what they hold.
const MENUS: &[(&str, &[(u8, &str)])] = &[
    (
        "debian",
        &[
            (
                0,
                "set default=1\nif [ x$feature_default_font_path = xy ] ; then font=unicode ; else font=/x ; fi\n\
                 if [ \"${iso_path}\" ] ; then set loopback=\"findiso=${iso_path}\" ; fi\nsource $prefix/config.cfg\n\
                 menuentry $\"Live (amd64)\" --hotkey=l {\n\tlinux\t/live/vmlinuz boot=live components ${loopback}\n\
                 \tinitrd\t/live/initrd\n}\nsubmenu 'More…' --id more {\n menuentry \"it's \\\"x\\\"\" { linux ($root)/live/vmlinuz 'a b'; initrd /live/initrd }\n}\n",
            ),
            (
                3,
                "function f {\n for i in a $1; do menuentry $i { linux /vmlinuz $i $@ } done\n}\nf b\nset a=\"$a b\"\n",
            ),
            (
                2,
                "set iso_path=$1\nexport iso_path\nsource ${prefix}/grub.cfg\nlinux /vmlinuz iso-scan/filename=${iso_path}\ninitrd /initrd\n",
            ),
        ],
    ),
    (
        "isolinux",
        &[
            (5, "include menu.cfg\ndefault vesamenu.c32\nprompt 0\nappend quiet\n"),
            (
                7,
                "label help\n  text help\n label nothing\n endtext\n  config live.cfg\nlabel install\n menu label ^Install\n \
                 kernel vmlinuz\n append vga=788 initrd=initrd,x.gz --- quiet\nLABEL live\n MENU DEFAULT\n LINUX ../live/vmlinuz\n INITRD ../live/initrd\n APPEND -\n",
            ),
            (6, "label x\n menu include isolinux.cfg\n com32 chain.c32\n"),
        ],
    ),
    (
        "loader",
        &[
            (9, "timeout 15\ndefault b*\n"),
            (10, "title Speech\nlinux /vmlinuz\noptions accessibility=on\n"),
            (
                11,
                "title  Arch Linux\nsort-key 01\nlinux  /vmlinuz\ninitrd /live/initrd\ninitrd /initrd\noptions archisobasedir=arch\n",
            ),
            (12, "Debian GNU/Linux 12.5.0 \"Bookworm\"\n"),
        ],
    ),
];

/// Menus as distributions have them.
fn seeds() -> Seeds {
    let input = |parts: &[(u8, &str)]| {
        let parts: Vec<_> =
            parts.iter().map(|(kind, text)| tagged(*kind, text.as_bytes())).collect();
        parts.join(&0xff)
    };
    MENUS.iter().map(|(name, parts)| ((*name).to_owned(), input(parts))).collect()
}

fuzz::target!(seeds, |input| {
    let texts = isos::parts(input).take(6).filter_map(|part| {
        let (kind, text) = part.split_first()?;
        Some((NAMES[usize::from(*kind) % NAMES.len()].to_owned(), text.to_vec()))
    });
    let files = FILES.iter().map(|name| ((*name).to_owned(), b"x".to_vec()));
    let image = isos::image(files.chain(texts));
    let facts = isos::probe_within(&image, &isos::LIMITS).expect("a sound image");
    isos::check(&facts);
    for entry in &facts.boot_entries {
        assert!(entry.args.len() <= 64 && entry.initrds.len() <= 8, "{entry:?}");
    }
});
