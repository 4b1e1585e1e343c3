//! A writer of ISO images that are odd in the ways that GRUB's driver is known to care about.

use std::collections::BTreeMap;
use testbench::raw_iso::{SECTOR, nm, pack, record};

/// Numbers from a seed (xorshift). `testbench::Dice` has others, and of some images made with those
/// GRUB never comes to the end.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }

    /// Whether one of `n` sides came up.
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

const PLAIN: &[&str] = &[
    "VMLINUZ.;1",
    "INITRD.IMG;1",
    "NODOT",
    "NODOT;1",
    "DOT.",
    "DOTS..",
    "lower.x;1",
    "A;1;2",
    "B",
    "LONG_NAME_OF_A_FILE.TXT;1",
    "C.D.E;1",
    "b",
    ".HIDDEN",
    "..;1",
    "...;1",
    "K\u{fc}",
];
const ROCK_RIDGE: &[&[u8]] = &[
    b"vmlinuz",
    b"Initrd.img",
    b"a b",
    "Gr\u{f6}\u{df}e".as_bytes(),
    b"x.y.z",
    b"semi;1",
    b"dot.",
    b"\xff\xfe",
    b"UPPER",
    b"upper",
    b"..x",
    b".",
    b"..",
    b"-l",
    b"vmlinuz",
];
const JOLIET: &[&str] = &[
    "Joliet Name.txt;1",
    "ohne",
    "Gr\u{f6}\u{df}e.;1",
    "UPPER",
    "upper",
    "\u{1f980}",
    "a;b;1",
    ".",
    "..",
];

/// What a directory holds.
enum Child {
    Directory(usize),
    /// Its extents: the places of their contents, and their lengths.
    File(Vec<(usize, u32)>),
    Link(&'static [(u8, &'static str)]),
    /// What a directory leaves behind that was moved.
    Relocated(usize),
}

struct Entry {
    plain: Vec<u8>,
    joliet: Vec<u8>,
    rock_ridge: Option<&'static [u8]>,
    /// `PX` is there, and where: behind the name, or in a continuation area.
    mode: Option<u32>,
    continued: bool,
    hidden: bool,
    child: Child,
}

