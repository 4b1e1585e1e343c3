//! Xen: the menu entries that start the hypervisor, and the files of the host that it becomes.
//!
//! ```text
//! isos:/xen/
//! ├─ boot/<entry>/hypervisor, kernel, initrd    files that are not inside an ISO
//! └─ <host>/                                    the files of every network stack, `apply`, …
//! ```
//!
//! If the spec describes a host, its files are appended to the initrd of each entry: Xen hands
//! its dom0 one initrd, so the two have to be one file.

use crate::dom0_memory;
use crate::entry::{XenEntry, XenFile};
use crate::error::Error;
use crate::kernel_args::given_args;
use crate::premises::Premises;
use file_tree::{Directory, File, FileContent, Meta, Node, Timestamp};
use grub_config::{IdSet, Title};
use image_layout::Content;
use key_inventory::BootFile;
use key_spec::{Firmware, Spec};
use xen_host::{Host, HostFile};

/// The directory of everything about Xen on the partition of the ISOs.
const DIR: &str = "xen";

/// The parameters that put the console of Xen and its guests on the first serial port, for a key
/// whose menu is there, too.
pub(crate) const SERIAL_XEN: [&str; 2] = ["console=com1,vga", "com1=115200,8n1"];
/// The parameters that give dom0's kernel two consoles: the screen, and through Xen that serial
/// port.
pub(crate) const SERIAL_DOM0: [&str; 2] = ["console=tty0", "console=hvc0"];

/// The entries that start Xen, and the files that they need.
#[derive(Debug, Default)]
pub(crate) struct XenEntries {
    pub(crate) entries: Vec<XenEntry>,
    /// Files for the root of the partition of the ISOs.
    pub(crate) tree: Option<Directory>,
    pub(crate) warnings: Vec<String>,
}

/// The entries that the spec describes. `ids` are those in use; the entries' ids are added to them.
pub(crate) fn xen_entries(premises: &Premises<'_>, ids: &mut IdSet) -> Result<XenEntries, Error> {
    let Premises { spec, inventory, time, .. } = *premises;
    let mut decided = XenEntries::default();
    let mut files = Files { tree: Directory::new(Meta::root(0o755, time)), time };
    let derive = |purpose: &str| premises.identities.uuid(purpose);
    let host = spec.xen.as_ref().map(|xen| Host::new(xen, &derive)).transpose()?;
    let mut addition = None;
    if let (Some(xen), Some((host, warnings))) = (&spec.xen, &host) {
        decided.warnings.extend(warnings.iter().map(|w| format!("xen.{w}")));
        for HostFile { path, mode, text } in host.tree(xen.stack) {
            let content = Content::from(text.into_bytes());
            files.put(&format!("{DIR}/{}/{path}", host.name()), mode, content)?;
        }
        addition = Some((host.name(), host.initramfs(xen.stack)));
    }
    for (asked, found) in spec.entry.iter().zip(&inventory.xen) {
        let title = Title::new(asked.title.as_str()).as_str().to_owned();
        let id = ids.slug(&title);
        let dir = format!("{DIR}/boot/{id}");
        let mut iso = None;
        let hypervisor = files.place(&found.hypervisor, &dir, "hypervisor", &mut iso)?;
        let kernel = files.place(&found.kernel, &dir, "kernel", &mut iso)?;
        let addition = addition.as_ref().filter(|_| found.initrd.is_some());
        let initrd = match (&found.initrd, addition) {
            (Some(initrd), Some((_, cpio))) => Some(files.joined(initrd, cpio, &dir)?),
            (Some(initrd), None) => Some(files.place(initrd, &dir, "initrd", &mut iso)?),
            (None, _) => None,
        };
        if host.is_some() && initrd.is_none() {
            let what = "without an `initrd` its dom0 starts without what `[xen]` describes";
            decided.warnings.push(format!("{title}: {what}"));
        }
        decided.warnings.extend(unfit(spec).map(|what| format!("{title}: {what}")));
        let serial = |words: [&str; 2]| {
            let words = words.map(str::to_owned);
            if spec.menu.serial { words.to_vec() } else { Vec::new() }
        };
        let given = given_args(asked.xen.args.as_ref(), &title, "xen.args")?;
        let args = [serial(SERIAL_XEN), given].concat();
        let given = given_args(asked.xen.kernel_args.as_ref(), &title, "xen.kernel_args")?;
        let kernel_args = [serial(SERIAL_DOM0), given].concat();
        let short = found.initrd_size.and_then(|size| dom0_memory::too_small(&args, size));
        decided.warnings.extend(short.map(|what| format!("{title}: {what}")));
        decided.entries.push(XenEntry {
            iso: iso.and_then(|n: usize| inventory.isos.get(n)).map(|iso| iso.file_name.clone()),
            args,
            kernel_args,
            host: addition.map(|(name, _)| (*name).to_owned()),
            id,
            title,
            hypervisor,
            kernel,
            initrd,
        });
    }
    decided.tree = Some(files.tree).filter(|tree| tree.entries().len() > 0);
    Ok(decided)
}

