//! ISOs made to hurt, as `bootkey probe` and `bootkey menu` meet them: little memory, little time, a
//! clear answer, and nothing of theirs that a terminal or GRUB would act on.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};
use testbench::grub_tokenizer::command;
use testbench::raw_iso::{Iso, SECTOR, cpio, nm, pack, point, record, record_of, sl};
use testbench::{Ran, as_nobody, oracle, run};
use tests::Room;

/// Far more than any of these takes, far less than a person would wait.
const PATIENCE: Duration = Duration::from_secs(180);

/// What `bootkey probe` may take of memory, in KiB.
const MEMORY: u64 = 128 << 10;

/// Runs `bootkey probe x.iso`, and holds it to its time and memory.
#[track_caller]
fn probe(room: &Room, what: &str) -> Option<Ran> {
    let time = oracle("time")?;
    let mut command = time.command();
    command.args(["-f", "%M"]).arg(room.path("bootkey")).args(["probe", "x.iso"]);
    as_nobody(command.current_dir(room.path("")));
    let started = Instant::now();
    let mut ran = run(&mut command);
    let (said, peak) =
        ran.stderr.trim_end().rsplit_once('\n').unwrap_or(("", ran.stderr.trim_end()));
    let peak: u64 = peak.parse().unwrap_or_else(|_| panic!("{what}: {ran:?}"));
    println!("{what}: {peak} KiB, {:.1} s", started.elapsed().as_secs_f32());
    assert!((1024..MEMORY).contains(&peak), "{what}: {peak} KiB");
    assert!(started.elapsed() < PATIENCE, "{what}: {:?}", started.elapsed());
    // `time` tells of a status that is not 0, in a line of its own.
    ran.stderr = said.lines().filter(|l| !l.starts_with("Command exited")).collect();
    harmless(&ran.stdout, what);
    harmless(&ran.stderr, what);
    Some(ran)
}

#[track_caller]
fn harmless(text: &str, what: &str) {
    let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!text.chars().any(acts), "{what}: {text:?}");
}

fn iso(files: &[(&str, &[u8])]) -> Iso {
    let files = files.iter().map(|(path, data)| ((*path).to_owned(), data.to_vec())).collect();
    Iso { label: "d-live 12 x", rock_ridge: true, files, ..Iso::default() }
}

fn put(room: &Room, image: &[u8]) {
    std::fs::write(room.path("x.iso"), image).unwrap();
    readable(room);
}

fn readable(room: &Room) {
    let mode = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(room.path("x.iso"), mode).unwrap();
}

/// The lines of a menu as GRUB reads them: the words of each.
fn lines(menu: &str) -> Vec<Vec<String>> {
    testbench::grub_tokenizer::tokenize(menu, &|name| format!("<{name}>")).unwrap()
}

