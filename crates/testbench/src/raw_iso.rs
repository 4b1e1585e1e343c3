//! A small writer of ISO 9660 images, so that tests need no tool and can write wrong ones.

use std::collections::BTreeMap;

pub const SECTOR: usize = 2048;

/// An image that is being made. Paths are `/`-separated, without a slash at the start.
#[derive(Debug, Default, Clone)]
pub struct Iso {
    pub label: &'static str,
    pub files: BTreeMap<String, Vec<u8>>,
    /// Directories besides those that the files are in.
    pub dirs: Vec<String>,
    /// Whether Rock Ridge `NM` entries have the names as given.
    pub rock_ridge: bool,
    /// System use area of a path's record instead of the `NM` entry.
    pub system_use: BTreeMap<String, Vec<u8>>,
    /// A boot catalog: platform, media type, load size of each entry.
    pub boot: Vec<(u8, u8, u16)>,
    /// Whether UDF's recognition sequence is behind the descriptors.
    pub udf: bool,
}

fn both16(n: u16) -> [u8; 4] {
    let (l, b) = (n.to_le_bytes(), n.to_be_bytes());
    [l[0], l[1], b[0], b[1]]
}
fn both32(n: u32) -> [u8; 8] {
    let mut out = [0; 8];
    out[..4].copy_from_slice(&n.to_le_bytes());
    out[4..].copy_from_slice(&n.to_be_bytes());
    out
}

/// A directory record: ECMA-119 section 9.1.
pub fn record(name: &[u8], extent: u32, size: u32, dir: bool, system_use: &[u8]) -> Vec<u8> {
    let mut r = vec![0, 0];
    r.extend(both32(extent));
    r.extend(both32(size));
    r.extend([126, 1, 2, 3, 4, 5, 0]);
    r.push(if dir { 2 } else { 0 });
    r.extend([0, 0]);
    r.extend(both16(1));
    r.push(name.len() as u8);
    r.extend(name);
    if r.len() % 2 == 1 {
        r.push(0);
    }
    r.extend(system_use);
    if r.len() % 2 == 1 {
        r.push(0);
    }
    r[0] = u8::try_from(r.len()).unwrap();
    r
}

/// The offset in `image` of the first record of this name.
pub fn record_of(image: &[u8], name: &[u8]) -> usize {
    let field = [&[name.len() as u8], name].concat();
    image.windows(field.len()).position(|w| w == field).unwrap() - 32
}

/// Makes the record of `name` say that its contents lie elsewhere.
pub fn point(image: &mut [u8], name: &[u8], extent: u32, size: u32) {
    let at = record_of(image, name);
    image[at + 2..at + 10].copy_from_slice(&both32(extent));
    image[at + 10..at + 18].copy_from_slice(&both32(size));
}

/// Records as a directory's sectors: none crosses the end of one.
pub fn pack(records: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for r in records {
        if out.len() % SECTOR + r.len() > SECTOR {
            out.resize(out.len().next_multiple_of(SECTOR), 0);
        }
        out.extend(r);
    }
    out.resize(out.len().next_multiple_of(SECTOR), 0);
    out
}

/// `NM`: an alternate name.
pub fn nm(name: &[u8]) -> Vec<u8> {
    [&[b'N', b'M', name.len() as u8 + 5, 1, 0], name].concat()
}

/// `PX` of a symbolic link, and `SL` with one component: a link to `target` beside it.
pub fn sl(target: &[u8]) -> Vec<u8> {
    let px = [&b"PX\x24\x01"[..], &both32(0o120_777), &both32(1), &both32(0), &both32(0)].concat();
    let head = [b'S', b'L', target.len() as u8 + 7, 1, 0, 0, target.len() as u8];
    [&px[..], &head, target].concat()
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(p, _)| p)
}

impl Iso {
    pub fn new(label: &'static str, paths: &[&str]) -> Self {
        let files = paths.iter().map(|p| ((*p).to_owned(), p.as_bytes().to_vec())).collect();
        Self { label, files, ..Self::default() }
    }

    pub fn build(&self) -> Vec<u8> {
        let mut dirs = vec![String::new()];
        for path in self.files.keys().chain(&self.dirs) {
            let mut at = if self.dirs.contains(path) { path.as_str() } else { parent(path) };
            while !at.is_empty() {
                dirs.push(at.to_owned());
                at = parent(at);
            }
        }
        dirs.sort();
        dirs.dedup();
        // Two passes: the first learns how large the directories are.
        let mut places: BTreeMap<String, (u32, u32)> = BTreeMap::new();
        let mut image = Vec::new();
        for _ in 0..2 {
            image = vec![0; 16 * SECTOR];
            let descriptors = 2 + usize::from(!self.boot.is_empty()) + if self.udf { 3 } else { 0 };
            let catalog = 16 + descriptors;
            let path_table = catalog + 1;
            image.resize((path_table + 2) * SECTOR, 0);
            let mut next = BTreeMap::new();
            for dir in &dirs {
                let data = self.directory(dir, &dirs, &places);
                next.insert(dir.clone(), ((image.len() / SECTOR) as u32, data.len() as u32));
                image.extend(data);
            }
            for (path, data) in &self.files {
                next.insert(path.clone(), ((image.len() / SECTOR) as u32, data.len() as u32));
                image.extend(data);
                image.resize(image.len().next_multiple_of(SECTOR), 0);
            }
            places = next;
            let mut put = |sector: usize, bytes: &[u8]| {
                image[sector * SECTOR..sector * SECTOR + bytes.len()].copy_from_slice(bytes);
            };
            // The path table holds the root only: nobody needs more of it.
            let root = places[""];
            put(path_table, &[&[1, 0][..], &root.0.to_le_bytes(), &[1, 0, 0, 0]].concat());
            put(path_table + 1, &[&[1, 0][..], &root.0.to_be_bytes(), &[0, 1, 0, 0]].concat());
            let mut at = 17;
            if !self.boot.is_empty() {
                put(at, b"\0CD001\x01EL TORITO SPECIFICATION");
                put(at, &boot_record(catalog as u32));
                put(catalog, &boot_catalog(&self.boot));
                at += 1;
            }
            put(at, b"\xffCD001\x01");
            if self.udf {
                put(at + 1, b"\0BEA01\x01");
                put(at + 2, b"\0NSR02\x01");
                put(at + 3, b"\0TEA01\x01");
            }
            let blocks = (image.len() / SECTOR) as u32;
            let pvd = self.pvd(blocks, path_table as u32, root);
            image[16 * SECTOR..17 * SECTOR].copy_from_slice(&pvd);
        }
        image
    }

