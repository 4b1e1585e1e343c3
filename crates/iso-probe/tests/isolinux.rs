//! What isolinux starts by itself, in a machine, against what is read from its configuration.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read and write files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use iso_probe::{BootEntry, IsoImage};
use std::path::Path;
use testbench::{BootOptions, Oracle, PATIENCE, Qemu, oracle, talking_kernel};

/// isolinux and the parts of it that these menus need, by Debian's paths.
const PARTS: [&str; 4] = [
    "/usr/lib/ISOLINUX/isolinux.bin",
    "/usr/lib/syslinux/modules/bios/ldlinux.c32",
    "/usr/lib/syslinux/modules/bios/libutil.c32",
    "/usr/lib/syslinux/modules/bios/menu.c32",
];

/// Configurations by their paths. Those in `/isolinux` start from there; `/one/k`, `/two/k` and
/// `/isolinux/k` are kernels, and there is an initrd beside each.
const MENUS: [(&str, &[(&str, &str)]); 9] = [
    (
        "labels, case, and parameters for all",
        &[(
            "isolinux.cfg",
            "Default two\nappend all=1\nLABEL TWO\nkernel /one/k\nlabel two\n KERNEL /two/k\n \
             label three\nkernel k\nappend -\n",
        )],
    ),
    (
        "a default with parameters, and an initrd of its own",
        &[(
            "isolinux.cfg",
            "default one more=1 last\nlabel one\nkernel /one/k\nappend initrd=/one/i a=b quiet\n",
        )],
    ),
    (
        "a menu with its own default",
        &[(
            "isolinux.cfg",
            "UI menu.c32\nTIMEOUT 1\nMENU TITLE x\nLABEL one\nMENU LABEL ^One\nKERNEL /one/k\n\
             LABEL two\nMENU LABEL Two\nMENU DEFAULT\nLINUX /two/k\nINITRD /two/i,/one/i\nAPPEND q\n",
        )],
    ),
    (
        "a menu without a default, hidden labels",
        &[(
            "isolinux.cfg",
            "DEFAULT menu.c32\nTIMEOUT 1\nLABEL one\nMENU HIDE\nKERNEL /one/k\n\
             LABEL two\nKERNEL /two/k\nAPPEND -\nLABEL three\nKERNEL k\n",
        )],
    ),
    (
        "files that are included, and ontimeout",
        &[
            (
                "isolinux.cfg",
                "UI menu.c32\nTIMEOUT 1\nONTIMEOUT two extra\nINCLUDE more/a.cfg\nDEFAULT one\n",
            ),
            ("more/a.cfg", "LABEL one\nKERNEL /one/k\nMENU INCLUDE b.cfg\n"),
            ("b.cfg", "LABEL two\nKERNEL /two/k\nAPPEND from=b\n"),
        ],
    ),
    (
        "another configuration, with a directory",
        &[
            ("isolinux.cfg", "DEFAULT go\nLABEL go\nCONFIG /two/other.cfg /two/\n"),
            ("/two/other.cfg", "DEFAULT x\nLABEL x\nKERNEL k\nAPPEND initrd=i other\n"),
        ],
    ),
    (
        "a menu program that is given a file",
        &[
            (
                "isolinux.cfg",
                "DEFAULT go\nLABEL go\nKERNEL menu.c32\nAPPEND /two/menu.cfg\nLABEL one\nKERNEL /one/k\n",
            ),
            ("/two/menu.cfg", "TIMEOUT 1\nLABEL x\nKERNEL /two/k\nAPPEND given\n"),
        ],
    ),
    (
        "menus in the menu",
        &[(
            "isolinux.cfg",
            "UI menu.c32\nTIMEOUT 1\nMENU BEGIN inner\nMENU TITLE Inner\nLABEL one\nKERNEL /one/k\n\
             MENU END\nLABEL two\nMENU DEFAULT\nKERNEL /two/k\nAPPEND outer\n",
        )],
    ),
    (
        "two defaults, and parameters in front of a kernel's own",
        &[(
            "isolinux.cfg",
            "DEFAULT one\nDEFAULT three\nLABEL one\nKERNEL /one/k\nLABEL three\nKERNEL k first\n\
             APPEND second initrd=i third\n",
        )],
    ),
];

/// An entry as far as a kernel can tell: the kernel's name, the names of initrds, the parameters.
type Started = (char, Vec<String>, Vec<String>);

