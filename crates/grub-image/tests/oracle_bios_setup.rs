//! Against the installed `grub-bios-setup`, on whole disks.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests start programs
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::bios_setup::{BiosSetup, Case, written};
use common::{assert_same, installed};
use grub_image::format::foreign_signature::FOREIGN_SIGNATURES;
use grub_image::{CoreImage, Error, ImageOptions, Payload, PlatformFiles, Redundancy, mkimage};
use testbench::partition_tables::{BIOS_BOOT, DATA, Entries, Gpt, SECTORS, boot_record, mark, mbr};

/// A core image of modules.
fn core(files: &PlatformFiles, modules: &[&str]) -> CoreImage {
    let prefix = "(,msdos1)/boot/grub";
    mkimage::i386_pc(files, &ImageOptions { modules, prefix, ..ImageOptions::default() }).unwrap()
}

/// A core image of `len` bytes, which the tool does not look into.
fn core_of(files: &PlatformFiles, len: usize) -> CoreImage {
    let payload = Payload::i386_pc(files, &ImageOptions::default()).unwrap();
    let noise = len - 512 - files.get("lzma_decompress.img").unwrap().len();
    let noise = (0..noise).map(|i| (i * i / 3 + i / 251) as u8).collect();
    let core = CoreImage::assemble(files, &payload, noise).unwrap();
    assert_eq!(core.len(), len);
    core
}

const SMALL: &[&str] = &["biosdisk", "part_msdos", "ext2"];
const BIG: &[&str] = &["biosdisk", "part_msdos", "ext2", "normal", "search"];

const BOTH: [Redundancy; 2] = [Redundancy::None, Redundancy::ReedSolomon];

#[test]
fn mbr_disks() {
    let Some(files) = installed() else { return };
    let Some(tool) = BiosSetup::find() else { return };
    let (small, big) = (core(&files, SMALL), core(&files, BIG));
    // Parity for all of it, cut off at 888 sectors, for the rest of the last sector, for none.
    let long = core_of(&files, 611 * 512 - 100);
    let longest = core_of(&files, 888 * 512 - 1);
    let full = core_of(&files, 888 * 512);
    let exact = |core: &CoreImage| core.sectors() as u32 + 1;
    let cases: &[(&CoreImage, &Entries)] = &[
        (&small, &[(0, 0x83, 2048)]),
        (&small, &[(0, 0x83, 4096), (3, 0x83, 63)]),
        (&small, &[(2, 0x0c, exact(&small))]),
        (&small, &[(0, 0x83, exact(&small) + 1)]),
        (&small, &[(0, 0x83, 2 * exact(&small) - 2)]),
        (&small, &[(0, 0x05, 4096), (1, 0x83, 2048)]),
        (&small, &[(0, 0x0f, 100), (1, 0x83, 2048)]),
        (&small, &[(0, 0x85, 300)]),
        (&big, &[(0, 0x83, 2048)]),
        (&big, &[(0, 0x83, exact(&big))]),
        (&big, &[(1, 0xef, 300), (0, 0x83, 2048)]),
        (&long, &[(0, 0x83, 2048)]),
        (&long, &[(0, 0x83, 700)]),
        (&longest, &[(0, 0x83, 889)]),
        (&full, &[(0, 0x83, 889)]),
        (&longest, &[(0, 0x83, 2048)]),
    ];
    for (core, entries) in cases {
        for redundancy in BOTH {
            let what = format!("core of {} sectors, {entries:?}, {redundancy:?}", core.sectors());
            let mut before = mbr(entries);
            for (_, kind, start) in *entries {
                if [5, 0xf, 0x85].contains(kind) {
                    // One logical partition, 8 sectors behind its boot record.
                    boot_record(&mut before, *start as usize, &[(0, 0x83, 8)]);
                }
            }
            let case = Case { files: &files, core, redundancy };
            let installed = case.agree(&tool, &before, &what).unwrap();
            assert_eq!(installed.runs().len(), 1, "{what}");
        }
    }
}

