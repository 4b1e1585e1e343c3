//! A package as it is; or, by the first byte, an archive in a sound package, so that what is
//! behind the compression is reached.
#![no_main]

use fuzz::packages::with_file;
use fuzz::{Seeds, tagged};
use packages::Deb;
use testbench::deb_packages::{Package, compress};

fn member(out: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    let len = bytes.len();
    out.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{len:<10}`\n", 0, 0, 0, 100644).bytes());
    out.extend(bytes);
    out.resize(out.len().next_multiple_of(2), b'\n');
}

fn control() -> Vec<u8> {
    let text = b"Package: ab\nVersion: 1\nArchitecture: all\nInstalled-Size: 1\n";
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_data(&mut header, "control", &text[..]).expect("a tar in memory");
    archive.into_inner().expect("a tar in memory")
}

fn seeds() -> Seeds {
    let mut seeds = Seeds::new();
    for (n, suffix) in (0..).zip(["", ".gz", ".xz", ".zst"]) {
        let package = Package::new("ab", "1").suffix(suffix);
        let package = package.file("usr/a", "a").file("usr/b", vec![7; 999]);
        seeds.push((format!("whole{suffix}"), tagged(0, &package.bytes())));
        for (kind, tar) in (1..).zip([package.data_tar(), package.control_tar()]) {
            let inside = tagged(n * 3 + kind, &compress(suffix, &tar));
            seeds.push((format!("inside{kind}{suffix}"), inside));
        }
    }
    seeds
}

fuzz::target!(seeds, |data| {
    let Some((mode, rest)) = data.split_first() else { return };
    let mut package = b"!<arch>\n".to_vec();
    let suffix = ["", ".gz", ".xz", ".zst"][usize::from(*mode / 3 % 4)];
    let bytes = match mode % 3 {
        0 => rest,
        one_or_two => {
            member(&mut package, "debian-binary", b"2.0\n");
            let (control, data) = if one_or_two == 1 {
                (control(), rest.to_vec())
            } else {
                (rest.to_vec(), control())
            };
            let plain = |is: bool| if is { suffix } else { "" };
            member(&mut package, &format!("control.tar{}", plain(one_or_two == 2)), &control);
            member(&mut package, &format!("data.tar{}", plain(one_or_two == 1)), &data);
            &package
        }
    };
    with_file(bytes, |path| {
        let Ok(deb) = Deb::open(path) else { return };
        let members = deb.members();
        let read = deb.read_members(1 << 20, |name| name.len() % 2 == 0);
        for member in members.into_iter().flatten() {
            assert!(!member.name.starts_with('/') && !member.name.split('/').any(|p| p == ".."));
        }
        for name in read.into_iter().flatten().map(|m| m.0) {
            assert!(!name.starts_with('/') && !name.split('/').any(|p| p == ".."));
        }
    });
});
