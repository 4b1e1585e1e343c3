//! The next step that an error names is a step that works: each is applied here as the message says
//! it, and the same command then succeeds.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use testbench::{Ran, copy_tree, oracle, run};
use tests::{GRUB, Room};

/// A room with what the cases need.
fn room() -> Option<Room> {
    let room = Room::new()?;
    for iso in ["a.iso", "b.iso", "sub/a.iso", "evil.iso"] {
        fs::create_dir_all(room.path("sub")).unwrap();
        room.iso(iso);
    }
    Some(room)
}

/// No arguments.
const NONE: [&str; 0] = [];

/// A command, the words with which it fails, and the ways out that these words name.
struct Case<'a> {
    room: &'a Room,
    spec: &'a str,
    args: Vec<String>,
    said: String,
}

impl<'a> Case<'a> {
    /// A build from the spec `key.toml`, if it has a text, with `args`; it must fail with `says`.
    #[track_caller]
    fn new(room: &'a Room, spec: &'a str, args: &[&str], says: &[&str]) -> Self {
        let ran = Self::build(room, spec, args);
        assert!(ran.status.is_some_and(|s| (2..=5).contains(&s)), "{args:?}: {}", ran.stderr);
        for text in says {
            assert!(ran.stderr.contains(text), "{text:?} is not in: {}", ran.stderr);
        }
        let args = args.iter().map(|a| (*a).to_owned()).collect();
        Self { room, spec, args, said: ran.stderr }
    }

    fn build(room: &Room, spec: &str, args: &[impl AsRef<str>]) -> Ran {
        let args: Vec<&str> = args.iter().map(AsRef::as_ref).collect();
        let has_output = args.contains(&"-o");
        let output: &[&str] = if has_output { &[] } else { &["-o", "key.img"] };
        let mut all = vec!["build", "-q"];
        if !spec.is_empty() {
            room.text("key.toml", spec);
            all.push("key.toml");
        }
        let ran = room.run(all.iter().chain(&args).chain(output));
        let _ = fs::remove_file(room.path("key.img"));
        ran
    }

    /// Other arguments.
    #[track_caller]
    fn args(&self, args: &[&str]) -> &Self {
        Self::build(self.room, self.spec, args).expect_success(&self.said);
        self
    }

    /// Another text in the spec's place.
    #[track_caller]
    fn spec(&self, old: &str, new: &str) -> &Self {
        assert!(self.spec.contains(old), "{old}");
        Self::build(self.room, &self.spec.replace(old, new), &self.args).expect_success(&self.said);
        self
    }

    /// Something else was done.
    #[track_caller]
    fn again(&self) -> &Self {
        Self::build(self.room, self.spec, &self.args).expect_success(&self.said);
        self
    }

    /// What the message has between two texts.
    #[track_caller]
    fn between(&self, before: &str, behind: &str) -> String {
        let rest = self.said.split_once(before).unwrap_or_else(|| panic!("{}", self.said)).1;
        rest.split_once(behind).unwrap_or_else(|| panic!("{}", self.said)).0.to_owned()
    }
}

