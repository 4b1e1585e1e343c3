//! The memory of dom0, and whether it is enough for dom0's initrd.

use boot_recipes::{Arg, Boot, Loader};
use iso_probe::IsoFacts;
use key_inventory::InitrdSize;

const MIB: u64 = 1 << 20;
/// The memory that a kernel takes before it unpacks an initrd, in bytes: for its code, and an entry
/// for each page of memory.
const KERNEL: u64 = 96 * MIB;

/// The reason why `dom0_mem`, one of the hypervisor's parameters, is too small for this initrd;
/// `None` if it is large enough, or that cannot be known.
///
/// The kernel unpacks an initrd into a file system that may take half of the memory, and meanwhile
/// memory holds the packed initrd, too.
pub(crate) fn too_small(args: &[String], initrd: InitrdSize) -> Option<String> {
    let memory = dom0_memory(args)?;
    let need =
        initrd.unpacked.saturating_mul(2).saturating_add(initrd.packed).saturating_add(KERNEL);
    (memory < need).then(|| {
        format!(
            "`dom0_mem` gives its dom0 {} MiB, and its initrd unpacks to {}{} MiB: give it {} MiB or \
             more, or its kernel may say \"Initramfs unpacking failed: write error\"",
            memory / MIB,
            if initrd.estimated { "perhaps " } else { "" },
            initrd.unpacked.div_ceil(MIB),
            need.div_ceil(MIB)
        )
    })
}

/// [`too_small`] for an entry that starts Xen out of an ISO: its first module is dom0's kernel, its
/// second the initrd.
pub(crate) fn too_small_in_iso(boot: &Boot, facts: &IsoFacts) -> Option<String> {
    let Boot::Modular { loader: Loader::Multiboot2, args, modules, .. } = boot else { return None };
    let args: Vec<String> = args.iter().filter_map(Arg::as_literal).map(str::to_owned).collect();
    let packed = *facts.paths.get(&modules.get(1)?.file)?;
    too_small(&args, InitrdSize::of(packed, &[], &[]))
}

/// The most memory that the last `dom0_mem` parameter allows, in bytes; `None` if there is no such
/// parameter, or the amount depends on the machine.
fn dom0_memory(args: &[String]) -> Option<u64> {
    let value = args.iter().rev().find_map(|arg| arg.strip_prefix("dom0_mem="))?;
    value
        .split(',')
        .filter(|part| !part.starts_with("min:"))
        .filter_map(|part| amount(part.strip_prefix("max:").unwrap_or(part)))
        .min()
}

/// The number of bytes that `text` means to Xen: a number with a unit, or in KiB. `None` for a
/// share of the machine's memory (`50%`) or what is to remain of it (`-1G`).
fn amount(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)?.to_ascii_lowercase().as_str() {
        "b" => 1,
        "" | "k" => 1 << 10,
        "m" => MIB,
        "g" => 1 << 30,
        "t" => 1 << 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(text: &str) -> Option<u64> {
        dom0_memory(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_parameter_is_read_as_xen_reads_it() {
        assert_eq!(memory("dom0_mem=512M"), Some(512 * MIB));
        assert_eq!(memory("dom0_mem=524288"), Some(512 * MIB));
        assert_eq!(memory("dom0_mem=1g,max:768M,min:64M"), Some(768 * MIB));
        assert_eq!(memory("dom0_mem=max:2G"), Some(2 << 30));
        assert_eq!(memory("dom0_mem=1G noreboot dom0_mem=2G"), Some(2 << 30), "the last one");
        for unknown in ["", "dom0_mem=", "dom0_mem=-1G", "dom0_mem=50%+1G", "dom0_mem=min:1G"] {
            assert_eq!(memory(unknown), None, "{unknown}");
        }
        assert_eq!(memory("dom0_mem=99999999999999999T"), None);
    }

    #[test]
    fn an_initrd_that_does_not_fit_is_said() {
        let initrd = |packed: u64, unpacked: u64| InitrdSize {
            packed: packed * MIB,
            unpacked: unpacked * MIB,
            estimated: false,
        };
        let args = ["dom0_mem=512M".to_owned()];
        // The file as it is, and as GRUB would hand it over if it unpacked it.
        assert_eq!(too_small(&args, initrd(42, 149)), None);
        assert!(too_small(&args, initrd(149, 149)).is_some());
        let said = too_small(&args, InitrdSize { estimated: true, ..initrd(42, 188) }).unwrap();
        assert!(said.starts_with("`dom0_mem` gives its dom0 512 MiB"), "{said}");
        assert!(said.contains("to perhaps 188 MiB: give it 514 MiB or more"), "{said}");
        assert_eq!(too_small(&[], initrd(42, 999)), None);
    }
}