#[test]
fn texts_of_another_s() {
    let Some(room) = Room::new() else { return };
    let menu = |room: &Room| {
        let text = room.run(["menu", "x.iso"]).expect_success("bootkey menu").stdout;
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        text
    };
    let live: &[(&str, &[u8])] = &[("live/vmlinuz", b"k"), ("live/initrd.img", b"i")];
    put(&room, &iso(live).build());
    let commands: BTreeSet<String> =
        lines(&menu(&room)).iter().map(|line| command(line)[0].clone()).collect();
    assert!(commands.contains("linux") && commands.contains("menuentry"));

    for text in [
        "'; reboot; '",
        "\"; reboot; \"",
        "$(reboot) ${reboot}`reboot`",
        "a\nreboot\n",
        "\\'\nreboot #",
        "\u{1b}[2J\u{7}\r",
        "} reboot {",
        "x\n  boots      by recipe",
        "\u{202e}toober",
    ] {
        // In the label, in the name of the kernel, in a parameter, in a title, in what it calls itself.
        let mut hostile = iso(live);
        hostile.label = text;
        hostile.files.insert(".disk/info".into(), text.into());
        let config =
            format!("menuentry \"{text}\" {{\n linux /live/vmlinuz boot=live {text} x\n}}");
        hostile.files.insert("boot/grub/grub.cfg".into(), config.into());
        hostile.files.insert("isolinux/isolinux.cfg".into(), format!("label {text}\n").into());
        let mut renamed = iso(live);
        for name in ["vmlinuz", "initrd.img"] {
            let path = format!("live/{name}");
            renamed
                .system_use
                .insert(path, nm(format!("{name}{text}").replace('/', "_").as_bytes()));
        }
        for image in [hostile, renamed] {
            put(&room, &image.build());
            let Some(ran) = probe(&room, &format!("{text:?}")) else { return };
            assert!([Some(0), Some(1)].contains(&ran.status), "{text:?}: {ran:?}");
            // No line of its own in the answer.
            let own = |l: &str| {
                l.starts_with("reboot") || l.starts_with("  boots      by recipe\u{201d}")
            };
            assert!(!ran.stdout.lines().any(own), "{text:?}: {}", ran.stdout);
            assert_eq!(ran.stdout.lines().filter(|l| l.starts_with("  boots ")).count(), 1);
            let ran = room.run(["plan", "x.iso"]);
            harmless(&ran.stdout, text);
            assert!(!ran.stdout.lines().any(|l| l.starts_with("reboot")), "{text:?}: {ran:?}");
            let ran = room.run(["menu", "x.iso"]);
            if ran.status != Some(0) {
                // What GRUB's script has no way to say is refused: by its recipe, or as no ISO that
                // boots in a known way.
                assert_eq!(ran.status, Some(4), "{text:?}: {ran:?}");
                assert!(ran.stderr.contains("cannot be booted from this key"), "{ran:?}");
                harmless(&ran.stderr, text);
                continue;
            }
            for line in lines(&menu(&room)) {
                assert!(commands.contains(&command(&line)[0]), "{text:?}: {line:?}");
            }
        }
    }
}

#[test]
fn directories() {
    let Some(room) = Room::new() else { return };
    let base = iso(&[("live/vmlinuz", b"k"), ("live/initrd.img", b"i"), ("zdir/x", b"x")]);
    let good = base.build();
    let root = u32::from_le_bytes(good[16 * SECTOR + 158..][..4].try_into().unwrap());
    let end = (good.len() / SECTOR) as u32;

    let mut circle = good.clone();
    point(&mut circle, b"ZDIR", root, SECTOR as u32);
    put(&room, &circle);
    let Some(ran) = probe(&room, "a directory in itself") else { return };
    assert!(ran.stdout.contains("by recipe live-boot"), "{ran:?}");

    // Ten million files, of which the first 300,000 are really there.
    let mut many = good.clone();
    let size = 10_000_000 / 40 * SECTOR as u32;
    point(&mut many, b"ZDIR", end, size);
    let mut sector = |n: u32| {
        let record = |i| record(format!("{:06}", n * 40 + i).as_bytes(), 40, 1, false, &[]);
        pack(&(0..40).map(record).collect::<Vec<_>>())[..SECTOR].to_vec()
    };
    many.extend(pack(&[record(&[0], end, size, true, &[])]));
    many.extend((1..300_000 / 40).flat_map(&mut sector));
    put(&room, &many);
    let file = File::options().write(true).open(room.path("x.iso")).unwrap();
    file.set_len(good.len() as u64 + u64::from(size)).unwrap();
    let ran = probe(&room, "ten million files").unwrap();
    assert!(ran.stdout.contains("it has more files than were looked at"), "{ran:?}");
    assert!(ran.stdout.contains(" 9999"), "{ran:?}");
    assert!(ran.stdout.contains("by recipe live-boot"), "{ran:?}");

    // Symbolic links to as far as a path goes.
    let target = vec![b'a'; 240];
    let link = |i: u32| {
        let area = [nm(format!("{i:06}").as_bytes()), sl(&target[..120])].concat();
        record(format!("{i:06}.;1").as_bytes(), 40, 0, false, &area)
    };
    let mut links = good.clone();
    let sectors = 100_000 / 8;
    let size = sectors * SECTOR as u32;
    point(&mut links, b"ZDIR", end, size);
    links.extend(pack(&[record(&[0], end, size, true, &[])]));
    links.extend((1..sectors).flat_map(|n| {
        pack(&(0..8).map(|i| link(n * 8 + i)).collect::<Vec<_>>())[..SECTOR].to_vec()
    }));
    put(&room, &links);
    probe(&room, "a hundred thousand links").unwrap();

    // A name of 64 KiB, piece by piece in a continuation area.
    let area = [&[b'N', b'M', 255, 1, 1][..], &[b'n'; 250]].concat().repeat(260);
    let named = |block: u32| {
        let mut continued = b"CE\x1c\x01".to_vec();
        for value in [block, 0, area.len() as u32] {
            continued.extend(value.to_le_bytes());
            continued.extend(value.to_be_bytes());
        }
        let mut named = base.clone();
        named.files.insert("zz".into(), area.clone());
        named.system_use.insert("zdir/x".into(), continued);
        named.build()
    };
    let image = named(0);
    let at = record_of(&image, b"ZZ.;1") + 2;
    put(&room, &named(u32::from_le_bytes(image[at..at + 4].try_into().unwrap())));
    let ran = probe(&room, "a name of 64 KiB").unwrap();
    assert!(ran.stdout.contains("by recipe live-boot"), "{ran:?}");

    for (extent, size) in [(u32::MAX, 2048), (end, 2048), (end - 1, u32::MAX)] {
        let mut image = good.clone();
        point(&mut image, b"INITRD.IMG;1", extent, size);
        put(&room, &image);
        let ran = probe(&room, "a file behind the end").unwrap();
        assert_eq!(ran.status, Some(4), "{ran:?}");
        assert!(ran.stderr.contains("download it again"), "{ran:?}");
        let mut image = good.clone();
        point(&mut image, b"ZDIR", extent, size);
        put(&room, &image);
        let ran = probe(&room, "a directory behind the end").unwrap();
        assert_eq!(ran.status, Some(4), "{ran:?}");
    }
}