#[test]
fn chains_of_logical_partitions() {
    let Some(files) = installed() else { return };
    let Some(tool) = BiosSetup::find() else { return };
    let small = core(&files, SMALL);
    for redundancy in BOTH {
        let case = Case { files: &files, core: &small, redundancy };
        // Three partitions; a link counts from the first boot record.
        let mut chain = mbr(&[(0, 0x0c, 4000), (1, 0x0f, 2048)]);
        boot_record(&mut chain, 2048, &[(0, 0x83, 8), (1, 0x05, 1000)]);
        boot_record(&mut chain, 3048, &[(0, 0x83, 8), (1, 0x05, 500)]);
        boot_record(&mut chain, 2548, &[(0, 0x83, 8)]);
        case.agree(&tool, &chain, "three logical partitions").unwrap();

        // What is wrong with one of them is noticed at the end of the chain.
        let mut flag = chain.clone();
        flag[2548 * 512 + 446] = 0x01;
        case.agree(&tool, &flag, "flag in the chain").unwrap_err();
        let mut unsigned = chain.clone();
        unsigned[2548 * 512 + 510] = 0;
        case.agree(&tool, &unsigned, "no 55 AA in the chain").unwrap_err();
        let mut beyond = chain.clone();
        boot_record(&mut beyond, 2548, &[(0, 0x83, 8), (1, 0x05, SECTORS as u32)]);
        case.agree(&tool, &beyond, "past the end").unwrap_err();
        let mut two = mbr(&[(0, 0x05, 4000), (1, 0x0f, 2048)]);
        boot_record(&mut two, 2048, &[(0, 0x83, 8)]);
        boot_record(&mut two, 4000, &[(0, 0x83, 8)]);
        case.agree(&tool, &two, "two extended partitions").unwrap();
    }
}

#[test]
fn gpt_disks() {
    let Some(files) = installed() else { return };
    let Some(tool) = BiosSetup::find() else { return };
    let small = core(&files, SMALL);
    let n = small.sectors();
    let usual = &[(BIOS_BOOT, 34, 2047), (DATA, 2048, 8000)];
    let edited = |offset: usize, byte: u8| {
        let mut disk = Gpt::new(usual).disk();
        disk[offset] = byte;
        disk
    };
    let mut foreign = Gpt::new(usual).disk();
    mark(&mut foreign, 40, b"ZISD");
    // What it is, the disk, and where core.img starts.
    let good: &[(&str, Vec<u8>, u64)] = &[
        ("as usual", Gpt::new(usual).disk(), 34),
        ("second entry", Gpt::new(&[(DATA, 34, 3999), (BIOS_BOOT, 4001, 4999)]).disk(), 4001),
        ("exact", Gpt::new(&[(BIOS_BOOT, 2048, 2047 + n)]).disk(), 2048),
        ("one more", Gpt::new(&[(BIOS_BOOT, 2048, 2048 + n)]).disk(), 2048),
        ("hybrid", Gpt { mbr: &[(0, 0xee, 1), (1, 0x83, 2048)], ..Gpt::new(usual) }.disk(), 34),
        ("turned", Gpt { mbr: &[(3, 0xee, 1), (0, 0x83, 2048)], ..Gpt::new(usual) }.disk(), 34),
        ("long entries", Gpt { entries: (2, 256), ..Gpt::new(usual) }.disk(), 34),
        ("far entries", Gpt { entries: (2100, 128), ..Gpt::new(usual) }.disk(), 34),
        // The tool trusts the header, and looks for foreign sectors in MBR gaps only.
        ("checksum", edited(512 + 0x10, 0x5a), 34),
        ("revision", edited(512 + 0x08, 0x5a), 34),
        ("flag byte", edited(446, 0x01), 34),
        ("foreign sector", foreign, 34),
        // Without a protective entry, the MBR is one.
        ("unprotected", Gpt { mbr: &[(0, 0x83, 2048)], ..Gpt::new(usual) }.disk(), 1),
    ];
    let refused: &[(&str, Vec<u8>)] = &[
        ("too small", Gpt::new(&[(BIOS_BOOT, 2048, 2046 + n)]).disk()),
        ("no BIOS boot partition", Gpt::new(&[(DATA, 2048, 4000)]).disk()),
        ("first too small", Gpt::new(&[(BIOS_BOOT, 40, 49), (BIOS_BOOT, 4000, 5000)]).disk()),
        ("no header", edited(512, b'e')),
        ("no 55 AA", edited(510, 0)),
    ];
    for redundancy in BOTH {
        let case = Case { files: &files, core: &small, redundancy };
        for (what, before, first) in good {
            let installed = case.agree(&tool, before, what).unwrap();
            assert_eq!(installed.first_sector(), *first, "{what}");
        }
        for (what, before) in refused {
            case.agree(&tool, before, what).unwrap_err();
        }
    }
}

