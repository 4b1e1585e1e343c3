//! A wrong byte anywhere on a key is found, and its owner is named.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use bootkey::explain::{Kind, Range, explain};
use bootkey::verify::{Verdict, Verification, verify};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use testbench::handmade_grub::{self, MODULES};
use testbench::{Iso, flip, run};

/// Wrong bytes that are tried on each key.
const FLIPS: usize = 150;

/// Numbers that follow from a seed, and from nothing else.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 16) % end
    }
}

/// Builds a key with digests of everything.
fn key(dir: &Path, words: &[&str]) -> PathBuf {
    for platform in ["i386-pc", "x86_64-efi"] {
        let grub = dir.join("grub").join(platform);
        fs::create_dir_all(&grub).unwrap();
        for (name, bytes) in handmade_grub::directory(platform, &MODULES, 300) {
            fs::write(grub.join(name), bytes).unwrap();
        }
    }
    let iso = Iso::new("INSTALLER").file("isolinux/vmlinuz", vec![1; 9000]);
    iso.file("isolinux/initrd.img", vec![2; 70_000]).write(&dir.join("a.iso")).unwrap();
    fs::create_dir_all(dir.join("tree/d")).unwrap();
    fs::write(dir.join("tree/d/x"), vec![3; 20_000]).unwrap();
    let spec = "[isos]\nchecksums = true\n[[iso]]\npath = \"a.iso\"\n\
                [[tree]]\nfrom = \"tree\"\nto = \"isos:/tree\"\n";
    fs::write(dir.join("key.toml"), spec).unwrap();
    let mut build = Command::new(env!("CARGO_BIN_EXE_bootkey"));
    build.args(["build", "key.toml", "--grub", "grub", "-o", "key.img"]).args(words);
    run(build.current_dir(dir).env("HOME", dir)).expect_success("build");
    dir.join("key.img")
}

fn verified(key: &Path) -> Verification {
    verify(key, &mut |_, _| {}).unwrap()
}

/// Whether an answer names the owner of a wrong byte: itself; or if nothing leads any more to where
/// it lies, the partition.
fn names(found: &Verification, owner: &str) -> bool {
    let partition = owner.split_inclusive('/').next().unwrap_or(owner);
    let file = owner.split_once("/file ").map(|(_, path)| path);
    found.wrong.iter().any(|wrong| match file {
        Some(path) => wrong.owner == owner || wrong.what.contains(path),
        None => wrong.owner.starts_with(partition),
    })
}

#[test]
fn every_wrong_byte_is_found_and_its_owner_is_named() {
    let mut numbers = Numbers(21);
    for words in [
        &["--table", "mbr", "--filesystem", "ext3", "--firmware", "bios"][..],
        &["--table", "hybrid", "--filesystem", "fat32", "--firmware", "bios,uefi-x64"],
    ] {
        let dir = tempfile::tempdir().unwrap();
        let key = key(dir.path(), words);
        assert_eq!(verified(&key).verdict, Verdict::Sound);
        let ranges = explain(&key).unwrap().ranges;
        let (nobodys, owned): (Vec<_>, Vec<_>) =
            ranges.into_iter().partition(|range| range.kind == Kind::Unclaimed);
        let bytes: u64 = owned.iter().map(|range| range.len).sum();
        for n in 0..FLIPS {
            // As likely as it has bytes; or every range as likely as the others.
            let range = match n % 2 {
                0 => {
                    let mut left = numbers.below(bytes);
                    let holds = |range: &&Range| {
                        let is_it = left < range.len;
                        left = left.saturating_sub(range.len);
                        is_it
                    };
                    owned.iter().find(holds).unwrap()
                }
                _ => &owned[numbers.below(owned.len() as u64) as usize],
            };
            let (at, mask) = (range.offset + numbers.below(range.len), 1 << numbers.below(8));
            flip(&key, at, mask);
            let found = verified(&key);
            let what = format!("{words:?} {at:#x} ^ {mask:#x} of {}: {found:#?}", range.owner);
            assert_eq!(found.verdict, Verdict::Damaged, "{what}");
            assert!(names(&found, &range.owner), "{what}");
            flip(&key, at, mask);
        }
        for range in nobodys.iter().cycle().take(10) {
            let at = range.offset + numbers.below(range.len);
            flip(&key, at, 1);
            assert_eq!(verified(&key).verdict, Verdict::Sound, "{at:#x}");
            flip(&key, at, 1);
        }
        assert_eq!(verified(&key).verdict, Verdict::Sound);
    }
}
