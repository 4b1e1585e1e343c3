//! The page for people who download the image.

use super::{About, Input, name};
use crate::utc::date_and_time;
use base16ct::lower::encode_string as hex;
use image_layout::{Content, SourceId};
use image_write::Format;
use key_page::{
    FileKind, IsoOnKey, KeyPage, Language, LockText, MenuLine, PartOfKey, PartitionOnKey,
    ProofTable,
};
use key_plan::{IsoEntry, PartitionRole};
use key_spec::Time;

impl About<'_> {
    pub(crate) fn page(&self, language: Language, proof: Option<ProofTable>) -> String {
        let (plan, inputs) = (self.key.plan(), self.inputs());
        let digest = |digest: Option<[u8; 32]>| digest.map(|d| hex(&d)).unwrap_or_default();
        let iso = |entry: &IsoEntry| {
            let source = self.source_of(entry);
            let input = inputs.iter().find(|input| input.id.is_some() && input.id == source);
            IsoOnKey {
                title: entry.title.clone(),
                file: entry.file.clone(),
                len: entry.len,
                sha256: input.and_then(|input| input.sha256.clone()),
                urls: input.map(|input| input.urls.clone()).unwrap_or_default(),
            }
        };
        let partition = |partition: &key_plan::Partition| PartitionOnKey {
            number: partition.number,
            label: partition.label.clone(),
            filesystem: partition.file_system().map_or("–", key_plan::FileSystem::kind),
            len: partition.len,
        };
        let line = |entry: iso_probe::OutlinedEntry| MenuLine {
            title: entry.title,
            submenu: entry.submenu,
            depth: entry.depth,
        };
        let lock = self.key.expected().map(|expected| {
            let (path, text) = expected.lock();
            LockText { file: name(path), text: text.to_owned() }
        });
        let page = KeyPage {
            language,
            version: env!("CARGO_PKG_VERSION"),
            name: plan.name.clone(),
            date: (plan.time != Time::default().seconds()).then(|| date_and_time(plan.time).0),
            firmware: plan.firmware.iter().map(|firmware| firmware.as_str()).collect(),
            secure_boot: plan.secure_boot.is_some(),
            file: name(self.path),
            kind: kind(self.output.format),
            file_len: self.written.file_len,
            file_sha256: digest(self.written.file_sha256),
            image_len: self.written.len,
            image_sha256: digest(self.written.sha256),
            block_map: self.output.sidecars.bmap,
            isos: plan.entries.isos.iter().map(iso).collect(),
            partitions: plan.partitions.iter().map(partition).collect(),
            menu: iso_probe::outline(&plan.grub_cfg).into_iter().map(line).collect(),
            parts: inputs.iter().filter(|input| input.role != "file").map(part).collect(),
            lock,
            proof,
        };
        page.to_html()
    }

    /// The source that holds the ISO of an entry.
    fn source_of(&self, entry: &IsoEntry) -> Option<SourceId> {
        let isos = self.key.plan().partition(PartitionRole::Isos)?;
        let name = format!("{}/file /{}", isos.label, entry.file);
        self.layout.regions().find_map(|region| match region.content {
            Content::Source { id, .. } if region.name == name => Some(id),
            _ => None,
        })
    }
}

fn part(input: &Input) -> PartOfKey {
    let with_version = |package: &String| match &input.version {
        Some(version) => format!("{package} {version}"),
        None => package.clone(),
    };
    PartOfKey {
        name: input.name.clone(),
        package: input.package.as_ref().map(with_version),
        sha256: input.sha256.clone(),
    }
}

fn kind(format: Format) -> FileKind {
    match format {
        Format::Raw => FileKind::Image,
        Format::Gzip => FileKind::Packed("gzip"),
        Format::Xz => FileKind::Packed("xz"),
        Format::Zstd => FileKind::Packed("zstd"),
        Format::Qcow2 => FileKind::VirtualDisk("qcow2"),
        Format::Vmdk => FileKind::VirtualDisk("vmdk"),
        // QEMU's name for the format of Microsoft's Virtual PC.
        Format::Vhd | Format::VhdFixed => FileKind::VirtualDisk("vpc"),
    }
}
