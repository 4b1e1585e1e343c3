//! The list of block devices, as people read it.

use crate::users::places;
use crate::{BlockDevice, Content, Decision, Users};
use core::fmt::Write as _;
use shown_text::shown;

/// The list for people: sticks, each with what is on it, then other disks, each with the reasons why
/// it is not offered.
pub fn text(devices: &[BlockDevice]) -> String {
    let decided = devices.iter().map(|device| (device, Decision::about(device)));
    let (offered, others): (Vec<_>, Vec<_>) =
        decided.partition(|(_, decision)| *decision == Decision::Offered);
    let mut out = String::new();
    out.push_str(match offered.is_empty() {
        true => "no stick is here that could be overwritten\n",
        false => "sticks that could be overwritten\n",
    });
    for (device, _) in offered {
        out.push_str(&describe(device));
    }
    if !others.is_empty() {
        out.push_str("\nnot offered\n");
    }
    for (device, decision) in others {
        title(&mut out, device);
        for reason in decision.reasons() {
            // OK to ignore, here and below: writing to a String does not fail.
            let _ = writeln!(out, "    {reason}");
        }
    }
    out
}

/// A device, and what is on it, in some lines for people.
pub fn describe(device: &BlockDevice) -> String {
    let mut out = String::new();
    title(&mut out, device);
    on_it(&mut out, device);
    out
}

/// `/dev/sdb  15.9 GB  SanDisk Ultra (USB, serial 4C530001)`
fn title(out: &mut String, device: &BlockDevice) {
    let identity = &device.identity;
    let names = [&identity.vendor, &identity.model, &device.backing_file];
    let names: Vec<String> = names.into_iter().flatten().map(|name| shown(name)).collect();
    let bus = device.bus.map(|bus| bus.to_string());
    let serial = identity.serial.as_deref().map(|serial| format!("serial {}", shown(serial)));
    let facts: Vec<String> = bus.into_iter().chain(serial).collect();
    let _ = write!(out, "  {}", shown(&device.path));
    if device.size > 0 {
        let _ = write!(out, "  {}", size(device.size));
    }
    if !names.is_empty() {
        let _ = write!(out, "  {}", names.join(" "));
    }
    if !facts.is_empty() {
        let _ = write!(out, "  ({})", facts.join(", "));
    }
    out.push('\n');
}

fn on_it(out: &mut String, device: &BlockDevice) {
    for partition in &device.partitions {
        let (content, len) = (&partition.content, size(partition.size));
        let _ = writeln!(
            out,
            "    {}: {}, {len}{}",
            shown(&partition.name),
            holds(content).as_deref().unwrap_or("nothing that is known"),
            mounted(&partition.users)
        );
    }
    let content = &device.content;
    let whole = match (&content.table, holds(content), &device.partitions[..]) {
        (_, Some(held), []) => held,
        (Some(table), None, []) => format!("{}, no partitions that the kernel knows", shown(table)),
        (None, None, []) => "nothing that is known".to_owned(),
        (..) => return,
    };
    let _ = writeln!(out, "    {whole}{}", mounted(&device.users));
}

/// ``ext4 `isos` ``
fn holds(content: &Content) -> Option<String> {
    let kind = shown(content.file_system.as_ref()?);
    Some(match &content.label {
        Some(label) => format!("{kind} `{}`", shown(label)),
        None => kind,
    })
}

fn mounted(users: &Users) -> String {
    match users.mounted.is_empty() {
        true => String::new(),
        false => format!(", mounted at {}", places(&users.mounted)),
    }
}

/// A size in the unit in which it is printed on sticks: 1 GB is 10⁹ bytes.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    let (mut divisor, mut unit) = (1000_u128, 0);
    while u128::from(bytes) >= divisor * 1000 && unit + 1 < UNITS.len() {
        (divisor, unit) = (divisor * 1000, unit + 1);
    }
    let tenths = (u128::from(bytes) * 10 + divisor / 2) / divisor;
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}