/// The reasons why entries for Xen do not start on some machines that start the key.
fn unfit(spec: &Spec) -> impl Iterator<Item = &'static str> {
    let has = |f| spec.key.firmware.contains(&f);
    let other = has(Firmware::UefiIa32) || has(Firmware::UefiArm64);
    [
        (
            spec.key.secure_boot,
            "does not start with Secure Boot on: a distribution's signed GRUB has no `multiboot2`, \
             and loads nothing that shim has not been asked about, which a hypervisor is not. Turn \
             Secure Boot off in the firmware setup for this entry",
        ),
        (other, "starts on PCs with a BIOS or 64-bit UEFI only"),
    ]
    .into_iter()
    .filter_map(|(is, what)| is.then_some(what))
}

/// The files to be carried onto the key.
struct Files {
    tree: Directory,
    time: Timestamp,
}

impl Files {
    fn put(&mut self, path: &str, mode: u16, content: impl Into<FileContent>) -> Result<(), Error> {
        let node = Node::File(File::new(Meta::root(mode, self.time), content));
        Ok(self.tree.insert(path.as_bytes(), node)?)
    }

    /// The place where GRUB finds a file. A file outside the ISOs is added to those for the key.
    fn place(
        &mut self,
        file: &BootFile,
        dir: &str,
        name: &str,
        iso: &mut Option<usize>,
    ) -> Result<XenFile, Error> {
        match file {
            BootFile::InIso { iso: number, path, .. } => {
                *iso = Some(*number);
                Ok(XenFile::InIso(path.clone()))
            }
            BootFile::Carried { content, .. } => {
                let path = format!("{dir}/{name}");
                self.put(&path, 0o644, content.clone())?;
                Ok(XenFile::OnKey(format!("/{path}")))
            }
        }
    }

    /// The place of a new initrd on the key: `initrd` with the archive `cpio` behind it.
    fn joined(&mut self, initrd: &BootFile, cpio: &[u8], dir: &str) -> Result<XenFile, Error> {
        let mut pieces = match initrd {
            BootFile::Carried { content, .. } | BootFile::InIso { content, .. } => {
                content.pieces().to_vec()
            }
        };
        // The kernel looks for the next archive at a multiple of 4.
        let len: u64 = pieces.iter().map(Content::len).sum();
        let padding = len.next_multiple_of(4) - len;
        pieces.push(Content::from(vec![0; usize::try_from(padding).unwrap_or(0)]));
        pieces.push(Content::from(cpio));
        let path = format!("{dir}/initrd");
        self.put(&path, 0o644, FileContent::from_pieces(pieces)?)?;
        Ok(XenFile::OnKey(format!("/{path}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_firmware_that_cannot_start_it_is_told() {
        let mut spec = Spec::default();
        assert_eq!(unfit(&spec).count(), 0);
        spec.key.secure_boot = true;
        let told: Vec<_> = unfit(&spec).collect();
        assert!(told[0].starts_with("does not start with Secure Boot on"), "{told:?}");
        assert_eq!(told.len(), 1);
        spec.key.firmware.push(Firmware::UefiArm64);
        assert_eq!(unfit(&spec).last(), Some("starts on PCs with a BIOS or 64-bit UEFI only"));
    }
}
