//! Trees, images and the programs that look at them.

use file_tree::{Directory, File, FileContent, Meta, Node, Symlink, Timestamp};
use fs_ext::{BlockSize, Flavour, Options, lay_out};
use image_layout::{Content, Layout, Reader, SourceId, Sources};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use testbench::{Ran, oracle};

/// The time of the tests' file systems: 2009-06-28 12:00:00 UTC.
pub const TIME: Timestamp = Timestamp { seconds: 1_246_190_400, nanoseconds: 0 };

pub const UUID: [u8; 16] = *b"\x12\x34\x56\x78\x12\x34\x12\x34\x12\x34\x12\x34\x56\x78\x9a\xbc";
pub const HASH_SEED: [u8; 16] = [0x5E; 16];

pub fn options(flavour: Flavour, block_size: BlockSize) -> Options {
    let mut options = Options::new(flavour, UUID, HASH_SEED, TIME);
    options.block_size = Some(block_size);
    options
}

pub const BLOCK_SIZES: [BlockSize; 3] = [BlockSize::Kib1, BlockSize::Kib2, BlockSize::Kib4];
pub const FLAVOURS: [Flavour; 3] = [Flavour::Ext2, Flavour::Ext3, Flavour::Ext4];

/// Features changed from the defaults of ext4, as `mke2fs -O` takes them.
pub const FEATURE_SETS: [&str; 11] = [
    "",
    "64bit",
    "^metadata_csum",
    "^metadata_csum,uninit_bg",
    "^metadata_csum,uninit_bg,64bit",
    "^has_journal",
    "^extent",
    "^flex_bg",
    "^resize_inode,^dir_index",
    "^extent,^flex_bg,^metadata_csum,^huge_file,^dir_nlink,^extra_isize",
    "large_dir,64bit,^has_journal",
];

/// Changes features as `mke2fs -O` does.
pub fn with_features(options: Options, changes: &str) -> Options {
    changes.split(',').filter(|c| !c.is_empty()).fold(options, |options, change| {
        match change.strip_prefix('^') {
            Some(name) => options.with_feature(name, false).unwrap(),
            None => options.with_feature(change, true).unwrap(),
        }
    })
}

/// A guard that prints the seed of a test when it panics.
pub struct Seed(pub u32);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}", self.0);
        }
    }
}

/// The name that `mount` and `mke2fs` have for a flavour of ext.
pub fn name_of(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::Ext2 => "ext2",
        Flavour::Ext3 => "ext3",
        Flavour::Ext4 => "ext4",
    }
}

/// Sources whose bytes follow from their number and the offset.
pub struct Pattern;

impl Sources for Pattern {
    fn read_exact_at(&self, id: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let mut word = (u64::MAX, [0; 8]);
        for (at, byte) in (offset..).zip(buf) {
            if word.0 != at / 8 {
                let mut x = (at / 8) ^ (u64::from(id.0) << 48) ^ 0x9E37_79B9_7F4A_7C15;
                x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                word = (at / 8, (x ^ (x >> 31)).to_le_bytes());
            }
            *byte = word.1[at as usize % 8];
        }
        Ok(())
    }
}

/// The bytes of a content.
pub fn bytes_of(content: &(impl Clone + Into<FileContent>)) -> Vec<u8> {
    let content = content.clone().into();
    let mut layout = Layout::new(content.len());
    for (at, piece) in content.placed() {
        layout.claim(at, "", piece.clone()).unwrap();
    }
    let mut bytes = Vec::new();
    Reader::new(&layout, &Pattern).read_to_end(&mut bytes).unwrap();
    bytes
}

pub fn directory(mode: u16) -> Directory {
    Directory::new(Meta::root(mode, TIME))
}

pub fn file(content: impl Into<FileContent>) -> Node {
    Node::File(File::new(Meta::root(0o644, TIME), content))
}

pub fn source(id: u32, len: u64) -> Content {
    Content::Source { id: SourceId(id), offset: u64::from(id) * 3, len }
}

