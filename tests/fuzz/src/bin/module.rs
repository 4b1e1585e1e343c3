//! A .mod file, for the platform that its header is for.
#![no_main]

use fuzz::grub::{handmade, real, real_directories, with};
use fuzz::{Seeds, readable};
use grub_image::{ImageOptions, Payload, Platform, mkimage};
use testbench::handmade_grub::{Machine, efi_kernel, module};

fn seeds() -> Seeds {
    let mut seeds = vec![("handmade".to_owned(), module(Machine::I386, "a", &["b"], 4))];
    for platform in Platform::ALL.into_iter().filter(|p| *p != Platform::I386Pc) {
        // An object like a module, and as wide as those of the platform.
        seeds.push((format!("handmade-{platform}"), efi_kernel(platform.name())));
    }
    for (name, _, dir) in real_directories() {
        for module in ["fat", "true"] {
            seeds.push((format!("{name}-{module}"), real(&dir, &format!("{module}.mod"))));
        }
    }
    seeds
}

fuzz::target!(seeds, |data| {
    let options = ImageOptions { modules: &["a"], prefix: "/boot/grub", ..ImageOptions::default() };
    for platform in [Platform::I386Pc, Platform::I386Efi, Platform::X86_64Efi, Platform::Arm64Efi] {
        let wide = !matches!(platform, Platform::I386Pc | Platform::I386Efi);
        if wide != (data.get(4) == Some(&2)) {
            continue;
        }
        let list: &[u8] = b"a: b\nb:\n";
        let b = module(Machine::I386, "b", &[], 4);
        let files = [("a.mod", data), ("b.mod", &b), ("moddep.lst", list)];
        // A wide one has no `b` that is as wide: it needs nothing.
        let files: &[_] = if wide { &[("a.mod", data), ("moddep.lst", b"a:\n")] } else { &files };
        let files = with(&handmade(platform), files);
        let made = match platform {
            Platform::I386Pc => Payload::i386_pc(&files, &options).map(|p| p.bytes().to_vec()),
            _ => mkimage::efi(&files, &options).map(|i| i.bytes().to_vec()),
        };
        match made {
            // The whole file is in it.
            Ok(image) => assert!(image.len() > data.len()),
            Err(e) => readable(&e),
        }
    }
});
