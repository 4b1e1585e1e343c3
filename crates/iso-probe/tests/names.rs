//! The paths and sizes of files against GRUB's own driver, and against a kernel.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read and write files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod odd;

use iso_probe::{IsoFacts, IsoImage, Names};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;
use testbench::raw_iso::Iso;
use testbench::{Linux, Oracle};

/// Images that the writer of our own makes.
const ODD: u64 = 300;
/// Levels of directories compared.
const LEVELS: usize = 12;

type Files = BTreeSet<(String, u64)>;

/// GRUB's driver. It loops for ever on some images, as one whose directory holds itself.
fn fstest() -> Option<Oracle> {
    Some(testbench::oracle("grub-fstest")?.within(Duration::from_secs(60)))
}

fn facts(image: &[u8]) -> IsoFacts {
    let image = IsoImage::open(Cursor::new(image), image.len() as u64).unwrap();
    image.into_facts()
}

/// What GRUB shows of one file or directory: a size and a name a line, `DIR` for directories. Plain
/// names come in lower case; what is no UTF-8 has U+FFFD in it.
fn shown(fstest: &Oracle, image: &Path, path: &str) -> Vec<(String, String)> {
    // Whether a name in it cannot be opened, it says at its end; the others are listed.
    let path = format!("(loop0){path}");
    let ran = fstest.run([image.to_str().unwrap(), "ls", "--", "-l", "-a", &path]);
    let line = |line: &str| {
        let (size, rest) = line.split_at_checked(13)?;
        Some((size.trim().to_owned(), rest.get(15..)?.to_owned()))
    };
    ran.stdout.lines().filter_map(line).collect()
}

/// The files that GRUB lists and opens, directory level by directory level.
fn grub(fstest: &Oracle, image: &Path) -> Files {
    let mut files = Files::new();
    let mut level = BTreeSet::from([String::new()]);
    for _ in 0..LEVELS {
        let mut below = BTreeSet::new();
        for dir in &level {
            for (size, name) in shown(fstest, image, &format!("{dir}/")) {
                match (size.as_str(), name.trim_end_matches('/')) {
                    ("DIR", "." | "..") => {}
                    ("DIR", name) => _ = below.insert(format!("{dir}/{name}")),
                    (size, _) => _ = files.insert((format!("{dir}/{name}"), size.parse().unwrap())),
                }
            }
        }
        level = below;
    }
    files
}

/// The files that Linux finds in images, with their sizes, image by image: the second witness. `None`:
/// there is no kernel to ask.
fn linux(images: &[PathBuf]) -> Option<Vec<Files>> {
    let script = "set -e
        for disk in /dev/vd?; do
            mount -t iso9660 -o ro,map=off $disk /mnt
            echo image
            cd /mnt
            find -L . -type f -exec stat -L -c '%s %n' {} +
            cd /
            umount /mnt
        done";
    let machine = images.iter().fold(Linux::new(), |machine, image| machine.disk(image));
    let said = machine.run(script)?.expect_success("Linux").stdout;
    let mut found = Vec::new();
    for line in said.lines() {
        match (line.split_once(" ."), found.last_mut()) {
            (Some((size, path)), Some(files)) => {
                let files: &mut Files = files;
                files.insert((path.to_owned(), size.parse().unwrap()));
            }
            _ => found.push(Files::new()),
        }
    }
    assert_eq!(found.len(), images.len(), "{said}");
    Some(found)
}

/// Whether Linux finds every file that we list. With plain names, it keeps versions and dots; and a
/// directory that was too deep it shows where it was, GRUB where it was moved to.
fn linux_agrees(facts: &IsoFacts, linux: &Files) -> bool {
    let name = |(path, size): &(String, u64)| {
        let plain = path.strip_suffix(";1").unwrap_or(path).trim_end_matches('.');
        (if facts.names == Names::Plain { plain } else { path }.to_owned(), *size)
    };
    let linux: Files = linux.iter().map(name).collect();
    facts.paths.iter().all(|(path, size)| match path.strip_prefix("/rr_moved") {
        Some(tail) => linux.iter().any(|(shown, len)| shown.ends_with(tail) && len == size),
        None => linux.contains(&(path.clone(), *size)),
    })
}

