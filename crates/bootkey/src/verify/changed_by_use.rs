//! A key that was used: what a system changes that mounts it and writes to it.

use super::enlarged::{excuse_table, is_longer};
use super::file_system_tables::check_tables;
use super::verification::{Finding, Verification};
use crate::error::Error;
use crate::file_pieces::file_pieces;
use crate::strays::{Stray, strays};
use fs_ext::format::Superblock;
use image_layout::{Content, Layout};
use key_inputs::OldKey;
use key_plan::{PartitionRole, Plan};
use key_read::{Disk, FileSystem};
use std::collections::BTreeMap;
use std::ops::Range;

/// The beginning of an owner's name, behind that of the partition, if its bytes are the contents of
/// a file and no part of the file system itself.
const FILE: &str = "file /";

/// Removes from the findings what the use of the key explains, and lists what was changed instead.
/// Files that the key was made with must still be as they were. Only the file system's own tables
/// may differ, and only on a partition that says of itself, in more than one way, that it was
/// written to.
pub(super) fn excuse(
    old: &OldKey,
    plan: &Plan,
    layout: &Layout,
    found: &mut Verification,
) -> Result<(), Error> {
    if found.wrong.is_empty() {
        return Ok(());
    }
    let disk = Disk::read(old.image()).map_err(key_inputs::Error::from)?;
    let enlarged = excuse_table(&disk, plan, found);
    // What cannot be listed is damaged, and found to be so elsewhere.
    let strays = strays(old).unwrap_or_default();
    for partition in &plan.partitions {
        let name = match partition.role {
            PartitionRole::Esp => "EFI system",
            _ => partition.label.as_str(),
        };
        let prefix = format!("{name}/");
        if !found.wrong.iter().any(|wrong| wrong.owner.starts_with(&prefix)) {
            continue;
        }
        let volume = disk.volumes().into_iter().find(|v| v.part.start() == partition.at);
        let Some(Ok(Some(files))) = volume.map(|volume| volume.file_system()) else { continue };
        let anew = partition.role == PartitionRole::Isos && was_made_anew(&files, plan.time);
        let used = match &files {
            FileSystem::Ext(ext) => {
                let longer = enlarged && partition.role == PartitionRole::Isos;
                was_written(ext.superblock(), plan.time)
                    || longer && is_longer(ext, partition, plan.time)
            }
            FileSystem::Fat(_) => both_tables_differ(found, &prefix),
        };
        let keeps_files = partition.role != PartitionRole::Persistence;
        let file_differs = |wrong: &Finding| {
            let what = wrong.owner.strip_prefix(&prefix);
            keeps_files && what.is_some_and(|what| what.starts_with(FILE))
        };
        // The bytes of a file that was deleted or written anew often stay where they were.
        if used && keeps_files && !anew {
            match not_in_place(layout, &prefix, &files) {
                Ok(moved) => found.wrong.extend(moved),
                Err(e) => {
                    found.wrong.push(Finding::about(format!("{prefix}file system"), e.to_string()))
                }
            }
        }
        let kept = if anew {
            // In a new file system nothing lies where it was: findings by place are dropped, except
            // bad sectors, and those by the digests of files stay.
            let by_place = |wrong: &Finding| wrong.offset.is_some() && !wrong.is_bad_sector;
            found.wrong.retain(|wrong| !wrong.owner.starts_with(&prefix) || !by_place(wrong));
            found.changed.push(format!("{name}: its file system was made anew since"));
            format!(
                "{name}: its files lie elsewhere, and were checked by their digests if they have one"
            )
        } else if used && !found.wrong.iter().any(file_differs) {
            let is_kept =
                |wrong: &Finding| !wrong.owner.starts_with(&prefix) || wrong.is_bad_sector;
            found.wrong.retain(is_kept);
            found.changed.push(format!("{name}: it was written to since the key was made"));
            format!(
                "{name}: all files that the key was made with are there, and those that are compared as they were"
            )
        } else {
            continue;
        };
        if partition.role == PartitionRole::Isos {
            found.changed.extend(strays.iter().map(|stray| match stray {
                Stray::Iso(at) | Stray::File(at) => format!("{at}: was added"),
                Stray::Changes(label) => format!("{label}: a live system keeps changes there"),
            }));
        }
        let and = check_tables(old.path(), name, &files, found)?;
        found.notes.push(format!("{kept}; {and}"));
    }
    Ok(())
}

