//! The facts of images whose contents are known: written here, by xorriso, or by a distribution.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read ISO files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod support;

use iso_probe::{Emulation, IsoFacts, Names, Platform, ProbeError};
use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;
use support::probe;
use testbench::Oracle;
use testbench::raw_iso::{Iso, SECTOR, nm, sl};

fn facts(image: &[u8]) -> Result<IsoFacts, ProbeError> {
    probe(Cursor::new(image), image.len() as u64)
}

fn facts_of(path: &Path) -> IsoFacts {
    let file = std::fs::File::open(path).unwrap();
    let size = file.metadata().unwrap().len();
    probe(file, size).unwrap()
}

#[test]
fn plain_names() {
    let image = Iso {
        boot: vec![(0, 2, 1), (0xef, 0, 8192)],
        ..Iso::new("CentOS", &["isolinux/vmlinuz", "isolinux/initrd.img", "readme"])
    }
    .build();
    let facts = facts(&image).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&facts).unwrap(), @r#"
    {
      "volume_id": "CentOS",
      "system_id": "",
      "publisher_id": "",
      "application_id": "",
      "volume_uuid": "2009-06-07-08-09-10-11",
      "volume_size_bytes": 55296,
      "file_size_bytes": 55296,
      "udf": false,
      "names": "plain",
      "el_torito": [
        {
          "platform": "bios",
          "emulation": "floppy1440",
          "bootable": true,
          "load_sectors": 1
        },
        {
          "platform": "uefi",
          "emulation": "none",
          "bootable": true,
          "load_sectors": 8192
        }
      ],
      "initrds": {
        "/ISOLINUX/INITRD.IMG": {
          "entries": 0,
          "incomplete": "it is no cpio archive, nor compressed in a way that is known"
        }
      },
      "truncated_listing": false,
      "paths": {
        "/ISOLINUX/INITRD.IMG": 19,
        "/ISOLINUX/VMLINUZ": 16,
        "/README": 6
      }
    }
    "#);
    assert_eq!(facts.find("/isolinux/vmlinuz"), Some("/ISOLINUX/VMLINUZ"));
    assert_eq!(facts.find("/isolinux"), None, "a directory is no file");
    let again: IsoFacts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
    assert_eq!(again, facts);
}

#[test]
fn rock_ridge_names_and_links() {
    let mut iso = Iso::new("X", &["Boot/vmlinuz-6.1 (new)", "vmlinuz", "dangling", "größe"]);
    iso.rock_ridge = true;
    iso.system_use.insert("vmlinuz".into(), [nm(b"vmlinuz"), sl(b"kernel")].concat());
    iso.files.insert("kernel".into(), vec![1, 2, 3]);
    iso.system_use.insert("dangling".into(), [nm(b"dangling"), sl(b"nowhere")].concat());
    let facts = facts(&iso.build()).unwrap();
    assert_eq!(facts.names, Names::RockRidge);
    let paths: Vec<(&str, u64)> = facts.paths.iter().map(|(p, s)| (p.as_str(), *s)).collect();
    assert_eq!(
        paths,
        [("/Boot/vmlinuz-6.1 (new)", 22), ("/größe", 7), ("/kernel", 3), ("/vmlinuz", 3)]
    );
}

#[test]
fn udf_beside_iso_9660_is_noticed() {
    let windows = Iso { udf: true, ..Iso::new("CCCOMA_X64FRE", &["readme.txt"]) };
    assert!(facts(&windows.build()).unwrap().udf);
    assert!(!facts(&Iso::new("A", &[]).build()).unwrap().udf);
}

