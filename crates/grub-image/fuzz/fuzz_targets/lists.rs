//! moddep.lst, or, by the first byte, modinfo.sh.
#![no_main]

use fuzz::{handmade, readable, with};
use grub_image::{ModuleDependencies, Platform};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = data.split_first() else { return };
    if mode % 4 == 0 {
        let files = with(&handmade(Platform::I386Pc), &[("modinfo.sh", rest)]);
        let _ = files.version();
        match files.build() {
            Ok(build) => assert!(!build.to_string().chars().any(char::is_control)),
            Err(e) => readable(&e),
        }
        return;
    }
    let list = match ModuleDependencies::parse(rest) {
        Ok(list) => list,
        Err(e) => return readable(&e),
    };
    let text = String::from_utf8_lossy(rest);
    let names: Vec<&str> = text.lines().filter_map(|l| l.split(':').next()).take(50).collect();
    match list.closure(&names) {
        Ok(order) => {
            // Each once, behind all that it needs.
            let mut seen = BTreeSet::new();
            for name in &order {
                assert!(list.of(name).iter().all(|n| seen.contains(n.as_str())), "{name}");
                assert!(seen.insert(name.as_str()), "{name}");
            }
        }
        Err(e) => readable(&e),
    }
});
