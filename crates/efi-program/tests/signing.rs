//! Programs signed on the spot with keys of our own: every answer that `acceptance` can give.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use efi_program::{Acceptance, Error, Facts, Integrity, Machine, acceptance};
use testbench::efi_programs::{
    Keys, SHA256_GUID, X509_GUID, into_shim, program, signature_list, vendor_cert,
};
use testbench::oracle;

const X64: u16 = 0x8664;

fn facts(bytes: &[u8]) -> Facts {
    Facts::of(bytes).unwrap()
}

fn shim(authorized: &[u8], deauthorized: &[u8]) -> Facts {
    facts(&into_shim(program(X64), &vendor_cert(authorized, deauthorized)))
}

fn digest(facts: &Facts) -> Vec<u8> {
    let byte = |i| u8::from_str_radix(&facts.digest[i..i + 2], 16).unwrap();
    (0..facts.digest.len()).step_by(2).map(byte).collect()
}

#[test]
fn an_unsigned_program() {
    let found = facts(&program(X64));
    assert_eq!(found.machine, Machine::X86_64);
    assert!(!found.is_signed() && found.linux.is_none());
    assert_eq!(found.sbat[1].component, "test");
    assert_eq!(found.sbat[1].generation, 7);
    // Its vendor trusts nobody.
    let nobody = found.shim.clone().unwrap();
    assert!(nobody.trusts.certificates.is_empty() && nobody.revokes.digests.is_empty());
    assert_eq!(acceptance(&found, &found), Acceptance::Unsigned);
    let arm = facts(&program(0xaa64));
    let other = Acceptance::OtherMachine { machine: Machine::Arm64 };
    assert_eq!(acceptance(&found, &arm), other);
}

#[test]
fn digests_do_not_need_a_signature() {
    let found = facts(&program(X64));
    let list = signature_list(SHA256_GUID, &digest(&found));
    let by = found.digest.clone();
    assert_eq!(acceptance(&shim(&list, b""), &found), Acceptance::Vendor { by: by.clone() });
    // What is revoked is not trusted, whatever else is said of it.
    assert_eq!(acceptance(&shim(&list, &list), &found), Acceptance::Revoked { by });
}

#[test]
fn signed_under_a_vendors_certificate_or_another() {
    let (Some(openssl), Some(sbsign)) = (oracle("openssl"), oracle("sbsign")) else { return };
    let Some(sbverify) = oracle("sbverify") else { return };
    let (ours, theirs) = (Keys::new(&openssl, "Ours"), Keys::new(&openssl, "Theirs"));
    let signed = ours.sign(&sbsign, &program(X64));
    let found = facts(&signed);
    assert_eq!(found.digest, facts(&program(X64)).digest, "signing does not change the digest");
    let signature = &found.signatures[0];
    assert_eq!(signature.integrity, Integrity::Intact);
    assert_eq!(signature.signer.subject, "Ours signer");
    assert_eq!(signature.signer.issuer, "Ours CA");
    assert_eq!(signature.signer.serial, "8badf00d");
    assert_eq!(signature.chain.len(), 1);
    assert_eq!(signature.microsoft_ca(), None);

    // One certificate as it is, and the same in a signature list behind another.
    let one = shim(&ours.ca_der(), b"");
    let lists = [theirs.ca_der(), ours.ca_der()].map(|der| signature_list(X509_GUID, &der));
    let vendor = Acceptance::Vendor { by: "Ours CA".into() };
    assert_eq!(acceptance(&one, &found), vendor);
    assert_eq!(acceptance(&shim(&lists.concat(), b""), &found), vendor);
    let signers = vec!["Ours signer".to_owned(), "Ours CA".to_owned()];
    let other = shim(&theirs.ca_der(), b"");
    assert_eq!(acceptance(&other, &found), Acceptance::NeedsMok { signers });
    // A certificate of the same name is another.
    let namesake = shim(&Keys::new(&openssl, "Ours").ca_der(), b"");
    assert!(matches!(acceptance(&namesake, &found), Acceptance::NeedsMok { .. }));
    let revoked = shim(&ours.ca_der(), &lists[1]);
    assert_eq!(acceptance(&revoked, &found), Acceptance::Revoked { by: "Ours CA".into() });

    // Signed by both: either's shim takes it.
    let both = facts(&theirs.sign(&sbsign, &signed));
    assert_eq!(both.signatures.len(), 2);
    assert_eq!(acceptance(&one, &both), vendor);
    assert!(acceptance(&other, &both).is_everywhere());

    // sbverify agrees about whom it is signed under.
    let path = ours.path("signed.efi");
    std::fs::write(&path, &signed).unwrap();
    let verify = |ca: &Keys| {
        sbverify.run(["--cert".as_ref(), ca.path("ca.pem").as_os_str(), path.as_os_str()])
    };
    verify(&ours).expect_success("sbverify");
    verify(&theirs).expect_objection(1, "Signature verification failed", "sbverify");
}

