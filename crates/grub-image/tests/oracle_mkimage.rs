//! Against `grub-mkimage -O i386-pc` of every GRUB at hand: same payload, and with the tool's own
//! LZMA stream the same file.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests start programs
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::{Grub, assert_same, unpack};
use grub_image::{CoreImage, Error, ImageOptions, Payload, Platform, PlatformFiles, mkimage};

const PC: Platform = Platform::I386Pc;

const SEARCH: &str = "search.fs_uuid 1234-ABCD root hd0,msdos1\nset prefix=($root)'/boot/grub'\n";
const ROBUST: &[&str] = &[
    "biosdisk",
    "part_msdos",
    "part_gpt",
    "fat",
    "ext2",
    "search_fs_uuid",
    "exfat",
    "ntfs",
    "search",
    "search_fs_file",
    "search_label",
    "configfile",
    "normal",
    "echo",
    "test",
    "true",
    "ls",
    "cat",
    "loadenv",
    "minicmd",
    "halt",
    "reboot",
    "sleep",
    "serial",
    "terminal",
];
const LOOP_MENU: &[&str] = &[
    "biosdisk",
    "part_msdos",
    "part_gpt",
    "fat",
    "ext2",
    "iso9660",
    "udf",
    "loopback",
    "linux",
    "linux16",
    "chain",
    "multiboot",
    "multiboot2",
    "normal",
    "gfxmenu",
    "gfxterm",
    "all_video",
    "png",
    "jpeg",
    "regexp",
    "probe",
    "search",
    "squash4",
    "gzio",
    "xzio",
    "memdisk",
    "tar",
];

/// Option sets as (modules, prefix, config, memdisk).
type Set<'a> = (&'a [&'a str], &'a str, Option<&'a str>, Option<&'a [u8]>);

/// The tool's LZMA stream, by the lengths in its own head.
fn stream<'a>(files: &PlatformFiles, core: &'a [u8]) -> (&'a [u8], usize) {
    let number = |at: usize| u32::from_le_bytes(core[at..at + 4].try_into().unwrap()) as usize;
    let start = 512 + files.get("lzma_decompress.img").unwrap().len();
    assert_eq!(core.len(), start + number(0x208));
    (&core[start..], number(0x20c))
}

/// Everything that is compared, for one set.
fn compare(files: &PlatformFiles, options: &ImageOptions<'_>, theirs: &[u8]) -> (usize, usize) {
    let what = format!("{:?} prefix {:?}", options.modules, options.prefix);
    let payload = Payload::i386_pc(files, options).unwrap();
    let (stream, len) = stream(files, theirs);
    assert_same(payload.bytes(), &unpack(stream, len).unwrap(), &what);
    let fed = CoreImage::assemble(files, &payload, stream.to_vec()).unwrap();
    assert_same(&fed.to_vec(), theirs, &what);

    let ours = mkimage::i386_pc(files, options).unwrap();
    let back = unpack(ours.compressed(), ours.payload_len()).unwrap();
    assert_same(payload.bytes(), &back, &format!("{what}: our own stream"));
    assert!(ours.compressed_len() <= stream.len(), "{what}: compressed worse than the tool");
    assert_eq!(ours.to_vec().len(), ours.len());
    (ours.compressed_len(), stream.len())
}

#[test]
fn payload_and_file_equal_the_tools() {
    let tiny = [7u8; 1];
    let odd: Vec<u8> = (0..70_001u32).map(|i| (i.wrapping_mul(i) >> 3) as u8).collect();
    let long_prefix = format!("(hd0,msdos1)/{}", "long/".repeat(60));
    let long_config = "# a comment line, and another\n".repeat(400);
    let msdos = "(,msdos1)/boot/grub";
    let all_of_it = [ROBUST, LOOP_MENU].concat();
    let sets: &[Set<'_>] = &[
        (&[], "/", None, None),
        (&[], "", None, None),
        (&[], msdos, Some(""), None),
        (&["biosdisk"], msdos, None, None),
        (&["biosdisk", "part_msdos", "fat"], msdos, None, None),
        (&["fat", "part_msdos", "biosdisk"], msdos, None, None),
        (&["biosdisk", "part_msdos", "ext2", "search_fs_uuid"], msdos, Some(SEARCH), None),
        (
            &["biosdisk", "part_msdos", "part_gpt", "fat", "search_fs_uuid"],
            "/boot/grub",
            Some(SEARCH),
            None,
        ),
        (&["normal"], "/b", Some("1"), None),
        (&["normal"], "/bo", Some("12"), None),
        (&["normal"], "/boo", Some("123"), None),
        (&["normal"], "/boot", Some("1234"), None),
        (&["loopback", "linux", "search"], &long_prefix, None, None),
        (&["memdisk", "tar", "normal"], "(memdisk)/boot/grub", None, Some(&tiny)),
        (&["memdisk", "tar"], msdos, Some(SEARCH), Some(&odd)),
        (&["memdisk"], msdos, None, Some(&[])),
        (&["memdisk"], msdos, Some(&long_config), Some(&odd[..512])),
        (&["ext2", "ext2", "fat", "ext2.mod", "normal"], msdos, None, None),
        (&["gfxmenu", "all_video", "video_all"], "(hd0)/grub/\u{e9}", None, None),
        (&["crypto", "gcry_sha512", "password_pbkdf2", "zfs", "btrfs", "luks"], msdos, None, None),
        (ROBUST, msdos, Some(SEARCH), None),
        (LOOP_MENU, msdos, Some(&long_config), None),
        (
            &["biosdisk", "part_msdos", "part_gpt", "fat", "ext2", "normal", "ls", "cat"],
            "/",
            None,
            None,
        ),
        (&LOOP_MENU[..9], "/", None, None),
        (&LOOP_MENU[..14], "/", None, None),
        (&LOOP_MENU[..17], "/", None, None),
        (&LOOP_MENU[..22], "/", None, None),
        (&all_of_it, "/", None, None),
    ];
    assert!(sets.len() >= 20);
    for grub in Grub::all() {
        let Some(files) = grub.files(PC) else { continue };
        for (modules, prefix, config, memdisk) in sets {
            // Not every build has every module.
            let has = |m: &&str| files.get(&format!("{}.mod", m.trim_end_matches(".mod")));
            let modules: Vec<&str> = modules.iter().copied().filter(|m| has(m).is_ok()).collect();
            let (config, memdisk) = (*config, *memdisk);
            let options =
                ImageOptions { modules: &modules, prefix, config, memdisk, ..Default::default() };
            let (ours, theirs) = compare(&files, &options, &grub.image(PC, &options));
            let (name, count) = (grub.name(), modules.len());
            println!("{name:10} {ours:>7} {theirs:>7}  {count:>3} modules {prefix}");
        }
    }
}

