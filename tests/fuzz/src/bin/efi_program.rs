//! An EFI program; what is found can be told, and asked about.
#![no_main]

use efi_program::{Facts, acceptance};
use fuzz::Seeds;
use testbench::efi_programs as made;

fn seeds() -> Seeds {
    let program = made::program(0x8664);
    let list = made::signature_list(made::SHA256_GUID, &[7; 32]);
    let shim = |vendor_cert: &[u8]| made::into_shim(program.clone(), vendor_cert);
    let mut seeds = vec![
        ("program", program.clone()),
        ("shim", shim(&made::vendor_cert(&list, &list))),
        ("arm64", made::program(0xaa64)),
    ];
    if let (Some(openssl), Some(sbsign)) =
        (testbench::oracle("openssl"), testbench::oracle("sbsign"))
    {
        let keys = made::Keys::new(&openssl, "Fuzz");
        let signed = keys.sign(&sbsign, &program);
        seeds.push(("signed", signed.clone()));
        seeds.push(("twice", keys.sign(&sbsign, &signed)));
        let der = made::signature_list(made::X509_GUID, &keys.ca_der());
        for (name, trusted) in [("shim-der", keys.ca_der()), ("shim-list", der)] {
            seeds.push((name, keys.sign(&sbsign, &shim(&made::vendor_cert(&trusted, &list)))));
        }
    }
    seeds.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}

fuzz::target!(seeds, |data| {
    let Ok(facts) = Facts::of(data) else { return };
    let _ = acceptance(&facts, &facts);
    if let Some(levels) = facts.shim.as_ref().and_then(|s| s.sbat_levels.as_ref()) {
        levels.unmet(&facts.sbat).count();
    }
    let text = serde_json::to_string(&facts).expect("facts are plain data");
    assert!(!text.chars().any(char::is_control), "what a terminal would act on");
});
