//! kernel.img: the BIOS's, flattened, and EFI's, linked. Which it is, its header says.
#![no_main]

use fuzz::grub::{handmade, handmade_files, real, real_directories, with};
use fuzz::{Seeds, readable};
use grub_image::{ImageOptions, Kernel, Payload, Platform, mkimage};

fn seeds() -> Seeds {
    let handmade = Platform::ALL.map(|platform| {
        let kernel = handmade_files(platform).remove("kernel.img").expect("it is handmade");
        (format!("handmade-{platform}"), kernel)
    });
    let real =
        real_directories().into_iter().map(|(name, _, dir)| (name, real(&dir, "kernel.img")));
    handmade.into_iter().chain(real).collect()
}

fuzz::target!(seeds, |data| {
    match Kernel::parse(data) {
        Ok(kernel) => assert!(!kernel.bytes().is_empty() && kernel.bytes().len() < 0x68000),
        Err(e) => readable(&e),
    }
    let files = with(&handmade(Platform::I386Pc), &[("kernel.img", data)]);
    let options = ImageOptions { prefix: "/boot/grub", ..ImageOptions::default() };
    if let Ok(payload) = Payload::i386_pc(&files, &options) {
        assert!(payload.kernel_size() < payload.bytes().len());
    }
    match mkimage::efi(&files, &options) {
        Ok(image) => {
            let mut at = 0x1000;
            for section in image.sections() {
                assert_eq!((section.at, section.at % 0x1000, section.len % 0x1000), (at, 0, 0));
                at += section.len;
            }
            assert_eq!(image.bytes().len(), at as usize);
        }
        Err(e) => readable(&e),
    }
});