#[test]
fn outputs() {
    let Some(room) = room() else { return };
    let sh = |script: &str| {
        let mut c = oracle("sh").unwrap().command();
        testbench::as_nobody(c.args(["-c", script]).current_dir(room.path("")));
        run(&mut c).expect_success(script);
    };
    for dir in ["new/dir", "it's new", "-new", "new\nline"] {
        let args = [String::from("a.iso"), "-o".into(), format!("./{dir}/key.img")];
        let args = args.each_ref().map(String::as_str);
        let case = Case::new(&room, "", &args, &["does not exist"]);
        sh(&case.between("create it with `", "`\n"));
        assert!(room.path(dir).is_dir(), "{}", case.said);
        case.args(&args);
    }
    fs::create_dir(room.path("folder")).unwrap();
    fs::set_permissions(room.path("folder"), Permissions::from_mode(0o777)).unwrap();
    let case = Case::new(&room, "", &["a.iso", "-o", "folder"], &["is a directory"]);
    case.args(&["a.iso", "-o", &case.between("such as `", "`")]);
    let case =
        Case::new(&room, "", &["a.iso", "-o", "a.iso", "--format", "raw"], &["is the input"]);
    case.args(&["a.iso", "-o", "other.img", "--format", "raw"]);
    let sums = ["a.iso", "-o", "SHA256SUMS", "--checksums"];
    Case::new(&room, "", &sums, &["are one file"]).args(&["a.iso", "-o", "o.img", "--checksums"]);
    symlink("nothing.img", room.path("link.img")).unwrap();
    let case = Case::new(&room, "", &["a.iso", "-o", "link.img"], &["remove the link or create"]);
    sh(">nothing.img");
    case.again();
    fs::remove_file(room.path("nothing.img")).unwrap();
    fs::remove_file(room.path("link.img")).unwrap();
    case.again();
    fs::create_dir(room.path("locked")).unwrap();
    fs::set_permissions(room.path("locked"), Permissions::from_mode(0o555)).unwrap();
    let case = Case::new(&room, "", &["a.iso", "-o", "locked/key.img"], &["where you may write"]);
    case.args(&["a.iso", "-o", "folder/key.img"]);
    sh("mkfifo pipe");
    let case = Case::new(&room, "", &["a.iso", "-o", "pipe"], &["or `-` for standard output"]);
    case.args(&["a.iso", "-o", "-"]).args(&["a.iso", "-o", "pipe.img"]);
    fs::remove_file(room.path("SHA256SUMS")).unwrap();
    room.text("SHA256SUMS", "");
    room.text("SHA256SUMS.asc", "");
    fs::set_permissions(room.path("SHA256SUMS"), Permissions::from_mode(0o666)).unwrap();
    let case = Case::new(&room, "", &["a.iso", "--checksums"], &["a directory of its own"]);
    case.args(&["a.iso"]).args(&["a.iso", "--checksums", "-o", "folder/x.img"]);
    for extension in ["vhdx", "zip", "iso"] {
        let output = format!("key.{extension}");
        let case = Case::new(&room, "", &["a.iso", "-o", &output], &["there is no format"]);
        for other in ["img", "img.zst", "img.xz", "img.gz", "qcow2", "vmdk", "vhd"] {
            assert!(case.said.contains(&format!(".{other}")), "{}", case.said);
            // That the program writes all of them, other tests see.
            if other == "qcow2" {
                case.args(&["a.iso", "-o", "key.qcow2"]);
            }
        }
        case.args(&["a.iso", "-o", &output, "--format", "raw"]);
    }
    let case = Case::new(&room, "", &["a.iso", "-o", "k.qcow2", "--bmap"], &["leave --bmap out"]);
    case.args(&["a.iso", "-o", "k.qcow2"]).args(&["a.iso", "-o", "k.img.gz", "--bmap"]);
    let case = Case::new(&room, "", &["a.iso", "-o", "-", "--sbom"], &["instead of `-o -`"]);
    case.args(&["a.iso", "--sbom"]);
}

#[test]
fn sizes() {
    let Some(room) = room() else { return };
    for isos in ["a.iso", "evil.iso"] {
        for table in ["mbr", "gpt", "hybrid"] {
            let small = [isos, "--size", "4MiB", "--table", table];
            let case = Case::new(&room, "", &small, &["as that, or `auto`", "(--size;"]);
            let needed = case.between("it needs ", " (");
            case.args(&[isos, "--size", &needed, "--table", table]);
            case.args(&[isos, "--size", "auto", "--table", table]);
        }
    }
    testbench::sparse_iso(&room.path("big.iso"), 100 << 20).unwrap();
    let case = Case::new(&room, "", &["big.iso", "--size", "64MiB"], &["--size", "or `auto`"]);
    case.args(&["big.iso", "--size", "auto"]);
    if case.said.contains(" more, or") {
        let more: u64 = case.between("`bootkey set`) ", "MiB more").parse().unwrap();
        case.args(&["big.iso", "--size", &format!("{}MiB", 64 + more)]);
    }
    // The same of a key that is there: it has no options, and `set` takes what the message names.
    room.run(["build", "-q", "a.iso", "--size", "64MiB", "-o", "small.img"])
        .expect_success("build");
    let add = |key: &str| room.run(["add", "-q", key, "big.iso", "-o", "more.img"]);
    let said =
        add("small.img").expect_objection(3, "of a key that is there: `bootkey set`) ", "add");
    let (_, more) = said.stderr.split_once("`bootkey set`) ").unwrap();
    let more: u64 = more.split_once("MiB more").unwrap().0.parse().unwrap();
    let size = format!("key.size={}MiB", 64 + more);
    room.run(["set", "-q", "small.img", &size, "-o", "larger.img"]).expect_success("set");
    add("larger.img").expect_success(&said.stderr);
    let spec = "[boot]\nsize = \"2MiB\"\n";
    let case = Case::new(&room, spec, &[], &["`boot.size`", "or `auto`"]);
    case.spec("2MiB", "auto");
}