/// The files of a partition that the key was made with and that are not where they were.
fn not_in_place(
    layout: &Layout,
    prefix: &str,
    files: &FileSystem<'_>,
) -> Result<Vec<Finding>, Error> {
    let mut pieces: BTreeMap<String, Vec<Range<u64>>> = BTreeMap::new();
    for piece in file_pieces(files).map_err(key_inputs::Error::from)? {
        pieces.entry(piece.path).or_default().push(piece.at..piece.at + piece.len);
    }
    let mut moved = BTreeMap::new();
    for region in layout.regions() {
        let Some(what) = region.name.strip_prefix(prefix) else { continue };
        let Some(path) = what.strip_prefix("file ") else { continue };
        // The zeros behind the end of a file are in no file.
        if let Content::Zero { .. } = region.content {
            continue;
        }
        let what = match pieces.get(path) {
            // A walk may end before it comes to a file, where there are very many.
            None if files.lookup(path.as_bytes()).is_ok() => continue,
            None => "is not there any more",
            Some(places) if places.iter().any(|place| place.contains(&region.at)) => continue,
            Some(_) => "was written anew: it lies elsewhere",
        };
        moved.insert(region.name, what);
    }
    Ok(moved.into_iter().map(|(owner, what)| Finding::about(owner, what)).collect())
}

/// Whether both file allocation tables differ from what was made, as they do when a file was added.
/// FAT says nowhere that it was written to, and one wrong byte is not enough to say so, nor are
/// bytes that nobody can read.
fn both_tables_differ(found: &Verification, prefix: &str) -> bool {
    ["FAT 1", "FAT 2"].iter().all(|table| {
        let differs = |wrong: &Finding| {
            !wrong.is_bad_sector && wrong.owner.strip_prefix(prefix) == Some(*table)
        };
        found.wrong.iter().any(differs)
    })
}

/// Whether a superblock says of itself that its file system was mounted and written to. One wrong
/// byte is not enough to say so.
fn was_written(superblock: &Superblock, made: i64) -> bool {
    let mounted = i64::from(superblock.s_mtime.get());
    let written = i64::from(superblock.s_wtime.get());
    superblock.s_mnt_count.get() > 0 && mounted > made && written >= mounted
}

/// Whether a file system says of itself that somebody else made it later than the key.
fn was_made_anew(files: &FileSystem<'_>, made: i64) -> bool {
    let FileSystem::Ext(ext) = files else { return false };
    let superblock = ext.superblock();
    // Both times must be later: in a file system that bootkey makes they are the same.
    [superblock.s_mkfs_time, superblock.s_wtime].iter().all(|time| i64::from(time.get()) > made)
}

/// Whether the partition of the ISOs was made anew by hand, as its file system says. If so, what
/// has changed there is added to `found`.
pub(super) fn was_remade(old: &OldKey, found: &mut Verification) -> Result<bool, Error> {
    let Ok(disk) = Disk::read(old.image()) else { return Ok(false) };
    let label = old.spec().isos.label.as_str();
    for volume in disk.volumes() {
        let Ok(Some(files @ FileSystem::Ext(_))) = volume.file_system() else { continue };
        let FileSystem::Ext(ext) = &files else { continue };
        let anew = was_made_anew(&files, old.spec().time().seconds());
        if ext.label() == label.as_bytes() && anew {
            found.changed.push(format!("{label}: its file system was made anew since"));
            let listed = strays(old).unwrap_or_default();
            found.changed.extend(listed.iter().filter_map(|stray| match stray {
                Stray::Iso(at) | Stray::File(at) => Some(format!("{at}: was added")),
                Stray::Changes(_) => None,
            }));
            for (number, iso) in old.record().inputs.isos.iter().enumerate() {
                if old.iso_content(number).is_err() {
                    found.changed.push(format!("{}: is not there any more", iso.at));
                }
            }
            found.notes.push(
                "without those ISOs the key cannot be laid out again: only what has a digest in \
                 the record was checked, GRUB's files among it"
                    .to_owned(),
            );
            let and = check_tables(old.path(), label, &files, found)?;
            found.notes.push(format!("{label}: {and}"));
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use key_read::BadRange;

    #[test]
    fn tables_that_cannot_be_read_do_not_differ() {
        let differs = |table: &str| Finding::about(format!("EFI system/{table}"), "differs");
        let bad = |table: &str| {
            let bad = BadRange { bytes: 0..4096, why: "os error 5".to_owned() };
            Finding::cannot_be_read(&format!("EFI system/{table}"), &bad)
        };
        let both = |wrong: [Finding; 2]| {
            let found = Verification { wrong: wrong.into(), ..Verification::new() };
            both_tables_differ(&found, "EFI system/")
        };
        assert!(both([differs("FAT 1"), differs("FAT 2")]));
        assert!(!both([differs("FAT 1"), differs("FAT 1")]));
        assert!(!both([differs("FAT 1"), bad("FAT 2")]));
        assert!(!both([bad("FAT 1"), bad("FAT 2")]));
    }
}
