//! FAT12, FAT16 and FAT32 as `mkfs.fat` makes them and the mtools fill them.

use crate::{by_extents, contents, file_system, noise, open};
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use testbench::{Oracle, oracle};

/// Kinds, with a size in MiB and what `mkfs.fat` is to be told.
const MADE: [(&str, u64, &[&str]); 4] = [
    ("FAT12", 4, &["-F", "12"]),
    ("FAT16", 24, &["-F", "16"]),
    ("FAT32", 40, &["-F", "32", "-s", "1"]),
    ("FAT32", 300, &["-F", "32", "-S", "4096", "-s", "1"]),
];

fn mtool(program: &Oracle, image: &Path, words: &[&str]) -> String {
    let words = [&["-i", image.to_str().unwrap()], words].concat();
    let mut command = program.command();
    command.env("MTOOLS_SKIP_CHECK", "1").env("LC_ALL", "C.UTF-8");
    testbench::run(command.args(&words)).expect_success(&words.join(" ")).stdout
}

#[test]
fn files_of_mtools_are_read_and_lie_where_mtools_say() {
    let (Some(mkfs), Some(mcopy)) = (oracle("mkfs.fat"), oracle("mcopy")) else { return };
    let (Some(mmd), Some(mdel)) = (oracle("mmd"), oracle("mdel")) else { return };
    let (Some(mshowfat), Some(fsck)) = (oracle("mshowfat"), oracle("fsck.fat")) else { return };
    let dir = tempfile::tempdir().unwrap();
    let outside = dir.path().join("outside");
    for (kind, mib, options) in MADE {
        let path = dir.path().join("image");
        fs::File::create(&path).unwrap().set_len(mib << 20).unwrap();
        let name = path.to_str().unwrap();
        let words = [&["-n", "A LABEL", "-i", "1234ABCD"], options, &[name]].concat();
        mkfs.run(&words).expect_success("mkfs.fat");
        mtool(&mmd, &path, &["::/EFI", "::/efi/A longer name than eight"]);
        let mut expected = vec![
            ("/EFI".to_owned(), b"a directory".to_vec()),
            ("/EFI/A longer name than eight".to_owned(), b"a directory".to_vec()),
        ];
        let mut put = |name: &str, bytes: Vec<u8>| {
            fs::write(&outside, &bytes).unwrap();
            mtool(&mcopy, &path, &[outside.to_str().unwrap(), &format!("::{name}")]);
            expected.push((name.to_owned(), bytes));
        };
        put("/EFI/empty", vec![]);
        put("/lower.txt", b"lower".to_vec());
        put("/UPPER.TXT", b"upper".to_vec());
        put("/EFI/A longer name than eight/Déjà vu.txt", noise(70_000, 3));
        // In pieces: every second small file goes before it comes.
        for n in 0..40 {
            put(&format!("/s{n}"), noise(9_000, n + 1));
        }
        for n in (0..40).step_by(2) {
            mtool(&mdel, &path, &[&format!("::/s{n}")]);
        }
        if kind == "FAT32" {
            // FSI_Nxt_Free: else it comes behind all the others.
            let file = fs::File::options().write(true).open(&path).unwrap();
            let sector = if options.contains(&"4096") { 4096 } else { 512 };
            file.write_all_at(&2_u32.to_le_bytes(), sector + 492).unwrap();
        }
        put("/in pieces", noise(400_000, 7));
        expected.retain(|(name, _)| {
            name.strip_prefix("/s").is_none_or(|n| n.parse::<u32>().unwrap() % 2 != 0)
        });
        expected.sort();

        let image = open(&path);
        let files = file_system(&image);
        assert_eq!((files.kind().as_str(), files.uuid().unwrap().as_str()), (kind, "1234-ABCD"));
        assert_eq!(files.label().unwrap().unwrap(), b"A LABEL");
        let found: Vec<_> = contents(&files).into_iter().collect();
        let names =
            |all: &[(String, Vec<u8>)]| all.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
        assert_eq!(names(&found), names(&expected), "{kind}");
        assert!(found == expected, "{kind}: contents");
        // Not the last place where it is looked for: any case will do, and the short name.
        for name in ["efi/a LONGER name THAN eight/DÉJÀ VU.TXT", "EFI/ALONGE~1/Déjà vu.txt"] {
            assert_eq!(files.lookup(name.as_bytes()).unwrap().len(), 70_000, "{name}");
        }
        let pieces = files.open_file(b"in pieces").unwrap().extents().unwrap().len();
        assert!(pieces > 3, "{kind}: it is not in pieces: {pieces}");
        assert!(by_extents(&image, &files, "in pieces") == noise(400_000, 7));
        // `::/in pieces <5-9> <12>`: clusters, from 2 on.
        let said = mtool(&mshowfat, &path, &["::/in pieces"]);
        let clusters: u64 = said
            .split('<')
            .skip(1)
            .map(|run| run.split('>').next().unwrap())
            .map(|run| run.split_once('-').unwrap_or((run, run)))
            .map(|(a, b)| b.parse::<u64>().unwrap() - a.parse::<u64>().unwrap() + 1)
            .sum();
        assert_eq!(clusters, 400_000_u64.div_ceil(files.block_size()), "{said}");
        assert_eq!(said.matches('<').count(), pieces, "{said}");
        // `image: 5 files, 12/345 clusters`
        let said = fsck.run(["-n", name]).stdout;
        let used = said.split(", ").nth(1).and_then(|s| s.split(' ').next()).unwrap();
        let (used, all) = used.split_once('/').unwrap();
        let free = all.parse::<u64>().unwrap() - used.parse::<u64>().unwrap();
        assert_eq!(files.free().unwrap(), Some(free * files.block_size()), "{said}");
    }
}
