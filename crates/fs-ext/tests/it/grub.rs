//! GRUB's own reader, through `grub-fstest`.

use crate::common::*;
use fs_ext::{BlockSize, Flavour, smallest};
use std::path::Path;
use testbench::{Oracle, Ran, oracle};

fn run(fstest: &Oracle, image: &Image, args: &[&str]) -> Ran {
    let path = image.path();
    let args = args.iter().map(|a| a.as_ref());
    fstest.run([path.as_os_str()].into_iter().chain(args))
}

/// `cmp` says what differs and exits with 0 all the same; silence is agreement.
fn same(fstest: &Oracle, image: &Image, path: &str, local: &Path) -> bool {
    let ran = run(fstest, image, &["cmp", path, local.to_str().unwrap()]);
    let quiet = ran.stdout.is_empty() && ran.stderr.is_empty();
    ran.accepts(1, "grub-fstest: error: ") && quiet
}

#[test]
fn grub_reads_every_file() {
    let Some(fstest) = oracle("grub-fstest") else { return };
    let mut tree = sample();
    // Reaches the triple indirect tree of 1 KiB blocks, and has groups between its pieces.
    tree.insert(b"isos/large.iso", file(source(5, 70_000_000))).unwrap();
    for block_size in BLOCK_SIZES {
        let flavours = FLAVOURS.map(|flavour| (flavour, ""));
        // GRUB 2.06 reads large_dir in some distributions and refuses it in others.
        let sets = FEATURE_SETS[1..].iter().filter(|set| !set.contains("large_dir"));
        let sets = sets.map(|features| (Flavour::Ext4, *features));
        for (flavour, features) in flavours.into_iter().chain(sets) {
            let options = with_features(options(flavour, block_size), features);
            let image = Image::new(&tree, smallest(&tree, &options, 0).unwrap(), &options);
            let listing = run(&fstest, &image, &["--", "ls", "-l", "/boot/grub/"]);
            let listing = listing.expect_success("ls").stdout;
            assert!(listing.contains("grub.cfg") && listing.contains("DIR"), "{listing}");
            for (path, bytes) in files(&tree) {
                // GRUB's command line wants names that it does not have to unquote.
                if !path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/.-_+".contains(&b)) {
                    continue;
                }
                // GRUB 2.06 finds no block in a tree without extents, and says so.
                if path == "/hole" && flavour == Flavour::Ext4 && !features.contains("^extent") {
                    continue;
                }
                let local = image.beside("local");
                std::fs::write(&local, &bytes).unwrap();
                assert!(same(&fstest, &image, &path, &local), "{path}");
            }
            // Through a link, short and long ones are resolved the same way.
            let local = image.beside("local");
            std::fs::write(&local, b"set timeout=5\n").unwrap();
            assert!(same(&fstest, &image, "/link", &local));
        }
    }
}

#[test]
fn grub_objects_to_a_flipped_byte() {
    let Some(fstest) = oracle("grub-fstest") else { return };
    let tree = sample();
    let options = options(fs_ext::Flavour::Ext3, BlockSize::Kib1);
    let layout = fs_ext::lay_out(&tree, 5 << 20, &options).unwrap();
    let at = |name: &str| layout.regions().find(|r| r.name == name).unwrap().at;
    let local_of = |image: &Image| {
        let local = image.beside("local");
        std::fs::write(&local, bytes_of(&source(2, 700_000))).unwrap();
        local
    };
    let image = Image::of(&layout);
    assert!(same(&fstest, &image, "/big.iso", &local_of(&image)));
    for flipped in [at("file /big.iso") + 699_999, at("indirect blocks of /big.iso") + 400] {
        let image = Image::of(&layout);
        image.flip(flipped, 1);
        assert!(!same(&fstest, &image, "/big.iso", &local_of(&image)), "{flipped:#x}");
    }
}
