//! A key whose partition of the ISOs somebody has made longer, as `growpart` and `parted` do before
//! `resize2fs`.

use super::verification::{Finding, Verification};
use fs_ext::read::Ext;
use key_plan::{Partition, PartitionRole, Plan};
use key_read::Disk;
use partition_table::Scheme;
use partition_table::read::{FoundPartition, FoundTable};

/// Whether the partition of the ISOs is longer than it was made, and nothing else is wrong with the
/// partition table. If so, what that explains is removed from the findings, and told as a change instead.
pub(super) fn excuse_table(disk: &Disk<'_>, plan: &Plan, found: &mut Verification) -> bool {
    let isos = plan.partitions.iter().find(|p| p.role == PartitionRole::Isos);
    let Some((table, isos)) = disk.table().zip(isos) else { return false };
    let is_theirs = |p: &&FoundPartition| p.number == u32::from(isos.number);
    let Some(longer) = table.partitions.iter().find(is_theirs) else { return false };
    if longer.len <= isos.len || !is_whole(table, plan) || !is_the_same(longer, isos, plan.scheme) {
        return false;
    }
    found.wrong.retain(|wrong| !is_explained(wrong, isos, plan.scheme));
    let (label, was, now) = (&isos.label, isos.len, longer.len);
    found.changed.push(format!("{label}: its partition was made longer: {now} bytes, from {was}"));
    true
}

/// Whether a table is of the kind that was made, for the same disk, and without faults.
fn is_whole(table: &FoundTable, plan: &Plan) -> bool {
    table.faults.is_empty()
        && table.scheme == plan.scheme
        && table.partitions.len() == plan.partitions.len()
        && table.guid.is_none_or(|guid| guid == plan.disk_guid)
}

/// Whether a partition is the one that was made, but for its length.
fn is_the_same(now: &FoundPartition, made: &Partition, scheme: Scheme) -> bool {
    let kind = made.kind();
    let of_gpt = (Some(kind.gpt), Some(made.guid), Some(&*made.label));
    now.start == made.at
        && !now.active
        && match scheme {
            Scheme::Mbr => now.mbr_type == Some(kind.mbr),
            Scheme::Gpt | Scheme::Hybrid => (now.gpt_type, now.guid, now.name.as_deref()) == of_gpt,
        }
}

/// Whether a finding is about a part of the table that has a partition's length in it, or a sum over
/// that, or that lies elsewhere on a longer disk.
fn is_explained(wrong: &Finding, isos: &Partition, scheme: Scheme) -> bool {
    let number = isos.number;
    let Some(part) = wrong.owner.strip_prefix("partition table/") else { return false };
    let is = |start: &str| part.starts_with(start);
    !wrong.is_bad_sector
        && match scheme {
            Scheme::Mbr => is(&format!("MBR entry {number} (")),
            Scheme::Gpt | Scheme::Hybrid => {
                let is_guard = is("MBR entry ") && part.ends_with("(protects the GPT)");
                is_guard
                    || is("GPT header")
                    || is(&format!("GPT entry {number} ("))
                    || is("backup GPT")
            }
        }
}

/// Whether a file system says of itself that it was made longer than its partition was, and later.
pub(super) fn is_longer(ext: &Ext<'_>, made: &Partition, time: i64) -> bool {
    let len = ext.blocks().saturating_mul(ext.block_size());
    i64::from(ext.superblock().s_wtime.get()) > time && len > made.len
}
