//! `cargo xtask bench grub-image`: core.img for a BIOS, by the example `mkimage` and by the
//! installed `grub-mkimage`.

use super::measure::{Cost, median, run as measure};
use crate::sh::{self, Error, cargo};

/// The modules of each image; those that they need are added.
const CASES: &[(&str, &[&str])] = &[
    (
        "the full menu",
        &[
            "biosdisk",
            "part_msdos",
            "part_gpt",
            "ext2",
            "fat",
            "iso9660",
            "udf",
            "ntfs",
            "exfat",
            "squash4",
            "search_fs_uuid",
            "search_label",
            "search_fs_file",
            "search",
            "normal",
            "configfile",
            "loopback",
            "linux",
            "linux16",
            "chain",
            "ntldr",
            "drivemap",
            "multiboot",
            "multiboot2",
            "probe",
            "echo",
            "test",
            "true",
            "ls",
            "cat",
            "loadenv",
            "minicmd",
            "halt",
            "reboot",
            "sleep",
            "serial",
            "terminal",
            "regexp",
            "gfxterm",
            "gfxmenu",
            "all_video",
            "png",
            "jpeg",
            "gzio",
            "xzio",
            "memdisk",
            "tar",
        ],
    ),
    ("a shell", &["biosdisk", "part_msdos", "part_gpt", "fat", "ext2", "normal", "ls", "cat"]),
    ("what reads a disk", &["biosdisk", "part_msdos", "ext2", "search_fs_uuid"]),
];

/// Measures, and prints a line for each case.
pub(super) fn run(rounds: u32) -> Result<(), Error> {
    let build = ["build", "--locked", "--release", "-p", "grub-image", "--example", "mkimage"];
    sh::run(cargo().args(build))?;
    let Some(theirs) = sh::find("grub-mkimage") else {
        return Err(Error::Missing(
            "`grub-mkimage` is missing; `cargo xtask setup` installs it".into(),
        ));
    };
    let ours = sh::root().join("target/release/examples/mkimage");
    let dir = sh::root().join("target/bench");
    std::fs::create_dir_all(&dir).map_err(Error::io(&dir))?;
    let out = dir.join("core.img");
    println!("\ncore.img, user and system time ({rounds} rounds in turn; medians, and from to)");
    for (name, modules) in CASES {
        let sides = [&ours, &theirs].map(|program| program.display().to_string());
        let (mut costs, mut sizes) = ([Vec::new(), Vec::new()], [0, 0]);
        for _ in 0..rounds {
            for (side, program) in sides.iter().enumerate() {
                let mut words = vec![&**program, "-O", "i386-pc", "-p", "/boot/grub", "-o", "OUT"];
                words.extend(*modules);
                costs[side].push(measure(&words, &dir, &out, 0)?);
                sizes[side] = std::fs::metadata(&out).map_err(Error::io(&out))?.len();
            }
        }
        print(name, modules.len(), &costs, sizes);
    }
    std::fs::remove_dir_all(&dir).map_err(Error::io(&dir))
}

fn print(name: &str, modules: usize, costs: &[Vec<Cost>; 2], sizes: [u64; 2]) {
    let cpu = |costs: &[Cost]| median(costs).cpu.as_secs_f64();
    let ratio = cpu(&costs[0]) / cpu(&costs[1]).max(0.001);
    println!("{name} ({modules} modules and what they need): {ratio:.2} of the tool's CPU");
    for ((side, costs), size) in ["grub-image", "grub-mkimage"].iter().zip(costs).zip(sizes) {
        let each = || costs.iter().map(|c| c.cpu.as_secs_f64());
        println!(
            "  {side:<14} {:>7.3} s   {:.3} {:.3}   {size:>7} bytes",
            cpu(costs),
            each().fold(f64::INFINITY, f64::min),
            each().fold(0.0, f64::max),
        );
    }
}
