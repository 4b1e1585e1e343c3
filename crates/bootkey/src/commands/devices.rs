//! `bootkey devices`: the sticks of this machine, and why its other disks are none.

use crate::cli::Devices;
use crate::failure::Failure;
use crate::print::{json, print};
use block_devices::{BlockDevice, Decision, Reason, System, list, text};
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    devices: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    device: &'a BlockDevice,
    offered: bool,
    reasons: Vec<Told>,
}

/// A reason for programs and for people.
#[derive(Serialize)]
struct Told {
    code: &'static str,
    text: String,
}

pub(crate) fn run(args: &Devices) -> Result<(), Failure> {
    let mut devices = list(&System::at(&args.sysroot))?;
    devices.retain(|device| args.all || !device.kind.is_virtual());
    print(&match args.json {
        true => json(&Document {
            schema: "bootkey.devices/1",
            devices: devices.iter().map(listed).collect(),
        })?,
        false => text(&devices),
    })
}

fn listed(device: &BlockDevice) -> Listed<'_> {
    let decision = Decision::about(device);
    let told = |reason: &Reason| Told { code: reason.code(), text: reason.to_string() };
    let reasons = decision.reasons().iter().map(told).collect();
    Listed { device, offered: decision == Decision::Offered, reasons }
}
