//! The report on the entries that start Xen.

use crate::entry::{XenEntry, XenFile};
use crate::plan::Plan;
use core::fmt::{self, Write as _};
use serde::Serialize;

pub(super) fn write_text(plan: &Plan, out: &mut String) -> fmt::Result {
    for entry in &plan.entries.xen {
        writeln!(out, "  {}", entry.title)?;
        if let Some(iso) = &entry.iso {
            writeln!(out, "      from inside {iso}")?;
        }
        writeln!(out, "      {}", action(entry))?;
        if let Some(host) = &entry.host {
            writeln!(out, "      its initrd brings the files of the host {host}")?;
        }
        if plan.secure_boot.is_some() {
            writeln!(out, "      Secure Boot: refused: GRUB loads no hypervisor then")?;
        }
    }
    Ok(())
}

fn shown(file: &XenFile) -> &str {
    match file {
        XenFile::OnKey(path) | XenFile::InIso(path) => path,
    }
}

/// The commands of GRUB that start the entry, in one line.
fn action(entry: &XenEntry) -> String {
    let words = |args: &[String]| args.iter().map(|a| format!(" {a}")).collect::<String>();
    let initrd = entry.initrd.iter().map(|i| format!("; module2 {}", shown(i)));
    format!(
        "multiboot2 {}{}; module2 {}{}{}",
        shown(&entry.hypervisor),
        words(&entry.args),
        shown(&entry.kernel),
        words(&entry.kernel_args),
        initrd.collect::<String>()
    )
}

#[derive(Debug, Serialize)]
pub(super) struct XenDocument<'a> {
    id: &'a str,
    title: &'a str,
    iso: Option<&'a str>,
    action: String,
    host: Option<&'a str>,
}

impl<'a> From<&'a XenEntry> for XenDocument<'a> {
    fn from(entry: &'a XenEntry) -> Self {
        Self {
            id: entry.id.as_str(),
            title: &entry.title,
            iso: entry.iso.as_deref(),
            action: action(entry),
            host: entry.host.as_deref(),
        }
    }
}
