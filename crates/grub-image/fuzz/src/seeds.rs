//! Writes the first inputs of each target into `corpus/`: what the tests make, and the files of
//! the installed GRUBs.

use fuzz::common::disks::{BIOS_BOOT, DATA, Gpt, boot_record, mark, mbr};
use fuzz::common::{Grub, handmade, handmade_efi};
use grub_image::{CoreImage, ImageOptions, Payload, Platform};
use std::fs;
use std::path::Path;

fn main() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let write = |target: &str, name: String, bytes: Vec<u8>| {
        let dir = corpus.join(target);
        fs::create_dir_all(&dir).expect("the corpus");
        fs::write(dir.join(name), bytes).expect("a seed");
    };
    let mode = |mode: u8, bytes: &[u8]| [&[mode], bytes].concat();

    let files = handmade::files();
    let bytes = |name: &str| files.get(name).expect("it is handmade").to_vec();
    write("kernel", "handmade-pc".into(), bytes("kernel.img"));
    for platform in [Platform::X86_64Efi, Platform::I386Efi, Platform::Arm64Efi] {
        write("kernel", format!("handmade-{platform}"), handmade_efi::kernel(platform));
        // An object like a module, and as wide as those of the platform.
        write("module", format!("handmade-{platform}"), handmade_efi::kernel(platform));
    }
    write("module", "handmade".into(), bytes("a.mod"));
    write("lists", "handmade".into(), mode(1, &bytes("moddep.lst")));
    let modinfo = b"grub_modinfo_target_cpu=i386\ngrub_modinfo_platform=pc\n\
                    grub_version=\"2.06\"\ngrub_package_version='2.06-13'\n";
    write("lists", "modinfo".into(), mode(0, modinfo));

    let parts = ["boot.img", "diskboot.img", "lzma_decompress.img"].map(bytes).concat();
    write("core_image", "parts".into(), mode(2, &parts));
    let payload = Payload::i386_pc(&files, &ImageOptions::default()).expect("sound files");
    for len in [100, 1000, 5000] {
        let core = CoreImage::assemble(&files, &payload, vec![7; len]).expect("sound files");
        write("core_image", format!("whole{len}"), mode(0, &core.to_vec()));
        write("core_image", format!("lengths{len}"), mode(1, &core.to_vec()));
    }

    let mut logical = mbr(&[(0, 0x83, 90), (1, 0x05, 20)]);
    boot_record(&mut logical, 20, &[(0, 0x83, 8), (1, 0x05, 10)]);
    boot_record(&mut logical, 30, &[(0, 0x83, 8)]);
    let mut foreign = mbr(&[(0, 0x83, 40)]);
    for (at, signature) in
        grub_image::format::foreign_signature::FOREIGN_SIGNATURES.iter().enumerate()
    {
        mark(&mut foreign, at + 3, signature);
    }
    let mut all_foreign = mbr(&[(0, 0x83, u32::MAX)]);
    mark(&mut all_foreign, 0, b"ZISD");
    write("embedding_area", "all-foreign".into(), mode(1, &all_foreign[..512]));
    let gpt = Gpt::new(&[(DATA, 60, 90), (BIOS_BOOT, 34, 59)]).disk();
    for (name, disk) in [("logical", logical), ("foreign", foreign), ("gpt", gpt)] {
        write("embedding_area", name.into(), mode(0, &disk[..64 * 512]));
        write("embedding_area", format!("{name}-again"), mode(1, &disk[..64 * 512]));
        write("embedding_area", format!("{name}-records"), mode(3, &disk[..4 * 512]));
    }

    for grub in Grub::all() {
        for platform in Platform::ALL {
            let Some(files) = grub.files(platform) else { continue };
            let name = |what: &str| format!("{}-{platform}-{what}", grub.name());
            let real = |file: &str| files.get(file).map(|b| b.to_vec()).unwrap_or_default();
            write("kernel", name("kernel"), real("kernel.img"));
            write("lists", name("moddep"), mode(1, &real("moddep.lst")));
            write("lists", name("modinfo"), mode(0, &real("modinfo.sh")));
            for module in ["fat", "true"] {
                write("module", name(module), real(&format!("{module}.mod")));
            }
            if platform == Platform::I386Pc {
                let parts = ["boot.img", "diskboot.img", "lzma_decompress.img"].map(&real);
                write("core_image", name("parts"), mode(2, &parts.concat()));
            }
        }
    }
}
