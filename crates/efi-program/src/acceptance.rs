//! Whether a shim lets a program start, as far as that can be told from the two files.
//!
//! shim, asked by GRUB about a kernel (or itself about GRUB), decides like this:
//!
//! ```text
//! digest or certificate in its vendor's list of what is revoked?  ──► no          Revoked
//! signed under a certificate of its vendor's, or digest in its list? ─► yes        Vendor
//! … under one in the firmware's `db`?    not in the files: Microsoft's, mostly     Firmware
//! … under one that the owner enrolled?   not in the files                          NeedsMok
//! otherwise                                                       ──► no
//! ```
//!
//! So `Vendor` holds on every machine that starts this shim, `Unsigned` and `Altered` on none
//! (but where Secure Boot is off, or somebody enrols the very digest), and the two between depend
//! on the machine. What can make a `Vendor` fail nevertheless is the firmware's own `dbx`, which
//! is not in the files either. SBAT is not asked here: shim holds GRUB to it
//! ([`SbatLevels::unmet`](crate::SbatLevels::unmet)), but kernels from before it have none and
//! are started.
//!
//! "Signed under" is decided by the signer's certificate: it, or one above it that the signature
//! carries, is the trusted one or names it as its issuer, and the digest that was signed is the
//! program's. That the signer's key made the signature is not verified: who forges a signature
//! fools this report, and then not the firmware.

use crate::{Certificate, Facts, Integrity, Machine, MicrosoftCa, Signature};
use serde::Serialize;

/// Whether a shim lets a program start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
#[non_exhaustive]
pub enum Acceptance {
    /// The program starts on every machine that starts this shim, because shim's vendor trusts it.
    Vendor {
        /// The vendor's certificate, or the program's digest in its list.
        by: String,
    },
    /// The program starts where the firmware trusts that authority of Microsoft's.
    Firmware {
        /// The authority.
        ca: MicrosoftCa,
    },
    /// The program starts where the machine's owner has enrolled one of these signers (in
    /// MokManager), or the firmware happens to trust one.
    NeedsMok {
        /// The signers, and under whom they signed.
        signers: Vec<String>,
    },
    /// Nowhere: shim's vendor trusts it no more.
    Revoked {
        /// The certificate, or the program's digest.
        by: String,
    },
    /// Nowhere: it was changed after it was signed.
    Altered,
    /// Nowhere: its signatures cannot be read.
    Unreadable {
        /// The reason, in words.
        why: String,
    },
    /// Nowhere: nobody signed it.
    Unsigned,
    /// Nowhere: it runs on another machine than shim.
    OtherMachine {
        /// The machine that the program runs on.
        machine: Machine,
    },
}

impl Acceptance {
    /// Whether the program starts on every machine that starts the shim and has not revoked the
    /// program.
    pub fn is_everywhere(&self) -> bool {
        matches!(self, Self::Vendor { .. })
    }
}

/// Whether `shim` lets `program` start: a GRUB, a kernel, another EFI program. See the module's
/// text for what this can and cannot know.
pub fn acceptance(shim: &Facts, program: &Facts) -> Acceptance {
    if shim.machine != program.machine {
        return Acceptance::OtherMachine { machine: program.machine };
    }
    let all = || program.signatures.iter().flat_map(Signature::certificates);
    if let Some(ours) = &shim.shim {
        let revoked = all().find(|c| ours.revokes.certificates.contains(c));
        if let Some(revoked) = revoked {
            return Acceptance::Revoked { by: revoked.subject.clone() };
        }
        if ours.revokes.digests.contains(&program.digest) {
            return Acceptance::Revoked { by: program.digest.clone() };
        }
        if ours.trusts.digests.contains(&program.digest) {
            return Acceptance::Vendor { by: program.digest.clone() };
        }
    }
    // What was signed with an algorithm that is not computed here may be anything.
    let intact = || program.signatures.iter().filter(|s| s.integrity == Integrity::Intact);
    let trusted = shim.shim.iter().flat_map(|s| &s.trusts.certificates);
    for anchor in trusted {
        if intact().any(|s| s.certificates().any(|c| c == anchor || c.is_issued_by(anchor))) {
            return Acceptance::Vendor { by: anchor.subject.clone() };
        }
    }
    if let Some(ca) = intact().find_map(Signature::microsoft_ca) {
        return Acceptance::Firmware { ca };
    }
    let mut signers: Vec<String> = Vec::new();
    for certificate in intact().flat_map(Signature::certificates) {
        for name in names(certificate) {
            if !signers.contains(name) {
                signers.push(name.clone());
            }
        }
    }
    if !signers.is_empty() {
        return Acceptance::NeedsMok { signers };
    }
    if program.signatures.iter().any(|s| s.integrity == Integrity::Altered) {
        return Acceptance::Altered;
    }
    if !program.signatures.is_empty() {
        let why = "it is signed with a digest algorithm that is not computed here";
        return Acceptance::Unreadable { why: why.to_owned() };
    }
    match program.unreadable_signatures.first() {
        Some(why) => Acceptance::Unreadable { why: why.clone() },
        None => Acceptance::Unsigned,
    }
}

fn names(certificate: &Certificate) -> [&String; 2] {
    [&certificate.subject, &certificate.issuer]
}
