//! Disks with partition tables, written by hand.

pub const SECTORS: usize = 8192;
/// The occupied entries of an MBR: slot, type, first sector.
pub type Entries = [(usize, u8, u32)];

/// A disk without a blank byte, with an MBR of the given entries.
pub fn mbr(entries: &Entries) -> Vec<u8> {
    let mut disk: Vec<u8> = (0..SECTORS * 512).map(|i| (i / 512 + i * 7) as u8 | 1).collect();
    boot_record(&mut disk, 0, entries);
    disk
}

/// Writes an MBR, or a boot record in a chain of logical partitions, into a sector.
pub fn boot_record(disk: &mut [u8], sector: usize, entries: &Entries) {
    let record = &mut disk[sector * 512..sector * 512 + 512];
    record[446..510].fill(0);
    record[510..].copy_from_slice(&[0x55, 0xaa]);
    for (slot, kind, start) in entries {
        let entry = &mut record[446 + slot * 16..][..16];
        entry[4] = *kind;
        entry[8..12].copy_from_slice(&start.to_le_bytes());
        entry[12..].copy_from_slice(&16u32.to_le_bytes());
    }
}

/// Writes bytes at the start of a sector.
pub fn mark(disk: &mut [u8], sector: usize, bytes: &[u8]) {
    disk[sector * 512..sector * 512 + bytes.len()].copy_from_slice(bytes);
}

pub const BIOS_BOOT: &[u8; 16] = b"Hah!IdontNeedEFI";
pub const DATA: &[u8; 16] = b"\xaf\x3d\xc6\x0f\x83\x84\x72\x47\x8e\x79\x3d\x69\xd8\x47\x7d\xe4";

/// A GPT, and where its parts are on the disk.
#[derive(Debug, Clone)]
pub struct Gpt<'a> {
    /// The partitions: type, first and last sector.
    pub partitions: &'a [(&'a [u8; 16], u64, u64)],
    /// First sector of the entries, and the size of each.
    pub entries: (u64, u32),
    /// The MBR in front of it.
    pub mbr: &'a Entries,
}

impl<'a> Gpt<'a> {
    pub fn new(partitions: &'a [(&'a [u8; 16], u64, u64)]) -> Self {
        Self { partitions, entries: (2, 128), mbr: &[(0, 0xee, 1)] }
    }

    /// The disk with both headers.
    pub fn disk(&self) -> Vec<u8> {
        let mut disk = mbr(self.mbr);
        let (at, size) = (self.entries.0, self.entries.1 as usize);
        let mut entries = vec![0; 128 * size];
        for (n, (kind, first, last)) in self.partitions.iter().enumerate() {
            let entry = &mut entries[n * size..][..128];
            entry[..16].copy_from_slice(*kind);
            entry[16..32].fill(n as u8 + 1);
            entry[32..40].copy_from_slice(&first.to_le_bytes());
            entry[40..48].copy_from_slice(&last.to_le_bytes());
        }
        let last = SECTORS as u64 - 1;
        let backup = last - (entries.len() / 512) as u64;
        for (own, other, at) in [(1, last, at), (last, 1, backup)] {
            mark(&mut disk, at as usize, &entries);
            let mut header = vec![0; 512];
            header[..16].copy_from_slice(b"EFI PART\0\0\x01\0\x5c\0\0\0");
            for (offset, value) in
                [(0x18, own), (0x20, other), (0x28, 34), (0x30, backup - 1), (0x48, at)]
            {
                header[offset..offset + 8].copy_from_slice(&u64::to_le_bytes(value));
            }
            header[0x38..0x48].fill(0xd5);
            header[0x50..0x54].copy_from_slice(&128u32.to_le_bytes());
            header[0x54..0x58].copy_from_slice(&(size as u32).to_le_bytes());
            header[0x58..0x5c].copy_from_slice(&crc32(&entries).to_le_bytes());
            let checksum = crc32(&header[..0x5c]);
            header[0x10..0x14].copy_from_slice(&checksum.to_le_bytes());
            mark(&mut disk, own as usize, &header);
        }
        disk
    }
}

/// CRC-32 of IEEE 802.3.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8)
            .fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0xEDB8_8320 & (c & 1).wrapping_neg()))
    };
    !bytes.iter().fold(!0, step)
}
