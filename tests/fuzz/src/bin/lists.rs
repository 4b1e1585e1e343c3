//! moddep.lst, or, by the first byte, modinfo.sh.
#![no_main]

use fuzz::grub::{handmade, real, real_directories, with};
use fuzz::{Seeds, readable, tagged};
use grub_image::{ModuleDependencies, Platform};
use std::collections::BTreeSet;

fn seeds() -> Seeds {
    let modinfo = b"grub_modinfo_target_cpu=i386\ngrub_modinfo_platform=pc\n\
                    grub_version=\"2.06\"\ngrub_package_version='2.06-13'\n";
    let mut seeds = vec![
        ("moddep".to_owned(), tagged(1, b"a: b\nb:\n")),
        ("modinfo".to_owned(), tagged(0, modinfo)),
    ];
    for (name, _, dir) in real_directories() {
        seeds.push((format!("{name}-moddep"), tagged(1, &real(&dir, "moddep.lst"))));
        seeds.push((format!("{name}-modinfo"), tagged(0, &real(&dir, "modinfo.sh"))));
    }
    seeds
}

fuzz::target!(seeds, |data| {
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
