//! The answer: what was found, as values and as JSON.

use super::firmware::{self, Bios, UefiProgram};
use super::isos::{self, IsoFound};
use super::menu::{self, MenuFound};
use super::partitions::{self, PartitionFound};
use crate::error::Error;
use efi_program::Machine;
use key_read::{Disk, ReadAt, recognise};
use key_record::{DIRECTORY, INPUTS, Record, SPEC};
use key_spec::Firmware;
use partition_table::Scheme;
use partition_table::read::Which;
use serde::Serialize;

/// Longest text of a record that is read.
const LONGEST_RECORD: u64 = 16 << 20;

/// The contents of a disk, as far as they were understood. `schema` changes when a field changes
/// its meaning.
#[derive(Debug, Serialize)]
pub struct Inspection {
    pub(super) schema: &'static str,
    /// Length of the disk in bytes.
    pub(super) bytes: u64,
    pub(super) table: Option<TableFound>,
    pub(super) partitions: Vec<PartitionFound>,
    /// Whether all of it is an ISO 9660 file system as well.
    pub(super) iso9660: bool,
    pub(super) bios: Bios,
    pub(super) uefi: Vec<UefiProgram>,
    pub(super) menu: Option<MenuFound>,
    pub(super) isos: Vec<IsoFound>,
    /// The record of how the key was made, if there is one.
    pub(super) record: Option<RecordFound>,
    /// The faults: what could not be read, or is not as it should be.
    pub(super) faults: Vec<String>,
}

/// The partition table.
#[derive(Debug, Serialize)]
pub(super) struct TableFound {
    pub(super) kind: &'static str,
    pub(super) sector_size: u64,
    /// The disk signature of an MBR, the GUID of a GPT.
    pub(super) id: String,
    /// Whether only the GPT's backup could be read.
    pub(super) from_backup: bool,
}

/// The record of how a key was made.
#[derive(Debug, Serialize)]
pub(super) struct RecordFound {
    /// The version of bootkey that made the key.
    pub(super) made_by: Option<String>,
    /// The names of its files.
    pub(super) files: Vec<String>,
    /// Why it cannot be used, if so.
    pub(super) fault: Option<String>,
}

impl Inspection {
    /// The firmware that the disk has a program for.
    pub fn firmware(&self) -> Vec<Firmware> {
        let machines = |machine| self.uefi.iter().any(|program| program.machine == Some(machine));
        let starts = [
            (self.bios.starts, Firmware::Bios),
            (machines(Machine::X86_64), Firmware::UefiX64),
            (machines(Machine::X86), Firmware::UefiIa32),
            (machines(Machine::Arm64), Firmware::UefiArm64),
        ];
        starts.into_iter().filter_map(|(starts, firmware)| starts.then_some(firmware)).collect()
    }

    /// The program that a 64-bit PC's UEFI starts from the disk, and why it does not where Secure Boot
    /// is on and trusts Microsoft. `None`: it does, or there is none.
    pub fn refused_by_secure_boot(&self) -> Option<String> {
        let mut programs = self.uefi.iter().filter(|p| p.machine == Some(Machine::X86_64));
        // Firmware takes the first that it may start.
        let first = programs.clone().next().filter(|_| !programs.any(|p| p.is_microsofts))?;
        let why = match first.signers.as_slice() {
            [] => "nobody has signed it".to_owned(),
            signers => format!("it is signed by {}, not by Microsoft", signers.join(", ")),
        };
        Some(format!("{}: {why}", first.path))
    }

    /// The ISOs on the disk: the number of the partition, the path there, and the recipe that starts it.
    pub(crate) fn isos(&self) -> impl Iterator<Item = (u32, &str, Option<&str>)> {
        self.isos.iter().map(|iso| (iso.partition, iso.path.as_str(), iso.recipe.as_deref()))
    }

    /// Whether nothing that this version knows is on the disk.
    pub fn is_nothing(&self) -> bool {
        self.table.is_none()
            && !self.bios.is_code()
            && self.partitions.iter().all(|p| p.is_nothing())
    }
}

/// Looks at all of a disk but the contents of its files.
///
/// # Errors
/// If the medium cannot be read. What is damaged is told in the answer.
pub fn inspect(disk: &Disk<'_>) -> Result<Inspection, Error> {
    let table = disk.table().map(|table| TableFound {
        kind: match table.scheme {
            Scheme::Mbr => "mbr",
            Scheme::Gpt => "gpt",
            Scheme::Hybrid => "hybrid",
        },
        sector_size: table.sector_size.bytes(),
        id: match table.guid {
            Some(guid) => guid.to_string(),
            None if table.scheme == Scheme::Mbr => format!("{:08x}", table.signature),
            None => "none".into(),
        },
        from_backup: table.copy == Some(Which::Backup),
    });
    let mut faults = disk.table().map_or_else(Vec::new, |table| table.faults.clone());
    let partitions = partitions::all(disk, &mut faults)?;
    let bios = firmware::bios(disk).map_err(key_read::Error::Io)?;
    let uefi = firmware::uefi(disk, &mut faults);
    let iso9660 = recognise(disk.whole()).map_err(key_read::Error::Io)?.is_iso();
    let isos = isos::all(disk);
    let menu = menu::found(disk, &isos);
    let menu = menu.or_else(|| iso9660.then(|| menu::in_iso(disk))?);
    Ok(Inspection {
        schema: "bootkey.inspect/1",
        bytes: disk.whole().len(),
        table,
        partitions,
        iso9660,
        bios,
        uefi,
        menu,
        isos,
        record: record(disk),
        faults,
    })
}

fn record(disk: &Disk<'_>) -> Option<RecordFound> {
    let (volume, _) = disk.boot_volume()?;
    let files = volume.file_system().ok()??;
    let entries = files.entries(&files.lookup(DIRECTORY.as_bytes()).ok()?).ok()?;
    let name = |e: key_read::DirectoryEntry| String::from_utf8_lossy(&e.name).into_owned();
    let mut names: Vec<String> = entries.into_iter().map(name).collect();
    names.sort();
    let text = |name: &str| {
        let file = files.open_file(format!("{DIRECTORY}/{name}").as_bytes());
        let bytes = file.map_err(|e| e.to_string())?.read_all(LONGEST_RECORD);
        String::from_utf8(bytes.map_err(|e| e.to_string())?).map_err(|e| e.to_string())
    };
    let read =
        text(SPEC).and_then(|spec| Record::read(&spec, &text(INPUTS)?).map_err(|e| e.to_string()));
    let (made_by, fault) = match read {
        Ok(record) => (Some(record.inputs.bootkey), None),
        Err(why) => (None, Some(why)),
    };
    Some(RecordFound { made_by, files: names, fault })
}
