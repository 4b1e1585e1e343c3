//! The places by which a medium is known for what was on it: those at which util-linux's libblkid, and with it
//! udev and most installers, looks for file systems and members of RAIDs (`libblkid/src/superblocks`).

use crate::units::{EDGE, HEAD, PAGE};
use std::iter;
use std::ops::Range;

/// Bytes at the end that are erased as a whole: the copy of a GPT, and most RAIDs. The one farthest from the end is
/// DDF, at the 257th sector.
const TAIL: u64 = 132 << 10;
/// Bytes from the start to a page that is not in [`EDGE`]: VMFS, bcachefs, and the second header of LUKS2.
const FROM_START: [u64; 3] = [1 << 20, 2 << 20, 4 << 20];
/// Sectors of 512 bytes from the end, where more than [`TAIL`] away: Promise's RAID, and bcachefs.
const FROM_END: [u64; 10] = [399, 591, 675, 735, 911, 951, 974, 991, 2048, 3087];
/// A label of ZFS. The last two lie at the end, from a multiple of their length on.
const ZFS_LABEL: u64 = 256 << 10;
/// The start of a ZFS label's list of names and values, by which newer versions of libblkid know it.
const ZFS_NAMES: u64 = 16 << 10;
/// The start of a ZFS label's uberblocks, by which older ones do. They go on to its end.
const ZFS_UBERBLOCKS: u64 = 128 << 10;
/// The multiples of bytes at which an uberblock begins.
const ZFS_UBERBLOCK: usize = 1 << 10;
const ZFS_MAGIC: u64 = 0x00ba_b10c;

/// The ranges, of whole pages, that must be zeros before an image is written that owns `owned`, which is in
/// order. What it owns behind [`HEAD`] is left out: that is written over before anything of the image can be seen.
pub(crate) fn places(len: u64, owned: &[Range<u64>]) -> Vec<Range<u64>> {
    let page = |at: u64| at / PAGE * PAGE..(at / PAGE * PAGE + PAGE).min(len);
    let behind_head = iter::once(HEAD..EDGE).chain(FROM_START.map(page));
    let start = behind_head.flat_map(|range| without(range, owned));
    let sectors = FROM_END.into_iter().filter_map(|sectors| len.checked_sub(sectors * 512));
    let names = zfs_labels(len).map(|label| label + ZFS_NAMES);
    let tail = len.saturating_sub(TAIL) / PAGE * PAGE..len;
    let end = sectors.chain(names).map(page).chain([tail]);
    let all = iter::once(PAGE..HEAD).chain(start).chain(end);
    all.map(|range| range.start..range.end.min(len)).filter(|range| !range.is_empty()).collect()
}

/// The ranges that may hold uberblocks of ZFS, and of which the pages are erased that do.
pub(crate) fn uberblocks(len: u64) -> impl Iterator<Item = Range<u64>> {
    zfs_labels(len).map(|label| label + ZFS_UBERBLOCKS..label + ZFS_LABEL)
}

/// Whether a page has an uberblock of ZFS, of either byte order.
pub(crate) fn has_uberblock(page: &[u8]) -> bool {
    let magics = [ZFS_MAGIC.to_le_bytes(), ZFS_MAGIC.to_be_bytes()];
    page.chunks(ZFS_UBERBLOCK).any(|block| magics.iter().any(|magic| block.starts_with(magic)))
}

/// The offsets of the ZFS labels at the end.
fn zfs_labels(len: u64) -> impl Iterator<Item = u64> {
    let end = len / ZFS_LABEL * ZFS_LABEL;
    [2, 1].into_iter().filter_map(move |n| end.checked_sub(n * ZFS_LABEL))
}

/// A range but for the pages with bytes of `owned`, which is in order.
fn without(range: Range<u64>, owned: &[Range<u64>]) -> Vec<Range<u64>> {
    let (mut left, mut start) = (Vec::new(), range.start);
    for owned in owned.iter().filter(|owned| owned.start < range.end && owned.end > range.start) {
        let (from, to) = (owned.start / PAGE * PAGE, owned.end.next_multiple_of(PAGE));
        left.push(start..from.min(range.end));
        start = start.max(to);
    }
    left.push(start..range.end);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn what_the_image_owns_is_left_out_but_for_its_head() {
        let owned = [0..(200 << 10) + 1, 300 << 10..310 << 10, MIB..3 * MIB];
        let places = places(64 * MIB, &owned);
        let start: Vec<_> = places.into_iter().filter(|range| range.start < 8 * MIB).collect();
        let page = |at: u64| at..at + PAGE;
        assert_eq!(
            start,
            [PAGE..HEAD, 204 << 10..300 << 10, 312 << 10..MIB, page(4 * MIB)],
            "none of the pages at 1 and 2 MiB"
        );
    }

    #[test]
    fn a_medium_of_any_length_has_places_within_it() {
        for len in [512, PAGE, 100_000, MIB, MIB + 512, 2 * MIB - 512, 64 * MIB] {
            for place in places(len, &[]).into_iter().chain(uberblocks(len)) {
                assert!(place.start % PAGE == 0 && place.start < place.end, "{len}: {place:?}");
                assert!(place.end <= len && (place.end % PAGE == 0 || place.end == len), "{len}");
            }
        }
        assert_eq!(
            uberblocks(MIB + 512).collect::<Vec<_>>(),
            [640 << 10..768 << 10, 896 << 10..MIB]
        );
    }
}