#[test]
fn menus() {
    let Some(room) = Room::new() else { return };
    let blanks = "x ".repeat(4000);
    let uses = |text: &str, n: usize| format!("set a=\"{blanks}\"\n{}\n", text.repeat(n));
    let (words, commas) = ("a ".repeat(120_000), "a,".repeat(120_000));
    let labels = |n: usize| (0..n).map(|n| format!("label {n}\nkernel /k\n")).collect::<String>();
    let grub = "boot/grub/grub.cfg";
    let syslinux = "isolinux/isolinux.cfg";
    let entries: Vec<(String, String)> = (0..32)
        .map(|n| (format!("loader/entries/{n}.conf"), format!("linux /k\noptions {words}\n")))
        .collect();
    let mut all: Vec<(&str, Vec<(&str, String)>)> = vec![
        ("a variable of 4000 words, in one word", vec![(grub, uses("$a", 120_000))]),
        ("in many words", vec![(grub, uses("x $a\n", 40_000))]),
        ("in entries", vec![(grub, uses("menuentry $a { linux /k $a }\n", 8_000))]),
        ("parameters of all labels", vec![(syslinux, format!("append {words}\n{}", labels(200)))]),
        (
            "initrds of all labels",
            vec![(syslinux, format!("append initrd={commas}\n{}", labels(200)))],
        ),
    ];
    let loader = entries.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    all.push(("parameters of all entries", loader));
    for (what, files) in all {
        let mut image = iso(&[("k", b"k"), ("live/vmlinuz", b"k"), ("live/initrd.img", b"i")]);
        image.files.extend(files.iter().map(|(path, t)| ((*path).to_owned(), t.clone().into())));
        put(&room, &image.build());
        let Some(ran) = probe(&room, what) else { return };
        assert!(ran.stdout.contains("by recipe live-boot"), "{what}: {ran:?}");
    }
}

