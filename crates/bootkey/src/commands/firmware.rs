//! `bootkey firmware`: where the firmware of virtual machines comes from.

use super::fetch::fetch;
use crate::cli::Firmware as Asked;
use crate::failure::Failure;
use crate::print::print;
use crate::say::Say;
use bootkey::key_inputs::Environment;
use bootkey::key_spec::{Firmware, Packages};
use bootkey::trial::{RomFiles, firmware_requests};
use core::fmt::Write as _;

pub(crate) fn run(asked: &Asked, say: &Say) -> Result<(), Failure> {
    match asked {
        Asked::Where => places(),
        Asked::Fetch(what) => {
            let requests = firmware_requests(&what.firmware);
            if requests.is_empty() {
                say.note("the BIOS of virtual machines is a part of QEMU: there is nothing to get");
                return Ok(());
            }
            fetch(&requests, &Packages::default(), &what.mirrors, say)
        }
    }
}

/// The lines about firmware: which files are used, or what gets them.
fn places() -> Result<(), Failure> {
    let environment = Environment::from_process()?;
    let mut out = String::new();
    for (firmware, secure_boot) in [
        (Firmware::Bios, false),
        (Firmware::UefiX64, false),
        (Firmware::UefiX64, true),
        (Firmware::UefiIa32, false),
        (Firmware::UefiArm64, false),
    ] {
        let secure = if secure_boot { ", Secure Boot" } else { "" };
        let found = match RomFiles::find(firmware, secure_boot, &environment) {
            Ok(found) => found.to_string(),
            Err(e @ bootkey::Error::NoFirmware { .. }) => format!("none: {e}"),
            Err(e) => return Err(e.into()),
        };
        // OK to ignore: writing to a String does not fail.
        let _ = writeln!(out, "{firmware}{secure}: {found}");
    }
    print(&out)
}
