//! The benchmark's cases: inputs, and the programs that make something of them.

use std::io;
use std::path::Path;

/// A side of a case: a program with its arguments. `IN` stands for the input directory and `OUT`
/// for the output file, `ROOT` for the workspace, `BOOTKEY` for the built bootkey, `DOWNLOAD` for the
/// example of `downloads`.
pub(super) struct Side {
    pub name: &'static str,
    pub words: &'static [&'static str],
    /// Whether it takes minutes: then it is run once, and only if asked for.
    pub slow: bool,
}

pub(super) const fn side(name: &'static str, words: &'static [&'static str]) -> Side {
    Side { name, words, slow: false }
}

const fn slow(name: &'static str, words: &'static [&'static str]) -> Side {
    Side { name, words, slow: true }
}

/// A case: an input, and the sides that are measured with it. Ours comes first.
pub(super) struct Case {
    pub name: &'static str,
    /// The function that makes the input below a directory.
    pub fill: fn(&Path) -> io::Result<()>,
    /// MiB that a side writes, about.
    pub mib: u64,
    /// Whether the case runs on an XFS that shares blocks, instead of the file system of the build.
    pub reflinks: bool,
    pub sides: &'static [Side],
}

pub(super) const OURS: &str = "fs-ext";

pub(super) const CASES: &[Case] = &[
    Case {
        name: "one file of 1 GiB",
        fill: |dir| big(dir, 1),
        mib: 1100,
        reflinks: false,
        sides: &[
            side(OURS, &["mkfs", "ext4", "IN", "OUT"]),
            side("cp", &["cp", "IN/big.bin", "OUT"]),
            side("fs-ext, synced", &["sh", "-c", "mkfs ext4 IN OUT && sync OUT"]),
            side("cp, synced", &["sh", "-c", "cp IN/big.bin OUT && sync OUT"]),
            side("mke2fs ext4", &["mke2fs", "-q", "-t", "ext4", "-d", "IN", "OUT", "1200M"]),
            side("mke2fs ext3", &["mke2fs", "-q", "-t", "ext3", "-d", "IN", "OUT", "1200M"]),
            side("genext2fs", &["genext2fs", "-B", "4096", "-b", "307200", "-d", "IN", "OUT"]),
            side("ferrosys", &["peer-ferrosys", "IN", "OUT"]),
            side("fstool", &["peer-fstool", "IN", "OUT"]),
        ],
    },
    Case {
        name: "50,000 files of 0 to 12 KB in 500 directories",
        fill: |dir| many_files(dir, 500),
        mib: 350,
        reflinks: false,
        sides: &[
            side(OURS, &["mkfs", "ext4", "IN", "OUT"]),
            side("tar", &["tar", "-cf", "OUT", "-C", "IN", "."]),
            // `mke2fs` and fstool sync by themselves.
            side("fs-ext, synced", &["sh", "-c", "mkfs ext4 IN OUT && sync OUT"]),
            side(
                "mke2fs ext4",
                &["mke2fs", "-q", "-t", "ext4", "-N", "60000", "-d", "IN", "OUT", "600M"],
            ),
            side(
                "mke2fs ext3",
                &["mke2fs", "-q", "-t", "ext3", "-N", "60000", "-d", "IN", "OUT", "600M"],
            ),
            side(
                "genext2fs",
                &["genext2fs", "-B", "4096", "-b", "153600", "-N", "60000", "-d", "IN", "OUT"],
            ),
            side("ferrosys", &["peer-ferrosys", "IN", "OUT"]),
            side("fstool", &["peer-fstool", "IN", "OUT"]),
        ],
    },
    // No fstool: it writes every byte of the 64 GiB.
    Case {
        name: "nothing in 64 GiB",
        fill: |_| Ok(()),
        mib: 0,
        reflinks: false,
        sides: &[
            side(OURS, &["mkfs", "ext4", "IN", "OUT", "65536"]),
            side("mke2fs ext4", &["mke2fs", "-q", "-t", "ext4", "OUT", "64G"]),
            side("ferrosys", &["peer-ferrosys", "IN", "OUT", "65536"]),
        ],
    },
    Case {
        name: "10,000 entries in one directory",
        fill: |dir| entries(dir, 10_000),
        mib: 16,
        reflinks: false,
        sides: &[
            side(OURS, &["mkfs", "ext4", "IN", "OUT"]),
            side("tar", &["tar", "-cf", "OUT", "-C", "IN", "."]),
            side(
                "mke2fs ext4",
                &["mke2fs", "-q", "-t", "ext4", "-N", "16384", "-d", "IN", "OUT", "64M"],
            ),
            side("ferrosys", &["peer-ferrosys", "IN", "OUT"]),
        ],
    },
    // No fstool: it refuses a directory of that size.
    Case {
        name: "100,000 entries in one directory",
        fill: |dir| entries(dir, 100_000),
        mib: 100,
        reflinks: false,
        sides: &[
            side(OURS, &["mkfs", "ext4", "IN", "OUT"]),
            side("tar", &["tar", "-cf", "OUT", "-C", "IN", "."]),
            side("ferrosys", &["peer-ferrosys", "IN", "OUT"]),
            slow(
                "mke2fs ext4",
                &["mke2fs", "-q", "-t", "ext4", "-N", "110000", "-d", "IN", "OUT", "300M"],
            ),
            slow(
                "genext2fs",
                &["genext2fs", "-B", "4096", "-b", "25600", "-N", "110000", "-d", "IN", "OUT"],
            ),
        ],
    },
    Case {
        name: "500,000 files of 0 to 12 KB in 5,000 directories",
        fill: |dir| many_files(dir, 5000),
        mib: 3500,
        reflinks: false,
        sides: &[
            slow(OURS, &["mkfs", "ext4", "IN", "OUT"]),
            slow("tar", &["tar", "-cf", "OUT", "-C", "IN", "."]),
        ],
    },
    Case {
        name: "one file of 1 GiB, on XFS",
        fill: |dir| big(dir, 1),
        mib: 0,
        reflinks: true,
        sides: &REFLINKS,
    },
    Case {
        name: "one file of 4 GiB, on XFS",
        fill: |dir| big(dir, 4),
        mib: 0,
        reflinks: true,
        sides: &REFLINKS,
    },
];

const REFLINKS: [Side; 2] = [
    side(OURS, &["mkfs", "ext4", "IN", "OUT"]),
    side("cp --reflink", &["cp", "--reflink=always", "IN/big.bin", "OUT"]),
];

/// Bytes that do not compress, the same every time (xorshift).
pub(super) fn noise(len: usize) -> Vec<u8> {
    let mut x = 0x9E37_79B9_7F4A_7C15u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        bytes.extend_from_slice(&x.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// Makes a file of some GiB and syncs it to the disk: blocks that are not on the disk yet cannot be
/// shared.
pub(super) fn big(dir: &Path, gib: usize) -> io::Result<()> {
    use io::Write as _;
    let mut file = std::fs::File::create(dir.join("big.bin"))?;
    let piece = noise(64 << 20);
    for _ in 0..gib * 16 {
        file.write_all(&piece)?;
    }
    file.sync_all()
}

/// Makes 100 files in each of so many directories.
fn many_files(dir: &Path, directories: usize) -> io::Result<()> {
    let bytes = noise(12_000);
    for d in 0..directories {
        let sub = dir.join(format!("d{d:04}"));
        std::fs::create_dir(&sub)?;
        for n in 0..100 {
            // Sizes without a pattern, all below 12,000.
            std::fs::write(sub.join(format!("f{n:02}")), &bytes[..(d * 100 + n) * 7919 % 12_000])?;
        }
    }
    Ok(())
}

fn entries(dir: &Path, count: usize) -> io::Result<()> {
    (0..count).try_for_each(|n| std::fs::write(dir.join(format!("{n:06}")), ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_comes_first_and_inputs_are_the_same_every_time() {
        assert!(CASES.iter().all(|c| c.sides[0].name == OURS));
        assert_eq!(noise(1001), noise(1003)[..1001]);
        let dir = tempfile::tempdir().unwrap();
        many_files(dir.path(), 3).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3);
    }
}
