//! An initrd: cpio archives and all decompressors. The first byte says what the input is.
#![no_main]

use flate2::{Compression, GzBuilder};
use fuzz::{Seeds, isos, tagged};
use std::io::Write as _;
use std::process::Command;
use testbench::raw_iso::cpio;

/// Archives in every compression for which there is a program, and what else lies beside them.
fn seeds() -> Seeds {
    let builtin = b"kernel/fs/ext4/ext4.ko\nkernel/fs/nfs/nfs.ko\n".as_slice();
    let plain = cpio(&[
        ("scripts/live", b"xyz"),
        ("usr/lib/modules/6.1.0/kernel/fs/exfat/exfat.ko", b"x"),
        ("usr/lib/modules/6.1.0/kernel/drivers/block/loop.ko.xz", b""),
        ("lib/modules/6.1.0/modules.builtin", builtin),
        ("hooks/archiso_loop_mnt", b""),
    ]);
    let raw = |bytes: &[u8]| tagged(9, bytes);
    let mut all = vec![
        ("cpio", raw(&plain)),
        ("two", raw(&[&plain[..], &[0; 512], &plain].concat())),
        ("behind", tagged(0, &plain)),
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
            tagged(1, &isos::pack_sectors(&std::fs::read(&fat).expect("it was made"))),
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
    all.push(("kernel", tagged(2, &kernel)));
    all.push(("program", tagged(3, &kernel)));
    all.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}

fuzz::target!(seeds, |input| {
    let Some((kind, bytes)) = input.split_first() else { return };
    let (name, file) = match kind {
        // Behind microcode, as most lie.
        0 => ("initrd.img", [&cpio(&[("kernel/x86", b"")])[..], bytes].concat()),
        // A FAT image with EFI programs, and a kernel, which are small enough to go here.
        1 => ("efi.img", isos::sectors(bytes)),
        2 => ("vmlinuz", bytes.to_vec()),
        3 => ("EFI/BOOT/BOOTX64.EFI", bytes.to_vec()),
        _ => ("initrd.img", bytes.to_vec()),
    };
    let image = isos::image([(name.to_owned(), file)]);
    let facts = isos::probe_within(&image, &isos::LIMITS).expect("a sound image");
    isos::check(&facts);
    for initrd in facts.initrds.values() {
        assert!(initrd.parts.len() <= 16 && initrd.names.len() <= 512, "{initrd:?}");
        if let Some(why) = &initrd.incomplete {
            assert!(!why.is_empty() && why.len() < 1000, "{why:?}");
        }
    }
});