pub fn symlink(target: impl AsRef<[u8]>) -> Node {
    Node::Symlink(Symlink::new(Meta::root(0o777, TIME), target.as_ref()).unwrap())
}

/// A tree with something of everything, small.
pub fn sample() -> Directory {
    let mut tree = directory(0o755);
    let mut put = |path: &[u8], node| tree.insert(path, node).unwrap();
    put(b"boot/grub/grub.cfg", file(b"set timeout=5\n".to_vec()));
    put(b"boot/grub/i386-pc/normal.mod", file(source(1, 70_001)));
    put(b"boot/grub/i386-pc/empty.mod", file(vec![]));
    put(b"big.iso", file(source(2, 700_000)));
    put(b"hole", file(Content::Zero { len: 5000 }));
    put(b"link", symlink("boot/grub/grub.cfg"));
    put(b"link59", symlink([b'a'; 59]));
    put(b"link60", symlink([b'b'; 60]));
    put(b"link1023", symlink(b"../".repeat(341)));
    put(b"empty", Node::Directory(directory(0o1777)));
    put(&[b'n'; 255], file(vec![1]));
    put(b"\xff\xfe\n $\"", file(vec![2; 1024]));
    let meta = Meta {
        mode: 0o6755,
        uid: 70_000,
        gid: 0xFFFF_FFFE,
        mtime: Timestamp { seconds: 1_000_000_000, nanoseconds: 123_456_789 },
    };
    put(b"suid", Node::File(File::new(meta, vec![3; 13 * 1024])));
    tree
}

/// Every file with its content's bytes, by path.
pub fn files(tree: &Directory) -> impl Iterator<Item = (String, Vec<u8>)> {
    tree.walk().into_iter().filter_map(|(path, node)| match node {
        Node::File(f) => Some((format!("/{path}"), bytes_of(&f.content))),
        _ => None,
    })
}

/// The image's bytes, with garbage wherever the layout claims nothing.
pub fn image_bytes(layout: &Layout) -> Vec<u8> {
    let mut bytes = vec![0xDB; usize::try_from(layout.len()).unwrap()];
    for r in layout.regions() {
        let piece = bytes_of(&r.content);
        bytes[r.at as usize..][..piece.len()].copy_from_slice(&piece);
    }
    bytes
}

/// A file that holds an image; gone when dropped.
pub struct Image {
    dir: tempfile::TempDir,
}

impl Image {
    /// Lays a file system out, writes it and has `e2fsck` check it.
    #[track_caller]
    pub fn new(tree: &Directory, size: u64, options: &Options) -> Self {
        let layout = lay_out(tree, size, options).unwrap_or_else(|e| panic!("{e}"));
        Self::of(&layout)
    }

    /// Writes the parts of a layout that are in memory, with holes for all others, and has `e2fsck`
    /// check it.
    #[track_caller]
    pub fn without_sources(layout: &Layout) -> Self {
        let image = Self { dir: tempfile::tempdir().unwrap() };
        let mut file = std::fs::File::create(image.path()).unwrap();
        file.set_len(layout.len()).unwrap();
        for r in layout.regions() {
            if matches!(r.content, Content::Bytes(_) | Content::Condensed(_)) {
                file.seek(SeekFrom::Start(r.at)).unwrap();
                file.write_all(&bytes_of(&r.content)).unwrap();
            }
        }
        image.check();
        image
    }

