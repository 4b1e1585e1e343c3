//! What is inside of images: configurations, initrds, kernels. Written here, packed by others.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests run programs
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod support;

use iso_probe::{Compression, Initrd, IsoFacts, IsoImage, Limits, ProbeError};
use std::io::Cursor;
use support::{probe, probe_within};
use testbench::Dice;
use testbench::raw_iso::{Iso, cpio};

fn facts(image: &[u8]) -> IsoFacts {
    probe(Cursor::new(image), image.len() as u64).unwrap()
}

fn iso(files: &[(&str, &[u8])]) -> Iso {
    let mut iso = Iso::new("X", &[]);
    iso.rock_ridge = true;
    iso.files = files.iter().map(|(path, data)| ((*path).to_owned(), data.to_vec())).collect();
    iso
}

fn initrd(bytes: &[u8]) -> Initrd {
    facts(&iso(&[("initrd", bytes)]).build()).initrds["/initrd"].clone()
}

/// The entries of an image with these files, a line each.
fn entries(files: &[(&str, &str)]) -> String {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(p, t)| (*p, t.as_bytes())).collect();
    let mut out = String::new();
    for e in facts(&iso(&files).build()).boot_entries {
        let star = if e.default { "*" } else { " " };
        let (initrds, args) = (e.initrds.join(" "), e.args.join(" "));
        out += &format!("{star}{} [{}] {} | {initrds} | {args}\n", e.config, e.title, e.kernel);
    }
    out
}

const LIVE: &[&str] = &[
    "scripts/live",
    "usr/lib/live/boot/9990-main.sh",
    "usr/lib/modules/6.1.0/kernel/fs/exfat/exfat.ko",
    "usr/lib/modules/6.1.0/kernel/drivers/block/loop.ko.xz",
    "lib/firmware/iso-scan",
    "bin/busybox",
];

#[test]
fn initrds_in_every_compression() {
    let microcode = cpio(&[("kernel/x86/microcode/GenuineIntel.bin", &[7; 5000])]);
    let builtin = b"kernel/fs/ext4/ext4.ko\nkernel/fs/nfs/nfs.ko\n".as_slice();
    let mut files: Vec<(&str, &[u8])> = LIVE.iter().map(|n| (*n, &b"xyz"[..])).collect();
    files.push(("lib/modules/6.1.0/modules.builtin", builtin));
    let main = cpio(&files);
    let dir = tempfile::tempdir().unwrap();
    let plain = dir.path().join("main.cpio");
    std::fs::write(&plain, &main).unwrap();
    for (program, args, compression) in [
        ("gzip", &["-9c"][..], Compression::Gzip),
        ("xz", &["--check=crc32", "-c"], Compression::Xz),
        ("xz", &["--format=lzma", "-c"], Compression::Lzma),
        ("zstd", &["-19", "-c"], Compression::Zstd),
        ("lz4", &["-l", "-c"], Compression::Lz4),
        ("bzip2", &["-c"], Compression::Bzip2),
    ] {
        let Some(tool) = testbench::oracle(program) else { continue };
        let mut command = tool.command();
        let packed = command.args(args).arg(&plain).output().unwrap().stdout;
        let image = [&microcode[..], &[0; 1024], &packed].concat();
        let found = initrd(&image);
        assert_eq!(found.parts, [Compression::None, compression], "{program}");
        assert_eq!(found.incomplete, None, "{program}");
        assert_eq!(found.entries, 8, "{program}");
        let names: Vec<&str> = found.names.iter().map(String::as_str).collect();
        assert_eq!(names, ["lib/live/boot/9990-main.sh", "scripts/live"], "{program}");
        let filesystems: Vec<&str> = found.filesystems.iter().map(String::as_str).collect();
        assert_eq!(filesystems, ["exfat", "ext4"]);
        assert!(found.loop_driver);
        // Cut short: what came before counts, and it is said.
        let cut = initrd(&image[..microcode.len() + 1024 + packed.len() / 2]);
        assert!(cut.incomplete.is_some() && cut.entries >= 1, "{program}: {cut:?}");
        // A flipped byte anywhere is no reason to panic.
        for at in 0..packed.len() {
            let mut broken = packed.clone();
            broken[at] ^= 0x55;
            initrd(&broken);
        }
    }
    // Not compressed at all, and two archives of which one follows the other.
    let both = initrd(&[main.clone(), cpio(&[("hooks/archiso_loop_mnt", b"")])].concat());
    assert_eq!(both.parts, [Compression::None, Compression::None]);
    assert!(both.names.contains("hooks/archiso_loop_mnt") && both.names.contains("scripts/live"));
}