#[test]
fn names_and_recipes() {
    let Some(room) = room() else { return };
    let two = "[[iso]]\npath = \"a.iso\"\n[[iso]]\npath = \"sub/a.iso\"\n";
    let case = Case::new(&room, two, &[], &["give one of them another `name` in a spec"]);
    case.spec("sub/a.iso\"\n", "sub/a.iso\"\nname = \"other.iso\"\n");
    for odd in ["a\nb.iso", "a\u{202e}b.iso", "a b.iso"] {
        room.iso(odd);
        let quoted = odd.replace('\n', "\\n");
        let spec = format!("[[iso]]\npath = \"{quoted}\"\n");
        let ran = Case::build(&room, &spec, &NONE);
        if ran.status != Some(0) {
            assert!(ran.stderr.contains("`name"), "{}", ran.stderr);
            let named = format!("{spec}name = \"plain.iso\"\n");
            Case::build(&room, &named, &NONE).expect_success(&ran.stderr);
        }
    }
    // An ISO that nothing starts.
    testbench::Iso::new("DATA").file("readme.txt", "x").write(&room.path("data.iso")).unwrap();
    let spec = "[[iso]]\npath = \"data.iso\"\n";
    let ran = Case::build(&room, spec, &NONE);
    if ran.status != Some(0) {
        let case = Case::new(&room, spec, &[], &["give it `recipe = \"none\"` in a spec"]);
        case.spec("data.iso\"\n", "data.iso\"\nrecipe = \"none\"\n");
    }
    let digest = tests::sha256(&room.path("a.iso"));
    let wrong = format!("[[iso]]\npath = \"a.iso\"\nsha256 = \"{}\"\n", "0".repeat(64));
    let case = Case::new(&room, &wrong, &[], &["or correct the spec"]);
    assert_eq!(case.between("its SHA-256 is ", ","), digest);
    case.spec(&"0".repeat(64), &digest);
}

/// What stands before and behind the ISO in a spec, what is said of it, and pairs of texts to
/// replace.
type SpecCase<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)]);

