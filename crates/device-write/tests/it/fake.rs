//! A medium in memory, which does what sticks are known to do.

use device_write::{Error, Image, Medium, Written, write};
use image_layout::ReadAt;
use std::io;
use std::ops::{ControlFlow, Range};
use std::sync::Mutex;
use std::time::Duration;

pub const MIB: usize = 1 << 20;
/// The start of a medium that shows what it is, and the end that may.
pub const HEAD: usize = 128 << 10;
pub const TAIL: usize = 132 << 10;
/// What a medium that forgets at once forgets in a second.
pub const AT_ONCE: Option<u64> = Some(1 << 40);

/// What is wrong with a medium.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// It is zeros when it is told so, at so many bytes in a second.
    pub forgets: Option<u64>,
    /// Its true length, behind which it writes over its start.
    pub wraps: Option<usize>,
    /// Its true length, behind which it keeps nothing.
    pub loses: Option<usize>,
    /// The byte of which it keeps the opposite.
    pub flips: Option<usize>,
    /// The byte that cannot be written.
    pub bad_write: Option<usize>,
    /// The byte that cannot be read.
    pub bad_read: Option<usize>,
    /// The number of orders behind which it is gone.
    pub gone_after: Option<usize>,
}

pub struct Fake {
    len: usize,
    faults: Faults,
    pub state: Mutex<Stored>,
}

#[derive(Clone, Default)]
pub struct Stored {
    pub bytes: Vec<u8>,
    pub orders: usize,
    /// What was written, in its order.
    pub writes: Vec<Range<usize>>,
}

/// Bytes that were on the stick before: none of them is zero.
pub const OLD: u8 = 0xa5;

impl Fake {
    pub fn new(len: usize, faults: Faults) -> Self {
        let bytes = vec![OLD; len];
        Self { len, faults, state: Mutex::new(Stored { bytes, ..Stored::default() }) }
    }

    pub fn stored(&self) -> Stored {
        self.state.lock().unwrap().clone()
    }

    fn order(&self, range: Range<usize>, bad: Option<usize>) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        state.orders += 1;
        if self.faults.gone_after.is_some_and(|orders| state.orders > orders) {
            return Err(rustix::io::Errno::NODEV.into());
        }
        match bad.is_some_and(|bad| range.contains(&bad)) {
            true => Err(rustix::io::Errno::IO.into()),
            false => Ok(()),
        }
    }

    /// Where a byte lies in truth.
    fn place(&self, at: usize) -> Option<usize> {
        let Faults { wraps, loses, .. } = self.faults;
        match (wraps, loses) {
            (Some(len), _) => Some(at % len),
            (_, Some(len)) => (at < len).then_some(at),
            _ => Some(at),
        }
    }
}

impl Medium for Fake {
    fn len(&self) -> u64 {
        self.len as u64
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        assert!(
            offset % 4096 == 0
                && (bytes.len().is_multiple_of(4096) || offset + bytes.len() == self.len)
        );
        self.order(offset..offset + bytes.len(), self.faults.bad_write)?;
        let mut state = self.state.lock().unwrap();
        state.writes.push(offset..offset + bytes.len());
        for (at, byte) in (offset..).zip(bytes) {
            let flip = if self.faults.flips == Some(at) { 0xff } else { 0 };
            if let Some(place) = self.place(at) {
                state.bytes[place] = byte ^ flip;
            }
        }
        Ok(())
    }

    fn read_at(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let offset = usize::try_from(offset).unwrap();
        self.order(offset..offset + len, self.faults.bad_read)?;
        let state = self.state.lock().unwrap();
        let byte = |at: usize| self.place(at).map_or(0, |place| state.bytes[place]);
        Ok((offset..offset + len).map(byte).collect())
    }

    fn flush(&self) -> io::Result<()> {
        self.order(0..0, None)
    }

    fn discard(&self, offset: u64, len: u64) -> Option<Duration> {
        self.order(0..0, None).ok()?;
        let (start, bytes) = (usize::try_from(offset).unwrap(), usize::try_from(len).unwrap());
        assert!(start % 4096 == 0 && bytes % 4096 == 0);
        let rate = self.faults.forgets?;
        self.state.lock().unwrap().bytes[start..start + bytes].fill(0);
        Some(Duration::from_secs_f64(len as f64 / rate as f64))
    }
}

/// Where an ISO 9660 says that it is one.
pub const ISO: Range<usize> = 0x8001..0x8006;

/// An image of 3 MiB and a bit, with an MBR, that is an ISO 9660, too. All of it has an owner but a hole.
pub fn image() -> Vec<u8> {
    let mut image: Vec<u8> = (0..3 * MIB + 512).map(|n| (n % 251) as u8 + 1).collect();
    image[446..512].fill(0);
    image[510..512].copy_from_slice(&[0x55, 0xaa]);
    image[446 + 4] = 0x83;
    image[446 + 8..446 + 12].copy_from_slice(&2048_u32.to_le_bytes());
    image[446 + 12..446 + 16].copy_from_slice(&2048_u32.to_le_bytes());
    image[2 * MIB..2 * MIB + 100_000].fill(0);
    image[ISO].copy_from_slice(b"CD001");
    image
}

pub fn owned(image: &[u8]) -> [Range<u64>; 2] {
    [0..(2 * MIB) as u64, (2 * MIB + 100_000) as u64..image.len() as u64]
}

pub fn write_to(medium: &dyn Medium, image: &Vec<u8>) -> Result<Written, Error> {
    write_parts(medium, image, &owned(image))
}

pub fn write_parts(
    medium: &dyn Medium,
    bytes: &(dyn ReadAt + Sync),
    owned: &[Range<u64>],
) -> Result<Written, Error> {
    write(&Image { bytes, owned }, medium, &mut |_| ControlFlow::Continue(()))
}