/// An image, the same for the same seed.
pub fn image(seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    // No Rock Ridge; Rock Ridge; the same without `ER`, without `SP`, with `ER` in a continuation.
    let kind = dice.of(&["", "SP ER", "SP ER", "SP ER", "SP", "ER", "SP CE"]).to_owned();
    let joliet = dice.one_in(3);
    let skip = if kind == "SP ER" && dice.one_in(4) { 1 + dice.below(6) } else { 0 };
    let count = 1 + dice.below(6);
    let parents: Vec<usize> = (0..count).map(|n| dice.below(n.max(1))).collect();
    let mut contents: Vec<Vec<u8>> = Vec::new();
    let mut directories: Vec<Vec<Entry>> = (0..count).map(|_| Vec::new()).collect();
    for directory in &mut directories {
        let files = if dice.one_in(12) { 60 } else { dice.below(7) };
        for _ in 0..files {
            let child = match dice.below(12) {
                0 => Child::Link(dice.of(&[
                    &[(0, "vmlinuz")][..],
                    &[(4, ""), (0, "x.y.z")],
                    &[(8, ""), (0, "D1")],
                    &[(1, "D"), (0, "1")],
                    &[(2, "")],
                    &[(0, "nowhere")],
                    &[(0, "D1"), (4, ""), (0, "vmlinuz")],
                ])),
                1 if count > 1 => Child::Relocated(1 + dice.below(count - 1)),
                _ => {
                    let parts = if dice.one_in(6) { 2 + dice.below(3) } else { 1 };
                    let part = |dice: &mut Dice, contents: &mut Vec<Vec<u8>>| {
                        // All but the last part of a file fill their sectors.
                        let len = dice.below(2) * 2048 + dice.below(2) * dice.below(3000);
                        contents.push(vec![b'x'; len]);
                        (contents.len() - 1, len as u32)
                    };
                    Child::File((0..parts).map(|_| part(&mut dice, &mut contents)).collect())
                }
            };
            directory.push(entry(&mut dice, child, None));
        }
    }
    for n in 1..count {
        let name: &'static str = ["D0", "D1", "D2", "D3", "D4", "D5"][n];
        let entry = entry(&mut dice, Child::Directory(n), Some(name));
        directories[parents[n]].push(entry);
    }
    let trees: &[bool] = if joliet { &[false, true] } else { &[false] };
    let descriptors = 2 + usize::from(joliet) + usize::from(seed.is_multiple_of(5));
    let mut places: BTreeMap<(bool, usize), (u32, u32)> = BTreeMap::new();
    let mut file_places: Vec<u32> = vec![0; contents.len()];
    let mut image = Vec::new();
    // Two passes: the first learns where everything is.
    for _ in 0..2 {
        image = vec![0; (16 + descriptors) * SECTOR];
        // Continuation areas have a sector each, in the order in which they are asked for.
        let mut areas: Vec<Vec<u8>> = Vec::new();
        let areas_at = places.get(&(true, usize::MAX)).map_or(0, |p| p.0);
        for &joliet in trees {
            for n in 0..count {
                let at = |d: usize| places.get(&(joliet, d)).copied().unwrap_or((30, 2048));
                let mut records = Vec::new();
                let root = if n == 0 && !joliet {
                    root_entries(&kind, skip, areas_at, &mut areas)
                } else {
                    Vec::new()
                };
                records.push(record(&[0], at(n).0, at(n).1, true, &root));
                records.push(record(&[1], at(parents[n]).0, at(parents[n]).1, true, &[]));
                for entry in &directories[n] {
                    let extents = match &entry.child {
                        Child::Directory(d) => vec![at(*d)],
                        Child::File(parts) => {
                            parts.iter().map(|(c, len)| (file_places[*c], *len)).collect()
                        }
                        Child::Link(_) => vec![(0, 0)],
                        Child::Relocated(_) => vec![(30, 0)],
                    };
                    let dir = matches!(entry.child, Child::Directory(_));
                    let system_use = match (joliet, kind.is_empty()) {
                        (false, false) => system_use(entry, skip, areas_at, &mut areas, at),
                        _ => Vec::new(),
                    };
                    let name = if joliet { &entry.joliet } else { &entry.plain };
                    let last = extents.len() - 1;
                    for (number, (extent, len)) in extents.into_iter().enumerate() {
                        let mut record = record(name, extent, len, dir, &system_use);
                        record[25] |= u8::from(entry.hidden) | if number < last { 0x80 } else { 0 };
                        records.push(record);
                    }
                }
                let bytes = pack(&records);
                places.insert((joliet, n), ((image.len() / SECTOR) as u32, bytes.len() as u32));
                image.extend(bytes);
            }
        }
        for (place, content) in file_places.iter_mut().zip(&contents) {
            *place = (image.len() / SECTOR) as u32;
            image.extend(content);
            image.resize(image.len().next_multiple_of(SECTOR), 0);
            // A gap, so that parts of files do not touch.
            image.extend([b'-'; SECTOR]);
        }
        places.insert((true, usize::MAX), ((image.len() / SECTOR) as u32, 0));
        for area in areas {
            image.extend(&area);
            image.resize(image.len().next_multiple_of(SECTOR), 0);
        }
    }
    let mut volume = Vec::new();
    if seed.is_multiple_of(5) {
        volume.push(b"\0CD001\x01BOOT RECORD OF NOBODY".to_vec());
    }
    let sectors = (image.len() / SECTOR) as u32;
    volume.push(descriptor(1, sectors, places[&(false, 0)]));
    if joliet {
        let mut svd = descriptor(2, sectors, places[&(true, 0)]);
        svd[88..91].copy_from_slice(b"%/E");
        volume.push(svd);
    }
    volume.push(b"\xffCD001\x01".to_vec());
    for (n, bytes) in volume.iter().enumerate() {
        image[(16 + n) * SECTOR..][..bytes.len()].copy_from_slice(bytes);
    }
    image
}

