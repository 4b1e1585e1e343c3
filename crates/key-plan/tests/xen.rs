//! Entries that start Xen, and the host that they make.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests hand files to GRUB's tool
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use boot_recipes::Catalogue;
use file_tree::{Directory, Node};
use image_layout::{Content, SourceId};
use iso_probe::IsoFacts;
use key_inventory::{BootFile, InitrdSize, Inventory, XenFiles, testing};
use key_plan::{Error, PartitionRole, Plan, resolve};
use key_spec::{Firmware, Spec};
use testbench::handmade_grub;

const ENTRY: &str = "[[entry]]\ntitle = \"Xen it's\"\n\
     xen = { hypervisor = \"iso:/boot/xen.gz\", kernel = \"iso:/live/vmlinuz\", \
     initrd = \"iso:/live/initrd.img\", args = \"dom0_mem=1G\", kernel_args = \"quiet a='b'\" }\n";
const CARRIED: &str = "[[entry]]\ntitle = \"Xen 4.17\"\n\
     xen = { hypervisor = \"xen.gz\", kernel = \"vmlinuz\" }\n";
const HOST: &str = "[xen]\nhost = \"xen1\"\n\
     [xen.network]\ninterface = \"eth0\"\naddress = \"10.0.2.15/24\"\ngateway = \"10.0.2.2\"\n";

fn inventory() -> Inventory {
    let in_iso = |path: &str, content: &[u8]| BootFile::InIso {
        iso: 0,
        path: path.to_owned(),
        content: content.into(),
    };
    let carried = |shown: &str, n: u32| BootFile::Carried {
        shown: shown.to_owned(),
        content: Content::Source { id: SourceId(n), offset: 0, len: 1000 }.into(),
        package: None,
        sha256: None,
    };
    let mut inventory =
        testing::inventory(handmade_grub::for_bios(), [("dom0.iso", IsoFacts::default())]);
    inventory.xen = vec![
        XenFiles {
            hypervisor: in_iso("/boot/xen.gz", b"xen"),
            kernel: in_iso("/live/vmlinuz", b"linux"),
            initrd: Some(in_iso("/live/initrd.img", b"initrd")),
            initrd_size: Some(InitrdSize {
                packed: 300 << 20,
                unpacked: 900 << 20,
                estimated: true,
            }),
        },
        XenFiles {
            hypervisor: carried("xen.gz", 1),
            kernel: carried("vmlinuz", 2),
            initrd: None,
            initrd_size: None,
        },
    ];
    inventory
}

fn plan_of(spec: &str) -> Result<Plan, Error> {
    let iso = "[[iso]]\npath = \"dom0.iso\"\nrecipe = \"none\"\n";
    let mut spec = Spec::parse("key.toml", &format!("{iso}{spec}")).unwrap();
    // Its GRUB has no files for others.
    spec.key.firmware = vec![Firmware::Bios];
    let mut inventory = inventory();
    inventory.xen.truncate(spec.entry.len());
    resolve(&spec, &inventory, &Catalogue::builtin())
}

/// The plan of a key with an ISO of XCP-ng's layout and iPXE, where `more` is behind the ISO in the spec.
fn plan_of_xcp_ng(more: &str) -> Result<Plan, Error> {
    let paths = [
        ("/boot/xen.gz", 1 << 20),
        ("/boot/vmlinuz", 8 << 20),
        ("/install.img", 60 << 20),
        ("/ipxe.krn", 1 << 19),
    ];
    let paths = paths.map(|(path, len)| (path.to_owned(), len));
    let facts = IsoFacts { paths: paths.into_iter().collect(), ..IsoFacts::default() };
    let inventory = testing::inventory(handmade_grub::for_bios(), [("xcp.iso", facts)]);
    let mut spec =
        Spec::parse("key.toml", &format!("[[iso]]\npath = \"xcp.iso\"\n{more}")).unwrap();
    spec.key.firmware = vec![Firmware::Bios];
    resolve(&spec, &inventory, &Catalogue::builtin())
}

