//! Debian's own programs, against what other tools say of them.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use efi_program::{Acceptance, Facts, Integrity, Machine, MicrosoftCa, Subsystem, acceptance};
use std::path::Path;
use testbench::efi_programs::{FALLBACK, GRUB, MOK_MANAGER, SHIM, UNSIGNED, installed, kernel};
use testbench::oracle;

fn all() -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = [SHIM, MOK_MANAGER, FALLBACK, UNSIGNED, GRUB].map(Into::into).to_vec();
    all.push(kernel());
    all
}

/// Common names of all subjects and of all issuers, in the order in which `sbverify` lists them.
fn sbverify_names(path: &Path) -> Option<Vec<String>> {
    let said = oracle("sbverify")?.run([Path::new("--list"), path]).stdout;
    let names = said.lines().filter_map(|line| {
        let name = line.trim().trim_start_matches("- ");
        let name = name.strip_prefix("subject:").or_else(|| name.strip_prefix("issuer:"))?;
        Some(name.rsplit_once("CN=")?.1.trim().to_owned())
    });
    Some(names.collect())
}

#[test]
fn signers_are_those_that_sbverify_lists() {
    let mut signatures = 0;
    for path in all() {
        let Some(bytes) = installed(&path) else { return };
        let Some(theirs) = sbverify_names(&path) else { return };
        let facts = Facts::of(&bytes).unwrap();
        let ours: Vec<_> = facts
            .signatures
            .iter()
            .flat_map(|s| s.certificates())
            .flat_map(|c| [c.subject.clone(), c.issuer.clone()])
            .collect();
        assert_eq!(ours, theirs, "{}", path.display());
        assert!(facts.unreadable_signatures.is_empty());
        assert!(facts.signatures.iter().all(|s| s.integrity == Integrity::Intact));
        signatures += facts.signatures.len();
    }
    assert!(signatures >= 6, "{signatures}");
}

#[test]
fn digests_are_those_of_pesign() {
    let Some(pesign) = oracle("pesign") else { return };
    for path in all() {
        let Some(bytes) = installed(&path) else { return };
        let args = ["--hash".as_ref(), "--in".as_ref(), path.as_os_str()];
        let said = pesign.run(args).expect_success("pesign").stdout;
        let theirs = said.split_whitespace().find(|w| w.len() == 64);
        assert_eq!(Some(Facts::of(&bytes).unwrap().digest.as_str()), theirs, "{}", path.display());
    }
}

#[test]
fn sbat_is_what_objcopy_extracts() {
    let Some(objcopy) = oracle("objcopy") else { return };
    let dir = tempfile::tempdir().unwrap();
    for path in [SHIM, MOK_MANAGER, GRUB] {
        let Some(bytes) = installed(path) else { return };
        let to = dir.path().join("sbat");
        let args = ["-O", "binary", "-j", ".sbat"];
        let mut command = objcopy.command();
        testbench::run(command.args(args).arg(path).arg(&to)).expect_success("objcopy");
        let text = std::fs::read_to_string(&to).unwrap();
        let ours: Vec<_> = Facts::of(&bytes).unwrap().sbat;
        let ours: Vec<_> = ours
            .into_iter()
            .map(|e| {
                let parts = [e.vendor, e.package, e.version, e.url].map(Option::unwrap_or_default);
                format!("{},{},{}", e.component, e.generation, parts.join(","))
            })
            .collect();
        let theirs: Vec<_> = text.trim_end_matches('\0').lines().collect();
        assert_eq!(ours, theirs, "{path}");
        assert!(ours.len() >= 3);
    }
}

#[test]
fn debians_shim_accepts_debians_grub_and_kernel() {
    let (Some(shim), Some(grub)) = (installed(SHIM), installed(GRUB)) else { return };
    let Some(linux) = installed(kernel()) else { return };
    let [shim, grub, linux] = [shim, grub, linux].map(|bytes| Facts::of(&bytes).unwrap());
    assert_eq!((shim.machine, shim.subsystem), (Machine::X86_64, Subsystem::Application));
    let cas: Vec<_> = shim.signatures.iter().filter_map(|s| s.microsoft_ca()).collect();
    assert!(cas.contains(&MicrosoftCa::UefiCa2011) || cas.contains(&MicrosoftCa::UefiCa2023));
    let vendor = &shim.shim.as_ref().unwrap().trusts.certificates;
    assert_eq!(vendor.len(), 1);
    let by = Acceptance::Vendor { by: vendor[0].subject.clone() };
    assert_eq!(acceptance(&shim, &grub), by);
    assert_eq!(acceptance(&shim, &linux), by);
    assert!(by.is_everywhere());
    let version = linux.linux.unwrap().version.unwrap();
    assert!(version.contains("debian"), "{version}");
    assert!(grub.linux.is_none() && grub.shim.is_none());
    // GRUB reaches the levels that the shim beside it carries.
    let levels = shim.shim.as_ref().unwrap().sbat_levels.as_ref().unwrap();
    assert!(levels.automatic.iter().any(|l| l.component == "grub" && l.generation > 1));
    assert_eq!(levels.unmet(&grub.sbat).count(), 0);
    let mut old = grub.sbat.clone();
    old.iter_mut().for_each(|e| e.generation = 1);
    assert!(levels.unmet(&old).any(|l| l.component == "grub"));

    // What the vendor certificate is called is not made up here: it is in the package.
    if let (Some(openssl), Ok(_)) =
        (oracle("openssl"), std::fs::metadata("/usr/share/shim/debian-uefi-ca.der"))
    {
        let args = ["x509", "-inform", "DER", "-in", "/usr/share/shim/debian-uefi-ca.der"];
        let fingerprint = ["-noout", "-fingerprint", "-sha256"];
        let said = openssl.run(args.into_iter().chain(fingerprint)).expect_success("x509").stdout;
        let theirs = said.rsplit_once('=').unwrap().1.trim().replace(':', "").to_lowercase();
        assert_eq!(vendor[0].sha256, theirs);
    }
}

/// One flipped byte anywhere in what is signed; `sbverify` objects as well.
#[test]
fn a_changed_program_is_altered() {
    let Some(bytes) = installed(FALLBACK) else { return };
    let Some(shim) = installed(SHIM) else { return };
    let Some(sbverify) = oracle("sbverify") else { return };
    let shim = Facts::of(&shim).unwrap();
    let dir = tempfile::tempdir().unwrap();
    for at in [0x40, 0x2000, bytes.len() / 2] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let facts = Facts::of(&changed).unwrap();
        assert_eq!(facts.signatures[0].integrity, Integrity::Altered, "byte {at}");
        assert_eq!(acceptance(&shim, &facts), Acceptance::Altered);
        let path = dir.path().join("changed.efi");
        std::fs::write(&path, changed).unwrap();
        sbverify.run([&path]).expect_objection(1, "Hash doesn't match image", "sbverify");
    }
    // The checksum is not signed.
    let mut changed = bytes;
    let pe = u32::from_le_bytes(*changed[0x3c..].first_chunk().unwrap()) as usize;
    changed[pe + 24 + 64] ^= 1;
    assert!(acceptance(&shim, &Facts::of(&changed).unwrap()).is_everywhere());
}