#[test]
fn foreign_sectors_are_stepped_over() {
    let Some(files) = installed() else { return };
    let Some(tool) = BiosSetup::find() else { return };
    let small = core(&files, SMALL);
    let n = small.sectors() as u32;
    let marked = |gap: u32, at: &[usize]| {
        let mut disk = mbr(&[(0, 0x83, gap)]);
        for (i, at) in at.iter().enumerate() {
            mark(&mut disk, *at, FOREIGN_SIGNATURES[i % FOREIGN_SIGNATURES.len()]);
        }
        disk
    };
    let every_other = |n: usize| (0..n).map(|i| 2 * i + 3).collect::<Vec<_>>();
    // The disk, and the number of runs that core.img lies in.
    let good: &[(Vec<u8>, usize)] = &[
        (marked(2048, &[1, 5, 20, 21]), 3),
        (marked(2048, &[2, 3, 4, 10, 30, 40]), 5),
        (marked(n + 2, &[7]), 2),
        (marked(2048, &[2 * n as usize + 1]), 1),
        (marked(2048, &every_other(13)), 14),
    ];
    let refused: &[(&str, Vec<u8>)] = &[
        ("one too few", marked(n + 1, &[7])),
        ("nothing left", marked(60, &(1..60).collect::<Vec<_>>())),
        ("16 runs", marked(2048, &every_other(15))),
    ];
    for redundancy in BOTH {
        let case = Case { files: &files, core: &small, redundancy };
        for (before, runs) in good {
            let installed = case.agree(&tool, before, &format!("{runs} runs")).unwrap();
            assert_eq!(installed.runs().len(), *runs);
        }
        for (what, before) in refused {
            case.agree(&tool, before, what).unwrap_err();
        }

        // Here they differ: the tool writes the end of its list over diskboot.img's code.
        let before = marked(2048, &every_other(14));
        let (ran, theirs) = tool.install(&case, &before);
        ran.expect_success("15 runs");
        let code = |bytes: &[u8]| bytes[0x140..0x148].to_vec();
        assert_eq!(code(&theirs[512..]), [0; 8]);
        assert_ne!(code(files.get("diskboot.img").unwrap()), [0; 8]);
        assert_eq!(case.ours(&before).unwrap_err(), Error::TooManyRuns { runs: 15, limit: 14 });
    }
}

#[test]
fn a_flipped_byte_is_noticed() {
    let Some(files) = installed() else { return };
    let Some(tool) = BiosSetup::find() else { return };
    let small = core(&files, SMALL);
    let mut before = mbr(&[(0, 0x83, 2048)]);
    mark(&mut before, 30, FOREIGN_SIGNATURES[0]);
    let case = Case { files: &files, core: &small, redundancy: Redundancy::ReedSolomon };
    let layout = case.agree(&tool, &before, "good").unwrap().lay_out(before.len() as u64).unwrap();
    let theirs = tool.install(&case, &before).1;
    // Every part that is claimed is compared.
    for region in layout.regions() {
        let mut bad = written(&before, &layout);
        bad[region.end() as usize - 1] ^= 1;
        let compared = std::panic::catch_unwind(|| assert_same(&bad, &theirs, "tampered"));
        assert!(compared.is_err(), "{} may hold anything", region.name);
    }
}

#[test]
fn both_refuse_the_same_disks() {
    let Some(files) = installed() else { return };
    let Some(tool) = BiosSetup::find() else { return };
    let small = core(&files, SMALL);
    let needed = small.sectors() as u32;
    let mut refused: Vec<(&str, Vec<u8>)> = vec![
        ("gap one sector too small", mbr(&[(0, 0x83, needed)])),
        ("no gap", mbr(&[(0, 0x83, 1)])),
        ("partition at 0", mbr(&[(1, 0x83, 0)])),
        ("no partition", mbr(&[])),
    ];
    for slot in 0..4 {
        let mut flag = mbr(&[(0, 0x83, 2048)]);
        flag[446 + 16 * slot] = 0x01;
        refused.push(("flag byte", flag));
        let gpt = mbr(&[((slot + 1) % 4, 0x83, 2048), (slot, 0xee, 4096)]);
        refused.push(("GPT", gpt));
    }
    let mut unsigned = mbr(&[(0, 0x83, 2048)]);
    unsigned[510] = 0;
    refused.push(("no 55 AA", unsigned));
    for redundancy in BOTH {
        let case = Case { files: &files, core: &small, redundancy };
        for (what, before) in &refused {
            case.agree(&tool, before, what).unwrap_err();
        }
    }

    // A core past 888 sectors fits no gap at all.
    let over = core_of(&files, 888 * 512 + 1);
    let case = Case { files: &files, core: &over, redundancy: Redundancy::None };
    let e = case.agree(&tool, &mbr(&[(0, 0x83, 2048)]), "889 sectors").unwrap_err();
    assert_eq!(e, Error::TooManySectors { needed: 889, limit: 888 });
}
