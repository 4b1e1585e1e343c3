//! Held against dosfstools: `fsck.fat` finds nothing to say.

use crate::common::{SHAPES, directory, flip, layout, sample, start, write};
use fs_fat::FatType;
use testbench::{Ran, oracle};

/// What it says although it exits with 0: that the boot sector's backup differs, for one.
fn grumbling(ran: &Ran) -> String {
    let mostly_harmless = ["There are differences", "Not automatically", "Dirty bit"];
    let lines = ran.stdout.lines().filter(|l| mostly_harmless.iter().any(|w| l.contains(w)));
    ran.stderr.lines().chain(lines).collect::<Vec<_>>().join("\n")
}

#[test]
fn finds_nothing() {
    let Some(fsck) = oracle("fsck.fat") else { return };
    for shape in SHAPES {
        for tree in [directory(), sample()] {
            let dir = tempfile::tempdir().unwrap();
            let image = write(&layout(&tree, shape), dir.path());
            let ran = fsck.run(["-n", "-v", image.to_str().unwrap()]);
            let ran = ran.expect_success(&format!("fsck.fat of {shape:?}"));
            let bits = format!("{} bit entries", &shape.0.to_string()[3..]);
            let hidden = format!("{} hidden sectors", (1 << 20) / shape.1.bytes());
            let sector = format!("{:>10} bytes per logical sector", shape.1.bytes());
            for fact in [&*bits, &*hidden, &*sector, "2 FATs"] {
                assert!(ran.stdout.contains(fact), "{fact:?} is not in {}", ran.stdout);
            }
            assert_eq!(grumbling(&ran), "");
        }
    }
}

#[test]
fn tampering_is_noticed() {
    let Some(fsck) = oracle("fsck.fat") else { return };
    for shape in SHAPES {
        let layout = layout(&sample(), shape);
        let mut bytes = vec![
            start(&layout, "FAT 1") + 30,
            start(&layout, "FAT 2") + 30,
            // A file's length, the first cluster of `..`
            start(&layout, "directory /EFI/BOOT") + 2 * 32 + 30,
            start(&layout, "directory /EFI/BOOT") + 32 + 26,
        ];
        if shape.0 == FatType::Fat32 {
            bytes.push(start(&layout, "FSInfo") + 488);
            bytes.push(start(&layout, "backup boot sector") + 4);
        }
        for at in bytes {
            let dir = tempfile::tempdir().unwrap();
            let image = write(&layout, dir.path());
            flip(&image, at);
            let ran = fsck.run(["-n", image.to_str().unwrap()]);
            // It exits with 1 when it would have changed something.
            let objects = ran.status == Some(1) || !grumbling(&ran).is_empty();
            let looked = ran.stdout.contains("fat.img: "); // to the end
            assert!(objects && looked && ran.status <= Some(1), "{shape:?}, byte {at:#x}: {ran:?}");
        }
    }
}