#[test]
fn the_joliet_label_counts_where_it_differs() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.iso");
    testbench::Iso::new("PLAIN").file("a", "x").write(&path).unwrap();
    assert_eq!(facts_of(&path).joliet_volume_id, None, "the same one");
    let mut image = std::fs::read(&path).unwrap();
    let joliet: Vec<u8> = "PLAIN".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let at = image.windows(joliet.len()).position(|w| w == joliet).unwrap();
    image[at..at + 10].copy_from_slice(b"\0J\0O\0L\0I\0Y");
    assert_eq!(facts(&image).unwrap().joliet_volume_id.as_deref(), Some("JOLIY"));
    if let Some(blkid) = testbench::oracle("blkid") {
        std::fs::write(&path, &image).unwrap();
        let ran = blkid.run(["-p", "-o", "export", path.to_str().unwrap()]);
        assert!(ran.expect_success("blkid").stdout.contains("LABEL=JOLIY"));
    }
}

#[test]
fn what_an_image_says_of_itself() {
    let iso = Iso { rock_ridge: true, ..Iso::new("X", &["a"]) };
    let with = |info: &str| {
        let mut iso = iso.clone();
        iso.files.insert(".disk/info".into(), info.as_bytes().to_vec());
        facts(&iso.build()).unwrap().disk_info
    };
    assert_eq!(with("Debian 12 \u{1b}[2J\nsecond line").as_deref(), Some("Debian 12 [2J"));
    assert_eq!(with(" \n"), None);
    assert_eq!(facts(&iso.build()).unwrap().disk_info, None);
}

#[test]
fn files_in_several_pieces_are_read_as_one() {
    let mut iso = Iso::new("PIECES", &[]);
    let menu = "default a\nlabel a\nkernel /k\nappend b\n";
    let (start, end) = menu.split_at(20);
    iso.files.insert("isolinux.cfg".into(), start.into());
    iso.files.insert("isolinuy.cfg".into(), end.into());
    iso.files.insert("k".into(), vec![1]);
    let mut image = iso.build();
    let find =
        |image: &[u8], name: &[u8]| image.windows(name.len()).position(|w| w == name).unwrap();
    // ECMA-119 9.1.6: bit 7 says that the next record goes on with the same file.
    let first = find(&image, b"ISOLINUX.CFG;1") - 33;
    image[first + 25] |= 0x80;
    let second = find(&image, b"ISOLINUY.CFG;1");
    image[second + 7] = b'X';
    let facts = facts(&image).unwrap();
    assert_eq!(facts.multi_extent, ["/ISOLINUX.CFG"]);
    assert_eq!(facts.paths["/ISOLINUX.CFG"], menu.len() as u64);
    // A piece ends where its extent does, whatever follows it in its sector.
    assert_eq!(facts.boot_entries[0].args, ["b"]);
}

#[test]
fn cut_short() {
    let image = Iso::new("X", &["a", "b/c"]).build();
    let len = image.len();
    // The last file has three bytes of the last sector; what fills it up may be missing.
    let end = len - SECTOR + 3;
    for kept in [len - 1, end] {
        let facts = facts(&image[..kept]).unwrap();
        assert_eq!((facts.volume_size_bytes, facts.file_size_bytes), (len as u64, kept as u64));
    }
    match facts(&image[..end - 1]) {
        Err(ProbeError::Truncated { needed_bytes, file_bytes }) => {
            assert_eq!((needed_bytes, file_bytes), (end as u64, end as u64 - 1));
        }
        other => panic!("{other:?}"),
    }
    // A volume that says it is smaller than its files reach.
    let mut liar = image[..len - SECTOR].to_vec();
    let blocks = (liar.len() / SECTOR) as u32;
    let size = 16 * SECTOR + 80;
    liar[size..size + 4].copy_from_slice(&blocks.to_le_bytes());
    liar[size + 4..size + 8].copy_from_slice(&blocks.to_be_bytes());
    match facts(&liar) {
        Err(ProbeError::Truncated { needed_bytes, .. }) => {
            // The last file's three bytes, in the sector that is gone.
            assert_eq!(needed_bytes, (len - SECTOR + 3) as u64);
        }
        other => panic!("{other:?}"),
    }
    // More bytes than the volume needs are usual: partitions of hybrid images, padding.
    let mut longer = image.clone();
    longer.resize(len + 5000, 7);
    let facts = facts(&longer).unwrap();
    assert_eq!((facts.volume_size_bytes, facts.file_size_bytes), (len as u64, len as u64 + 5000));
}

