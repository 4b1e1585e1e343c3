//! Secure Boot: what can be known of it before a key is tried on a machine.
//!
//! The firmware starts shim, because Microsoft signed it; shim starts GRUB, because shim's vendor
//! signed it; GRUB asks shim about every kernel. Nothing here circumvents that.

use crate::error::Error;
use boot_recipes::Boot;
use core::fmt::Write as _;
use efi_program::{Acceptance, Facts, Machine, MicrosoftCa, acceptance};
use key_inventory::{Iso, SignedProgram, SignedPrograms};

/// The facts about the programs that start a key under Secure Boot.
#[derive(Debug, Clone)]
pub struct SecureBoot {
    /// shim, which the firmware starts if it knows who signed it.
    pub shim: Facts,
    /// GRUB, which shim starts if its vendor signed it.
    pub grub: Facts,
}

/// The facts about the signed programs of a key.
///
/// # Errors
/// [`Error::NotSigned`] for a pair that no machine would start.
pub(crate) fn facts(signed: &SignedPrograms) -> Result<SecureBoot, Error> {
    let refuse = |program: &SignedProgram, why: String| Error::NotSigned {
        from: program.asset.origin.from.clone(),
        why,
    };
    let of = |program: &SignedProgram| {
        Facts::of(&program.asset.bytes).map_err(|source| refuse(program, source.to_string()))
    };
    let (shim, grub) = (of(&signed.shim)?, of(&signed.grub)?);
    let Some(own) = &shim.shim else {
        return Err(refuse(&signed.shim, "it is no shim".to_owned()));
    };
    if let Some(unmet) = own.sbat_levels.iter().flat_map(|l| l.unmet(&grub.sbat)).next() {
        let why = format!(
            "shim starts {} from generation {} on only, and this one is older",
            unmet.component, unmet.generation
        );
        return Err(refuse(&signed.grub, why));
    }
    match acceptance(&shim, &grub) {
        Acceptance::Vendor { .. } => Ok(SecureBoot { shim, grub }),
        other => Err(refuse(&signed.grub, format!("shim does not start it: {}", verdict(&other)))),
    }
}

/// Whether the kernel that `boot` starts will be accepted where Secure Boot is on.
pub(crate) fn of_kernel(secure: &SecureBoot, iso: &Iso, boot: &Boot) -> Option<Acceptance> {
    let Boot::Linux { kernel, .. } = boot else { return None };
    Some(acceptance(&secure.shim, iso.kernels.get(kernel)?))
}

/// The verdict, as the rest of a sentence about the kernel.
pub(crate) fn verdict(acceptance: &Acceptance) -> String {
    match acceptance {
        Acceptance::Vendor { by } => {
            format!("accepted everywhere: signed under `{by}`, whom shim trusts")
        }
        Acceptance::Firmware { ca } => {
            format!("accepted where the firmware knows {}", microsoft(*ca))
        }
        Acceptance::NeedsMok { signers } => format!(
            "accepted only after its signer's certificate has been enrolled in MokManager: {}",
            signers.join(", ")
        ),
        Acceptance::Revoked { by } => format!("refused: shim's vendor has revoked `{by}`"),
        Acceptance::Altered => "refused: it was altered after it was signed".to_owned(),
        Acceptance::Unreadable { why } => format!("refused: its signature cannot be read ({why})"),
        Acceptance::Unsigned => "refused: nobody signed it".to_owned(),
        Acceptance::OtherMachine { machine } => {
            format!("it is for another machine, {}", name(*machine))
        }
        other => format!("{other:?}"),
    }
}

fn microsoft(ca: MicrosoftCa) -> &'static str {
    match ca {
        MicrosoftCa::UefiCa2011 => "Microsoft Corporation UEFI CA 2011",
        MicrosoftCa::UefiCa2023 => "Microsoft UEFI CA 2023",
        _ => "another authority of Microsoft's",
    }
}

fn name(machine: Machine) -> String {
    match machine {
        Machine::X86_64 => "x64".to_owned(),
        Machine::X86 => "ia32".to_owned(),
        Machine::Arm64 => "arm64".to_owned(),
        other => format!("{other:?}"),
    }
}

/// A signed program, in two lines: who signed it, and its SBAT generations.
pub(crate) fn lines(facts: &Facts) -> String {
    let mut out = String::new();
    let cas: Vec<_> =
        facts.signatures.iter().filter_map(|s| s.microsoft_ca()).map(microsoft).collect();
    let signers: Vec<_> = if cas.is_empty() {
        facts.signatures.iter().map(|s| s.signer.subject.as_str()).collect()
    } else {
        cas
    };
    // OK to ignore, here and below: writing to a String does not fail.
    let _ = writeln!(out, "      signed by {}", signers.join(", "));
    let generations: Vec<_> =
        facts.sbat.iter().map(|e| format!("{},{}", e.component, e.generation)).collect();
    let _ = writeln!(out, "      SBAT {}", generations.join(" "));
    out
}