#[test]
fn changes_to_the_program_or_its_signature_are_noticed() {
    let (Some(openssl), Some(sbsign)) = (oracle("openssl"), oracle("sbsign")) else { return };
    let keys = Keys::new(&openssl, "Ours");
    let shim = shim(&keys.ca_der(), b"");
    let plain = program(X64);
    let signed = keys.sign(&sbsign, &plain);
    let (mut altered, mut unreadable, mut elsewhere) = (0, 0, 0);
    for at in (0x200..signed.len()).step_by(3) {
        let mut changed = signed.clone();
        changed[at] ^= 0x10;
        let Ok(found) = Facts::of(&changed) else { continue };
        if at < plain.len() {
            assert_eq!(acceptance(&shim, &found), Acceptance::Altered, "byte {at:#x}");
            altered += 1;
            continue;
        }
        // In the signature: what is read of it can change or end, and the key's own part, which
        // is not verified, can be anything.
        match acceptance(&shim, &found) {
            Acceptance::Unreadable { .. } | Acceptance::Unsigned => unreadable += 1,
            _ => elsewhere += 1,
        }
    }
    assert!(altered > 100 && unreadable > 50 && elsewhere > 0, "{altered} {unreadable}");

    // The digest in the signature, replaced by that of another program: the signer's attributes
    // do not fit any more.
    let mut other = plain.clone();
    other[0x3f0] ^= 1;
    let mut forged = signed.clone();
    forged[0x3f0] ^= 1;
    let (old, new) = (digest(&facts(&plain)), digest(&facts(&other)));
    let at = forged.windows(32).position(|w| w == old).unwrap();
    forged[at..at + 32].copy_from_slice(&new);
    assert_eq!(facts(&forged).digest, facts(&other).digest);
    assert_eq!(acceptance(&shim, &facts(&forged)), Acceptance::Altered);
}

#[test]
fn what_is_no_program_is_told_so() {
    let whole = program(X64);
    let is = |bytes: &[u8]| Facts::of(bytes).unwrap_err();
    assert!(matches!(is(b""), Error::NotEfi { .. }));
    assert!(matches!(is(b"\x7fELF"), Error::NotEfi { .. }));
    assert!(matches!(is(&whole[..0x50]), Error::NotEfi { .. }));
    assert!(matches!(is(&whole[..0x90]), Error::Truncated { .. }));
    let e = is(&whole[..0x500]);
    assert!(e.to_string().contains("a section is 384 bytes at byte 1024"), "{e}");
    let with = |at: usize, bytes: &[u8]| {
        let mut file = whole.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        is(&file).to_string()
    };
    assert!(with(0x86, &[0xff, 0xff]).contains("65535 sections"));
    assert!(with(0x98, &[0, 0]).contains("of kind 0x0"));
    assert!(with(0x98 + 60, &[0x10, 0, 0, 0]).contains("inside themselves"));
    // Two sections at one place: more to hash than there is.
    assert!(with(0x188 + 56, &[0, 6, 0, 0, 0, 0, 0, 0]).contains("overlap"));
    assert!(with(0x400, b"\xff").contains(".sbat"));
    // A certificate table that leads out of the file.
    assert!(with(0x98 + 112 + 32, &[0, 6, 0, 0, 8, 0, 0, 0]).contains("certificate table"));
    // A shim's table that refers to what is elsewhere.
    assert!(with(0x580, &[1, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0]).contains("outside"));
}
