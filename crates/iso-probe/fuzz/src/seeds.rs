//! Writes the first inputs of each target into `corpus/`: what the tests make, what the programs at
//! hand make of it, and the recorded facts.

use flate2::{Compression, GzBuilder};
use fuzz::support::{Iso, SECTOR, cpio, nm, sl};
use fuzz::{facts, pack, pack_sectors};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

fn main() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let write = |target: &str, name: &str, bytes: Vec<u8>| {
        let dir = corpus.join(target);
        std::fs::create_dir_all(&dir).expect("the corpus");
        std::fs::write(dir.join(name), bytes).expect("a seed");
    };
    for (name, image) in images() {
        write("probe", name, pack(&image));
    }
    for (name, parts) in MENUS {
        let parts: Vec<Vec<u8>> =
            parts.iter().map(|(kind, text)| [&[*kind][..], text.as_bytes()].concat()).collect();
        write("configs", name, parts.join(&0xff));
    }
    for (name, bytes) in initrds() {
        write("initrd", name, bytes);
    }
    for (name, facts) in facts::recorded() {
        write("recipes", &name, facts::to_input(&format!("{name}.iso"), &facts));
    }
}

fn images() -> Vec<(&'static str, Vec<u8>)> {
    let plain = Iso {
        boot: vec![(0, 2, 1), (0xef, 0, 8192)],
        ..Iso::new("CentOS", &["isolinux/vmlinuz", "isolinux/initrd.img", "readme"])
    };
    let udf = Iso { udf: true, ..Iso::new("CCCOMA_X64FRE", &["readme.txt"]) };
    let mut links = Iso::new("X", &["boot/vmlinuz", "vmlinuz", "dangling", "long"]);
    links.rock_ridge = true;
    let link = |target: &[u8], name: &[u8]| [nm(name), sl(target)].concat();
    links.system_use.insert("vmlinuz".into(), link(b"boot/vmlinuz", b"vmlinuz"));
    links.system_use.insert("dangling".into(), link(b"..", b"dangling"));
    let mut continued = b"CE\x1c\x01".to_vec();
    for value in [24_u32, 0, 255] {
        continued.extend(value.to_le_bytes());
        continued.extend(value.to_be_bytes());
    }
    links.system_use.insert("long".into(), continued);
    links.files.insert("zz".into(), nm(b"a name in another sector"));
    let mut hybrid = plain.clone();
    hybrid.files.insert(".disk/info".into(), b"Debian GNU/Linux 12".to_vec());
    let mut hybrid = hybrid.build();
    hybrid[446..462].copy_from_slice(&[0x80, 0, 0, 0, 0xef, 0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0]);
    hybrid[510..512].copy_from_slice(&[0x55, 0xaa]);
    hybrid[512..520].copy_from_slice(b"EFI PART");
    let mut all = vec![
        ("plain", plain.build()),
        ("udf", udf.build()),
        ("links", links.build()),
        ("hybrid", hybrid),
        ("nothing", vec![0; 18 * SECTOR]),
    ];
    // With a Joliet tree, and by another writer.
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("x.iso");
    let joliet = testbench::Iso::new("JOLIET").file("live/vmlinuz", "k").file("größe", "x");
    joliet.write(&path).expect("an image");
    all.push(("joliet", std::fs::read(&path).expect("it was just written")));
    all
}

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

fn initrds() -> Vec<(&'static str, Vec<u8>)> {
    let builtin = b"kernel/fs/ext4/ext4.ko\nkernel/fs/nfs/nfs.ko\n".as_slice();
    let plain = cpio(&[
        ("scripts/live", b"xyz"),
        ("usr/lib/modules/6.1.0/kernel/fs/exfat/exfat.ko", b"x"),
        ("usr/lib/modules/6.1.0/kernel/drivers/block/loop.ko.xz", b""),
        ("lib/modules/6.1.0/modules.builtin", builtin),
        ("hooks/archiso_loop_mnt", b""),
    ]);
    let raw = |bytes: &[u8]| [&[9], bytes].concat();
    let mut all = vec![
        ("cpio", raw(&plain)),
        ("two", raw(&[&plain[..], &[0; 512], &plain].concat())),
        ("behind", [&[0], &plain[..]].concat()),
    ];
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    gzip.write_all(&plain).expect("memory");
    all.push(("gzip", raw(&gzip.finish().expect("memory"))));
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("cpio");
    std::fs::write(&path, &plain).expect("a file");
    for (name, program, args) in [
        ("xz", "xz", &["--check=crc32", "-c"][..]),
        ("lzma", "xz", &["--format=lzma", "-c"]),
        ("zstd", "zstd", &["-19", "-c"]),
        ("lz4", "lz4", &["-l", "-c"]),
        ("bzip2", "bzip2", &["-c"]),
    ] {
        // Without the program, without its seed.
        if let Ok(ran) = Command::new(program).args(args).arg(&path).output() {
            all.push((name, raw(&ran.stdout)));
        }
    }
    let fat = dir.path().join("efi.img");
    let made = Command::new("mformat").args(["-C", "-f", "160", "-i"]).arg(&fat).arg("::").status();
    if made.is_ok_and(|s| s.success()) {
        for args in [&["mmd", "::/EFI", "::/EFI/BOOT"][..], &["mcopy", "::/EFI/BOOT/BOOTX64.EFI"]] {
            let mut command = Command::new(args[0]);
            command.arg("-i").arg(&fat);
            if args[0] == "mcopy" {
                command.arg(&path);
            }
            command.args(&args[1..]).status().expect("mtools is there");
        }
        all.push((
            "fat",
            [&[1], &pack_sectors(&std::fs::read(&fat).expect("it was made"))[..]].concat(),
        ));
    }
    let mut kernel = vec![0; 0x260];
    kernel[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
    kernel[0x202..0x206].copy_from_slice(b"HdrS");
    kernel[0x206..0x208].copy_from_slice(&[0x0f, 2]);
    kernel[0x20e..0x210].copy_from_slice(&[0x40, 0]);
    kernel[0x240..0x250].copy_from_slice(b"6.1.0-18 (x@y) \0");
    kernel[..2].copy_from_slice(b"MZ");
    kernel[0x3c] = 0x50;
    kernel[0x50..0x56].copy_from_slice(b"PE\0\0\x64\x86");
    all.push(("kernel", [&[2], &kernel[..]].concat()));
    all.push(("program", [&[3], &kernel[..]].concat()));
    all
}