    /// Writes a layout and has `e2fsck` check it. Images of up to 64 MiB get garbage in every
    /// byte that nobody claims, larger ones holes.
    #[track_caller]
    pub fn of(layout: &Layout) -> Self {
        let image = Self { dir: tempfile::tempdir().unwrap() };
        let mut file = std::fs::File::create(image.path()).unwrap();
        if layout.len() <= 64 << 20 {
            file.write_all(&image_bytes(layout)).unwrap();
        } else {
            file.set_len(layout.len()).unwrap();
            let mut buf = vec![0; 1 << 20];
            for r in layout.regions() {
                if matches!(r.content, Content::Zero { .. }) {
                    continue;
                }
                let mut reader = Reader::new(layout, &Pattern);
                reader.seek(SeekFrom::Start(r.at)).unwrap();
                file.seek(SeekFrom::Start(r.at)).unwrap();
                let mut left = r.content.len();
                while left > 0 {
                    let n = left.min(buf.len() as u64) as usize;
                    reader.read_exact(&mut buf[..n]).unwrap();
                    file.write_all(&buf[..n]).unwrap();
                    left -= n as u64;
                }
            }
        }
        image.check();
        image
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("fs.img")
    }

    /// A fresh path beside the image.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Panics unless `e2fsck -fn` finds nothing.
    #[track_caller]
    pub fn check(&self) {
        if let Some(ran) = self.e2fsck() {
            ran.expect_success("e2fsck -fn");
        }
    }

    /// The result of `e2fsck -fn`.
    pub fn e2fsck(&self) -> Option<Ran> {
        Some(oracle("e2fsck")?.run(["-fn".as_ref(), self.path().as_os_str()]))
    }

    /// The answer of `debugfs` to a request; it always exits with 0.
    pub fn debugfs(&self, request: &str) -> Option<String> {
        let path = self.path();
        let ran = oracle("debugfs")?.run(["-R".as_ref(), request.as_ref(), path.as_os_str()]);
        Some(ran.expect_success(request).stdout)
    }

    /// The content of a file, through `debugfs`.
    pub fn debugfs_dump(&self, path: &str) -> Option<Vec<u8>> {
        let out = self.beside("dumped");
        let request = format!("dump \"{path}\" {}", out.display());
        let ran =
            oracle("debugfs")?.run(["-R".as_ref(), request.as_ref(), self.path().as_os_str()]);
        // Behind its name it says what went wrong, such as a full disk, and exits with 0.
        let complaints: Vec<_> =
            ran.stderr.lines().filter(|l| !l.starts_with("debugfs ")).collect();
        assert!(ran.status == Some(0) && complaints.is_empty(), "{request}: {complaints:?}");
        let bytes = std::fs::read(&out).unwrap();
        std::fs::remove_file(&out).unwrap();
        Some(bytes)
    }

    /// The fields of `dumpe2fs -h`, in order.
    pub fn dumpe2fs(&self) -> Option<Vec<(String, String)>> {
        dumpe2fs(&self.path())
    }

    /// Changes one byte of the image.
    pub fn flip(&self, at: u64, mask: u8) {
        let mut f = std::fs::File::options().read(true).write(true).open(self.path()).unwrap();
        let mut byte = [0];
        f.seek(SeekFrom::Start(at)).unwrap();
        f.read_exact(&mut byte).unwrap();
        f.seek(SeekFrom::Start(at)).unwrap();
        f.write_all(&[byte[0] ^ mask]).unwrap();
    }
}

/// The fields of `dumpe2fs -h` of any image, in order.
pub fn dumpe2fs(image: &Path) -> Option<Vec<(String, String)>> {
    let ran = oracle("dumpe2fs")?.run(["-h".as_ref(), image.as_os_str()]);
    let out = ran.expect_success("dumpe2fs -h").stdout;
    let fields = out.lines().filter_map(|l| l.split_once(':'));
    Some(fields.map(|(k, v)| (k.trim().to_owned(), v.trim().to_owned())).collect())
}

/// Whether this process is root and the machine can mount; notes a skip otherwise.
#[track_caller]
pub fn can_mount() -> bool {
    let root = std::fs::read_to_string("/proc/self/status")
        .is_ok_and(|s| s.lines().any(|l| l.starts_with("Uid:\t0\t0")));
    let loops = Path::new("/dev/loop-control").exists();
    if !(root && loops) {
        testbench::missing("root with loop devices");
    }
    root && loops
}