#[test]
fn initrds() {
    let Some(room) = Room::new() else { return };
    // An initrd of 600 MiB, of nothing.
    let bomb = room.path("bomb");
    // What shows the engine would end the reading, so it is not in it.
    let mut start = cpio(&[("zeros", b"")]);
    let trailer = start.windows(6).rposition(|w| w == b"070701").unwrap();
    start.truncate(trailer);
    let zeros = start.windows(6).rposition(|w| w == b"070701").unwrap();
    start[zeros + 54..zeros + 62].copy_from_slice(format!("{:08X}", 600 << 20).as_bytes());
    std::fs::write(&bomb, &start).unwrap();
    File::options().write(true).open(&bomb).unwrap().set_len(600 << 20).unwrap();
    for (program, args) in [
        ("gzip", &["-1c"][..]),
        ("xz", &["-0", "--check=crc32", "-c"]),
        ("xz", &["-0", "--format=lzma", "-c"]),
        ("zstd", &["-1", "-c"]),
        ("lz4", &["-l", "-c"]),
        ("bzip2", &["-1", "-c"]),
    ] {
        let Some(tool) = oracle(program) else { continue };
        let packed = tool.command().args(args).arg(&bomb).output().unwrap().stdout;
        let what = format!("600 MiB in {} bytes by {program} {args:?}", packed.len());
        put(&room, &iso(&[("live/vmlinuz", b"k"), ("live/initrd.img", &packed)]).build());
        let Some(ran) = probe(&room, &what) else { return };
        assert!(ran.stdout.contains("by recipe live-boot"), "{what}: {ran:?}");
        // Whichever ends first: slow decoders have less to give.
        let limits = ["it unpacks to more bytes than may", "it takes more work to unpack than"];
        assert!(limits.iter().any(|limit| ran.stdout.contains(limit)), "{what}: {ran:?}");
    }
    // What would like memory before its first byte: dictionaries of 4 GiB, a window of 2 TiB, blocks.
    for (what, start) in [
        ("lzma", &[0x5d, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0][..]),
        ("zstd", &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 0x01, 0, 0]),
        ("lz4", &[0x02, 0x21, 0x4c, 0x18, 0xff, 0xff, 0xff, 0x7f]),
        ("bzip2", b"BZh91AY&SY"),
    ] {
        let packed = [start, &[0; 5000]].concat();
        put(&room, &iso(&[("live/vmlinuz", b"k"), ("live/initrd.img", &packed)]).build());
        let Some(ran) = probe(&room, what) else { return };
        assert!(ran.stdout.contains("by recipe live-boot"), "{what}: {ran:?}");
    }
}

/// The sectors of a directory, whose records follow each other from sector to sector.
fn sectors_of(records: usize, each: usize, record: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let sector = |n: usize| {
        let records: Vec<_> = (n..records.min(n + each)).map(&record).collect();
        pack(&records)[..SECTOR].to_vec()
    };
    (0..records).step_by(each).flat_map(sector).collect()
}

/// `base` with a directory `zdir` that has these sectors.
fn with_directory(base: &Iso, sectors: &[u8]) -> Vec<u8> {
    let mut image = base.build();
    let end = (image.len() / SECTOR) as u32;
    let size = (SECTOR + sectors.len()) as u32;
    point(&mut image, b"ZDIR", end, size);
    image.extend(pack(&[record(&[0], end, size, true, &[])]));
    image.extend(sectors);
    image
}