/// What we list, as GRUB writes it.
fn ours(facts: &IsoFacts, grub: &Files) -> Files {
    let written = |path: &String, size: u64| {
        // GRUB takes plain names in any case and shows them in lower case, below any directory.
        let as_is = (path.clone(), size);
        if facts.names == Names::Joliet || grub.contains(&as_is) {
            return as_is;
        }
        let same = |shown: &&(String, u64)| {
            shown.1 == size
                && shown.0.len() == path.len()
                && shown
                    .0
                    .split('/')
                    .zip(path.split('/'))
                    .all(|(shown, own)| shown == own || shown == own.to_ascii_lowercase())
        };
        grub.iter().find(same).cloned().unwrap_or(as_is)
    };
    facts.paths.iter().map(|(path, size)| written(path, *size)).collect()
}

/// Whether something else comes first under this name, or under that of a directory above it.
fn hidden(facts: &IsoFacts, shown: &str) -> bool {
    facts.unreachable.keys().any(|path| {
        let above = shown.get(..path.len()).is_some_and(|above| above.eq_ignore_ascii_case(path));
        above && matches!(shown.as_bytes().get(path.len()), None | Some(b'/'))
    })
}

/// Those whose names are UTF-8.
fn readable(files: Files) -> Files {
    files.into_iter().filter(|(path, _)| !path.contains('\u{fffd}')).collect()
}

#[test]
fn odd_images_are_listed_as_grub_lists_them() {
    let Some(fstest) = fstest() else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.iso");
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for seed in 0..ODD {
        let image = odd::image(seed);
        std::fs::write(&path, &image).unwrap();
        let facts = facts(&image);
        let mut theirs = readable(grub(&fstest, &path));
        let mut ours = ours(&facts, &theirs);
        // What comes behind a name that fits is the other file to GRUB, under both names.
        theirs.retain(|(shown, _)| ours.iter().any(|(p, _)| p == shown) || !hidden(&facts, shown));
        // A plain name in lower case may be another file's; GRUB opens it by the one that we have.
        ours.retain(|(file, size)| {
            let cat = || fstest.run([path.to_str().unwrap(), "cat", &format!("(loop0){file}")]);
            theirs.contains(&(file.clone(), *size)) || cat().stdout.len() as u64 != *size
        });
        if ours != theirs {
            let (more, less): (Vec<_>, Vec<_>) =
                (ours.difference(&theirs).collect(), theirs.difference(&ours).collect());
            wrong.push(format!(
                "{seed} ({:?}): not GRUB's {more:?}; GRUB's only {less:?}",
                facts.names
            ));
        }
        *kinds.entry(format!("{:?}", facts.names)).or_default() += u32::from(!ours.is_empty());
        *kinds.entry("multi-extent".into()).or_default() +=
            u32::from(!facts.multi_extent.is_empty());
        *kinds.entry("unreachable".into()).or_default() += u32::from(!facts.unreachable.is_empty());
        *kinds.entry("linked".into()).or_default() += u32::from(!facts.directory_links.is_empty());
    }
    assert!(
        wrong.is_empty(),
        "{} of {ODD}:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(12)].join("\n")
    );
    assert!(kinds.len() >= 6 && kinds.values().all(|n| *n >= 10), "too few of a kind: {kinds:?}");
}

/// Tamper: a letter of a name and a size are changed in the image that GRUB and Linux get. They list
/// something else then.
#[test]
fn grub_and_linux_list_a_changed_image_otherwise() {
    let Some(fstest) = fstest() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut tried = Vec::new();
    let mut iso = Iso::new("X", &["live/vmlinuz", "live/initrd.img"]);
    for rock_ridge in [false, true] {
        iso.rock_ridge = rock_ridge;
        let image = iso.build();
        let facts = facts(&image);
        let name: &[u8] = if rock_ridge { b"vmlinuz" } else { b"VMLINUZ" };
        for (what, by) in [("nothing", 0), ("a letter", 1), ("the size", 2)] {
            let mut tampered = image.clone();
            let at = tampered.windows(name.len()).position(|w| w == name).unwrap();
            match by {
                0 => {}
                1 => tampered[at + 2] ^= 3,
                // The size in the record: 23 bytes in front of the identifier.
                _ => {
                    let record = image.windows(7).position(|w| w == b"VMLINUZ").unwrap();
                    tampered[record - 23] += 1;
                }
            }
            let path = dir.path().join(format!("{rock_ridge}-{by}.iso"));
            std::fs::write(&path, &tampered).unwrap();
            let theirs = grub(&fstest, &path);
            assert_eq!(ours(&facts, &theirs) == theirs, by == 0, "{what}: {theirs:?}");
            tried.push((path, facts.clone(), by == 0));
        }
    }
    let images: Vec<_> = tried.iter().map(|(path, ..)| path.clone()).collect();
    for ((path, facts, same), theirs) in tried.iter().zip(linux(&images).into_iter().flatten()) {
        assert_eq!(linux_agrees(facts, &theirs), *same, "{}: {theirs:?}", path.display());
    }
}

