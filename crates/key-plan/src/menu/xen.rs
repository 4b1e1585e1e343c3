//! The menu entries of Xen, which is started by the Multiboot2 protocol on a BIOS and on UEFI
//! alike.

use super::iso_entry::{
    KeyTraits, Step, all_or_nothing, explain, in_loop, missing_iso, not_loaded, opens_iso,
};
use super::variables::isos_device;
use crate::entry::{XenEntry, XenFile};
use grub_config::{
    Command, Error, If, MenuEntry, Statement, Title, Word, bare, name, save_default,
};

pub(super) fn xen_entry(entry: &XenEntry, key: KeyTraits<'_>) -> Result<Statement, Error> {
    let file = |file: &XenFile| match file {
        XenFile::OnKey(path) => Ok(isos_device().and(Word::literal(path)?)),
        XenFile::InIso(path) => in_loop(path),
    };
    // `gzio`, which unpacks the hypervisor, would unpack a compressed initrd, too, and dom0 would
    // hold it in memory twice in unpacked form. Xen and the kernel unpack their own modules.
    let module = |path: &XenFile| {
        let module = Command::new(name!("module2")).arg(bare!("--nounzip"));
        Ok::<_, Error>(module.arg(file(path)?))
    };
    let hypervisor = file(&entry.hypervisor)?;
    let load = Command::new(name!("multiboot2")).arg(hypervisor.clone()).literals(&entry.args)?;
    let failed = if key.signed { refused()? } else { not_loaded([hypervisor]) };
    let kernel = module(&entry.kernel)?.literals(&entry.kernel_args)?;
    let mut steps = vec![
        Step { command: load, failed },
        Step { command: kernel, failed: not_loaded([file(&entry.kernel)?]) },
    ];
    if let Some(initrd) = &entry.initrd {
        steps.push(Step { command: module(initrd)?, failed: not_loaded([file(initrd)?]) });
    }
    // Hypervisors are compressed, and no command loads the module for that by itself.
    let mut start = vec![Statement::insmod(name!("gzio"))];
    start.extend(all_or_nothing(steps));
    let mut body = if key.saves_default { save_default() } else { Vec::new() };
    match &entry.iso {
        Some(iso) => {
            let sorry = vec![missing_iso(iso)?];
            body.push(If::new(opens_iso(iso)?, start).otherwise(sorry).into());
        }
        None => body.extend(start),
    }
    let menu_entry = MenuEntry::new(entry.id.clone(), Title::new(&entry.title), body);
    let mut menu_entry = menu_entry.class(name!("xen"));
    if key.locked {
        menu_entry = menu_entry.unrestricted();
    }
    Ok(Statement::MenuEntry(menu_entry))
}

/// The message on a key for Secure Boot when Xen is not loaded.
fn refused() -> Result<Vec<Statement>, Error> {
    let mut body = vec![Statement::echo(Word::empty())];
    body.extend(explain(
        "Xen was not started. With Secure Boot on, GRUB loads no hypervisor: turn Secure Boot off \
         in the firmware setup for this entry.",
    )?);
    Ok(body)
}