#[test]
fn specs() {
    let Some(room) = room() else { return };
    let iso = "[[iso]]\npath = \"a.iso\"\n";
    let with = |before: &str, behind: &str| format!("{before}{iso}{behind}");
    let cases: &[SpecCase<'_>] = &[
        ("", "hotkey = \"xy\"\n", "give one letter or digit", &[("xy", "x"), ("xy", "7")]),
        ("", "hotkey = \"c\"\n", "from a to z but c and e", &[("\"c\"", "\"d\"")]),
        (
            "",
            "args = 'a \"b'\n",
            "close it, or leave it out",
            &[("\"b'", "\"b\"'"), (" \"b'", "'")],
        ),
        ("[menu]\ndefault = 9\n", "", "give a number from 0, a title or an id", &[("9", "0")]),
        ("[boot]\nfilesystem = \"fat32\"\n", "", "", &[("fat32", "ext4"), ("fat32", "ext2")]),
        (
            "[key]\nsector_size = 4096\nfirmware = [\"bios\"]\n",
            "",
            "or `sector_size` at 512",
            &[("4096", "512")],
        ),
        (
            "[boot]\nlabel = \"x\"\n[isos]\nlabel = \"x\"\n",
            "",
            "change one of them",
            &[("[isos]\nlabel = \"x\"", "[isos]\nlabel = \"y\"")],
        ),
        ("[menu]\nextra = \"a\\u0000b\"\n", "", "leave it out", &[("a\\u0000b", "")]),
        ("[key]\nnmae = \"x\"\n", "", "did you mean `name`?", &[("nmae", "name")]),
    ];
    for (before, behind, says, ways) in cases {
        let spec = with(before, behind);
        let case = Case::new(&room, &spec, &[], &[says]);
        for (old, new) in *ways {
            case.spec(old, new);
        }
    }
    let both =
        "[[iso]]\npath = \"a.iso\"\nhotkey = \"d\"\n[[iso]]\npath = \"b.iso\"\nhotkey = \"d\"\n";
    let case = Case::new(&room, both, &[], &["give one of them another"]);
    case.spec("b.iso\"\nhotkey = \"d\"", "b.iso\"\nhotkey = \"f\"");
    let secure = ["a.iso", "--secure-boot", "--firmware", "bios"];
    let case = Case::new(&room, "", &secure, &["leave `secure_boot` out"]);
    case.args(&["a.iso", "--firmware", "bios"]);
    let one = iso.to_owned();
    let case = Case::new(&room, &one, &["a.iso", "a.iso"], &["rename one"]);
    case.args(&["b.iso"]);
    room.text("two.toml", iso);
    Case::new(&room, &one, &["two.toml"], &["a key is made from one"]).args(&[]);
    for (option, bad, good) in
        [("--size", "many", "64MiB"), ("--filesystem", "zfs", "ext3"), ("--seed", "a\nb", "ab")]
    {
        let case = Case::new(&room, "", &["a.iso", option, bad], &[option]);
        case.args(&["a.iso", option, good]);
    }
}

#[test]
fn inputs() {
    let Some(room) = room() else { return };
    fs::set_permissions(room.path("b.iso"), Permissions::from_mode(0o200)).unwrap();
    testbench::is_root().then(|| {
        std::os::unix::fs::chown(room.path("b.iso"), Some(65534), Some(65534)).unwrap();
    });
    let case = Case::new(&room, "", &["b.iso"], &["`chmod +r` it"]);
    let mut c = oracle("chmod").unwrap().command();
    run(c.arg("+r").arg(room.path("b.iso"))).expect_success("chmod");
    case.again();
    fs::write(room.path("long.toml"), vec![b'#'; (1 << 20) + 1]).unwrap();
    Case::new(&room, "", &["long.toml"], &["is it an ISO?"]);
    let case = Case::new(&room, "", &["a.iso", "--grub", "sub"], &["such as /usr/lib/grub"]);
    case.args(&["a.iso", "--grub", "/usr/lib/grub"]);
    copy_tree(std::path::Path::new(GRUB), &room.path("i386-pc"));
    let twice = ["a.iso", "--firmware", "bios", "--grub", "i386-pc", "--grub", GRUB];
    let case = Case::new(&room, "", &twice, &["give one of them"]);
    case.args(&["a.iso", "--firmware", "bios", "--grub", "i386-pc"]);
    fs::create_dir(room.path("theme")).unwrap();
    let theme = "[menu]\ntheme = \"theme\"\n[[iso]]\npath = \"a.iso\"\n";
    let case = Case::new(&room, theme, &[], &["a theme is a directory with a `theme.txt`"]);
    room.text("theme/theme.txt", "title-text: \"x\"\n");
    case.again();
    let bad =
        run(room.bootkey(["build", "a.iso", "-o", "key.img"]).env("SOURCE_DATE_EPOCH", "now"));
    assert!(bad.stderr.contains("whole number of seconds since 1970"), "{}", bad.stderr);
    run(room.bootkey(["build", "a.iso", "-o", "key.img"]).env("SOURCE_DATE_EPOCH", "1700000000"))
        .expect_success(&bad.stderr);
}

