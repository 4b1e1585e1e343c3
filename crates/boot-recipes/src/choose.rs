//! The choice among several files, or among the ISO's own entries, that a method could start.

use crate::evidence::{Shown, contradicted, shown};
use crate::marker::{Marker, token};
use crate::recipe::Engine;
use iso_probe::{BootEntry, Hypervisor, IsoFacts};

/// Words in a kernel's path that mark it as not meant for most machines.
pub(crate) const LESSER: &[&str] = &["686", "586", "486", "i386", "x86/", "memtest", "-rt-", "xen"];

/// The file for the first candidate that the ISO has. Of several files that match it, the first
/// whose path has no word of [`LESSER`], if there is one.
pub(crate) fn kernel(candidates: &[Marker], facts: &IsoFacts) -> Option<String> {
    candidates.iter().find_map(|candidate| {
        let lesser = |path: &&str| LESSER.iter().any(|word| path.contains(word));
        candidate.files(facts).min_by_key(lesser).map(str::to_owned)
    })
}

/// The file for the first candidate that the ISO has. Of several files that match it, the one whose
/// name has the longest end in common with the kernel's: `initrd.img-6.1.0-18-amd64` for
/// `vmlinuz-6.1.0-18-amd64`.
pub(crate) fn beside(kernel: &str, candidates: &[Marker], facts: &IsoFacts) -> Option<String> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let kernel_name = name(kernel);
    let common_end = |path: &str| {
        let pairs = name(path).into_bytes().into_iter().rev().zip(kernel_name.bytes().rev());
        pairs.take_while(|(a, b)| a == b).count()
    };
    candidates.iter().find_map(|candidate| {
        let mut best: Option<(usize, &str)> = None;
        for path in candidate.files(facts) {
            let common = common_end(path);
            if best.is_none_or(|(most, _)| common > most) {
                best = Some((common, path));
            }
        }
        best.map(|(_, path)| path.to_owned())
    })
}

/// The first of the ISO's own entries that has one of the parameters (globs in `tokens`) and starts
/// one of `kernels`; an empty list allows any. Entries that test memory come last, and an entry
/// whose initrds speak against `engine` is left out. If there is none, the first entry whose
/// initrds show the engine, whatever its parameters and kernel. In both cases the ISO must have the
/// files of the entry.
pub(crate) fn entry<'f>(
    tokens: &[String],
    kernels: &[Marker],
    engine: Option<&Engine>,
    others: &[&Engine],
    facts: &'f IsoFacts,
) -> Option<&'f BootEntry> {
    let has_token = |e: &BootEntry| {
        tokens.is_empty() || e.args.iter().any(|arg| tokens.iter().any(|t| token(t, arg)))
    };
    let has_kernel = |e: &BootEntry| {
        kernels.is_empty() || kernels.iter().any(|k| k.files(facts).any(|f| f == e.kernel))
    };
    let there = |path: &String| facts.size(path).is_some();
    let starts = |e: &&BootEntry| there(&e.kernel) && e.initrds.iter().all(there);
    let initrds = |e: &'f BootEntry| e.initrds.iter().map(String::as_str);
    let is_other = |e: &'f BootEntry| {
        engine.is_some_and(|engine| contradicted(engine, others, initrds(e), facts))
    };
    let shows = |e: &'f BootEntry| {
        engine.is_some_and(|engine| shown(&engine.names, initrds(e), facts) == Shown::Yes)
    };
    let entries = || facts.boot_entries.iter().filter(starts);
    // A menu's first entry may test the machine's memory.
    let system = |e: &&BootEntry| !e.kernel.to_ascii_lowercase().contains("memtest");
    let asked = || entries().filter(|e| has_token(e) && has_kernel(e) && !is_other(e));
    asked().find(system).or_else(|| asked().next()).or_else(|| entries().find(|e| shows(e)))
}

/// The first of the ISO's own entries that starts one of these hypervisors, and whose files the ISO
/// has.
pub(crate) fn xen_entry<'f>(
    hypervisors: &[Marker],
    facts: &'f IsoFacts,
) -> Option<(&'f BootEntry, &'f Hypervisor)> {
    let there = |path: &String| facts.size(path).is_some();
    facts.xen_entries.iter().find_map(|entry| {
        let hypervisor = entry.hypervisor.as_ref()?;
        let path = facts.find(&hypervisor.path)?;
        let asked = hypervisors.iter().any(|h| h.files(facts).any(|file| file == path));
        let whole = there(&entry.kernel) && entry.initrds.iter().all(there);
        (asked && whole).then_some((entry, hypervisor))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(paths: &[&str]) -> IsoFacts {
        let paths = paths.iter().map(|p| ((*p).to_owned(), 1)).collect();
        IsoFacts { paths, ..IsoFacts::default() }
    }

    fn markers(texts: &[&str]) -> Vec<Marker> {
        texts.iter().map(|t| Marker::try_from((*t).to_owned()).unwrap()).collect()
    }

    #[test]
    fn pairs_of_kernel_and_initrd() {
        let facts = facts(&[
            "/live/initrd.img-6.1-686-pae",
            "/live/initrd.img-6.1-amd64",
            "/live/vmlinuz-6.1-686-pae",
            "/live/vmlinuz-6.1-amd64",
            "/casper/hwe-initrd",
            "/casper/hwe-vmlinuz",
        ]);
        let found = kernel(&markers(&["/nothing", "/live/vmlinuz*"]), &facts).unwrap();
        assert_eq!(found, "/live/vmlinuz-6.1-amd64");
        let initrd = beside(&found, &markers(&["/live/initrd*"]), &facts).unwrap();
        assert_eq!(initrd, "/live/initrd.img-6.1-amd64");
        assert_eq!(beside(&found, &markers(&["/live/no*"]), &facts), None);
    }
}
