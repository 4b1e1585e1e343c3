//! Writes the first inputs of each target into `corpus/`: what the tests make.

#[path = "../../../efi-program/tests/common/mod.rs"]
mod efi;

use std::fs;
use std::path::Path;
use testbench::package_files::rpm::{RpmPackage, Value};
use testbench::package_files::{self, Package};

fn main() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let write = |target: &str, name: String, bytes: Vec<u8>| {
        let dir = corpus.join(target);
        fs::create_dir_all(&dir).expect("the corpus");
        fs::write(dir.join(name), bytes).expect("a seed");
    };
    let mode = |mode: u8, bytes: &[u8]| [&[mode], bytes].concat();

    for (n, suffix) in ["", ".gz", ".xz", ".zst"].into_iter().enumerate() {
        let package = Package::new("ab", "1").suffix(suffix).file("usr/a", "a").file("usr/b", vec![7; 999]);
        let n = n as u8;
        write("deb", format!("whole{suffix}"), mode(0, &package.bytes()));
        let tars = [package.data_tar(), package.control_tar()];
        for (kind, tar) in (1..).zip(tars) {
            let bytes = mode(n * 3 + kind, &package_files::compress(suffix, &tar));
            write("deb", format!("inside{kind}{suffix}"), bytes);
        }
    }
    let compressors =
        [(".gz", "gzip"), (".xz", "xz"), (".zst", "zstd"), (".bz2", "bzip2"), (".lzma", "lzma")];
    for (n, (suffix, name)) in compressors.into_iter().enumerate() {
        for stripped in [false, true] {
            let mut package = RpmPackage::new("ab", "1", "1").compressor(suffix, name);
            package = package.file("usr/a", "abc").file("usr/b", vec![7; 999]);
            package.stripped = stripped;
            write("rpm", format!("whole{stripped}{suffix}"), mode(0, &package.bytes()));
            // Digests that no mutation would fit are replaced by none.
            let other = package.clone().tag(5093, Some(Value::Number(vec![0])));
            let behind = other.bytes().split_off(96);
            let at = behind.windows(4).rposition(|w| w == b"\x8e\xad\xe8\x01");
            write("rpm", format!("header{stripped}{suffix}"), mode(1, &behind[at.unwrap_or(0)..]));
            let payload = package_files::compress(suffix, &package.cpio());
            write("rpm", format!("payload{stripped}{suffix}"), mode(n as u8 * 4 + 2, &payload));
            write("rpm", format!("cpio{stripped}"), mode(3, &package.cpio()));
        }
    }

    let program = efi::program(0x8664);
    let list = efi::signature_list(efi::SHA256_GUID, &[7; 32]);
    let shim = efi::into_shim(program.clone(), &efi::vendor_cert(&list, &list));
    write("efi_program", "program".into(), program.clone());
    write("efi_program", "shim".into(), shim);
    write("efi_program", "arm64".into(), efi::program(0xaa64));
    if let (Some(openssl), Some(sbsign)) = (testbench::oracle("openssl"), testbench::oracle("sbsign")) {
        let keys = efi::Keys::new(&openssl, "Fuzz");
        let signed = keys.sign(&sbsign, &program);
        write("efi_program", "signed".into(), signed.clone());
        write("efi_program", "twice".into(), keys.sign(&sbsign, &signed));
        let der = efi::signature_list(efi::X509_GUID, &keys.ca_der());
        for (name, trusted) in [("der", keys.ca_der()), ("list", der)] {
            let shim = efi::into_shim(program.clone(), &efi::vendor_cert(&trusted, &list));
            write("efi_program", format!("shim-{name}"), keys.sign(&sbsign, &shim));
        }
    }
}