#[test]
fn keys_of_several_systems() {
    let Some(room) = Room::new() else { return };
    // What keeps its changes, and what installs, by the layouts that recipes know.
    let live = [
        ("live/vmlinuz", &b"k"[..]),
        (
            "live/initrd.img",
            &testbench::raw_iso::cpio(&[("scripts/live", b""), ("lib/live/boot/9990-x", b"")]),
        ),
    ];
    for name in ["a.iso", "b.iso", "c.iso"] {
        let mut iso = testbench::Iso::new("LIVE").file("name", name);
        for (path, bytes) in live {
            iso = iso.file(path, bytes);
        }
        iso.write(&room.path(name)).unwrap();
    }
    room.iso("plain.iso");
    let iso = |name: &str, more: &str| format!("[[iso]]\npath = \"{name}\"\n{more}\n");
    let keep = "persistence = \"16MiB\"";
    let two = iso("a.iso", keep) + &iso("b.iso", keep);
    let says = ["give `key.table` as \"gpt\", or leave out a `persistence`"];
    let case = Case::new(&room, &two, &[], &says);
    case.spec(&iso("a.iso", keep), &format!("[key]\ntable = \"gpt\"\n{}", iso("a.iso", keep)));
    case.spec(&iso("b.iso", keep), &iso("b.iso", ""));
    case.spec(&iso("b.iso", keep), "");
    let plain = iso("plain.iso", keep);
    let case = Case::new(&room, &plain, &[], &["`persistence` cannot be had", "leave it out"]);
    case.spec(keep, "");
    room.text("answers", "x");
    let asked = "autoinstall = \"answers\"";
    let unattended = iso("plain.iso", asked);
    let case = Case::new(&room, &unattended, &[], &["`autoinstall` cannot be had", "leave it out"]);
    case.spec(asked, "");
    let signed = format!(
        "[key]\nsecure_boot = true\nfirmware = [\"uefi-x64\", \"uefi-ia32\"]\n{}",
        iso("plain.iso", "")
    );
    let case =
        Case::new(&room, &signed, &[], &["leave it out of `key.firmware`, or `secure_boot`"]);
    case.spec("secure_boot = true", "");
}

#[test]
fn trees_and_file_systems() {
    let Some(room) = room() else { return };
    fs::create_dir(room.path("tree")).unwrap();
    symlink("x", room.path("tree/link")).unwrap();
    let spec = "[isos]\nfilesystem = \"fat32\"\n[[iso]]\npath = \"a.iso\"\n\
                [[tree]]\nfrom = \"tree\"\nto = \"isos:/tree\"\n";
    let case = Case::new(&room, spec, &[], &["put a file in its place or leave it out"]);
    fs::remove_file(room.path("tree/link")).unwrap();
    case.again();
    room.text("tree/link", "x");
    case.again();
    room.text("tree/LINK", "x");
    let case = Case::new(&room, spec, &[], &["are the same name in FAT", "rename one"]);
    fs::rename(room.path("tree/LINK"), room.path("tree/other")).unwrap();
    case.again();
    for (label, says) in [("NO NAME", "choose another"), ("a:b", "1 to 11 ASCII characters")] {
        let spec = format!(
            "[isos]\nfilesystem = \"fat32\"\nlabel = \"{label}\"\n[[iso]]\npath = \"a.iso\"\n"
        );
        let case = Case::new(&room, &spec, &[], &[says]);
        case.spec(label, "OTHER");
    }
    let tar = testbench::deb_packages::tar_of(&[("x", b"x")]);
    fs::write(room.path("t.tar"), &tar).unwrap();
    fs::write(room.path("t.tar.gz"), testbench::deb_packages::compress(".gz", &tar)).unwrap();
    let spec = "[[iso]]\npath = \"a.iso\"\n[[tree]]\nfrom = \"t.tar.gz\"\nto = \"isos:/t\"\n";
    let case =
        Case::new(&room, spec, &[], &["a directory, or a tar archive that is not compressed"]);
    case.spec("t.tar.gz", "t.tar").spec("t.tar.gz", "tree");
    room.text("no-package.deb", "x");
    let grub = ["a.iso", "--grub", "no-package.deb"];
    let case = Case::new(&room, "", &grub, &["give one, or a directory such as /usr/lib/grub"]);
    case.args(&["a.iso", "--grub", "/usr/lib/grub"]);
    room.text("key.img.bmap", "somebody's");
    fs::set_permissions(room.path("key.img.bmap"), Permissions::from_mode(0o666)).unwrap();
    let case =
        Case::new(&room, "", &["a.iso", "--bmap"], &["is there, and is not", "move it away"]);
    case.args(&["a.iso", "--bmap", "-o", "other.img"]);
    fs::remove_file(room.path("key.img.bmap")).unwrap();
    case.again();
}