/// Xen in an ISO that a recipe starts: the spec adds parameters to it and to dom0's kernel.
#[test]
fn parameters_are_for_xen_or_for_the_kernel_that_it_starts() {
    let more = "args = \"answerfile=http://10.0.2.2/a.xml\"\nhypervisor_args = \"dom0_mem=2G\"\n";
    let plan = plan_of_xcp_ng(more).unwrap();
    for (command, has, lacks) in [
        ("multiboot2 ", "dom0_mem=2G", "answerfile"),
        ("module2 --nounzip '(loop)/boot/vmlinuz'", "answerfile=http://10.0.2.2/a.xml", "=2G"),
    ] {
        let line = plan.grub_cfg.lines().find(|line| line.contains(command)).unwrap();
        assert!(line.contains(has) && !line.contains(lacks), "{line}");
    }
    for open in ["args", "hypervisor_args"] {
        let error = plan_of_xcp_ng(&format!("{open} = 'a=\"b'\n")).unwrap_err().to_string();
        assert!(error.contains(&format!("xcp.iso: `{open}` has a double quote")), "{error}");
    }
    let odd = plan_of_xcp_ng("hypervisor_args = \"a='b'\"\n").unwrap().warnings;
    assert!(odd.iter().any(|w| w.contains("of its `hypervisor_args`")), "{odd:?}");

    // An ISO that gets no entry, and one whose entry starts a kernel.
    for recipe in ["recipe = \"none\"\n", "recipe = \"ipxe\"\n"] {
        let said = plan_of_xcp_ng(&format!("{recipe}hypervisor_args = \"dom0_mem=2G\"\n"));
        let said = said.unwrap_err().to_string();
        assert!(said.contains("xcp.iso: `hypervisor_args` is for an ISO that starts"), "{said}");
    }
}

/// On a key with a menu on the serial port, Xen in an ISO and the kernel that it starts are there, too.
#[test]
fn a_serial_menu_goes_on_in_an_isos_xen() {
    let serial = plan_of_xcp_ng("[menu]\nserial = true\n").unwrap().grub_cfg;
    let screen = plan_of_xcp_ng("").unwrap().grub_cfg;
    for (command, consoles) in [
        ("multiboot2 ", ["console=com1,vga", "com1=115200,8n1"]),
        ("module2 --nounzip '(loop)/boot/vmlinuz'", ["console=tty0", "console=hvc0"]),
    ] {
        let words = |menu: &str| {
            let line = menu.lines().find(|line| line.contains(command)).unwrap();
            let command = line.split(';').next().unwrap().replace('\'', "");
            command.split(' ').map(str::to_owned).collect::<Vec<_>>()
        };
        assert!(words(&serial).ends_with(&consoles.map(str::to_owned)), "{serial}");
        assert!(!words(&screen).ends_with(&consoles.map(str::to_owned)), "{screen}");
    }
}

#[test]
fn an_initrd_in_an_iso_that_does_not_fit_is_said() {
    for (args, short) in [("quiet", false), ("dom0_mem=4G", false), ("dom0_mem=512M", true)] {
        let plan = plan_of_xcp_ng(&format!("hypervisor_args = \"{args}\"\n")).unwrap();
        let about = |w: &&String| w.contains("gives its dom0 512 MiB, and its initrd unpacks to");
        let said: Vec<&String> = plan.warnings.iter().filter(about).collect();
        assert_eq!(said.len(), usize::from(short), "{args}: {:?}", plan.warnings);
    }
}

fn isos_tree(plan: &Plan) -> &Directory {
    plan.partition(PartitionRole::Isos).and_then(|p| p.tree()).unwrap()
}

/// A file on the partition of the ISOs: the lengths of its pieces, and what is in memory of it.
fn file(plan: &Plan, path: &str) -> (Vec<u64>, Vec<u8>) {
    let Some(Node::File(file)) = isos_tree(plan).get(path.as_bytes()) else {
        panic!("there is no file {path}")
    };
    let mut bytes = Vec::new();
    for piece in file.content.pieces() {
        let mut buffer = vec![0; usize::try_from(piece.len()).unwrap()];
        piece.read_at(0, &mut buffer);
        bytes.extend(buffer);
    }
    (file.content.pieces().iter().map(Content::len).collect(), bytes)
}