/// A generator aims at each budget of an ISO that is not about menus or initrds.
#[test]
fn directories_that_share_and_repeat() {
    let Some(room) = Room::new() else { return };
    let base = iso(&[("live/vmlinuz", b"k"), ("live/initrd.img", b"i"), ("zdir/x", b"x")]);
    let link = |n: usize, target: &[u8]| {
        let area = [nm(format!("{n:06}").as_bytes()), sl(target)].concat();
        record(format!("{n:06}.;1").as_bytes(), 40, 0, false, &area)
    };

    // A file of 55 pieces, and 80,000 links to it: the pieces are kept once.
    let mut pieces = record(b"BIG.;1", 40, 2048, false, &nm(b"big"));
    pieces[25] = 0x80;
    for n in 1..55 {
        let mut piece = record(b"X", 40, 2048, false, &[]);
        piece[25] = if n < 54 { 0x80 } else { 0 };
        pieces.extend(piece);
    }
    let first = pack(&[pieces]);
    assert_eq!(first.len(), SECTOR, "GRUB takes no piece that is described in another sector");
    let links = sectors_of(80_000, 14, |n| link(n, b"big"));
    put(&room, &with_directory(&base, &[first, links].concat()));
    let Some(ran) = probe(&room, "links to a file of 55 pieces") else { return };
    assert!(ran.stdout.contains(" 80003 files"), "{ran:?}");

    // Links whose targets have very many names, in one continuation area.
    let target = b"a/".repeat(2000);
    let parts: Vec<u8> = target.chunks(2).flat_map(|_| [0, 1, b'a']).collect();
    let mut area = Vec::new();
    for chunk in parts.chunks(240) {
        area.extend([b'S', b'L', chunk.len() as u8 + 5, 1, 0]);
        area.extend(chunk);
    }
    let mut continued = base.clone();
    continued.files.insert("aa".into(), area.clone());
    let image = continued.build();
    let at = record_of(&image, b"AA.;1") + 2;
    let block = u32::from_le_bytes(image[at..at + 4].try_into().unwrap());
    let deep = |n: usize| {
        let mut area = [nm(format!("{n:06}").as_bytes()), sl(b"x")[..36].to_vec()].concat();
        area.extend(b"CE\x1c\x01");
        for value in [block, 0, area_len(&parts)] {
            area.extend(value.to_le_bytes());
            area.extend(value.to_be_bytes());
        }
        record(format!("{n:06}.;1").as_bytes(), 40, 0, false, &area)
    };
    put(&room, &with_directory(&continued, &sectors_of(4000, 12, deep)));
    let ran = probe(&room, "links of 2000 names").unwrap();
    assert!(ran.stdout.contains("by recipe live-boot"), "{ran:?}");
    assert!(ran.stdout.contains("it has more files than were looked at"), "{ran:?}");

    // A boot catalogue of very many images, none of which is a file, and 90,000 files.
    let mut catalogue = base.clone();
    catalogue.boot = vec![(0xef, 0, 0); 30];
    let plain = |n: usize| record(format!("{n:06}.;1").as_bytes(), 40, 1, false, &[]);
    let mut image = with_directory(&catalogue, &sectors_of(90_000, 40, plain));
    let at = image.windows(2).position(|w| w == [0x55, 0xaa]).unwrap() - 30;
    for n in 0..30_u32 {
        // The catalog has an entry behind each header.
        let entry = at + if n == 0 { 32 } else { n as usize * 64 + 32 };
        image[entry + 8..entry + 12].copy_from_slice(&(1000 + n).to_le_bytes());
    }
    put(&room, &image);
    let ran = probe(&room, "a boot catalogue of images that are no files").unwrap();
    assert!(ran.stdout.contains("by recipe live-boot"), "{ran:?}");

    // Paths as long as all may be together, and kernels by their names.
    let name = format!("vmlinuz{}", "k".repeat(120));
    let long = |n: usize| {
        let area = nm(format!("{name}{n:06}").as_bytes());
        record(format!("{n:06}.;1").as_bytes(), 40, 1, false, &area)
    };
    put(&room, &with_directory(&base, &sectors_of(99_000, 11, long)));
    probe(&room, "very long names of kernels").unwrap();
}

fn area_len(parts: &[u8]) -> u32 {
    let chunks = parts.len().div_ceil(240);
    u32::try_from(parts.len() + 5 * chunks).unwrap()
}

/// What is inside of initrds takes time, too: lists of modules, and bombs so small that each would
/// be unpacked to see whether it is whole.
#[test]
fn initrds_of_lists_and_small_bombs() {
    let Some(room) = Room::new() else { return };
    let list = vec![b'\n'; 65_535];
    let names: Vec<String> = (0..64).map(|n| format!("lib/modules/{n}/modules.builtin")).collect();
    let lists: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &list[..])).collect();
    // What shows the engine comes last, so that all of them are read.
    let lists = [cpio(&lists).repeat(10), cpio(&[("scripts/live", b"")])].concat();
    let mut image = iso(&[("live/vmlinuz", b"k"), ("live/initrd.img", &lists)]);
    for n in 0..5 {
        image.files.insert(format!("live/initrd{n}.img"), lists[..1 << 20].to_vec());
    }
    put(&room, &image.build());
    let Some(ran) = probe(&room, "initrds of lists of modules") else { return };
    assert!(ran.stdout.contains("by recipe live-boot"), "{ran:?}");

    let Some(bzip2) = oracle("bzip2") else { return };
    let bomb = room.path("bomb");
    let noise: Vec<u8> =
        (0..1_u32 << 20).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    std::fs::write(&bomb, &noise[..900 << 10]).unwrap();
    let packed = bzip2.command().arg("-9c").arg(&bomb).output().unwrap().stdout;
    let mut image = iso(&[("live/vmlinuz", b"k"), ("live/initrd.img", &packed)]);
    for n in 0..5 {
        image.files.insert(format!("live/initrd{n}.img"), packed.clone());
    }
    put(&room, &image.build());
    let ran = probe(&room, "small bombs").unwrap();
    assert!(ran.stdout.contains("by recipe live-boot"), "{ran:?}");
}
