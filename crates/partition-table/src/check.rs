//! The rules that partitions in a table must meet. All of them are checked before a byte is
//! encoded.

use crate::disk::MBR_LIMIT;
use crate::error::{Error, Owner, Who};
use crate::scheme::GPT_ENTRIES;
use crate::{Disk, Guid, Partition, Scheme};
use std::collections::BTreeMap;

/// Units of UTF-16 in a GPT's partition name.
const NAME_UNITS: usize = 36;

/// Checks everything.
pub(crate) fn partitions(disk: &Disk, partitions: &[Partition]) -> Result<(), Error> {
    let usable = disk.usable()?;
    let (scheme, count) = (disk.scheme, partitions.len());
    let max = if scheme == Scheme::Mbr { 4 } else { GPT_ENTRIES as usize };
    if count > max {
        return Err(Error::TooMany { scheme, count, max });
    }
    for (number, p) in (1..).zip(partitions) {
        let who = || who(number, p);
        let (first_lba, end_lba) = (p.first_lba, p.end_lba());
        if p.sectors == 0 {
            return Err(Error::Empty { who: who() });
        }
        if end_lba > disk.sectors() {
            return Err(Error::PastDisk { who: who(), end_lba, sectors: disk.sectors() });
        }
        if in_mbr(disk, p) {
            mbr_entry(who, p)?;
        }
        let overlap = |owner, owner_first, owner_end| Error::Overlap {
            who: who(),
            first_lba,
            end_lba,
            owner,
            owner_first,
            owner_end,
        };
        if first_lba < usable.start {
            return Err(overlap(Owner::Table(scheme), 0, usable.start));
        }
        if end_lba > usable.end {
            return Err(overlap(Owner::BackupGpt, usable.end, disk.sectors()));
        }
        if scheme != Scheme::Mbr {
            gpt_entry(who, p)?;
        }
    }
    disjoint(partitions)?;
    one_active(disk, partitions)?;
    if scheme != Scheme::Mbr {
        identities(disk.guid, partitions)?;
    }
    if scheme == Scheme::Hybrid {
        let count = partitions.iter().filter(|p| p.in_mbr).count();
        if !(1..=3).contains(&count) {
            return Err(Error::Mirrored { count });
        }
    }
    Ok(())
}

/// Whether the MBR of this disk lists the partition `p`.
pub(crate) fn in_mbr(disk: &Disk, p: &Partition) -> bool {
    match disk.scheme {
        Scheme::Mbr => true,
        Scheme::Gpt => false,
        Scheme::Hybrid => p.in_mbr,
    }
}

fn who(number: usize, p: &Partition) -> Who {
    Who { number, name: p.name.clone() }
}

fn mbr_entry(who: impl Fn() -> Who, p: &Partition) -> Result<(), Error> {
    if p.end_lba() > MBR_LIMIT {
        return Err(Error::PastMbr { who: who(), end_lba: p.end_lba() });
    }
    if p.kind.mbr == 0 || p.kind.is_reserved_in_mbr() {
        return Err(Error::NotInMbr { who: who(), kind: p.kind });
    }
    Ok(())
}

fn gpt_entry(who: impl Fn() -> Who, p: &Partition) -> Result<(), Error> {
    if p.kind.gpt == Guid::NIL {
        return Err(Error::NotInGpt { who: who(), kind: p.kind });
    }
    let units = p.name.encode_utf16().count();
    if units > NAME_UNITS {
        return Err(Error::NameTooLong { who: who(), units });
    }
    if p.name.contains('\0') {
        return Err(Error::NameWithNul { who: who() });
    }
    Ok(())
}

fn disjoint(partitions: &[Partition]) -> Result<(), Error> {
    let mut sorted: Vec<_> = (1..).zip(partitions).collect();
    sorted.sort_by_key(|(_, p)| p.first_lba);
    for pair in sorted.windows(2) {
        let [(n, p), (m, q)] = pair else { continue };
        if q.first_lba < p.end_lba() {
            // The error names the partition that comes later in the table as the one that is wrong.
            let ((n, p), (m, q)) = if n < m { ((n, p), (m, q)) } else { ((m, q), (n, p)) };
            return Err(Error::Overlap {
                who: who(*m, q),
                first_lba: q.first_lba,
                end_lba: q.end_lba(),
                owner: Owner::Partition(who(*n, p)),
                owner_first: p.first_lba,
                owner_end: p.end_lba(),
            });
        }
    }
    Ok(())
}

fn one_active(disk: &Disk, partitions: &[Partition]) -> Result<(), Error> {
    let flagged = (1..).zip(partitions).filter(|(_, p)| p.active && in_mbr(disk, p));
    let mut flagged = flagged.map(|(n, p)| who(n, p));
    match (flagged.next(), flagged.next()) {
        (Some(first), Some(second)) => Err(Error::TwoActive { first, second }),
        _ => Ok(()),
    }
}

/// Checks the GUIDs of the disk and of all partitions: none is zero, and no two are equal.
fn identities(disk: Guid, partitions: &[Partition]) -> Result<(), Error> {
    let named = (1..).zip(partitions).map(|(n, p)| (who(n, p).to_string(), p.guid));
    let mut seen = BTreeMap::new();
    for (what, guid) in core::iter::once(("the disk".to_owned(), disk)).chain(named) {
        if guid == Guid::NIL {
            return Err(Error::NoGuid { what });
        }
        if let Some(first) = seen.insert(guid, what.clone()) {
            return Err(Error::SameGuid { first, second: what, guid });
        }
    }
    Ok(())
}