#[test]
fn the_menu_and_the_plan() {
    let spec = format!("[menu]\nserial = true\ndefault = \"Xen 4.17\"\n{ENTRY}{CARRIED}{HOST}");
    let plan = plan_of(&spec).unwrap();
    let entries = plan.grub_cfg.split("\nmenuentry ").skip(1).take(2).collect::<Vec<_>>();
    insta::assert_snapshot!("entries", entries.join("\n---\n"));
    let text = key_plan::text(&plan);
    insta::assert_snapshot!("menu", text.split_once("\nmenu\n").unwrap().1);
    assert_eq!(
        plan.warnings.iter().filter(|w| w.contains("Xen")).collect::<Vec<_>>(),
        [
            "Xen it's: `dom0_mem` gives its dom0 1024 MiB, and its initrd unpacks to perhaps 900 MiB: \
             give it 2196 MiB or more, or its kernel may say \"Initramfs unpacking failed: write error\"",
            "Xen 4.17: without an `initrd` its dom0 starts without what `[xen]` describes",
        ]
    );
    assert!(plan.grub_cfg.contains("set default=1\n"), "{}", plan.grub_cfg);
    let Some(check) = testbench::oracle("grub-script-check") else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("grub.cfg");
    let accepts = |text: &str| {
        std::fs::write(&path, text).unwrap();
        check.run([path.to_str().unwrap()]).accepts(1, "Syntax error at line")
    };
    assert!(accepts(&plan.grub_cfg));
    assert!(!accepts(&plan.grub_cfg.replace("    fi\n", "")));
}

#[test]
fn the_hosts_files_are_on_the_key_and_behind_the_initrd() {
    let plan = plan_of(&format!("{ENTRY}{HOST}")).unwrap();
    let (_, interfaces) = file(&plan, "xen/xen1/interfaces/etc/network/interfaces");
    assert!(String::from_utf8(interfaces).unwrap().contains("address 10.0.2.15/24"));
    let Some(Node::File(apply)) = isos_tree(&plan).get(b"xen/xen1/apply") else { panic!() };
    assert_eq!(apply.meta.mode, 0o755);

    let (pieces, initrd) = file(&plan, "xen/boot/xen-it-s/initrd");
    assert_eq!(pieces[0], 6);
    assert_eq!(initrd[..8], *b"initrd\0\0", "padded to a multiple of 4");
    assert_eq!(initrd[8..14], *b"070701", "and then the archive");
    assert!(initrd.windows(12).any(|w| w == b"10.0.2.15/24"));

    // Without a description the initrd is started where it lies.
    let plan = plan_of(ENTRY).unwrap();
    assert!(isos_tree(&plan).get(b"xen").is_none());
    assert!(
        plan.grub_cfg.contains("module2 --nounzip '(loop)/live/initrd.img'"),
        "{}",
        plan.grub_cfg
    );
}

#[test]
fn carried_files_are_copied() {
    let plan = plan_of(&format!("{ENTRY}{CARRIED}")).unwrap();
    assert_eq!(file(&plan, "xen/boot/xen-4.17/hypervisor").0, [1000]);
    assert_eq!(file(&plan, "xen/boot/xen-4.17/kernel").0, [1000]);
}

#[test]
fn the_seed_gives_the_macs() {
    let guest = "[[xen.guest]]\nname = \"g\"\nmemory = 64\nkernel = \"/vmlinuz\"\n";
    let config = |seed: &str| {
        let spec = format!("[key]\nseed = \"{seed}\"\n{ENTRY}{HOST}{guest}");
        file(&plan_of(&spec).unwrap(), "xen/xen1/guests/etc/xen/g.cfg").1
    };
    assert_eq!(config("a"), config("a"));
    assert_ne!(config("a"), config("b"));
    assert!(String::from_utf8(config("a")).unwrap().contains("mac=00:16:3e:"));
}

#[test]
fn what_does_not_hold_together_is_refused_with_the_key_of_the_spec() {
    let error = |spec: &str| plan_of(spec).unwrap_err().to_string();
    let bad = HOST.replace("10.0.2.2", "10.9.9.9");
    assert!(error(&bad).starts_with("xen.network.gateway: 10.9.9.9 is not reachable"));
    let bad = HOST.replace("[xen.network]", "network_script = \"network-bridge\"\n[xen.network]");
    assert!(error(&bad).starts_with("xen.network_script: \"network-bridge\" is Xen's default"));
    let open = ENTRY.replace("quiet a='b'", "a=\\\"b");
    assert!(error(&open).contains("double quote that is not closed"));
    let vnc = format!("{HOST}[xen.vnc]\nlisten = \"0.0.0.0\"\n");
    let warnings = plan_of(&vnc).unwrap().warnings;
    assert!(warnings.iter().any(|w| w.starts_with("xen.vnc: guests' screens")), "{warnings:?}");
}
