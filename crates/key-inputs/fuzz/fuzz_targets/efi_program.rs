//! An EFI program; what is found can be told, and asked about.
#![no_main]

use efi_program::{Facts, acceptance};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(facts) = Facts::of(data) else { return };
    let _ = acceptance(&facts, &facts);
    if let Some(levels) = facts.shim.as_ref().and_then(|s| s.sbat_levels.as_ref()) {
        levels.unmet(&facts.sbat).count();
    }
    let text = serde_json::to_string(&facts).expect("facts are plain data");
    assert!(!text.chars().any(char::is_control), "what a terminal would act on");
});