#[test]
fn xen_hosts() {
    let Some(room) = room() else { return };
    for name in ["a.iso", "b.iso"] {
        let iso = testbench::Iso::new("XEN").file("xen.gz", "x").file("vmlinuz", "k");
        iso.file("name", name).write(&room.path(name)).unwrap();
    }
    let isos = "[[iso]]\npath = \"a.iso\"\nrecipe = \"none\"\n[[iso]]\npath = \"b.iso\"\nrecipe = \"none\"\n";
    let entry = "[[entry]]\ntitle = \"Xen\"\nxen.hypervisor = \"iso:/xen.gz\"\nxen.kernel = \"iso:/vmlinuz\"\n";
    let two = format!("{isos}{entry}");
    let case = Case::new(&room, &two, &[], &["Name it with `xen.iso`: the key has a.iso, b.iso"]);
    case.spec("xen.kernel", "xen.iso = \"b.iso\"\nxen.kernel");
    let network = "[xen.network]\ninterface = \"eth0\"\naddress = \"192.168.1.10/24\"\ngateway = \"192.168.1.1\"\n";
    let with = |old: &str, new: &str| {
        format!(
            "{isos}{entry}xen.iso = \"a.iso\"\n[xen]\nhost = \"h\"\n{}",
            network.replace(old, new)
        )
    };
    let guests = "[[xen.guest]]\nname = \"g\"\nmemory = 64\nkernel = \"/k\"\nmac = \"00:16:3e:00:00:01\"\n[[xen.guest]]\nname = \"h\"\nmemory = 64\nkernel = \"/k\"\nmac = \"00:16:3e:00:00:01\"\n";
    let cases: &[(String, &str, &str, &str)] = &[
        (
            with("[xen.network]", "network_script = \"network-bridge\"\n[xen.network]"),
            "Leave it out",
            "network_script = \"network-bridge\"\n",
            "",
        ),
        (
            with("eth0\"\n", "eth0\"\ninterface_address = \"192.168.1.11/24\"\n"),
            "leave this out",
            "interface_address = \"192.168.1.11/24\"\n",
            "",
        ),
        (
            with("eth0\"\n", "eth0\"\nbridge = \"eth0\"\n"),
            "such as \"br0\"",
            "bridge = \"eth0\"",
            "bridge = \"br0\"",
        ),
        (
            with("address = \"192.168.1.10/24\"\ngateway = \"192.168.1.1\"\n", ""),
            "Add `address = \"192.168.1.10/24\"`, or `dhcp = true`",
            "eth0\"\n",
            "eth0\"\naddress = \"192.168.1.10/24\"\n",
        ),
        (
            with("address = \"192.168.1.10/24\"\ngateway = \"192.168.1.1\"\n", ""),
            "or `dhcp = true`",
            "eth0\"\n",
            "eth0\"\ndhcp = true\n",
        ),
        (
            with("gateway = \"192.168.1.1\"\n", "gateway = \"192.168.1.1\"\ndhcp = true\n"),
            "keep one of them",
            "dhcp = true\n",
            "",
        ),
        (
            with("1.10/24", "1.0/24"),
            "the hosts of it are 192.168.1.1 to 192.168.1.254",
            "1.0/24",
            "1.254/24",
        ),
        (
            with("gateway = \"192.168.1.1\"", "gateway = \"192.168.7.1\""),
            "Correct the gateway, or the prefix of `address`",
            "192.168.7.1",
            "192.168.1.1",
        ),
        (
            with("gateway = \"192.168.1.1\"", "gateway = \"192.168.7.1\""),
            "or the prefix of `address`",
            "10/24",
            "10/16",
        ),
        (
            with("", "") + guests,
            "leave `mac` out of one of them",
            "\"h\"\nmemory = 64\nkernel = \"/k\"\nmac = \"00:16:3e:00:00:01\"\n",
            "\"h\"\nmemory = 64\nkernel = \"/k\"\n",
        ),
        (
            with("", "") + &guests.replacen("00:16", "01:16", 1),
            "Xen's own range is 00:16:3e",
            "01:16:3e:00:00:01",
            "00:16:3e:00:00:02",
        ),
        (
            with("", "") + "[[xen.guest]]\nname = \"g\"\nkernel = \"/k\"\nmemory = 8\n",
            "give it at least 16",
            "memory = 8",
            "memory = 16",
        ),
        (
            with("192.168.1.10/24", "192.168.1.10"),
            "write one such as \"192.168.1.10/24\"",
            "\"192.168.1.10\"",
            "\"192.168.1.10/24\"",
        ),
    ];
    for (spec, says, old, new) in cases {
        Case::new(&room, spec, &[], &[says]).spec(old, new);
    }
}

