//! `cargo xtask screenshots`: the pictures in the documentation, taken of machines that boot a real key.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use testbench::{BootOptions, DiskBus, Firmware, PATIENCE, Qemu};

use crate::isos;
use crate::sh::{self, Error};

const PICTURES: &str = "docs/pictures";
/// The directory of the key and of its spec.
const WORK: &str = "target/screenshots";
/// The rescue key.
const RESCUE: &str = "images/rescue.toml";
/// What is on the key beside its tools: an installer and a live system.
const MORE: &str = "
[[iso]]
path  = \"../isos/debian-12-netinstall.iso\"
title = \"Debian 12 installer\"

[[iso]]
path  = \"../isos/debian-12-live.iso\"
title = \"Debian 12 live\"
";
/// A title that the menu prints on the serial port, too, which tells that it is there.
const TITLE: &str = "Power off";
/// The time in which GRUB has drawn what it printed, also on a large screen.
const DRAWN: Duration = Duration::from_secs(4);
/// The sizes of screens, in pixels.
const SCREENS: [(u32, u32); 4] = [(640, 480), (1024, 768), (1920, 1080), (3840, 2160)];

/// Takes the pictures.
///
/// # Errors
/// When a step fails, or a machine does not show the menu.
pub(crate) fn run() -> Result<(), Error> {
    let work = sh::root().join(WORK);
    std::fs::create_dir_all(&work).map_err(Error::io(&work))?;
    isos::all(&isos::Options::FOR_TESTS)?;
    let program = sh::built_bootkey()?;
    let rescue = sh::root().join(RESCUE);
    let rescue = std::fs::read_to_string(&rescue).map_err(Error::io(&rescue))?;
    let spec = work.join("rescue.toml");
    std::fs::write(&spec, rescue + MORE).map_err(Error::io(&spec))?;
    for (width, height) in SCREENS {
        // Firmware has one size until GRUB asks for another.
        let mode = format!(
            "menu.extra=set gfxmode={width}x{height}\nterminal_output serial console\nterminal_output serial gfxterm\n"
        );
        let mut build = Command::new(&program);
        build.args(["build", "rescue.toml", "-o", "rescue.img", "--set", "menu.timeout=60"]);
        build.args(["--set", &mode]).current_dir(&work).stdin(Stdio::null());
        sh::run(&mut build)?;
        let name = format!("{PICTURES}/menu-{width}x{height}.png");
        shoot(&work.join("rescue.img"), &sh::root().join(&name))?;
        println!("{name}: taken");
    }
    Ok(())
}

/// Boots the key, and keeps the picture of its menu.
fn shoot(key: &Path, png: &Path) -> Result<(), Error> {
    let options = BootOptions {
        disks: vec![(key.to_owned(), DiskBus::Usb)],
        firmware: Firmware::OvmfX64,
        // For the largest screen.
        extra_args: vec!["-global".into(), "VGA.vgamem_mb=64".into()],
        ..BootOptions::default()
    };
    let failed = |error: testbench::GuestError| Error::Objection(error.to_string());
    let guest = Qemu::boot(options).ok_or_else(|| Error::Missing("QEMU, or OVMF".into()));
    let mut guest = guest?;
    guest.expect(TITLE, PATIENCE).map_err(failed)?;
    std::thread::sleep(DRAWN);
    guest.screendump(png).map_err(failed)
}