/// An ISO that isolinux starts by these configurations; `None` means: skip the test.
fn iso(xorriso: &Oracle, files: &[(&str, &str)], dir: &Path) -> Option<std::path::PathBuf> {
    let tree = dir.join("tree");
    let put = |path: &str, bytes: &[u8]| {
        let full = match path.strip_prefix('/') {
            Some(path) => tree.join(path),
            None => tree.join("isolinux").join(path),
        };
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(full, bytes).unwrap();
    };
    for part in PARTS {
        let name = Path::new(part).file_name().unwrap().to_str().unwrap();
        put(name, &testbench::efi_programs::installed(part)?);
    }
    for (directory, name) in [("/one", b'1'), ("/two", b'2'), ("/isolinux", b'3')] {
        put(&format!("{directory}/k"), &talking_kernel(name));
        put(&format!("{directory}/i"), b"x");
    }
    for (path, text) in files {
        put(path, text.as_bytes());
    }
    let iso = dir.join("x.iso");
    let (out, tree) = (iso.to_str().unwrap(), tree.to_str().unwrap());
    let boot = ["-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat", "-no-emul-boot"];
    let table = ["-boot-load-size", "4", "-boot-info-table", "-quiet", "-o", out, tree];
    xorriso.run([&["-as", "mkisofs", "-R"][..], &boot, &table].concat()).expect_success("xorriso");
    Some(iso)
}

/// The entry that is read from the configuration as the one that starts by itself.
fn read(iso: &Path) -> Option<Started> {
    let file = std::fs::File::open(iso).unwrap();
    let len = file.metadata().unwrap().len();
    let facts = IsoImage::open(file, len).unwrap().into_facts();
    let BootEntry { kernel, initrds, args, .. } =
        facts.boot_entries.into_iter().find(|entry| entry.default)?;
    let name = ["/one/k", "/two/k", "/isolinux/k"].iter().position(|path| *path == kernel)?;
    Some((['1', '2', '3'][name], initrds.iter().map(|path| directory(path)).collect(), args))
}

/// The directory of an initrd, which tells the initrds apart.
fn directory(path: &str) -> String {
    path.trim_start_matches('/').rsplit_once('/').map_or("", |(directory, _)| directory).to_owned()
}

/// The entry that isolinux starts. Initrds whose paths are relative count as of `here`.
fn started(iso: &Path, here: &str) -> Option<Started> {
    let options = BootOptions {
        cdrom: Some(iso.to_owned()),
        memory_mib: 64,
        extra_args: vec!["-no-reboot".into()],
        ..BootOptions::default()
    };
    let said = Qemu::boot(options)?.ended(PATIENCE).unwrap();
    // It begins with the kernel's name, and parameters do not have such brackets.
    let (_, line) = said.rsplit_once('<').unwrap_or_else(|| panic!("nothing started: {said}"));
    let (line, _) = line.split_once('>').unwrap_or_else(|| panic!("cut short: {said}"));
    let line = line.replace(['\n', '\r'], "");
    let (name, parameters) = line.split_at(1);
    let mut initrds = Vec::new();
    let mut args = Vec::new();
    for word in parameters.split_whitespace() {
        match word.split_once('=') {
            Some(("BOOT_IMAGE", _)) => {}
            Some(("initrd", list)) => initrds.extend(list.split(',').map(|path| match path {
                "i" => here.to_owned(),
                path => directory(path),
            })),
            _ => args.push(word.to_owned()),
        }
    }
    Some((name.chars().next().unwrap(), initrds, args))
}

#[test]
fn the_default_entry_is_what_isolinux_starts() {
    let Some(xorriso) = oracle("xorriso") else { return };
    let mut wrong = Vec::new();
    for (what, files) in MENUS {
        let dir = tempfile::tempdir().unwrap();
        let Some(iso) = iso(&xorriso, files, dir.path()) else { return };
        let here = if files.iter().any(|(path, _)| *path == "/two/other.cfg") {
            "two"
        } else {
            "isolinux"
        };
        let Some(started) = started(&iso, here) else { return };
        let read = read(&iso);
        if read.as_ref() != Some(&started) {
            wrong.push(format!("{what}: isolinux starts {started:?}, read is {read:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A machine would tell: with another default, isolinux starts another kernel than was read.
#[test]
fn another_default_is_noticed() {
    let Some(xorriso) = oracle("xorriso") else { return };
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let menu = |default: &str| {
        format!("DEFAULT {default}\nLABEL one\nKERNEL /one/k\nAPPEND a\nLABEL two\nKERNEL /two/k\n")
    };
    let [first, second] = ["one", "two"].map(menu);
    let Some(read_of) = iso(&xorriso, &[("isolinux.cfg", &first)], dirs[0].path()) else { return };
    let Some(boots) = iso(&xorriso, &[("isolinux.cfg", &second)], dirs[1].path()) else { return };
    let Some(started) = started(&boots, "isolinux") else { return };
    assert_eq!(started, ('2', vec![], vec![]));
    assert_eq!(read(&read_of), Some(('1', vec![], vec!["a".to_owned()])));
}