    fn pvd(&self, blocks: u32, path_table: u32, root: (u32, u32)) -> Vec<u8> {
        let mut p = vec![0; SECTOR];
        p[..7].copy_from_slice(b"\x01CD001\x01");
        p[8..72].fill(b' ');
        p[40..40 + self.label.len()].copy_from_slice(self.label.as_bytes());
        p[80..88].copy_from_slice(&both32(blocks));
        p[120..124].copy_from_slice(&both16(1));
        p[124..128].copy_from_slice(&both16(1));
        p[128..132].copy_from_slice(&both16(SECTOR as u16));
        p[132..140].copy_from_slice(&both32(10));
        p[140..144].copy_from_slice(&path_table.to_le_bytes());
        p[148..152].copy_from_slice(&(path_table + 1).to_be_bytes());
        p[156..190].copy_from_slice(&record(&[0], root.0, root.1, true, &[]));
        p[190..813].fill(b' ');
        p[813..829].copy_from_slice(b"2009010203040506");
        p[830..846].copy_from_slice(b"2009060708091011");
        p[847..863].fill(b'0');
        p[864..880].fill(b'0');
        p[881] = 1;
        p
    }

    fn directory(
        &self,
        dir: &str,
        dirs: &[String],
        places: &BTreeMap<String, (u32, u32)>,
    ) -> Vec<u8> {
        let place = |p: &str| places.get(p).copied().unwrap_or((100, SECTOR as u32));
        let (own, up) = (place(dir), place(parent(dir)));
        let susp: &[u8] = if self.rock_ridge && dir.is_empty() {
            b"SP\x07\x01\xbe\xef\0ER\x12\x01\x0a\0\0\x01RRIP_1991A"
        } else {
            b""
        };
        let mut records =
            vec![record(&[0], own.0, own.1, true, susp), record(&[1], up.0, up.1, true, &[])];
        let children = dirs.iter().filter(|d| !d.is_empty()).chain(self.files.keys());
        for path in children.filter(|p| parent(p) == dir) {
            let name = path.rsplit('/').next().unwrap();
            let is_dir = dirs.contains(path);
            let (extent, size) = place(path);
            let rr = match self.system_use.get(path) {
                Some(area) => area.clone(),
                None if self.rock_ridge => nm(name.as_bytes()),
                None => Vec::new(),
            };
            let mut plain = name.to_ascii_uppercase();
            if !is_dir {
                plain.push_str(if plain.contains('.') { ";1" } else { ".;1" });
            }
            records.push(record(plain.as_bytes(), extent, size, is_dir, &rr));
        }
        pack(&records)
    }
}

fn boot_record(catalog: u32) -> Vec<u8> {
    let mut b = vec![0; SECTOR];
    b[..30].copy_from_slice(b"\0CD001\x01EL TORITO SPECIFICATION");
    b[71..75].copy_from_slice(&catalog.to_le_bytes());
    b
}

/// El Torito: a validation entry, the default entry, a section for each further entry.
fn boot_catalog(entries: &[(u8, u8, u16)]) -> Vec<u8> {
    let entry = |media: u8, load: u16| {
        let mut e = vec![0x88, media, 0, 0, 0, 0];
        e.extend(load.to_le_bytes());
        e.extend(20_u32.to_le_bytes());
        e.resize(32, 0);
        e
    };
    let mut validation = vec![0; 32];
    validation[0] = 1;
    validation[1] = entries[0].0;
    validation[30..].copy_from_slice(&[0x55, 0xaa]);
    let sum = validation
        .chunks(2)
        .fold(0_u16, |sum, w| sum.wrapping_add(u16::from_le_bytes([w[0], w[1]])));
    validation[28..30].copy_from_slice(&sum.wrapping_neg().to_le_bytes());
    let mut out = [validation, entry(entries[0].1, entries[0].2)].concat();
    for (n, (platform, media, load)) in entries.iter().enumerate().skip(1) {
        let last = n + 1 == entries.len();
        let mut header = vec![if last { 0x91 } else { 0x90 }, *platform, 1, 0];
        header.resize(32, 0);
        out.extend(header);
        out.extend(entry(*media, *load));
    }
    out
}

/// A cpio archive in the form that the kernel takes.
pub fn cpio(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut put = |name: &str, mode: u32, data: &[u8]| {
        let fields = [1, mode, 0, 0, 1, 0, data.len() as u32, 0, 0, 0, 0, name.len() as u32 + 1, 0];
        out.extend(b"070701");
        fields.iter().for_each(|field| out.extend(format!("{field:08X}").bytes()));
        out.extend(name.bytes());
        out.push(0);
        out.resize(out.len().next_multiple_of(4), 0);
        out.extend(data);
        out.resize(out.len().next_multiple_of(4), 0);
    };
    files.iter().for_each(|(name, data)| put(name, 0o100_644, data));
    put("TRAILER!!!", 0, b"");
    out
}
