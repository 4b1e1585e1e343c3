//! Trees and images.

use file_tree::{Directory, File, FileContent, Meta, Node, Timestamp};
use fs_fat::{FatType, Label, Options, lay_out};
use image_layout::{Content, Layout, Reader, SectorSize, SourceId, Sources};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// 2009-06-28 12:00:00 UTC.
pub const TIME: Timestamp = Timestamp { seconds: 1_246_190_400, nanoseconds: 0 };

/// Each kind in each size of sectors, in images of so many MiB.
pub const SHAPES: [(FatType, SectorSize, u64); 6] = [
    (FatType::Fat12, SectorSize::Bytes512, 3),
    (FatType::Fat16, SectorSize::Bytes512, 20),
    (FatType::Fat32, SectorSize::Bytes512, 40),
    (FatType::Fat12, SectorSize::Bytes4096, 12),
    (FatType::Fat16, SectorSize::Bytes4096, 20),
    (FatType::Fat32, SectorSize::Bytes4096, 300),
];

pub fn options(kind: FatType, sector_size: SectorSize) -> Options {
    let mut options = Options::new(0x1234_ABCD, TIME);
    options.label = Some(Label::new("Esp of key").unwrap());
    options.kind = Some(kind);
    options.sector_size = sector_size;
    options.hidden_sectors = (1 << 20) / sector_size.bytes() as u32;
    options
}

/// Sources whose bytes follow from their number and the offset.
pub struct Pattern;

impl Sources for Pattern {
    fn read_exact_at(&self, id: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        for (at, byte) in (offset..).zip(buf) {
            let x = ((at / 8) ^ (u64::from(id.0) << 48)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            *byte = (x ^ (x >> 29)).to_le_bytes()[at as usize % 8];
        }
        Ok(())
    }
}

pub fn reader(layout: &Layout) -> Reader<'_, Pattern> {
    Reader::new(layout, &Pattern)
}

/// The bytes of a content.
pub fn bytes_of(content: &FileContent) -> Vec<u8> {
    let mut layout = Layout::new(content.len());
    for (at, piece) in content.placed() {
        layout.claim(at, "", piece.clone()).unwrap();
    }
    let mut bytes = Vec::new();
    reader(&layout).read_to_end(&mut bytes).unwrap();
    bytes
}

pub fn directory() -> Directory {
    Directory::new(Meta::root(0o755, TIME))
}

pub fn file(content: impl Into<FileContent>) -> Node {
    Node::File(File::new(Meta::root(0o644, TIME), content))
}

pub fn source(id: u32, len: u64) -> Content {
    Content::Source { id: SourceId(id), offset: u64::from(id) * 3, len }
}

/// An EFI system partition, and what is hard about FAT.
pub fn sample() -> Directory {
    let mut tree = directory();
    let mut put = |path: &str, node| tree.insert(path.as_bytes(), node).unwrap();
    put("EFI/BOOT/BOOTX64.EFI", file(source(1, 700_001)));
    put("EFI/BOOT/BOOTIA32.EFI", file(source(2, 300_000)));
    put("EFI/BOOT/grub.cfg", file(b"set timeout=5\n".to_vec()));
    put("EFI/debian/grub.cfg", file(b"configfile /boot/grub/grub.cfg\n".to_vec()));
    put("a name that is long, in Größe 日本語.config", file(b"long\n".to_vec()));
    put("a name that is long, too", file(b"too\n".to_vec()));
    put("empty", file(vec![]));
    put("Empty directory", Node::Directory(directory()));
    let pieces = [b"head".as_slice().into(), Content::Zero { len: 9000 }, source(3, 5000)];
    put("in pieces", file(FileContent::from_pieces(pieces).unwrap()));
    for i in 0..200 {
        put(&format!("many/module-{i:03}.mod"), file(source(i, u64::from(i) * 17)));
    }
    tree
}

pub fn layout(tree: &Directory, shape: (FatType, SectorSize, u64)) -> Layout {
    lay_out(tree, shape.2 << 20, &options(shape.0, shape.1)).unwrap()
}

/// The image as a file.
pub fn write(layout: &Layout, dir: &Path) -> PathBuf {
    let path = dir.join("fat.img");
    let mut file = std::fs::File::create(&path).unwrap();
    file.set_len(layout.len()).unwrap();
    let mut image = reader(layout);
    for region in layout.regions() {
        if !matches!(region.content, Content::Zero { .. }) {
            let mut bytes = vec![0; region.content.len() as usize];
            image.seek(SeekFrom::Start(region.at)).unwrap();
            image.read_exact(&mut bytes).unwrap();
            file.seek(SeekFrom::Start(region.at)).unwrap();
            file.write_all(&bytes).unwrap();
        }
    }
    path
}

/// Where a region starts.
pub fn start(layout: &Layout, name: &str) -> u64 {
    layout.regions().find(|r| r.name == name).unwrap_or_else(|| panic!("{name}")).at
}

/// Changes one byte.
pub fn flip(image: &Path, at: u64) {
    testbench::flip(image, at, 0x14);
}
