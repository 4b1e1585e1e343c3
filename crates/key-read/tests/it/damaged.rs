//! Damaged file systems: an error or what is left of them, never a panic, and soon.

use crate::{noise, open};
use key_read::{Disk, FileType, ReadAt};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use testbench::oracle;

/// Reads whatever can be read, and digests it.
fn exhaust(path: &Path) -> (usize, u64) {
    let image = open(path);
    let disk = Disk::read(&image).unwrap();
    let (mut count, mut seen) = (0, DefaultHasher::new());
    for volume in disk.volumes() {
        let Ok(Some(files)) = volume.file_system() else { continue };
        format!("{:?}{:?}{:?}", files.label(), files.free(), files.uuid()).hash(&mut seen);
        let Ok(root) = files.root() else { continue };
        for visited in files.walk_below(&root).take(10_000) {
            count += 1;
            visited.path.hash(&mut seen);
            let Ok(node) = visited.node else { continue };
            (node.kind(), node.len(), node.modified()).hash(&mut seen);
            match node.kind() {
                FileType::File => {
                    let Ok(file) = files.file(&node) else { continue };
                    file.image_extents().map(|e| format!("{e:?}")).hash(&mut seen);
                    let mut bytes = vec![0; 4096.min(file.len() as usize)];
                    let _ = file.read_exact_at(file.len().saturating_sub(4096), &mut bytes);
                    bytes.hash(&mut seen);
                }
                FileType::Symlink => files.target(&node).ok().hash(&mut seen),
                _ => {}
            }
        }
    }
    (count, seen.finish())
}

#[test]
fn bytes_that_were_changed_anywhere_do_no_harm() {
    let (Some(mke2fs), Some(mkfs)) = (oracle("mke2fs"), oracle("mkfs.fat")) else { return };
    let Some(mcopy) = oracle("mcopy") else { return };
    let dir = tempfile::tempdir().unwrap();
    let from = dir.path().join("from");
    fs::create_dir_all(from.join("sub")).unwrap();
    for n in 0..20 {
        fs::write(from.join(format!("sub/{n}")), noise(n * 3000, 5)).unwrap();
    }
    let path = dir.path().join("image");
    let name = path.to_str().unwrap();
    let make = |kind: &str| {
        let _ = fs::remove_file(&path);
        if kind.starts_with("ext") {
            let words = ["-q", "-F", "-b", "1024", "-t", kind, "-d", from.to_str().unwrap()];
            mke2fs.run(words.iter().chain(&[name, "4M"])).expect_success("mke2fs");
        } else {
            fs::File::create(&path).unwrap().set_len(4 << 20).unwrap();
            mkfs.run(["-F", kind, name]).expect_success("mkfs.fat");
            let sub = from.join("sub");
            let words = ["-s", "-i", name, sub.to_str().unwrap(), "::/"];
            mcopy.run(words).expect_success("mcopy");
        }
    };
    for kind in ["ext2", "ext4", "12"] {
        make(kind);
        let good = fs::read(&path).unwrap();
        let whole = exhaust(&path);
        assert!(whole.0 > 20, "{kind}: {whole:?}");
        // What is in use: tables and directories lie in the first 100 KiB and are not zero.
        let used: Vec<usize> = (0..100 << 10).filter(|at| good[*at] != 0).collect();
        let file = fs::File::options().write(true).open(&path).unwrap();
        let (mut lost, random) = (0, noise(8 * 700, 17));
        for bytes in random.chunks_exact(8) {
            let mut number = [0; 8];
            number.copy_from_slice(bytes);
            let at = used[u64::from_le_bytes(number) as usize % used.len()];
            for value in [0xFF, bytes[0]] {
                file.write_all_at(&[value], at as u64).unwrap();
                lost += usize::from(exhaust(&path) != whole);
            }
            file.write_all_at(&good[at..=at], at as u64).unwrap();
        }
        assert!(lost > 100, "{kind}: nothing was noticed: {lost}");
    }
}
