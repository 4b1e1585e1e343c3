//! Whether dom0 has the memory that its initrd takes.

use key_inventory::InitrdSize;

const MIB: u64 = 1 << 20;
/// What a kernel takes before it unpacks an initrd, in bytes: its own code, and a page table's entry
/// for each page.
const KERNEL: u64 = 96 * MIB;

/// Why `dom0_mem` among the hypervisor's parameters is too small for this initrd; `None`: it is not,
/// or it cannot be told.
///
/// The kernel unpacks an initrd into a file system that takes half of the memory at most, and the
/// packed one is still there meanwhile.
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

/// How much memory the parameter `dom0_mem` gives at most, in bytes; the last one counts. `None`:
/// there is none, or it depends on the machine.
fn dom0_memory(args: &[String]) -> Option<u64> {
    let value = args.iter().rev().find_map(|arg| arg.strip_prefix("dom0_mem="))?;
    value
        .split(',')
        .filter(|part| !part.starts_with("min:"))
        .filter_map(|part| amount(part.strip_prefix("max:").unwrap_or(part)))
        .min()
}

/// An amount as Xen reads it: with a unit, or in KiB. Shares of a machine's memory (`50%`) and what is
/// to be left of it (`-1G`) say nothing here.
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
        // As it lies there, and as GRUB would hand it over unpacked.
        assert_eq!(too_small(&args, initrd(42, 149)), None);
        assert!(too_small(&args, initrd(149, 149)).is_some());
        let said = too_small(&args, InitrdSize { estimated: true, ..initrd(42, 188) }).unwrap();
        assert!(said.starts_with("`dom0_mem` gives its dom0 512 MiB"), "{said}");
        assert!(said.contains("to perhaps 188 MiB: give it 514 MiB or more"), "{said}");
        assert_eq!(too_small(&[], initrd(42, 999)), None);
    }
}