/// A link to a directory leads where it leads in GRUB, and the path behind it is found.
#[test]
fn links_to_directories_lead_where_grub_goes() {
    let Some(fstest) = fstest() else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.iso");
    let mut checked = 0;
    for seed in 0..ODD {
        let image = odd::image(seed);
        let facts = facts(&image);
        if facts.directory_links.is_empty() {
            continue;
        }
        std::fs::write(&path, &image).unwrap();
        for (link, target) in &facts.directory_links {
            let list = |dir: &str| {
                let dir = format!("(loop0){}/", dir.trim_end_matches('/'));
                fstest.run([path.to_str().unwrap(), "ls", "--", "-l", &dir])
            };
            let (through, direct) = (list(link), list(target));
            assert_eq!(through.stdout, direct.stdout, "{seed}: {link} -> {target}");
            let below = format!("{}/", target.trim_end_matches('/'));
            for file in facts.paths.keys().filter(|path| path.starts_with(&below)) {
                let through = format!("{link}/{}", &file[below.len()..]);
                assert_eq!(facts.find(&through), Some(file.as_str()), "{seed}: {through}");
            }
            checked += 1;
        }
    }
    assert!(checked >= 10, "{checked}");
}

/// What mastering programs make of one tree, by GRUB's paths and by Linux's.
#[test]
fn mastered_images_are_listed_as_grub_and_the_kernel_list_them() {
    let Some(fstest) = fstest() else { return };
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    let deep = tree.join("1/2/3/4/5/6/7/8/9");
    std::fs::create_dir_all(&deep).unwrap();
    for (n, name) in
        ["a", "b.txt", "Mixed Case.TXT", "nodot", "dots.in.name", "x~1"].iter().enumerate()
    {
        std::fs::write(tree.join(name), vec![b'x'; n * 1000]).unwrap();
    }
    std::fs::write(deep.join("bottom"), "x").unwrap();
    std::os::unix::fs::symlink("b.txt", tree.join("link")).unwrap();
    std::os::unix::fs::symlink("1/2", tree.join("to-directory")).unwrap();
    let mut mastered = Vec::new();
    for (program, first) in [("xorriso", &["-as", "mkisofs"][..]), ("genisoimage", &[])] {
        let Some(tool) = testbench::oracle(program) else { continue };
        for options in [
            &["-r"][..],
            &["-r", "-J"],
            &["-R", "-l"],
            &["-l"],
            &["-J", "-joliet-long"],
            &["-N", "-l"],
            &["-d", "-l"],
            &["-U", "-r"],
            &["-D", "-r"],
        ] {
            let path = dir.path().join(format!("{}.iso", mastered.len()));
            let mut command = tool.command();
            command.env("LC_ALL", "C.UTF-8").args(first).args(["-quiet", "-V", "X"]).args(options);
            let ran = testbench::run(command.arg("-o").arg(&path).arg(&tree));
            // A tree that is too deep for the options makes no image.
            if ran.status != Some(0) {
                let _ = std::fs::remove_file(&path);
                continue;
            }
            let what = format!("{program} {options:?}");
            let facts = facts(&std::fs::read(&path).unwrap());
            let theirs = grub(&fstest, &path);
            assert_eq!(ours(&facts, &theirs), theirs, "{what}");
            mastered.push((path, facts, what));
        }
    }
    let images: Vec<_> = mastered.iter().map(|(path, ..)| path.clone()).collect();
    for ((_, facts, what), theirs) in mastered.iter().zip(linux(&images).into_iter().flatten()) {
        assert!(linux_agrees(facts, &theirs), "{what}: {:?}\nLinux: {theirs:?}", facts.paths);
    }
    assert!(images.len() >= 8 || testbench::oracle("genisoimage").is_none(), "{}", images.len());
}