/// The ISO images that Debian packages carry, as far as they are installed.
fn real_isos() -> Vec<&'static Path> {
    [
        "/usr/lib/ipxe/ipxe.iso",
        "/usr/lib/memtest86+/memtest86+x64.iso",
        "/usr/lib/memtest86+/memtest86+ia32.iso",
        "/usr/lib/grub-rescue/grub-rescue-cdrom.iso",
    ]
    .iter()
    .map(Path::new)
    .filter(|path| {
        path.is_file() || {
            testbench::missing(&path.display().to_string());
            false
        }
    })
    .collect()
}

/// The files xorriso lists, with their sizes.
fn xorriso_lists(xorriso: &Oracle, iso: &Path) -> BTreeSet<(String, u64)> {
    let ran = xorriso
        .run(["-indev", iso.to_str().unwrap(), "-find", "/", "-type", "f", "-exec", "lsdl", "--"])
        .expect_success("xorriso");
    let mut files = BTreeSet::new();
    for line in ran.stdout.lines() {
        let (left, path) = line.split_once(" '").unwrap();
        let size = left.split_whitespace().nth(4).unwrap().parse().unwrap();
        files.insert((path.trim_end_matches('\'').to_owned(), size));
    }
    files
}

/// xorriso does not list the boot catalog, which is made up by the writer of the image.
fn ours(facts: &IsoFacts) -> BTreeSet<(String, u64)> {
    let files = facts.paths.iter().map(|(p, s)| (p.clone(), *s));
    files.filter(|(p, _)| !p.starts_with("/boot.cat")).collect()
}

#[test]
fn lists_what_xorriso_lists() {
    let Some(xorriso) = testbench::oracle("xorriso") else { return };
    for iso in real_isos() {
        let facts = facts_of(iso);
        assert!(!facts.paths.is_empty());
        assert_eq!(ours(&facts), xorriso_lists(&xorriso, iso), "{}", iso.display());
        // Tamper: one letter of one name. xorriso must list something else then.
        let dir = tempfile::tempdir().unwrap();
        let tampered = dir.path().join("tampered.iso");
        let mut bytes = std::fs::read(iso).unwrap();
        let name = ours(&facts).first().unwrap().0.rsplit('/').next().unwrap().to_owned();
        let nm = [b"NM", &[name.len() as u8 + 5, 1, 0][..], name.as_bytes()].concat();
        let at = bytes.windows(nm.len()).position(|w| w == nm).unwrap();
        bytes[at + 5] ^= 3;
        std::fs::write(&tampered, bytes).unwrap();
        assert_ne!(ours(&facts), xorriso_lists(&xorriso, &tampered));
    }
}

/// What GRUB reads under the paths that we report, whatever kind of names the image has.
#[test]
fn grub_finds_what_we_list() {
    let Some(fstest) = testbench::oracle("grub-fstest") else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.iso");
    let reads = |image: &[u8], name: &str, content: &str| {
        std::fs::write(&path, image).unwrap();
        let ran = fstest.run([path.to_str().unwrap(), "cat", &format!("(loop0){name}")]);
        ran.status == Some(0) && ran.stdout == content
    };
    let mut iso =
        Iso::new("X", &["isolinux/vmlinuz", "isolinux/initrd.img", "Some Dir/a.b.c", "x"]);
    for rock_ridge in [false, true] {
        iso.rock_ridge = rock_ridge;
        let image = iso.build();
        let facts = facts(&image).unwrap();
        assert_eq!(facts.paths.len(), iso.files.len());
        for (name, content) in &iso.files {
            let content = std::str::from_utf8(content).unwrap();
            let found = facts.find(&format!("/{name}")).unwrap();
            assert!(reads(&image, found, content), "GRUB does not read {found}");
            // Tamper: one byte of the content, then one of the name.
            let mut broken = image.clone();
            let at = broken.windows(content.len()).rposition(|w| w == content.as_bytes()).unwrap();
            broken[at] ^= 1;
            assert!(!reads(&broken, found, content), "{found}");
            assert!(!reads(&image, &format!("{found}x"), content), "{found}");
        }
    }
}

