//! `bootkey grub`: where GRUB's own files come from.

use super::fetch::fetch;
use crate::cli::{Grub, GrubFetch};
use crate::failure::Failure;
use crate::print::print;
use crate::say::Say;
use bootkey::{
    key_inputs, key_inventory,
    key_spec::{Firmware, Packages},
};
use core::fmt::Write as _;
use input_file::shown;
use key_inputs::{Candidate, Environment, MEMDISK_PACKAGE, Platform, Request};
use std::path::PathBuf;

pub(crate) fn run(command: &Grub, say: &Say) -> Result<(), Failure> {
    match command {
        Grub::Where { grub } => places(grub),
        Grub::Fetch(what) => fetch(&requests(what), &Packages::default(), &what.mirrors, say),
    }
}

fn requests(what: &GrubFetch) -> Vec<Request> {
    let usual = [Firmware::Bios, Firmware::UefiX64, Firmware::UefiIa32];
    let firmware = if what.firmware.is_empty() { &usual[..] } else { &what.firmware };
    let platforms: Vec<_> = firmware.iter().copied().map(key_inventory::platform).collect();
    let mut all = key_inputs::grub_requests(&platforms, what.secure_boot);
    if firmware.contains(&Firmware::Bios) {
        all.push(Request::package(MEMDISK_PACKAGE));
    }
    all
}

/// The lines about places, for each platform one for each place: what is there, and whether a build
/// takes it. That there is no GRUB at all is an error, with the next step.
fn places(grub: &[PathBuf]) -> Result<(), Failure> {
    let environment = Environment::from_process()?;
    let mut out = String::new();
    let places = key_inputs::candidates(&Platform::ALL, grub, &environment);
    for one in places.chunk_by(|a, b| a.platform == b.platform) {
        let Some(platform) = one.first().map(|p| p.platform) else { continue };
        // OK to ignore, here and below: writing to a String does not fail.
        let _ = writeln!(out, "{platform}:");
        one.iter().for_each(|place| line(&mut out, place));
        if platform != Platform::I386Pc {
            signed(&mut out, platform, grub, &environment);
        }
    }
    print(&out)?;
    if places.iter().any(|p| p.chosen) {
        return Ok(());
    }
    Ok(key_inputs::locate(&[Platform::I386Pc], grub, &environment).map(|_| ())?)
}

fn line(out: &mut String, place: &Candidate) {
    let mark = if place.chosen { "*" } else { " " };
    let found = match &place.found {
        Ok(Some(build)) => {
            let files = build.platforms.first();
            let version = files.and_then(|f| f.origin.version.as_deref());
            let version = version.unwrap_or("of unknown version");
            let count = files.map_or(0, |f| f.files.names().count());
            let font = if build.font.is_some() { "" } else { ", no font" };
            format!("GRUB {version}, {count} files{font}")
        }
        Ok(None) => "nothing".to_owned(),
        Err(e) => format!("unusable: {e}"),
    };
    let why = match &place.found {
        Ok(None) => String::new(),
        _ => format!(" ({})", place.why),
    };
    let _ = writeln!(out, "{mark} {}: {found}{why}", shown(&place.place));
}

/// The lines about what there is for Secure Boot.
fn signed(out: &mut String, platform: Platform, grub: &[PathBuf], environment: &Environment) {
    match key_inputs::locate_signed(platform, grub, environment) {
        Ok(found) => {
            for program in [Some(&found.shim), Some(&found.grub), found.mok_manager.as_ref()] {
                let Some(program) = program else { continue };
                let version = program.asset.origin.version.as_deref().unwrap_or("unknown");
                let from = &program.asset.origin.from;
                let _ = writeln!(out, "* signed: {}, version {version}: {from}", program.name);
            }
        }
        Err(e) => {
            let _ = writeln!(out, "  signed: {e}");
        }
    }
}