/// What was found until then is known, the rest is not, and can be read later.
#[test]
fn an_initrd_is_read_as_far_as_it_is_needed() {
    let names: Vec<String> = (0..50).map(|n| format!("hooks/{n:02}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &b"text"[..])).collect();
    let modules = [
        ("lib/modules/6.1/kernel/arch/x86/crypto/crc32c-intel.ko", &b""[..]),
        ("lib/modules/6.1/kernel/fs/nls/nls_cp437.ko", b""),
        ("lib/modules/6.1/modules.builtin", b"kernel/fs/ext4/ext4.ko\nkernel/lib/libcrc32c.ko\n"),
    ];
    let image = iso(&[("initrd", &cpio(&[&files[..], &modules].concat()))]).build();
    let mut image = iso_probe::IsoImage::open(Cursor::new(&image), image.len() as u64).unwrap();
    let mut asked = 0;
    let third = |facts: &IsoFacts, name: &str| {
        asked += 1;
        // The facts are those at that moment.
        assert_eq!(facts.initrds["/initrd"].names.len(), asked);
        name == "hooks/02"
    };
    image.read_initrd_until("/initrd", third).unwrap();
    assert_eq!(asked, 3);
    let found = &image.facts().initrds["/initrd"];
    assert_eq!((found.entries, found.names.len()), (3, 3));
    assert!(found.incomplete.is_some() && !found.lists_builtin);
    assert_eq!(image.facts().unread_initrds, ["/initrd"]);
    image.read_initrd("/initrd").unwrap();
    let found = &image.facts().initrds["/initrd"];
    assert_eq!((found.names.len(), found.incomplete.as_deref()), (50, None));
    assert_eq!(found.helpers.iter().collect::<Vec<_>>(), ["crc32c", "nls_cp437"]);
    assert!(found.lists_builtin && found.filesystems.contains("ext4"));
    assert!(image.facts().unread_initrds.is_empty());
}

#[test]
fn initrds_by_the_real_cpio() {
    let Some(tool) = testbench::oracle("cpio") else { return };
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("hooks")).unwrap();
    std::fs::write(dir.path().join("hooks/miso_loop_mnt"), "text").unwrap();
    std::os::unix::fs::symlink("bin/busybox", dir.path().join("init")).unwrap();
    std::fs::write(dir.path().join("names"), ".\n./hooks\n./hooks/miso_loop_mnt\n./init\n")
        .unwrap();
    let mut command = tool.command();
    let names = std::fs::File::open(dir.path().join("names")).unwrap();
    let made = command.args(["-o", "-H", "newc", "--quiet"]).stdin(names).current_dir(dir.path());
    let archive = made.output().unwrap().stdout;
    let found = initrd(&archive);
    assert_eq!((found.entries, found.incomplete.as_deref()), (4, None));
    assert_eq!(found.names.into_iter().collect::<Vec<_>>(), ["hooks/miso_loop_mnt", "init"]);
    // A letter of its name: another name is found.
    let mut tampered = archive.clone();
    let at = archive.windows(12).position(|w| w == b"hooks/miso_l").unwrap();
    tampered[at] = b'H';
    assert!(!initrd(&tampered).names.contains("hooks/miso_loop_mnt"));
}

#[test]
fn initrds_that_are_none() {
    for (bytes, why) in [
        (&b""[..], "it is empty"),
        (&[0; 5000], "it is empty"),
        (
            b"random bytes, not a cpio",
            "it is no cpio archive, nor compressed in a way that is known",
        ),
        (b"070701zzzzzzzz", "it cannot be unpacked to its end: failed to fill whole buffer"),
        (&[&b"070701"[..], &[b'z'; 200]].concat(), "what is in it is no cpio archive"),
    ] {
        assert_eq!(initrd(bytes).incomplete.as_deref(), Some(why));
    }
    // A name of 2 GiB, contents that end behind the archive's end.
    let mut archive = cpio(&[("a", b"")]);
    archive[94..102].copy_from_slice(b"80000000");
    assert!(initrd(&archive).incomplete.is_some());
    let mut archive = cpio(&[("a", b"")]);
    archive[54..62].copy_from_slice(b"FFFFFFFF");
    assert!(initrd(&archive).incomplete.is_some());
}

#[test]
fn bombs_are_defused() {
    let Some(gzip) = testbench::oracle("gzip") else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bomb");
    let bomb =
        cpio(&[("scripts/live", b""), ("zeros", &vec![0; 64 << 20]), ("scripts/casper", b"")]);
    std::fs::write(&path, &bomb).unwrap();
    let packed = gzip.command().arg("-c").arg(&path).output().unwrap().stdout;
    let image = iso(&[("initrd", &packed)]).build();
    let limits = Limits { unpacked_bytes: 8 << 20, ..Limits::default() };
    let facts = probe_within(Cursor::new(&image), image.len() as u64, &limits).unwrap();
    let found = &facts.initrds["/initrd"];
    assert!(found.names.contains("scripts/live") && !found.names.contains("scripts/casper"));
    let why = "it cannot be unpacked to its end: it unpacks to more bytes than may come of it";
    assert_eq!(found.incomplete.as_deref(), Some(why));
    // Within the limit, all is seen.
    assert!(initrd(&packed).names.contains("scripts/casper"));
    // Files are read within a limit, too.
    let limits = Limits { content_bytes: 1000, ..Limits::default() };
    let facts = probe_within(Cursor::new(&image), image.len() as u64, &limits).unwrap();
    let why = facts.initrds["/initrd"].incomplete.as_deref().unwrap();
    assert!(why.contains("the limit for reading files of one image is reached"), "{why}");
}

#[test]
fn a_file_that_cannot_be_read_is_an_io_error() {
    let image = iso(&[("initrd", &cpio(&[("a", &[1; 9000])]))]).build();
    let short = &image[..image.len() - 4096];
    let result = probe(Cursor::new(short), image.len() as u64);
    assert!(matches!(result, Err(ProbeError::Io(_))), "{result:?}");
}

#[test]
fn grub_menus() {
    let debian = "
set default=0
loadfont $prefix/font.pf2
if [ x$feature_default_font_path = xy ] ; then font=unicode ; else font=/x ; fi
# {
if [ \"${iso_path}\" ] ; then set loopback=\"findiso=${iso_path}\" ; fi
menuentry $\"Live system (amd64)\" --hotkey=l {
\tlinux\t/live/vmlinuz-6.1 boot=live components quiet splash ${loopback}
\tinitrd\t/live/initrd.img-6.1
}
submenu 'Advanced…' {
  menuentry 'fail-safe' { linux ($root)/live/vmlinuz-6.1 boot=live nomodeset; initrd /live/initrd.img-6.1 }
  if [ \"$grub_platform\" = pc ]; then menuentry mem { linux16 /live/vmlinuz-6.1 mem }; fi
}
menuentry gone { linux /nowhere/vmlinuz a }
source $prefix/extra.cfg
";
    let files = [
        ("boot/grub/grub.cfg", debian),
        (
            "boot/grub/extra.cfg",
            "menuentry \"it's \\\"x\\\"\" {\n linux /LIVE/vmlinuz-6.1 'a b' c=\"d e\"\n}",
        ),
        ("live/vmlinuz-6.1", "k"),
        ("live/initrd.img-6.1", "i"),
    ];
    insta::assert_snapshot!(entries(&files), @r#"
    */boot/grub/grub.cfg [Live system (amd64)] /live/vmlinuz-6.1 | /live/initrd.img-6.1 | boot=live components quiet splash
     /boot/grub/grub.cfg [fail-safe] /live/vmlinuz-6.1 | /live/initrd.img-6.1 | boot=live nomodeset
     /boot/grub/grub.cfg [it's "x"] /live/vmlinuz-6.1 |  | a b c=d e
    "#);

    let functions = "
set default=fedora
set kernel=/boot/vmlinuz
export kernel
function entry {
 menuentry \"$1\" --id $2 \"$2\" { linux $kernel ${@} args=$2
 initrd (loop)/boot/ucode.img /boot/initrd }
}
for kind in one fedora; do
  entry \"Title $kind\" $kind
done
if test -f /boot/nothing -o -e /boot; then set kernel=/boot/other; elif true; then menuentry no { linux /boot/vmlinuz }; fi
if ! [ -s /boot/nothing -a -n \"$kernel\" ]
then
  menuentry 'in the end' { configfile /boot/grub/more.cfg }
fi
";
    let files = [
        ("boot/grub/grub.cfg", functions),
        (
            "boot/grub/more.cfg",
            "menuentry more { set root=x\n linuxefi $kernel more\n initrdefi /boot/initrd\n }",
        ),
        ("boot/vmlinuz", "k"),
        ("boot/other", "k"),
        ("boot/initrd", "i"),
    ];
    insta::assert_snapshot!(entries(&files), @"
    */boot/grub/grub.cfg [Title fedora] /boot/other | /boot/ucode.img /boot/initrd | Title fedora fedora args=fedora
     /boot/grub/grub.cfg [Title one] /boot/other | /boot/ucode.img /boot/initrd | Title one one args=one
     /boot/grub/grub.cfg [more] /boot/other | /boot/initrd | more
    ");
}

#[test]
fn isolinux_menus() {
    let files = [
        ("isolinux/isolinux.cfg", "path \ninclude menu.cfg\r\ndefault vesamenu.c32\nprompt 0\n"),
        (
            "isolinux/menu.cfg",
            "label help\n  text help\n label nothing\n kernel x\n endtext\n  config prompt.cfg\n\
             label install\n menu label ^Install\n kernel /install/vmlinuz\n append vga=788 initrd=/install/initrd.gz,extra.gz --- quiet\n\
             LABEL live\n MENU LABEL ^Live\n MENU DEFAULT\n LINUX ../live/vmlinuz\n INITRD ../live/initrd\n APPEND boot=live\n\
             label test\n kernel memtest.bin\nlabel chain\n kernel chain.c32\n append hd0",
        ),
        ("install/vmlinuz", "k"),
        ("install/initrd.gz", "k"),
        ("live/vmlinuz", "k"),
        ("live/initrd", "k"),
    ];
    insta::assert_snapshot!(entries(&files), @"
    */isolinux/isolinux.cfg [Live] /live/vmlinuz | /live/initrd | boot=live
     /isolinux/isolinux.cfg [Install] /install/vmlinuz | /install/initrd.gz /isolinux/extra.gz | vga=788 --- quiet
    ");
}

#[test]
fn systemd_boot_menus() {
    let files = [
        ("loader/loader.conf", "timeout 15\ndefault 02-arch*\n"),
        (
            "loader/entries/01-a.conf",
            "title Speech\nlinux /arch/boot/vmlinuz-linux\noptions accessibility=on\n",
        ),
        (
            "loader/entries/02-arch.conf",
            "title  Arch Linux\nsort-key 01\nlinux  /arch/boot/vmlinuz-linux\ninitrd /arch/boot/intel.img\n\
             initrd /arch/boot/initramfs.img\noptions archisobasedir=arch archisosearchuuid=2024\n",
        ),
        ("arch/boot/vmlinuz-linux", "k"),
        ("arch/boot/initramfs.img", "k"),
    ];
    insta::assert_snapshot!(entries(&files), @"
    */loader/entries [Arch Linux] /arch/boot/vmlinuz-linux | /arch/boot/intel.img /arch/boot/initramfs.img | archisobasedir=arch archisosearchuuid=2024
     /loader/entries [Speech] /arch/boot/vmlinuz-linux |  | accessibility=on
    ");
}

#[test]
fn flaws_of_loopback_cfg() {
    let flaw = |cfg: &str| {
        let files: &[(&str, &[u8])] = &[
            ("boot/grub/loopback.cfg", cfg.as_bytes()),
            (
                "boot/grub/good.cfg",
                b"menuentry x { linux /vmlinuz findiso=$iso_path\ninitrd /initrd\n}",
            ),
            ("vmlinuz", b"k"),
            ("initrd", b"i"),
        ];
        facts(&iso(files).build()).loopback_cfg.unwrap().flaw
    };
    assert_eq!(flaw("source /boot/grub/good.cfg"), None);
    assert_eq!(flaw("configfile ($root)/boot/grub/good.cfg"), None);
    insta::assert_debug_snapshot!(
        [
            "linux /vmlinuz findiso=$iso_path",
            "menuentry x { linux /vmlinuz boot=live; }",
            "menuentry x { linux /casper/vmlinuz iso-scan/filename=$iso_path; }",
            "menuentry x { linux /vmlinuz findiso=${iso_path}\ninitrd /initrd /ucode\n}",
            "menuentry x { linux /vmlinuz findiso=${iso_path}\n}\nif",
            "if [ -f /gone.cfg ]; then source /gone.cfg; fi\nsource /boot/grub/good.cfg",
            "menuentry m { linux16 /vmlinuz}\nsource /boot/grub/good.cfg",
            "source ${prefix}/grub.cfg",
            "source /boot/grub/loopback.cfg",
            "source /gone.cfg",
            "menuentry x { linux /old findiso=${iso_path}; initrd /initrd }",
            "menuentry x { linux /vmlinuz findiso=${iso_path}; initrd /initrd }",
        ]
        .map(flaw),
        @r#"
    [
        None,
        Some(
            "it does not hand on where the ISO file lies",
        ),
        Some(
            "it starts /casper/vmlinuz, which is not there",
        ),
        Some(
            "it starts /ucode, which is not there",
        ),
        Some(
            "the end of the file is reached inside a block or a command",
        ),
        None,
        None,
        Some(
            "it reads $prefix/grub.cfg, which is another menu's when a key's GRUB runs it",
        ),
        Some(
            "it is nested too deep",
        ),
        Some(
            "it reads /gone.cfg, which is not there",
        ),
        Some(
            "it starts /old, which is not there",
        ),
        None,
    ]
    "#
    );
}

/// Configurations that would like to run forever, or to fill the memory.
#[test]
fn hostile_configurations() {
    let double =
        format!("set a=xxxxxxxxxxxxxxxx\n{}", "set a=$a$a$a$a\nset b=\"$a $b\"\n".repeat(5000));
    let nested = format!(
        "{}linux /k{}",
        "menuentry x {\n if true; then ".repeat(3000),
        " fi }".repeat(3000)
    );
    let fans = "for i in 1 2 3 4 5 6 7 8 9; do ".repeat(14)
        + "menuentry $i { linux /k $i }; "
        + &"done; ".repeat(14);
    let calls = "function f { f; f; menuentry $1 { linux /k x }; g }\nfunction g { f; g; }\nf; g"
        .to_owned();
    let many = "menuentry 'x y' { linux /k ${a} }\n".repeat(7000);
    let quotes =
        "menuentry \"\x1b[2J`$(rm -rf /)`'\u{202e}\" { linux /k \"a\nb\" 'c\x07d' }\nmenuentry '"
            .to_owned();
    for (what, text) in [
        ("double", double),
        ("nested", nested),
        ("fans", fans),
        ("calls", calls),
        ("many", many),
        ("quotes", quotes),
        ("self", "source /boot/grub/grub.cfg\nconfigfile /boot/grub/grub.cfg\n".repeat(50)),
        ("braces", "{".repeat(200_000)),
        ("ifs", "if ".repeat(80_000)),
        ("tests", format!("if [ {} ]; then x; fi\n", "! ".repeat(2000)).repeat(50)),
        ("dollars", "$".repeat(250_000)),
    ] {
        for config in ["boot/grub/grub.cfg", "isolinux/isolinux.cfg", "boot/grub/loopback.cfg"] {
            let started = std::time::Instant::now();
            let facts = facts(&iso(&[(config, text.as_bytes()), ("k", b"")]).build());
            assert!(started.elapsed().as_secs() < 20, "{what}: {:?}", started.elapsed());
            assert!(facts.boot_entries.len() <= 16, "{what}");
            let strange = |s: &str| s.chars().any(char::is_control);
            for entry in &facts.boot_entries {
                assert!(!strange(&entry.title) && !entry.args.iter().any(|a| strange(a)), "{what}");
            }
        }
    }
    let includes = "include isolinux.cfg\n".repeat(1000);
    facts(&iso(&[("isolinux/isolinux.cfg", includes.as_bytes())]).build());
}

/// Menus and initrds with pieces of their own language put in, taken out and swapped: whatever
/// comes of it, there is an answer, soon, and the same twice.
#[test]
fn mutated_menus_and_initrds() {
    let pieces: Vec<&[u8]> = [
        "{",
        "}",
        "'",
        "\"",
        "\\",
        "$",
        "${",
        "\n",
        ";",
        " ",
        "#",
        "if ",
        "then ",
        "else ",
        "elif ",
        "fi ",
        "menuentry x {",
        "submenu 'y' {",
        "function f {",
        "f ",
        "for a in b c; do ",
        "done ",
        "set a=$a",
        "set default=",
        "source /boot/grub/grub.cfg ",
        "configfile ",
        "linux /k $a ",
        "initrd /i ",
        "[ -f /k ]",
        "! ",
        "label x ",
        "include isolinux.cfg ",
        "append initrd=",
        "kernel /k ",
        "menu default ",
        "default x ",
        "text help ",
        "070701",
        "TRAILER!!!\0",
        "\u{0}\u{0}\u{0}\u{0}",
        "FFFFFFFF",
    ]
    .map(str::as_bytes)
    .into();
    let grub =
        b"set default=1\nif [ x$a = x ]; then set a='q'; fi\nmenuentry 'A' { linux /k $a }\n"
            .as_slice();
    let syslinux = b"default x\nlabel x\n kernel /k\n append initrd=/i quiet\n".as_slice();
    let initrd = cpio(&[("scripts/live", b"text"), ("init", b"")]);
    let files = [("boot/grub/grub.cfg", grub), ("isolinux/isolinux.cfg", syslinux), ("i", &initrd)];
    let started = std::time::Instant::now();
    let mut with_entries = 0;
    for seed in 0..1500 {
        let mut dice = Dice::new(seed);
        let (name, text) = files[dice.below(files.len())];
        let mut text = text.to_vec();
        for _ in 0..=dice.below(12) {
            let at = dice.below(text.len() + 1);
            let to = at + dice.below(text.len() + 1 - at).min(20);
            let piece = pieces[dice.below(pieces.len())];
            match dice.below(3) {
                0 => text.splice(at..at, piece.iter().copied()).for_each(drop),
                1 => text.drain(at..to).for_each(drop),
                _ => text.splice(at..to, piece.iter().copied()).for_each(drop),
            }
        }
        let mut all: Vec<(&str, &[u8])> = vec![("k", b"kernel"), ("i", &initrd)];
        all.retain(|f| f.0 != name);
        all.push((name, &text));
        let image = iso(&all).build();
        let found = facts(&image);
        assert_eq!(found, facts(&image), "{seed}");
        with_entries += usize::from(!found.boot_entries.is_empty());
    }
    assert!((100..1500).contains(&with_entries), "neither none nor all: {with_entries}");
    assert!(started.elapsed().as_secs() < 120);
}

/// The program that firmware would start lies in a FAT image, and has a place in the ISO.
#[test]
fn a_program_in_an_image_in_the_iso() {
    let Some(path) = testbench::ipxe_iso() else { return };
    let Some(mcopy) = testbench::oracle("mcopy") else { return };
    let image = std::fs::read(path).unwrap();
    let len = image.len() as u64;
    let name = "/efi.img:/EFI/BOOT/BOOTX64.EFI";
    assert_eq!(facts(&image).efi_programs.get(name), Some(&iso_probe::Machine::X86_64));
    let open = IsoImage::open(Cursor::new(&image), len).unwrap();
    let located = open.locate(name).unwrap();
    let bytes_of = |file: &iso_probe::FileExtents| -> Vec<u8> {
        let piece = |&(at, len): &(u64, u64)| &image[at as usize..][..len as usize];
        file.extents.iter().flat_map(piece).copied().collect()
    };
    let bytes = bytes_of(&located);
    // mtools, of the image by itself, says the same.
    let dir = tempfile::tempdir().unwrap();
    let (fat, out) = (dir.path().join("efi.img"), dir.path().join("out"));
    std::fs::write(&fat, bytes_of(&open.locate("/efi.img").unwrap())).unwrap();
    let args = ["-i", fat.to_str().unwrap(), "::/EFI/BOOT/BOOTX64.EFI", out.to_str().unwrap()];
    mcopy.run(args).expect_success("mcopy");
    assert!(std::fs::read(&out).unwrap() == bytes, "another file");
    assert_eq!(bytes.len() as u64, located.len);
    assert_eq!(open.locate("/efi.img:/X"), None);
    // Damaged, it has no program, and the rest is as it was.
    let mut damaged = image.clone();
    let at = image.windows(8).position(|w| w == b"BOOTX64 ").unwrap();
    damaged[at] = b'_';
    let facts = facts(&damaged);
    assert!(facts.efi_programs.is_empty() && facts.paths.contains_key("/ipxe.krn"));
}

/// Files that hold a system are known by their first bytes, whatever they are called; what menus
/// start is none of them.
#[test]
fn payloads_by_their_first_bytes() {
    let at = |at: usize, what: &[u8]| [&vec![1; at][..], what, &[1; 64]].concat();
    let ext = at(0x438, b"\x53\xef");
    let files: &[(&str, &[u8])] = &[
        ("boot/grub/grub.cfg", b"menuentry x {\n linux /system/start\n initrd /system/disk\n}"),
        ("system/start", &at(0x202, b"HdrS")),
        ("system/disk", &ext),
        ("system/data.bin", &at(0, b"hsqs")),
        ("other", &at(1024, b"\xe2\xe1\xf5\xe0")),
        ("x.squashfs", b"no such thing, as far as its bytes tell.........................."),
    ];
    let found = facts(&iso(files).build()).payloads;
    let found: Vec<(&str, &str)> = found.iter().map(|(p, k)| (p.as_str(), k.as_str())).collect();
    assert_eq!(found, [("/other", "erofs"), ("/system/data.bin", "squashfs")]);
}
