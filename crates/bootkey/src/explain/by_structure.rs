//! The ranges of an image without a record, as far as its structure tells.

use super::range::{Kind, Range, Source};
use crate::error::Error;
use crate::file_pieces::{FilePiece, file_pieces};
use grub_image::read::{BootCode, boot_code, installed_core};
use key_read::{Disk, DiskImage, ReadAt as _, recognise};

/// The ranges of files, of what starts the disk, and of the rest of each partition.
pub(super) fn ranges(image: &DiskImage) -> Result<Vec<Range>, Error> {
    let disk = Disk::read(image)?;
    let (mut known, mut rest) = (boot(&disk)?, Vec::new());
    for volume in disk.volumes() {
        let number = match volume.number {
            0 => "the disk".to_owned(),
            number => format!("partition {number}"),
        };
        let mut what = |what: &str| {
            rest.push(range(volume.part.start(), volume.part.len(), format!("{number}: {what}")));
        };
        match volume.file_system() {
            Ok(Some(files)) => {
                what(&format!("tables of {}, or free", files.kind()));
                // What cannot be read is nobody's.
                let pieces = file_pieces(&files).into_iter().flatten();
                known.extend(pieces.map(|piece| file(&number, piece)));
            }
            Ok(None) => what(&recognise(volume.part).map_err(key_read::Error::Io)?.to_string()),
            Err(e) if e.is_io() => return Err(e.into()),
            Err(_) => what("a file system that cannot be read"),
        }
    }
    Ok(around(rest, known))
}

/// The ranges of the boot programs of a disk, and of its partition table.
fn boot(disk: &Disk<'_>) -> Result<Vec<Range>, Error> {
    let whole = disk.whole();
    let Some(table) = disk.table() else { return Ok(Vec::new()) };
    let code = match boot_code(&whole).map_err(key_read::Error::Io)? {
        BootCode::None => "no boot code",
        BootCode::Grub => "boot code: GRUB's boot.img",
        BootCode::Isolinux => "boot code: isolinux'",
        BootCode::Syslinux => "boot code: Syslinux'",
        BootCode::Windows => "boot code: Windows'",
        BootCode::FileSystem => "boot code of a file system",
        BootCode::Other => "boot code that is not known here",
    };
    let part = |at, len, what: &str| range(at, len, format!("sector 0: {what}"));
    let mut all = vec![
        part(0, 440, code),
        part(440, 6, "disk signature"),
        part(446, 16, "MBR entry 1"),
        part(462, 16, "MBR entry 2"),
        part(478, 16, "MBR entry 3"),
        part(494, 16, "MBR entry 4"),
        part(510, 2, "boot signature"),
    ];
    all.extend(table.places.iter().map(|place| range(place.at, place.len, place.what.to_owned())));
    if let Some(core) = installed_core(&whole).map_err(key_read::Error::Io)? {
        let runs = core.runs.iter();
        all.extend(runs.map(|run| {
            let at = run.start.saturating_mul(512);
            range(at, (run.end - run.start).saturating_mul(512), "GRUB's core.img".to_owned())
        }));
    }
    Ok(all)
}

fn range(offset: u64, len: u64, owner: String) -> Range {
    Range { offset, len, owner, kind: Kind::Unknown, source: None, sha256: None }
}

fn file(number: &str, piece: FilePiece) -> Range {
    let owner = format!("{number}: file {}", piece.path);
    let source = Source {
        name: piece.path,
        offset: Some(piece.in_file),
        package: None,
        version: None,
        sha256: None,
    };
    Range { kind: Kind::Copied, source: Some(source), ..range(piece.at, piece.len, owner) }
}

/// The known ranges, and the parts of the ranges in `rest` that none of them covers.
fn around(rest: Vec<Range>, mut known: Vec<Range>) -> Vec<Range> {
    known.sort_by_key(|range| range.offset);
    let mut all = Vec::new();
    for outer in rest {
        let (mut at, end) = (outer.offset, outer.offset.saturating_add(outer.len));
        let first = known.partition_point(|inner| inner.offset < at);
        // The known range that begins before the outer one may reach into it.
        for inner in &known[first.saturating_sub(1)..] {
            if inner.offset >= end {
                break;
            }
            if inner.offset > at {
                all.push(Range { offset: at, len: inner.offset - at, ..outer.clone() });
            }
            at = at.max(inner.offset.saturating_add(inner.len));
        }
        if at < end {
            all.push(Range { offset: at, len: end - at, ..outer });
        }
    }
    all.extend(known);
    all
}