fn entry(dice: &mut Dice, child: Child, directory: Option<&'static str>) -> Entry {
    let ucs2 = |name: &str| name.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mode = match &child {
        Child::Directory(_) | Child::Relocated(_) => 0o040_755,
        Child::File(_) => [0o100_644, 0o100_644, 0o100_644, 0o020_600][dice.below(4)],
        Child::Link(_) => 0o120_777,
    };
    let link = matches!(child, Child::Link(_) | Child::Relocated(_));
    Entry {
        plain: directory.unwrap_or_else(|| dice.of(PLAIN)).chars().map(|c| c as u8).collect(),
        joliet: ucs2(directory.unwrap_or_else(|| dice.of(JOLIET))),
        rock_ridge: match directory {
            _ if !link && dice.one_in(8) => None,
            Some(name) => Some(name.as_bytes()),
            None => Some(dice.of(ROCK_RIDGE)),
        },
        mode: (link || !dice.one_in(5)).then_some(mode),
        continued: dice.one_in(6),
        hidden: dice.one_in(20),
        child,
    }
}

fn both(n: u32) -> [u8; 8] {
    let mut out = [0; 8];
    out[..4].copy_from_slice(&n.to_le_bytes());
    out[4..].copy_from_slice(&n.to_be_bytes());
    out
}

/// `CE` to a new area that holds `entries`.
fn continuation(entries: Vec<u8>, areas_at: u32, areas: &mut Vec<Vec<u8>>) -> Vec<u8> {
    let ce = [
        &b"CE\x1c\x01"[..],
        &both(areas_at + areas.len() as u32),
        &both(0),
        &both(entries.len() as u32),
    ]
    .concat();
    areas.push(entries);
    ce
}

fn root_entries(kind: &str, skip: usize, areas_at: u32, areas: &mut Vec<Vec<u8>>) -> Vec<u8> {
    let sp = [&b"SP\x07\x01\xbe\xef"[..], &[skip as u8]].concat();
    let er = b"ER\x12\x01\x0a\0\0\x01RRIP_1991A".to_vec();
    match kind {
        "SP ER" => [sp, er].concat(),
        "SP" => sp,
        "ER" => er,
        "SP CE" => [sp, continuation(er, areas_at, areas)].concat(),
        _ => Vec::new(),
    }
}

fn system_use(
    entry: &Entry,
    skip: usize,
    areas_at: u32,
    areas: &mut Vec<Vec<u8>>,
    at: impl Fn(usize) -> (u32, u32),
) -> Vec<u8> {
    let mut entries = Vec::new();
    if let Some(name) = entry.rock_ridge {
        // In one piece, or in two.
        let (a, b) = name.split_at(if entry.continued { name.len() / 2 } else { name.len() });
        entries.extend(nm(a));
        if !b.is_empty() {
            let start = entries.len() - a.len() - 1;
            entries[start] = 1;
            entries.extend(nm(b));
        }
    }
    if let Some(mode) = entry.mode {
        entries.extend(b"PX\x24\x01");
        [mode, 1, 0, 0].iter().for_each(|n| entries.extend(both(*n)));
    }
    match &entry.child {
        Child::Link(parts) => {
            let len: usize = parts.iter().map(|(_, text)| 2 + text.len()).sum();
            entries.extend([b'S', b'L', len as u8 + 5, 1, 0]);
            for (flags, text) in *parts {
                entries.extend([*flags, text.len() as u8]);
                entries.extend(text.bytes());
            }
        }
        Child::Relocated(d) => {
            entries.extend(b"CL\x0c\x01");
            entries.extend(both(at(*d).0));
        }
        _ => {}
    }
    let skipped = vec![0; skip];
    // An empty area makes GRUB read what it did not fill.
    if entry.continued && !entries.is_empty() {
        return [skipped, continuation(entries, areas_at, areas)].concat();
    }
    [skipped, entries].concat()
}

fn descriptor(kind: u8, sectors: u32, root: (u32, u32)) -> Vec<u8> {
    let mut d = vec![0; SECTOR];
    d[..7].copy_from_slice(&[kind, b'C', b'D', b'0', b'0', b'1', 1]);
    d[80..88].copy_from_slice(&both(sectors));
    d[120..124].copy_from_slice(&[1, 0, 0, 1]);
    d[124..128].copy_from_slice(&[1, 0, 0, 1]);
    d[128..132].copy_from_slice(&[0, 8, 8, 0]);
    d[156..190].copy_from_slice(&record(&[0], root.0, root.1, true, &[]));
    d[881] = 1;
    d
}
