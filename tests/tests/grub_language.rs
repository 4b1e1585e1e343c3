//! GRUB itself, in QEMU, reads what `grub-config` writes (rung 5 of the ladder of tests). It looks
//! for files whose names are hostile strings, and finds one only if its own parser makes of the
//! quoted word exactly the bytes of the name.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use grub_config::{Command, Config, Id, If, MenuEntry, Statement, Title, Word, bare, ident, name};
use grub_image::bios_setup::{Redundancy, install};
use grub_image::{EmbeddingArea, ImageOptions, PlatformFiles, mkimage};
use std::collections::BTreeSet;
use std::path::Path;
use testbench::{BootOptions, DiskBus, PATIENCE, Qemu, missing};

/// Pieces that go for the rules' throat; names are made of one to four of them.
const PIECES: [&str; 34] = [
    "'", "\"", "$", "\\", "$v", "${v}", ";", "|", "&", "<", ">", "{", "}", "#", "*", "?", " ",
    "--", "-n", "'\\''", "\\'", "[", "]", "if", "fi", "!", "`", "$\"", "é", "日本", "a", "=",
    "(loop)", "~",
];

/// Some hundred file names, each different and at most 100 bytes, as a tar header wants them. (Not
/// all pairs: GRUB walks through the whole archive for each name.)
fn names() -> Vec<String> {
    let mut all = BTreeSet::new();
    for (n, a) in PIECES.iter().enumerate() {
        all.insert((*a).to_owned());
        for b in PIECES.iter().skip(n % 5).step_by(5) {
            all.insert(format!("{a}{b}"));
        }
    }
    for (n, a) in PIECES.iter().enumerate() {
        let (b, c) = (PIECES[n * 7 % PIECES.len()], PIECES[n * 11 % PIECES.len()]);
        all.insert(format!("{a}{b} {c}{a}"));
    }
    all.into_iter().collect()
}

/// A grub.cfg that says `lost N` for each name that GRUB does not find, and `all seen` at the end.
fn config(names: &[String]) -> String {
    let say = |word: Word| Statement::from(Command::new(name!("echo")).arg(word));
    let mut config = Config::new();
    config.push(Command::new(name!("serial")).arg(bare!("--unit=0")).arg(bare!("--speed=115200")));
    for command in [name!("terminal_output"), name!("terminal_input")] {
        config.push(Command::new(command).arg(name!("serial")));
    }
    config.push(Statement::set(ident!("v"), name!("wrong")));
    let mut body = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let number = Word::number(n as u64);
        let file = Word::literal(&format!("(memdisk)/x/{name}")).unwrap();
        let lost = || vec![say(Word::literal("lost ").unwrap().and(number.clone()))];
        let found = |file: Word| Command::test([bare!("-f").into(), file]);
        // In single quotes, in double quotes behind a variable, and through a variable.
        config.push(If::new(found(file.clone()), vec![]).otherwise(lost()));
        let joined = Word::from(ident!("root")).and(Word::literal(&format!("x/{name}")).unwrap());
        config.push(Statement::set(ident!("root"), Word::literal("(memdisk)/").unwrap()));
        config.push(If::new(found(joined), vec![]).otherwise(lost()));
        config.push(Statement::set(ident!("w"), file));
        body.push(If::new(found(ident!("w").into()), vec![]).otherwise(lost()).into());
        // A function's body, a submenu's, an entry's: the same words once more, parsed only.
        let entry =
            MenuEntry::new(Id::new(&format!("e{n}")).unwrap(), Title::new(name), body.clone());
        config.push(Statement::Submenu(entry));
        config.extend(body.drain(..));
    }
    config.push(say(Word::literal("all seen").unwrap()));
    // Whatever comes after it is a menu; nothing starts by itself.
    config.push(grub_config::timeout(None));
    config.render()
}

fn archive(names: &[String], grub_cfg: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut put = |path: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        tar.append(&header, bytes).unwrap();
    };
    put("boot/grub/grub.cfg", grub_cfg.as_bytes());
    for name in names {
        put(&format!("x/{name}"), b"");
    }
    tar.into_inner().unwrap()
}

/// A disk whose GRUB has everything in its memory disk.
fn boot(dir: &Path, names: &[String], on_disk: &[String]) -> Option<Qemu> {
    let grub = Path::new(tests::GRUB);
    if !grub.is_dir() {
        missing("GRUB's modules (package `grub-pc-bin`)");
        return None;
    }
    let files = std::fs::read_dir(grub).unwrap().map(|e| e.unwrap().path());
    let files = files.filter(|p| p.is_file()).map(|p| {
        (p.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&p).unwrap().into())
    });
    let files = PlatformFiles::new(files.collect());
    let memdisk = archive(on_disk, &config(names));
    let modules =
        ["biosdisk", "memdisk", "tar", "normal", "echo", "test", "true", "serial", "terminal"];
    let options = ImageOptions {
        modules: &modules,
        prefix: "(memdisk)/boot/grub",
        memdisk: Some(&memdisk),
        ..ImageOptions::default()
    };
    let core = mkimage::i386_pc(&files, &options).unwrap();
    let gap = EmbeddingArea::mbr_gap([2048]).unwrap();
    let mut sector0 = [0; 512];
    sector0[510..].copy_from_slice(&[0x55, 0xAA]);
    let installed = install(&files, &core, &sector0, &gap, Redundancy::None).unwrap();
    let image = dir.join("disk.img");
    let mut disk = vec![0; 4 << 20];
    disk[..512].copy_from_slice(&installed.boot_sector);
    let at = usize::try_from(installed.first_sector()).unwrap() * 512;
    let core = installed.core_sectors();
    disk[at..at + core.len()].copy_from_slice(&core);
    std::fs::write(&image, disk).unwrap();
    Qemu::boot(BootOptions { disks: vec![(image, DiskBus::Virtio)], ..BootOptions::default() })
}

#[test]
fn grub_finds_every_name() {
    let names = names();
    assert!(names.len() > 250, "{}", names.len());
    let dir = tempfile::tempdir().unwrap();
    let Some(mut guest) = boot(dir.path(), &names, &names) else { return };
    guest.expect("all seen", PATIENCE).unwrap();
    let said = guest.transcript();
    assert!(!said.contains("lost") && !said.contains("error"), "{said}");
}

/// The tamper test: a file whose name differs by one byte is not found.
#[test]
fn grub_misses_a_name_that_differs() {
    let names: Vec<String> = names().into_iter().take(40).collect();
    let mut on_disk = names.clone();
    on_disk[17].push('x');
    let dir = tempfile::tempdir().unwrap();
    let Some(mut guest) = boot(dir.path(), &names, &on_disk) else { return };
    guest.expect("all seen", PATIENCE).unwrap();
    let said = guest.transcript();
    assert_eq!(said.matches("lost 17").count(), 3, "{said}");
    assert_eq!(said.matches("lost").count(), 3, "{said}");
}