#[test]
fn label_and_uuid_are_blkid_s() {
    let Some(blkid) = testbench::oracle("blkid") else { return };
    let says = |path: &Path| {
        let ran = blkid.run(["-p", "-o", "export", path.to_str().unwrap()]).expect_success("blkid");
        let value = |key: &str| {
            ran.stdout.lines().find_map(|l| Some(l.strip_prefix(key)?.replace('\\', "")))
        };
        (value("LABEL="), value("UUID="))
    };
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("own.iso");
    let mut image = Iso::new("My Label", &["a"]).build();
    std::fs::write(&own, &image).unwrap();
    for iso in real_isos().into_iter().chain([own.as_path()]) {
        let facts = facts_of(iso);
        assert_eq!(says(iso), (Some(facts.volume_id), facts.volume_uuid), "{}", iso.display());
    }
    // Without a modification time, blkid takes the creation time; and it sees a changed digit.
    let modified = 16 * SECTOR + 830;
    let before = facts_of(&own);
    image[modified..modified + 16].fill(b'0');
    std::fs::write(&own, &image).unwrap();
    let after = facts_of(&own);
    assert_ne!(after.volume_uuid, before.volume_uuid);
    assert_eq!(says(&own).1, after.volume_uuid);
}

#[test]
fn joliet_hard_links_and_deep_directories_by_xorriso() {
    let Some(xorriso) = testbench::oracle("xorriso") else { return };
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    let deep = tree.join("1/2/3/4/5/6/7/8/9/10");
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("bottom"), "x").unwrap();
    std::fs::write(tree.join("Mixed Case Größe.txt"), "12345").unwrap();
    for n in 0..200 {
        let first = tree.join(format!("first-{n}"));
        std::fs::write(&first, n.to_string()).unwrap();
        std::fs::hard_link(&first, deep.join(format!("second-{n}"))).unwrap();
    }
    std::os::unix::fs::symlink("first-7", tree.join("link")).unwrap();
    for (options, names) in [
        (&["-R", "-J", "-joliet-long"][..], Names::RockRidge),
        (&["--norock", "-J", "-joliet-long"], Names::Joliet),
    ] {
        let iso = dir.path().join("x.iso");
        let mut command = xorriso.command();
        command.env("LC_ALL", "C.UTF-8"); // or else Joliet names lose what is not ASCII
        command.args(["-hardlinks", "on", "-as", "mkisofs", "-V", "LABEL"]).args(options);
        command.arg("-o").arg(&iso).arg(&tree);
        testbench::run(&mut command).expect_success("xorriso -as mkisofs");
        let facts = facts_of(&iso);
        assert_eq!((facts.names, facts.truncated_listing), (names, false));
        assert_eq!(facts.paths.get("/Mixed Case Größe.txt"), Some(&5));
        assert_eq!(facts.paths.get("/1/2/3/4/5/6/7/8/9/10/second-199"), Some(&3));
        let links = usize::from(names == Names::RockRidge);
        assert_eq!(facts.paths.len(), 402 + links, "{names:?}");
        assert_eq!(facts.paths.contains_key("/link"), links == 1);
        if let Some(fstest) = testbench::oracle("grub-fstest") {
            let read = fstest.run([iso.to_str().unwrap(), "cat", "(loop0)/Mixed Case Größe.txt"]);
            assert_eq!(read.stdout, "12345", "{names:?}: GRUB shows other names: {read:?}");
        }
        std::fs::remove_file(iso).unwrap();
    }
}

#[test]
fn boot_catalogs_of_real_images() {
    for iso in real_isos() {
        let facts = facts_of(iso);
        let first = &facts.el_torito[0];
        assert!(first.bootable && first.platform == Platform::Bios);
        let floppy = iso.to_str().unwrap().contains("memtest");
        let expected = if floppy { Emulation::Floppy1440 } else { Emulation::None };
        assert_eq!(first.emulation, expected, "{}", iso.display());
    }
}