#[test]
fn every_module_at_once_is_too_much_for_both() {
    for grub in Grub::all() {
        let Some(files) = grub.files(PC) else { continue };
        let all: Vec<&str> = files.names().filter_map(|n| n.strip_suffix(".mod")).collect();
        let options = ImageOptions { modules: &all, ..ImageOptions::default() };
        let dir = tempfile::tempdir().unwrap();
        let ran = grub.run(PC, &options, &dir.path().join("core.img"));
        let said = ran
            .expect_objection(1, "core image is too big", "grub-mkimage with every module")
            .stderr;
        assert!(said.contains("core image is too big") && said.contains("0x78000"), "{said}");
        let e = mkimage::i386_pc(&files, &options).unwrap_err();
        assert!(matches!(e, Error::CoreTooBig { limit: 0x78000, .. }), "{e}");
    }
}

#[test]
fn a_flipped_byte_is_noticed() {
    let Some(grub) = Grub::all().into_iter().next() else { return };
    let Some(files) = grub.files(PC) else { return };
    let modules = &["biosdisk", "part_msdos", "ext2"];
    let options = ImageOptions { modules, prefix: "/boot/grub", ..ImageOptions::default() };
    let good = grub.image(PC, &options);
    compare(&files, &options, &good);
    let middle = 512 + files.get("lzma_decompress.img").unwrap().len() + 9000;
    for at in [0, 0x1f4, 0x1fc, 0x210, 0x21a, 0x300, middle] {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        let compared = std::panic::catch_unwind(|| compare(&files, &options, &bad));
        assert!(compared.is_err(), "byte {at:#x} may be anything");
    }
}

#[test]
fn both_refuse_the_same() {
    let Some(grub) = Grub::all().into_iter().next() else { return };
    let Some(files) = grub.files(PC) else { return };
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("core.img");
    let modules = &["no_such_module"];
    let options = ImageOptions { modules, prefix: "/", ..ImageOptions::default() };
    grub.run(PC, &options, &out).expect_objection(
        1,
        "no_such_module.mod': No such file",
        "grub-mkimage, unknown module",
    );
    let e = mkimage::i386_pc(&files, &options).unwrap_err();
    assert!(matches!(e, Error::MissingModule { .. }), "{e}");

    // Noise cannot be compressed: the image is as long as the memdisk.
    let mut seed = 1u64;
    let noise: Vec<u8> = (0..460_000)
        .map(|_| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed >> 32) as u8
        })
        .collect();
    let options = ImageOptions { prefix: "/", memdisk: Some(&noise), ..ImageOptions::default() };
    grub.run(PC, &options, &out).expect_objection(
        1,
        "core image is too big",
        "grub-mkimage, too much",
    );
    let e = mkimage::i386_pc(&files, &options).unwrap_err();
    assert!(matches!(e, Error::CoreTooBig { .. }), "{e}");

    // To the byte: decompressor and stream end at 0x78000 or before.
    let payload = Payload::i386_pc(&files, &ImageOptions::default()).unwrap();
    let most = 0x78000 - 0x9000 - files.get("lzma_decompress.img").unwrap().len();
    assert!(CoreImage::assemble(&files, &payload, vec![0; most]).is_ok());
    let e = CoreImage::assemble(&files, &payload, vec![0; most + 1]).unwrap_err();
    assert!(matches!(e, Error::CoreTooBig { over: 1, .. }), "{e}");
}