#[test]
fn caches() {
    let Some(room) = room() else { return };
    let spec = "[[iso]]\npackage = \"x-iso\"\nmember = \"x.iso\"\n[[iso]]\npath = \"a.iso\"\n";
    room.text("key.toml", spec);
    let build = |home: Option<&str>| {
        let mut c = room.bootkey(["plan", "-q", "key.toml"]);
        c.env_remove("HOME");
        if let Some(dir) = home {
            c.env("XDG_CACHE_HOME", room.path(dir));
        }
        run(&mut c)
    };
    let without = build(None);
    assert_eq!(without.status, Some(5), "{without:?}");
    assert!(without.stderr.contains("set one of them"), "{without:?}");
    let fetch = "next: `bootkey fetch` of the spec";
    let next = build(Some("cache"));
    assert!(
        next.stderr.contains("has not been fetched") && next.stderr.contains(fetch),
        "{next:?}"
    );
    // What was fetched, as `bootkey fetch` leaves it: a directory by its digest, and a link.
    let dir = format!("cache/bootkey/packages/x-iso/{}", "0".repeat(64));
    let sh = |script: &str| {
        let mut c = oracle("sh").unwrap().command();
        testbench::as_nobody(c.args(["-c", script]).current_dir(room.path("")));
        run(&mut c).expect_success(script);
    };
    sh(&format!(
        "umask 022 && mkdir -p {dir} && ln -s {} {dir}/../current && >{dir}/x.deb",
        "0".repeat(64)
    ));
    let next = build(Some("cache"));
    assert!(
        next.stderr.contains("has not been taken out") && next.stderr.contains(fetch),
        "{next:?}"
    );
    sh("chmod g+w cache/bootkey/packages");
    let open = build(Some("cache"));
    assert!(open.stderr.contains("next: `chmod -R go-w` it"), "{open:?}");
    sh("chmod -R go-w cache/bootkey/packages");
    assert_eq!(build(Some("cache")).stderr, next.stderr);
    // A directory that cannot be listed is no empty one.
    let Some(strace) = oracle("strace") else { return };
    let plain = room.bootkey(["plan", "-q", "key.toml"]);
    let mut c = strace.command();
    c.args(["-f", "-o", "/dev/null", "-e", "inject=getdents64:error=EIO", "-P"]);
    c.arg(room.path(&dir)).arg(plain.get_program()).args(plain.get_args());
    c.env_clear().env("XDG_CACHE_HOME", room.path("cache")).current_dir(room.path(""));
    testbench::as_nobody(&mut c);
    let failed = run(&mut c);
    assert_eq!(failed.status, Some(5), "{failed:?}");
    assert!(failed.stderr.contains("cannot be read: Input/output error"), "{failed:?}");
}
